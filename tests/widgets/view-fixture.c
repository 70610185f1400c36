/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A folder that exists only in memory, shown by a real view in a real window. Stores are built with
 * the writer's functions and orders with a sorter, on the test's own thread, so a test says exactly
 * which order is published when. Looking is done from outside: where row widgets are, what their
 * list items are called, what they paint.
 */
#include "view-fixture.h"

#include <adwaita.h>

#define DEADLINE_USEC (20 * G_USEC_PER_SEC)
#define NSEC_PER_SEC G_GINT64_CONSTANT (1000000000)

static const char *const extensions[] = {
  "txt", "png", "pdf", "c", "jpg", "zip", "tar.gz", "mp4", "odt", "html",
};

static void
append_entry (ThawEntryStore *store, GRand *rand, guint i)
{
  ThawEntryKind kind = THAW_ENTRY_FILE;
  g_autofree char *name = NULL;
  guint32 id;

  if (i % 97 == 3)
    kind = THAW_ENTRY_FOLDER;
  else if (i % 101 == 5)
    kind = THAW_ENTRY_SYMLINK;
  if (kind == THAW_ENTRY_FOLDER)
    name = g_strdup_printf ("Folder %u", i);
  else
    name = g_strdup_printf ("%s-%u.%s",
                            i % 3 == 0 ? "report"
                            : i % 3 == 1
                                ? "IMG"
                                : "a file with quite a long name that hardly fits its column",
                            i,
                            extensions[i % G_N_ELEMENTS (extensions)]);
  id = thaw_entry_store_append (store, name, strlen (name), kind);
  thaw_entry_store_set_stat (
      store,
      id,
      (guint64) g_rand_int_range (rand, 0, 1 << 30),
      (g_get_real_time () / G_USEC_PER_SEC - g_rand_int_range (rand, 0, 40000000)) * NSEC_PER_SEC,
      kind == THAW_ENTRY_FOLDER ? 0040755 : 0100644);
}

ThawEntryStore *
fixture_make_store (guint n_entries, guint32 seed)
{
  g_autoptr (ThawCollation) collation = thaw_collation_new ("en_US");
  g_autoptr (GRand) rand = g_rand_new_with_seed (seed);
  ThawEntryStore *store = thaw_entry_store_new (collation);

  for (guint i = 0; i < n_entries; i++)
    append_entry (store, rand, i);
  thaw_entry_store_publish (store);
  return store;
}

ThawSorter *
fixture_make_sorter (ThawEntryStore *store)
{
  ThawOrderSpec spec;
  ThawSorter *sorter;

  thaw_order_spec_init (&spec);
  sorter = thaw_sorter_new (store, &spec);
  thaw_order_spec_clear (&spec);
  return sorter;
}

ThawOrder *
fixture_make_order (ThawSorter *sorter,
                    ThawSortColumn column,
                    gboolean descending,
                    const char *filter)
{
  ThawOrderSpec spec;

  thaw_order_spec_init (&spec);
  spec.column = column;
  spec.descending = descending;
  spec.filter = g_strdup (filter);
  thaw_sorter_set_spec (sorter, &spec);
  thaw_order_spec_clear (&spec);
  return thaw_sorter_make (sorter);
}

/* Frames */

static void
after_paint_cb (GdkFrameClock *clock, guint *n_frames)
{
  (*n_frames)++;
}

static gboolean
deadline_cb (gpointer user_data)
{
  g_error ("no frame within %d s", (int) (DEADLINE_USEC / G_USEC_PER_SEC));
  return G_SOURCE_REMOVE;
}

void
view_fixture_run_frames (ViewFixture *self, guint n_frames)
{
  GdkFrameClock *clock = gtk_widget_get_frame_clock (self->window);
  guint deadline = g_timeout_add (DEADLINE_USEC / 1000, deadline_cb, NULL);
  guint n_painted = 0;
  gulong painted = g_signal_connect (clock, "after-paint", G_CALLBACK (after_paint_cb), &n_painted);

  while (n_painted < n_frames)
    {
      gdk_frame_clock_request_phase (clock, GDK_FRAME_CLOCK_PHASE_UPDATE);
      g_main_context_iteration (NULL, TRUE);
    }
  g_signal_handler_disconnect (clock, painted);
  g_source_remove (deadline);
}

/* Growing and shrinking take a frame for every two dozen rows, types and icons come from other threads: until
 * two pictures of the whole view are the same. */
void
view_fixture_settle (ViewFixture *self)
{
  gint64 end = g_get_monotonic_time () + DEADLINE_USEC;
  guint n_ordered = thaw_order_get_n (pane_folder_model_get_order (self->model));
  g_autoptr (GBytes) before = NULL;

  while (g_list_model_get_n_items (G_LIST_MODEL (self->model)) != n_ordered)
    {
      g_assert_cmpint (g_get_monotonic_time (), <, end);
      view_fixture_run_frames (self, 1);
    }
  for (;;)
    {
      g_autoptr (GBytes) now = NULL;

      view_fixture_run_frames (self, 4);
      now = view_fixture_paint (self, pane_slot_view_get_list (PANE_SLOT_VIEW (self->view)));
      if (before != NULL && g_bytes_equal (before, now))
        return;
      g_assert_cmpint (g_get_monotonic_time (), <, end);
      g_clear_pointer (&before, g_bytes_unref);
      before = g_steal_pointer (&now);
    }
}

/* The window */

void
view_fixture_publish (ViewFixture *self,
                      ThawSortColumn column,
                      gboolean descending,
                      const char *filter)
{
  g_autoptr (ThawOrder) order = fixture_make_order (self->sorter, column, descending, filter);

  pane_folder_model_publish (self->model, order);
}

ViewFixture *
view_fixture_new (const char *view_id, ThawEntryStore *store, int width, int height)
{
  ViewFixture *self = g_new0 (ViewFixture, 1);

  self->store = store;
  self->sorter = fixture_make_sorter (store);
  self->model = pane_folder_model_new ();
  self->window = gtk_window_new ();
  self->view = pane_view_registry_create (view_id);
  pane_view_set_model (self->view, self->model);
  gtk_window_set_decorated (GTK_WINDOW (self->window), FALSE);
  gtk_window_set_default_size (GTK_WINDOW (self->window), width, height);
  gtk_window_set_child (GTK_WINDOW (self->window), GTK_WIDGET (self->view));
  gtk_window_present (GTK_WINDOW (self->window));
  view_fixture_run_frames (self, 2);
  view_fixture_publish (self, THAW_SORT_NAME, FALSE, NULL);
  view_fixture_run_frames (self, 2);
  return self;
}

void
view_fixture_free (ViewFixture *self)
{
  gtk_window_destroy (GTK_WINDOW (self->window));
  g_object_unref (self->model);
  thaw_sorter_free (self->sorter);
  thaw_entry_store_unref (self->store);
  g_free (self);
}

/* Looking */

typedef struct {
  ViewFixture *fixture;
  guint32 id;
  double y;
  PaneCell *found;
} Search;

static gboolean
is_in_sight (ViewFixture *self, PaneCell *cell)
{
  GtkWidget *list = pane_slot_view_get_list (PANE_SLOT_VIEW (self->view));
  double y;

  if (!gtk_widget_get_mapped (GTK_WIDGET (cell)))
    return FALSE;
  y = view_fixture_get_y (self, cell);
  return y + gtk_widget_get_height (GTK_WIDGET (cell)) > 0 && y < gtk_widget_get_height (list);
}

static void
find_id (PaneCell *cell, gpointer user_data)
{
  Search *search = user_data;

  if (pane_cell_get_id (cell) == search->id && is_in_sight (search->fixture, cell))
    search->found = cell;
}

PaneCell *
view_fixture_find_cell (ViewFixture *self, guint32 id)
{
  Search search = { self, id };

  pane_slot_view_foreach_cell (PANE_SLOT_VIEW (self->view), find_id, &search);
  return search.found;
}

static void
find_first (PaneCell *cell, gpointer user_data)
{
  Search *search = user_data;
  double y;

  if (!is_in_sight (search->fixture, cell))
    return;
  y = view_fixture_get_y (search->fixture, cell);
  if (search->found == NULL || y < search->y
      || (y == search->y && pane_cell_get_position (cell) < pane_cell_get_position (search->found)))
    {
      search->found = cell;
      search->y = y;
    }
}

PaneCell *
view_fixture_get_first_cell (ViewFixture *self)
{
  Search search = { self };

  pane_slot_view_foreach_cell (PANE_SLOT_VIEW (self->view), find_first, &search);
  return search.found;
}

PaneCell *
view_fixture_get_focus_cell (ViewFixture *self)
{
  GtkWidget *focus = gtk_root_get_focus (GTK_ROOT (self->window));
  GtkWidget *child = focus != NULL ? gtk_widget_get_first_child (focus) : NULL;

  return PANE_IS_CELL (child) ? PANE_CELL (child) : NULL;
}

double
view_fixture_get_y (ViewFixture *self, PaneCell *cell)
{
  GtkWidget *list = pane_slot_view_get_list (PANE_SLOT_VIEW (self->view));
  graphene_rect_t bounds;

  g_assert_true (
      gtk_widget_compute_bounds (gtk_widget_get_parent (GTK_WIDGET (cell)), list, &bounds));
  return bounds.origin.y;
}

/* There is no getter, but the checker says what it found instead of what it was told to expect. */
char *
view_fixture_dup_label (PaneCell *cell)
{
  GtkWidget *item = gtk_widget_get_parent (GTK_WIDGET (cell));
  char *found = gtk_test_accessible_check_property (GTK_ACCESSIBLE (item),
                                                    GTK_ACCESSIBLE_PROPERTY_LABEL,
                                                    "\001 no entry is called so");

  return found;
}

GdkTexture *
view_fixture_take_picture (ViewFixture *self, GtkWidget *widget)
{
  g_autoptr (GdkPaintable) paintable = gtk_widget_paintable_new (widget);
  g_autoptr (GtkSnapshot) snapshot = gtk_snapshot_new ();
  g_autoptr (GskRenderNode) node = NULL;
  graphene_rect_t area
      = GRAPHENE_RECT_INIT (0, 0, gtk_widget_get_width (widget), gtk_widget_get_height (widget));

  gdk_paintable_snapshot (paintable, snapshot, area.size.width, area.size.height);
  node = gtk_snapshot_to_node (snapshot);
  if (node == NULL)
    return NULL;
  return gsk_renderer_render_texture (gtk_native_get_renderer (GTK_NATIVE (self->window)),
                                      node,
                                      &area);
}

GBytes *
view_fixture_paint (ViewFixture *self, GtkWidget *widget)
{
  g_autoptr (GdkTexture) texture = view_fixture_take_picture (self, widget);
  GdkTextureDownloader *downloader;
  gsize stride;
  GBytes *pixels;

  if (texture == NULL)
    return g_bytes_new_static ("", 0);
  downloader = gdk_texture_downloader_new (texture);
  pixels = gdk_texture_downloader_download_bytes (downloader, &stride);
  gdk_texture_downloader_free (downloader);
  return pixels;
}
