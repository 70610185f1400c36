/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Names of the system calls in which a thread can sleep. The numbers are the machine's, so a call
 * that it doesn't have is left out. */

#include "thaw-monitor-private.h"

#include <sys/syscall.h>

typedef struct {
  long number;
  const char *name;
  gboolean has_fd; /* its first argument is a descriptor */
} SystemCall;

#define CALL(name)                                                                                 \
  {                                                                                                \
    SYS_##name, #name, FALSE                                                                       \
  }
#define FD_CALL(name)                                                                              \
  {                                                                                                \
    SYS_##name, #name, TRUE                                                                        \
  }

static const SystemCall calls[] = {
#ifdef SYS_open
  CALL (open),
  CALL (stat),
  CALL (lstat),
  CALL (access),
  CALL (readlink),
  CALL (rename),
  CALL (unlink),
  CALL (mkdir),
  CALL (rmdir),
  CALL (creat),
  CALL (poll),
  CALL (select),
  FD_CALL (getdents),
  FD_CALL (epoll_wait),
  CALL (pause),
#endif
#ifdef SYS_newfstatat
  FD_CALL (newfstatat),
#endif
  FD_CALL (read),
  FD_CALL (write),
  FD_CALL (readv),
  FD_CALL (writev),
  FD_CALL (pread64),
  FD_CALL (pwrite64),
  FD_CALL (preadv),
  FD_CALL (pwritev),
  FD_CALL (sendfile),
  FD_CALL (splice),
  FD_CALL (copy_file_range),
  FD_CALL (openat),
  FD_CALL (statx),
  FD_CALL (fstat),
  FD_CALL (fstatfs),
  CALL (statfs),
  FD_CALL (faccessat),
  FD_CALL (readlinkat),
  FD_CALL (getdents64),
  FD_CALL (renameat2),
  FD_CALL (unlinkat),
  FD_CALL (mkdirat),
  FD_CALL (fsync),
  FD_CALL (fdatasync),
  CALL (sync),
  FD_CALL (syncfs),
  FD_CALL (ftruncate),
  FD_CALL (fallocate),
  FD_CALL (flock),
  FD_CALL (fcntl),
  FD_CALL (ioctl),
  FD_CALL (close),
  FD_CALL (lseek),
  CALL (getxattr),
  CALL (lgetxattr),
  FD_CALL (fgetxattr),
  CALL (listxattr),
  CALL (setxattr),
  FD_CALL (utimensat),
  FD_CALL (fchmod),
  FD_CALL (fchown),
  CALL (mount),
  CALL (umount2),
  FD_CALL (connect),
  FD_CALL (accept),
  FD_CALL (accept4),
  FD_CALL (sendto),
  FD_CALL (recvfrom),
  FD_CALL (sendmsg),
  FD_CALL (recvmsg),
  CALL (ppoll),
  CALL (pselect6),
  FD_CALL (epoll_pwait),
  CALL (futex),
  CALL (nanosleep),
  CALL (clock_nanosleep),
  CALL (wait4),
  CALL (waitid),
  CALL (rt_sigtimedwait),
  CALL (msync),
  CALL (munmap),
  CALL (mmap),
  CALL (madvise),
  CALL (execve),
  CALL (sched_yield),
  CALL (getrandom),
  CALL (restart_syscall),
};

static const SystemCall *
find_call (long number)
{
  for (guint i = 0; i < G_N_ELEMENTS (calls); i++)
    if (calls[i].number == number)
      return &calls[i];
  return NULL;
}

/* NULL: not one of those. */
const char *
thaw_system_call_get_name (long number)
{
  const SystemCall *call = find_call (number);

  return call != NULL ? call->name : NULL;
}

gboolean
thaw_system_call_has_fd (long number)
{
  const SystemCall *call = find_call (number);

  return call != NULL && call->has_fd;
}
