/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is said of a file, in words. No file is touched. Loop's thread. */

#include "files-properties-rows.h"
#include "pane-details.h"

#include <glib/gi18n.h>

/**
 * files_properties_row_new:
 * @title: what it tells
 *
 * Returns: (transfer floating): a row
 */
GtkWidget *
files_properties_row_new (const char *title)
{
  GtkWidget *row = adw_action_row_new ();

  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), title);
  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
  adw_action_row_set_subtitle_selectable (ADW_ACTION_ROW (row), TRUE);
  gtk_widget_add_css_class (row, "property");
  gtk_widget_set_focusable (row, FALSE); /* its text is */
  gtk_widget_set_visible (row, FALSE);
  return row;
}

/**
 * files_properties_row_set:
 * @row: a row
 * @text: (nullable): what it says; nothing hides it
 */
void
files_properties_row_set (GtkWidget *row, const char *text)
{
  gtk_widget_set_visible (row, text != NULL && *text != '\0');
  adw_action_row_set_subtitle (ADW_ACTION_ROW (row), text != NULL ? text : "");
}

/**
 * files_properties_dup_size:
 * @bytes: a size
 *
 * Returns: (transfer full): the size, in bytes too
 */
char *
files_properties_dup_size (gint64 bytes)
{
  return g_format_size_full (bytes,
                             bytes < 1000 ? G_FORMAT_SIZE_DEFAULT : G_FORMAT_SIZE_LONG_FORMAT);
}

/**
 * files_properties_dup_count:
 * @measure: what was counted
 * @of_one_folder: the folder itself isn't counted
 * @is_done: nothing more comes
 *
 * Returns: (transfer full): how many things there are
 */
char *
files_properties_dup_count (const ThawFileMeasure *measure,
                            gboolean of_one_folder,
                            gboolean is_done)
{
  gint64 sum = measure->n_files + measure->n_folders + measure->n_others
               - (of_one_folder && measure->n_folders > 0);
  guint n = CLAMP (sum, 0, G_MAXUINT), n_unreadable = CLAMP (measure->n_unreadable, 0, G_MAXUINT);
  g_autofree char *items = g_strdup_printf (ngettext ("%'u item", "%'u items", n), n);
  g_autoptr (GString) text = g_string_new (NULL);

  /* Translators: while a folder is still being counted: so many items so far */
  g_string_printf (text, is_done ? "%s" : _ ("%s so far…"), items);
  if (n_unreadable > 0)
    {
      g_string_append (text, " · ");
      g_string_append_printf (
          text,
          ngettext ("%'u could not be read", "%'u could not be read", n_unreadable),
          n_unreadable);
    }
  return g_string_free (g_steal_pointer (&text), FALSE);
}

/**
 * files_properties_dup_time:
 * @info: what is known of a file
 * @attribute: "time::modified" …
 *
 * Returns: (transfer full) (nullable): when that was
 */
char *
files_properties_dup_time (GFileInfo *info, const char *attribute)
{
  guint64 sec = g_file_info_get_attribute_uint64 (info, attribute);
  g_autoptr (GDateTime) utc = NULL;
  g_autoptr (GDateTime) local = NULL;

  if (!g_file_info_has_attribute (info, attribute) || sec == 0)
    return NULL;
  utc = g_date_time_new_from_unix_utc (sec);
  local = utc != NULL
              ? g_date_time_to_timezone (utc,
                                         pane_details_get_time_zone (pane_details_get_default ()))
              : NULL;
  /* Translators: a date with its time, as for g_date_time_format() */
  return local != NULL ? g_date_time_format (local, _ ("%A, %-e %B %Y, %H:%M:%S")) : NULL;
}
