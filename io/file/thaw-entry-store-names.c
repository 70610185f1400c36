/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Names for people. A file name is any bytes; shown as it is, it could run over the next line, turn
 * round the text beside it, or look like another name. Here everything that has no honest picture
 * of its own gets one: control characters, characters that change direction, invisible characters
 * and bytes that aren't UTF-8. Any thread.
 */

#include "thaw-entry-store-private.h"

#include <string.h>

#define REPLACEMENT 0xfffd
#define CONTROL_PICTURES 0x2400
#define DELETE_PICTURE 0x2421
#define NEWLINE_PICTURE 0x2424

/* What to show for a character; itself if there is nothing wrong with it. */
static gunichar
get_picture (gunichar c)
{
  if (c < 0x20)
    return CONTROL_PICTURES + c;
  if (c == 0x7f)
    return DELETE_PICTURE;
  if (c < 0x200b)
    return (c >= 0x80 && c < 0xa0) || c == 0xad || c == 0x061c || c == 0x180e ? REPLACEMENT : c;
  if (c == 0x2028 || c == 0x2029)
    return NEWLINE_PICTURE;
  if (c == 0x200b || c == 0x200e || c == 0x200f || c == 0xfeff || (c >= 0x202a && c <= 0x202e)
      || (c >= 0x2060 && c <= 0x206f) || (c >= 0xfff0 && c <= 0xfffb))
    return REPLACEMENT;
  return c;
}

static gboolean
is_plain (const char *name)
{
  for (; *name != 0; name++)
    if ((guint8) *name < 0x20 || (guint8) *name > 0x7e)
      return FALSE;
  return TRUE;
}

/**
 * thaw_entry_store_dup_display_name:
 * @self: a store
 * @id: an entry
 *
 * Gets the name of an entry for people: valid UTF-8 on one line, in its own order, with nothing
 * invisible but joiners and spaces. Control characters get their pictures; characters that change
 * the direction of text or can't be seen, and bytes that aren't UTF-8, get U+FFFD each.
 *
 * - **Thread**: any. Doesn't block.
 *
 * Returns: (transfer full): the text
 */
char *
thaw_entry_store_dup_display_name (ThawEntryStore *self, guint32 id)
{
  const char *name = thaw_entry_store_get_name (self, id);
  GString *text;

  if (is_plain (name))
    return g_strdup (name);

  text = g_string_sized_new (strlen (name) + 16);
  while (*name != 0)
    {
      gunichar c = g_utf8_get_char_validated (name, -1);
      gboolean is_valid = c != (gunichar) -1 && c != (gunichar) -2;

      g_string_append_unichar (text, is_valid ? get_picture (c) : REPLACEMENT);
      name = is_valid ? g_utf8_next_char (name) : name + 1;
    }
  return g_string_free (text, FALSE);
}
