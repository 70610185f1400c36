/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What people call a place. Everything here looks at the text of a path or URI only: no file is
 * touched, so it may be called on the loop for a place whose server hangs. The names of XDG folders
 * and mounts are not known here; the sidebar's places have them. */

#define GETTEXT_PACKAGE "thaw"
#include "pane-location.h"
#include <glib/gi18n-lib.h>

/**
 * pane_location_get_home:
 *
 * Returns: (transfer none): the home folder, the same object each time
 */
GFile *
pane_location_get_home (void)
{
  static GFile *home = NULL;

  if (g_once_init_enter_pointer (&home))
    g_once_init_leave_pointer (&home, g_file_new_for_path (g_get_home_dir ()));
  return home;
}

static gboolean
is_root (GFile *location)
{
  g_autoptr (GFile) parent = g_file_get_parent (location);

  return parent == NULL;
}

static char *
dup_host_title (GFile *location)
{
  g_autofree char *text = g_file_get_uri (location);
  g_autoptr (GUri) uri = g_uri_parse (text, G_URI_FLAGS_PARSE_RELAXED, NULL);
  const char *host = uri != NULL ? g_uri_get_host (uri) : NULL;

  if (host != NULL && *host != '\0')
    return g_utf8_make_valid (host, -1);
  return g_utf8_make_valid (text, -1);
}

/* What GIO makes up has roots that stand for no server. */
static const struct {
  const char *uri;
  const char *title;
  const char *icon_name;
} made_up[] = {
  { "trash:///", N_ ("Trash"), "user-trash-symbolic" },
  { "recent:///", N_ ("Recent"), "document-open-recent-symbolic" },
  { "computer:///", N_ ("Computer"), "computer-symbolic" },
  { "network:///", N_ ("Network"), "network-workgroup-symbolic" },
};

/* The index in @made_up, or -1. */
static int
find_made_up (GFile *root)
{
  g_autofree char *uri = g_file_get_uri (root);

  for (guint i = 0; i < G_N_ELEMENTS (made_up); i++)
    if (g_str_equal (uri, made_up[i].uri))
      return (int) i;
  return -1;
}

static char *
dup_root_title (GFile *root)
{
  int index;

  if (g_file_is_native (root))
    return g_strdup (_ ("Computer"));
  index = find_made_up (root);
  return index >= 0 ? g_strdup (_ (made_up[index].title)) : dup_host_title (root);
}

static const char *
get_root_icon_name (GFile *root)
{
  int index;

  if (g_file_is_native (root))
    return "drive-harddisk-symbolic";
  index = find_made_up (root);
  return index >= 0 ? made_up[index].icon_name : "network-server-symbolic";
}

/**
 * pane_location_dup_title:
 * @location: a place
 *
 * Names a place for a button, a tab or a window's title: "Home", "Trash", the last part of the
 * path, or the host.
 *
 * Returns: (transfer full): valid UTF-8
 */
char *
pane_location_dup_title (GFile *location)
{
  g_autofree char *name = NULL;

  if (g_file_equal (location, pane_location_get_home ()))
    return g_strdup (_ ("Home"));
  if (is_root (location))
    return dup_root_title (location);
  name = g_file_get_basename (location);
  return g_utf8_make_valid (name, -1);
}

/**
 * pane_location_get_icon_name:
 * @location: a place
 *
 * Returns: (transfer none): the name of a symbolic icon
 */
const char *
pane_location_get_icon_name (GFile *location)
{
  if (g_file_equal (location, pane_location_get_home ()))
    return "user-home-symbolic";
  if (!is_root (location))
    return "folder-symbolic";
  return get_root_icon_name (location);
}

/**
 * pane_location_dup_text:
 * @location: a place
 *
 * Writes a place as the user would type it; pane_location_parse() reads it back, unless the name is
 * not UTF-8, when the URI stands for it.
 *
 * Returns: (transfer full): valid UTF-8
 */
char *
pane_location_dup_text (GFile *location)
{
  const char *path = g_file_peek_path (location);

  if (g_file_is_native (location) && path != NULL && g_utf8_validate (path, -1, NULL))
    return g_strdup (path);
  return g_file_get_uri (location);
}

static GFile *
parse_uri (const char *text)
{
  g_autofree char *scheme = g_uri_parse_scheme (text);

  if (scheme == NULL || !g_uri_is_valid (text, G_URI_FLAGS_NONE, NULL))
    return NULL;
  return g_file_new_for_uri (text);
}

/**
 * pane_location_parse:
 * @text: what the user typed
 * @base: (nullable): where a relative path starts, or %NULL for the home folder
 *
 * Finds the place that a text means: a path, `~`, a URI, or a path relative to @base. Whether it
 * exists is not looked at.
 *
 * Returns: (transfer full) (nullable): the place, or %NULL when @text is empty or a malformed URI
 */
GFile *
pane_location_parse (const char *text, GFile *base)
{
  g_return_val_if_fail (text != NULL, NULL);

  if (*text == '\0')
    return NULL;
  if (*text == '/')
    return g_file_new_for_path (text);
  if (text[0] == '~' && (text[1] == '/' || text[1] == '\0'))
    return text[1] == '\0' || text[2] == '\0'
               ? g_object_ref (pane_location_get_home ())
               : g_file_resolve_relative_path (pane_location_get_home (), text + 2);
  if (strstr (text, ":/") != NULL)
    return parse_uri (text);
  return g_file_resolve_relative_path (base != NULL ? base : pane_location_get_home (), text);
}
