/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The commands "sync" and "download": how their words become requests. */
#pragma once

#include <thaw.h>

G_BEGIN_DECLS

/* A and B. */
gboolean files_cli_sync_set_words (ThawOperationRequest *request, GPtrArray *words, GError **error);
/* After the options: whether only comparing is wanted, which is planning. */
gboolean files_cli_sync_is_comparison (ThawOperationRequest *request);
/* Addresses, and the folder that they go to. A file that is there is kept beside the new one,
 * unless
 * @has_rules. */
gboolean files_cli_download_set_words (ThawOperationRequest *request,
                                       GPtrArray *words,
                                       gboolean has_rules,
                                       GError **error);

G_END_DECLS
