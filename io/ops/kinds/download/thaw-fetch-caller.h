/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Waiting for the network from a thread that has no loop: io/net speaks in futures, an operation is
 * straight code. Made, used and freed on one thread. Knows nothing of disks. */
#pragma once

#include "thaw-http.h"

G_BEGIN_DECLS

/* Called ten times a second while something is waited for, and may block while the operation is
 * paused. FALSE with an error ends the waiting. */
typedef gboolean (*ThawCallerCheck) (gpointer user_data, GError **error);

typedef struct _ThawCaller ThawCaller;

ThawCaller *thaw_caller_new (ThawCallerCheck check, gpointer user_data);
/* What is still under way is cancelled. */
void thaw_caller_free (ThawCaller *self);
/* NULL with an error. */
ThawResponse *thaw_caller_send (ThawCaller *self, ThawRequest *request, GError **error);
/* NULL without an error at the end. */
GBytes *thaw_caller_read (ThawCaller *self, ThawResponse *response, GError **error);
/* Before another try, of which @n were in vain. */
gboolean thaw_caller_pause (ThawCaller *self, guint n, GError **error);
/* Whether another try may help. */
gboolean thaw_caller_may_retry (const GError *error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThawCaller, thaw_caller_free)

G_END_DECLS
