/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The dialog that compares two folders: how they are to become alike, and beside or below it what
 * that would change, from a plan that is made anew with each change of the form. Plans run on
 * threads of a queue of the dialog's own, so that none of them is seen among what is really done,
 * and the one before is cancelled. Starting hands the request over. Loop's thread; no file is
 * touched here. */

#include "files-synchronise.h"
#include "pane-location.h"
#include "files-split-content.h"

#include <glib/gi18n.h>

#define NARROWEST 300
#define FORM_WIDTH 340

struct _FilesSynchronise {
  AdwDialog parent_instance;

  GtkWidget *folders_row, *mode_row, *conflict_row, *content_row, *attributes_row;
  GtkWidget *stack, *view, *status, *start_button, *trouble_page;

  GFile *a, *b;
  ThawOperationQueue *queue;
  ThawOperation *planned; /* the latest plan; NULL: none was made */
};

G_DEFINE_FINAL_TYPE (FilesSynchronise, files_synchronise, ADW_TYPE_DIALOG)

enum { START, N_SIGNALS };
static guint signals[N_SIGNALS];

static FilesSyncMode
get_mode (FilesSynchronise *self)
{
  return (FilesSyncMode) adw_combo_row_get_selected (ADW_COMBO_ROW (self->mode_row));
}

static ThawOperationRequest *
make_request (FilesSynchronise *self)
{
  static const char *const modes[] = { "update", "mirror", "both" };
  static const ThawRule rules[]
      = { THAW_RULE_ASK, THAW_RULE_REPLACE_IF_NEWER, THAW_RULE_KEEP_BOTH };
  ThawOperationRequest *request = thaw_operation_request_new ("synchronise");
  ThawRule rule = rules[adw_combo_row_get_selected (ADW_COMBO_ROW (self->conflict_row))];

  thaw_operation_request_add_source (request, self->a);
  thaw_operation_request_set_target (request, self->b);
  thaw_operation_request_set_option (request,
                                     "mode",
                                     g_variant_new_string (modes[get_mode (self)]));
  if (adw_switch_row_get_active (ADW_SWITCH_ROW (self->content_row)))
    thaw_operation_request_set_option (request, "by-content", g_variant_new_boolean (TRUE));
  if (adw_switch_row_get_active (ADW_SWITCH_ROW (self->attributes_row)))
    thaw_operation_request_set_option (request, "with-attributes", g_variant_new_boolean (TRUE));
  if (get_mode (self) != FILES_SYNC_BOTH)
    return request;
  thaw_operation_request_set_rule (request, THAW_CONFLICT_FILE, rule);
  thaw_operation_request_set_rule (request, THAW_CONFLICT_TYPE, rule);
  return request;
}

/* What it would change */

static void
show_trouble (FilesSynchronise *self, const char *icon_name, const char *title, const char *text)
{
  adw_status_page_set_icon_name (ADW_STATUS_PAGE (self->trouble_page), icon_name);
  adw_status_page_set_title (ADW_STATUS_PAGE (self->trouble_page), title);
  adw_status_page_set_description (ADW_STATUS_PAGE (self->trouble_page), text);
  gtk_stack_set_visible_child_name (GTK_STACK (self->stack), "trouble");
  gtk_label_set_text (GTK_LABEL (self->status), "");
}

static const ThawFinding *
find_fatal (ThawPlan *plan)
{
  for (guint i = 0; i < thaw_plan_get_n_findings (plan); i++)
    if (thaw_plan_get_finding (plan, i)->is_fatal)
      return thaw_plan_get_finding (plan, i);
  return NULL;
}

static void
show_plan (FilesSynchronise *self, ThawPlan *plan)
{
  g_autoptr (FilesDifferences) list
      = files_differences_new (plan, get_mode (self), self->a, self->b);
  const ThawFinding *fatal = find_fatal (plan);
  g_autoptr (GtkNoSelection) selection = NULL;
  g_autofree char *summary = NULL;

  if (fatal != NULL)
    {
      show_trouble (self,
                    "dialog-warning-symbolic",
                    _ ("They Can’t Be Synchronised"),
                    fatal->message);
      return;
    }
  if (thaw_plan_get_n_findings (plan) == 0)
    {
      show_trouble (self,
                    "object-select-symbolic",
                    _ ("No Differences"),
                    _ ("There is nothing to do."));
      return;
    }
  summary = files_differences_dup_summary (list);
  selection = gtk_no_selection_new (g_object_ref (G_LIST_MODEL (list)));
  gtk_list_view_set_model (GTK_LIST_VIEW (self->view), GTK_SELECTION_MODEL (selection));
  gtk_stack_set_visible_child_name (GTK_STACK (self->stack), "list");
  gtk_label_set_text (GTK_LABEL (self->status),
                      *summary != '\0' ? summary : _ ("There is nothing to do."));
  gtk_widget_set_sensitive (self->start_button, thaw_plan_get_n_entries (plan) > 0);
}

static void
planned_cb (ThawOperation *operation, GParamSpec *pspec, FilesSynchronise *self)
{
  ThawPlan *plan = thaw_operation_get_plan (operation);
  ThawOperationState state = thaw_operation_get_state (operation);

  if (operation != self->planned || (plan == NULL && state != THAW_OPERATION_FAILED))
    return;
  g_signal_handlers_disconnect_by_func (operation, planned_cb, self);
  if (plan != NULL)
    show_plan (self, plan);
  else
    show_trouble (self,
                  "dialog-warning-symbolic",
                  _ ("They Can’t Be Compared"),
                  thaw_operation_get_error (operation) != NULL
                      ? thaw_operation_get_error (operation)->message
                      : "");
}

static void
end_plan (FilesSynchronise *self)
{
  if (self->planned == NULL)
    return;
  g_signal_handlers_disconnect_by_func (self->planned, planned_cb, self);
  thaw_operation_cancel (self->planned);
  g_clear_object (&self->planned);
}

static const char *
describe_mode (FilesSyncMode mode)
{
  switch (mode)
    {
    case FILES_SYNC_MIRROR:
      return _ ("Makes the second like the first");
    case FILES_SYNC_BOTH:
      return _ ("The newer one wins");
    case FILES_SYNC_UPDATE:
    default:
      return _ ("Copies what is new or changed");
    }
}

static void
show_folders (FilesSynchronise *self)
{
  g_autofree char *a = pane_location_dup_title (self->a), *b = pane_location_dup_title (self->b);
  g_autofree char *title
      = g_strdup_printf (get_mode (self) == FILES_SYNC_BOTH ? "%s ↔ %s" : "%s → %s", a, b);

  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self->folders_row), title);
  adw_action_row_set_subtitle (ADW_ACTION_ROW (self->mode_row), describe_mode (get_mode (self)));
  gtk_widget_set_visible (self->conflict_row, get_mode (self) == FILES_SYNC_BOTH);
}

static void
update (FilesSynchronise *self)
{
  g_autoptr (ThawOperationRequest) request = make_request (self);

  end_plan (self);
  show_folders (self);
  gtk_widget_set_sensitive (self->start_button, FALSE);
  gtk_stack_set_visible_child_name (GTK_STACK (self->stack), "busy");
  gtk_label_set_text (GTK_LABEL (self->status), _ ("Comparing…"));
  self->planned = thaw_operation_queue_plan (self->queue, request, _ ("Compare Folders"));
  g_signal_connect_object (self->planned,
                           "notify",
                           G_CALLBACK (planned_cb),
                           self,
                           G_CONNECT_DEFAULT);
}

static void
swap_cb (FilesSynchronise *self)
{
  GFile *a = self->a;

  self->a = self->b;
  self->b = a;
  update (self);
}

static void
start_cb (FilesSynchronise *self)
{
  g_autoptr (ThawOperationRequest) request = make_request (self);
  g_autofree char *a = pane_location_dup_title (self->a), *b = pane_location_dup_title (self->b);
  /* Translators: two folders; what can be undone */
  g_autofree char *title = g_strdup_printf (_ ("Synchronise “%s” and “%s”"), a, b);

  g_signal_emit (self, signals[START], 0, request, title);
  adw_dialog_force_close (ADW_DIALOG (self));
}

/* The form */

static GtkWidget *
make_combo_row (FilesSynchronise *self, const char *title, const char *const *texts)
{
  GtkWidget *row = adw_combo_row_new ();
  g_autoptr (GtkStringList) list = gtk_string_list_new (texts);

  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), title);
  adw_combo_row_set_model (ADW_COMBO_ROW (row), G_LIST_MODEL (list));
  return row;
}

static GtkWidget *
make_folders_row (FilesSynchronise *self)
{
  GtkWidget *row = adw_action_row_new ();
  GtkWidget *button = gtk_button_new_from_icon_name ("object-flip-horizontal-symbolic");

  gtk_widget_set_tooltip_text (button, _ ("Other Way Round"));
  gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
  gtk_widget_add_css_class (button, "flat");
  g_signal_connect_object (button, "clicked", G_CALLBACK (swap_cb), self, G_CONNECT_SWAPPED);
  adw_action_row_add_suffix (ADW_ACTION_ROW (row), button);
  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
  return row;
}

static GtkWidget *
make_switch_row (FilesSynchronise *self, const char *title, const char *subtitle)
{
  GtkWidget *row = adw_switch_row_new ();

  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), title);
  adw_action_row_set_subtitle (ADW_ACTION_ROW (row), subtitle);
  g_signal_connect_object (row, "notify::active", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  return row;
}

static void
make_rows (FilesSynchronise *self)
{
  const char *const modes[] = { _ ("Update"), _ ("Mirror"), _ ("Both Ways"), NULL };
  const char *const conflicts[] = { _ ("Ask"), _ ("Take the Newer"), _ ("Keep Both"), NULL };

  self->folders_row = make_folders_row (self);
  self->mode_row = make_combo_row (self, _ ("What to Do"), modes);
  self->conflict_row = make_combo_row (self, _ ("Changed on Both Sides"), conflicts);
  self->content_row
      = make_switch_row (self, _ ("Compare Contents"), _ ("Slower than by size and time"));
  self->attributes_row = make_switch_row (self,
                                          _ ("Compare Attributes"),
                                          _ ("Extended attributes and access lists too"));
  g_signal_connect_object (self->mode_row,
                           "notify::selected",
                           G_CALLBACK (update),
                           self,
                           G_CONNECT_SWAPPED);
}

static GtkWidget *
make_form (FilesSynchronise *self)
{
  GtkWidget *group = adw_preferences_group_new ();

  make_rows (self);
  adw_preferences_group_add (ADW_PREFERENCES_GROUP (group), self->folders_row);
  adw_preferences_group_add (ADW_PREFERENCES_GROUP (group), self->mode_row);
  adw_preferences_group_add (ADW_PREFERENCES_GROUP (group), self->conflict_row);
  adw_preferences_group_add (ADW_PREFERENCES_GROUP (group), self->content_row);
  adw_preferences_group_add (ADW_PREFERENCES_GROUP (group), self->attributes_row);
  gtk_widget_set_margin_start (group, 12);
  gtk_widget_set_margin_end (group, 12);
  gtk_widget_set_margin_top (group, 6);
  gtk_widget_set_margin_bottom (group, 12);
  return group;
}

static GtkWidget *
make_list (FilesSynchronise *self)
{
  GtkWidget *scroller = gtk_scrolled_window_new ();
  GtkWidget *spinner = adw_spinner_new ();

  self->stack = gtk_stack_new ();
  self->view = files_differences_new_view ();
  self->trouble_page = adw_status_page_new ();
  gtk_widget_add_css_class (self->trouble_page, "compact");
  gtk_widget_set_size_request (spinner, 32, 32);
  gtk_widget_set_halign (spinner, GTK_ALIGN_CENTER);
  gtk_widget_set_valign (spinner, GTK_ALIGN_CENTER);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scroller), self->view);
  gtk_stack_add_named (GTK_STACK (self->stack), spinner, "busy");
  gtk_stack_add_named (GTK_STACK (self->stack), scroller, "list");
  gtk_stack_add_named (GTK_STACK (self->stack), self->trouble_page, "trouble");
  gtk_widget_set_hexpand (self->stack, TRUE);
  gtk_widget_set_vexpand (self->stack, TRUE);
  return self->stack;
}

static GtkWidget *
make_header (FilesSynchronise *self)
{
  GtkWidget *header = adw_header_bar_new ();
  GtkWidget *cancel = gtk_button_new_with_mnemonic (_ ("_Cancel"));

  self->start_button = gtk_button_new_with_mnemonic (_ ("_Start"));
  gtk_widget_add_css_class (self->start_button, "suggested-action");
  g_signal_connect_object (cancel,
                           "clicked",
                           G_CALLBACK (adw_dialog_close),
                           self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->start_button,
                           "clicked",
                           G_CALLBACK (start_cb),
                           self,
                           G_CONNECT_SWAPPED);
  adw_header_bar_set_show_start_title_buttons (ADW_HEADER_BAR (header), FALSE);
  adw_header_bar_set_show_end_title_buttons (ADW_HEADER_BAR (header), FALSE);
  adw_header_bar_pack_start (ADW_HEADER_BAR (header), cancel);
  adw_header_bar_pack_end (ADW_HEADER_BAR (header), self->start_button);
  return header;
}

static GtkWidget *
make_status (FilesSynchronise *self)
{
  self->status = gtk_label_new (NULL);
  gtk_label_set_wrap (GTK_LABEL (self->status), TRUE);
  gtk_widget_add_css_class (self->status, "numeric");
  gtk_widget_set_margin_start (self->status, 12);
  gtk_widget_set_margin_end (self->status, 12);
  gtk_widget_set_margin_top (self->status, 6);
  gtk_widget_set_margin_bottom (self->status, 6);
  return self->status;
}

static void
files_synchronise_dispose (GObject *object)
{
  FilesSynchronise *self = FILES_SYNCHRONISE (object);

  end_plan (self);
  g_clear_object (&self->queue);
  g_clear_object (&self->a);
  g_clear_object (&self->b);
  G_OBJECT_CLASS (files_synchronise_parent_class)->dispose (object);
}

static void
files_synchronise_class_init (FilesSynchroniseClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = files_synchronise_dispose;
  signals[START] = g_signal_new ("start",
                                 FILES_TYPE_SYNCHRONISE,
                                 G_SIGNAL_RUN_LAST,
                                 0,
                                 NULL,
                                 NULL,
                                 NULL,
                                 G_TYPE_NONE,
                                 2,
                                 THAW_TYPE_OPERATION_REQUEST,
                                 G_TYPE_STRING);
}

static void
files_synchronise_init (FilesSynchronise *self)
{
  AdwToolbarView *view = ADW_TOOLBAR_VIEW (adw_toolbar_view_new ());

  self->queue = thaw_operation_queue_new (NULL);
  thaw_operation_queue_set_can_ask (self->queue, FALSE);
  adw_toolbar_view_add_top_bar (view, make_header (self));
  adw_toolbar_view_set_content (view,
                                files_split_content_new (ADW_DIALOG (self),
                                                         make_form (self),
                                                         make_list (self),
                                                         FORM_WIDTH,
                                                         "min-width: 680sp"));
  adw_toolbar_view_add_bottom_bar (view, make_status (self));
  adw_toolbar_view_set_bottom_bar_style (view, ADW_TOOLBAR_RAISED_BORDER);
  adw_dialog_set_child (ADW_DIALOG (self), GTK_WIDGET (view));
  adw_dialog_set_title (ADW_DIALOG (self), _ ("Synchronise Folders"));
  adw_dialog_set_content_width (ADW_DIALOG (self), 860);
  adw_dialog_set_content_height (ADW_DIALOG (self), 580);
  gtk_widget_set_size_request (GTK_WIDGET (self), NARROWEST, 300);
}

/**
 * files_synchronise_new:
 * @a: a folder
 * @b: another one
 *
 * Returns: (transfer floating): a dialog, which compares them and closes itself
 */
AdwDialog *
files_synchronise_new (GFile *a, GFile *b)
{
  FilesSynchronise *self = g_object_new (FILES_TYPE_SYNCHRONISE, NULL);

  self->a = g_object_ref (a);
  self->b = g_object_ref (b);
  update (self);
  return ADW_DIALOG (self);
}
