/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The page on which an operation asks what to do: what is there, what would come in its place, and the answers that make sense.
 * Nothing else waits for it. It goes by itself when the operation no longer asks this. Loop's thread. */

#include "pane-operation-question.h"
#include "pane-details.h"
#include "pane-operation-picture.h"

#include <glib/gi18n-lib.h>

#define PICTURE_SIZE 56

struct _PaneOperationQuestion {
  AdwNavigationPage parent_instance;

  GtkLabel *operation_label, *headline;
  GtkWidget *files, *all_list, *password_list, *password_row, *unlock_button;
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

/* What tells this file from the other one: "newer", "larger"; NULL if nothing does. */
static const char *
compare (gint64 own, gint64 other, const char *more, const char *less)
{
  if (own == other)
    return NULL;
  return own > other ? more : less;
}

static void
append_line (GString *text, const char *line, const char *remark)
{
  if (*line == '\0')
    return;
  g_string_append_printf (text, "%s%s", text->len > 0 ? "\n" : "", line);
  if (remark != NULL)
    g_string_append_printf (text, " · %s", remark);
}

typedef struct {
  const char *path;
  gint64 size, mtime_usec, other_size, other_mtime_usec;
  gboolean is_folder;
} Side;

static char *
describe_side (const Side *side)
{
  GString *text = g_string_new (NULL);
  g_autofree char *folder = dup_folder (side->path), *size = g_format_size (MAX (0, side->size));
  gint64 own_sec = side->mtime_usec / G_USEC_PER_SEC, other_sec = side->other_mtime_usec / G_USEC_PER_SEC;
  char time[PANE_DETAIL_SIZE];

  pane_details_format_time (pane_details_get_default (), own_sec, g_get_real_time () / G_USEC_PER_SEC, time);
  if (!side->is_folder)
    append_line (text, size, compare (side->size, side->other_size, _ ("larger"), _ ("smaller")));
  append_line (text, time, compare (own_sec, other_sec, _ ("newer"), _ ("older")));
  append_line (text, folder, NULL);
  return g_string_free (text, FALSE);
}

static void
fill_row (AdwActionRow *row, const char *title, const Side *side)
{
  g_autofree char *subtitle = describe_side (side);

  adw_action_row_add_prefix (row, pane_operation_picture_new (side->path, side->is_folder, PICTURE_SIZE));
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), title);
  adw_action_row_set_subtitle (row, subtitle);
}

static void
fill_rows (PaneOperationQuestion *self, const ThawQuestion *question)
{
  gboolean is_folder = question->conflict == THAW_CONFLICT_FOLDER;
  const Side target = {
    question->target_path,
    question->target_size,
    question->target_mtime_usec,
    question->source_size,
    question->source_mtime_usec,
    is_folder,
  };
  const Side source = {
    question->source_path,
    question->source_size,
    question->source_mtime_usec,
    question->target_size,
    question->target_mtime_usec,
    is_folder,
  };

  fill_row (self->target_row, _ ("Already there"), &target);
  fill_row (self->source_row, _ ("To be put there"), &source);
}

static void
fill_conflict (PaneOperationQuestion *self, const ThawQuestion *question)
{
  g_autofree char *name = dup_name (question->target_path);
  g_autofree char *headline = NULL;
  gboolean is_folder = question->conflict == THAW_CONFLICT_FOLDER;

  headline = g_strdup_printf (is_folder ? _ ("There is already a folder “%s”") : _ ("There is already “%s”"), name);
  gtk_label_set_text (self->headline, headline);
  fill_rows (self, question);
  gtk_widget_set_visible (self->merge_button, is_folder);
  gtk_widget_set_visible (self->replace_button, question->conflict == THAW_CONFLICT_FILE);
  gtk_widget_set_visible (self->newer_button, question->conflict == THAW_CONFLICT_FILE);
  gtk_widget_set_visible (self->again_button, FALSE);
}

static void
hide_conflict (PaneOperationQuestion *self)
{
  gtk_widget_set_visible (self->files, FALSE);
  gtk_widget_set_visible (self->merge_button, FALSE);
  gtk_widget_set_visible (self->replace_button, FALSE);
  gtk_widget_set_visible (self->newer_button, FALSE);
  gtk_widget_set_visible (self->both_button, FALSE);
}

static void
fill_password (PaneOperationQuestion *self, const ThawQuestion *question)
{
  g_autofree char *name = dup_name (question->source_path);
  g_autofree char *headline = g_strdup_printf (_ ("“%s” is protected by a password"), name);

  adw_navigation_page_set_title (ADW_NAVIGATION_PAGE (self), _ ("Password"));
  gtk_label_set_text (self->headline, headline);
  hide_conflict (self);
  gtk_widget_set_visible (self->all_list, FALSE);
  gtk_widget_set_visible (self->again_button, FALSE);
  gtk_widget_set_visible (self->password_list, TRUE);
  gtk_widget_set_visible (self->unlock_button, TRUE);
}

static void
fill_no_space (PaneOperationQuestion *self, const ThawQuestion *question)
{
  g_autofree char *name = dup_name (question->source_path);
  g_autofree char *headline = g_strdup_printf (
      _ ("There is no room left for “%s”. Make some and try again: nothing is lost meanwhile."), name);

  adw_navigation_page_set_title (ADW_NAVIGATION_PAGE (self), _ ("Disk Full"));
  gtk_label_set_text (self->headline, headline);
  hide_conflict (self);
}

static gboolean
is_asked (PaneOperationQuestion *self)
{
  return self->question != NULL && thaw_operation_get_question (self->operation) == self->question;
}

static void
answer (PaneOperationQuestion *self, ThawRule rule)
{
  if (is_asked (self))
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
unlock_cb (PaneOperationQuestion *self)
{
  if (is_asked (self))
    thaw_operation_answer_password (self->operation, gtk_editable_get_text (GTK_EDITABLE (self->password_row)));
}

static void
skip_cb (PaneOperationQuestion *self)
{
  if (is_asked (self) && self->question->is_password)
    thaw_operation_answer_password (self->operation, NULL);
  else
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
  gtk_widget_class_bind_template_child (widget_class, PaneOperationQuestion, operation_label);
  gtk_widget_class_bind_template_child (widget_class, PaneOperationQuestion, headline);
  gtk_widget_class_bind_template_child (widget_class, PaneOperationQuestion, files);
  gtk_widget_class_bind_template_child (widget_class, PaneOperationQuestion, all_list);
  gtk_widget_class_bind_template_child (widget_class, PaneOperationQuestion, password_list);
  gtk_widget_class_bind_template_child (widget_class, PaneOperationQuestion, password_row);
  gtk_widget_class_bind_template_child (widget_class, PaneOperationQuestion, unlock_button);
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
  gtk_widget_class_bind_template_callback (widget_class, unlock_cb);
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
  gtk_label_set_text (self->operation_label, thaw_operation_get_title (operation));
  if (question->is_password)
    fill_password (self, question);
  else if (question->is_no_space)
    fill_no_space (self, question);
  else
    fill_conflict (self, question);
  g_signal_connect_object (operation, "notify::question", G_CALLBACK (question_changed_cb), self, G_CONNECT_SWAPPED);
  return ADW_NAVIGATION_PAGE (self);
}
