/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where a watched thread finds its record, and the clock of the ages. The monitor sets the pointer
 * on the loop's thread when it begins and clears it when it ends; nobody else writes it. */

#include "thaw-now-private.h"

#include <time.h>

__thread ThawNow *thaw_now;

gint64
thaw_now_get_coarse_usec (void)
{
  struct timespec now;

  clock_gettime (CLOCK_MONOTONIC_COARSE, &now);
  return now.tv_sec * G_USEC_PER_SEC + now.tv_nsec / 1000;
}
