/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A canvas whose entries are anywhere: what is beside each other is at either end of the order.
 * What is in sight is shown whether the view says which entries are there, or only between which
 * places in the order they are, or neither; and how many entries are looked at for that is what it
 * says. */
#include "pane-canvas-view.h"
#include "view-fixture.h"

#include <adwaita.h>

#define N_ENTRIES 2000
#define LINE 20
#define N_LINES 15 /* in sight */

#define TEST_TYPE_SCATTERED (test_scattered_get_type ())
G_DECLARE_FINAL_TYPE (TestScattered, test_scattered, TEST, SCATTERED, PaneCanvasView)

struct _TestScattered {
  PaneCanvasView parent_instance;
};

G_DEFINE_FINAL_TYPE (TestScattered, test_scattered, PANE_TYPE_CANVAS_VIEW)

static guint n_looked_at;

/* The view */

/* The first, the last, the second, the last but one, and so on. */
static guint
get_scattered (guint line, guint n)
{
  return line % 2 == 0 ? line / 2 : n - 1 - line / 2;
}

static guint
get_line (guint position, guint n)
{
  return position < (n + 1) / 2 ? 2 * position : 2 * (n - 1 - position) + 1;
}

static void
lay_out (PaneCanvasView *view, int width, int height, int *content_width, int *content_height)
{
  *content_width = width;
  *content_height = (int) pane_canvas_view_get_n (view) * LINE;
}

static void
get_area (PaneCanvasView *view, guint position, int *x, int *y, int *width, int *height)
{
  n_looked_at++;
  *x = 0;
  *y = (int) get_line (position, pane_canvas_view_get_n (view)) * LINE;
  *width = 100;
  *height = LINE;
}

static void
get_area_in_order (PaneCanvasView *view, guint position, int *x, int *y, int *width, int *height)
{
  n_looked_at++;
  *x = 0;
  *y = (int) position * LINE;
  *width = 100;
  *height = LINE;
}

static GtkBitset *
dup_positions (PaneCanvasView *view, int x, int y, int width, int height)
{
  GtkBitset *found = gtk_bitset_new_empty ();
  guint n = pane_canvas_view_get_n (view);

  for (guint line = (guint) MAX (y, 0) / LINE; line < n && (int) line * LINE < y + height; line++)
    gtk_bitset_add (found, get_scattered (line, n));
  return found;
}

static GtkBitset *
dup_no_positions (PaneCanvasView *view, int x, int y, int width, int height)
{
  return NULL;
}

/* More than there are. */
static void
find_range (PaneCanvasView *view, int x, int y, int width, int height, guint *first, guint *end)
{
  *first = 0;
  *end = G_MAXUINT;
}

/* What a view does that asks its base first. */
static GtkBitset *
dup_positions_as_base (PaneCanvasView *view, int x, int y, int width, int height)
{
  return PANE_CANVAS_VIEW_CLASS (test_scattered_parent_class)
      ->dup_positions (view, x, y, width, height);
}

static void
draw_cell (PaneView *view, PaneCell *cell, GtkSnapshot *snapshot)
{
}

static void
test_scattered_class_init (TestScatteredClass *klass)
{
  PANE_VIEW_CLASS (klass)->draw_cell = draw_cell;
  PANE_CANVAS_VIEW_CLASS (klass)->lay_out = lay_out;
}

static void
test_scattered_init (TestScattered *self)
{
}

/* The tests */

typedef struct {
  const char *name;
  void (*get_area) (PaneCanvasView *, guint, int *, int *, int *, int *);
  void (*find_range) (PaneCanvasView *, int, int, int, int, guint *, guint *); /* or the base's */
  GtkBitset *(*dup_positions) (PaneCanvasView *, int, int, int, int);          /* or the base's */
  guint n_shown;
  guint most_looked_at;
  gboolean spans; /* what is in sight is at both ends of the order */
} Way;

static const Way ways[] = {
  { "positions", get_area, NULL, dup_positions, N_LINES, 4 * N_LINES, TRUE },
  { "range", get_area, find_range, NULL, N_LINES, 4 * N_ENTRIES, TRUE },
  { "both", get_area, find_range, dup_positions, N_LINES, 4 * N_LINES, TRUE },
  { "neither", get_area_in_order, NULL, NULL, N_LINES, 8 * N_LINES, FALSE },
  { "base", get_area_in_order, NULL, dup_positions_as_base, N_LINES, 8 * N_LINES, FALSE },
  { "none", get_area, NULL, dup_no_positions, 0, 4 * N_LINES, FALSE },
};

/* The class is one: it does as the test that runs has it. */
static void
go (const Way *way)
{
  PaneCanvasViewClass *klass = g_type_class_ref (TEST_TYPE_SCATTERED);
  PaneCanvasViewClass *base = PANE_CANVAS_VIEW_CLASS (test_scattered_parent_class);

  klass->get_area = way->get_area;
  klass->find_range = way->find_range != NULL ? way->find_range : base->find_range;
  klass->dup_positions = way->dup_positions != NULL ? way->dup_positions : base->dup_positions;
}

static guint
count_shown (ViewFixture *fixture, const Way *way)
{
  guint n = pane_canvas_view_get_n (PANE_CANVAS_VIEW (fixture->view)), n_shown = 0;
  graphene_rect_t bounds;

  for (guint i = 0; i < n; i++)
    if (pane_view_get_entry_bounds (fixture->view,
                                    pane_folder_model_get_id (fixture->model, i),
                                    &bounds))
      {
        guint line = way->get_area == get_area ? get_line (i, n) : i;

        g_assert_cmpfloat (bounds.origin.y, ==, line * LINE);
        n_shown++;
      }
  return n_shown;
}

static void
test_way (gconstpointer data)
{
  const Way *way = data;
  ViewFixture *fixture;
  guint n, first = 0, last = 0;

  go (way);
  fixture = view_fixture_new ("scattered", fixture_make_store (N_ENTRIES, 1), 400, N_LINES * LINE);
  n = pane_canvas_view_get_n (PANE_CANVAS_VIEW (fixture->view));
  view_fixture_run_frames (fixture, 8);
  g_assert_cmpuint (count_shown (fixture, way), ==, way->n_shown);
  n_looked_at = 0;
  pane_canvas_view_moved (PANE_CANVAS_VIEW (fixture->view));
  view_fixture_run_frames (fixture, 2);
  g_assert_cmpuint (n_looked_at, <=, way->most_looked_at);
  g_assert_cmpint (pane_view_get_visible_range (fixture->view, &first, &last),
                   ==,
                   way->n_shown > 0);
  g_assert_cmpuint (first, ==, 0);
  if (way->n_shown > 0)
    g_assert_cmpuint (last, ==, way->spans ? n - 1 : N_LINES - 1);
  view_fixture_free (fixture);
}

int
main (int argc, char **argv)
{
  static const PaneViewInfo info = {
    .id = "scattered",
    .title = "Scattered",
    .icon_name = "view-grid-symbolic",
    .rank = 1000,
    .get_type = test_scattered_get_type,
  };

  gtk_test_init (&argc, &argv, NULL);
  adw_init ();
  pane_view_registry_add (pane_view_registry_get_default (), &info);
  for (guint i = 0; i < G_N_ELEMENTS (ways); i++)
    {
      g_autofree char *path = g_strdup_printf ("/canvas-view/%s", ways[i].name);

      g_test_add_data_func (path, &ways[i], test_way);
    }
  return g_test_run ();
}
