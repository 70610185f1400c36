/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Medians, percentiles and the line that a benchmark prints for a figure. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A GArray of double. */
GArray *figures_new (void);
void figures_add (GArray *figures, double value);
/* The value below which @percent of the figures lie; NAN for none. Sorts them. */
double figures_percentile (GArray *figures, double percent);
double figures_median (GArray *figures);

/* Prints `name: figure unit (bar <= bar unit; remark) holds|short`; @unit and @remark may be "". */
void figure_print_most (const char *name,
                        double figure,
                        const char *unit,
                        double bar,
                        const char *remark);
void figure_print_least (const char *name,
                         double figure,
                         const char *unit,
                         double bar,
                         const char *remark);

G_END_DECLS
