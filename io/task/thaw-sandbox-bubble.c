/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How a foreign program is put into bubblewrap: the system's programs and libraries to read, a
 * small /tmp in memory to write, namespaces of its own for everything else. bubblewrap sets no
 * limits; a shell inside does, which at the end says what the program has left in its file: so
 * nothing is ever written outside, and there is nothing to clean up whenever the program ends.
 * Workers only. */

#include "thaw-sandbox-private.h"

#include <string.h>
#include <unistd.h>

#define BWRAP "bwrap"
#define TMP_BYTES "134217728"
/* Address space costs nothing: programs of large libraries reserve a lot of it. */
#define MAPPED_MIB 4096
#define MAX_PROCESSES "64"

/* $1: MiB of memory in KiB; $2: of address space; $3: seconds; $4: the file, or nothing. The
 * number of processes is counted in the sandbox alone, and each shell has its own letter for it. */
#define SCRIPT                                                                                     \
  "ulimit -c 0; ulimit -d $1; ulimit -v $2; ulimit -t $3\n"                                        \
  "ulimit -u " MAX_PROCESSES " 2>/dev/null || ulimit -p " MAX_PROCESSES " 2>/dev/null\n"           \
  "file=$4; shift 4\n"                                                                             \
  "test -n \"$file\" || exec \"$@\"\n"                                                             \
  "\"$@\" >/dev/null && test -f \"/tmp/$file\" && exec cat \"/tmp/$file\"\n"

static void
add (GPtrArray *argv, const char *first, ...)
{
  va_list list;

  va_start (list, first);
  for (const char *word = first; word != NULL; word = va_arg (list, const char *))
    g_ptr_array_add (argv, g_strdup (word));
  va_end (list);
}

/* Where /bin is a link into /usr it is one in the sandbox too. */
static void
add_system_folder (GPtrArray *argv, const char *path)
{
  g_autofree char *target = g_file_read_link (path, NULL);

  if (target != NULL)
    add (argv, "--symlink", target, path, NULL);
  else
    add (argv, "--ro-bind-try", path, path, NULL);
}

static void
add_system (GPtrArray *argv)
{
  static const char *const folders[] = { "/bin", "/sbin", "/lib", "/lib32", "/lib64" };
  static const char *const others[] = {
    "/etc/alternatives", "/etc/fonts",     "/etc/ld.so.cache",      "/etc/ld.so.conf",
    "/etc/ld.so.conf.d", "/etc/localtime", "/var/cache/fontconfig",
  };

  add (argv, "--ro-bind", "/usr", "/usr", NULL);
  for (guint i = 0; i < G_N_ELEMENTS (folders); i++)
    add_system_folder (argv, folders[i]);
  for (guint i = 0; i < G_N_ELEMENTS (others); i++)
    add (argv, "--ro-bind-try", others[i], others[i], NULL);
  add (argv, "--proc", "/proc", "--dev", "/dev", NULL);
  add (argv, "--perms", "0700", "--size", TMP_BYTES, "--tmpfs", "/tmp", NULL);
}

static void
add_limits (ThawSandbox *self, GPtrArray *argv)
{
  g_autofree char *memory = g_strdup_printf ("%u", self->memory_mib * 1024);
  g_autofree char *mapped = g_strdup_printf ("%u", (self->memory_mib + MAPPED_MIB) * 1024);
  g_autofree char *seconds = g_strdup_printf ("%u", self->cpu_seconds);
  const char *output = self->output_name != NULL ? self->output_name : "";

  add (argv, "/bin/sh", "-c", SCRIPT, "sh", memory, mapped, seconds, NULL);
  g_ptr_array_add (argv, g_strdup (output));
}

static char *
find_program (ThawSandbox *self, GError **error)
{
  char *found = g_find_program_in_path (self->program);

  if (found == NULL)
    g_set_error (error,
                 G_IO_ERROR,
                 G_IO_ERROR_NOT_FOUND,
                 "The program “%s” is not installed",
                 self->program);
  return found;
}

static void
add_program (ThawSandbox *self, const char *program, GPtrArray *argv)
{
  if (!g_str_has_prefix (program, "/usr/"))
    add (argv, "--ro-bind-try", program, program, NULL);
  for (guint i = 0; i < self->readable->len; i += 2)
    add (argv,
         "--ro-bind",
         g_ptr_array_index (self->readable, i),
         g_ptr_array_index (self->readable, i + 1),
         NULL);
  add (argv, "--chdir", "/", "--", NULL);
  add_limits (self, argv);
  add (argv, program, NULL);
  for (guint i = 0; i < self->arguments->len; i++)
    g_ptr_array_add (argv, g_strdup (g_ptr_array_index (self->arguments, i)));
}

static const char *
find_bubblewrap (void)
{
  static gsize once = 0;
  static char *found;

  if (g_once_init_enter (&once))
    {
      found = g_find_program_in_path (BWRAP);
      g_once_init_leave (&once, 1);
    }
  return found;
}

GStrv
thaw_sandbox_make_bubble (ThawSandbox *self, GError **error)
{
  g_autoptr (GPtrArray) argv = g_ptr_array_new_null_terminated (64, g_free, TRUE);
  g_autofree char *program = NULL;

  if (find_bubblewrap () == NULL)
    {
      g_set_error_literal (error,
                           G_IO_ERROR,
                           G_IO_ERROR_NOT_SUPPORTED,
                           "Programs of others are run within bubblewrap only, which isn't "
                           "installed");
      return NULL;
    }
  program = find_program (self, error);
  if (program == NULL)
    return NULL;
  add (argv, find_bubblewrap (), "--unshare-all", "--die-with-parent", "--new-session", NULL);
  add_system (argv);
  add_program (self, program, argv);
  return (GStrv) g_ptr_array_steal (argv, NULL);
}

static gboolean
try_foreign (void)
{
  g_autoptr (ThawSandbox) sandbox = thaw_sandbox_new_foreign ("true");
  g_autoptr (GBytes) output = thaw_sandbox_run_sync (sandbox, NULL, NULL);

  return output != NULL;
}

/**
 * thaw_sandbox_can_run_foreign:
 *
 * Tells whether foreign programs can be run: bubblewrap may be missing, or the kernel may not allow
 * it what it needs. It is tried out once.
 *
 * - **Thread**: workers.
 *
 * Returns: whether they can
 */
gboolean
thaw_sandbox_can_run_foreign (void)
{
  static gsize answer = 0;

  if (g_once_init_enter (&answer))
    g_once_init_leave (&answer, try_foreign () ? 2 : 1);
  return answer == 2;
}
