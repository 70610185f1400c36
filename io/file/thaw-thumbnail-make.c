/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Having a thumbnail made: the command line of a thumbnailer, in a sandbox. Our own program gets
 * the open file as its input and writes the picture to its output, and so can open nothing. A
 * foreign one finds the file under a name that says nothing, and its /tmp is where it puts the
 * picture. The thread that does it, and with it the program, takes what nobody else wants of the
 * processor and of the disk. Workers only. */

#include "thaw-thumbnail-private.h"

#include <linux/ioprio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#define MEMORY_MIB 768
#define CPU_SECONDS 15
#define TIMEOUT_USEC (20 * G_USEC_PER_SEC)
#define OUTPUT "thumbnail.png"
#define INPUT "/run/original"
#define MAX_EXTENSION 16

/* For good: the threads of this lane do nothing else. */
static void
step_back (void)
{
  setpriority (PRIO_PROCESS, (id_t) syscall (SYS_gettid), 19);
  syscall (SYS_ioprio_set, IOPRIO_WHO_PROCESS, 0, IOPRIO_PRIO_VALUE (IOPRIO_CLASS_IDLE, 0));
}

/* Some look at nothing but the name's end. */
static char *
dup_input_name (const char *path)
{
  const char *dot = strrchr (path, '.');
  gsize length = dot != NULL ? strlen (dot + 1) : 0;

  if (length == 0 || length > MAX_EXTENSION
      || strspn (dot + 1, G_CSET_a_2_z G_CSET_A_2_Z G_CSET_DIGITS) != length)
    return g_strdup (INPUT);
  return g_strconcat (INPUT, dot, NULL);
}

static void
expand (GString *word, char code, ThawThumbnailSize size, const char *input, const char *output)
{
  switch (code)
    {
    case 's':
      g_string_append_printf (word, "%d", size);
      break;
    case 'i':
      g_string_append (word, input);
      break;
    case 'u':
      g_string_append_printf (word, "file://%s", input);
      break;
    case 'o':
      g_string_append (word, output);
      break;
    case '%':
      g_string_append_c (word, '%');
      break;
    default:
      break;
    }
}

static void
add_arguments (ThawSandbox *sandbox,
               const ThawThumbnailTool *tool,
               ThawThumbnailSize size,
               const char *input,
               const char *output)
{
  for (guint i = 1; tool->command[i] != NULL; i++)
    {
      g_autoptr (GString) word = g_string_new (NULL);

      for (const char *p = tool->command[i]; *p != '\0'; p++)
        if (*p != '%' || p[1] == '\0')
          g_string_append_c (word, *p);
        else
          expand (word, *++p, size, input, output);
      thaw_sandbox_add_argument (sandbox, word->str);
    }
}

static ThawSandbox *
prepare_own (const ThawThumbnailTool *tool, int fd, ThawThumbnailSize size)
{
  ThawSandbox *sandbox = thaw_sandbox_new (tool->command[0]);

  thaw_sandbox_set_input (sandbox, fd);
  add_arguments (sandbox, tool, size, "/proc/self/fd/0", "-");
  return sandbox;
}

/* The file's own path, as the kernel knows it now. */
static char *
dup_path (int fd)
{
  char link[64];

  g_snprintf (link, sizeof link, "/proc/self/fd/%d", fd);
  return g_file_read_link (link, NULL);
}

static ThawSandbox *
prepare_foreign (const ThawThumbnailTool *tool, int fd, ThawThumbnailSize size, GError **error)
{
  g_autofree char *path = dup_path (fd);
  g_autofree char *input = NULL;
  ThawSandbox *sandbox;

  if (!thaw_sandbox_can_run_foreign () || path == NULL || !g_file_test (path, G_FILE_TEST_EXISTS))
    {
      g_set_error_literal (error,
                           G_IO_ERROR,
                           G_IO_ERROR_NOT_SUPPORTED,
                           "It can't be shown to a program of others");
      return NULL;
    }
  input = dup_input_name (path);
  sandbox = thaw_sandbox_new_foreign (tool->command[0]);
  thaw_sandbox_add_readable (sandbox, path, input);
  thaw_sandbox_set_output_name (sandbox, OUTPUT);
  add_arguments (sandbox, tool, size, input, "/tmp/" OUTPUT);
  return sandbox;
}

GBytes *
thaw_thumbnail_make (const ThawThumbnailTool *tool,
                     ThawJob *job,
                     int fd,
                     ThawThumbnailSize size,
                     GError **error)
{
  g_autoptr (ThawSandbox) sandbox
      = tool->is_own ? prepare_own (tool, fd, size) : prepare_foreign (tool, fd, size, error);

  if (sandbox == NULL)
    return NULL;
  step_back ();
  thaw_sandbox_set_memory (sandbox, MEMORY_MIB);
  thaw_sandbox_set_cpu_time (sandbox, CPU_SECONDS);
  thaw_sandbox_set_timeout (sandbox, TIMEOUT_USEC);
  thaw_sandbox_set_max_output (sandbox, THAW_THUMBNAIL_MAX_PNG_BYTES);
  return thaw_sandbox_run_sync (sandbox, job, error);
}
