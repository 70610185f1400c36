/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A stall: one turn of a loop that took too long, and who is to blame. */
#pragma once

#include "thaw-types.h"

G_BEGIN_DECLS

typedef struct {
  guint64 serial;         /* counts the stalls of the process, from 1 on */
  gint64 start_usec;      /* monotonic */
  gint64 start_real_usec; /* by the wall clock */
  gint64 length_usec;     /* so far, while it isn't over */
  gboolean is_over;
  char *culprit;      /* one line: who it was and what it did */
  char *mailbox;      /* (nullable): its name */
  char *handler;      /* (nullable): function that the loop called: handler, callback, or body of the fiber */
  char *message;      /* (nullable): the message, by its address and the function that frees its kind */
  char *fiber;        /* (nullable): its name */
  char *plugin;       /* (nullable): as its host named it */
  char *source;       /* (nullable): name of the GSource */
  char *system_call;  /* (nullable): "read (fd 7: pipe:[4711])"; NULL: it computed */
  char *wait_channel; /* (nullable): where in the kernel it slept */
  char **frames;      /* innermost first; empty if the thread could not be asked */
} ThawStall;

#define THAW_TYPE_STALL (thaw_stall_get_type ())
THAW_API GType thaw_stall_get_type (void); /* boxed */
THAW_API ThawStall *thaw_stall_copy (const ThawStall *self) G_GNUC_WARN_UNUSED_RESULT;
THAW_API void thaw_stall_free (ThawStall *self);
/* As it is in the report file. */
THAW_API char *thaw_stall_to_text (const ThawStall *self) G_GNUC_WARN_UNUSED_RESULT;

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThawStall, thaw_stall_free)

G_END_DECLS
