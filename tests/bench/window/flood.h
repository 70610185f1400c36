/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A flood of small pieces of work for the pump of the calling thread: messages, completed futures
 * or resumed fibers, each of which keeps the loop busy for about 2 us. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define FLOOD_STEP_USEC 2

typedef struct _Flood Flood;
struct _Flood {
  const char *name;
  /* Makes what is needed beforehand, so that only the flood itself is timed. */
  void (*prepare) (Flood *self);
  void (*start) (Flood *self);
  void (*clear) (Flood *self); /* after the last step, or in the middle */
  guint n_total, n_done;
  gint64 started_usec, ended_usec;
  gpointer data;
};

extern const Flood flood_of_messages;
extern const Flood flood_of_futures;
extern const Flood flood_of_fibers;

/* How many rounds of flood_work() take a microsecond: measured once, on a warm CPU. */
void flood_calibrate (void);
void flood_work (double usec);
/* One step of @self: works, counts, and notes the time of the last one. */
void flood_step (Flood *self);

G_END_DECLS
