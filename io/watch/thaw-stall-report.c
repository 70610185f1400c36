/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Turns what was seen of a stalled loop into a report. On the monitor's thread: it reads /proc and
 * symbol tables. A code address becomes a name by the tables, and who is to blame is, in this
 * order: the plugin, the innermost thing that the loop had entered, or, for a source that isn't
 * ours, the function that its dispatch called. */

#include "thaw-monitor-private.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static ThawSymbols *symbols; /* the monitor's thread's; kept, since reading them costs */

static gboolean
read_file (pid_t thread, const char *name, char *text, gsize size)
{
  char path[64];
  gssize n;
  int fd;

  g_snprintf (path, sizeof (path), "/proc/self/task/%d/%s", thread, name);
  fd = open (path, O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    return FALSE;
  n = read (fd, text, size - 1);
  close (fd);
  text[MAX (n, 0)] = '\0';
  return n > 0;
}

/* "fd 7: /some/where"; the link is text that the kernel makes, nothing is touched. */
static char *
describe_fd (guint64 fd)
{
  char path[64], target[512];
  gssize n;

  g_snprintf (path, sizeof (path), "/proc/self/fd/%d", (int) fd);
  n = readlink (path, target, sizeof (target) - 1);
  if (n < 0)
    return g_strdup_printf ("fd %d", (int) fd);
  target[n] = '\0';
  return g_strdup_printf ("fd %d: %s", (int) fd, target);
}

static char *
describe_system_call (const char *line)
{
  g_autofree char *fd = NULL;
  const char *name;
  guint64 argument;
  long number;

  if (sscanf (line, "%ld 0x%" G_GINT64_MODIFIER "x", &number, &argument) != 2 || number < 0)
    return NULL;
  name = thaw_system_call_get_name (number);
  if (name == NULL)
    return g_strdup_printf ("system call %ld", number);
  if (!thaw_system_call_has_fd (number) || (int) argument < 0)
    return g_strdup (name);
  fd = describe_fd (argument);
  return g_strdup_printf ("%s (%s)", name, fd);
}

void
thaw_thread_state_read (ThawThreadState *self, pid_t thread)
{
  char text[1024];
  const char *end;

  *self = (ThawThreadState){ 0 };
  if (read_file (thread, "syscall", text, sizeof (text)))
    self->system_call = describe_system_call (text);
  if (self->system_call != NULL && read_file (thread, "wchan", text, sizeof (text))
      && strcmp (text, "0") != 0)
    self->wait_channel = g_strdup (text);
  /* "1234 (name) D …" */
  if (read_file (thread, "stat", text, sizeof (text)) && (end = strrchr (text, ')')) != NULL)
    self->is_uninterruptible = g_str_has_prefix (end, ") D");
}

static void
find_symbol (gconstpointer address, ThawSymbol *symbol)
{
  if (symbols == NULL)
    symbols = thaw_symbols_new ();
  thaw_symbols_find (symbols, address, symbol);
}

static char *
dup_function (gpointer func)
{
  ThawSymbol symbol;
  char text[256];

  find_symbol (func, &symbol);
  if (symbol.function != NULL)
    return g_strdup (symbol.function);
  thaw_symbol_format (&symbol, func, text, sizeof (text));
  return g_strdup (text);
}

/* A return address belongs to the call before it, which may be the last thing of its function. */
static char **
format_frames (const ThawShot *shot)
{
  GStrvBuilder *builder = g_strv_builder_new ();
  char **frames;

  for (guint i = 0; shot != NULL && i < shot->n_frames; i++)
    {
      ThawSymbol symbol;
      char text[512];

      find_symbol ((char *) shot->frames[i] - (i > 0), &symbol);
      thaw_symbol_format (&symbol, shot->frames[i], text, sizeof (text));
      g_strv_builder_add (builder, text);
    }
  frames = g_strv_builder_end (builder);
  g_strv_builder_unref (builder);
  return frames;
}

static const char *
base_name (const char *path)
{
  const char *slash = path != NULL ? strrchr (path, '/') : NULL;

  return slash != NULL ? slash + 1 : "";
}

static gboolean
is_glib (const ThawSymbol *symbol)
{
  return g_str_has_prefix (base_name (symbol->module), "libglib-2.0.so");
}

/* What GLib's dispatch called, past its own wrappers such as that of a timeout. */
static char *
guess_handler (const ThawShot *shot)
{
  gpointer called = NULL;

  for (guint i = 0; shot != NULL && i < shot->n_frames; i++)
    {
      gpointer address = (char *) shot->frames[i] - (i > 0);
      ThawSymbol symbol;

      find_symbol (address, &symbol);
      if (is_glib (&symbol) && symbol.function != NULL
          && (g_str_equal (symbol.function, "g_main_context_iteration")
              || g_str_equal (symbol.function, "g_main_loop_run")))
        break;
      if (!is_glib (&symbol))
        called = address;
    }
  return called != NULL ? dup_function (called) : NULL;
}

static void
name_entries (ThawStall *self, const ThawNowCopy *now)
{
  gpointer handler = NULL;

  for (guint i = 0; i < now->n_entries; i++)
    {
      const ThawNowEntryCopy *entry = &now->entries[i];

      if (entry->func != NULL)
        handler = entry->func;
      if (entry->kind == THAW_NOW_MAILBOX)
        {
          g_autofree char *type = entry->data != NULL ? dup_function (entry->data) : NULL;

          g_set_str (&self->mailbox, entry->name);
          g_clear_pointer (&self->message, g_free);
          self->message = type != NULL ? g_strdup_printf ("%p, freed by %s", now->message, type)
                                       : g_strdup_printf ("%p", now->message);
        }
      if (entry->kind == THAW_NOW_FIBER)
        g_set_str (&self->fiber, entry->name);
      if (entry->kind == THAW_NOW_PLUGIN)
        g_set_str (&self->plugin, entry->name);
    }
  if (handler != NULL)
    self->handler = dup_function (handler);
}

static char *
describe_culprit (const ThawStall *self)
{
  GString *text = g_string_new (NULL);

  if (self->plugin != NULL)
    g_string_append_printf (text, "plugin %s: ", self->plugin);
  if (self->handler != NULL)
    g_string_append (text, self->handler);
  else
    g_string_append (text, self->source != NULL ? "a source" : "the loop itself");
  if (self->fiber != NULL)
    g_string_append_printf (text, " of fiber \"%s\"", self->fiber);
  else if (self->mailbox != NULL)
    g_string_append_printf (text, " of mailbox \"%s\"", self->mailbox);
  else if (self->source != NULL)
    g_string_append_printf (text, " of source \"%s\"", self->source);
  g_string_append (text, self->system_call != NULL ? ", in " : ", computing");
  if (self->system_call != NULL)
    g_string_append (text, self->system_call);
  return g_string_free_and_steal (text);
}

ThawStall *
thaw_stall_new (ThawMonitor *monitor,
                ThawThreadState *state,
                gint64 start_usec,
                const ThawNowCopy *now,
                const ThawShot *shot)
{
  static guint64 n_made; /* the monitor's thread's */
  ThawStall *self = g_new0 (ThawStall, 1);
  gint64 now_usec = g_get_monotonic_time ();

  if (shot != NULL && shot->is_late)
    shot = NULL;
  self->serial = ++n_made;
  self->start_usec = start_usec;
  self->start_real_usec = g_get_real_time () - (now_usec - start_usec);
  self->length_usec = now_usec - start_usec;
  self->system_call = g_steal_pointer (&state->system_call);
  self->wait_channel = g_steal_pointer (&state->wait_channel);
  if (shot != NULL && shot->source[0] != '\0')
    self->source = g_strdup (shot->source);
  name_entries (self, now);
  if (self->handler == NULL)
    self->handler = guess_handler (shot);
  self->frames = format_frames (shot);
  self->culprit = describe_culprit (self);
  return self;
}
