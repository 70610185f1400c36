/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The duplicates view: those files in a folder and below it of which there are copies, in groups,
 * the largest waste first; they come while the search goes on. When all are there the folders
 * further down that have some are expanded, so that those are entries, too; of what is too much for
 * that the heading tells. "Select all but" selects what was just compared byte by byte and is still
 * the same; what is done with it is up to the host's own actions, which put files into the trash
 * like any others. Loop's thread only; must not touch files.
 */
#include "pane-duplicates-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#define MARGIN 6
#define MOST_GROUPS 2000
#define GROUPS_AT_ONCE 200
#define GROW_MSEC 250
#define LEAST_BYTES 1
#define MOST_EXPANDED 200 /* folders */

#define PANE_TYPE_DUPLICATES_VIEW (pane_duplicates_view_get_type ())
G_DECLARE_FINAL_TYPE (PaneDuplicatesView,
                      pane_duplicates_view,
                      PANE,
                      DUPLICATES_VIEW,
                      PaneCanvasView)

struct _PaneDuplicatesView {
  PaneCanvasView parent_instance;

  ThawScope *scope;
  ThawDuplicates *search; /* owned; NULL: nothing that can be searched */
  GFile *location;
  PaneDuplicatePlaces *places; /* of what is in @location; nullable */
  GHashTable *groups;          /* the search's number + 1 -> PaneDuplicateGroup */
  GArray *files;               /* Placed, from top to bottom */
  GHashTable *numbers;         /* position -> its number in @files + 1 */
  gboolean is_expanded;        /* folders are, by us */
  GPtrArray *shown;            /* PaneDuplicateGroup, borrowed, from top to bottom */
  GArray *tops;                /* int, of their headings */
  GtkWidget *bar, *status, *buttons;
  guint grow_timer;
};

G_DEFINE_FINAL_TYPE (PaneDuplicatesView, pane_duplicates_view, PANE_TYPE_CANVAS_VIEW)

typedef struct {
  guint position;
  GdkRectangle area;
} Placed;

/* Searching */

static void
update_status (PaneDuplicatesView *self)
{
  ThawDuplicatesState state
      = self->search != NULL ? thaw_duplicates_get_state (self->search) : THAW_DUPLICATES_IDLE;
  ThawDuplicatesProgress progress = { 0 };
  g_autofree char *waste = NULL, *text = NULL;

  if (self->search != NULL)
    thaw_duplicates_get_progress (self->search, &progress);
  waste = g_format_size (progress.waste);
  if (state == THAW_DUPLICATES_LOOKING)
    text
        = g_strdup_printf (_ ("Looking for files: %'u"), (guint) MIN (progress.n_files, G_MAXUINT));
  else if (state == THAW_DUPLICATES_READING)
    text = g_strdup_printf (_ ("Comparing files: %s wasted so far"), waste);
  else if (state == THAW_DUPLICATES_FAILED)
    text = g_strdup (_ ("This folder can’t be searched"));
  else if (progress.n_groups == 0)
    text = g_strdup (_ ("No duplicates"));
  else
    text = g_strdup_printf (_ ("%s wasted here and in the folders below"), waste);
  gtk_label_set_label (GTK_LABEL (self->status), text);
  gtk_widget_set_sensitive (self->buttons, g_hash_table_size (self->groups) > 0);
}

/* Groups never change once they are there: each is looked at once, some in a turn. FALSE: there are
 * more. */
static gboolean
take_groups (PaneDuplicatesView *self)
{
  ThawDuplicatesGroup group;
  guint n_taken = 0;

  for (guint i = 0; i < MOST_GROUPS && thaw_duplicates_get_group (self->search, i, &group); i++)
    {
      gpointer key = GUINT_TO_POINTER (group.group + 1);

      if (g_hash_table_contains (self->groups, key))
        continue;
      if (n_taken++ == GROUPS_AT_ONCE)
        return FALSE;
      g_hash_table_insert (self->groups, key, pane_duplicate_group_new (self->search, &group));
    }
  return TRUE;
}

/* Once: which folders are worth it is known at the end only. */
static void
expand_folders (PaneDuplicatesView *self)
{
  g_auto (GStrv) folders = NULL;

  if (self->is_expanded || thaw_duplicates_get_state (self->search) < THAW_DUPLICATES_DONE)
    return;
  self->is_expanded = TRUE;
  folders = pane_duplicate_places_list_folders (self->search, self->groups, MOST_EXPANDED);
  if (folders != NULL)
    pane_folder_model_expand_paths (pane_view_get_model (PANE_VIEW (self)),
                                    (const char *const *) folders);
}

static void
collapse_folders (PaneDuplicatesView *self)
{
  PaneFolderModel *model = pane_view_get_model (PANE_VIEW (self));

  if (self->is_expanded && model != NULL)
    pane_folder_model_collapse_all (model);
  self->is_expanded = FALSE;
}

static void grow_soon (PaneDuplicatesView *self);

static gboolean
grow_cb (gpointer data)
{
  PaneDuplicatesView *self = data;

  self->grow_timer = 0;
  if (self->search != NULL && !take_groups (self))
    grow_soon (self);
  else if (self->search != NULL)
    expand_folders (self);
  pane_canvas_view_changed (PANE_CANVAS_VIEW (self));
  update_status (self);
  return G_SOURCE_REMOVE;
}

static void
grow_soon (PaneDuplicatesView *self)
{
  if (self->grow_timer == 0)
    self->grow_timer = g_timeout_add (GROW_MSEC, grow_cb, self);
}

static void
forget_search (PaneDuplicatesView *self)
{
  if (self->search != NULL)
    g_signal_handlers_disconnect_by_data (self->search, self);
  g_clear_object (&self->search);
  g_clear_pointer (&self->places, pane_duplicate_places_free);
  g_clear_object (&self->location);
  g_ptr_array_set_size (self->shown, 0);
  g_array_set_size (self->tops, 0);
  g_hash_table_remove_all (self->groups);
  self->is_expanded = FALSE; /* another folder has nothing expanded */
}

static void
follow_model (PaneDuplicatesView *self)
{
  ThawFolder *folder = pane_folder_model_get_folder (pane_view_get_model (PANE_VIEW (self)));
  GFile *location = folder != NULL ? thaw_folder_get_location (folder) : NULL;

  if (location == NULL || (self->location != NULL && g_file_equal (location, self->location)))
    return;
  forget_search (self);
  self->location = g_object_ref (location);
  if (!g_file_is_native (location))
    return;
  self->search = thaw_duplicates_new (location, LEAST_BYTES);
  self->places = pane_duplicate_places_new (PANE_CANVAS_VIEW (self), self->scope, location);
  g_signal_connect_swapped (self->search, "changed", G_CALLBACK (grow_soon), self);
  g_signal_connect_swapped (self->search, "notify::state", G_CALLBACK (grow_soon), self);
  thaw_duplicates_start (self->search);
  grow_soon (self);
}

/* Layout */

static void
measure_cell (PaneView *view, const PaneCellStyle *style, int *width, int *height)
{
  *width = style->icon_size + 24 * style->char_width + 3 * MARGIN;
  *height = MAX (style->icon_size, 2 * style->line_height) + 2 * MARGIN;
}

static int
get_heading_height (PaneDuplicatesView *self)
{
  return pane_canvas_view_get_style (PANE_CANVAS_VIEW (self))->line_height + 3 * MARGIN;
}

static void
place_file (PaneDuplicatesView *self, guint position, int x, int y, int width, int height)
{
  const Placed placed = { position, { x, y, width, height } };

  g_array_append_val (self->files, placed);
  g_hash_table_insert (self->numbers,
                       GUINT_TO_POINTER (position),
                       GUINT_TO_POINTER (self->files->len));
}

static void
forget_places (PaneDuplicatesView *self)
{
  g_array_set_size (self->files, 0);
  g_hash_table_remove_all (self->numbers);
  g_ptr_array_set_size (self->shown, 0);
  g_array_set_size (self->tops, 0);
}

/* Returns where the next group begins: @y if nothing of this one is there any more. */
static int
lay_group (PaneDuplicatesView *self, PaneDuplicateGroup *group, int width, int y)
{
  int cell_width, cell_height, column = 0, top = y, n_columns;

  measure_cell (PANE_VIEW (self),
                pane_canvas_view_get_style (PANE_CANVAS_VIEW (self)),
                &cell_width,
                &cell_height);
  n_columns = MAX (width / cell_width, 1);
  y += get_heading_height (self);
  for (guint i = 0; i < group->files->len; i++)
    {
      PaneDuplicate *file = g_ptr_array_index (group->files, i);
      guint position = pane_duplicate_places_find (self->places, file->path);

      file->is_shown = position != GTK_INVALID_LIST_POSITION;
      if (!file->is_shown)
        continue;
      if (column == n_columns)
        {
          y += cell_height;
          column = 0;
        }
      place_file (self, position, column++ * cell_width, y, MIN (cell_width, width), cell_height);
    }
  if (column == 0)
    return top;
  g_ptr_array_add (self->shown, group);
  g_array_append_val (self->tops, top);
  return y + cell_height;
}

static void
lay_out (PaneCanvasView *view, int width, int height, int *content_width, int *content_height)
{
  PaneDuplicatesView *self = (PaneDuplicatesView *) view;
  gboolean is_empty = pane_canvas_view_get_n (view) == 0;
  ThawDuplicatesGroup group;
  int y = 0;

  follow_model (self);
  if (self->search == NULL)
    {
      PANE_CANVAS_VIEW_CLASS (pane_duplicates_view_parent_class)
          ->lay_out (view, width, height, content_width, content_height);
      return;
    }
  pane_duplicate_places_look (self->places);
  forget_places (self);
  for (guint i = 0;
       !is_empty && i < MOST_GROUPS && thaw_duplicates_get_group (self->search, i, &group);
       i++)
    {
      PaneDuplicateGroup *here
          = g_hash_table_lookup (self->groups, GUINT_TO_POINTER (group.group + 1));

      if (here != NULL)
        y = lay_group (self, here, width, y);
    }
  pane_duplicate_places_ask (self->places);
  *content_width = width;
  *content_height = y;
}

static GtkBitset *
dup_shown (PaneView *view)
{
  PaneDuplicatesView *self = (PaneDuplicatesView *) view;
  GtkBitset *shown;
  GHashTableIter iter;
  gpointer position;

  if (self->search == NULL)
    return NULL;
  shown = gtk_bitset_new_empty ();
  g_hash_table_iter_init (&iter, self->numbers);
  while (g_hash_table_iter_next (&iter, &position, NULL))
    gtk_bitset_add (shown, GPOINTER_TO_UINT (position));
  return shown;
}

static void
get_area (PaneCanvasView *view, guint position, int *x, int *y, int *width, int *height)
{
  PaneDuplicatesView *self = (PaneDuplicatesView *) view;
  GdkRectangle area = { 0 };
  guint number;

  if (self->search == NULL)
    {
      PANE_CANVAS_VIEW_CLASS (pane_duplicates_view_parent_class)
          ->get_area (view, position, x, y, width, height);
      return;
    }
  number = GPOINTER_TO_UINT (g_hash_table_lookup (self->numbers, GUINT_TO_POINTER (position)));
  if (number > 0)
    area = g_array_index (self->files, Placed, number - 1).area;
  *x = area.x;
  *y = area.y;
  *width = area.width;
  *height = area.height;
}

/* The first whose end is below @y. */
static guint
find_line (PaneDuplicatesView *self, int y)
{
  guint low = 0, high = self->files->len;

  while (low < high)
    {
      guint middle = low + (high - low) / 2;
      const Placed *placed = &g_array_index (self->files, Placed, middle);

      if (placed->area.y + placed->area.height <= y)
        low = middle + 1;
      else
        high = middle;
    }
  return low;
}

/* Copies that are beside each other are anywhere in the order. */
static GtkBitset *
dup_positions (PaneCanvasView *view, int x, int y, int width, int height)
{
  PaneDuplicatesView *self = (PaneDuplicatesView *) view;
  GtkBitset *found;

  if (self->search == NULL)
    return PANE_CANVAS_VIEW_CLASS (pane_duplicates_view_parent_class)
        ->dup_positions (view, x, y, width, height);
  found = gtk_bitset_new_empty ();
  for (guint i = find_line (self, y); i < self->files->len; i++)
    {
      const Placed *placed = &g_array_index (self->files, Placed, i);

      if (placed->area.y >= y + height)
        break;
      gtk_bitset_add (found, placed->position);
    }
  return found;
}

/* Headings */

static void
draw_below (PaneCanvasView *view, GtkSnapshot *snapshot, int x, int y, int width, int height)
{
  PaneDuplicatesView *self = (PaneDuplicatesView *) view;
  g_autoptr (PangoLayout) layout = gtk_widget_create_pango_layout (GTK_WIDGET (view), NULL);
  int heading = get_heading_height (self);
  GdkRGBA color;

  gtk_widget_get_color (GTK_WIDGET (view), &color);
  pango_layout_set_ellipsize (layout, PANGO_ELLIPSIZE_MIDDLE);
  pango_layout_set_width (layout,
                          MAX (gtk_widget_get_width (GTK_WIDGET (view)) - 2 * MARGIN, 1)
                              * PANGO_SCALE);
  for (guint i = 0; i < self->shown->len; i++)
    {
      int top = g_array_index (self->tops, int, i);
      g_autofree char *text = NULL;

      if (top + heading < y || top > y + height)
        continue;
      text = pane_duplicate_group_describe (g_ptr_array_index (self->shown, i));
      pango_layout_set_text (layout, text, -1);
      gtk_snapshot_save (snapshot);
      gtk_snapshot_translate (snapshot, &GRAPHENE_POINT_INIT (MARGIN, top + 2 * MARGIN));
      gtk_snapshot_append_layout (snapshot, layout, &color);
      gtk_snapshot_restore (snapshot);
    }
}

/* Of what is further down where it is comes first. */
static char *
dup_details (PaneDuplicatesView *self, PaneCell *cell)
{
  g_autofree char *modified = pane_cell_dup_detail (cell, PANE_ENTRY_MODIFIED);
  guint32 id = pane_cell_get_id (cell);
  GFile *folder = self->location != NULL && THAW_IS_BRANCH_ID (id)
                      ? thaw_entry_store_get_folder (pane_cell_get_store (cell), id, self->location)
                      : NULL;
  g_autofree char *path = folder != NULL ? g_file_get_relative_path (self->location, folder) : NULL;
  g_autofree char *shown = NULL;

  if (path == NULL)
    return g_steal_pointer (&modified);
  shown = g_filename_display_name (path);
  return *modified != '\0' ? g_strdup_printf ("%s · %s", shown, modified)
                           : g_steal_pointer (&shown);
}

static void
draw_cell (PaneView *view, PaneCell *cell, GtkSnapshot *snapshot)
{
  const PaneCellStyle *style = pane_cell_get_style (cell);
  int width = gtk_widget_get_width (GTK_WIDGET (cell)),
      height = gtk_widget_get_height (GTK_WIDGET (cell));
  int size = style->icon_size, begin = size + 2 * MARGIN;
  g_autofree char *details = dup_details ((PaneDuplicatesView *) view, cell);

  pane_cell_snapshot_icon (cell,
                           snapshot,
                           pane_cell_is_rtl (cell) ? width - MARGIN - size : MARGIN,
                           (height - size) / 2,
                           size);
  pane_cell_snapshot_name (cell,
                           snapshot,
                           begin,
                           height / 2 - style->line_height,
                           width - begin - MARGIN,
                           1,
                           0);
  pane_cell_snapshot_words (cell,
                            snapshot,
                            details,
                            begin,
                            height / 2,
                            width - begin - MARGIN,
                            1,
                            0,
                            style->secondary_opacity);
}

/* Selecting */

typedef struct {
  PaneDuplicatesView *self;
  guint group;
  gboolean newest;
} Choice;

static void
select_file (PaneFolderModel *model, PaneDuplicatePlaces *places, const char *path)
{
  guint position = pane_duplicate_places_find (places, path);

  if (position != GTK_INVALID_LIST_POSITION)
    pane_folder_model_select_id (model, pane_folder_model_get_id (model, position), FALSE);
}

/* Hard links of the one that stays take up nothing: they stay, too. */
static void
verified_cb (ThawFuture *completed, gpointer data)
{
  Choice *choice = data;
  PaneDuplicatesView *self = choice->self;
  PaneDuplicateGroup *group
      = g_hash_table_lookup (self->groups, GUINT_TO_POINTER (choice->group + 1));
  PaneFolderModel *model = pane_view_get_model (PANE_VIEW (self));
  PaneDuplicate *kept;

  if (thaw_future_get_state (completed) != THAW_FUTURE_RESOLVED)
    {
      thaw_future_get_error (completed); /* it isn't the same any more: then it isn't selected */
      return;
    }
  kept = group != NULL ? pane_duplicate_group_choose (group, choice->newest) : NULL;
  if (kept == NULL)
    return;
  pane_duplicate_places_look (self->places);
  for (guint i = 0; i < group->files->len; i++)
    {
      PaneDuplicate *file = g_ptr_array_index (group->files, i);

      if (file->copy != kept->copy)
        select_file (model, self->places, file->path);
    }
}

static void
select_but (PaneDuplicatesView *self, gboolean newest)
{
  PaneFolderModel *model = pane_view_get_model (PANE_VIEW (self));

  gtk_selection_model_unselect_all (GTK_SELECTION_MODEL (model));
  for (guint i = 0; i < self->shown->len; i++)
    {
      PaneDuplicateGroup *group = g_ptr_array_index (self->shown, i);
      g_autoptr (ThawFuture) future = NULL;
      Choice *choice;

      if (pane_duplicate_group_count_shown (group) < 2)
        continue;
      choice = g_new (Choice, 1);
      *choice = (Choice){ self, group->group, newest };
      future = thaw_duplicates_verify (self->search, self->scope, group->group);
      thaw_future_done (future, self->scope, verified_cb, choice, g_free);
    }
}

static void
newest_cb (GtkButton *button, PaneDuplicatesView *self)
{
  select_but (self, TRUE);
}

static void
oldest_cb (GtkButton *button, PaneDuplicatesView *self)
{
  select_but (self, FALSE);
}

/* The view */

static void
set_model (PaneView *view, PaneFolderModel *model)
{
  PANE_VIEW_CLASS (pane_duplicates_view_parent_class)->set_model (view, model);
  follow_model ((PaneDuplicatesView *) view);
}

static void
root (GtkWidget *widget)
{
  GTK_WIDGET_CLASS (pane_duplicates_view_parent_class)->root (widget);
  grow_soon ((PaneDuplicatesView *) widget);
}

/* The view that comes next shows what the user has expanded. */
static void
unroot (GtkWidget *widget)
{
  collapse_folders ((PaneDuplicatesView *) widget);
  GTK_WIDGET_CLASS (pane_duplicates_view_parent_class)->unroot (widget);
}

static void
pane_duplicates_view_dispose (GObject *object)
{
  PaneDuplicatesView *self = (PaneDuplicatesView *) object;

  g_clear_handle_id (&self->grow_timer, g_source_remove);
  forget_search (self);
  g_clear_pointer (&self->bar, gtk_widget_unparent);
  G_OBJECT_CLASS (pane_duplicates_view_parent_class)->dispose (object);
}

static void
pane_duplicates_view_finalize (GObject *object)
{
  PaneDuplicatesView *self = (PaneDuplicatesView *) object;

  g_clear_pointer (&self->scope, thaw_scope_unref);
  g_hash_table_unref (self->groups);
  g_array_unref (self->files);
  g_hash_table_unref (self->numbers);
  g_array_unref (self->tops);
  g_ptr_array_unref (self->shown);
  G_OBJECT_CLASS (pane_duplicates_view_parent_class)->finalize (object);
}

static void
pane_duplicates_view_class_init (PaneDuplicatesViewClass *klass)
{
  PaneCanvasViewClass *canvas_class = PANE_CANVAS_VIEW_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = pane_duplicates_view_dispose;
  G_OBJECT_CLASS (klass)->finalize = pane_duplicates_view_finalize;
  GTK_WIDGET_CLASS (klass)->root = root;
  GTK_WIDGET_CLASS (klass)->unroot = unroot;
  PANE_VIEW_CLASS (klass)->set_model = set_model;
  PANE_VIEW_CLASS (klass)->measure_cell = measure_cell;
  PANE_VIEW_CLASS (klass)->dup_shown = dup_shown;
  PANE_VIEW_CLASS (klass)->draw_cell = draw_cell;
  canvas_class->lay_out = lay_out;
  canvas_class->get_area = get_area;
  canvas_class->dup_positions = dup_positions;
  canvas_class->draw_below = draw_below;
}

static void
add_button (PaneDuplicatesView *self, const char *label, GCallback callback)
{
  GtkWidget *button = gtk_button_new_with_label (label);

  g_signal_connect (button, "clicked", callback, self);
  gtk_box_append (GTK_BOX (self->buttons), button);
}

static void
pane_duplicates_view_init (PaneDuplicatesView *self)
{
  GtkWidget *scrolled = pane_canvas_view_get_scrolled (PANE_CANVAS_VIEW (self));

  self->scope = thaw_scope_new_for_owner ("duplicates view", G_OBJECT (self), NULL);
  self->groups
      = g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify) pane_duplicate_group_free);
  self->files = g_array_new (FALSE, FALSE, sizeof (Placed));
  self->numbers = g_hash_table_new (NULL, NULL);
  self->tops = g_array_new (FALSE, FALSE, sizeof (int));
  self->shown = g_ptr_array_new ();
  self->bar = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, MARGIN);
  gtk_widget_add_css_class (self->bar, "toolbar");
  self->status = gtk_label_new (NULL);
  gtk_label_set_ellipsize (GTK_LABEL (self->status), PANGO_ELLIPSIZE_END);
  gtk_label_set_xalign (GTK_LABEL (self->status), 0);
  gtk_widget_set_hexpand (self->status, TRUE);
  gtk_box_append (GTK_BOX (self->bar), self->status);
  self->buttons = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, MARGIN);
  gtk_box_append (GTK_BOX (self->bar), self->buttons);
  add_button (self, _ ("Select All but the _Newest"), G_CALLBACK (newest_cb));
  add_button (self, _ ("Select All but the _Oldest"), G_CALLBACK (oldest_cb));
  for (GtkWidget *button = gtk_widget_get_first_child (self->buttons); button != NULL;
       button = gtk_widget_get_next_sibling (button))
    gtk_button_set_use_underline (GTK_BUTTON (button), TRUE);
  gtk_widget_set_layout_manager (GTK_WIDGET (self), gtk_box_layout_new (GTK_ORIENTATION_VERTICAL));
  gtk_widget_insert_before (self->bar, GTK_WIDGET (self), scrolled);
  pane_view_set_icon_sizes (PANE_VIEW (self), (const int[]){ 32, 48, 64, 96 }, 4, 1);
  update_status (self);
}

static guint
suits (PaneFolderModel *model)
{
  ThawFolder *folder = pane_folder_model_get_folder (model);

  return folder == NULL || g_file_is_native (thaw_folder_get_location (folder)) ? 5 : 0;
}

const PaneViewInfo pane_duplicates_view_info = {
  .id = "duplicates",
  .title = N_ ("Duplicates"),
  .icon_name = "edit-copy-symbolic",
  .rank = 80,
  .needs = PANE_NEEDS_STAT | PANE_NEEDS_THUMBNAIL,
  .get_type = pane_duplicates_view_get_type,
  .suits = suits,
  .has_order = TRUE,
  .column = THAW_SORT_SIZE,
  .descending = TRUE,
};
