/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* For programs of our own that read what strangers made: called by themselves, once what they need is open and before the
 * first byte of it is parsed. Plain C, without GLib; link thaw_sandbox_enter_dep. Who starts such a program: thaw-sandbox.h. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

typedef enum {
  THAW_SANDBOX_COMPUTE,   /* reads and writes what is open. Opens nothing, has one thread, maps no code */
  THAW_SANDBOX_SPOOL,     /* the same, and makes, opens and removes files below write_fd */
  THAW_SANDBOX_LIBRARIES, /* built on large libraries: threads, modules, reading what may be read. Starts no program,
                           * speaks to nobody, opens nothing for writing but below write_fd */
} ThawSandboxKind;

/* A limit of 0 is the one that the starter has set (thaw_sandbox_set_memory(), thaw_sandbox_set_cpu_time()), else a default. */
typedef struct {
  ThawSandboxKind kind;
  unsigned memory_mib;  /* of its own, threads' stacks included [512] */
  unsigned mapped_mib;  /* address space beyond it: libraries, fonts, files that are mapped [512] */
  unsigned cpu_seconds; /* [30] */
  uint64_t file_bytes;  /* how long a file that it writes may become, a memfd too; 0: it writes to pipes and sockets only */
  bool idle;            /* lowest class of processor and disk time */
  bool serves;          /* LIBRARIES only: files come one after another over a socket that it has, and it ends with that socket
                         * instead of with the thread that started it */
  int write_fd;         /* a folder, or one file, that may be written below; -1: none */
  const int *read_fds;  /* what may be opened again by /proc/self/fd/N, beside what read_paths name. Open descriptors can be read anyway */
  unsigned n_read_fds;
  const char *const *read_paths; /* nullable, NULL at the end: folders and files; those that aren't there are left out */
} ThawSandboxRules;

#define THAW_SANDBOX_RULES_INIT                                                                    \
  {                                                                                                \
    .write_fd = -1                                                                                 \
  }

/* Where fonts, modules, type data and time zones are: for read_paths of a LIBRARIES program. */
extern const char *const thaw_sandbox_system_paths[];

/* For good, for the whole process; call it while it has one thread. From here on it ends with whoever started it. FALSE: no
 * sandbox can be had, and the program must not go on. */
bool thaw_sandbox_enter (const ThawSandboxRules *rules);
