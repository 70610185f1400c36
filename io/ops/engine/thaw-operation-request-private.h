/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What only the engine does with a request. */
#pragma once

#include "thaw-operation-request.h"

G_BEGIN_DECLS

/* As thaw_operation_request_get_source(), but the file isn't kept for the next time. */
GFile *thaw_operation_request_dup_source (ThawOperationRequest *self, guint i); /* transfer full */
/* As thaw_operation_request_to_variant(), for the journal: without a password, but with "had-password" b if there was one. */
GVariant *thaw_operation_request_to_journal (ThawOperationRequest *self);
/* While @self isn't submitted yet. */
void thaw_operation_request_copy_options (ThawOperationRequest *self, ThawOperationRequest *from);

G_END_DECLS
