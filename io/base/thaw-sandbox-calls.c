/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The wall around the kernel: seccomp. A list of the calls that a kind of program may make; all
 * others fail with EPERM instead of killing, since libraries try harmless ones (iconv looks for its
 * modules). Of some calls the arguments are looked at, too: memory is never both written and run,
 * clone() makes threads only, a file is opened for writing only by those who may write. */

#include "thaw-sandbox-enter-private.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__x86_64__)
#define THIS_ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define THIS_ARCH AUDIT_ARCH_AARCH64
#endif

#ifdef THIS_ARCH

#define MAX_STEPS 512
#define N_OF(array) (sizeof (array) / sizeof *(array))

typedef struct {
  struct sock_filter steps[MAX_STEPS];
  unsigned n;
} Filter;

static const int compute_calls[] = {
  SYS_read,          SYS_readv,     SYS_write, SYS_writev,     SYS_pread64,
  SYS_pwrite64,      SYS_lseek,     SYS_brk,   SYS_munmap,     SYS_mremap,
  SYS_madvise,       SYS_futex,     SYS_exit,  SYS_exit_group, SYS_rt_sigreturn,
  SYS_clock_gettime, SYS_getrandom, SYS_close, SYS_fstat,
};

/* 7z is written by way of a temporary file: which one can be opened is landlock's to say. */
static const int spool_calls[] = {
  SYS_openat, SYS_unlinkat, SYS_ftruncate, SYS_newfstatat, SYS_fcntl,
#ifdef SYS_unlink
  SYS_unlink,
#endif
};

static const int library_calls[] = {
  SYS_clock_getres,
  SYS_clock_nanosleep,
  SYS_nanosleep,
  SYS_gettimeofday,
  SYS_times,
  SYS_getrusage,
  SYS_getpriority,
  SYS_sysinfo,
  SYS_uname,
  SYS_getpid,
  SYS_getppid,
  SYS_gettid,
  SYS_getuid,
  SYS_geteuid,
  SYS_getgid,
  SYS_getegid,
  SYS_getcwd,
  SYS_umask,
  SYS_set_robust_list,
  SYS_get_robust_list,
  SYS_set_tid_address,
  SYS_membarrier,
  SYS_sched_yield,
  SYS_sched_getaffinity,
  SYS_sched_getparam,
  SYS_sched_getscheduler,
  SYS_sched_getattr,
  SYS_rt_sigaction,
  SYS_rt_sigprocmask,
  SYS_rt_sigtimedwait,
  SYS_sigaltstack,
  SYS_restart_syscall,
  SYS_ppoll,
  SYS_pselect6,
  SYS_epoll_create1,
  SYS_epoll_ctl,
  SYS_epoll_pwait,
  SYS_eventfd2,
  SYS_pipe2,
  SYS_dup,
  SYS_dup3,
  SYS_fcntl,
  SYS_newfstatat,
  SYS_statx,
  SYS_fstatfs,
  SYS_statfs,
  SYS_faccessat,
  SYS_readlinkat,
  SYS_getdents64,
  SYS_fadvise64,
  SYS_readahead,
  SYS_memfd_create,
  SYS_ftruncate,
  SYS_fallocate,
  SYS_preadv,
  SYS_pwritev,
  SYS_msync,
  SYS_mincore,
  SYS_fsync,
  SYS_fdatasync,
#ifdef SYS_faccessat2
  SYS_faccessat2,
#endif
#ifdef SYS_rseq
  SYS_rseq,
#endif
#ifdef __x86_64__
  SYS_stat,
  SYS_lstat,
  SYS_access,
  SYS_readlink,
  SYS_poll,
  SYS_select,
  SYS_epoll_wait,
  SYS_pipe,
  SYS_dup2,
  SYS_getdents,
  SYS_time,
  SYS_arch_prctl,
#endif
};

/* On sockets that it has: others can't be made. */
static const int server_calls[] = {
  SYS_recvmsg,
  SYS_sendmsg,
};

static const int writer_calls[] = {
  SYS_unlinkat,
  SYS_renameat2,
#ifdef __x86_64__
  SYS_unlink,
  SYS_rename,
#endif
};

static void
add (Filter *filter, struct sock_filter step)
{
  if (filter->n < MAX_STEPS)
    filter->steps[filter->n] = step;
  filter->n++;
}

static void
add_end (Filter *filter, unsigned what)
{
  add (filter, (struct sock_filter) BPF_STMT (BPF_RET | BPF_K, what));
}

static void
add_load (Filter *filter, size_t offset)
{
  add (filter, (struct sock_filter) BPF_STMT (BPF_LD | BPF_W | BPF_ABS, (unsigned) offset));
}

/* If the value isn't @k the next @n steps are skipped. */
static void
add_unless_equal (Filter *filter, unsigned k, unsigned char n)
{
  add (filter, (struct sock_filter) BPF_JUMP (BPF_JMP | BPF_JEQ | BPF_K, k, 0, n));
}

static size_t
argument (unsigned n)
{
  return offsetof (struct seccomp_data, args) + n * sizeof (uint64_t);
}

static void
allow (Filter *filter, const int *calls, size_t n)
{
  for (size_t i = 0; i < n; i++)
    {
      add_unless_equal (filter, (unsigned) calls[i], 1);
      add_end (filter, SECCOMP_RET_ALLOW);
    }
}

static void
answer (Filter *filter, int call, int error)
{
  add_unless_equal (filter, (unsigned) call, 1);
  add_end (filter, SECCOMP_RET_ERRNO | (unsigned) error);
}

/* The bits @forbidden of argument @n must not be set. */
static void
allow_without (Filter *filter, int call, unsigned n, unsigned forbidden)
{
  add_unless_equal (filter, (unsigned) call, 4);
  add_load (filter, argument (n));
  add (filter, (struct sock_filter) BPF_JUMP (BPF_JMP | BPF_JSET | BPF_K, forbidden, 0, 1));
  add_end (filter, SECCOMP_RET_ERRNO | EPERM);
  add_end (filter, SECCOMP_RET_ALLOW);
}

/* Argument @n, an int, must be @value. */
static void
allow_with (Filter *filter, int call, unsigned n, unsigned value)
{
  add_unless_equal (filter, (unsigned) call, 4);
  add_load (filter, argument (n));
  add_unless_equal (filter, value, 1);
  add_end (filter, SECCOMP_RET_ALLOW);
  add_end (filter, SECCOMP_RET_ERRNO | EPERM);
}

/* Code comes from files, and what has been written can't become code. */
static void
allow_modules (Filter *filter)
{
  add_unless_equal (filter, SYS_mmap, 7);
  add_load (filter, argument (2));
  add (filter, (struct sock_filter) BPF_JUMP (BPF_JMP | BPF_JSET | BPF_K, PROT_EXEC, 0, 4));
  add (filter, (struct sock_filter) BPF_JUMP (BPF_JMP | BPF_JSET | BPF_K, PROT_WRITE, 2, 0));
  add_load (filter, argument (3));
  add (filter, (struct sock_filter) BPF_JUMP (BPF_JMP | BPF_JSET | BPF_K, MAP_ANONYMOUS, 0, 1));
  add_end (filter, SECCOMP_RET_ERRNO | EPERM);
  add_end (filter, SECCOMP_RET_ALLOW);
  allow_without (filter, SYS_mprotect, 2, PROT_EXEC);
}

/* A process that isn't a thread of this one can't be had; clone3()'s arguments can't be looked at,
 * and the C library does without. */
static void
allow_threads (Filter *filter)
{
  const unsigned needed = CLONE_VM | CLONE_THREAD | CLONE_SIGHAND;

  answer (filter, SYS_clone3, ENOSYS);
  add_unless_equal (filter, SYS_clone, 5);
  add_load (filter, argument (0));
  add (filter, (struct sock_filter) BPF_STMT (BPF_ALU | BPF_AND | BPF_K, needed));
  add_unless_equal (filter, needed, 1);
  add_end (filter, SECCOMP_RET_ALLOW);
  add_end (filter, SECCOMP_RET_ERRNO | EPERM);
}

static void
allow_libraries (Filter *filter, bool writes, bool serves)
{
  const unsigned writing = O_WRONLY | O_RDWR | O_CREAT | O_TRUNC;

  allow (filter, library_calls, N_OF (library_calls));
  if (writes)
    allow (filter, writer_calls, N_OF (writer_calls));
  if (serves)
    allow (filter, server_calls, N_OF (server_calls));
  allow_without (filter, SYS_openat, 2, writes ? 0 : writing);
#ifdef SYS_open
  allow_without (filter, SYS_open, 1, writes ? 0 : writing);
#endif
  allow_threads (filter);
  allow_modules (filter);
  allow_with (filter, SYS_prctl, 0, PR_SET_NAME);
  allow_with (filter, SYS_prlimit64, 0, 0);
  /* What abort() does. */
  allow_with (filter, SYS_tgkill, 0, (unsigned) getpid ());
  answer (filter, SYS_ioctl, ENOTTY);
}

static void
build (Filter *filter, const ThawSandboxRules *rules)
{
  add_load (filter, offsetof (struct seccomp_data, arch));
  add (filter, (struct sock_filter) BPF_JUMP (BPF_JMP | BPF_JEQ | BPF_K, THIS_ARCH, 1, 0));
  add_end (filter, SECCOMP_RET_KILL_PROCESS);
  add_load (filter, offsetof (struct seccomp_data, nr));
  allow (filter, compute_calls, N_OF (compute_calls));
  if (rules->kind == THAW_SANDBOX_SPOOL)
    allow (filter, spool_calls, N_OF (spool_calls));
  if (rules->kind == THAW_SANDBOX_LIBRARIES)
    allow_libraries (filter, rules->write_fd >= 0, rules->serves);
  else
    {
      allow_without (filter, SYS_mmap, 2, PROT_EXEC);
      allow_without (filter, SYS_mprotect, 2, PROT_EXEC);
    }
  add_end (filter, SECCOMP_RET_ERRNO | EPERM);
}

bool
thaw_sandbox_filter_calls (const ThawSandboxRules *rules)
{
  Filter filter = { .n = 0 };
  struct sock_fprog program = { .filter = filter.steps };

  build (&filter, rules);
  program.len = (unsigned short) filter.n;
  return filter.n <= MAX_STEPS && prctl (PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

#else

bool
thaw_sandbox_filter_calls (const ThawSandboxRules *rules)
{
  return false;
}

#endif
