/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The walls around libarchive. Whatever an archive makes of the parser, the process holds two
 * descriptors and can do nothing but compute, read, write and end: landlock takes the file system
 * and the network, seccomp every system call that isn't on a short list, limits the memory and the
 * time (set by main()). Calls that are refused fail with EPERM instead of killing, since libraries
 * try harmless ones (iconv looks for its modules). Where a wall isn't to be had (an older kernel,
 * another processor) the others stand; with none of the two the program refuses to work. */

#include "thaw-archive-child.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__x86_64__)
#define THIS_ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define THIS_ARCH AUDIT_ARCH_AARCH64
#endif

/* Those of landlock's first version, and what later ones added (older headers don't name it). */
#define FIRST_FS_RIGHTS ((1ULL << 13) - 1)
#define REFER (1ULL << 13)              /* 2 */
#define TRUNCATE (1ULL << 14)           /* 3 */
#define TCP ((1ULL << 0) | (1ULL << 1)) /* 4 */
#define SPOOL_RIGHTS                                                                               \
  (LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_MAKE_REG      \
   | LANDLOCK_ACCESS_FS_REMOVE_FILE)

typedef struct {
  uint64_t files, network;
} Rights;

static bool
allow_spool (int ruleset)
{
  struct landlock_path_beneath_attr beneath = {
    .allowed_access = SPOOL_RIGHTS,
    .parent_fd = THAW_ARCHIVE_SPOOL_FD,
  };

  return syscall (SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &beneath, 0) == 0;
}

static bool
lock_land (bool with_spool)
{
  long version = syscall (SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
  Rights rights = {
    FIRST_FS_RIGHTS | (version >= 2 ? REFER : 0) | (version >= 3 ? TRUNCATE : 0),
    version >= 4 ? TCP : 0,
  };
  size_t size = version >= 4 ? sizeof rights : sizeof rights.files;
  int ruleset;
  bool locked;

  if (version < 1)
    return false;
  ruleset = (int) syscall (SYS_landlock_create_ruleset, &rights, size, 0);
  if (ruleset < 0)
    return false;
  locked = (!with_spool || allow_spool (ruleset))
           && syscall (SYS_landlock_restrict_self, ruleset, 0) == 0;
  close (ruleset);
  return locked;
}

#ifdef THIS_ARCH
#define ALLOW(call)                                                                                \
  BPF_JUMP (BPF_JMP | BPF_JEQ | BPF_K, SYS_##call, 0, 1),                                          \
      BPF_STMT (BPF_RET | BPF_K, SECCOMP_RET_ALLOW)
/* Memory that can be run isn't to be had: the third argument, as mmap and mprotect both have it. */
#define ALLOW_DATA(call)                                                                           \
  BPF_JUMP (BPF_JMP | BPF_JEQ | BPF_K, SYS_##call, 0, 4),                                          \
      BPF_STMT (BPF_LD | BPF_W | BPF_ABS, offsetof (struct seccomp_data, args[2])),                \
      BPF_JUMP (BPF_JMP | BPF_JSET | BPF_K, 4 /* PROT_EXEC */, 0, 1),                              \
      BPF_STMT (BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),                                       \
      BPF_STMT (BPF_RET | BPF_K, SECCOMP_RET_ALLOW)
#define COMMON                                                                                     \
  BPF_STMT (BPF_LD | BPF_W | BPF_ABS, offsetof (struct seccomp_data, arch)),                       \
      BPF_JUMP (BPF_JMP | BPF_JEQ | BPF_K, THIS_ARCH, 1, 0),                                       \
      BPF_STMT (BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),                                        \
      BPF_STMT (BPF_LD | BPF_W | BPF_ABS, offsetof (struct seccomp_data, nr)), ALLOW (read),       \
      ALLOW (readv), ALLOW (write), ALLOW (writev), ALLOW (pread64), ALLOW (pwrite64),             \
      ALLOW (lseek), ALLOW (brk), ALLOW (munmap), ALLOW (mremap), ALLOW (madvise), ALLOW (futex),  \
      ALLOW (exit), ALLOW (exit_group), ALLOW (rt_sigreturn), ALLOW (clock_gettime),               \
      ALLOW (getrandom), ALLOW (close), ALLOW (fstat)
#define END                                                                                        \
  ALLOW_DATA (mmap), ALLOW_DATA (mprotect), BPF_STMT (BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM)

static const struct sock_filter plain_filter[] = { COMMON, END };
/* 7z is written by way of a temporary file: which one can be opened is landlock's to say. */
static const struct sock_filter spool_filter[] = {
  COMMON,
  ALLOW (openat),
  ALLOW (unlinkat),
  ALLOW (ftruncate),
  ALLOW (newfstatat),
  ALLOW (fcntl),
#ifdef SYS_unlink
  ALLOW (unlink),
#endif
  END,
};

static bool
filter_calls (bool with_spool)
{
  struct sock_fprog program = {
    .len = with_spool ? sizeof spool_filter / sizeof *spool_filter
                      : sizeof plain_filter / sizeof *plain_filter,
    .filter = (struct sock_filter *) (with_spool ? spool_filter : plain_filter),
  };

  return prctl (PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}
#else
static bool
filter_calls (bool with_spool)
{
  return false;
}
#endif

bool
thaw_archive_enter_sandbox (bool with_spool)
{
  bool locked, filtered;

  if (prctl (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
    return false;
  locked = lock_land (with_spool);
  filtered = (locked || !with_spool) && filter_calls (with_spool);
  return locked || filtered;
}
