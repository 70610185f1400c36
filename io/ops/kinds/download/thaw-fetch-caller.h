/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The network for a thread that has no loop: several pieces of straight-line code, each a fiber,
 * that wait for io/net's futures while the others go on. Made, used and freed on one thread. Knows
 * nothing of disks. */
#pragma once

#include "thaw-http.h"

G_BEGIN_DECLS

/* Called at least ten times a second while something is waited for, and may block while the
 * operation is paused. FALSE with an error ends the waiting. */
typedef gboolean (*ThawCallerCheck) (gpointer user_data, GError **error);

typedef struct _ThawCaller ThawCaller;

/* The work on item @i. FALSE with an error ends that of all. */
typedef gboolean (*ThawCallerFunc) (ThawCaller *self, guint i, gpointer user_data, GError **error);

ThawCaller *thaw_caller_new (ThawCallerCheck check, gpointer user_data);
void thaw_caller_free (ThawCaller *self);

/* Calls @func for 0 … @n - 1, in that order, in up to @at_once fibers at a time, and returns when
 * all have returned. What still waits when one has failed, or the check has, is cancelled. */
gboolean thaw_caller_each (ThawCaller *self,
                           guint n,
                           guint at_once,
                           ThawCallerFunc func,
                           gpointer user_data,
                           GError **error);

/* How often the check took so long that connections can't be trusted any more. */
guint thaw_caller_get_n_pauses (ThawCaller *self);

/* The following are for such a fiber. */

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
