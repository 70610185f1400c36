/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The panel of operations: those that run, with their rows; those that a crash interrupted, with the two ways out; and the
 * journal's history, from which any can be undone. Questions and problems are pages of it. It holds nothing but widgets: all it
 * shows is asked of the queue. Loop's thread. */

#include "pane-operation-panel.h"
#include "pane-details.h"
#include "pane-operation-problems.h"
#include "pane-operation-question.h"
#include "pane-operation-row.h"

#include <glib/gi18n-lib.h>

#define N_HISTORY 30

struct _PaneOperationPanel {
  GtkWidget parent_instance;

  AdwNavigationView *navigation;
  GtkStack *stack;
  GtkListBox *interrupted_list, *running_list, *history_list;
  GtkWidget *history_label;

  ThawOperationQueue *queue;
  ThawScope *scope;
  GHashTable *rows; /* ThawOperation, borrowed → its row, borrowed */
  guint generation; /* of the rows */
  gboolean is_reading, is_stale; /* something changed while it was read */
};

G_DEFINE_FINAL_TYPE (PaneOperationPanel, pane_operation_panel, GTK_TYPE_WIDGET)

enum { SHOW_FILE, ANSWERED, N_SIGNALS };
static guint signals[N_SIGNALS];

/* All panels know what one of them has put away. */
#define DISMISSED_KEY "pane-dismissed"

static gboolean
has_rows (GtkListBox *list)
{
  return gtk_list_box_get_row_at_index (list, 0) != NULL;
}

static void
update_lists (PaneOperationPanel *self)
{
  gboolean any = has_rows (self->interrupted_list) || has_rows (self->running_list) || has_rows (self->history_list);

  gtk_widget_set_visible (GTK_WIDGET (self->interrupted_list), has_rows (self->interrupted_list));
  gtk_widget_set_visible (GTK_WIDGET (self->running_list), has_rows (self->running_list));
  gtk_widget_set_visible (GTK_WIDGET (self->history_list), has_rows (self->history_list));
  gtk_widget_set_visible (self->history_label, has_rows (self->history_list));
  gtk_stack_set_visible_child_name (self->stack, any ? "lists" : "empty");
}

/* What runs */

static gboolean
is_shown (ThawOperation *operation)
{
  if (g_object_get_data (G_OBJECT (operation), DISMISSED_KEY) != NULL)
    return FALSE;
  return !pane_operation_is_over (operation) || thaw_operation_get_state (operation) == THAW_OPERATION_FAILED
         || thaw_operation_get_n_problems (operation) > 0;
}

/* The keyboard goes on with what comes next. */
static void
remove_row (PaneOperationPanel *self, ThawOperation *operation)
{
  GtkWidget *row = g_hash_table_lookup (self->rows, operation);
  gboolean had_focus;

  if (row == NULL)
    return;
  had_focus = gtk_widget_get_focus_child (row) != NULL;
  g_hash_table_remove (self->rows, operation);
  gtk_list_box_remove (self->running_list, row);
  update_lists (self);
  if (had_focus)
    gtk_widget_child_focus (GTK_WIDGET (self), GTK_DIR_TAB_FORWARD);
}

static void
dismiss (PaneOperationPanel *self, ThawOperation *operation)
{
  g_object_set_data (G_OBJECT (operation), DISMISSED_KEY, operation);
  remove_row (self, operation);
  pane_operation_panel_refresh (self);
}

static void
row_answer_cb (PaneOperationRow *row, PaneOperationPanel *self)
{
  pane_operation_panel_show_question (self, pane_operation_row_get_operation (row));
}

static void
row_problems_cb (PaneOperationRow *row, PaneOperationPanel *self)
{
  pane_operation_panel_show_problems (self, pane_operation_row_get_operation (row));
}

static void
row_dismiss_cb (PaneOperationRow *row, PaneOperationPanel *self)
{
  g_autoptr (ThawOperation) operation = g_object_ref (pane_operation_row_get_operation (row));

  dismiss (self, operation);
}

static void
state_changed_cb (ThawOperation *operation, GParamSpec *pspec, PaneOperationPanel *self)
{
  if (!pane_operation_is_over (operation))
    return;
  if (!is_shown (operation))
    remove_row (self, operation);
  pane_operation_panel_refresh (self);
}

static void
add_row (PaneOperationPanel *self, ThawOperation *operation)
{
  GtkWidget *row = pane_operation_row_new (self->queue, operation);

  g_hash_table_insert (self->rows, operation, row);
  g_signal_connect (row, "answer", G_CALLBACK (row_answer_cb), self);
  g_signal_connect (row, "problems", G_CALLBACK (row_problems_cb), self);
  g_signal_connect (row, "dismiss", G_CALLBACK (row_dismiss_cb), self);
  g_signal_connect_object (operation, "notify::state", G_CALLBACK (state_changed_cb), self, G_CONNECT_DEFAULT);
  g_signal_connect_object (operation, "notify::n-problems", G_CALLBACK (state_changed_cb), self, G_CONNECT_DEFAULT);
  gtk_list_box_append (self->running_list, row);
}

/* In the order of the queue. Rows are moved, not made anew: one of them may have the focus. */
static int
compare_rows (GtkListBoxRow *a, GtkListBoxRow *b, gpointer unused)
{
  guint of_a = GPOINTER_TO_UINT (g_object_get_data (G_OBJECT (a), "position"));
  guint of_b = GPOINTER_TO_UINT (g_object_get_data (G_OBJECT (b), "position"));

  return (of_a > of_b) - (of_a < of_b);
}

static void
remove_gone_rows (PaneOperationPanel *self)
{
  g_autoptr (GPtrArray) operations = g_hash_table_get_keys_as_ptr_array (self->rows);

  for (guint i = 0; i < operations->len; i++)
    {
      ThawOperation *operation = g_ptr_array_index (operations, i);
      gpointer row = g_hash_table_lookup (self->rows, operation);

      if (g_object_get_data (row, "generation") == GUINT_TO_POINTER (self->generation))
        continue;
      g_signal_handlers_disconnect_by_func (operation, state_changed_cb, self);
      remove_row (self, operation);
    }
}

static void
queue_changed_cb (PaneOperationPanel *self)
{
  guint n = g_list_model_get_n_items (G_LIST_MODEL (self->queue));

  self->generation++;
  for (guint i = 0; i < n; i++)
    {
      g_autoptr (ThawOperation) operation = g_list_model_get_item (G_LIST_MODEL (self->queue), i);
      gpointer row;

      if (!is_shown (operation))
        continue;
      if (!g_hash_table_contains (self->rows, operation))
        add_row (self, operation);
      row = g_hash_table_lookup (self->rows, operation);
      g_object_set_data (row, "position", GUINT_TO_POINTER (i));
      g_object_set_data (row, "generation", GUINT_TO_POINTER (self->generation));
    }
  remove_gone_rows (self);
  gtk_list_box_invalidate_sort (self->running_list);
  update_lists (self);
}

/* Pages */

static void
go_back (PaneOperationPanel *self)
{
  adw_navigation_view_pop_to_tag (self->navigation, "main");
}

/* Not if the next question has come already. */
static void
question_done_cb (PaneOperationPanel *self, AdwNavigationPage *page)
{
  if (adw_navigation_view_get_visible_page (self->navigation) != page)
    return;
  go_back (self);
  g_signal_emit (self, signals[ANSWERED], 0);
}

/**
 * pane_operation_panel_show_question:
 * @self: a panel
 * @operation: an operation that asks something
 *
 * Goes to the page with its question.
 *
 * - **Thread**: the loop's.
 */
void
pane_operation_panel_show_question (PaneOperationPanel *self, ThawOperation *operation)
{
  AdwNavigationPage *page = pane_operation_question_new (operation);

  if (page == NULL)
    return;
  go_back (self);
  g_signal_connect_object (page, "done", G_CALLBACK (question_done_cb), self, G_CONNECT_SWAPPED);
  adw_navigation_view_push (self->navigation, page);
}

static void
problems_done_cb (PaneOperationPanel *self, AdwNavigationPage *page)
{
  if (adw_navigation_view_get_visible_page (self->navigation) == page)
    go_back (self);
}

static void
show_file_cb (PaneOperationPanel *self, GFile *file)
{
  g_signal_emit (self, signals[SHOW_FILE], 0, file);
}

/**
 * pane_operation_panel_show_problems:
 * @self: a panel
 * @operation: an operation
 *
 * Goes to the page with what it left out.
 *
 * - **Thread**: the loop's.
 */
void
pane_operation_panel_show_problems (PaneOperationPanel *self, ThawOperation *operation)
{
  AdwNavigationPage *page = pane_operation_problems_new (operation);

  go_back (self);
  g_signal_connect_object (page, "done", G_CALLBACK (problems_done_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (page, "show-file", G_CALLBACK (show_file_cb), self, G_CONNECT_SWAPPED);
  adw_navigation_view_push (self->navigation, page);
}

/* The history */

static void
drop_operation (ThawOperation *operation)
{
  g_clear_object (&operation);
}

static void
undo_cb (GtkButton *button, PaneOperationPanel *self)
{
  gint64 *id = g_object_get_data (G_OBJECT (button), "job");

  drop_operation (thaw_operation_queue_undo_job (self->queue, *id));
}

static void
finish_cb (GtkButton *button, PaneOperationPanel *self)
{
  gint64 *id = g_object_get_data (G_OBJECT (button), "job");

  drop_operation (thaw_operation_queue_finish (self->queue, *id));
  pane_operation_panel_refresh (self);
}

static void
roll_back_cb (GtkButton *button, PaneOperationPanel *self)
{
  gint64 *id = g_object_get_data (G_OBJECT (button), "job");

  drop_operation (thaw_operation_queue_roll_back (self->queue, *id));
  pane_operation_panel_refresh (self);
}

static void
add_button (PaneOperationPanel *self, AdwActionRow *row, const char *label, gint64 id, GCallback callback)
{
  GtkWidget *button = gtk_button_new_with_mnemonic (label);

  g_object_set_data_full (G_OBJECT (button), "job", g_memdup2 (&id, sizeof id), g_free);
  gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
  g_signal_connect_object (button, "clicked", callback, self, G_CONNECT_DEFAULT);
  adw_action_row_add_suffix (row, button);
}

static const char *
describe_record (const ThawOperationRecord *record)
{
  if (record->is_interrupted)
    return _ ("Interrupted");
  if (record->state == THAW_OPERATION_DONE && !record->is_undone && !record->can_undo)
    return _ ("Can’t be undone");
  return pane_operation_describe_state (record->state, record->is_undone);
}

static AdwActionRow *
make_record_row (const ThawOperationRecord *record)
{
  AdwActionRow *row = ADW_ACTION_ROW (adw_action_row_new ());
  char time[PANE_DETAIL_SIZE];
  g_autofree char *subtitle = NULL;

  pane_details_format_time (pane_details_get_default (),
                            record->created_usec / G_USEC_PER_SEC,
                            g_get_real_time () / G_USEC_PER_SEC,
                            time);
  subtitle = g_strdup_printf ("%s · %s", describe_record (record), time);
  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), record->title);
  adw_action_row_set_title_lines (row, 2);
  adw_action_row_set_subtitle (row, subtitle);
  return row;
}

static void
add_record (PaneOperationPanel *self, const ThawOperationRecord *record)
{
  AdwActionRow *row = make_record_row (record);

  if (record->is_interrupted)
    {
      add_button (self, row, _ ("_Finish"), record->id, G_CALLBACK (finish_cb));
      add_button (self, row, _ ("_Roll Back"), record->id, G_CALLBACK (roll_back_cb));
      gtk_list_box_append (self->interrupted_list, GTK_WIDGET (row));
      return;
    }
  if (record->can_undo && !record->is_undone)
    add_button (self, row, _ ("_Undo"), record->id, G_CALLBACK (undo_cb));
  gtk_list_box_append (self->history_list, GTK_WIDGET (row));
}

/* What was undone says so itself. */
static gboolean
is_inverse (const ThawOperationRecord *record)
{
  return !record->is_interrupted
         && (g_str_equal (record->kind, "undo") || g_str_equal (record->kind, "redo")
             || g_str_has_suffix (record->kind, "-back")); /* what undo becomes elsewhere */
}

/* It has a row of its own, or another process runs it. */
static gboolean
is_under_way (const ThawOperationRecord *record)
{
  return !record->is_interrupted && record->state < THAW_OPERATION_DONE;
}

static gboolean
is_running (PaneOperationPanel *self, gint64 id)
{
  GHashTableIter iter;
  gpointer operation;

  g_hash_table_iter_init (&iter, self->rows);
  while (g_hash_table_iter_next (&iter, &operation, NULL))
    if (thaw_operation_get_id (operation) == id)
      return TRUE;
  return FALSE;
}

static void
history_read_cb (ThawFuture *completed, gpointer user_data)
{
  PaneOperationPanel *self = user_data;
  GPtrArray *records = thaw_future_get_pointer (completed, NULL);

  self->is_reading = FALSE;
  if (self->is_stale)
    pane_operation_panel_refresh (self);
  if (records == NULL)
    return;
  gtk_list_box_remove_all (self->history_list);
  gtk_list_box_remove_all (self->interrupted_list);
  for (guint i = 0; i < records->len; i++)
    {
      const ThawOperationRecord *record = g_ptr_array_index (records, i);

      if (!is_running (self, record->id) && !is_inverse (record) && !is_under_way (record))
        add_record (self, record);
    }
  update_lists (self);
}

/**
 * pane_operation_panel_refresh:
 * @self: a panel
 *
 * Reads the history anew, off the loop; what is shown stays until it is there.
 *
 * - **Thread**: the loop's.
 */
void
pane_operation_panel_refresh (PaneOperationPanel *self)
{
  g_autoptr (ThawFuture) read = NULL;

  g_return_if_fail (PANE_IS_OPERATION_PANEL (self));

  self->is_stale = self->is_reading;
  if (self->is_reading || !gtk_widget_get_mapped (GTK_WIDGET (self)))
    return;
  self->is_reading = TRUE;
  read = thaw_operation_queue_list_history (self->queue, self->scope, N_HISTORY);
  thaw_future_done (read, self->scope, history_read_cb, self, NULL);
}

static void
pane_operation_panel_map (GtkWidget *widget)
{
  GTK_WIDGET_CLASS (pane_operation_panel_parent_class)->map (widget);
  queue_changed_cb (PANE_OPERATION_PANEL (widget));
  pane_operation_panel_refresh (PANE_OPERATION_PANEL (widget));
}

static void
disconnect_rows (PaneOperationPanel *self)
{
  GHashTableIter iter;
  gpointer operation;

  g_hash_table_iter_init (&iter, self->rows);
  while (g_hash_table_iter_next (&iter, &operation, NULL))
    g_signal_handlers_disconnect_by_func (operation, state_changed_cb, self);
  g_hash_table_remove_all (self->rows);
}

static void
pane_operation_panel_dispose (GObject *object)
{
  PaneOperationPanel *self = PANE_OPERATION_PANEL (object);

  if (self->queue != NULL)
    {
      disconnect_rows (self);
      g_signal_handlers_disconnect_by_data (self->queue, self);
    }
  g_clear_pointer (&self->scope, thaw_scope_unref);
  gtk_widget_dispose_template (GTK_WIDGET (self), PANE_TYPE_OPERATION_PANEL);
  g_clear_object (&self->queue);
  G_OBJECT_CLASS (pane_operation_panel_parent_class)->dispose (object);
}

static void
pane_operation_panel_finalize (GObject *object)
{
  g_hash_table_unref (PANE_OPERATION_PANEL (object)->rows);
  G_OBJECT_CLASS (pane_operation_panel_parent_class)->finalize (object);
}

static void
pane_operation_panel_class_init (PaneOperationPanelClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = pane_operation_panel_dispose;
  G_OBJECT_CLASS (klass)->finalize = pane_operation_panel_finalize;
  widget_class->map = pane_operation_panel_map;
  signals[ANSWERED]
      = g_signal_new ("answered", PANE_TYPE_OPERATION_PANEL, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[SHOW_FILE] = g_signal_new ("show-file",
                                     PANE_TYPE_OPERATION_PANEL,
                                     G_SIGNAL_RUN_LAST,
                                     0,
                                     NULL,
                                     NULL,
                                     NULL,
                                     G_TYPE_NONE,
                                     1,
                                     G_TYPE_FILE);
  gtk_widget_class_set_template_from_resource (widget_class, "/org/thaw/Pane/operation/pane-operation-panel.ui");
  gtk_widget_class_bind_template_child (widget_class, PaneOperationPanel, navigation);
  gtk_widget_class_bind_template_child (widget_class, PaneOperationPanel, stack);
  gtk_widget_class_bind_template_child (widget_class, PaneOperationPanel, interrupted_list);
  gtk_widget_class_bind_template_child (widget_class, PaneOperationPanel, running_list);
  gtk_widget_class_bind_template_child (widget_class, PaneOperationPanel, history_list);
  gtk_widget_class_bind_template_child (widget_class, PaneOperationPanel, history_label);
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_GROUP);
}

static void
pane_operation_panel_init (PaneOperationPanel *self)
{
  self->rows = g_hash_table_new (NULL, NULL);
  gtk_widget_init_template (GTK_WIDGET (self));
  gtk_list_box_set_sort_func (self->running_list, compare_rows, NULL, NULL);
}

/**
 * pane_operation_panel_new:
 * @queue: whose operations it shows
 *
 * - **Thread**: the loop's.
 *
 * Returns: (transfer floating): a panel
 */
GtkWidget *
pane_operation_panel_new (ThawOperationQueue *queue)
{
  PaneOperationPanel *self;

  g_return_val_if_fail (THAW_IS_OPERATION_QUEUE (queue), NULL);

  self = g_object_new (PANE_TYPE_OPERATION_PANEL, NULL);
  self->queue = g_object_ref (queue);
  self->scope = thaw_scope_new_for_owner ("operations panel", G_OBJECT (self), NULL);
  g_signal_connect_object (queue, "items-changed", G_CALLBACK (queue_changed_cb), self, G_CONNECT_SWAPPED);
  queue_changed_cb (self);
  return GTK_WIDGET (self);
}
