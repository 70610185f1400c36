/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The banner that says that what is remembered can't be saved: the disk is full, or the file may
 * not be written. A toast would cut off which file it is and what to do. Every tab hears of it, and
 * the first that is on the screen says it, once; it is there until it is dismissed or saving works
 * again. The banner is made then, since hardly anybody ever sees it. Loop's thread. */

#include "files-error.h"
#include "files-tab-private.h"
#include <glib/gi18n.h>

static void
hide_cb (AdwBanner *banner)
{
  adw_banner_set_revealed (banner, FALSE);
}

static AdwBanner *
add_banner (FilesTab *self)
{
  GtkWidget *banner = adw_banner_new ("");
  GtkWidget *above = GTK_WIDGET (self->banner);

  adw_banner_set_use_markup (ADW_BANNER (banner), FALSE);
  adw_banner_set_button_label (ADW_BANNER (banner), _ ("_Dismiss"));
  g_signal_connect (banner, "button-clicked", G_CALLBACK (hide_cb), NULL);
  g_signal_connect_object (self->state, "saved", G_CALLBACK (hide_cb), banner, G_CONNECT_SWAPPED);
  gtk_box_insert_child_after (GTK_BOX (gtk_widget_get_parent (above)), banner, above);
  return ADW_BANNER (banner);
}

static gboolean
save_failed_cb (FilesTab *self, const GError *error)
{
  g_autofree char *line = NULL;

  if (!gtk_widget_get_mapped (GTK_WIDGET (self)))
    return FALSE;
  if (self->unsaved_banner == NULL)
    self->unsaved_banner = add_banner (self);
  line = files_error_dup_unsaved_line (files_state_get_path (self->state), error);
  adw_banner_set_title (self->unsaved_banner, line);
  adw_banner_set_revealed (self->unsaved_banner, TRUE);
  return TRUE;
}

/**
 * files_tab_follow_saving:
 * @self: a tab
 *
 * Says it when the state can't be saved, unless another tab has.
 */
void
files_tab_follow_saving (FilesTab *self)
{
  g_signal_connect_object (self->state,
                           "save-failed",
                           G_CALLBACK (save_failed_cb),
                           self,
                           G_CONNECT_SWAPPED);
}
