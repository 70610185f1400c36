/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Recorded transfers: how much was done when. Real ones are files in recordings/ ("bytes entries"
 * in the first line, then "seconds bytes entries" each fifth of a second); the others are made up
 * from what devices do, with noise from a seed. */
#pragma once

#include <glib.h>

typedef struct {
  double seconds;
  gint64 bytes, entries;
} Sample;

typedef struct {
  char *name;
  char *device; /* transfers of one device teach each other */
  gint64 bytes, entries;
  GArray *samples; /* Sample */
} Recording;

GPtrArray *recordings_load (const char *folder); /* the real ones */
GPtrArray *recordings_make (guint32 seed);       /* the others */
void recording_free (Recording *self);
