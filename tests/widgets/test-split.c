/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Two panes and the divider: where they stand, and that none is taken out for it. */
#include <adwaita.h>
#include "pane-split.h"

#define PATIENCE_USEC (10 * G_USEC_PER_SEC)

typedef struct {
  GtkWidget *window;
  PaneSplit *split;
  GtkWidget *panes[PANE_SPLIT_MAX];
} Fixture;

static void
set_up (Fixture *self, gconstpointer data)
{
  self->window = gtk_window_new ();
  self->split = PANE_SPLIT (pane_split_new ());
  gtk_window_set_child (GTK_WINDOW (self->window), GTK_WIDGET (self->split));
  gtk_window_set_decorated (GTK_WINDOW (self->window), FALSE);
  for (guint i = 0; i < PANE_SPLIT_MAX; i++)
    self->panes[i] = g_object_ref_sink (gtk_text_view_new ());
  pane_split_add (self->split, self->panes[0]);
  pane_split_add (self->split, self->panes[1]);
}

static void
tear_down (Fixture *self, gconstpointer data)
{
  gtk_window_destroy (GTK_WINDOW (self->window));
  for (guint i = 0; i < PANE_SPLIT_MAX; i++)
    g_clear_object (&self->panes[i]);
}

static graphene_rect_t
bounds_of (Fixture *self, guint n)
{
  graphene_rect_t bounds = GRAPHENE_RECT_INIT (0, 0, 0, 0);

  if (!gtk_widget_compute_bounds (self->panes[n], GTK_WIDGET (self->split), &bounds))
    g_assert_not_reached ();
  return bounds;
}

/* As a parent does, so that no window manager has a say in it. */
static void
lay_out (Fixture *self, int width, int height)
{
  gtk_widget_measure (GTK_WIDGET (self->split),
                      GTK_ORIENTATION_HORIZONTAL,
                      -1,
                      NULL,
                      NULL,
                      NULL,
                      NULL);
  gtk_widget_allocate (GTK_WIDGET (self->split), width, height, -1, NULL);
}

static void
test_beside_each_other (Fixture *self, gconstpointer data)
{
  lay_out (self, 800, 400);
  g_assert_false (pane_split_is_stacked (self->split));
  g_assert_cmpfloat (bounds_of (self, 0).size.width, ==, 400);
  g_assert_cmpfloat (bounds_of (self, 1).origin.x, ==, 400);
  g_assert_cmpfloat (bounds_of (self, 1).size.height, ==, 400);
  pane_split_set_fraction (self->split, 0.6);
  lay_out (self, 800, 400);
  g_assert_cmpfloat (bounds_of (self, 0).size.width, ==, 480);
  pane_split_set_fraction (self->split, 0.01); /* neither is pressed to nothing */
  lay_out (self, 800, 400);
  g_assert_cmpfloat (bounds_of (self, 0).size.width, >=, 250);
}

static void
test_above_each_other (Fixture *self, gconstpointer data)
{
  lay_out (self, 480, 600);
  g_assert_true (pane_split_is_stacked (self->split));
  g_assert_cmpfloat (bounds_of (self, 0).size.width, ==, 480);
  g_assert_cmpfloat (bounds_of (self, 1).origin.y, ==, 300);
  lay_out (self, 500, 600);
  g_assert_false (pane_split_is_stacked (self->split));
}

static void
test_mirrored (Fixture *self, gconstpointer data)
{
  gtk_widget_set_direction (GTK_WIDGET (self->split), GTK_TEXT_DIR_RTL);
  pane_split_set_fraction (self->split, 0.6);
  lay_out (self, 1000, 400);
  g_assert_cmpfloat (bounds_of (self, 0).origin.x, ==, 400);
  g_assert_cmpfloat (bounds_of (self, 1).origin.x, ==, 0);
  g_assert_cmpfloat (bounds_of (self, 1).size.width, ==, 400);
}

/* They stay the same children, with their focus. */
static void
test_keeps_its_panes (Fixture *self, gconstpointer data)
{
  gtk_window_present (GTK_WINDOW (self->window));
  gtk_widget_grab_focus (self->panes[1]);
  pane_split_swap (self->split);
  g_assert_true (pane_split_get_pane (self->split, 0) == self->panes[1]);
  g_assert_true (gtk_widget_get_next_sibling (self->panes[1]) == self->panes[0]);
  g_assert_true (gtk_window_get_focus (GTK_WINDOW (self->window)) == self->panes[1]);
  lay_out (self, 800, 400);
  g_assert_cmpfloat (bounds_of (self, 1).origin.x, ==, 0);
  pane_split_remove (self->split, self->panes[0]);
  g_assert_cmpuint (pane_split_get_n_panes (self->split), ==, 1);
  g_assert_null (pane_split_get_pane (self->split, 1));
  g_assert_true (gtk_window_get_focus (GTK_WINDOW (self->window)) == self->panes[1]);
  lay_out (self, 800, 400);
  g_assert_cmpfloat (bounds_of (self, 1).size.width, ==, 800);
  pane_split_swap (self->split); /* nothing to swap with */
  pane_split_add (self->split, self->panes[0]);
  g_assert_true (pane_split_get_pane (self->split, 1) == self->panes[0]);
}

static void
arranged_cb (PaneSplit *split, gpointer n)
{
  ++*(guint *) n;
}

/* Once for all that happened in a turn, and when there is room no more. */
static void
test_says_how_it_is_arranged (Fixture *self, gconstpointer data)
{
  guint n = 0;
  gint64 deadline = g_get_monotonic_time () + PATIENCE_USEC;

  g_signal_connect (self->split, "arranged", G_CALLBACK (arranged_cb), &n);
  while (n == 0 && g_get_monotonic_time () < deadline)
    g_main_context_iteration (NULL, FALSE);
  g_assert_cmpuint (n, ==, 1);
  lay_out (self, 300, 600);
  while (n == 1 && g_get_monotonic_time () < deadline)
    g_main_context_iteration (NULL, FALSE);
  g_assert_cmpuint (n, ==, 2);
}

int
main (int argc, char **argv)
{
  gtk_test_init (&argc, &argv, NULL);
#define ADD(path, func) g_test_add (path, Fixture, NULL, set_up, func, tear_down)
  ADD ("/widgets/split/beside-each-other", test_beside_each_other);
  ADD ("/widgets/split/above-each-other", test_above_each_other);
  ADD ("/widgets/split/mirrored", test_mirrored);
  ADD ("/widgets/split/keeps-its-panes", test_keeps_its_panes);
  ADD ("/widgets/split/says-how-it-is-arranged", test_says_how_it_is_arranged);
#undef ADD
  return g_test_run ();
}
