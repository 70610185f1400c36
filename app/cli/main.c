/* SPDX-License-Identifier: GPL-3.0-or-later */
/* thaw-files-cli: the operations of Thaw Files from the command line; through its service if there is a bus, and without a
 * display and a bus too. Exit status: 0 if all was done, 1 if something wasn't, 2 for arguments that make no sense, 3 if the
 * service has gone in the middle of it. */

#include "files-cli-session.h"

#include <locale.h>

int
main (int argc, char **argv)
{
  g_autoptr (FilesCliArguments) arguments = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *help = NULL;

  setlocale (LC_ALL, "");
  arguments = files_cli_arguments_parse (argc, argv, &error);
  if (arguments == NULL)
    {
      g_printerr ("thaw-files-cli: %s\n", error->message);
      return 2;
    }
  switch (arguments->action)
    {
    case FILES_CLI_HELP:
      help = files_cli_arguments_dup_help (arguments);
      g_print ("%s", help);
      return 0;
    case FILES_CLI_VERSION:
      g_print ("thaw-files-cli %s\n", THAW_VERSION);
      return 0;
    default:
      g_setenv ("GIO_USE_VFS", "local", FALSE); /* gvfs is asked by the operations' threads alone */
      /* GIO reads its modules and GLib its table of character sets now, before there is a loop that may not. */
      g_vfs_get_default ();
      g_get_charset (NULL);
      return files_cli_session_run (arguments);
    }
}
