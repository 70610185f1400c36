/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which devices an operation will keep busy, and what can be expected of them. */
#pragma once

#include "thaw-operation-request.h"

G_BEGIN_DECLS

typedef struct {
  char *id;         /* the same for all paths on it, also in the next session if that is possible */
  gboolean is_slow; /* seeks, or is far away, or isn't known: one job at a time is faster than two */
} ThawDevice;

/* Constant once made, any thread. */
typedef struct {
  gint ref_count;
  GArray *items; /* ThawDevice, each once; the target's first */
  gconstpointer last_mount; /* only compared, while it is made */
} ThawDevices;

/* Those of a request's sources and target. Reads the kernel's tables, never the files themselves; on a thread all the same. */
ThawDevices *thaw_devices_find (ThawOperationRequest *request);
ThawDevices *thaw_devices_new (void);
void thaw_devices_add (ThawDevices *self, const char *id, gboolean is_slow);
gboolean thaw_devices_share (ThawDevices *a, ThawDevices *b);
gboolean thaw_devices_have_slow (ThawDevices *self);
/* "target<source": what the speed between them is remembered by. */
char *thaw_devices_dup_id (ThawDevices *self);
ThawDevices *thaw_devices_ref (ThawDevices *self);
void thaw_devices_unref (ThawDevices *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThawDevices, thaw_devices_unref)

G_END_DECLS
