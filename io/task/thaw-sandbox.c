/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is to be run in a sandbox, and running it. A program of ours closes its walls itself, as
 * soon as what it needs is open (thaw-sandbox-enter.c): that is tighter than anything that can be
 * done to it from outside, since it needs to open nothing any more. A foreign one is put into
 * bubblewrap. Either way the process is started by a worker that listens to it until it ends, so
 * it dies with whoever waits for it. Set up on one thread; running doesn't change it. */

#include "thaw-sandbox-private.h"

#include <fcntl.h>
#include <unistd.h>

#define N_AT_ONCE 4

G_DEFINE_BOXED_TYPE (ThawSandbox, thaw_sandbox, thaw_sandbox_ref, thaw_sandbox_unref)

static void
clear_fd (gpointer data)
{
  close (((ThawSandboxFd *) data)->fd);
}

static ThawSandbox *
sandbox_new (const char *program, gboolean is_foreign)
{
  ThawSandbox *self = g_new0 (ThawSandbox, 1);

  self->ref_count = 1;
  self->is_foreign = is_foreign;
  self->program = g_strdup (program);
  self->arguments = g_ptr_array_new_with_free_func (g_free);
  self->readable = g_ptr_array_new_with_free_func (g_free);
  self->fds = g_array_new (FALSE, FALSE, sizeof (ThawSandboxFd));
  g_array_set_clear_func (self->fds, clear_fd);
  self->memory_mib = THAW_SANDBOX_MEMORY_MIB;
  self->cpu_seconds = THAW_SANDBOX_CPU_SECONDS;
  self->timeout_usec = THAW_SANDBOX_TIMEOUT_USEC;
  self->max_output_bytes = THAW_SANDBOX_OUTPUT_BYTES;
  return self;
}

/**
 * thaw_sandbox_new:
 * @program: a program of ours: its name, for [func@Thaw.libexec_find], or its path
 *
 * Prepares to run a program that closes its own walls before it parses anything, by
 * `thaw_sandbox_enter()` of `thaw-sandbox-enter.h`. What it is told here of memory and processor
 * time reaches it by its environment.
 *
 * - **Thread**: any, one at a time.
 *
 * Returns: (transfer full): the sandbox
 */
ThawSandbox *
thaw_sandbox_new (const char *program)
{
  g_return_val_if_fail (program != NULL, NULL);

  return sandbox_new (program, FALSE);
}

/**
 * thaw_sandbox_new_foreign:
 * @program: anybody's program: its name, for `PATH`, or its path
 *
 * Prepares to run a program that knows nothing of sandboxes, within bubblewrap. It sees the
 * system's programs and libraries, itself, what [method@Thaw.Sandbox.add_readable] names, and a
 * `/tmp` that goes away with it; no network, no other process, none of the user's files.
 *
 * - **Thread**: any, one at a time.
 *
 * Returns: (transfer full): the sandbox
 */
ThawSandbox *
thaw_sandbox_new_foreign (const char *program)
{
  g_return_val_if_fail (program != NULL, NULL);

  return sandbox_new (program, TRUE);
}

/**
 * thaw_sandbox_ref:
 * @self: a sandbox
 *
 * - **Thread**: any.
 *
 * Returns: (transfer full): @self
 */
ThawSandbox *
thaw_sandbox_ref (ThawSandbox *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  __atomic_add_fetch (&self->ref_count, 1, __ATOMIC_RELAXED);
  return self;
}

/**
 * thaw_sandbox_unref:
 * @self: (transfer full): a sandbox
 *
 * - **Thread**: any.
 */
void
thaw_sandbox_unref (ThawSandbox *self)
{
  g_return_if_fail (self != NULL);

  if (__atomic_sub_fetch (&self->ref_count, 1, __ATOMIC_ACQ_REL) > 0)
    return;
  g_free (self->program);
  g_ptr_array_unref (self->arguments);
  g_ptr_array_unref (self->readable);
  g_array_unref (self->fds);
  g_free (self->output_name);
  g_free (self);
}

/**
 * thaw_sandbox_add_argument:
 * @self: a sandbox
 * @argument: (type filename): the next argument of the program
 */
void
thaw_sandbox_add_argument (ThawSandbox *self, const char *argument)
{
  g_return_if_fail (self != NULL && argument != NULL);

  g_ptr_array_add (self->arguments, g_strdup (argument));
}

/**
 * thaw_sandbox_pass_fd:
 * @self: a sandbox
 * @fd: a descriptor; it is duplicated
 * @as: its number in the program: 3, 4, … in turn
 *
 * Gives the program a descriptor beside the first three.
 */
void
thaw_sandbox_pass_fd (ThawSandbox *self, int fd, int as)
{
  ThawSandboxFd passed = { .as = as };

  g_return_if_fail (self != NULL && fd >= 0 && as >= 0 && as < THAW_SANDBOX_LOW_FD);

  passed.fd = fcntl (fd, F_DUPFD_CLOEXEC, THAW_SANDBOX_LOW_FD);
  if (passed.fd >= 0)
    g_array_append_val (self->fds, passed);
}

/**
 * thaw_sandbox_set_input:
 * @self: a sandbox
 * @fd: a descriptor; it is duplicated
 *
 * Sets what the program finds as its standard input, which is empty otherwise. Once.
 */
void
thaw_sandbox_set_input (ThawSandbox *self, int fd)
{
  thaw_sandbox_pass_fd (self, fd, STDIN_FILENO);
}

/**
 * thaw_sandbox_add_readable:
 * @self: a sandbox of a foreign program
 * @path: (type filename): an absolute path
 * @as: (type filename): where the program finds it; an absolute path
 *
 * Lets the program read a file, or a folder with all below it.
 */
void
thaw_sandbox_add_readable (ThawSandbox *self, const char *path, const char *as)
{
  g_return_if_fail (self != NULL && self->is_foreign);
  g_return_if_fail (path != NULL && path[0] == '/' && as != NULL && as[0] == '/');

  g_ptr_array_add (self->readable, g_strdup (path));
  g_ptr_array_add (self->readable, g_strdup (as));
}

/**
 * thaw_sandbox_set_output_name:
 * @self: a sandbox of a foreign program
 * @name: (type filename): a file's name, without folders
 *
 * Takes what the program has put into this file of its `/tmp` for its output, instead of what it
 * has said.
 */
void
thaw_sandbox_set_output_name (ThawSandbox *self, const char *name)
{
  g_return_if_fail (self != NULL && self->is_foreign);
  g_return_if_fail (name != NULL && strchr (name, '/') == NULL);

  g_set_str (&self->output_name, name);
}

/**
 * thaw_sandbox_set_memory:
 * @self: a sandbox
 * @mib: how much memory of its own the program may have, in MiB
 *
 * The default is %THAW_SANDBOX_MEMORY_MIB.
 */
void
thaw_sandbox_set_memory (ThawSandbox *self, guint mib)
{
  g_return_if_fail (self != NULL && mib > 0);

  self->memory_mib = mib;
}

/**
 * thaw_sandbox_set_cpu_time:
 * @self: a sandbox
 * @seconds: how long the program may compute
 *
 * The default is %THAW_SANDBOX_CPU_SECONDS.
 */
void
thaw_sandbox_set_cpu_time (ThawSandbox *self, guint seconds)
{
  g_return_if_fail (self != NULL && seconds > 0);

  self->cpu_seconds = seconds;
}

/**
 * thaw_sandbox_set_timeout:
 * @self: a sandbox
 * @timeout_usec: how long the program may run
 *
 * The default is %THAW_SANDBOX_TIMEOUT_USEC.
 */
void
thaw_sandbox_set_timeout (ThawSandbox *self, gint64 timeout_usec)
{
  g_return_if_fail (self != NULL && timeout_usec > 0);

  self->timeout_usec = timeout_usec;
}

/**
 * thaw_sandbox_set_max_output:
 * @self: a sandbox
 * @max_bytes: how much the program may write
 *
 * The default is %THAW_SANDBOX_OUTPUT_BYTES.
 */
void
thaw_sandbox_set_max_output (ThawSandbox *self, gsize max_bytes)
{
  g_return_if_fail (self != NULL);

  self->max_output_bytes = max_bytes;
}

/* What a program needs to find its libraries, data and language, and nothing that could lead it to
 * the user's session. */
static GStrv
make_environment (ThawSandbox *self)
{
  static const char *const kept[] = {
    "LANG",        "LANGUAGE",        "LC_ALL",          "LC_CTYPE",
    "LC_MESSAGES", "XDG_DATA_DIRS",   "GST_PLUGIN_PATH", "GDK_PIXBUF_MODULE_FILE",
    "TZ",          "XDG_CONFIG_DIRS", "FONTCONFIG_PATH",
  };
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();

  for (guint i = 0; i < G_N_ELEMENTS (kept); i++)
    if (g_getenv (kept[i]) != NULL)
      g_strv_builder_take (builder, g_strconcat (kept[i], "=", g_getenv (kept[i]), NULL));
  g_strv_builder_add_many (builder,
                           "PATH=/usr/local/bin:/usr/bin:/bin",
                           "HOME=/nonexistent",
                           "TMPDIR=/tmp",
                           "XDG_RUNTIME_DIR=/nonexistent",
                           "XDG_CACHE_HOME=/tmp/cache",
                           "GIO_USE_VFS=local",
                           "GSETTINGS_BACKEND=memory",
                           NULL);
  g_strv_builder_take (
      builder,
      g_strdup_printf ("THAW_SANDBOX_LIMITS=%u %u", self->memory_mib, self->cpu_seconds));
  return g_strv_builder_end (builder);
}

static GStrv
make_own_command (ThawSandbox *self, GError **error)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_autofree char *path = strchr (self->program, '/') != NULL
                              ? g_strdup (self->program)
                              : thaw_libexec_find (self->program, error);

  if (path == NULL)
    return NULL;
  g_strv_builder_add (builder, path);
  for (guint i = 0; i < self->arguments->len; i++)
    g_strv_builder_add (builder, g_ptr_array_index (self->arguments, i));
  return g_strv_builder_end (builder);
}

/**
 * thaw_sandbox_run_sync:
 * @self: a sandbox
 * @job: (nullable): the job in whose body this is; it beats meanwhile
 * @error: return location
 *
 * Runs the program, and waits for it to end. The thread must be one that lives on until then: the
 * program ends with it.
 *
 * - **Thread**: workers.
 * - **Errors**: %G_IO_ERROR_NOT_FOUND if there is no such program, %G_IO_ERROR_NOT_SUPPORTED
 * without bubblewrap for foreign ones and if a program ended with status 2, "not my business";
 * %G_IO_ERROR_FAILED if it ended with another one or was killed by a limit,
 * %G_IO_ERROR_MESSAGE_TOO_LARGE, %G_IO_ERROR_TIMED_OUT.
 * - **Cancellation**: the program is killed when @job is cancelled.
 *
 * Returns: (transfer full): what the program has written
 */
GBytes *
thaw_sandbox_run_sync (ThawSandbox *self, ThawJob *job, GError **error)
{
  g_auto (GStrv) argv = NULL;
  g_auto (GStrv) environment = NULL;

  g_return_val_if_fail (self != NULL, NULL);

  argv = self->is_foreign ? thaw_sandbox_make_bubble (self, error) : make_own_command (self, error);
  if (argv == NULL)
    return NULL;
  environment = make_environment (self);
  return thaw_sandbox_run_child (self,
                                 (const char *const *) argv,
                                 (const char *const *) environment,
                                 job,
                                 error);
}

static gboolean
run_lane (ThawJob *job, gpointer user_data, GError **error)
{
  GBytes *output = thaw_sandbox_run_sync (user_data, job, error);

  if (output == NULL)
    return FALSE;
  thaw_job_return_pointer (job, output, (GDestroyNotify) g_bytes_unref);
  return TRUE;
}

static ThawLane *
get_lane (void)
{
  static gsize lane = 0;

  if (g_once_init_enter (&lane))
    g_once_init_leave (&lane, (gsize) thaw_lane_new_private ("sandboxes", N_AT_ONCE, NULL));
  return (ThawLane *) lane;
}

static void
release (gpointer data)
{
  thaw_sandbox_unref (data);
}

/**
 * thaw_sandbox_run:
 * @self: a sandbox
 * @scope: what it belongs to
 * @priority: a class
 *
 * Runs the program, beside a few others.
 *
 * - **Thread**: @scope's.
 * - **Errors**: those of [method@Thaw.Sandbox.run_sync].
 * - **Cancellation**: cancel the future or end @scope: the program is killed.
 *
 * Returns: (transfer full): a future that resolves to a [struct@GLib.Bytes], what the program has
 * written
 */
ThawFuture *
thaw_sandbox_run (ThawSandbox *self, ThawScope *scope, ThawPriority priority)
{
  g_return_val_if_fail (self != NULL && scope != NULL, NULL);

  return thaw_lane_run (get_lane (),
                        scope,
                        "run in sandbox",
                        priority,
                        -1,
                        run_lane,
                        thaw_sandbox_ref (self),
                        release);
}
