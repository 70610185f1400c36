/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Watching what isn't native: see thaw-file-poll.c. */
#pragma once

#include "thaw-mailbox.h"
#include "thaw-scope.h"

G_BEGIN_DECLS

/* As thaw_file_watch(), for a file that isn't native. */
ThawFuture *
thaw_file_poll (ThawScope *scope, GFile *file, ThawMailbox *mailbox) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
