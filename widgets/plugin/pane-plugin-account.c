/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whose time it was, and whose fault. Every call into a plugin is bracketed, on whichever thread it
 * runs: the thread's CPU time, the time on the wall, and what the process grew by meanwhile go to
 * the plugin's account. Memory can't be told apart by its owner in one process, so growth counts
 * only while no other plugin's call ran. A fault is told on the loop, with how many there were. Any
 * thread. */

#include "pane-plugin-private.h"

#include <time.h>
#include <unistd.h>

/* A handler of signals reads it: nothing may have to be made for that. */
static __thread PanePluginHost *current __attribute__ ((tls_model ("initial-exec")));

static GMutex calls_lock;
static guint n_running, n_begun;

PanePluginHost *
pane_plugin_call_get_current (void)
{
  return current;
}

static gint64
get_cpu_usec (void)
{
  struct timespec time;

  clock_gettime (CLOCK_THREAD_CPUTIME_ID, &time);
  return time.tv_sec * G_USEC_PER_SEC + time.tv_nsec / 1000;
}

static gint64
get_resident_bytes (void)
{
  return pane_plugin_priority_read_second ("/proc/self/statm") * sysconf (_SC_PAGESIZE);
}

/* Time that stands still while the thread could run but has no processor: that is the machine's
 * fault. */
static gint64
get_held_usec (void)
{
  return g_get_monotonic_time () - pane_plugin_priority_get_waited_usec (0);
}

static gboolean
is_on_loop (PanePluginHost *host)
{
  return thaw_pump_is_own_thread (thaw_mailbox_get_pump (host->mailbox));
}

void
pane_plugin_call_begin (PanePluginHost *host, PanePluginCall *call)
{
  gboolean on_loop = is_on_loop (host);

  *call = (PanePluginCall){ .outer = current };
  current = host;
  if (!on_loop)
    {
      g_mutex_lock (&calls_lock);
      call->is_alone = n_running++ == 0;
      call->serial = ++n_begun;
      g_mutex_unlock (&calls_lock);
      call->resident_bytes = call->is_alone ? get_resident_bytes () : 0;
    }
  call->wall_usec = g_get_monotonic_time ();
  call->cpu_usec = get_cpu_usec ();
}

static gint64
end_growth (const PanePluginCall *call)
{
  gboolean is_alone;

  g_mutex_lock (&calls_lock);
  n_running--;
  is_alone = call->is_alone && n_begun == call->serial;
  g_mutex_unlock (&calls_lock);
  return is_alone ? get_resident_bytes () - call->resident_bytes : 0;
}

static void
note_memory (PanePluginHost *host, gint64 grown)
{
  gboolean is_too_much;

  g_mutex_lock (&host->lock);
  is_too_much = host->account.grown_bytes <= PANE_PLUGIN_MEMORY_BYTES
                && host->account.grown_bytes + grown > PANE_PLUGIN_MEMORY_BYTES;
  host->account.grown_bytes += grown;
  g_mutex_unlock (&host->lock);
  if (is_too_much)
    pane_plugin_host_charge (host, PANE_PLUGIN_FAULT_MEMORY, NULL);
}

void
pane_plugin_call_end (PanePluginHost *host, const PanePluginCall *call)
{
  gboolean on_loop = is_on_loop (host);
  gint64 cpu = get_cpu_usec () - call->cpu_usec;
  gint64 wall = g_get_monotonic_time () - call->wall_usec;
  PanePluginAccount *account = &host->account;

  current = call->outer;
  g_mutex_lock (&host->lock);
  account->n_calls++;
  account->cpu_usec += cpu;
  account->wall_usec += wall;
  account->loop_usec += on_loop ? wall : 0;
  account->longest_cpu_usec = MAX (account->longest_cpu_usec, cpu);
  account->longest_wall_usec = MAX (account->longest_wall_usec, wall);
  g_mutex_unlock (&host->lock);
  if (!on_loop)
    note_memory (host, end_growth (call));
}

static void
count (PanePluginAccount *account, PanePluginFault fault)
{
  account->n_strikes++;
  account->n_misses += fault == PANE_PLUGIN_FAULT_DEADLINE;
  account->n_errors += fault == PANE_PLUGIN_FAULT_EXCEPTION || fault == PANE_PLUGIN_FAULT_RUBBISH;
  account->n_stalls += fault == PANE_PLUGIN_FAULT_STALL;
}

/* What takes too much memory is out at once: the next two times there may be none left. */
void
pane_plugin_host_charge (PanePluginHost *self, PanePluginFault fault, const char *text)
{
  PanePluginMessage *message = pane_plugin_message_new (self, PANE_PLUGIN_MESSAGE_FAULT);

  message->number = fault;
  message->text = g_strdup (text);
  g_mutex_lock (&self->lock);
  count (&self->account, fault);
  if (fault == PANE_PLUGIN_FAULT_MEMORY)
    self->account.n_strikes = MAX (self->account.n_strikes, PANE_PLUGIN_STRIKES);
  g_set_str (&self->blame, text);
  g_mutex_unlock (&self->lock);
  pane_plugin_host_post (self, message);
}

/**
 * pane_plugin_host_get_account: (skip)
 * @self: a plugin's host
 * @account: (out caller-allocates): filled in
 *
 * What the plugin has used, and what it did wrong.
 *
 * - **Thread**: any.
 */
void
pane_plugin_host_get_account (PanePluginHost *self, PanePluginAccount *account)
{
  g_mutex_lock (&self->lock);
  *account = self->account;
  g_mutex_unlock (&self->lock);
}

/**
 * pane_plugin_host_dup_blame: (skip)
 * @self: a plugin's host
 *
 * - **Thread**: any.
 *
 * Returns: (transfer full) (nullable): what it did wrong the last time, in its own words or ours
 */
char *
pane_plugin_host_dup_blame (PanePluginHost *self)
{
  char *blame;

  g_mutex_lock (&self->lock);
  blame = g_strdup (self->blame);
  g_mutex_unlock (&self->lock);
  return blame;
}

/**
 * pane_plugin_host_enter: (skip)
 * @self: a plugin's host
 * @what: what is called, static
 * @entered: (out): for pane_plugin_host_leave()
 *
 * Says that what the loop does from now on is the plugin's: the stall monitor names it.
 *
 * - **Thread**: the loop's.
 *
 * Returns: when that was, for pane_plugin_host_leave()
 */
gint64
pane_plugin_host_enter (PanePluginHost *self, const char *what, guint *entered)
{
  *entered = thaw_monitor_enter_plugin (self->name);
  return get_held_usec ();
}

/**
 * pane_plugin_host_leave: (skip)
 * @self: a plugin's host
 * @what: what was called, static
 * @since_usec: what pane_plugin_host_enter() returned
 * @entered: what it set
 *
 * Ends that, and charges the plugin if it took too long. Time in which the thread waited for a
 * processor isn't the plugin's.
 *
 * - **Thread**: the loop's.
 */
void
pane_plugin_host_leave (PanePluginHost *self, const char *what, gint64 since_usec, guint entered)
{
  gint64 usec = get_held_usec () - since_usec;
  g_autofree char *text = NULL;

  thaw_monitor_leave_plugin (entered);
  if (usec <= PANE_PLUGIN_STALL_USEC)
    return;
  text = g_strdup_printf ("%s: %" G_GINT64_FORMAT " ms", what, usec / 1000);
  pane_plugin_host_charge (self, PANE_PLUGIN_FAULT_STALL, text);
}

/**
 * pane_plugin_note_exception:
 * @text: what it was, for whoever wrote the plugin
 * @path: (nullable) (type filename): the file that it came from
 *
 * Charges what nobody caught to the plugin whose call runs on this thread, or else to the one whose
 * folder holds @path.
 *
 * - **Thread**: any.
 *
 * Returns: whether it was anybody's
 */
gboolean
pane_plugin_note_exception (const char *text, const char *path)
{
  g_autoptr (PanePluginHost) owner = NULL;

  if (current != NULL)
    owner = pane_plugin_host_ref (current);
  else if (path != NULL)
    owner = pane_plugin_registry_find_owner (path);
  if (owner != NULL)
    pane_plugin_host_charge (owner, PANE_PLUGIN_FAULT_EXCEPTION, text);
  return owner != NULL;
}
