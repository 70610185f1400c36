/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The loop's half of a folder, which four files share:
 *
 *   thaw-folder.c         the object: properties, signals, messages from the jobs
 *   thaw-folder-load.c    listing, waiting for the lane, the beginning and end of a load
 *   thaw-folder-show.c    orders and details
 *   thaw-folder-follow.c  watching, polling, changes
 *
 * All of it is the loop's thread's. What the jobs look at is ThawFolderWork. */
#pragma once

#include "thaw-folder-work-private.h"

G_BEGIN_DECLS

#define THAW_FOLDER_POLL_FIRST_SEC 2

struct _ThawFolder {
  GObject parent_instance;

  GFile *location;
  ThawFolderState state;
  GError *error;

  ThawScope *scope;      /* ends with the folder */
  ThawScope *load_scope; /* ends with the load; NULL before the first */
  ThawMailbox *mailbox;
  ThawMailbox *lane_mailbox;
  ThawLane *lane;
  ThawFolderWork *work;
  ThawOrder *order;
  ThawOrderSpec spec;
  guint spec_serial;
  gint64 waiting_since_usec;

  gboolean listed;   /* the list job is done */
  gboolean watching; /* the watch job was started */
  gboolean sorting, sort_again, sort_final;
  gboolean changing; /* a changes, rescan or poll job runs */
  gboolean change_again, rescan_next;
  guint keys_timer;       /* sort keys have come that no sort has taken */
  gint64 sort_begun_usec, sort_usec; /* the newest sort, and how long the one before took */
  guint change_timer, poll_timer, poll_sec;
  guint waiting_timer, watch_timer;
  gint64 progress_usec; /* when the listing came on last */
  gint64 last_order_usec, last_change_usec;
  guint32 last_order_n;
  guint n_crossings;
};

/* thaw-folder.c */
void thaw_folder_set_state (ThawFolder *self, ThawFolderState state);
void thaw_folder_fail (ThawFolder *self, const GError *error, ThawFolderState state);
void thaw_folder_tell_order (ThawFolder *self);
void thaw_folder_tell_keys_wanted (ThawFolder *self);
void thaw_folder_tell_entries (ThawFolder *self, gconstpointer ids, guint n_ids); /* NULL, 0: any */
gboolean thaw_folder_is_slow_place (ThawFolder *self);
/* Patient: through an outage, because the user is waiting for it. */
void thaw_folder_run_on_lane (ThawFolder *self,
                              const char *name,
                              ThawPriority priority,
                              ThawJobFunc body,
                              ThawDoneFunc done);

/* thaw-folder-load.c */
void thaw_folder_become_ready (ThawFolder *self);
void thaw_folder_note_progress (ThawFolder *self); /* the listing comes on */
void thaw_folder_update_waiting (ThawFolder *self);
void thaw_folder_end_load (ThawFolder *self);

/* thaw-folder-show.c */
void thaw_folder_adopt_order (ThawFolder *self, ThawOrder *order);
void thaw_folder_adopt_result (ThawFolder *self, ThawFolderResult *result);
void thaw_folder_request_sort (ThawFolder *self);
void thaw_folder_more_names (ThawFolder *self);
void thaw_folder_start_trim (ThawFolder *self);
void thaw_folder_start_background_details (ThawFolder *self);
void thaw_folder_refresh_wanted (ThawFolder *self);
gboolean thaw_folder_sorts_by_details (ThawFolder *self);

/* thaw-folder-follow.c */
void thaw_folder_start_watching (ThawFolder *self);
void thaw_folder_start_watching_later (ThawFolder *self);
void thaw_folder_request_changes (ThawFolder *self);
void thaw_folder_schedule_poll (ThawFolder *self, gboolean changed);

G_END_DECLS
