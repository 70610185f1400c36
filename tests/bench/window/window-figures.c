/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Medians, percentiles and the line that a benchmark prints for a figure. No state, any thread. */
#include "window-figures.h"

#include <math.h>

GArray *
figures_new (void)
{
  return g_array_new (FALSE, FALSE, sizeof (double));
}

void
figures_add (GArray *figures, double value)
{
  g_array_append_val (figures, value);
}

static int
compare (gconstpointer a, gconstpointer b)
{
  double x = *(const double *) a, y = *(const double *) b;

  return (x > y) - (x < y);
}

double
figures_percentile (GArray *figures, double percent)
{
  guint last = figures->len - 1;

  if (figures->len == 0)
    return NAN;
  g_array_sort (figures, compare);
  return g_array_index (figures, double, (guint) ceil (last * percent / 100));
}

double
figures_median (GArray *figures)
{
  if (figures->len == 0)
    return NAN;
  g_array_sort (figures, compare);
  return (g_array_index (figures, double, (figures->len - 1) / 2)
          + g_array_index (figures, double, figures->len / 2))
         / 2;
}

/* A figure that isn't there (NAN) falls short of any bar. */
static void
print (const char *name,
       double figure,
       const char *unit,
       const char *sign,
       double bar,
       const char *remark,
       gboolean holds)
{
  const char *space = *unit != '\0' && *unit != 'x' && *unit != '%' ? " " : "";

  g_print ("%s: %.4g%s%s (bar %s %g%s%s%s%s) %s\n",
           name,
           figure,
           space,
           unit,
           sign,
           bar,
           space,
           unit,
           *remark != '\0' ? "; " : "",
           remark,
           holds ? "holds" : "short");
}

void
figure_print_most (const char *name,
                   double figure,
                   const char *unit,
                   double bar,
                   const char *remark)
{
  print (name, figure, unit, "<=", bar, remark, figure <= bar);
}

void
figure_print_least (const char *name,
                    double figure,
                    const char *unit,
                    double bar,
                    const char *remark)
{
  print (name, figure, unit, ">=", bar, remark, figure >= bar);
}
