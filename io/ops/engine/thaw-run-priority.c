/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Working gently: an operation with the option "gently" leaves the disk and the processor to
 * whoever else wants them. On Linux both are a thread's own, which is why this can be said of one
 * operation; a program that it starts inherits it. Where the kernel or the disk's scheduler knows
 * no such classes nothing changes. On the operation's thread, which ends with it. */

#include "thaw-run-private.h"

#include <errno.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#define IOPRIO_WHO_PROCESS 1
#define IOPRIO_CLASS_IDLE 3
#define IOPRIO_CLASS_SHIFT 13
#define GENTLE_NICE 15

void
thaw_run_set_thread_priority (ThawRun *self)
{
  if (self->request == NULL || !thaw_operation_request_get_flag (self->request, "gently"))
    return;
  if (syscall (SYS_ioprio_set, IOPRIO_WHO_PROCESS, 0, IOPRIO_CLASS_IDLE << IOPRIO_CLASS_SHIFT) != 0)
    g_debug ("The disk's scheduler isn't told: %s", g_strerror (errno));
  if (setpriority (PRIO_PROCESS, (id_t) gettid (), GENTLE_NICE) != 0)
    g_debug ("The processor's scheduler isn't told: %s", g_strerror (errno));
}
