/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The limiter's record: shared by its queue and by the registry of those with a name. */
#pragma once

#include "thaw-limiter.h"

#include <pthread.h>

G_BEGIN_DECLS

struct _ThawLimiter {
  gint ref_count;
  gboolean is_registered;
  char *name;
  pthread_mutex_t lock; /* of what follows; the innermost lock */
  guint limit, n_out, max_out;
  GQueue waiting[THAW_N_PRIORITIES]; /* ThawPermit.link, oldest first */
  guint n_passed[THAW_N_PRIORITIES]; /* permits that went past a class since its last one */
  guint64 n_granted, n_aged;
};

/* For tests: limiters in the registry. */
guint thaw_limiter_get_n_registered (void);

G_END_DECLS
