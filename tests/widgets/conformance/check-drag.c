/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Dragging out of a view, and what a host needs of it to let things be dropped. */
#include "conformance.h"

static void
test_drag_out (gconstpointer view_id)
{
  Fixture *self = fixture_new (view_id, FEW);
  guint32 ids[] = { get_seen (self, 0), get_seen (self, 1) };

  select_ids (self, ids, G_N_ELEMENTS (ids));
  begin_drag (self, ids[1]);
  cancel_drag (self);
  g_assert_cmpuint (self->n_drags, ==, 1);
  g_assert_cmpuint (self->n_dragged, ==, 2);
  g_assert_cmpuint (get_n_selected (self), ==, 2);
  fixture_free (self);
}

/* What isn't selected is dragged alone. */
static void
test_drag_one (gconstpointer view_id)
{
  Fixture *self = fixture_new (view_id, FEW);
  guint32 ids[] = { get_seen (self, 0), get_seen (self, 1) }, other = get_seen (self, 2);

  select_ids (self, ids, G_N_ELEMENTS (ids));
  begin_drag (self, other);
  cancel_drag (self);
  g_assert_cmpuint (self->n_drags, ==, 1);
  g_assert_cmpuint (self->n_dragged, ==, 1);
  g_assert_true (is_selected (self, other));
  fixture_free (self);
}

/* A host that has nothing to give away. */
static void
test_drag_refused (gconstpointer view_id)
{
  Fixture *self = fixture_new (view_id, FEW);

  self->refuses_drags = TRUE;
  begin_drag (self, get_seen (self, 1));
  cancel_drag (self);
  g_assert_cmpuint (self->n_drags, ==, 1);
  click (self, get_seen (self, 2), 1, NULL);
  g_assert_cmpuint (get_n_selected (self), ==, 1);
  g_assert_true (is_selected (self, get_seen (self, 2)));
  fixture_free (self);
}

/* What is dragged goes, and so does the folder's order, under the drag. */
static void
test_drag_churn (gconstpointer view_id)
{
  Fixture *self = fixture_new (view_id, FEW);
  guint32 id = get_seen (self, 1);

  begin_drag (self, id);
  g_assert_cmpuint (self->n_drags, ==, 1);
  thaw_entry_store_remove (self->view->store, id);
  publish (self, THAW_SORT_SIZE, TRUE, NULL);
  move_to (self, 60, 60);
  publish (self, THAW_SORT_NAME, FALSE, "no name has this in it");
  move_to (self, 90, 90);
  publish_all (self);
  cancel_drag (self);
  click (self, get_seen (self, 2), 1, NULL);
  g_assert_cmpuint (get_n_selected (self), ==, 1);
  fixture_free (self);
}

/* Dropping. What may be dropped is the host's business; the view says where it would go. */

typedef struct {
  Fixture *fixture;
  guint n_drops;
  guint32 id;
  gboolean on_background;
} Host;

static guint32
find_folder_at (Host *host, double x, double y)
{
  guint32 id = pane_view_get_entry_at (host->fixture->view->view, x, y);

  return id != THAW_NO_ENTRY && thaw_entry_store_is_folder (host->fixture->view->store, id)
             ? id
             : THAW_NO_ENTRY;
}

static GdkDragAction
motion_cb (GtkDropTarget *target, double x, double y, Host *host)
{
  guint32 folder = find_folder_at (host, x, y);

  pane_view_set_drop_entry (host->fixture->view->view, folder);
  if (folder == THAW_NO_ENTRY
      && pane_view_get_entry_at (host->fixture->view->view, x, y) != THAW_NO_ENTRY)
    return 0;
  return GDK_ACTION_COPY;
}

static gboolean
drop_cb (GtkDropTarget *target, const GValue *value, double x, double y, Host *host)
{
  g_assert_cmpstr (g_value_get_string (value), ==, "dragged");
  host->n_drops++;
  host->id = find_folder_at (host, x, y);
  host->on_background = pane_view_get_entry_at (host->fixture->view->view, x, y) == THAW_NO_ENTRY;
  pane_view_set_drop_entry (host->fixture->view->view, THAW_NO_ENTRY);
  return TRUE;
}

static void
accept_drops (Host *host)
{
  GtkDropTarget *target = gtk_drop_target_new (G_TYPE_STRING, GDK_ACTION_COPY);

  g_signal_connect (target, "motion", G_CALLBACK (motion_cb), host);
  g_signal_connect (target, "drop", G_CALLBACK (drop_cb), host);
  gtk_widget_add_controller (get_widget (host->fixture), GTK_EVENT_CONTROLLER (target));
}

static gboolean
has_dropped (Fixture *self, gpointer host)
{
  return ((Host *) host)->n_drops > 0;
}

static guint32
find_seen_kind (Fixture *self, gboolean folder, guint32 except)
{
  guint32 id;

  for (guint i = 0; (id = get_seen (self, i)) != THAW_NO_ENTRY; i++)
    if (id != except && thaw_entry_store_is_folder (self->view->store, id) == folder)
      return id;
  return THAW_NO_ENTRY;
}

/* Through the server and the protocol of drags, as from another program. */
static void
drag_to (Fixture *self, guint32 id, int x, int y)
{
  begin_drag (self, id);
  for (int i = 3; i >= 0; i--)
    move_to (self, x - 2 * i, y - i);
}

/* GDK for X11 keeps something of each drop that comes from the same program. */
static void
unless_leaks_count (GTestDataFunc test, gconstpointer view_id)
{
#ifdef __SANITIZE_ADDRESS__
  g_test_skip ("GDK leaks at a drop from the same program");
#else
  test (view_id);
#endif
}

static void
drop_on_folder (gconstpointer view_id)
{
  Fixture *self = fixture_new (view_id, FEW);
  Host host = { .fixture = self, .id = THAW_NO_ENTRY };
  guint32 folder = find_seen_kind (self, TRUE, THAW_NO_ENTRY);
  guint32 dragged = find_seen_kind (self, FALSE, folder);
  int x, y;

  if (folder == THAW_NO_ENTRY || dragged == THAW_NO_ENTRY)
    g_test_message ("none of both are in sight");
  else
    {
      accept_drops (&host);
      g_assert_true (find_center (self, folder, &x, &y));
      drag_to (self, dragged, x, y);
      end_drag (self);
      wait_for (self, has_dropped, &host, "the drop");
      g_assert_cmpuint (host.id, ==, folder);
      g_assert_true (is_selected (self, dragged));
    }
  fixture_free (self);
}

static void
test_drop_on_folder (gconstpointer view_id)
{
  unless_leaks_count (drop_on_folder, view_id);
}

/* What was refused flies back, under the pointer, for half a second. */
static gboolean
takes_clicks (Fixture *self, gpointer id)
{
  click (self, GPOINTER_TO_UINT (id), 1, NULL);
  return is_selected (self, GPOINTER_TO_UINT (id));
}

static void
test_drop_on_file (gconstpointer view_id)
{
  Fixture *self = fixture_new (view_id, FEW);
  Host host = { .fixture = self, .id = THAW_NO_ENTRY };
  guint32 dragged = find_seen_kind (self, FALSE, THAW_NO_ENTRY);
  guint32 file = find_seen_kind (self, FALSE, dragged);
  int x, y;

  if (dragged == THAW_NO_ENTRY || file == THAW_NO_ENTRY)
    g_test_message ("none of both are in sight");
  else
    {
      accept_drops (&host);
      g_assert_true (find_center (self, file, &x, &y));
      drag_to (self, dragged, x, y);
      end_drag (self);
      wait_for (self, takes_clicks, GUINT_TO_POINTER (file), "the view to take clicks again");
      g_assert_cmpuint (host.n_drops, ==, 0);
    }
  fixture_free (self);
}

static void
drop_on_background (gconstpointer view_id)
{
  Fixture *self = fixture_new (view_id, FEW);
  Host host = { .fixture = self, .id = THAW_NO_ENTRY };
  int x, y;

  show_few (self);
  if (!find_background (self, &x, &y))
    g_test_message ("entries fill the view");
  else
    {
      accept_drops (&host);
      drag_to (self, get_seen (self, 0), x, y);
      end_drag (self);
      wait_for (self, has_dropped, &host, "the drop");
      g_assert_true (host.on_background);
    }
  fixture_free (self);
}

static void
test_drop_on_background (gconstpointer view_id)
{
  unless_leaks_count (drop_on_background, view_id);
}

const Check conformance_drag[] = {
  { "drag-out", test_drag_out },
  { "drag-one", test_drag_one },
  { "drag-refused", test_drag_refused },
  { "drag-churn", test_drag_churn },
  { "drop-on-folder", test_drop_on_folder },
  { "drop-on-file", test_drop_on_file },
  { "drop-on-background", test_drop_on_background },
  { NULL },
};
