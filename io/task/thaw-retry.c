/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Retries: a fiber that tries, waits and tries again. Being one it shows in the task tree, ends
 * with its scope, and leaves no timer behind. The loop's thread. */

#include "thaw-timing.h"

#include "thaw-error.h"

#define MAX_ATTEMPTS 5
#define FIRST_DELAY_USEC (200 * 1000)
#define MAX_DELAY_USEC (30 * G_USEC_PER_SEC)
#define FACTOR 2.0
#define JITTER 0.5

typedef struct {
  ThawScope *scope; /* owned */
  ThawRetryOptions options;
  ThawRetryFunc func;
  ThawRetryPredicate predicate;
  gpointer user_data;
  GDestroyNotify destroy;
} ThawRetry;

static void
retry_free (gpointer data)
{
  ThawRetry *self = data;

  if (self->destroy)
    self->destroy (self->user_data);
  thaw_scope_unref (self->scope);
  g_free (self);
}

static ThawRetryOptions
complete_options (const ThawRetryOptions *options)
{
  ThawRetryOptions full = options ? *options : (ThawRetryOptions){ 0 };

  full.max_attempts = full.max_attempts ? full.max_attempts : MAX_ATTEMPTS;
  full.first_delay_usec = full.first_delay_usec ? full.first_delay_usec : FIRST_DELAY_USEC;
  full.max_delay_usec = full.max_delay_usec ? full.max_delay_usec : MAX_DELAY_USEC;
  full.factor = full.factor > 0 ? full.factor : FACTOR;
  full.jitter = full.jitter == 0 ? JITTER : CLAMP (full.jitter, 0, 1);
  return full;
}

/**
 * thaw_retry_is_transient:
 * @error: why an attempt failed
 *
 * The predicate of [func@Thaw.retry] when there is none: whether the same call might succeed a
 * little later. Any thread.
 *
 * Returns: %FALSE for what will be the same the next time
 */
gboolean
thaw_retry_is_transient (const GError *error)
{
  static const gint lasting[]
      = { G_IO_ERROR_CANCELLED,        G_IO_ERROR_NOT_FOUND,         G_IO_ERROR_EXISTS,
          G_IO_ERROR_IS_DIRECTORY,     G_IO_ERROR_NOT_DIRECTORY,     G_IO_ERROR_NOT_REGULAR_FILE,
          G_IO_ERROR_INVALID_ARGUMENT, G_IO_ERROR_INVALID_FILENAME,  G_IO_ERROR_PERMISSION_DENIED,
          G_IO_ERROR_NOT_SUPPORTED,    G_IO_ERROR_READ_ONLY,         G_IO_ERROR_INVALID_DATA,
          G_IO_ERROR_NO_SPACE,         G_IO_ERROR_FILENAME_TOO_LONG, G_IO_ERROR_NOT_MOUNTED };

  if (g_error_matches (error, THAW_ERROR, THAW_ERROR_MAILBOX_CLOSED))
    return FALSE;
  if (error->domain != G_IO_ERROR)
    return TRUE;
  for (guint i = 0; i < G_N_ELEMENTS (lasting); i++)
    if (error->code == lasting[i])
      return FALSE;
  return TRUE;
}

static gint64
get_delay (const ThawRetryOptions *options, guint attempt)
{
  double delay = options->first_delay_usec;

  for (guint i = 1; i < attempt && delay < options->max_delay_usec; i++)
    delay *= options->factor;
  delay = MIN (delay, options->max_delay_usec);
  if (options->jitter > 0)
    delay *= 1 - options->jitter * ((thaw_clock_random () >> 11) * 0x1p-53);
  return (gint64) delay;
}

/* Cancelled ones are never tried again: somebody wanted that, or the scope has ended. */
static gint64
judge (ThawRetry *self, const GError *error, guint attempt)
{
  gint64 delay_usec;

  if (attempt >= self->options.max_attempts || thaw_scope_is_cancelled (self->scope)
      || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return THAW_RETRY_GIVE_UP;
  delay_usec = get_delay (&self->options, attempt);
  if (self->predicate)
    return self->predicate (error, attempt, delay_usec, self->user_data);
  return thaw_retry_is_transient (error) ? delay_usec : THAW_RETRY_GIVE_UP;
}

static ThawFuture *
try_once (ThawRetry *self, guint attempt)
{
  ThawFuture *future = self->func (attempt, self->user_data);
  gint64 timeout_usec = self->options.attempt_timeout_usec;

  return timeout_usec > 0 ? thaw_future_timeout (future, timeout_usec) : future;
}

static ThawFuture *
retry_fiber (gpointer user_data)
{
  ThawRetry *self = user_data;

  for (guint attempt = 1;; attempt++)
    {
      g_autoptr (ThawFuture) future = try_once (self, attempt);
      g_autoptr (GError) error = NULL;
      gint64 delay_usec;

      if (thaw_await (thaw_future_ref (future), &error))
        return g_steal_pointer (&future);
      delay_usec = judge (self, error, attempt);
      if (delay_usec < 0)
        return g_steal_pointer (&future);
      g_clear_error (&error);
      if (!thaw_await (thaw_delay (delay_usec), &error))
        return thaw_future_new_rejected (g_steal_pointer (&error));
    }
}

/**
 * thaw_retry:
 * @scope: what the task belongs to
 * @name: a static string, for logs and for the task tree
 * @options: (nullable): how often, and how long to wait; copied
 * @func: (scope notified) (closure user_data) (destroy destroy): makes one attempt
 * @predicate: (nullable) (scope notified): whether and when there is another one
 * @user_data: for @func and @predicate
 * @destroy: (nullable): frees @user_data
 *
 * Calls @func until the future that it returns is resolved, with growing delays in between:
 * `first_delay_usec` times `factor` for each attempt, up to `max_delay_usec`, and of that as much
 * less as chance and `jitter` decide, so that many clients don't come back at once. A @predicate
 * that knows better, such as from a Retry-After, returns its own delay.
 *
 * - **Thread**: the scope's; @func and @predicate run there in a fiber, and @func may await.
 * - **Errors**: that of the last attempt, %THAW_ERROR_DEADLINE if its time was over. An attempt
 * that was cancelled is the last one.
 * - **Cancellation**: of the future or @scope: cancels the attempt, or ends the delay, at once.
 * - **Units**: microseconds of [func@Thaw.clock_get_usec]
 *
 * Returns: (transfer full): a future that completes as the last attempt did
 */
ThawFuture *
thaw_retry (ThawScope *scope,
            const char *name,
            const ThawRetryOptions *options,
            ThawRetryFunc func,
            ThawRetryPredicate predicate,
            gpointer user_data,
            GDestroyNotify destroy)
{
  ThawRetry *self = g_new (ThawRetry, 1);

  *self = (ThawRetry){ .scope = thaw_scope_ref (scope),
                       .options = complete_options (options),
                       .func = func,
                       .predicate = predicate,
                       .user_data = user_data,
                       .destroy = destroy };
  return thaw_scope_spawn (scope, name, retry_fiber, self, retry_free);
}
