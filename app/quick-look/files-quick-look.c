/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Quick look over a window's current tab: which entry it begins with, and which come next. With
 * several selected it goes through those and leaves the selection as it is; otherwise through all,
 * and the view follows. Entries are kept by id, so a folder that is sorted anew under it or loses
 * some does no harm. Made at the first use. Loop's thread. */

#include "files-quick-look.h"
#include "pane-quick-look.h"

#define SETTINGS "quick-look" /* under this name, beside the views' */

typedef struct {
  FilesWindow *window; /* owns this */
  PaneQuickLook *quick_look;
  FilesTab *tab; /* weak */
  guint32 id;
  GArray *ids; /* of guint32: what is gone through, NULL: everything that the tab shows */
} Look;

static GQuark
look_quark (void)
{
  return g_quark_from_static_string ("files-quick-look");
}

static FilesState *
get_state (Look *self)
{
  return files_application_get_state (
      FILES_APPLICATION (gtk_window_get_application (GTK_WINDOW (self->window))));
}

/* Which entries there are */

static guint
count (Look *self)
{
  ThawOrder *order = pane_folder_model_get_order (files_tab_get_model (self->tab));

  return self->ids != NULL ? self->ids->len : order != NULL ? thaw_order_get_n (order) : 0;
}

static guint32
get_id (Look *self, guint position)
{
  return self->ids != NULL ? g_array_index (self->ids, guint32, position)
                           : pane_folder_model_get_id (files_tab_get_model (self->tab), position);
}

static guint
find_position (Look *self)
{
  if (self->ids == NULL)
    return pane_folder_model_find (files_tab_get_model (self->tab), self->id);
  for (guint i = 0; i < self->ids->len; i++)
    if (g_array_index (self->ids, guint32, i) == self->id)
      return i;
  return GTK_INVALID_LIST_POSITION;
}

/* Showing one */

static void
expect_next (Look *self, guint position, int step)
{
  g_autoptr (GFile) file = NULL;

  if (step < 0 ? position == 0 : position + 1 >= count (self))
    return;
  file = files_tab_dup_entry_file (self->tab, get_id (self, position + (guint) step));
  pane_quick_look_expect (self->quick_look, file);
}

static void
show (Look *self, guint position, int step)
{
  g_autoptr (GFile) file = NULL;

  self->id = get_id (self, position);
  file = files_tab_dup_entry_file (self->tab, self->id);
  if (file == NULL)
    return;
  pane_quick_look_show_file (self->quick_look, file, position, count (self));
  expect_next (self, position, step);
}

static void
follow (Look *self)
{
  if (self->ids == NULL)
    pane_folder_model_select_id (files_tab_get_model (self->tab), self->id, TRUE);
  pane_view_reveal (files_tab_get_view (self->tab), self->id, TRUE);
}

static void
move_cb (Look *self, int step)
{
  guint position, n;

  if (self->tab == NULL)
    return;
  n = count (self);
  position = find_position (self);
  /* One that is gone: its neighbours aren't known any more. */
  if (position == GTK_INVALID_LIST_POSITION)
    position = step > 0 ? G_MAXUINT : 1;
  if (step < 0 ? position == 0 : position + 1 >= n)
    {
      gtk_widget_error_bell (GTK_WIDGET (self->quick_look));
      return;
    }
  if (n == 0)
    return;
  position += (guint) step;
  /* What a list says between its files has nothing to look at. */
  while (position < n && THAW_IS_NOTE_ID (get_id (self, position)))
    position += (guint) step;
  if (position >= n)
    return;
  show (self, position, step);
  follow (self);
}

static void
open_cb (Look *self)
{
  if (self->tab != NULL && self->id != THAW_NO_ENTRY)
    files_tab_open_id (self->tab, self->id, PANE_OPEN_HERE);
  pane_quick_look_close (self->quick_look);
}

static void
closed_cb (Look *self)
{
  g_autofree char *settings = pane_quick_look_dup_settings (self->quick_look);

  files_state_set_view_settings (get_state (self), SETTINGS, settings);
  g_clear_pointer (&self->ids, g_array_unref);
  g_clear_weak_pointer (&self->tab);
}

/* The first time */

static void
make_quick_look (Look *self)
{
  const char *settings = files_state_get_view_settings (get_state (self), SETTINGS);

  if (self->quick_look != NULL)
    return;
  self->quick_look = pane_quick_look_new (GTK_WINDOW (self->window));
  if (settings != NULL)
    pane_quick_look_apply_settings (self->quick_look, settings);
  g_signal_connect_swapped (self->quick_look, "move", G_CALLBACK (move_cb), self);
  g_signal_connect_swapped (self->quick_look, "open", G_CALLBACK (open_cb), self);
  g_signal_connect_swapped (self->quick_look, "closed", G_CALLBACK (closed_cb), self);
  g_object_add_weak_pointer (G_OBJECT (self->quick_look), (gpointer *) &self->quick_look);
}

/* The focused one, if it is selected or nothing is; else the first that is selected. */
static guint32
find_first (PaneFolderModel *model, GArray *selected)
{
  guint32 focus = pane_folder_model_get_focus_id (model);

  if (focus != THAW_NO_ENTRY && pane_folder_model_find (model, focus) != GTK_INVALID_LIST_POSITION
      && (selected->len == 0 || pane_folder_model_is_id_selected (model, focus)))
    return focus;
  return selected->len > 0 ? g_array_index (selected, guint32, 0) : THAW_NO_ENTRY;
}

static void
open_quick_look (Look *self)
{
  FilesTab *tab = files_window_get_tab (self->window);
  PaneFolderModel *model = files_tab_get_model (tab);
  g_autoptr (GArray) selected = pane_folder_model_dup_selected_ids (model);
  guint position;

  self->id = find_first (model, selected);
  if (self->id == THAW_NO_ENTRY || THAW_IS_NOTE_ID (self->id))
    return;
  g_set_weak_pointer (&self->tab, tab);
  g_clear_pointer (&self->ids, g_array_unref);
  self->ids = selected->len > 1 ? g_array_ref (selected) : NULL;
  position = find_position (self);
  if (position == GTK_INVALID_LIST_POSITION)
    return;
  make_quick_look (self);
  show (self, position, 1);
}

static void
quick_look_cb (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  Look *self = user_data;

  if (self->quick_look != NULL && gtk_widget_get_visible (GTK_WIDGET (self->quick_look)))
    pane_quick_look_close (self->quick_look);
  else
    open_quick_look (self);
}

static void
look_free (gpointer data)
{
  Look *self = data;

  if (self->quick_look != NULL)
    {
      g_signal_handlers_disconnect_by_data (self->quick_look, self);
      g_clear_weak_pointer (&self->quick_look);
    }
  g_clear_weak_pointer (&self->tab);
  g_clear_pointer (&self->ids, g_array_unref);
  g_free (self);
}

/**
 * files_quick_look_init:
 * @window: a window
 *
 * Adds the action to @window.
 */
void
files_quick_look_init (FilesWindow *window)
{
  Look *self = g_new0 (Look, 1);
  const GActionEntry entry = { .name = "quick-look", .activate = quick_look_cb };

  self->window = window;
  self->id = THAW_NO_ENTRY;
  g_object_set_qdata_full (G_OBJECT (window), look_quark (), self, look_free);
  g_action_map_add_action_entries (G_ACTION_MAP (window), &entry, 1, self);
}
