/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How plugins' threads stand with the processors. One that was left behind and can't be ended gets
 * as little as there is; others are equals of everybody's, because one that stands back may hold
 * the lock of its plugin's language for longer, and a plugin's view needs that on the loop. That a
 * thread waited for a processor isn't a plugin's fault: how long it was is the kernel's to say. Any
 * thread; reads nothing but the kernel's texts. */

#include "pane-plugin-private.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

#define LEAST_NICE 19

/* For good. Not into the idle class: what it is called in may hold a lock, of the allocator's for
 * example, and would never come to give it back while others compute. */
void
pane_plugin_priority_sink (int tid)
{
  setpriority (PRIO_PROCESS, (id_t) tid, LEAST_NICE);
}

/* The second number of one of the kernel's texts, 0 if there is none. No disk is behind it. */
gint64
pane_plugin_priority_read_second (const char *path)
{
  char text[128] = "";
  long long first, second = 0;
  int fd = open (path, O_RDONLY | O_CLOEXEC);

  if (fd < 0)
    return 0;
  if (read (fd, text, sizeof (text) - 1) <= 0 || sscanf (text, "%lld %lld", &first, &second) != 2)
    second = 0;
  close (fd);
  return second;
}

/* For how long in all a thread of this process could have run and had no processor. 0: the calling
 * one. */
gint64
pane_plugin_priority_get_waited_usec (int tid)
{
  char path[64] = "/proc/thread-self/schedstat";

  if (tid != 0)
    g_snprintf (path, sizeof (path), "/proc/self/task/%d/schedstat", tid);
  return pane_plugin_priority_read_second (path) / 1000;
}
