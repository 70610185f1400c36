/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tells ThreadSanitizer what GLib's locks do. GLib is not built with it, and GLib's locks are
 * futexes of its own, so that everything behind a GMutex would be reported as a race. This library
 * is preloaded into the tests of the ThreadSanitizer build: it stands in for the functions below,
 * calls GLib's, and adds the "happened before" that they stand for. It changes nothing else, and
 * nothing in a program without ThreadSanitizer. Any thread. */
#include <dlfcn.h>
#include <glib-object.h>

/* Weak: absent in the shells and servers that tests start. */
extern void __tsan_acquire (void *address) __attribute__ ((weak));
extern void __tsan_release (void *address) __attribute__ ((weak));

static void
acquire (gpointer address)
{
  if (__tsan_acquire != NULL)
    __tsan_acquire (address);
}

static void
release (gpointer address)
{
  if (__tsan_release != NULL)
    __tsan_release (address);
}

#define EXPORT __attribute__ ((visibility ("default")))

/* Looked up on the first call: a lock may be taken before any constructor of ours has run. Two
 * threads that do so at once find the same. */
#define REAL(function)                                                                             \
  ({                                                                                               \
    static __typeof__ (function) *real;                                                            \
    if (real == NULL)                                                                              \
      real = (__typeof__ (function) *) dlsym (RTLD_NEXT, #function);                               \
    real;                                                                                          \
  })

EXPORT void
g_mutex_lock (GMutex *mutex)
{
  REAL (g_mutex_lock) (mutex);
  acquire (mutex);
}

EXPORT gboolean
g_mutex_trylock (GMutex *mutex)
{
  gboolean taken = REAL (g_mutex_trylock) (mutex);

  if (taken)
    acquire (mutex);
  return taken;
}

EXPORT void
g_mutex_unlock (GMutex *mutex)
{
  release (mutex);
  REAL (g_mutex_unlock) (mutex);
}

EXPORT void
g_cond_wait (GCond *cond, GMutex *mutex)
{
  release (mutex);
  REAL (g_cond_wait) (cond, mutex);
  acquire (mutex);
}

EXPORT gboolean
g_cond_wait_until (GCond *cond, GMutex *mutex, gint64 end_time)
{
  gboolean signalled;

  release (mutex);
  signalled = REAL (g_cond_wait_until) (cond, mutex, end_time);
  acquire (mutex);
  return signalled;
}

/* Whoever drops the last reference has seen what all others did before they dropped theirs. */
#undef g_atomic_ref_count_dec
EXPORT gboolean
g_atomic_ref_count_dec (gatomicrefcount *count)
{
  gboolean last;

  release ((gpointer) count);
  last = REAL (g_atomic_ref_count_dec) (count);
  if (last)
    acquire ((gpointer) count);
  return last;
}

#undef g_object_unref
EXPORT void
g_object_unref (gpointer object)
{
  release (object);
  acquire (object); /* before, since it may be finalized inside */
  REAL (g_object_unref) (object);
}

EXPORT void
g_bytes_unref (GBytes *bytes)
{
  if (bytes == NULL)
    return;
  release (bytes);
  acquire (bytes);
  REAL (g_bytes_unref) (bytes);
}

/* A queue's items are handed over with it. */
EXPORT void
g_async_queue_push (GAsyncQueue *queue, gpointer data)
{
  release (queue);
  REAL (g_async_queue_push) (queue, data);
}

#define POP(function, ARGUMENTS, VALUES)                                                           \
  EXPORT gpointer function ARGUMENTS                                                               \
  {                                                                                                \
    gpointer data = REAL (function) VALUES;                                                        \
    if (data != NULL)                                                                              \
      acquire (queue);                                                                             \
    return data;                                                                                   \
  }
POP (g_async_queue_pop, (GAsyncQueue * queue), (queue))
POP (g_async_queue_try_pop, (GAsyncQueue * queue), (queue))
POP (g_async_queue_timeout_pop, (GAsyncQueue * queue, guint64 timeout), (queue, timeout))

/* What is done once is done before anybody goes on. The headers' macros are not wanted here. */
#undef g_once_init_enter
#undef g_once_init_leave
#undef g_once_init_enter_pointer
#undef g_once_init_leave_pointer

EXPORT gboolean
g_once_init_enter_pointer (gpointer location)
{
  gboolean first = REAL (g_once_init_enter_pointer) (location);

  if (!first)
    acquire (location);
  return first;
}

EXPORT gboolean
g_once_init_enter (volatile void *location)
{
  gboolean first = REAL (g_once_init_enter) (location);

  if (!first)
    acquire ((gpointer) location);
  return first;
}

EXPORT void
g_once_init_leave (volatile void *location, gsize result)
{
  release ((gpointer) location);
  REAL (g_once_init_leave) (location, result);
}

EXPORT void
g_once_init_leave_pointer (gpointer location, gpointer result)
{
  release (location);
  REAL (g_once_init_leave_pointer) (location, result);
}

EXPORT gpointer
g_once_impl (GOnce *once, GThreadFunc func, gpointer arg)
{
  gpointer result = REAL (g_once_impl) (once, func, arg);

  /* The first caller releases what it made, later ones see it. */
  release (once);
  acquire (once);
  return result;
}
