/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The stall monitor: a thread that watches loops and names what holds them up. */
#pragma once

#include "thaw-mailbox.h"
#include "thaw-stall.h"

G_BEGIN_DECLS

typedef struct _ThawMonitor ThawMonitor;
#define THAW_TYPE_MONITOR (thaw_monitor_get_type ())
THAW_API GType thaw_monitor_get_type (void); /* boxed */

#define THAW_STALL_USEC 50000 /* the threshold unless set otherwise */
#define THAW_STALLS_KEPT 32

/* The thread that runs @context's loop (NULL: its default one), once for each loop: watches its turns until
 * thaw_monitor_stop(), which the same thread calls. Marks are on meanwhile, see thaw-trace.h. */
THAW_API ThawMonitor *thaw_monitor_start (GMainContext *context) G_GNUC_WARN_UNUSED_RESULT;
THAW_API void thaw_monitor_stop (ThawMonitor *self); /* transfer full */
THAW_API ThawMonitor *thaw_monitor_ref (ThawMonitor *self);
THAW_API void thaw_monitor_unref (ThawMonitor *self);
/* The one that was started first and watches still; a reference, or NULL. Any thread. */
THAW_API ThawMonitor *thaw_monitor_dup_first (void) G_GNUC_WARN_UNUSED_RESULT;
THAW_API ThawPump *thaw_monitor_get_pump (ThawMonitor *self);

/* Any thread. */
THAW_API void thaw_monitor_set_threshold (ThawMonitor *self, gint64 usec);
THAW_API gint64 thaw_monitor_get_threshold (ThawMonitor *self);
/* The last THAW_STALLS_KEPT of this loop, oldest first; elements are ThawStall. */
THAW_API GPtrArray *thaw_monitor_dup_stalls (ThawMonitor *self) G_GNUC_WARN_UNUSED_RESULT;
THAW_API guint64 thaw_monitor_get_n_stalls (ThawMonitor *self);
/* Posts a ThawStall (thaw_stall_free() frees it), keyed, when one is noticed and again when it is over. Ends
 * when the mailbox closes. */
THAW_API void thaw_monitor_tell (ThawMonitor *self, ThawMailbox *mailbox);

/* Where reports are kept across crashes; before the first stall. NULL: nowhere. Unless set it is
 * thaw/stalls-PROGRAM.txt in the folder for state. Any thread; the file is opened by a thread of its own. */
THAW_API void thaw_monitor_set_report_file (const char *path);
/* That path, of this or another program. */
THAW_API char *thaw_monitor_dup_report_file (const char *program) G_GNUC_WARN_UNUSED_RESULT;

/* A host of plugins brackets each call of one, so that the plugin is named. @plugin is static or interned. The
 * loop's thread. */
THAW_API guint thaw_monitor_enter_plugin (const char *plugin);
THAW_API void thaw_monitor_leave_plugin (guint entered);

/* For plots. A turn is what the loop did between two polls: its length is the lag of what came meanwhile. A
 * frame is from the first of its phases to the last. */
typedef struct {
  gint64 begin_usec, end_usec;
} ThawSpan;
#define THAW_SPANS_KEPT 2048

/* Turns are recorded only while somebody wants them: counted; each TRUE needs its FALSE. Any thread. */
THAW_API void thaw_monitor_set_metering (ThawMonitor *self, gboolean wanted);
/* The loop's thread, from the frame clock's "after-paint". */
THAW_API void thaw_monitor_note_frame (gint64 begin_usec, gint64 end_usec);
/* Any thread: up to @n_max of those that ended after @since_usec, oldest first. Returns how many. */
THAW_API guint thaw_monitor_copy_turns (ThawMonitor *self, gint64 since_usec, ThawSpan *spans, guint n_max);
THAW_API guint thaw_monitor_copy_frames (ThawMonitor *self, gint64 since_usec, ThawSpan *spans, guint n_max);

/* All figures of this moment in one go. Any thread. */
typedef struct {
  gint64 now_usec, busy_since_usec; /* busy since: of the turn under way, 4 ms coarse; 0 while the loop sleeps */
  guint n_queued;                   /* messages in all mailboxes of the loop */
  guint n_lanes, n_lane_running, n_lane_queued, n_lane_stuck, n_lanes_silent;
  guint64 n_handled, n_stalls;
} ThawPulse;
THAW_API void thaw_monitor_get_pulse (ThawMonitor *self, ThawPulse *pulse);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThawMonitor, thaw_monitor_unref)

G_END_DECLS
