/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the user does with a folder of very many entries, in the window of Thaw Files itself: each
 * deed by its action or its key's function, and the longest turn of the loop from then until
 * everything is at rest again, as CPU time of the loop's thread. Nothing in a turn may be in
 * proportion to the number of entries that isn't a few nanoseconds for each.
 *
 *   bench-many [--quick] [--only=WORD] [FOLDER]
 *
 * One folder is made in FOLDER, and removed again; nothing else there is changed. */

#include "files-application.h"
#include "files-platform.h"
#include "files-window.h"
#include "turns.h"
#include "window-figures.h"

#include <glib/gstdio.h>
#include <string.h>

#define TURN_BAR_MS 16
#define REST_MSEC 800
#define QUICK_REST_MSEC 20
#define QUICK_FILES 300
#define SCRATCH_NAME "bench-many makes this"

typedef struct {
  const char *what;
  void (*act) (FilesWindow *window);
  gboolean (*is_over) (FilesWindow *window); /* NULL: after a while */
} Deed;

static FilesApplication *application;
static const char *only;
static guint rest_msec = REST_MSEC;

/* Running the loop */

static gboolean
wake_cb (gpointer unused)
{
  return G_SOURCE_CONTINUE;
}

static void
run_for (guint msec)
{
  gint64 end_usec = g_get_monotonic_time () + msec * 1000;
  guint source = g_timeout_add (5, wake_cb, NULL);

  while (g_get_monotonic_time () < end_usec)
    g_main_context_iteration (NULL, TRUE);
  g_source_remove (source);
}

static FilesWindow *
get_window (void)
{
  GList *windows = gtk_application_get_windows (GTK_APPLICATION (application));

  return windows != NULL && FILES_IS_WINDOW (windows->data) ? windows->data : NULL;
}

static PaneFolderModel *
get_model (FilesWindow *window)
{
  return files_tab_get_model (files_window_get_tab (window));
}

static gboolean
is_ready (FilesWindow *window)
{
  FilesTab *tab = window != NULL ? files_window_get_tab (window) : NULL;
  ThawFolder *folder
      = tab != NULL ? pane_folder_model_get_folder (files_tab_get_model (tab)) : NULL;

  return folder != NULL && thaw_folder_get_state (folder) == THAW_FOLDER_READY;
}

static void
await (gboolean (*is_over) (FilesWindow *window))
{
  gint64 end_usec = g_get_monotonic_time () + 120 * G_USEC_PER_SEC;

  while (!is_over (get_window ()))
    {
      run_for (5);
      if (g_get_monotonic_time () > end_usec)
        g_error ("Nothing comes of it");
    }
}

/* Deeds */

static void
activate (FilesWindow *window, const char *name)
{
  g_action_group_activate_action (G_ACTION_GROUP (window), name, NULL);
}

static void
change (FilesWindow *window, const char *name, GVariant *value)
{
  g_action_group_change_action_state (G_ACTION_GROUP (window), name, value);
}

static void
select_all (FilesWindow *window)
{
  activate (window, "select-all");
}

static void
select_one (FilesWindow *window)
{
  PaneFolderModel *model = get_model (window);

  pane_folder_model_select_id (model, pane_folder_model_get_id (model, 0), TRUE);
}

static void
select_none (FilesWindow *window)
{
  gtk_selection_model_unselect_all (GTK_SELECTION_MODEL (get_model (window)));
}

static void
select_half (FilesWindow *window)
{
  PaneFolderModel *model = get_model (window);
  guint n = g_list_model_get_n_items (G_LIST_MODEL (model));

  gtk_selection_model_select_range (GTK_SELECTION_MODEL (model), n / 4, n / 2, TRUE);
}

static void
invert (FilesWindow *window)
{
  activate (window, "invert-selection");
}

static void
copy (FilesWindow *window)
{
  activate (window, "copy");
}

static void
cut (FilesWindow *window)
{
  activate (window, "cut");
}

static void
paste (FilesWindow *window)
{
  activate (window, "paste");
}

static void
clear_clipboard (FilesWindow *window)
{
  gdk_clipboard_set_content (gtk_widget_get_clipboard (GTK_WIDGET (window)), NULL);
}

static void
drag (FilesWindow *window)
{
  PaneView *view = files_tab_get_view (files_window_get_tab (window));
  GdkContentProvider *content = NULL;

  g_signal_emit_by_name (view, "drag", &content);
  g_assert_nonnull (content);
  g_object_unref (content);
}

static void
open_menu (FilesWindow *window)
{
  PaneFolderModel *model = get_model (window);

  g_signal_emit_by_name (files_tab_get_view (files_window_get_tab (window)),
                         "menu",
                         pane_folder_model_get_id (model, 0),
                         100.,
                         100.);
}

static void
close_popovers (GtkWidget *widget)
{
  GtkWidget *next;

  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL; child = next)
    {
      next = gtk_widget_get_next_sibling (child);
      close_popovers (child);
    }
  if (GTK_IS_POPOVER (widget) && gtk_widget_get_mapped (widget))
    gtk_popover_popdown (GTK_POPOVER (widget));
}

static void
close_all (FilesWindow *window)
{
  AdwDialog *dialog = adw_application_window_get_visible_dialog (ADW_APPLICATION_WINDOW (window));

  close_popovers (GTK_WIDGET (window));
  if (dialog != NULL)
    adw_dialog_force_close (dialog);
}

static void
properties (FilesWindow *window)
{
  activate (window, "properties");
}

static void
new_folder (FilesWindow *window)
{
  activate (window, "new-folder");
}

static void
rename_selected (FilesWindow *window)
{
  activate (window, "rename");
}

/* The entry of the popover in which a name is typed. */
static GtkEditable *
find_entry (GtkWidget *widget)
{
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    if (GTK_IS_POPOVER (child) && gtk_widget_get_mapped (child))
      return GTK_EDITABLE (gtk_root_get_focus (gtk_widget_get_root (child)));
  return NULL;
}

static void
type_name (FilesWindow *window, const char *name)
{
  GtkEditable *entry = find_entry (GTK_WIDGET (files_window_get_tab (window)));

  g_assert_nonnull (entry);
  gtk_editable_set_text (entry, name);
}

static void
type_taken (FilesWindow *window)
{
  PaneFolderModel *model = get_model (window);

  type_name (window,
             thaw_entry_store_get_name (pane_folder_model_get_store (model),
                                        pane_folder_model_get_id (model, 0)));
}

static void
make_scratch (FilesWindow *window)
{
  GtkEditable *entry = find_entry (GTK_WIDGET (files_window_get_tab (window)));

  gtk_editable_set_text (entry, SCRATCH_NAME);
  g_signal_emit_by_name (gtk_widget_get_parent (GTK_WIDGET (entry)), "activate");
}

static void
remove_scratch (FilesWindow *window)
{
  g_autoptr (GFile) file
      = g_file_get_child (files_tab_get_location (files_window_get_tab (window)), SCRATCH_NAME);

  g_assert_true (g_remove (g_file_peek_path (file)) == 0);
}

static void
sort_by_size (FilesWindow *window)
{
  change (window, "sort", g_variant_new_string ("size"));
}

static void
sort_by_name (FilesWindow *window)
{
  change (window, "sort", g_variant_new_string ("name"));
}

static void
show_hidden (FilesWindow *window)
{
  change (window, "show-hidden", g_variant_new_boolean (TRUE));
}

static void
hide_hidden (FilesWindow *window)
{
  change (window, "show-hidden", g_variant_new_boolean (FALSE));
}

static void
group (FilesWindow *window)
{
  change (window, "group", g_variant_new_boolean (TRUE));
}

static void
ungroup (FilesWindow *window)
{
  change (window, "group", g_variant_new_boolean (FALSE));
}

static void
up (FilesWindow *window)
{
  activate (window, "up");
}

static void
back (FilesWindow *window)
{
  activate (window, "back");
}

static void
reload (FilesWindow *window)
{
  activate (window, "reload");
}

static void
show_as_grid (FilesWindow *window)
{
  change (window, "view", g_variant_new_string ("grid"));
}

static void
show_as_list (FilesWindow *window)
{
  change (window, "view", g_variant_new_string ("list"));
}

static void
quick_look (FilesWindow *window)
{
  activate (window, "quick-look");
}

static void
split (FilesWindow *window)
{
  change (window, "split", g_variant_new_boolean (TRUE));
}

static void
unsplit (FilesWindow *window)
{
  change (window, "split", g_variant_new_boolean (FALSE));
}

static void
new_tab (FilesWindow *window)
{
  activate (window, "new-tab");
}

static void
close_tab (FilesWindow *window)
{
  activate (window, "close-tab");
}

static FilesSelection *held;

static void
take (FilesWindow *window)
{
  held = files_tab_dup_selection (files_window_get_tab (window));
}

static void
hover (FilesWindow *window)
{
  GFile *location = files_tab_get_location (files_window_get_tab (window));
  g_autoptr (GFile) below = g_file_get_child (location, "not there");

  g_assert_false (files_selection_holds (held, below));
  g_clear_pointer (&held, files_selection_unref);
}

static gboolean
is_one_selected (FilesWindow *window)
{
  return pane_folder_model_get_n_selected (get_model (window)) == 1;
}

/* In the order in which they are done. NULL: what only leads from one to the next. */
static const Deed deeds[] = {
  { NULL, select_one },
  { "properties of one, to compare", properties },
  { NULL, close_all },
  { "select all", select_all },
  { "copy all", copy },
  { "drag all", drag },
  { "menu over all", open_menu },
  { NULL, close_all },
  { "properties of all", properties },
  { NULL, close_all },
  { "quick look at all", quick_look },
  { NULL, close_all },
  { "rename all", rename_selected },
  { NULL, close_all },
  { "take all into the hand", take },
  { "hover over a folder with all", hover },
  { "cut all", cut },
  { "paste all where it was", paste },
  { NULL, cut },
  { "sort by size with all cut", sort_by_size },
  { "sort by name with all cut", sort_by_name },
  { "go up with all cut", up },
  { "come back with all cut", back },
  { NULL, select_all },
  { "invert all", invert },
  { "invert none", invert },
  { "clipboard cleared", clear_clipboard },
  { "select a range", select_half },
  { "invert a range", invert },
  { "show hidden files with a range", show_hidden },
  { "hide hidden files with a range", hide_hidden },
  { "select none", select_none },
  { "ask for a new folder", new_folder },
  { "type a taken name", type_taken },
  { "make a folder", make_scratch, is_one_selected },
  { "rename it", rename_selected },
  { "rename it to a taken name", type_taken },
  { NULL, close_all },
  { "a folder goes", remove_scratch },
  { "group", group },
  { "select all in groups", select_all },
  { "copy all in groups", copy },
  { "ungroup", ungroup },
  { "read again", reload },
  { "show as grid", show_as_grid },
  { "show as list", show_as_list },
  { "go up", up },
  { "come back", back },
  { "split", split },
  { NULL, unsplit },
  { "new tab", new_tab },
  { "close tab", close_tab },
};

static gboolean
act_cb (gpointer data)
{
  const Deed *deed = data;

  deed->act (get_window ());
  return G_SOURCE_REMOVE;
}

static void
measure (const Deed *deed)
{
  g_autofree char *name = g_strdup_printf ("many entries, %s, longest turn (cpu)", deed->what);

  run_for (rest_msec / 5);
  turns_reset ();
  g_idle_add_full (G_PRIORITY_DEFAULT, act_cb, (gpointer) deed, NULL);
  run_for (rest_msec);
  await (is_ready);
  if (deed->is_over != NULL)
    await (deed->is_over);
  if (deed->what != NULL && (only == NULL || strstr (deed->what, only) != NULL))
    figure_print_most (name, turns_get ().longest_cpu_usec / 1000., "ms", TURN_BAR_MS, "");
}

/* The program */

static FilesApplication *
make_application (FilesState *state, const char *path)
{
  g_autoptr (FilesService) service = NULL;
  const char *const arguments[] = { "thaw-files", path, NULL };
  FilesRequest *request = g_new0 (FilesRequest, 1);
  g_autoptr (FilesArguments) parsed = files_arguments_parse (arguments, NULL, NULL);
  g_autoptr (ThawFolder) folder = thaw_folder_new (g_ptr_array_index (parsed->locations, 0));

  thaw_folder_start (folder);
  request->uris = g_new0 (char *, 1);
  if (!files_platform_start_gtk ())
    g_error ("There is no display");
  service = files_service_new (files_bus_new (request, FALSE));
  files_service_start (service);
  return files_application_new (parsed, folder, state, service, files_questions_new ());
}

static char *
make_small_folder (void)
{
  char *path = g_dir_make_tmp ("bench-many-XXXXXX", NULL);

  for (guint i = 0; i < QUICK_FILES; i++)
    {
      g_autofree char *file = g_strdup_printf ("%s/file %u.txt", path, i);

      g_assert_true (g_file_set_contents (file, "", 0, NULL));
    }
  return path;
}

static void
remove_folder (const char *path)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *name;

  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *file = g_build_filename (path, name, NULL);

      g_remove (file);
    }
  g_rmdir (path);
}

static void
run (const char *path)
{
  g_autoptr (FilesState) state = NULL;
  g_autoptr (GError) error = NULL;

  files_platform_prepare ();
  state = files_state_new (NULL);
  files_state_load (state);
  application = make_application (state, path);
  if (!g_application_register (G_APPLICATION (application), NULL, &error))
    g_error ("%s", error->message);
  g_application_activate (G_APPLICATION (application));
  turns_install (NULL);
  await (is_ready);
  run_for (rest_msec);
  for (guint i = 0; i < G_N_ELEMENTS (deeds); i++)
    measure (&deeds[i]);
  gtk_window_destroy (GTK_WINDOW (get_window ()));
  run_for (rest_msec / 5);
  g_clear_object (&application);
}

int
main (int argc, char **argv)
{
  const char *path = NULL;
  g_autofree char *small = NULL;

  for (int i = 1; i < argc; i++)
    if (g_str_equal (argv[i], "--quick"))
      rest_msec = QUICK_REST_MSEC;
    else if (g_str_has_prefix (argv[i], "--only="))
      only = argv[i] + strlen ("--only=");
    else
      path = argv[i];
  if (path == NULL)
    path = small = make_small_folder ();
  run (path);
  if (small != NULL)
    remove_folder (small);
  return 0;
}
