/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* feed-reader DATABASE URI… */
#include "feed-reader.h"

static int
command_line (GtkApplication *application, GApplicationCommandLine *line)
{
  int n;
  g_auto (GStrv) arguments = g_application_command_line_get_arguments (line, &n);
  g_autoptr (GFile) database = NULL;

  if (n < 3)
    {
      g_application_command_line_printerr (line, "feed-reader DATABASE URI…\n");
      return 2;
    }
  database = g_application_command_line_create_file_for_arg (line, arguments[1]);
  feed_reader_new (application, database, (const char *const *) arguments + 2, 10 * G_USEC_PER_SEC);
  return 0;
}

int
main (int argc, char **argv)
{
  g_autoptr (AdwApplication) application
      = adw_application_new (NULL, G_APPLICATION_HANDLES_COMMAND_LINE | G_APPLICATION_NON_UNIQUE);

  g_signal_connect (application, "command-line", G_CALLBACK (command_line), NULL);
  return g_application_run (G_APPLICATION (application), argc, argv);
}
