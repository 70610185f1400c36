/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a million rows cost a view: publishing an order, the frames after it, selecting, paging,
 * jumping. Orders are made beforehand, on the side; what is timed is what the loop does. Every
 * figure is the CPU time of the loop's thread, the wall clock beside it: on a busy machine only the
 * former says something about the program. The peer is a GtkListView over a list that says it right
 * away: everything removed, everything added.
 *
 *   bench-views [--quick]
 */
#include "turns.h"
#include "view-fixture.h"
#include "window-figures.h"

#include <adwaita.h>

#define WIDTH 1000
#define HEIGHT 800

static guint n_entries = 1000000;
static guint n_rounds = 21;

#define ROUND 6 /* pages or jumps, one after the other */

/* A span of the loop's time, by both clocks. */
typedef struct {
  gint64 cpu_usec, wall_usec;
  GArray *cpu, *wall; /* ms */
  GArray *longest;    /* of the frames of each round, CPU */
  guint n_before;     /* frames of the rounds before */
} Span;

static void
span_init (Span *span)
{
  span->cpu = figures_new ();
  span->wall = figures_new ();
  span->longest = figures_new ();
  span->n_before = 0;
}

static void
span_clear (Span *span)
{
  g_array_unref (span->cpu);
  g_array_unref (span->wall);
  g_array_unref (span->longest);
}

static void
span_begin (Span *span)
{
  span->cpu_usec = turns_thread_cpu_usec ();
  span->wall_usec = g_get_monotonic_time ();
}

static void
span_end (Span *span)
{
  figures_add (span->cpu, (turns_thread_cpu_usec () - span->cpu_usec) / 1000.0);
  figures_add (span->wall, (g_get_monotonic_time () - span->wall_usec) / 1000.0);
}

static void
span_print (Span *span, const char *name, double percent, double bar)
{
  g_autofree char *remark
      = g_strdup_printf ("CPU; wall clock %.2f", figures_percentile (span->wall, percent));

  figure_print_most (name, figures_percentile (span->cpu, percent), "ms", bar, remark);
}

static void
span_end_round (Span *span)
{
  double longest = 0;

  for (guint i = span->n_before; i < span->cpu->len; i++)
    longest = MAX (longest, g_array_index (span->cpu, double, i));
  if (span->cpu->len > span->n_before)
    figures_add (span->longest, longest);
  span->n_before = span->cpu->len;
}

/* The longest frame of a round, the median of the rounds: one frame in hundreds that the machine
 * held up says nothing of the view. It is told all the same. */
static void
span_print_longest (Span *span, const char *name, double bar)
{
  g_autofree char *remark
      = g_strdup_printf ("CPU; median of %u rounds; of all frames %.2f, wall clock %.2f",
                         span->longest->len,
                         figures_percentile (span->cpu, 100),
                         figures_percentile (span->wall, 100));

  figure_print_most (name, figures_median (span->longest), "ms", bar, remark);
}

/* Frames */

static void
before_paint_cb (GdkFrameClock *clock, Span *span)
{
  span_begin (span);
}

static void
after_paint_cb (GdkFrameClock *clock, Span *span)
{
  span_end (span);
}

static void
watch_frames (ViewFixture *fixture, Span *span)
{
  GdkFrameClock *clock = gtk_widget_get_frame_clock (fixture->window);

  g_signal_connect (clock, "before-paint", G_CALLBACK (before_paint_cb), span);
  g_signal_connect (clock, "after-paint", G_CALLBACK (after_paint_cb), span);
}

static void
unwatch_frames (ViewFixture *fixture, Span *span)
{
  g_signal_handlers_disconnect_by_data (gtk_widget_get_frame_clock (fixture->window), span);
}

/* Publishing */

static void
bench_resort (ViewFixture *fixture, const char *view_id)
{
  g_autoptr (ThawOrder) by_size = fixture_make_order (fixture->sorter, THAW_SORT_SIZE, FALSE, NULL);
  g_autoptr (ThawOrder) by_name = fixture_make_order (fixture->sorter, THAW_SORT_NAME, FALSE, NULL);
  g_autofree char *call_name = g_strdup_printf ("%s: publish a re-sort, call", view_id);
  g_autofree char *frame_name = g_strdup_printf ("%s: publish a re-sort, longest frame", view_id);
  Span call, frame;

  span_init (&call);
  span_init (&frame);
  pane_view_reveal (fixture->view, pane_folder_model_get_id (fixture->model, n_entries / 2), TRUE);
  view_fixture_settle (fixture);
  for (guint i = 0; i < n_rounds; i++)
    {
      span_begin (&call);
      pane_folder_model_publish (fixture->model, i % 2 ? by_name : by_size);
      span_end (&call);
      watch_frames (fixture, &frame);
      view_fixture_run_frames (fixture, 3);
      unwatch_frames (fixture, &frame);
      span_end_round (&frame);
    }
  span_print (&call, call_name, 50, 3);
  span_print_longest (&frame, frame_name, 8);
  span_clear (&call);
  span_clear (&frame);
}

/* To a third of the rows, to a handful, and back to all: the slowest of the three changes counts.
 */
static void
bench_filter (ViewFixture *fixture, const char *view_id)
{
  static const char *const filters[] = { "img", "img-1000", NULL };
  g_autofree char *call_name = g_strdup_printf ("%s: publish a filter's result, call", view_id);
  g_autofree char *frame_name
      = g_strdup_printf ("%s: publish a filter's result, longest frame", view_id);
  Span calls[G_N_ELEMENTS (filters)];
  Span frame;
  guint slowest = 0;

  span_init (&frame);
  for (guint i = 0; i < G_N_ELEMENTS (filters); i++)
    span_init (&calls[i]);
  for (guint i = 0; i < n_rounds / 2 * G_N_ELEMENTS (filters); i++)
    {
      guint which = i % G_N_ELEMENTS (filters);
      g_autoptr (ThawOrder) order
          = fixture_make_order (fixture->sorter, THAW_SORT_NAME, FALSE, filters[which]);

      if (which == 0)
        pane_view_reveal (fixture->view,
                          pane_folder_model_get_id (fixture->model, n_entries / 2),
                          TRUE);
      view_fixture_run_frames (fixture, 3);
      span_begin (&calls[which]);
      pane_folder_model_publish (fixture->model, order);
      span_end (&calls[which]);
      watch_frames (fixture, &frame);
      view_fixture_run_frames (fixture, 20);
      unwatch_frames (fixture, &frame);
      if (which == G_N_ELEMENTS (filters) - 1)
        span_end_round (&frame);
    }
  for (guint i = 1; i < G_N_ELEMENTS (filters); i++)
    {
      if (figures_median (calls[i].cpu) > figures_median (calls[slowest].cpu))
        slowest = i;
    }
  span_print (&calls[slowest], call_name, 50, 3);
  span_print_longest (&frame, frame_name, 8);
  for (guint i = 0; i < G_N_ELEMENTS (filters); i++)
    span_clear (&calls[i]);
  span_clear (&frame);
  view_fixture_settle (fixture);
}

static void
bench_select (ViewFixture *fixture)
{
  GtkSelectionModel *model = GTK_SELECTION_MODEL (fixture->model);
  Span all, invert;

  span_init (&all);
  span_init (&invert);
  for (guint i = 0; i < n_rounds; i++)
    {
      gtk_selection_model_unselect_all (model);
      view_fixture_run_frames (fixture, 1);
      span_begin (&all);
      gtk_selection_model_select_all (model);
      pane_folder_model_get_n_selected (fixture->model);
      span_end (&all);
      span_begin (&invert);
      pane_folder_model_invert_selection (fixture->model);
      pane_folder_model_get_n_selected (fixture->model);
      span_end (&invert);
    }
  span_print (&all, "select all and count", 50, 2);
  span_print (&invert, "invert and count", 50, 2);
  span_clear (&all);
  span_clear (&invert);
}

/* Scrolling */

static GtkAdjustment *
get_adjustment (ViewFixture *fixture)
{
  GtkWidget *scrolled = pane_slot_view_get_scrolled (PANE_SLOT_VIEW (fixture->view));

  return gtk_scrolled_window_get_vadjustment (GTK_SCROLLED_WINDOW (scrolled));
}

static void
bench_pages (ViewFixture *fixture, const char *view_id)
{
  GtkAdjustment *adjustment = get_adjustment (fixture);
  g_autofree char *average_name = g_strdup_printf ("%s: a page further, median frame", view_id);
  g_autofree char *most_name = g_strdup_printf ("%s: a page further, longest frame", view_id);
  Span frame;

  span_init (&frame);
  gtk_adjustment_set_value (adjustment, gtk_adjustment_get_upper (adjustment) / 3);
  view_fixture_run_frames (fixture, 3);
  watch_frames (fixture, &frame);
  for (guint i = 0; i < n_rounds * 4; i++)
    {
      gtk_adjustment_set_value (adjustment,
                                gtk_adjustment_get_value (adjustment)
                                    + gtk_adjustment_get_page_size (adjustment));
      view_fixture_run_frames (fixture, 1);
      if (i % ROUND == ROUND - 1)
        span_end_round (&frame);
    }
  unwatch_frames (fixture, &frame);
  span_print_longest (&frame, most_name, 8);
  span_print (&frame, average_name, 50, 3);
  span_clear (&frame);
}

static void
bench_jumps (ViewFixture *fixture, const char *view_id)
{
  GtkAdjustment *adjustment = get_adjustment (fixture);
  g_autofree char *name = g_strdup_printf ("%s: a jump anywhere, longest frame", view_id);
  g_autoptr (GRand) rand = g_rand_new_with_seed (7);
  Span frame;

  span_init (&frame);
  watch_frames (fixture, &frame);
  for (guint i = 0; i < n_rounds * 2; i++)
    {
      gtk_adjustment_set_value (adjustment,
                                g_rand_double (rand) * gtk_adjustment_get_upper (adjustment));
      view_fixture_run_frames (fixture, 1);
      if (i % ROUND == ROUND - 1)
        span_end_round (&frame);
    }
  unwatch_frames (fixture, &frame);
  span_print_longest (&frame, name, 6);
  span_clear (&frame);
}

/* Opening */

static ThawEntryStore *
share_store (ThawEntryStore *store)
{
  return thaw_entry_store_ref (store);
}

static void
bench_open (ThawEntryStore *store, const char *view_id)
{
  g_autofree char *first_name
      = g_strdup_printf ("%s: first rows, from publication to paint", view_id);
  g_autofree char *grow_name = g_strdup_printf ("%s: making row widgets, longest frame", view_id);
  ThawSorter *sorter = fixture_make_sorter (store);
  g_autoptr (ThawOrder) order = thaw_sorter_make (sorter);
  g_autoptr (ThawCollation) collation = thaw_collation_new ("en_US");
  Span first, grow;

  span_init (&first);
  span_init (&grow);
  for (guint i = 0; i < MIN (n_rounds, 9); i++)
    {
      ThawEntryStore *nothing = thaw_entry_store_new (collation);
      ViewFixture *fixture = view_fixture_new (view_id, nothing, WIDTH, HEIGHT);

      view_fixture_run_frames (fixture, 5);
      watch_frames (fixture, &grow);
      span_begin (&first);
      pane_folder_model_publish (fixture->model, order);
      view_fixture_run_frames (fixture, 1);
      span_end (&first);
      view_fixture_run_frames (fixture, 15);
      unwatch_frames (fixture, &grow);
      view_fixture_free (fixture);
    }
  span_print (&first, first_name, 50, 20);
  span_print (&grow, grow_name, 100, 12);
  span_clear (&first);
  span_clear (&grow);
  thaw_sorter_free (sorter);
}

/* The peer: the same rows under GtkListView, told with one splice. */

#define PLAIN_TYPE_LIST (plain_list_get_type ())
G_DECLARE_FINAL_TYPE (PlainList, plain_list, PLAIN, LIST, GObject)

struct _PlainList {
  GObject parent_instance;

  guint n;
};

static void plain_list_iface_init (GListModelInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (PlainList,
                               plain_list,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL, plain_list_iface_init))

static GType
plain_get_item_type (GListModel *model)
{
  return G_TYPE_OBJECT;
}

static guint
plain_get_n_items (GListModel *model)
{
  return PLAIN_LIST (model)->n;
}

static gpointer
plain_get_item (GListModel *model, guint position)
{
  return position < PLAIN_LIST (model)->n ? g_object_new (G_TYPE_OBJECT, NULL) : NULL;
}

static void
plain_list_iface_init (GListModelInterface *iface)
{
  iface->get_item_type = plain_get_item_type;
  iface->get_n_items = plain_get_n_items;
  iface->get_item = plain_get_item;
}

static void
plain_list_class_init (PlainListClass *klass)
{
}

static void
plain_list_init (PlainList *self)
{
}

static void
plain_setup_cb (GtkListItemFactory *factory, GtkListItem *item)
{
  gtk_list_item_set_child (item, gtk_inscription_new ("plain"));
}

static void
bench_peer (Span *call)
{
  GtkWidget *window = gtk_window_new ();
  GtkWidget *scrolled = gtk_scrolled_window_new ();
  GtkListItemFactory *factory = gtk_signal_list_item_factory_new ();
  PlainList *list = g_object_new (PLAIN_TYPE_LIST, NULL);
  ViewFixture shell = { .window = window };

  g_signal_connect (factory, "setup", G_CALLBACK (plain_setup_cb), NULL);
  list->n = n_entries;
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scrolled),
                                 gtk_list_view_new (GTK_SELECTION_MODEL (gtk_no_selection_new (
                                                        g_object_ref (G_LIST_MODEL (list)))),
                                                    factory));
  gtk_window_set_child (GTK_WINDOW (window), scrolled);
  gtk_window_set_default_size (GTK_WINDOW (window), WIDTH, HEIGHT);
  gtk_window_present (GTK_WINDOW (window));
  view_fixture_run_frames (&shell, 3);
  for (guint i = 0; i < 3; i++)
    {
      span_begin (call);
      g_list_model_items_changed (G_LIST_MODEL (list), 0, n_entries, n_entries);
      span_end (call);
      view_fixture_run_frames (&shell, 2);
    }
  gtk_window_destroy (GTK_WINDOW (window));
  g_object_unref (list);
}

static void
compare_with_peer (ViewFixture *fixture)
{
  g_autoptr (ThawOrder) by_size = fixture_make_order (fixture->sorter, THAW_SORT_SIZE, FALSE, NULL);
  g_autoptr (ThawOrder) by_name = fixture_make_order (fixture->sorter, THAW_SORT_NAME, FALSE, NULL);
  g_autofree char *remark = NULL;
  Span ours, peer;
  double ratio;

  span_init (&ours);
  span_init (&peer);
  for (guint i = 0; i < MIN (n_rounds, 6); i++)
    {
      span_begin (&ours);
      pane_folder_model_publish (fixture->model, i % 2 ? by_name : by_size);
      span_end (&ours);
      view_fixture_run_frames (fixture, 2);
      if (i % 3 == 0)
        bench_peer (&peer);
    }
  ratio = figures_median (peer.cpu) / figures_median (ours.cpu);
  remark = g_strdup_printf ("items_changed(0,N,N) takes %.1f ms CPU", figures_median (peer.cpu));
  figure_print_least ("publish, against one splice", ratio, "x", 40, remark);
  span_clear (&ours);
  span_clear (&peer);
}

static void
bench_view (ThawEntryStore *store, const char *view_id)
{
  ViewFixture *fixture;

  bench_open (store, view_id);
  fixture = view_fixture_new (view_id, share_store (store), WIDTH, HEIGHT);
  view_fixture_settle (fixture);
  bench_resort (fixture, view_id);
  bench_filter (fixture, view_id);
  bench_pages (fixture, view_id);
  bench_jumps (fixture, view_id);
  if (view_id == pane_view_registry_list (NULL)[0]->id)
    {
      bench_select (fixture);
      compare_with_peer (fixture);
    }
  view_fixture_free (fixture);
}

int
main (int argc, char **argv)
{
  ThawEntryStore *store;
  const PaneViewInfo *const *infos;
  guint n_infos;

  if (argc > 1 && g_str_equal (argv[1], "--quick"))
    {
      n_entries = 20000;
      n_rounds = 4;
    }
  adw_init ();
  store = fixture_make_store (n_entries, 1);
  infos = pane_view_registry_list (&n_infos);
  for (guint i = 0; i < n_infos; i++)
    {
      if (g_type_is_a (infos[i]->get_type (), PANE_TYPE_SLOT_VIEW))
        bench_view (store, infos[i]->id);
    }
  thaw_entry_store_unref (store);
  return 0;
}
