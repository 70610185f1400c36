/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The dialog that gives many files new names: a form, and beside or below it what comes of it. Each
 * change of the form starts a new preview on the CPU pool and ends the one before; what is shown
 * stays until the new one is there, and the button waits for it. All of it is one request, so it is
 * done as a whole and undone as a whole. Loop's thread; no file is touched. */

#include "files-batch-rename.h"
#include "files-rename-rows.h"
#include "pane-details.h"
#include "files-split-content.h"

#include <glib/gi18n.h>

#define NARROWEST 300
#define FORM_WIDTH 340
#define MAX_DIGITS 12

struct _FilesBatchRename {
  AdwDialog parent_instance;

  GtkWidget *pattern_row, *search_row, *replace_row, *regex_row, *case_row;
  GtkWidget *start_row, *digits_row, *letters_row;
  GtkWidget *view, *status, *rename_button;

  FilesRenameSet *set;
  FilesRenameRows *rows; /* NULL before the first preview */
  ThawScope *scope;
  ThawScope *preview_scope; /* of the latest preview */
  gboolean has_asked_dates, is_reading_photos;
};

G_DEFINE_FINAL_TYPE (FilesBatchRename, files_batch_rename, ADW_TYPE_DIALOG)

enum { RENAME, N_SIGNALS };
static guint signals[N_SIGNALS];

static const char *
get_text (GtkWidget *row)
{
  return gtk_editable_get_text (GTK_EDITABLE (row));
}

static FilesRenamePattern *
make_pattern (FilesBatchRename *self, GError **error)
{
  const FilesRenameRules rules = {
    .pattern = get_text (self->pattern_row),
    .start = adw_spin_row_get_value (ADW_SPIN_ROW (self->start_row)),
    .width = adw_spin_row_get_value (ADW_SPIN_ROW (self->digits_row)),
    .search = get_text (self->search_row),
    .replacement = get_text (self->replace_row),
    .is_regex = adw_switch_row_get_active (ADW_SWITCH_ROW (self->regex_row)),
    .ignores_case = !adw_switch_row_get_active (ADW_SWITCH_ROW (self->case_row)),
    .letters = adw_combo_row_get_selected (ADW_COMBO_ROW (self->letters_row)),
  };

  return files_rename_pattern_new (&rules, error);
}

static void
say (FilesBatchRename *self, const char *text, gboolean is_trouble)
{
  gtk_label_set_text (GTK_LABEL (self->status), text);
  if (is_trouble)
    gtk_widget_add_css_class (self->status, "error");
  else
    gtk_widget_remove_css_class (self->status, "error");
}

static void
describe (FilesBatchRename *self, const FilesRenamePreview *preview)
{
  g_autofree char *text = NULL;

  if (preview->n_blocked > 0)
    text = g_strdup_printf (
        ngettext ("%'u name can’t be used", "%'u names can’t be used", preview->n_blocked),
        preview->n_blocked);
  else if (preview->n_changed == 0)
    text = g_strdup (_ ("No name changes"));
  else
    text = g_strdup_printf (ngettext ("%'u name changes", "%'u names change", preview->n_changed),
                            preview->n_changed);
  say (self, text, preview->n_blocked > 0);
}

static void
show_preview (FilesBatchRename *self, FilesRenamePreview *preview)
{
  g_autoptr (GtkNoSelection) selection = NULL;

  g_clear_object (&self->rows);
  self->rows = files_rename_rows_new (self->set, preview);
  selection = gtk_no_selection_new (g_object_ref (G_LIST_MODEL (self->rows)));
  gtk_list_view_set_model (GTK_LIST_VIEW (self->view), GTK_SELECTION_MODEL (selection));
  if (preview->n_blocked > 0)
    gtk_list_view_scroll_to (GTK_LIST_VIEW (self->view),
                             preview->first_blocked,
                             GTK_LIST_SCROLL_NONE,
                             NULL);
  describe (self, preview);
  gtk_widget_set_sensitive (self->rename_button, preview->n_blocked == 0 && preview->n_changed > 0);
}

static gboolean
lacks_date (const FilesRenamePreview *preview)
{
  return preview->n_blocked > 0
         && preview->statuses[preview->first_blocked] == FILES_RENAME_NO_DATE;
}

static void
previewed_cb (ThawFuture *completed, gpointer user_data)
{
  FilesBatchRename *self = user_data;
  FilesRenamePreview *preview = thaw_future_take_pointer (completed, NULL);

  if (preview == NULL)
    return;
  if (lacks_date (preview) && !self->has_asked_dates)
    {
      self->has_asked_dates = TRUE;
      files_rename_set_want_dates (self->set);
    }
  show_preview (self, preview);
}

static void
end_preview (FilesBatchRename *self)
{
  if (self->preview_scope != NULL)
    thaw_scope_cancel (self->preview_scope);
  g_clear_pointer (&self->preview_scope, thaw_scope_unref);
}

static void update (FilesBatchRename *self);

static void
photos_read_cb (ThawFuture *completed, gpointer user_data)
{
  FilesBatchRename *self = user_data;

  self->is_reading_photos = FALSE;
  if (thaw_future_get_error (completed) == NULL)
    update (self);
}

/* TRUE: the preview comes when they are read. */
static gboolean
wait_for_photos (FilesBatchRename *self, FilesRenamePattern *pattern)
{
  g_autoptr (ThawFuture) read = NULL;

  if (!files_rename_pattern_needs_photo (pattern) || files_rename_set_has_photos (self->set))
    return FALSE;
  say (self, _ ("Reading what the photos say…"), FALSE);
  if (self->is_reading_photos)
    return TRUE;
  self->is_reading_photos = TRUE;
  read = files_rename_set_read_photos (self->set, self->scope);
  thaw_future_done (read, self->scope, photos_read_cb, self, NULL);
  return TRUE;
}

static void
update (FilesBatchRename *self)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (FilesRenamePattern) pattern = make_pattern (self, &error);
  g_autoptr (ThawFuture) preview = NULL;

  end_preview (self);
  gtk_widget_set_sensitive (self->rename_button, FALSE);
  if (pattern == NULL)
    {
      say (self, error->message, TRUE);
      return;
    }
  if (wait_for_photos (self, pattern))
    return;
  self->preview_scope = thaw_scope_new ("new names", self->scope);
  preview = files_rename_set_preview (self->set,
                                      self->preview_scope,
                                      pattern,
                                      pane_details_get_time_zone (pane_details_get_default ()));
  thaw_future_done (preview, self->preview_scope, previewed_cb, self, NULL);
}

/* Dates have been read, or the folder has changed. */
static void
entries_changed_cb (FilesBatchRename *self)
{
  if (self->rows != NULL && lacks_date (files_rename_rows_get_preview (self->rows)))
    update (self);
}

/* Doing it */

static void
request_made_cb (ThawFuture *completed, gpointer user_data)
{
  FilesBatchRename *self = user_data;
  g_autoptr (ThawOperationRequest) request = thaw_future_take_pointer (completed, NULL);

  if (request != NULL)
    g_signal_emit (self, signals[RENAME], 0, request);
  adw_dialog_force_close (ADW_DIALOG (self));
}

static void
rename_cb (FilesBatchRename *self)
{
  g_autoptr (ThawFuture) made = NULL;

  if (self->rows == NULL || !gtk_widget_get_sensitive (self->rename_button))
    return;
  gtk_widget_set_sensitive (self->rename_button, FALSE);
  made = files_rename_rows_make_request (self->rows, self->scope);
  thaw_future_done (made, self->scope, request_made_cb, self, NULL);
}

/* The form */

static GtkWidget *
make_entry_row (FilesBatchRename *self, const char *title, const char *text)
{
  GtkWidget *row = adw_entry_row_new ();

  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), title);
  gtk_editable_set_text (GTK_EDITABLE (row), text);
  g_signal_connect_object (row, "changed", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (row, "entry-activated", G_CALLBACK (rename_cb), self, G_CONNECT_SWAPPED);
  return row;
}

static GtkWidget *
make_switch_row (FilesBatchRename *self, const char *title)
{
  GtkWidget *row = adw_switch_row_new ();

  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), title);
  g_signal_connect_object (row, "notify::active", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  return row;
}

static GtkWidget *
make_spin_row (FilesBatchRename *self, const char *title, double low, double high)
{
  GtkWidget *row = adw_spin_row_new_with_range (low, high, 1);

  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), title);
  adw_spin_row_set_value (ADW_SPIN_ROW (row), 1);
  g_signal_connect_object (row, "notify::value", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  return row;
}

static GtkWidget *
make_letters_row (FilesBatchRename *self)
{
  const char *const letters[] = {
    [FILES_CASE_KEEP] = _ ("As They Are"),
    [FILES_CASE_LOWER] = _ ("all lower case"),
    [FILES_CASE_UPPER] = _ ("ALL UPPER CASE"),
    [FILES_CASE_TITLE] = _ ("First Letters Upper Case"),
    NULL,
  };
  GtkWidget *row = adw_combo_row_new ();
  g_autoptr (GtkStringList) list = gtk_string_list_new (letters);

  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), _ ("Letters"));
  adw_combo_row_set_model (ADW_COMBO_ROW (row), G_LIST_MODEL (list));
  g_signal_connect_object (row, "notify::selected", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  return row;
}

static void
insert_cb (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  FilesBatchRename *self = user_data;
  int position = gtk_editable_get_position (GTK_EDITABLE (self->pattern_row));

  gtk_editable_delete_selection (GTK_EDITABLE (self->pattern_row));
  gtk_editable_insert_text (GTK_EDITABLE (self->pattern_row),
                            g_variant_get_string (parameter, NULL),
                            -1,
                            &position);
  gtk_widget_grab_focus (self->pattern_row);
  gtk_editable_set_position (GTK_EDITABLE (self->pattern_row), position);
}

static GtkWidget *
make_insert_button (void)
{
  const char *const tags[][2] = {
    { N_ ("Old _Name"), "[name]" },
    { N_ ("N_umber"), "[n]" },
    { N_ ("_Date of Modification"), "[date]" },
    { N_ ("_Time of Modification"), "[time]" },
    { N_ ("_Extension"), "[ext]" },
    { N_ ("Date the _Photo Was Taken"), "[taken]" },
    { N_ ("T_ime the Photo Was Taken"), "[taken time]" },
    { N_ ("_Camera"), "[camera]" },
  };
  g_autoptr (GMenu) menu = g_menu_new ();
  GtkWidget *button = gtk_menu_button_new ();

  for (guint i = 0; i < G_N_ELEMENTS (tags); i++)
    {
      g_autoptr (GMenuItem) item = g_menu_item_new (_ (tags[i][0]), NULL);

      g_menu_item_set_action_and_target (item, "names.insert", "s", tags[i][1]);
      g_menu_append_item (menu, item);
    }
  gtk_menu_button_set_icon_name (GTK_MENU_BUTTON (button), "list-add-symbolic");
  gtk_menu_button_set_menu_model (GTK_MENU_BUTTON (button), G_MENU_MODEL (menu));
  gtk_widget_set_tooltip_text (button, _ ("Insert"));
  gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
  gtk_widget_add_css_class (button, "flat");
  return button;
}

static GtkWidget *
make_group (GtkWidget *first, ...)
{
  GtkWidget *group = adw_preferences_group_new ();
  va_list rows;

  va_start (rows, first);
  for (GtkWidget *row = first; row != NULL; row = va_arg (rows, GtkWidget *))
    adw_preferences_group_add (ADW_PREFERENCES_GROUP (group), row);
  va_end (rows);
  return group;
}

static void
make_rows (FilesBatchRename *self)
{
  self->pattern_row = make_entry_row (self, _ ("New Name"), "[name]");
  adw_entry_row_add_suffix (ADW_ENTRY_ROW (self->pattern_row), make_insert_button ());
  self->start_row = make_spin_row (self, _ ("First Number"), 0, G_MAXINT);
  self->digits_row = make_spin_row (self, _ ("Digits"), 1, MAX_DIGITS);
  self->letters_row = make_letters_row (self);
  self->search_row = make_entry_row (self, _ ("Search For"), "");
  self->replace_row = make_entry_row (self, _ ("Replace With"), "");
  self->regex_row = make_switch_row (self, _ ("Regular Expression"));
  self->case_row = make_switch_row (self, _ ("Match Case"));
}

static GtkWidget *
make_form (FilesBatchRename *self)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 18);
  GtkWidget *scroller = gtk_scrolled_window_new ();

  make_rows (self);
  gtk_box_append (
      GTK_BOX (box),
      make_group (self->pattern_row, self->start_row, self->digits_row, self->letters_row, NULL));
  gtk_box_append (
      GTK_BOX (box),
      make_group (self->search_row, self->replace_row, self->regex_row, self->case_row, NULL));
  gtk_widget_set_margin_start (box, 12);
  gtk_widget_set_margin_end (box, 12);
  gtk_widget_set_margin_top (box, 6);
  gtk_widget_set_margin_bottom (box, 12);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scroller), box);
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (scroller),
                                  GTK_POLICY_NEVER,
                                  GTK_POLICY_AUTOMATIC);
  gtk_widget_set_vexpand (scroller, TRUE);
  return scroller;
}

static GtkWidget *
make_list (FilesBatchRename *self)
{
  GtkWidget *scroller = gtk_scrolled_window_new ();

  self->view = files_rename_rows_new_view ();
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scroller), self->view);
  gtk_widget_set_hexpand (scroller, TRUE);
  gtk_widget_set_vexpand (scroller, TRUE);
  return scroller;
}

static GtkWidget *
make_header (FilesBatchRename *self)
{
  GtkWidget *header = adw_header_bar_new ();
  GtkWidget *cancel = gtk_button_new_with_mnemonic (_ ("_Cancel"));

  self->rename_button = gtk_button_new_with_mnemonic (_ ("_Rename"));
  gtk_widget_add_css_class (self->rename_button, "suggested-action");
  gtk_widget_set_sensitive (self->rename_button, FALSE);
  g_signal_connect_object (cancel,
                           "clicked",
                           G_CALLBACK (adw_dialog_close),
                           self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->rename_button,
                           "clicked",
                           G_CALLBACK (rename_cb),
                           self,
                           G_CONNECT_SWAPPED);
  adw_header_bar_set_show_start_title_buttons (ADW_HEADER_BAR (header), FALSE);
  adw_header_bar_set_show_end_title_buttons (ADW_HEADER_BAR (header), FALSE);
  adw_header_bar_pack_start (ADW_HEADER_BAR (header), cancel);
  adw_header_bar_pack_end (ADW_HEADER_BAR (header), self->rename_button);
  return header;
}

static GtkWidget *
make_status (FilesBatchRename *self)
{
  self->status = gtk_label_new (NULL);
  gtk_label_set_wrap (GTK_LABEL (self->status), TRUE);
  gtk_widget_set_margin_start (self->status, 12);
  gtk_widget_set_margin_end (self->status, 12);
  gtk_widget_set_margin_top (self->status, 6);
  gtk_widget_set_margin_bottom (self->status, 6);
  return self->status;
}

static void
files_batch_rename_dispose (GObject *object)
{
  FilesBatchRename *self = FILES_BATCH_RENAME (object);

  end_preview (self);
  g_clear_pointer (&self->scope, thaw_scope_unref);
  g_clear_object (&self->rows);
  g_clear_pointer (&self->set, files_rename_set_unref);
  G_OBJECT_CLASS (files_batch_rename_parent_class)->dispose (object);
}

static void
files_batch_rename_class_init (FilesBatchRenameClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = files_batch_rename_dispose;
  signals[RENAME] = g_signal_new ("rename",
                                  FILES_TYPE_BATCH_RENAME,
                                  G_SIGNAL_RUN_LAST,
                                  0,
                                  NULL,
                                  NULL,
                                  NULL,
                                  G_TYPE_NONE,
                                  1,
                                  THAW_TYPE_OPERATION_REQUEST);
}

static void
files_batch_rename_init (FilesBatchRename *self)
{
  static const GActionEntry entries[]
      = { { .name = "insert", .activate = insert_cb, .parameter_type = "s" } };
  AdwToolbarView *view = ADW_TOOLBAR_VIEW (adw_toolbar_view_new ());
  g_autoptr (GSimpleActionGroup) actions = g_simple_action_group_new ();

  g_action_map_add_action_entries (G_ACTION_MAP (actions), entries, G_N_ELEMENTS (entries), self);
  gtk_widget_insert_action_group (GTK_WIDGET (self), "names", G_ACTION_GROUP (actions));
  adw_toolbar_view_add_top_bar (view, make_header (self));
  adw_toolbar_view_set_content (view,
                                files_split_content_new (ADW_DIALOG (self),
                                                         make_form (self),
                                                         make_list (self),
                                                         FORM_WIDTH,
                                                         "min-width: 640sp"));
  adw_toolbar_view_add_bottom_bar (view, make_status (self));
  adw_toolbar_view_set_bottom_bar_style (view, ADW_TOOLBAR_RAISED_BORDER);
  adw_dialog_set_child (ADW_DIALOG (self), GTK_WIDGET (view));
  adw_dialog_set_content_width (ADW_DIALOG (self), 820);
  adw_dialog_set_content_height (ADW_DIALOG (self), 560);
  adw_dialog_set_focus (ADW_DIALOG (self), self->pattern_row);
  gtk_widget_set_size_request (GTK_WIDGET (self), NARROWEST, 300);
}

/**
 * files_batch_rename_new:
 * @set: what gets new names
 *
 * - **Thread**: the loop's.
 *
 * Returns: (transfer floating): a dialog, which closes itself
 */
AdwDialog *
files_batch_rename_new (FilesRenameSet *set)
{
  FilesBatchRename *self = g_object_new (FILES_TYPE_BATCH_RENAME, NULL);
  guint n = files_rename_set_get_n (set);
  g_autofree char *title = g_strdup_printf (ngettext ("Rename %'u Item", "Rename %'u Items", n), n);

  self->set = files_rename_set_ref (set);
  self->scope = thaw_scope_new_for_owner ("batch rename", G_OBJECT (self), NULL);
  adw_dialog_set_title (ADW_DIALOG (self), title);
  g_signal_connect_object (files_rename_set_get_folder (set),
                           "entries-changed",
                           G_CALLBACK (entries_changed_cb),
                           self,
                           G_CONNECT_SWAPPED);
  update (self);
  return ADW_DIALOG (self);
}
