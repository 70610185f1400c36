/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* thaw-top: shows live what a program that uses Thaw is doing, even while its window is frozen. The
 * page is redrawn every second until it is interrupted or the program ends. */

#include "thaw-top-private.h"

#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

static gboolean once, json, stalls;
static int process;
static double interval = 1;

static const GOptionEntry entries[] = {
  { "pid", 'p', 0, G_OPTION_ARG_INT, &process, "Show this process", "NUMBER" },
  { "once", '1', 0, G_OPTION_ARG_NONE, &once, "Print one page and end", NULL },
  { "json", 'j', 0, G_OPTION_ARG_NONE, &json, "Print the whole tree as JSON and end", NULL },
  { "stalls", 's', 0, G_OPTION_ARG_NONE, &stalls, "Print the latest stalls and end", NULL },
  { "interval", 'i', 0, G_OPTION_ARG_DOUBLE, &interval, "Seconds between two pages", "SECONDS" },
  G_OPTION_ENTRY_NULL,
};

static gboolean
parse_arguments (int *argc, char ***argv)
{
  g_autoptr (GOptionContext) context = g_option_context_new ("- what Thaw programs are doing");
  g_autoptr (GError) error = NULL;

  g_option_context_add_main_entries (context, entries, NULL);
  if (g_option_context_parse (context, argc, argv, &error) && *argc == 1 && interval > 0)
    return TRUE;
  g_printerr ("thaw-top: %s\n", error != NULL ? error->message : "bad arguments (try --help)");
  return FALSE;
}

/* 0: there is none, or more than one. */
static guint
choose_process (void)
{
  g_autoptr (GArray) found = thaw_top_find ();

  if (found->len == 1)
    return g_array_index (found, guint, 0);
  if (found->len == 0)
    g_printerr ("thaw-top: no program tells what it does\n");
  else
    g_printerr ("thaw-top: there are several, choose one with --pid:\n");
  for (guint i = 0; i < found->len; i++)
    {
      g_autoptr (GVariant) tree = thaw_top_ask (g_array_index (found, guint, i), NULL);
      const char *program = "does not answer";

      if (tree != NULL)
        g_variant_lookup (tree, "program", "&s", &program);
      g_printerr ("  %u %s\n", g_array_index (found, guint, i), program);
    }
  return 0;
}

static guint
count_rows (void)
{
  struct winsize size;

  return isatty (STDOUT_FILENO) && ioctl (STDOUT_FILENO, TIOCGWINSZ, &size) == 0 ? size.ws_row : 0;
}

static void
print (GVariant *tree)
{
  gboolean is_live = !once && !json && !stalls;
  g_autofree char *text = json     ? thaw_top_make_json (tree)
                          : stalls ? thaw_top_make_stalls (tree)
                                   : thaw_top_make_page (tree, is_live ? count_rows () : 0);

  if (is_live && isatty (STDOUT_FILENO))
    g_print ("\033[H\033[2J");
  g_print ("%s", text);
}

int
main (int argc, char **argv)
{
  guint number;

  if (!parse_arguments (&argc, &argv))
    return EXIT_FAILURE;
  number = process > 0 ? (guint) process : choose_process ();
  if (number == 0)
    return EXIT_FAILURE;
  for (;;)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GVariant) tree = thaw_top_ask (number, &error);

      if (tree == NULL)
        {
          g_printerr ("thaw-top: process %u: %s\n", number, error->message);
          return EXIT_FAILURE;
        }
      print (tree);
      if (once || json || stalls)
        return EXIT_SUCCESS;
      g_usleep ((gulong) (interval * G_USEC_PER_SEC));
    }
}
