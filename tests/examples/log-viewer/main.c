/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* log-viewer FILE… */
#include "log-viewer.h"

static int
command_line (GtkApplication *application, GApplicationCommandLine *line)
{
  int n;
  g_auto (GStrv) arguments = g_application_command_line_get_arguments (line, &n);

  for (int i = 1; i < n; i++)
    log_viewer_new (application, arguments[i]);
  return n > 1 ? 0 : 2;
}

int
main (int argc, char **argv)
{
  g_autoptr (AdwApplication) application
      = adw_application_new (NULL, G_APPLICATION_HANDLES_COMMAND_LINE | G_APPLICATION_NON_UNIQUE);

  g_signal_connect (application, "command-line", G_CALLBACK (command_line), NULL);
  return g_application_run (G_APPLICATION (application), argc, argv);
}
