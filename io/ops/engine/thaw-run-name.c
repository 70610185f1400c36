/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Names for keeping both: "name (2).ext", then (3) and so on until one is free. Names are bytes:
 * one that is UTF-8 is cut between characters when it gets too long, another one anywhere. That the
 * name is free is only true until somebody takes it, so who uses it renames without replacing and
 * asks for the next one when that fails. */

#include "thaw-run-private.h"

#include <string.h>

#define NAME_MAX_BYTES 255
#define N_EXTENSION_MAX 16 /* bytes; what is longer isn't one */

/* Where the extension begins, with its dot: ".gz" and what is before it in "a.tar.gz"; the end when
 * there is none. */
static gsize
find_extension (const char *name)
{
  gsize length = strlen (name);
  const char *dot = strrchr (name, '.');
  const char *before;

  if (dot == NULL || dot == name || dot[1] == '\0' || strlen (dot) > N_EXTENSION_MAX
      || strchr (dot, ' ') != NULL)
    return length;
  before = g_strrstr_len (name, dot - name, ".");
  if (before != NULL && before != name && dot - before == 4 && memcmp (before, ".tar", 4) == 0)
    return before - name;
  return dot - name;
}

/* "name (3)": 3, and *length becomes that of "name". 1 if there is no number. */
static guint
strip_number (const char *name, gsize *length)
{
  gsize end = *length, i;
  guint number = 0, factor = 1;

  if (end < 5 || name[end - 1] != ')')
    return 1;
  for (i = end - 1; i > 0 && g_ascii_isdigit (name[i - 1]) && end - i < 7; i--, factor *= 10)
    number += factor * (guint) (name[i - 1] - '0');
  if (number < 2 || i < 3 || name[i - 1] != '(' || name[i - 2] != ' ')
    return 1;
  *length = i - 2;
  return number;
}

/* At most @room bytes, and no half character at the end. */
static gsize
cut (const char *name, gsize length, gsize room)
{
  gsize end = room;

  if (length <= room)
    return length;
  if (!g_utf8_validate (name, length, NULL))
    return room;
  while (end > 0 && ((guchar) name[end] & 0xc0) == 0x80)
    end--;
  return end;
}

char *
thaw_name_dup_numbered (const char *name, gboolean has_extension, guint *number)
{
  gsize dot = has_extension ? find_extension (name) : strlen (name);
  gsize length = dot;
  guint first = strip_number (name, &length) + 1;
  g_autofree char *suffix = NULL;

  *number = MAX (*number, first);
  suffix = g_strdup_printf (" (%u)%s", *number, name + dot);
  length = cut (name, length, NAME_MAX_BYTES - MIN (strlen (suffix), NAME_MAX_BYTES - 1));
  return g_strdup_printf ("%.*s%s", (int) length, name, suffix);
}

char *
thaw_run_dup_free_name (ThawRun *self, ThawPlace *place, const char *name)
{
  ThawIdentity identity;
  gboolean is_folder = thaw_place_look (place, name, &identity, NULL) && S_ISDIR (identity.mode);

  for (guint number = 2;; number++)
    {
      g_autofree char *candidate = thaw_name_dup_numbered (name, !is_folder, &number);
      g_autoptr (GError) error = NULL;

      /* Any other error than "there is none" is for the one who will try to use the name. */
      if (!thaw_place_look (place, candidate, &identity, &error)
          || thaw_run_has_flag (self, THAW_RUN_CANCELLED))
        return g_steal_pointer (&candidate);
      thaw_run_beat (self);
    }
}
