/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What plugins say of entries, as whoever draws them looks it up: asked once for what is looked at,
 * of each folder by itself, those that are expanded in it too. */

#include "plugin-fixture.h"

#include <glib/gstdio.h>

static int n_asked;

static void
say_badges (PanePluginRequest *request, gpointer user_data)
{
  const char *const *names = pane_plugin_request_get_names (request);

  g_atomic_int_add (&n_asked, (int) g_strv_length ((char **) names));
  for (guint i = 0; names[i] != NULL; i++)
    if (g_str_has_prefix (names[i], "new"))
      pane_plugin_request_set_badge (request, names[i], "list-add-symbolic", "New");
}

static void
activate_data (PanePluginHost *host)
{
  pane_plugin_host_add_badges (host, say_badges, NULL, NULL);
}

static guint
count_badges (PaneFolderModel *model)
{
  PanePluginData *data = pane_plugin_data_get_default ();
  PanePluginBadge badges[PANE_PLUGIN_MAX_BADGES];
  guint n = 0;

  for (guint32 id = 0; id < thaw_entry_store_get_n (pane_folder_model_get_store (model)); id++)
    n += pane_plugin_data_get_badges (data, model, id, badges);
  return n;
}

static void
test_data (void)
{
  g_autofree char *path = g_dir_make_tmp ("thaw-plugin-XXXXXX", NULL);
  g_autofree char *new_file = g_build_filename (path, "new.txt", NULL),
                  *old = g_build_filename (path, "old.txt", NULL);
  g_autoptr (GFile) location = g_file_new_for_path (path);
  g_autoptr (ThawFolder) folder = thaw_folder_new (location);
  g_autoptr (PaneFolderModel) model = pane_folder_model_new ();
  PanePluginHost *host;

  g_file_set_contents (new_file, "", 0, NULL);
  g_file_set_contents (old, "", 0, NULL);
  pane_folder_model_set_folder (model, folder);
  thaw_folder_start (folder);
  RUN_UNTIL (thaw_folder_get_state (folder) == THAW_FOLDER_READY
             && pane_folder_model_get_store (model) != NULL);
  g_assert_cmpuint (count_badges (model), ==, 0);
  host = plugin_fixture_start ("data", activate_data);
  RUN_UNTIL (count_badges (model) == 1);
  /* Looking is not asking. */
  n_asked = 0;
  for (guint i = 0; i < 100; i++)
    g_assert_cmpuint (count_badges (model), ==, 1);
  g_assert_cmpint (g_atomic_int_get (&n_asked), ==, 0);
  /* What is out of date stays until the answer is there, and is asked once. */
  pane_plugin_host_changed (host, location);
  RUN_UNTIL (count_badges (model) != 1 || g_atomic_int_get (&n_asked) > 0);
  g_assert_cmpuint (count_badges (model), ==, 1);
  g_assert_cmpint (g_atomic_int_get (&n_asked), ==, 2);
  g_assert_false (plugin_fixture_stop (host));
  g_assert_cmpuint (count_badges (model), ==, 0);
  thaw_folder_stop (folder);
  g_unlink (new_file);
  g_unlink (old);
  g_rmdir (path);
}

static void
put (const char *path, const char *name)
{
  g_autofree char *whole = g_build_filename (path, name, NULL);
  g_autofree char *above = g_path_get_dirname (whole);

  g_assert_cmpint (g_mkdir_with_parents (above, 0700), ==, 0);
  g_assert_true (g_file_set_contents (whole, "", 0, NULL));
}

/* Of what is shown, as the list asks. */
static guint
count_shown_badges (PaneFolderModel *model)
{
  ThawOrder *order = pane_folder_model_get_order (model);
  PanePluginBadge badges[PANE_PLUGIN_MAX_BADGES];
  guint n = 0;

  for (guint i = 0; i < thaw_order_get_n (order); i++)
    n += pane_plugin_data_get_badges (pane_plugin_data_get_default (),
                                      model,
                                      thaw_order_get_id (order, i),
                                      badges);
  return n;
}

static guint
count_rows (PaneFolderModel *model)
{
  ThawOrder *order = pane_folder_model_get_order (model);

  return order != NULL ? thaw_order_get_n (order) : 0;
}

/* What is in folders that are expanded is asked about by its own folder. */
static void
test_data_of_expanded (void)
{
  g_autofree char *path = g_dir_make_tmp ("thaw-plugin-XXXXXX", NULL);
  g_autofree char *below = g_build_filename (path, "below", NULL);
  g_autofree char *command = g_strdup_printf ("rm -rf '%s'", path);
  g_autoptr (GFile) location = g_file_new_for_path (path);
  g_autoptr (GFile) below_location = g_file_new_for_path (below);
  g_autoptr (ThawFolder) folder = thaw_folder_new (location);
  g_autoptr (PaneFolderModel) model = pane_folder_model_new ();
  PanePluginHost *host;

  put (path, "new.txt");
  put (path, "below/new 1");
  put (path, "below/new 2");
  put (path, "below/old");
  pane_folder_model_set_folder (model, folder);
  thaw_folder_start (folder);
  host = plugin_fixture_start ("data", activate_data);
  RUN_UNTIL (count_rows (model) == 2);
  RUN_UNTIL (count_shown_badges (model) == 1);
  pane_folder_model_set_expanded (model, pane_folder_model_get_id (model, 0), TRUE);
  RUN_UNTIL (count_rows (model) == 5);
  n_asked = 0;
  RUN_UNTIL (count_shown_badges (model) == 3);
  g_assert_cmpint (g_atomic_int_get (&n_asked), ==, 3);
  /* Only that one is out of date then. */
  pane_plugin_host_changed (host, below_location);
  RUN_UNTIL (count_shown_badges (model) == 3 && g_atomic_int_get (&n_asked) > 3);
  g_assert_cmpint (g_atomic_int_get (&n_asked), ==, 6);
  pane_folder_model_set_expanded (model, pane_folder_model_get_id (model, 0), FALSE);
  g_assert_cmpuint (count_shown_badges (model), ==, 1);
  pane_folder_model_set_expanded (model, pane_folder_model_get_id (model, 0), TRUE);
  RUN_UNTIL (count_rows (model) == 5 && count_shown_badges (model) == 3);
  g_assert_false (plugin_fixture_stop (host));
  thaw_folder_stop (folder);
  pane_folder_model_set_folder (model, NULL);
  g_assert_cmpint (system (command), ==, 0);
}

/* Sorting */

#define N_FILES 700
static int turn; /* atomic: what is added to all numbers, modulo N_FILES */

/* A tenth has nothing, the others a number that falls as that of the file rises. */
static void
say_ranks (PanePluginRequest *request, gpointer user_data)
{
  const char *const *names = pane_plugin_request_get_names (request);

  for (guint i = 0; names[i] != NULL; i++)
    {
      guint number = (guint) atoi (names[i] + 1);
      g_autofree char *text = g_strdup_printf ("rank of %s", names[i]);
      guint rank = (100 * N_FILES - number + (guint) g_atomic_int_get (&turn)) % N_FILES;

      if (number % 10 != 0)
        pane_plugin_request_set_value (request, names[i], text, rank);
    }
}

static void
say_words (PanePluginRequest *request, gpointer user_data)
{
  static const char *const words[] = { "Zebra", "apple", "file 10", "file 9", "", "Äpfel" };
  const char *const *names = pane_plugin_request_get_names (request);

  for (guint i = 0; names[i] != NULL; i++)
    pane_plugin_request_set_text (request,
                                  names[i],
                                  words[atoi (names[i] + 1) % (int) G_N_ELEMENTS (words)]);
}

static void
say_nothing (PanePluginRequest *request, gpointer user_data)
{
  pane_plugin_request_hold (request);
}

static void
activate_columns (PanePluginHost *host)
{
  pane_plugin_host_add_typed_column (host,
                                     "rank",
                                     "Rank",
                                     PANE_PLUGIN_COLUMN_NUMBER,
                                     say_ranks,
                                     NULL,
                                     NULL);
  pane_plugin_host_add_column (host, "word", "Word", say_words, NULL, NULL);
  pane_plugin_host_add_column (host, "never", "Never", say_nothing, NULL, NULL);
}

typedef struct {
  char *path;
  GFile *location;
  ThawFolder *folder;
  PaneFolderModel *model;
} Place;

static void
place_init (Place *self)
{
  self->path = g_dir_make_tmp ("thaw-plugin-XXXXXX", NULL);
  for (guint i = 0; i < N_FILES; i++)
    {
      g_autofree char *name = g_strdup_printf ("f%03u", i);

      put (self->path, name);
    }
  self->location = g_file_new_for_path (self->path);
  self->folder = thaw_folder_new (self->location);
  self->model = pane_folder_model_new ();
  pane_folder_model_set_folder (self->model, self->folder);
  thaw_folder_start (self->folder);
  RUN_UNTIL (count_rows (self->model) == N_FILES);
}

static void
place_clear (Place *self)
{
  g_autofree char *command = g_strdup_printf ("rm -rf '%s'", self->path);

  thaw_folder_stop (self->folder);
  pane_folder_model_set_folder (self->model, NULL);
  g_object_unref (self->model);
  g_object_unref (self->folder);
  g_object_unref (self->location);
  g_assert_cmpint (system (command), ==, 0);
  g_free (self->path);
}

static void
sort_by (Place *self, const char *attribute, gboolean descending)
{
  ThawOrderSpec spec;

  thaw_order_spec_init (&spec);
  spec.column = attribute != NULL ? THAW_SORT_ATTRIBUTE : THAW_SORT_NAME;
  spec.attribute = g_strdup (attribute);
  spec.descending = descending;
  thaw_folder_set_spec (self->folder, &spec);
  thaw_order_spec_clear (&spec);
}

static const char *
get_name_at (Place *self, guint position)
{
  ThawOrder *order = pane_folder_model_get_order (self->model);

  return thaw_entry_store_get_name (thaw_order_get_store (order),
                                    thaw_order_get_id (order, position));
}

/* Those at the beginning and at the end. */
static gboolean
is_from_to (Place *self, const char *first, const char *second, const char *last)
{
  return g_str_equal (get_name_at (self, 0), first) && g_str_equal (get_name_at (self, 1), second)
         && g_str_equal (get_name_at (self, count_rows (self->model) - 1), last);
}

static void
test_sort (void)
{
  Place place;
  PanePluginHost *host = plugin_fixture_start ("sort", activate_columns);
  g_autofree char *file = NULL;

  place_init (&place);
  sort_by (&place, "sort/rank", FALSE);
  RUN_UNTIL (is_from_to (&place, "f699", "f698", "f690"));
  g_assert_cmpstr (get_name_at (&place, 629), ==, "f001");
  g_assert_cmpstr (get_name_at (&place, 630), ==, "f000");
  /* The other way round, nothing stays last. */
  sort_by (&place, "sort/rank", TRUE);
  RUN_UNTIL (is_from_to (&place, "f001", "f002", "f690"));
  g_assert_cmpstr (get_name_at (&place, 630), ==, "f000");
  /* One that comes, one that goes. */
  put (place.path, "f7001");
  RUN_UNTIL (is_from_to (&place, "f001", "f7001", "f690"));
  file = g_build_filename (place.path, "f001", NULL);
  g_unlink (file);
  RUN_UNTIL (is_from_to (&place, "f7001", "f002", "f690"));
  /* Everything is another. */
  g_atomic_int_set (&turn, 5);
  pane_plugin_host_changed (host, NULL);
  RUN_UNTIL (is_from_to (&place, "f006", "f007", "f690"));
  /* By texts, as the language has it; those without one by name. */
  sort_by (&place, "sort/word", FALSE);
  RUN_UNTIL (is_from_to (&place, "f005", "f011", "f694"));
  g_assert_false (plugin_fixture_stop (host));
  sort_by (&place, NULL, FALSE);
  RUN_UNTIL (is_from_to (&place, "f000", "f002", "f7001"));
  place_clear (&place);
}

/* What is known is kept while it is sorted by that: a folder that is read anew asks anew. */
static void
test_sort_anew (void)
{
  Place place;
  PanePluginHost *host = plugin_fixture_start ("sort", activate_columns);

  g_atomic_int_set (&turn, 0);
  place_init (&place);
  sort_by (&place, "sort/rank", FALSE);
  RUN_UNTIL (is_from_to (&place, "f699", "f698", "f690"));
  thaw_folder_start (place.folder);
  RUN_UNTIL (count_rows (place.model) == N_FILES && is_from_to (&place, "f699", "f698", "f690"));
  /* The plugin comes back with another answer. */
  g_assert_false (plugin_fixture_stop (host));
  g_atomic_int_set (&turn, 5);
  host = plugin_fixture_start ("sort", activate_columns);
  RUN_UNTIL (is_from_to (&place, "f005", "f004", "f690"));
  g_assert_false (plugin_fixture_stop (host));
  place_clear (&place);
}

/* In the list */

static gboolean
is_title (GtkWidget *widget, const char *title)
{
  g_autofree char *wrong = gtk_test_accessible_check_property (GTK_ACCESSIBLE (widget),
                                                               GTK_ACCESSIBLE_PROPERTY_LABEL,
                                                               title);

  return wrong == NULL;
}

static GtkWidget *
find_title (GtkWidget *widget, const char *title)
{
  GtkWidget *found = NULL;

  if (gtk_accessible_get_accessible_role (GTK_ACCESSIBLE (widget))
      == GTK_ACCESSIBLE_ROLE_COLUMN_HEADER)
    return is_title (widget, title) ? widget : NULL;
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL && found == NULL;
       child = gtk_widget_get_next_sibling (child))
    found = find_title (child, title);
  return found;
}

static gboolean
is_title_sorted (PaneView *view, const char *title, GtkAccessibleSort sort)
{
  GtkWidget *widget = find_title (GTK_WIDGET (view), title);
  g_autofree char *wrong = widget != NULL
                               ? gtk_test_accessible_check_property (GTK_ACCESSIBLE (widget),
                                                                     GTK_ACCESSIBLE_PROPERTY_SORT,
                                                                     sort)
                               : g_strdup ("it isn't there");

  return wrong == NULL;
}

static void
sort_attribute_cb (PaneView *view, const char *attribute, gboolean descending, Place *place)
{
  sort_by (place, attribute, descending);
}

/* As the host of the view does it: by name when the column has gone. */
static void
test_sort_header (void)
{
  PanePluginHost *host = plugin_fixture_start ("sort", activate_columns);
  GtkWindow *window = GTK_WINDOW (gtk_window_new ());
  PaneView *view;
  Place place;

  g_atomic_int_set (&turn, 5);
  place_init (&place);
  view = pane_view_registry_create ("list");
  pane_view_set_model (view, place.model);
  g_signal_connect (view, "sort-attribute", G_CALLBACK (sort_attribute_cb), &place);
  gtk_window_set_default_size (window, 1200, 500);
  gtk_window_set_child (window, GTK_WIDGET (view));
  gtk_window_present (window);
  RUN_UNTIL (is_title_sorted (view, "Rank", GTK_ACCESSIBLE_SORT_NONE)
             && is_title_sorted (view, "Name", GTK_ACCESSIBLE_SORT_ASCENDING));
  /* A number's first click: the largest first. */
  g_signal_emit_by_name (find_title (GTK_WIDGET (view), "Rank"), "clicked");
  RUN_UNTIL (is_title_sorted (view, "Rank", GTK_ACCESSIBLE_SORT_DESCENDING)
             && is_title_sorted (view, "Name", GTK_ACCESSIBLE_SORT_NONE)
             && is_from_to (&place, "f006", "f007", "f690"));
  g_signal_emit_by_name (find_title (GTK_WIDGET (view), "Rank"), "clicked");
  RUN_UNTIL (is_title_sorted (view, "Rank", GTK_ACCESSIBLE_SORT_ASCENDING)
             && is_from_to (&place, "f005", "f004", "f690"));
  /* Groups are for other orders: none come, and nothing is upset. */
  pane_view_set_grouped (view, TRUE);
  g_signal_emit_by_name (find_title (GTK_WIDGET (view), "Word"), "clicked");
  RUN_UNTIL (is_title_sorted (view, "Word", GTK_ACCESSIBLE_SORT_ASCENDING)
             && is_from_to (&place, "f005", "f011", "f694"));
  g_assert_cmpuint (count_rows (place.model), ==, N_FILES);
  pane_view_set_grouped (view, FALSE);
  g_assert_false (plugin_fixture_stop (host));
  RUN_UNTIL (find_title (GTK_WIDGET (view), "Word") == NULL);
  sort_by (&place, NULL, FALSE);
  RUN_UNTIL (is_title_sorted (view, "Name", GTK_ACCESSIBLE_SORT_ASCENDING)
             && is_from_to (&place, "f000", "f001", "f699"));
  gtk_window_destroy (window);
  place_clear (&place);
}

/* Files come and go while they are sorted, and the plugin changes its mind. */
static void
test_sort_churn (void)
{
  PanePluginHost *host = plugin_fixture_start ("sort", activate_columns);
  Place place;

  g_atomic_int_set (&turn, 0);
  place_init (&place);
  sort_by (&place, "sort/rank", TRUE);
  for (guint i = 0; i < 40; i++)
    {
      g_autofree char *name = g_strdup_printf ("f%03u", (guint) g_test_rand_int_range (2, 690));
      g_autofree char *path = g_build_filename (place.path, name, NULL);
      g_autofree char *other = g_strdup_printf ("%s/f%u", place.path, 70000 + i);

      if (i % 3 == 0)
        g_unlink (path);
      else if (i % 3 == 1)
        put (place.path, name);
      else
        g_rename (path, other);
      if (i % 20 == 19)
        pane_plugin_host_changed (host, NULL);
      for (guint j = 0; j < 20; j++)
        g_main_context_iteration (NULL, FALSE);
    }
  put (place.path, "f001");
  put (place.path, "f7001");
  put (place.path, "f999990");
  RUN_UNTIL (is_from_to (&place, "f001", "f7001", "f999990"));
  g_assert_false (plugin_fixture_stop (host));
  place_clear (&place);
}

/* One that never answers gets its strikes, and the folder goes by what is known: nothing. */
static void
test_sort_silent (void)
{
  PanePluginAccount account = { 0 };
  Place place;
  PanePluginHost *host = plugin_fixture_start ("sort", activate_columns);

  g_atomic_int_set (&turn, 5);
  place_init (&place);
  sort_by (&place, "sort/never", TRUE);
  RUN_UNTIL (pane_plugin_data_get_asked (place.folder) >= 0);
  g_assert_true (is_from_to (&place, "f000", "f001", "f699"));
  RUN_UNTIL ((pane_plugin_host_get_account (host, &account), account.n_strikes > 0));
  g_assert_true (is_from_to (&place, "f000", "f001", "f699"));
  sort_by (&place, "sort/rank", FALSE);
  RUN_UNTIL (is_from_to (&place, "f005", "f004", "f690"));
  RUN_UNTIL (pane_plugin_data_get_asked (place.folder) < 0);
  plugin_fixture_stop (host);
  place_clear (&place);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  gtk_init ();
  plugin_fixture_init ();
  g_test_add_func ("/plugin-data/folder", test_data);
  g_test_add_func ("/plugin-data/expanded", test_data_of_expanded);
  g_test_add_func ("/plugin-data/sort", test_sort);
  g_test_add_func ("/plugin-data/sort-anew", test_sort_anew);
  g_test_add_func ("/plugin-data/sort-header", test_sort_header);
  g_test_add_func ("/plugin-data/sort-churn", test_sort_churn);
  g_test_add_func ("/plugin-data/sort-silent", test_sort_silent);
  return g_test_run ();
}
