/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The walls around a program that parses what strangers made. Whatever that makes of the parser,
 * the process holds the descriptors that it was given and can do little but compute, read, write
 * and end: landlock takes the file system and the network, seccomp every system call that isn't on
 * a short list, limits the memory and the time. Where a wall isn't to be had (an older kernel,
 * another processor) the others stand; with none of the two the program is told not to work. Plain
 * C, one thread. */

#include "thaw-sandbox-enter-private.h"

#include <linux/ioprio.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#define DEFAULT_MEMORY_MIB 512
#define DEFAULT_MAPPED_MIB 512
#define DEFAULT_CPU_SECONDS 30

const char *const thaw_sandbox_system_paths[] = {
  "/usr",
  "/lib",
  "/lib64",
  "/etc/fonts",
  "/etc/ld.so.cache",
  "/etc/ld.so.conf",
  "/etc/ld.so.conf.d",
  "/etc/localtime",
  "/etc/mime.types",
  "/var/cache/fontconfig",
  "/proc/cpuinfo",
  "/proc/meminfo",
  "/proc/filesystems",
  "/proc/self",
  "/sys/devices/system/cpu",
  "/dev/null",
  "/dev/urandom",
  NULL,
};

static bool
limit (int what, rlim_t value)
{
  return setrlimit ((__rlimit_resource_t) what, &(struct rlimit){ value, value }) == 0;
}

/* "MEMORY-MIB CPU-SECONDS", what the starter thinks right for this file. */
static void
read_told (unsigned *memory_mib, unsigned *cpu_seconds)
{
  const char *told = getenv ("THAW_SANDBOX_LIMITS");

  *memory_mib = *cpu_seconds = 0;
  if (told != NULL && sscanf (told, "%u %u", memory_mib, cpu_seconds) < 1)
    *memory_mib = *cpu_seconds = 0;
}

static unsigned
choose (unsigned own, unsigned told, unsigned otherwise)
{
  return own != 0 ? own : told != 0 ? told : otherwise;
}

static bool
set_limits (const ThawSandboxRules *rules)
{
  unsigned told_memory, told_seconds;
  rlim_t memory, mapped;

  read_told (&told_memory, &told_seconds);
  memory = choose (rules->memory_mib, told_memory, DEFAULT_MEMORY_MIB);
  mapped = choose (rules->mapped_mib, 0, DEFAULT_MAPPED_MIB);
  return limit (RLIMIT_DATA, memory << 20) && limit (RLIMIT_AS, (memory + mapped) << 20)
         && limit (RLIMIT_CPU, choose (rules->cpu_seconds, told_seconds, DEFAULT_CPU_SECONDS))
         && limit (RLIMIT_CORE, 0) && limit (RLIMIT_FSIZE, rules->file_bytes);
}

/* Both are refused nowhere; if they were, it would only be less polite. */
static void
step_back (void)
{
  setpriority (PRIO_PROCESS, 0, 19);
  syscall (SYS_ioprio_set, IOPRIO_WHO_PROCESS, 0, IOPRIO_PRIO_VALUE (IOPRIO_CLASS_IDLE, 0));
}

bool
thaw_sandbox_enter (const ThawSandboxRules *rules)
{
  bool locked, filtered;

  if (!rules->serves)
    prctl (PR_SET_PDEATHSIG, SIGKILL);
  prctl (PR_SET_DUMPABLE, 0);
  if (rules->idle)
    step_back ();
  if (!set_limits (rules) || prctl (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
    return false;
  locked = thaw_sandbox_lock_land (rules);
  /* Which of its files a writer opens only landlock can say. */
  filtered = (locked || rules->write_fd < 0) && thaw_sandbox_filter_calls (rules);
  return filtered || (locked && rules->kind != THAW_SANDBOX_LIBRARIES);
}
