/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The record of a stall: plain data that is copied, so that any thread can keep one. */

#include "thaw-stall.h"

#include <time.h>
#include <unistd.h>

G_DEFINE_BOXED_TYPE (ThawStall, thaw_stall, thaw_stall_copy, thaw_stall_free)

/**
 * thaw_stall_copy:
 * @self: a stall
 *
 * Returns: (transfer full): a copy
 */
ThawStall *
thaw_stall_copy (const ThawStall *self)
{
  ThawStall *copy = g_memdup2 (self, sizeof (ThawStall));

  copy->culprit = g_strdup (self->culprit);
  copy->mailbox = g_strdup (self->mailbox);
  copy->handler = g_strdup (self->handler);
  copy->message = g_strdup (self->message);
  copy->fiber = g_strdup (self->fiber);
  copy->plugin = g_strdup (self->plugin);
  copy->source = g_strdup (self->source);
  copy->system_call = g_strdup (self->system_call);
  copy->wait_channel = g_strdup (self->wait_channel);
  copy->frames = g_strdupv (self->frames);
  return copy;
}

/**
 * thaw_stall_free:
 * @self: (transfer full): a stall
 */
void
thaw_stall_free (ThawStall *self)
{
  g_free (self->culprit);
  g_free (self->mailbox);
  g_free (self->handler);
  g_free (self->message);
  g_free (self->fiber);
  g_free (self->plugin);
  g_free (self->source);
  g_free (self->system_call);
  g_free (self->wait_channel);
  g_strfreev (self->frames);
  g_free (self);
}

static void
append_line (GString *text, const char *what, const char *value)
{
  if (value != NULL)
    g_string_append_printf (text, "  %s: %s\n", what, value);
}

static void
append_head (GString *text, const ThawStall *self)
{
  time_t seconds = self->start_real_usec / G_USEC_PER_SEC;
  struct tm utc;
  char when[32];

  gmtime_r (&seconds, &utc);
  strftime (when, sizeof (when), "%Y-%m-%dT%H:%M:%S", &utc);
  g_string_append_printf (text,
                          "stall %" G_GUINT64_FORMAT " of %s, process %d: %s%" G_GINT64_FORMAT
                          " ms from %s.%03dZ on\n",
                          self->serial,
                          g_get_prgname () != NULL ? g_get_prgname () : "a program",
                          (int) getpid (),
                          self->is_over ? "" : "not over after ",
                          self->length_usec / 1000,
                          when,
                          (int) (self->start_real_usec % G_USEC_PER_SEC / 1000));
}

/**
 * thaw_stall_to_text:
 * @self: a stall
 *
 * - **Thread**: any.
 *
 * Returns: (transfer full): the report, in lines
 */
char *
thaw_stall_to_text (const ThawStall *self)
{
  GString *text = g_string_new (NULL);

  append_head (text, self);
  append_line (text, "culprit", self->culprit);
  append_line (text, "plugin", self->plugin);
  append_line (text, "mailbox", self->mailbox);
  append_line (text, "message", self->message);
  append_line (text, "handler", self->handler);
  append_line (text, "fiber", self->fiber);
  append_line (text, "source", self->source);
  append_line (text, "system call", self->system_call);
  append_line (text, "sleeps in", self->wait_channel);
  if (self->frames == NULL || self->frames[0] == NULL)
    append_line (text, "backtrace", "none, the thread took no signal");
  for (guint i = 0; self->frames != NULL && self->frames[i] != NULL; i++)
    g_string_append_printf (text, "  #%-2u %s\n", i, self->frames[i]);
  return g_string_free_and_steal (text);
}
