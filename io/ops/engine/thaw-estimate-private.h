/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How long it will still take, as a range. Pure: samples in, seconds out; no clock, no file, no thread. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* What is known of a device, or of a pair of them: a transfer takes bytes / bytes_per_second + entries * seconds_per_entry. */
typedef struct {
  double bytes_per_second, seconds_per_entry;
  double weight; /* how many seconds of work it was learned from; 0: nothing is known */
} ThawSpeed;

typedef struct _ThawEstimate ThawEstimate;

/* Totals: -1 while they aren't known. @known: nullable. */
ThawEstimate *thaw_estimate_new (gint64 bytes_total, gint64 entries_total, const ThawSpeed *known);
void thaw_estimate_free (ThawEstimate *self);
/* So much was done after so many seconds of work, pauses left out. Any interval; several a second are best. */
void thaw_estimate_add (ThawEstimate *self, double seconds, gint64 bytes, gint64 entries);
/* FALSE: not known yet. */
gboolean thaw_estimate_get (ThawEstimate *self, double *low, double *high);
/* Of the last seconds. */
void thaw_estimate_get_rates (ThawEstimate *self, double *bytes_per_second, double *entries_per_second);
/* What it has learned, @known included: for the next time. */
void thaw_estimate_get_speed (ThawEstimate *self, ThawSpeed *speed);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThawEstimate, thaw_estimate_free)

G_END_DECLS
