/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The page on which an operation asks what to do: what is there, what would come in its place, and the answers that make sense.
 * Nothing else waits for it. It goes by itself when the operation no longer asks this. Loop's thread. */

#include "pane-operation-question.h"
#include "pane-details.h"

#include <glib/gi18n-lib.h>

struct _PaneOperationQuestion {
  AdwNavigationPage parent_instance;

  GtkLabel *headline;
  GtkWidget *files;
  AdwActionRow *target_row, *source_row;
  AdwSwitchRow *all_row;
  GtkWidget *merge_button, *replace_button, *newer_button, *both_button, *again_button;

  ThawOperation *operation;
  const ThawQuestion *question; /* only compared; NULL once it is answered: the next one may have its address */
};

G_DEFINE_FINAL_TYPE (PaneOperationQuestion, pane_operation_question, ADW_TYPE_NAVIGATION_PAGE)

enum { DONE, N_SIGNALS };
static guint signals[N_SIGNALS];

static char *
dup_name (const char *path)
{
  g_autofree char *name = g_path_get_basename (path);

  return pane_operation_dup_path (name);
}

static char *
dup_folder (const char *path)
{
  g_autofree char *folder = g_path_get_dirname (path);

  return pane_operation_dup_path (folder);
}

static void
fill_row (AdwActionRow *row, const char *title, const char *path, gint64 size, gint64 mtime_usec, gboolean is_folder)
{
  g_autofree char *folder = dup_folder (path);
  g_autofree char *text = g_format_size (size);
  char time[PANE_DETAIL_SIZE];
  g_autofree char *subtitle = NULL;
  GtkWidget *image = gtk_image_new_from_icon_name (is_folder ? "folder" : "text-x-generic");

  pane_details_format_time (pane_details_get_default (),
                            mtime_usec / G_USEC_PER_SEC,
                            g_get_real_time () / G_USEC_PER_SEC,
                            time);
  subtitle = is_folder ? g_strdup_printf ("%s\n%s", time, folder)
                       : g_strdup_printf ("%s · %s\n%s", text, time, folder);
  gtk_image_set_pixel_size (GTK_IMAGE (image), 32);
  adw_action_row_add_prefix (row, image);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), title);
  adw_action_row_set_subtitle (row, subtitle);
}

static void
fill_conflict (PaneOperationQuestion *self, const ThawQuestion *question)
{
  g_autofree char *name = dup_name (question->target_path);
  g_autofree char *headline = NULL;
  gboolean is_folder = question->conflict == THAW_CONFLICT_FOLDER;

  headline = g_strdup_printf (is_folder ? _ ("There is already a folder “%s”") : _ ("There is already “%s”"), name);
  gtk_label_set_text (self->headline, headline);
  fill_row (self->target_row,
            _ ("Already there"),
            question->target_path,
            question->target_size,
            question->target_mtime_usec,
            is_folder);
  fill_row (self->source_row,
            _ ("To be put there"),
            question->source_path,
            question->source_size,
            question->source_mtime_usec,
            is_folder);
  gtk_widget_set_visible (self->merge_button, is_folder);
  gtk_widget_set_visible (self->replace_button, question->conflict == THAW_CONFLICT_FILE);
  gtk_widget_set_visible (self->newer_button, question->conflict == THAW_CONFLICT_FILE);
  gtk_widget_set_visible (self->again_button, FALSE);
}

static void
fill_no_space (PaneOperationQuestion *self, const ThawQuestion *question)
{
  g_autofree char *name = dup_name (question->source_path);
  g_autofree char *headline = g_strdup_printf (
      _ ("There is no room left for “%s”. Make some and try again: nothing is lost meanwhile."), name);

  adw_navigation_page_set_title (ADW_NAVIGATION_PAGE (self), _ ("Disk Full"));
  gtk_label_set_text (self->headline, headline);
  gtk_widget_set_visible (self->files, FALSE);
  gtk_widget_set_visible (self->merge_button, FALSE);
  gtk_widget_set_visible (self->replace_button, FALSE);
  gtk_widget_set_visible (self->newer_button, FALSE);
  gtk_widget_set_visible (self->both_button, FALSE);
}

static void
answer (PaneOperationQuestion *self, ThawRule rule)
{
  if (self->question != NULL && thaw_operation_get_question (self->operation) == self->question)
    thaw_operation_answer (self->operation, rule, adw_switch_row_get_active (self->all_row));
}

static void
merge_cb (PaneOperationQuestion *self)
{
  answer (self, THAW_RULE_MERGE);
}

static void
replace_cb (PaneOperationQuestion *self)
{
  answer (self, THAW_RULE_REPLACE);
}

static void
newer_cb (PaneOperationQuestion *self)
{
  answer (self, THAW_RULE_REPLACE_IF_NEWER);
}

static void
both_cb (PaneOperationQuestion *self)
{
  answer (self, THAW_RULE_KEEP_BOTH);
}

static void
again_cb (PaneOperationQuestion *self)
{
  answer (self, THAW_RULE_ASK);
}

static void
skip_cb (PaneOperationQuestion *self)
{
  answer (self, THAW_RULE_SKIP);
}

static void
question_changed_cb (PaneOperationQuestion *self)
{
  if (self->question == NULL || thaw_operation_get_question (self->operation) == self->question)
    return;
  self->question = NULL;
  gtk_widget_set_sensitive (GTK_WIDGET (self), FALSE);
  g_signal_emit (self, signals[DONE], 0);
}

static void
pane_operation_question_dispose (GObject *object)
{
  PaneOperationQuestion *self = PANE_OPERATION_QUESTION (object);

  gtk_widget_dispose_template (GTK_WIDGET (self), PANE_TYPE_OPERATION_QUESTION);
  g_clear_object (&self->operation);
  G_OBJECT_CLASS (pane_operation_question_parent_class)->dispose (object);
}

static void
bind_template (GtkWidgetClass *widget_class)
{
  gtk_widget_class_bind_template_child (widget_class, PaneOperationQuestion, headline);
  gtk_widget_class_bind_template_child (widget_class, PaneOperationQuestion, files);
  gtk_widget_class_bind_template_child (widget_class, PaneOperationQuestion, target_row);
  gtk_widget_class_bind_template_child (widget_class, PaneOperationQuestion, source_row);
  gtk_widget_class_bind_template_child (widget_class, PaneOperationQuestion, all_row);
  gtk_widget_class_bind_template_child (widget_class, PaneOperationQuestion, merge_button);
  gtk_widget_class_bind_template_child (widget_class, PaneOperationQuestion, replace_button);
  gtk_widget_class_bind_template_child (widget_class, PaneOperationQuestion, newer_button);
  gtk_widget_class_bind_template_child (widget_class, PaneOperationQuestion, both_button);
  gtk_widget_class_bind_template_child (widget_class, PaneOperationQuestion, again_button);
  gtk_widget_class_bind_template_callback (widget_class, merge_cb);
  gtk_widget_class_bind_template_callback (widget_class, replace_cb);
  gtk_widget_class_bind_template_callback (widget_class, newer_cb);
  gtk_widget_class_bind_template_callback (widget_class, both_cb);
  gtk_widget_class_bind_template_callback (widget_class, again_cb);
  gtk_widget_class_bind_template_callback (widget_class, skip_cb);
}

static void
pane_operation_question_class_init (PaneOperationQuestionClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = pane_operation_question_dispose;
  signals[DONE]
      = g_signal_new ("done", PANE_TYPE_OPERATION_QUESTION, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/thaw/Pane/operation/pane-operation-question.ui");
  bind_template (widget_class);
}

static void
pane_operation_question_init (PaneOperationQuestion *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

/**
 * pane_operation_question_new:
 * @operation: an operation
 *
 * - **Thread**: the loop's.
 *
 * Returns: (transfer floating) (nullable): a page with what it asks, %NULL if it asks nothing
 */
AdwNavigationPage *
pane_operation_question_new (ThawOperation *operation)
{
  const ThawQuestion *question = thaw_operation_get_question (operation);
  PaneOperationQuestion *self;

  if (question == NULL)
    return NULL;
  self = g_object_new (PANE_TYPE_OPERATION_QUESTION, NULL);
  self->operation = g_object_ref (operation);
  self->question = question;
  if (question->is_no_space)
    fill_no_space (self, question);
  else
    fill_conflict (self, question);
  g_signal_connect_object (operation, "notify::question", G_CALLBACK (question_changed_cb), self, G_CONNECT_SWAPPED);
  return ADW_NAVIGATION_PAGE (self);
}
