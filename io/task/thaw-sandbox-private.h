/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The parts of the sandbox:
 *
 *   thaw-libexec.c          where programs of ours are
 *   thaw-sandbox.c          what is to be run, and running it on a lane
 *   thaw-sandbox-bubble.c   the command line that puts a foreign program into bubblewrap
 *   thaw-sandbox-child.c    the process: started, listened to, ended */
#pragma once

#include "thaw-sandbox.h"

#include <sys/types.h>

G_BEGIN_DECLS

/* Descriptors of a program's are kept above what any program is given. */
#define THAW_SANDBOX_LOW_FD 64

typedef struct {
  int fd; /* owned */
  int as;
} ThawSandboxFd;

struct _ThawSandbox {
  gint ref_count;
  gboolean is_foreign;
  char *program;
  GPtrArray *arguments; /* char * */
  GPtrArray *readable;  /* char *, char * in turn: path, and as what */
  GArray *fds;          /* ThawSandboxFd */
  char *output_name;    /* nullable */
  guint memory_mib, cpu_seconds;
  gint64 timeout_usec;
  gsize max_output_bytes;
};

/* thaw-sandbox-bubble.c. Workers. */
GStrv thaw_sandbox_make_bubble (ThawSandbox *self, GError **error);

/* thaw-sandbox-child.c. Workers. */
GBytes *thaw_sandbox_run_child (ThawSandbox *self,
                                const char *const *argv,
                                const char *const *environment,
                                ThawJob *job,
                                GError **error);

G_END_DECLS
