/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Stand-ins for the calls that may block: each looks whether the loop's code is running, and then
 * calls the real one. A wait is refused when it really has to wait: it is tried for a few
 * milliseconds first, or without waiting where that can be asked for. Calls that the C library
 * makes inside of itself aren't seen. */

/* Both names of each call, the one for small files too. */
#undef _FILE_OFFSET_BITS
#undef _FORTIFY_SOURCE
#define _LARGEFILE64_SOURCE 1

#include "thaw-guard.h"

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <linux/futex.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* The path of a descriptor, for the report and the allowances. */
static const char *
name_fd (int fd, char *name, size_t size)
{
  char link[64];
  ssize_t n;

  snprintf (link, sizeof (link), "/proc/self/fd/%d", fd);
  n = syscall (SYS_readlink, link, name, size - 1);
  name[n > 0 ? n : 0] = '\0';
  return name;
}

/* Relative to a folder that isn't the current one, the folder says more. */
static void
refuse_at (const char *call, int folder, const char *path)
{
  char name[4096];

  if (path != NULL && (path[0] == '/' || folder == AT_FDCWD))
    guard_refuse (call, path);
  else
    guard_refuse (call, name_fd (folder, name, sizeof (name)));
}

#define PATH_CALL(result, function, parameters, arguments, path)                                   \
  GUARD_EXPORT result function parameters                                                          \
  {                                                                                                \
    if (guard_is_watching ())                                                                      \
      guard_refuse (#function, path);                                                              \
    return REAL (function) arguments;                                                              \
  }

#define AT_CALL(result, function, parameters, arguments, folder, path)                             \
  GUARD_EXPORT result function parameters                                                          \
  {                                                                                                \
    if (guard_is_watching ())                                                                      \
      refuse_at (#function, folder, path);                                                         \
    return REAL (function) arguments;                                                              \
  }

PATH_CALL (int, stat, (const char *path, struct stat *info), (path, info), path)
PATH_CALL (int, lstat, (const char *path, struct stat *info), (path, info), path)
PATH_CALL (int, stat64, (const char *path, struct stat64 *info), (path, info), path)
PATH_CALL (int, lstat64, (const char *path, struct stat64 *info), (path, info), path)
PATH_CALL (int, access, (const char *path, int mode), (path, mode), path)
PATH_CALL (int, euidaccess, (const char *path, int mode), (path, mode), path)
PATH_CALL (int, creat, (const char *path, mode_t mode), (path, mode), path)
PATH_CALL (int, creat64, (const char *path, mode_t mode), (path, mode), path)
PATH_CALL (int, unlink, (const char *path), (path), path)
PATH_CALL (int, rmdir, (const char *path), (path), path)
PATH_CALL (int, mkdir, (const char *path, mode_t mode), (path, mode), path)
PATH_CALL (int, rename, (const char *from, const char *to), (from, to), from)
PATH_CALL (int, link, (const char *from, const char *to), (from, to), from)
PATH_CALL (int, symlink, (const char *text, const char *path), (text, path), path)
PATH_CALL (int, chmod, (const char *path, mode_t mode), (path, mode), path)
PATH_CALL (int, truncate, (const char *path, off_t length), (path, length), path)
PATH_CALL (ssize_t, readlink, (const char *path, char *text, size_t size), (path, text, size), path)
PATH_CALL (char *, realpath, (const char *path, char *result), (path, result), path)
PATH_CALL (DIR *, opendir, (const char *path), (path), path)
PATH_CALL (FILE *, fopen, (const char *path, const char *mode), (path, mode), path)
PATH_CALL (FILE *, fopen64, (const char *path, const char *mode), (path, mode), path)
AT_CALL (int,
         fstatat,
         (int folder, const char *path, struct stat *info, int flags),
         (folder, path, info, flags),
         folder,
         path)
AT_CALL (int,
         fstatat64,
         (int folder, const char *path, struct stat64 *info, int flags),
         (folder, path, info, flags),
         folder,
         path)
AT_CALL (int,
         statx,
         (int folder, const char *path, int flags, unsigned mask, struct statx *info),
         (folder, path, flags, mask, info),
         folder,
         path)
AT_CALL (int,
         faccessat,
         (int folder, const char *path, int mode, int flags),
         (folder, path, mode, flags),
         folder,
         path)
AT_CALL (ssize_t,
         readlinkat,
         (int folder, const char *path, char *text, size_t size),
         (folder, path, text, size),
         folder,
         path)
AT_CALL (int,
         unlinkat,
         (int folder, const char *path, int flags),
         (folder, path, flags),
         folder,
         path)
AT_CALL (int,
         mkdirat,
         (int folder, const char *path, mode_t mode),
         (folder, path, mode),
         folder,
         path)
AT_CALL (int,
         renameat,
         (int folder, const char *from, int other, const char *to),
         (folder, from, other, to),
         folder,
         from)
AT_CALL (int,
         renameat2,
         (int folder, const char *from, int other, const char *to, unsigned flags),
         (folder, from, other, to, flags),
         folder,
         from)

#define OPEN_CALL(function)                                                                        \
  GUARD_EXPORT int function (const char *path, int flags, ...)                                     \
  {                                                                                                \
    va_list arguments;                                                                             \
    mode_t mode;                                                                                   \
    va_start (arguments, flags);                                                                   \
    mode = va_arg (arguments, mode_t);                                                             \
    va_end (arguments);                                                                            \
    if (guard_is_watching ())                                                                      \
      guard_refuse (#function, path);                                                              \
    return REAL (function) (path, flags, mode);                                                    \
  }

#define OPENAT_CALL(function)                                                                      \
  GUARD_EXPORT int function (int folder, const char *path, int flags, ...)                         \
  {                                                                                                \
    va_list arguments;                                                                             \
    mode_t mode;                                                                                   \
    va_start (arguments, flags);                                                                   \
    mode = va_arg (arguments, mode_t);                                                             \
    va_end (arguments);                                                                            \
    if (guard_is_watching ())                                                                      \
      refuse_at (#function, folder, path);                                                         \
    return REAL (function) (folder, path, flags, mode);                                            \
  }

OPEN_CALL (open)
OPEN_CALL (open64)
OPENAT_CALL (openat)
OPENAT_CALL (openat64)

/* Only what lies on a disk: pipes, sockets and events are read without waiting or polled before. */
static bool
is_on_disk (int fd)
{
  struct stat info;

  return syscall (SYS_fstat, fd, &info) == 0 && (S_ISREG (info.st_mode) || S_ISDIR (info.st_mode));
}

static void
refuse_fd (const char *call, int fd)
{
  char name[4096];

  /* Memory that has a descriptor is memory. */
  if (is_on_disk (fd) && __builtin_strncmp (name_fd (fd, name, sizeof (name)), "/memfd:", 7) != 0)
    guard_refuse (call, name);
}

#define FD_CALL(result, function, parameters, arguments)                                           \
  GUARD_EXPORT result function parameters                                                          \
  {                                                                                                \
    if (guard_is_watching ())                                                                      \
      refuse_fd (#function, fd);                                                                   \
    return REAL (function) arguments;                                                              \
  }

FD_CALL (ssize_t, read, (int fd, void *bytes, size_t n), (fd, bytes, n))
FD_CALL (ssize_t, pread, (int fd, void *bytes, size_t n, off_t at), (fd, bytes, n, at))
FD_CALL (ssize_t, pread64, (int fd, void *bytes, size_t n, off64_t at), (fd, bytes, n, at))
FD_CALL (ssize_t, write, (int fd, const void *bytes, size_t n), (fd, bytes, n))
FD_CALL (ssize_t, pwrite, (int fd, const void *bytes, size_t n, off_t at), (fd, bytes, n, at))
FD_CALL (ssize_t, getdents64, (int fd, void *bytes, size_t n), (fd, bytes, n))
FD_CALL (int, fsync, (int fd), (fd))
FD_CALL (int, fdatasync, (int fd), (fd))
FD_CALL (int, ftruncate, (int fd, off_t length), (fd, length))

GUARD_EXPORT struct dirent *
readdir (DIR *folder)
{
  if (guard_is_watching ())
    refuse_fd ("readdir", dirfd (folder));
  return REAL (readdir) (folder);
}

GUARD_EXPORT struct dirent64 *
readdir64 (DIR *folder)
{
  if (guard_is_watching ())
    refuse_fd ("readdir64", dirfd (folder));
  return REAL (readdir64) (folder);
}

GUARD_EXPORT int
flock (int fd, int operation)
{
  if (guard_is_watching () && (operation & LOCK_NB) == 0 && (operation & LOCK_UN) == 0)
    refuse_fd ("flock", fd);
  return REAL (flock) (fd, operation);
}

/* Network */

GUARD_EXPORT int
connect (int fd, const struct sockaddr *address, socklen_t size)
{
  if (guard_is_watching () && (address->sa_family == AF_INET || address->sa_family == AF_INET6)
      && (fcntl (fd, F_GETFL) & O_NONBLOCK) == 0)
    guard_refuse ("connect", NULL);
  return REAL (connect) (fd, address, size);
}

GUARD_EXPORT int
getaddrinfo (const char *node,
             const char *service,
             const struct addrinfo *hints,
             struct addrinfo **result)
{
  if (guard_is_watching () && node != NULL
      && (hints == NULL || (hints->ai_flags & AI_NUMERICHOST) == 0))
    guard_refuse ("getaddrinfo", node);
  return REAL (getaddrinfo) (node, service, hints, result);
}

/* Waits */

GUARD_EXPORT int
poll (struct pollfd *fds, nfds_t n, int timeout)
{
  int n_ready;

  if (!guard_is_watching () || (timeout >= 0 && timeout <= GUARD_WAIT_MSEC))
    return REAL (poll) (fds, n, timeout);
  n_ready = REAL (poll) (fds, n, 0);
  if (n_ready != 0)
    return n_ready;
  guard_refuse ("poll", NULL);
  return REAL (poll) (fds, n, timeout);
}

static bool
is_long (const struct timespec *time)
{
  return time == NULL || time->tv_sec > 0 || time->tv_nsec > GUARD_WAIT_MSEC * 1000000;
}

GUARD_EXPORT int
ppoll (struct pollfd *fds, nfds_t n, const struct timespec *timeout, const sigset_t *mask)
{
  int n_ready = guard_is_watching () && is_long (timeout) ? REAL (poll) (fds, n, 0) : 0;

  if (n_ready != 0)
    return n_ready;
  if (guard_is_watching () && is_long (timeout))
    guard_refuse ("ppoll", NULL);
  return REAL (ppoll) (fds, n, timeout, mask);
}

GUARD_EXPORT int
select (int n, fd_set *in, fd_set *out, fd_set *error, struct timeval *timeout)
{
  if (guard_is_watching ()
      && (timeout == NULL || timeout->tv_sec > 0 || timeout->tv_usec > GUARD_WAIT_MSEC * 1000))
    guard_refuse ("select", NULL);
  return REAL (select) (n, in, out, error, timeout);
}

GUARD_EXPORT int
nanosleep (const struct timespec *time, struct timespec *left)
{
  if (guard_is_watching () && is_long (time))
    guard_refuse ("nanosleep", NULL);
  return REAL (nanosleep) (time, left);
}

GUARD_EXPORT int
clock_nanosleep (clockid_t clock, int flags, const struct timespec *time, struct timespec *left)
{
  if (guard_is_watching ())
    guard_refuse ("clock_nanosleep", NULL);
  return REAL (clock_nanosleep) (clock, flags, time, left);
}

GUARD_EXPORT int
usleep (useconds_t usec)
{
  if (guard_is_watching () && usec > GUARD_WAIT_MSEC * 1000)
    guard_refuse ("usleep", NULL);
  return REAL (usleep) (usec);
}

GUARD_EXPORT unsigned
sleep (unsigned seconds)
{
  if (guard_is_watching ())
    guard_refuse ("sleep", NULL);
  return REAL (sleep) (seconds);
}

GUARD_EXPORT pid_t
waitpid (pid_t process, int *status, int options)
{
  if (guard_is_watching () && (options & WNOHANG) == 0)
    guard_refuse ("waitpid", NULL);
  return REAL (waitpid) (process, status, options);
}

GUARD_EXPORT int
waitid (idtype_t type, id_t id, siginfo_t *info, int options)
{
  if (guard_is_watching () && (options & WNOHANG) == 0)
    guard_refuse ("waitid", NULL);
  return REAL (waitid) (type, id, info, options);
}

GUARD_EXPORT int
pthread_join (pthread_t thread, void **result)
{
  if (guard_is_watching () && pthread_tryjoin_np (thread, result) == 0)
    return 0;
  if (guard_is_watching ())
    guard_refuse ("pthread_join", NULL);
  return REAL (pthread_join) (thread, result);
}

static struct timespec
soon (clockid_t clock)
{
  struct timespec time;

  clock_gettime (clock, &time);
  time.tv_nsec += GUARD_LOCK_MSEC * 1000000;
  time.tv_sec += time.tv_nsec / 1000000000;
  time.tv_nsec %= 1000000000;
  return time;
}

/* The oldest version of these has another layout, and dlsym() may find that one. */
#define REAL_COND(function)                                                                        \
  ({                                                                                               \
    static __typeof__ (function) *real;                                                            \
    if (real == NULL)                                                                              \
      real = (__typeof__ (function) *) dlvsym (RTLD_NEXT, #function, "GLIBC_2.3.2");               \
    if (real == NULL)                                                                              \
      real = (__typeof__ (function) *) dlsym (RTLD_NEXT, #function);                               \
    real;                                                                                          \
  })

/* Whether it was woken within a moment. */
static bool
try_cond (pthread_cond_t *cond, pthread_mutex_t *mutex)
{
  struct timespec time = soon (CLOCK_MONOTONIC);

  return REAL (pthread_cond_clockwait) (cond, mutex, CLOCK_MONOTONIC, &time) != ETIMEDOUT;
}

GUARD_EXPORT int
pthread_cond_wait (pthread_cond_t *cond, pthread_mutex_t *mutex)
{
  if (guard_is_watching ())
    {
      if (try_cond (cond, mutex))
        return 0;
      guard_refuse ("pthread_cond_wait", NULL);
    }
  return REAL_COND (pthread_cond_wait) (cond, mutex);
}

GUARD_EXPORT int
pthread_cond_timedwait (pthread_cond_t *cond, pthread_mutex_t *mutex, const struct timespec *until)
{
  if (guard_is_watching ())
    {
      if (try_cond (cond, mutex))
        return 0;
      guard_refuse ("pthread_cond_timedwait", NULL);
    }
  return REAL_COND (pthread_cond_timedwait) (cond, mutex, until);
}

GUARD_EXPORT int
sem_wait (sem_t *semaphore)
{
  struct timespec time = soon (CLOCK_REALTIME);

  if (guard_is_watching ())
    {
      if (sem_timedwait (semaphore, &time) == 0)
        return 0;
      guard_refuse ("sem_wait", NULL);
    }
  return REAL (sem_wait) (semaphore);
}

static long
call_kernel (long number, const long a[6])
{
  return REAL (syscall) (number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

/* GLib's locks and conditions. Whether it was over within a moment; then errno and @result say how.
 */
static bool
try_futex (const long arguments[6], long *result)
{
  struct timespec moment = { 0, GUARD_LOCK_MSEC * 1000000 };
  const long tried[6] = { arguments[0], arguments[1], arguments[2], (long) &moment };

  *result = call_kernel (SYS_futex, tried);
  return *result == 0 || errno != ETIMEDOUT;
}

GUARD_EXPORT long
syscall (long number, ...)
{
  long a[6], result;
  va_list arguments;

  va_start (arguments, number);
  for (unsigned i = 0; i < 6; i++)
    a[i] = va_arg (arguments, long);
  va_end (arguments);
  if (number == SYS_futex && (a[1] & FUTEX_CMD_MASK) == FUTEX_WAIT
      && is_long ((const struct timespec *) a[3]) && guard_is_watching ())
    {
      if (try_futex (a, &result))
        return result;
      guard_refuse ("futex", NULL);
    }
  return call_kernel (number, a);
}

/* D-Bus */

#define BUS_CALL(result, function, parameters, arguments)                                          \
  GUARD_EXPORT result function parameters                                                          \
  {                                                                                                \
    if (guard_is_watching ())                                                                      \
      guard_refuse (#function, NULL);                                                              \
    return REAL (function) arguments;                                                              \
  }

BUS_CALL (GDBusConnection *,
          g_bus_get_sync,
          (GBusType type, GCancellable *c, GError **e),
          (type, c, e))
BUS_CALL (GVariant *,
          g_dbus_connection_call_sync,
          (GDBusConnection * bus,
           const gchar *name,
           const gchar *path,
           const gchar *interface,
           const gchar *method,
           GVariant *parameters,
           const GVariantType *type,
           GDBusCallFlags flags,
           gint timeout,
           GCancellable *c,
           GError **e),
          (bus, name, path, interface, method, parameters, type, flags, timeout, c, e))
BUS_CALL (GDBusMessage *,
          g_dbus_connection_send_message_with_reply_sync,
          (GDBusConnection * bus,
           GDBusMessage *message,
           GDBusSendMessageFlags flags,
           gint timeout,
           volatile guint32 *serial,
           GCancellable *c,
           GError **e),
          (bus, message, flags, timeout, serial, c, e))
BUS_CALL (GDBusProxy *,
          g_dbus_proxy_new_for_bus_sync,
          (GBusType type,
           GDBusProxyFlags flags,
           GDBusInterfaceInfo *info,
           const gchar *name,
           const gchar *path,
           const gchar *interface,
           GCancellable *c,
           GError **e),
          (type, flags, info, name, path, interface, c, e))
BUS_CALL (GDBusProxy *,
          g_dbus_proxy_new_sync,
          (GDBusConnection * bus,
           GDBusProxyFlags flags,
           GDBusInterfaceInfo *info,
           const gchar *name,
           const gchar *path,
           const gchar *interface,
           GCancellable *c,
           GError **e),
          (bus, flags, info, name, path, interface, c, e))
BUS_CALL (GVariant *,
          g_dbus_proxy_call_sync,
          (GDBusProxy * proxy,
           const gchar *method,
           GVariant *parameters,
           GDBusCallFlags flags,
           gint timeout,
           GCancellable *c,
           GError **e),
          (proxy, method, parameters, flags, timeout, c, e))
BUS_CALL (GDBusConnection *,
          g_dbus_connection_new_for_address_sync,
          (const gchar *address,
           GDBusConnectionFlags flags,
           GDBusAuthObserver *observer,
           GCancellable *c,
           GError **e),
          (address, flags, observer, c, e))
