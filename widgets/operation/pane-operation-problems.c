/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The page with what an operation left out: each file with its reason, what can be done about it,
 * and the way to it; each of them, or all together, can be tried again or left at that. A list of
 * thousands has no more rows than can be seen. What is tried again is an operation of its own, and
 * leaves the list. Loop's thread. */

#include "pane-operation-problems.h"

#include <glib/gi18n-lib.h>

/* One row: what a problem says. */

#define PANE_TYPE_PROBLEM_ITEM (pane_problem_item_get_type ())
G_DECLARE_FINAL_TYPE (PaneProblemItem, pane_problem_item, PANE, PROBLEM_ITEM, GObject)

struct _PaneProblemItem {
  GObject parent_instance;
  char *path; /* bytes */
  char *reason;
  const char *advice; /* nullable */
  gboolean is_loss;   /* nothing that can be tried again */
};

G_DEFINE_FINAL_TYPE (PaneProblemItem, pane_problem_item, G_TYPE_OBJECT)

static void
pane_problem_item_finalize (GObject *object)
{
  PaneProblemItem *self = PANE_PROBLEM_ITEM (object);

  g_free (self->path);
  g_free (self->reason);
  G_OBJECT_CLASS (pane_problem_item_parent_class)->finalize (object);
}

static void
pane_problem_item_class_init (PaneProblemItemClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = pane_problem_item_finalize;
}

static void
pane_problem_item_init (PaneProblemItem *self)
{
}

/* The page */

struct _PaneOperationProblems {
  AdwNavigationPage parent_instance;
  ThawOperation *operation;
  GListStore *items;
  GtkLabel *headline;
  GtkWidget *buttons, *retry_button, *password_list, *password_row;
};

G_DEFINE_FINAL_TYPE (PaneOperationProblems, pane_operation_problems, ADW_TYPE_NAVIGATION_PAGE)

enum { DONE, SHOW_FILE, N_SIGNALS };
static guint signals[N_SIGNALS];

static void
add_item (PaneOperationProblems *self, const ThawProblem *problem, gboolean is_loss)
{
  g_autoptr (PaneProblemItem) item = g_object_new (PANE_TYPE_PROBLEM_ITEM, NULL);

  item->path = g_strdup (problem->path);
  item->is_loss = is_loss;
  item->reason = is_loss ? g_strdup (problem->error != NULL ? problem->error->message : "")
                         : pane_operation_dup_reason (problem->error);
  item->advice = is_loss ? _ ("It was done, but the target can’t keep everything.")
                         : pane_operation_get_advice (problem->error);
  g_list_store_append (self->items, item);
}

static void
fill (PaneOperationProblems *self)
{
  const ThawProblem *problem;

  g_list_store_remove_all (self->items);
  for (guint i = 0; (problem = thaw_operation_get_problem (self->operation, i)) != NULL; i++)
    add_item (self, problem, FALSE);
  for (guint i = 0; (problem = thaw_operation_get_loss (self->operation, i)) != NULL; i++)
    add_item (self, problem, TRUE);
}

static void
update_headline (PaneOperationProblems *self, guint n)
{
  const char *title = thaw_operation_get_title (self->operation);
  g_autofree char *text = NULL;

  if (n > 0)
    text
        = g_strdup_printf (ngettext ("%s: %'u item was left out", "%s: %'u items were left out", n),
                           title,
                           n);
  gtk_label_set_text (self->headline, text != NULL ? text : title);
}

/* An archive whose entries may not be read is one that is encrypted. */
static gboolean
wants_password (PaneOperationProblems *self)
{
  ThawOperationRequest *request = thaw_operation_get_request (self->operation);
  const ThawProblem *problem;

  if (request == NULL || !g_str_equal (thaw_operation_request_get_kind (request), "extract")
      || !thaw_operation_can_retry (self->operation))
    return FALSE;
  for (guint i = 0; (problem = thaw_operation_get_problem (self->operation, i)) != NULL; i++)
    if (g_error_matches (problem->error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED))
      return TRUE;
  return FALSE;
}

static void
update (PaneOperationProblems *self)
{
  guint n = thaw_operation_get_n_problems (self->operation);

  update_headline (self, n);
  gtk_widget_set_visible (self->buttons, pane_operation_is_over (self->operation) && n > 0);
  gtk_widget_set_visible (self->retry_button, thaw_operation_can_retry (self->operation));
  gtk_widget_set_visible (self->password_list, wants_password (self));
}

/* Some were tried again or left at that. */
static void
problems_changed_cb (PaneOperationProblems *self)
{
  fill (self);
  update (self);
  if (g_list_model_get_n_items (G_LIST_MODEL (self->items)) == 0)
    g_signal_emit (self, signals[DONE], 0);
}

/* Rows */

static GtkWidget *
make_label (const char *first_class, const char *second_class)
{
  GtkWidget *label = gtk_label_new (NULL);

  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_wrap (GTK_LABEL (label), TRUE);
  gtk_label_set_wrap_mode (GTK_LABEL (label), PANGO_WRAP_WORD_CHAR);
  if (first_class != NULL)
    gtk_widget_add_css_class (label, first_class);
  if (second_class != NULL)
    gtk_widget_add_css_class (label, second_class);
  return label;
}

typedef struct {
  GtkWidget *name, *folder, *reason, *advice, *retry, *skip; /* borrowed: in the item's child */
} Labels;

static PaneProblemItem *
get_item (GtkButton *button)
{
  return gtk_list_item_get_item (g_object_get_data (G_OBJECT (button), "item"));
}

static guint
get_position (GtkButton *button)
{
  return gtk_list_item_get_position (g_object_get_data (G_OBJECT (button), "item"));
}

static void
show_clicked_cb (GtkButton *button, PaneOperationProblems *self)
{
  PaneProblemItem *problem = get_item (button);
  g_autoptr (GFile) file = NULL;

  if (problem == NULL)
    return;
  file = g_path_is_absolute (problem->path) ? g_file_new_for_path (problem->path)
                                            : g_file_parse_name (problem->path);
  g_signal_emit (self, signals[SHOW_FILE], 0, file);
}

static void
retry (PaneOperationProblems *self, guint problem)
{
  gboolean has_password = gtk_widget_get_visible (self->password_list);
  g_autofree char *password = g_strdup (gtk_editable_get_text (GTK_EDITABLE (self->password_row)));
  g_autoptr (ThawOperation) again = thaw_operation_retry (self->operation, problem);

  if (again == NULL)
    update (self);
  else if (has_password && *password != '\0')
    thaw_operation_answer_password (again, password);
}

static void
retry_clicked_cb (GtkButton *button, PaneOperationProblems *self)
{
  retry (self, get_position (button));
}

static void
skip_clicked_cb (GtkButton *button, PaneOperationProblems *self)
{
  thaw_operation_skip (self->operation, get_position (button));
}

static GtkWidget *
make_row_button (PaneOperationProblems *self,
                 GtkListItem *item,
                 const char *icon,
                 const char *label,
                 GCallback callback)
{
  GtkWidget *button = gtk_button_new_from_icon_name (icon);

  gtk_widget_set_tooltip_text (button, label);
  gtk_accessible_update_property (GTK_ACCESSIBLE (button),
                                  GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  label,
                                  -1);
  gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
  gtk_widget_add_css_class (button, "flat");
  gtk_widget_add_css_class (button, "circular");
  g_object_set_data (G_OBJECT (button), "item", item);
  g_signal_connect_object (button, "clicked", callback, self, G_CONNECT_DEFAULT);
  return button;
}

static GtkWidget *
make_row_buttons (PaneOperationProblems *self, GtkListItem *item, Labels *labels)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 0);

  labels->retry = make_row_button (self,
                                   item,
                                   "view-refresh-symbolic",
                                   _ ("Try Again"),
                                   G_CALLBACK (retry_clicked_cb));
  labels->skip = make_row_button (self,
                                  item,
                                  "edit-clear-symbolic",
                                  _ ("Leave It Out"),
                                  G_CALLBACK (skip_clicked_cb));
  gtk_box_append (GTK_BOX (box),
                  make_row_button (self,
                                   item,
                                   "folder-open-symbolic",
                                   _ ("Show in Its Folder"),
                                   G_CALLBACK (show_clicked_cb)));
  gtk_box_append (GTK_BOX (box), labels->retry);
  gtk_box_append (GTK_BOX (box), labels->skip);
  gtk_widget_set_halign (box, GTK_ALIGN_END);
  return box;
}

static void
setup_cb (GtkSignalListItemFactory *factory, GtkListItem *item, PaneOperationProblems *self)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 2);
  Labels *labels = g_new0 (Labels, 1);

  labels->name = make_label ("heading", NULL);
  labels->folder = make_label ("caption", "dim-label");
  labels->reason = make_label (NULL, NULL);
  labels->advice = make_label ("caption", NULL);
  gtk_box_append (GTK_BOX (box), labels->name);
  gtk_box_append (GTK_BOX (box), labels->folder);
  gtk_box_append (GTK_BOX (box), labels->reason);
  gtk_box_append (GTK_BOX (box), labels->advice);
  gtk_box_append (GTK_BOX (box), make_row_buttons (self, item, labels));
  gtk_widget_set_margin_top (box, 6);
  gtk_widget_set_margin_bottom (box, 6);
  g_object_set_data_full (G_OBJECT (item), "labels", labels, g_free);
  gtk_list_item_set_child (item, box);
  gtk_list_item_set_activatable (item, FALSE);
}

static void
set_text (GtkWidget *label, const char *text)
{
  gtk_label_set_text (GTK_LABEL (label), text != NULL ? text : "");
  gtk_widget_set_visible (label, text != NULL && *text != '\0');
}

static void
bind_cb (GtkSignalListItemFactory *factory, GtkListItem *item, PaneOperationProblems *self)
{
  gboolean is_over = pane_operation_is_over (self->operation);
  PaneProblemItem *problem = gtk_list_item_get_item (item);
  const Labels *labels = g_object_get_data (G_OBJECT (item), "labels");
  g_autofree char *name = g_path_get_basename (problem->path);
  g_autofree char *folder = g_path_get_dirname (problem->path);
  g_autofree char *shown_name = pane_operation_dup_path (name);
  g_autofree char *shown_folder = pane_operation_dup_path (folder);
  g_autofree char *all = g_strdup_printf ("%s. %s %s",
                                          shown_name,
                                          problem->reason,
                                          problem->advice != NULL ? problem->advice : "");

  set_text (labels->name, shown_name);
  set_text (labels->folder, shown_folder);
  set_text (labels->reason, problem->reason);
  set_text (labels->advice, problem->advice);
  gtk_widget_set_visible (labels->retry,
                          !problem->is_loss && thaw_operation_can_retry (self->operation));
  gtk_widget_set_visible (labels->skip, !problem->is_loss && is_over);
  gtk_list_item_set_accessible_label (item, all);
}

/* Copying */

static void
copy_cb (PaneOperationProblems *self, GtkWidget *button)
{
  g_autoptr (GString) text = g_string_new (NULL);
  guint n = g_list_model_get_n_items (G_LIST_MODEL (self->items));

  for (guint i = 0; i < n; i++)
    {
      g_autoptr (PaneProblemItem) item = g_list_model_get_item (G_LIST_MODEL (self->items), i);
      g_autofree char *path = pane_operation_dup_path (item->path);

      g_string_append_printf (text, "%s\n%s\n", path, item->reason);
    }
  gdk_clipboard_set_text (gtk_widget_get_clipboard (button), text->str);
}

static void
retry_cb (PaneOperationProblems *self)
{
  retry (self, THAW_PROBLEMS_ALL);
}

static void
skip_cb (PaneOperationProblems *self)
{
  thaw_operation_skip (self->operation, THAW_PROBLEMS_ALL);
}

/* What it is made of */

static GtkWidget *
make_list (PaneOperationProblems *self)
{
  GtkListItemFactory *factory = gtk_signal_list_item_factory_new ();
  GtkWidget *view = gtk_list_view_new (
      GTK_SELECTION_MODEL (gtk_no_selection_new (g_object_ref (G_LIST_MODEL (self->items)))),
      factory);
  GtkWidget *scrolled = gtk_scrolled_window_new ();

  g_signal_connect_object (factory, "setup", G_CALLBACK (setup_cb), self, G_CONNECT_DEFAULT);
  g_signal_connect_object (factory, "bind", G_CALLBACK (bind_cb), self, G_CONNECT_DEFAULT);
  gtk_list_view_set_show_separators (GTK_LIST_VIEW (view), TRUE);
  gtk_list_view_set_tab_behavior (GTK_LIST_VIEW (view), GTK_LIST_TAB_ITEM);
  gtk_accessible_update_property (GTK_ACCESSIBLE (view),
                                  GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Problems"),
                                  -1);
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (scrolled),
                                  GTK_POLICY_NEVER,
                                  GTK_POLICY_AUTOMATIC);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scrolled), view);
  gtk_widget_set_vexpand (scrolled, TRUE);
  return scrolled;
}

static GtkWidget *
make_header (PaneOperationProblems *self)
{
  GtkWidget *header = adw_header_bar_new ();
  GtkWidget *copy = gtk_button_new_from_icon_name ("edit-copy-symbolic");

  adw_header_bar_set_show_start_title_buttons (ADW_HEADER_BAR (header), FALSE);
  adw_header_bar_set_show_end_title_buttons (ADW_HEADER_BAR (header), FALSE);
  gtk_widget_set_tooltip_text (copy, _ ("Copy the List"));
  gtk_accessible_update_property (GTK_ACCESSIBLE (copy),
                                  GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Copy the List"),
                                  -1);
  g_signal_connect_object (copy, "clicked", G_CALLBACK (copy_cb), self, G_CONNECT_SWAPPED);
  adw_header_bar_pack_end (ADW_HEADER_BAR (header), copy);
  return header;
}

static GtkWidget *
make_headline (PaneOperationProblems *self)
{
  GtkWidget *label = make_label ("heading", NULL);

  self->headline = GTK_LABEL (label);
  gtk_widget_set_margin_start (label, 12);
  gtk_widget_set_margin_end (label, 12);
  gtk_widget_set_margin_top (label, 6);
  gtk_widget_set_margin_bottom (label, 6);
  return label;
}

static GtkWidget *
make_password (PaneOperationProblems *self)
{
  self->password_list = gtk_list_box_new ();
  self->password_row = adw_password_entry_row_new ();
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self->password_row), _ ("Password"));
  g_signal_connect_object (self->password_row,
                           "entry-activated",
                           G_CALLBACK (retry_cb),
                           self,
                           G_CONNECT_SWAPPED);
  gtk_list_box_set_selection_mode (GTK_LIST_BOX (self->password_list), GTK_SELECTION_NONE);
  gtk_widget_add_css_class (self->password_list, "boxed-list");
  gtk_list_box_append (GTK_LIST_BOX (self->password_list), self->password_row);
  gtk_widget_set_margin_start (self->password_list, 12);
  gtk_widget_set_margin_end (self->password_list, 12);
  gtk_widget_set_margin_top (self->password_list, 6);
  gtk_widget_set_visible (self->password_list, FALSE);
  return self->password_list;
}

static GtkWidget *
make_button (PaneOperationProblems *self, const char *label, GCallback callback)
{
  GtkWidget *button = gtk_button_new_with_mnemonic (label);

  g_signal_connect_object (button, "clicked", callback, self, G_CONNECT_SWAPPED);
  gtk_widget_set_hexpand (button, TRUE);
  return button;
}

static GtkWidget *
make_buttons (PaneOperationProblems *self)
{
  self->retry_button = make_button (self, _ ("_Try Again"), G_CALLBACK (retry_cb));
  self->buttons = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);
  gtk_widget_add_css_class (self->retry_button, "suggested-action");
  gtk_box_set_homogeneous (GTK_BOX (self->buttons), TRUE);
  gtk_box_append (GTK_BOX (self->buttons),
                  make_button (self, _ ("_Leave Them Out"), G_CALLBACK (skip_cb)));
  gtk_box_append (GTK_BOX (self->buttons), self->retry_button);
  gtk_widget_set_margin_start (self->buttons, 12);
  gtk_widget_set_margin_end (self->buttons, 12);
  gtk_widget_set_margin_top (self->buttons, 6);
  gtk_widget_set_margin_bottom (self->buttons, 12);
  return self->buttons;
}

static void
pane_operation_problems_dispose (GObject *object)
{
  PaneOperationProblems *self = PANE_OPERATION_PROBLEMS (object);

  g_clear_object (&self->operation);
  g_clear_object (&self->items);
  G_OBJECT_CLASS (pane_operation_problems_parent_class)->dispose (object);
}

static void
pane_operation_problems_class_init (PaneOperationProblemsClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = pane_operation_problems_dispose;
  signals[DONE] = g_signal_new ("done",
                                PANE_TYPE_OPERATION_PROBLEMS,
                                G_SIGNAL_RUN_LAST,
                                0,
                                NULL,
                                NULL,
                                NULL,
                                G_TYPE_NONE,
                                0);
  signals[SHOW_FILE] = g_signal_new ("show-file",
                                     PANE_TYPE_OPERATION_PROBLEMS,
                                     G_SIGNAL_RUN_LAST,
                                     0,
                                     NULL,
                                     NULL,
                                     NULL,
                                     G_TYPE_NONE,
                                     1,
                                     G_TYPE_FILE);
}

static void
pane_operation_problems_init (PaneOperationProblems *self)
{
  GtkWidget *bars = adw_toolbar_view_new ();

  self->items = g_list_store_new (PANE_TYPE_PROBLEM_ITEM);
  adw_toolbar_view_add_top_bar (ADW_TOOLBAR_VIEW (bars), make_header (self));
  adw_toolbar_view_add_top_bar (ADW_TOOLBAR_VIEW (bars), make_headline (self));
  adw_toolbar_view_set_content (ADW_TOOLBAR_VIEW (bars), make_list (self));
  adw_toolbar_view_add_bottom_bar (ADW_TOOLBAR_VIEW (bars), make_password (self));
  adw_toolbar_view_add_bottom_bar (ADW_TOOLBAR_VIEW (bars), make_buttons (self));
  adw_navigation_page_set_title (ADW_NAVIGATION_PAGE (self), _ ("Problems"));
  adw_navigation_page_set_child (ADW_NAVIGATION_PAGE (self), bars);
}

/**
 * pane_operation_problems_new:
 * @operation: an operation
 *
 * - **Thread**: the loop's.
 *
 * Returns: (transfer floating): a page with what it has left out so far, and the attributes it
 * couldn't keep
 */
AdwNavigationPage *
pane_operation_problems_new (ThawOperation *operation)
{
  PaneOperationProblems *self = g_object_new (PANE_TYPE_OPERATION_PROBLEMS, NULL);

  self->operation = g_object_ref (operation);
  fill (self);
  update (self);
  g_signal_connect_object (operation,
                           "notify::state",
                           G_CALLBACK (problems_changed_cb),
                           self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (operation,
                           "notify::n-problems",
                           G_CALLBACK (problems_changed_cb),
                           self,
                           G_CONNECT_SWAPPED);
  return ADW_NAVIGATION_PAGE (self);
}
