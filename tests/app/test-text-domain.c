/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What widgets says in a program that knows nothing of its text domain: the user's language. */
#include "pane-location.h"
#include <libintl.h>
#include <locale.h>

static void
test_bound (void)
{
  g_assert_cmpstr (bindtextdomain ("thaw", NULL), ==, g_getenv ("THAW_LOCALE_DIR"));
}

static void
test_translated (void)
{
  g_autofree char *title = pane_location_dup_title (pane_location_get_home ());

  g_assert_cmpstr (title, ==, "Persönlicher Ordner");
}

int
main (int argc, char **argv)
{
  setlocale (LC_ALL, "");
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/app/text-domain/bound", test_bound);
  g_test_add_func ("/app/text-domain/translated", test_translated);
  return g_test_run ();
}
