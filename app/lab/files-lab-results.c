/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table of results: a list whose rows share the widths of their columns, the newest on top
 * below the headers. For a screen reader a row is one sentence. Loop's thread. */

#include "files-lab-results.h"
#include <glib/gi18n.h>

#define N_COLUMNS 7
#define NUMBER_CHARS 8

/* Columns are as wide as their widest cell; the groups live as long as the list. */
static GtkSizeGroup *
get_column (GtkListBox *list, guint column)
{
  g_autofree char *key = g_strdup_printf ("column-%u", column);
  GtkSizeGroup *group = g_object_get_data (G_OBJECT (list), key);

  if (group == NULL)
    {
      group = gtk_size_group_new (GTK_SIZE_GROUP_HORIZONTAL);
      g_object_set_data_full (G_OBJECT (list), key, group, g_object_unref);
    }
  return group;
}

static GtkWidget *
make_row (GtkListBox *list, const char *const *texts, gboolean is_header)
{
  GtkWidget *row = gtk_list_box_row_new ();
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);

  for (guint i = 0; i < N_COLUMNS; i++)
    {
      GtkWidget *label = gtk_label_new (texts[i]);

      gtk_label_set_xalign (GTK_LABEL (label), i < 2 ? 0 : 1);
      gtk_label_set_ellipsize (GTK_LABEL (label), PANGO_ELLIPSIZE_END);
      gtk_label_set_width_chars (GTK_LABEL (label), i == 0 ? 18 : NUMBER_CHARS);
      gtk_label_set_max_width_chars (GTK_LABEL (label), i == 0 ? 40 : NUMBER_CHARS);
      gtk_widget_set_tooltip_text (label, texts[i]);
      gtk_widget_set_hexpand (label, i == 0);
      /* Digits and words may come from fonts of different heights. */
      gtk_widget_set_valign (label, GTK_ALIGN_BASELINE_CENTER);
      gtk_widget_add_css_class (label, is_header ? "caption-heading" : "numeric");
      gtk_size_group_add_widget (get_column (list, i), label);
      gtk_box_append (GTK_BOX (box), label);
    }
  gtk_widget_set_margin_start (box, 12);
  gtk_widget_set_margin_end (box, 12);
  gtk_widget_set_margin_top (box, 9);
  gtk_widget_set_margin_bottom (box, 9);
  gtk_list_box_row_set_child (GTK_LIST_BOX_ROW (row), box);
  gtk_list_box_row_set_activatable (GTK_LIST_BOX_ROW (row), FALSE);
  return row;
}

void
files_lab_results_init (GtkListBox *list)
{
  const char *titles[N_COLUMNS] = { _ ("Job"),     _ ("Style"),   _ ("Time"),  _ ("Lost"),
                                    _ ("Longest"), _ ("Threads"), _ ("Memory") };
  GtkWidget *row = make_row (list, titles, TRUE);

  gtk_list_box_row_set_selectable (GTK_LIST_BOX_ROW (row), FALSE);
  gtk_widget_set_focusable (row, FALSE);
  gtk_list_box_append (list, row);
}

static char *
dup_time (const FilesLabResult *result)
{
  if (result->error == NULL)
    return g_strdup_printf (_ ("%.2f s"), result->usec / (double) G_USEC_PER_SEC);
  if (g_error_matches (result->error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return g_strdup (_ ("Cancelled"));
  return g_strdup (_ ("Failed"));
}

static char *
dup_sentence (const FilesLabResult *result, const char *time, const char *memory)
{
  guint n_lost = result->frames.n_lost, n_threads = result->n_threads;
  g_autofree char *lost
      = g_strdup_printf (ngettext ("%u frame lost", "%u frames lost", n_lost), n_lost);
  g_autofree char *threads
      = g_strdup_printf (ngettext ("%u thread", "%u threads", n_threads), n_threads);

  /* Translators: read aloud: job, style, time; frames lost; longest frame, and the processor time
   * in it; threads; memory. */
  return g_strdup_printf (_ ("%s, %s: %s, %s, longest frame %.1f ms with %.1f ms of work, %s, %s"),
                          result->job,
                          result->style,
                          time,
                          lost,
                          result->frames.longest_usec / 1000.,
                          result->frames.longest_cpu_usec / 1000.,
                          threads,
                          memory);
}

void
files_lab_results_add (GtkListBox *list, const FilesLabResult *result)
{
  g_autofree char *time = dup_time (result);
  g_autofree char *lost = g_strdup_printf ("%u", result->frames.n_lost);
  g_autofree char *longest = g_strdup_printf (_ ("%.1f ms"), result->frames.longest_usec / 1000.);
  g_autofree char *threads = g_strdup_printf ("%u", result->n_threads);
  g_autofree char *memory = g_format_size (result->memory_bytes);
  g_autofree char *sentence = dup_sentence (result, time, memory);
  const char *texts[N_COLUMNS]
      = { result->job, result->style, time, lost, longest, threads, memory };
  GtkWidget *row = make_row (list, texts, FALSE);

  gtk_widget_set_tooltip_text (row, result->error != NULL ? result->error->message : NULL);
  gtk_accessible_update_property (GTK_ACCESSIBLE (row),
                                  GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  sentence,
                                  -1);
  gtk_list_box_insert (list, row, 1);
  gtk_widget_set_visible (GTK_WIDGET (list), TRUE);
}
