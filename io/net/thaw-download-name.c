/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Names for downloads, from what a server says or an address looks like. Neither is trusted: what
 * comes out is one component, in UTF-8, without control, formatting or bidirectional characters,
 * not hidden, not an option, and short enough for any file system even with a number added. Pure;
 * any thread. */

#include "thaw-download-private.h"

#include <libsoup/soup.h>
#include <string.h>

#define MAX_BYTES 230
#define MAX_NUMBERED_BYTES 255
#define MAX_EXTENSION_BYTES 24
#define NO_NAME "download"

static char *
to_utf8 (const char *raw)
{
  if (g_utf8_validate (raw, -1, NULL))
    return g_strdup (raw);
  return g_convert (raw, -1, "UTF-8", "ISO-8859-1", NULL, NULL, NULL);
}

/* What follows the last separator of any system. */
static const char *
last_component (const char *text)
{
  const char *last = text;

  for (const char *p = text; *p; p++)
    if (*p == '/' || *p == '\\')
      last = p + 1;
  return last;
}

/* Characters that do something instead of being seen. */
static gboolean
is_invisible (gunichar c)
{
  switch (g_unichar_type (c))
    {
    case G_UNICODE_CONTROL:
    case G_UNICODE_FORMAT:
    case G_UNICODE_LINE_SEPARATOR:
    case G_UNICODE_PARAGRAPH_SEPARATOR:
    case G_UNICODE_SURROGATE:
    case G_UNICODE_PRIVATE_USE:
    case G_UNICODE_UNASSIGNED:
      return TRUE;
    default:
      return FALSE;
    }
}

static GString *
replace_invisible (const char *text)
{
  GString *clean = g_string_new (NULL);

  for (const char *p = text; *p; p = g_utf8_next_char (p))
    {
      gunichar c = g_utf8_get_char (p);

      g_string_append_unichar (clean, is_invisible (c) ? '_' : c);
    }
  return clean;
}

/* Where the extension begins, ".tar.gz" as a whole; the end if there is none. */
static const char *
find_extension (const char *name)
{
  const char *dot = strrchr (name, '.'), *end = name + strlen (name);

  if (!dot || dot == name || end - dot > MAX_EXTENSION_BYTES)
    return end;
  if (dot - name > 4 && strncmp (dot - 4, ".tar", 4) == 0)
    return dot - 4;
  return dot;
}

/* The first @n bytes, or fewer: up to the end of a character. */
static gsize
cut_at_character (const char *text, gsize n)
{
  while (n > 0 && ((guchar) text[n] & 0xc0) == 0x80)
    n--;
  return n;
}

static char *
shorten (const char *name, const char *insert, gsize max_bytes)
{
  const char *extension = find_extension (name);
  gsize base = extension - name, rest = strlen (extension) + strlen (insert);

  if (base + rest > max_bytes)
    base = cut_at_character (name, max_bytes - rest);
  return g_strdup_printf ("%.*s%s%s", (int) base, name, insert, extension);
}

/* NULL: nothing of it can be a name. */
char *
thaw_download_sanitise (const char *raw)
{
  g_autofree char *text = to_utf8 (raw), *stripped = NULL;
  g_autoptr (GString) clean = text ? replace_invisible (last_component (text)) : NULL;
  gsize n;

  if (!clean)
    return NULL;
  stripped = g_strdup (g_strstrip (clean->str));
  n = strlen (stripped);
  while (n > 0 && (stripped[n - 1] == '.' || stripped[n - 1] == ' '))
    stripped[--n] = '\0';
  if (n == 0)
    return NULL;
  /* Neither hidden nor an option of a program that it is given to. */
  if (stripped[0] == '.' || stripped[0] == '-' || stripped[0] == '~')
    stripped[0] = '_';
  return shorten (stripped, "", MAX_BYTES);
}

/* "name (2).txt". */
char *
thaw_download_number_name (const char *name, guint n)
{
  g_autofree char *number = g_strdup_printf (" (%u)", n);

  return shorten (name, number, MAX_NUMBERED_BYTES);
}

static char *
name_from_disposition (const char *disposition)
{
  SoupMessageHeaders *headers = soup_message_headers_new (SOUP_MESSAGE_HEADERS_RESPONSE);
  g_autoptr (GHashTable) parameters = NULL;
  g_autofree char *type = NULL;
  char *name = NULL;

  soup_message_headers_append (headers, "Content-Disposition", disposition);
  if (soup_message_headers_get_content_disposition (headers, &type, &parameters)
      && g_hash_table_lookup (parameters, "filename"))
    name = thaw_download_sanitise (g_hash_table_lookup (parameters, "filename"));
  soup_message_headers_unref (headers);
  return name;
}

static char *
name_from_uri (const char *text)
{
  g_autoptr (GUri) uri = g_uri_parse (text, SOUP_HTTP_URI_FLAGS, NULL);
  g_autofree char *last = NULL, *plain = NULL;
  const char *path = uri ? g_uri_get_path (uri) : NULL;

  if (!path)
    return NULL;
  /* The separators are those of the address; one that comes out of "%2F" is not. */
  last = g_strdup (strrchr (path, '/') ? strrchr (path, '/') + 1 : path);
  plain = g_uri_unescape_string (last, NULL);
  return thaw_download_sanitise (plain ? plain : last);
}

/**
 * thaw_download_make_name:
 * @disposition: (nullable): a `Content-Disposition` header
 * @uri: (nullable): where the file came from
 *
 * Makes a name for a file out of what a server says, or else out of its address. Only what follows
 * the last slash or backslash counts; characters that aren't seen (control, formatting,
 * bidirectional) are underscores, as is a leading dot, dash or tilde; trailing dots and spaces are
 * left out; long names are cut between characters, in front of the extension. Any thread.
 *
 * Returns: (transfer full): a name in UTF-8, of 230 bytes at most
 */
char *
thaw_download_make_name (const char *disposition, const char *uri)
{
  char *name = disposition ? name_from_disposition (disposition) : NULL;

  if (!name && uri)
    name = name_from_uri (uri);
  return name ? name : g_strdup (NO_NAME);
}
