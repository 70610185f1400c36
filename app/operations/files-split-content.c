/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A form and the list that comes of it, which dialogs for many files have in common. Loop's thread.
 */

#include "files-split-content.h"

/**
 * files_split_content_new:
 * @dialog: gets a breakpoint
 * @form: what is chosen
 * @list: what comes of it
 * @form_width: of @form beside the list, in pixels
 * @wide: the condition of the breakpoint
 *
 * Returns: (transfer floating): both, beside each other where there is room
 */
GtkWidget *
files_split_content_new (AdwDialog *dialog,
                         GtkWidget *form,
                         GtkWidget *list,
                         int form_width,
                         const char *wide)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  GtkWidget *separator = gtk_separator_new (GTK_ORIENTATION_HORIZONTAL);
  AdwBreakpoint *breakpoint = adw_breakpoint_new (adw_breakpoint_condition_parse (wide));

  gtk_box_append (GTK_BOX (box), form);
  gtk_box_append (GTK_BOX (box), separator);
  gtk_box_append (GTK_BOX (box), list);
  adw_breakpoint_add_setters (breakpoint,
                              G_OBJECT (box),
                              "orientation",
                              GTK_ORIENTATION_HORIZONTAL,
                              G_OBJECT (separator),
                              "orientation",
                              GTK_ORIENTATION_VERTICAL,
                              G_OBJECT (form),
                              "width-request",
                              form_width,
                              NULL);
  adw_dialog_add_breakpoint (dialog, breakpoint);
  return box;
}
