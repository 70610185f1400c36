/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tells gettext where the library's translations are, so that every program that links it speaks
 * the user's language and not only the one that shares the text domain. Done when the library is
 * loaded: before any thread of the program can ask for a text, and no file is touched by it. A
 * program that binds the same domain elsewhere later wins. */

#include <glib.h>
#include <libintl.h>

/* THAW_LOCALE_DIR in the environment is for a library that isn't installed. */
__attribute__ ((constructor)) static void
bind_text_domain (void)
{
  const char *uninstalled = g_getenv ("THAW_LOCALE_DIR");

  bindtextdomain (GETTEXT_PACKAGE, uninstalled != NULL ? uninstalled : THAW_LOCALE_DIR);
  bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
}
