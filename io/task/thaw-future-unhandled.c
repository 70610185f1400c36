/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rejections that nobody looked at. They are found when a rejected future is freed, on any thread:
 * counted, logged at debug level, kept in a ring for whoever asks later, and told to the program. A
 * library doesn't decide what is worth a warning; it only sees to it that nothing is lost. */

#define G_LOG_DOMAIN "Thaw"

#include "thaw-future-private.h"

#include <pthread.h>

typedef struct {
  const char *task; /* static, as all names of futures */
  GError *error;
} Rejection;

static guint64 n_unhandled; /* atomic */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static Rejection kept[THAW_UNHANDLED_KEPT]; /* a ring */
static guint64 n_kept;
static ThawUnhandledFunc told;
static gpointer told_data;

static ThawUnhandledFunc
keep (const char *task, const GError *error, gpointer *user_data)
{
  Rejection *rejection;
  ThawUnhandledFunc func;

  pthread_mutex_lock (&lock);
  rejection = &kept[n_kept++ % THAW_UNHANDLED_KEPT];
  g_clear_error (&rejection->error);
  *rejection = (Rejection){ task, g_error_copy (error) };
  func = told;
  *user_data = told_data;
  pthread_mutex_unlock (&lock);
  return func;
}

void
thaw_future_note_unhandled (const char *name, const GError *error)
{
  gpointer user_data;
  ThawUnhandledFunc func = keep (name, error, &user_data);

  __atomic_add_fetch (&n_unhandled, 1, __ATOMIC_RELAXED);
  g_debug ("Nobody looked at the rejection of %s: %s", name, error->message);
  if (func)
    func (name, error, user_data);
}

guint64
thaw_future_get_n_unhandled (void)
{
  return __atomic_load_n (&n_unhandled, __ATOMIC_RELAXED);
}

/**
 * thaw_task_set_unhandled_func:
 * @func: (nullable) (scope forever): is told, or %NULL for nobody
 * @user_data: for @func
 *
 * Says who is told of each rejection that nobody looked at, other than %G_IO_ERROR_CANCELLED. There
 * is one such function for the process. It is called on the thread that dropped the future, without
 * any lock, and may be called on several at once.
 *
 * - **Thread**: any.
 */
void
thaw_task_set_unhandled_func (ThawUnhandledFunc func, gpointer user_data)
{
  pthread_mutex_lock (&lock);
  told = func;
  told_data = user_data;
  pthread_mutex_unlock (&lock);
}

/**
 * thaw_task_foreach_unhandled:
 * @func: (scope call) (closure user_data): called for each
 * @user_data: for @func
 *
 * Goes through the last %THAW_UNHANDLED_KEPT rejections that nobody looked at, oldest first. Any
 * thread; @func is called without any lock.
 */
void
thaw_task_foreach_unhandled (ThawUnhandledFunc func, gpointer user_data)
{
  Rejection copies[THAW_UNHANDLED_KEPT];
  guint n;

  pthread_mutex_lock (&lock);
  n = MIN (n_kept, THAW_UNHANDLED_KEPT);
  for (guint i = 0; i < n; i++)
    {
      const Rejection *rejection = &kept[(n_kept - n + i) % THAW_UNHANDLED_KEPT];

      copies[i] = (Rejection){ rejection->task, g_error_copy (rejection->error) };
    }
  pthread_mutex_unlock (&lock);

  for (guint i = 0; i < n; i++)
    {
      func (copies[i].task, copies[i].error, user_data);
      g_error_free (copies[i].error);
    }
}
