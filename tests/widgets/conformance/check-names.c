/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Names that somebody has made to do harm, or that other systems allow: shown, told and drawn like
 * any other. */
#include "conformance.h"

static const char *const hostile[] = {
  "first line\nsecond line\nthird line",
  "tab\tand\rreturn\vand\fmore",
  "not UTF-8: \xff\xfe\xc3(",
  "\xe2\x80\xaetxt.exe looks like exe.txt",
  "\xe2\x81\xa7isolated\xe2\x81\xa6 and open",
  "\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x91\xa7\xe2\x80\x8d\xf0\x9f\x91"
  "\xa6 \xf0\x9f\x8f\xb3\xef\xb8\x8f\xe2\x80\x8d\xf0\x9f\x8c\x88",
  "z\xcc\x80\xcc\x81\xcc\x82\xcc\x83\xcc\x84\xcc\x85\xcc\x86\xcc\x87\xcc\x88\xcc\x89\xcc\x8a\xcc"
  "\x8b stacked",
  "<b>bold</b> &amp; & <unclosed",
  "%s%n%d",
  " ",
  "-rf",
  "\xd9\x85\xd9\x84\xd9\x81 \xd7\xa7\xd7\x95\xd7\x91\xd7\xa5 mixed",
};

static guint32
append (ThawEntryStore *store, const char *name)
{
  guint32 id = thaw_entry_store_append (store, name, strlen (name), THAW_ENTRY_FILE);

  thaw_entry_store_set_stat (store, id, 1000, G_GINT64_CONSTANT (1700000000000000000), 0100644);
  return id;
}

static ThawEntryStore *
make_store (const char *const *names, guint n_names)
{
  g_autoptr (ThawCollation) collation = thaw_collation_new ("en_US");
  ThawEntryStore *store = thaw_entry_store_new (collation);

  for (guint i = 0; i < n_names; i++)
    append (store, names[i]);
  thaw_entry_store_publish (store);
  return store;
}

/* Any warning of Pango or GTK ends a test. */
static void
test_hostile_names (gconstpointer view_id)
{
  Fixture *self = fixture_new_with_store (view_id, make_store (hostile, G_N_ELEMENTS (hostile)));
  g_autoptr (GBytes) pixels = NULL;

  g_assert_cmpuint (get_n (self), ==, G_N_ELEMENTS (hostile));
  for (guint i = 0; i < G_N_ELEMENTS (hostile); i++)
    {
      guint32 id = get_id (self, i);
      g_autofree char *label = NULL;

      pane_view_reveal (self->view->view, id, TRUE);
      settle (self);
      g_assert_true (is_seen (self, id));
      label = dup_label (self, id);
      g_assert_true (g_utf8_validate (label, -1, NULL));
      g_assert_cmpstr (label, !=, "");
    }
  pixels = paint (self);
  g_assert_cmpuint (g_bytes_get_size (pixels), >, 0);
  fixture_free (self);
}

static void
get_size (Fixture *self, guint position, double *width, double *height)
{
  graphene_rect_t bounds;

  pane_view_reveal (self->view->view, get_id (self, position), FALSE);
  settle (self);
  g_assert_true (pane_view_get_entry_bounds (self->view->view, get_id (self, position), &bounds));
  *width = bounds.size.width;
  *height = bounds.size.height;
}

/* One entry's name doesn't push the others aside. */
static void
test_name_in_its_place (gconstpointer view_id)
{
  const char *plain[] = { "a", "b", "c", "d" };
  const char *lines[] = { "a\nb\nc\nd\ne\nf\ng\nh", "b", "c", "d" };
  Fixture *self = fixture_new_with_store (view_id, make_store (plain, G_N_ELEMENTS (plain)));
  double width, height, other_width, other_height;

  get_size (self, 0, &width, &height);
  fixture_free (self);
  self = fixture_new_with_store (view_id, make_store (lines, G_N_ELEMENTS (lines)));
  get_size (self, 0, &other_width, &other_height);
  g_assert_cmpfloat (other_height, ==, height);
  g_assert_cmpfloat (other_width, ==, width);
  fixture_free (self);
}

static ThawEntryStore *
make_long (void)
{
  g_autofree char *latin = g_strnfill (255, 'w');
  g_autoptr (GString) wide = g_string_new (NULL);
  const char *names[] = { latin, NULL, "short" };

  for (guint i = 0; i < 85; i++)
    g_string_append (wide, "\xe9\x95\xb7"); /* three bytes each: 255 */
  names[1] = wide->str;
  return make_store (names, G_N_ELEMENTS (names));
}

static gboolean
has_tooltip (Fixture *self, guint32 id)
{
  PaneCell *cell = find_cell (get_widget (self), id);
  GtkTooltip *tooltip = g_object_new (GTK_TYPE_TOOLTIP, NULL);
  gboolean shown = FALSE;

  g_assert_nonnull (cell);
  for (int x = 2; x < gtk_widget_get_width (GTK_WIDGET (cell)) && !shown; x += 8)
    g_signal_emit_by_name (cell,
                           "query-tooltip",
                           x,
                           gtk_widget_get_height (GTK_WIDGET (cell)) / 2,
                           FALSE,
                           tooltip,
                           &shown);
  g_object_unref (tooltip);
  return shown;
}

static guint32
find_name (Fixture *self, const char *prefix)
{
  for (guint i = 0; i < get_n (self); i++)
    {
      guint32 id = get_id (self, i);

      if (g_str_has_prefix (thaw_entry_store_get_name (self->view->store, id), prefix))
        return id;
    }
  return THAW_NO_ENTRY;
}

/* What is cut short is told whole; what isn't, isn't told twice. */
static void
test_long_names (gconstpointer view_id)
{
  Fixture *self = fixture_new_with_store (view_id, make_long ());
  guint32 latin = find_name (self, "www"), wide = find_name (self, "\xe9\x95\xb7");
  graphene_rect_t bounds;

  g_assert_true (pane_view_get_entry_bounds (self->view->view, latin, &bounds));
  g_assert_cmpfloat (bounds.size.width, <=, WIDTH);
  g_assert_cmpfloat (bounds.size.height, <=, HEIGHT);
  g_assert_true (has_tooltip (self, latin));
  g_assert_true (has_tooltip (self, wide));
  fixture_free (self);
}

/* A name that is another one now is told and found as that, and stays what the user is at. */
static void
test_renamed (gconstpointer view_id)
{
  Fixture *self = fixture_new (view_id, FEW);
  const char *name = "zzz is what it is called now";
  guint32 id = get_seen (self, 1);
  g_autofree char *label = NULL;

  click (self, id, 1, NULL);
  g_assert_true (thaw_entry_store_rename (self->view->store, id, name, strlen (name)));
  thaw_sorter_touch (self->view->sorter, &id, 1);
  pane_folder_model_entries_changed (get_model (self), &id, 1);
  publish_all (self);
  g_assert_cmpuint (get_focus_id (self), ==, id);
  g_assert_true (is_selected (self, id));
  g_assert_cmpuint (get_focus_position (self), >, 1);
  pane_view_reveal (self->view->view, id, TRUE);
  settle (self);
  label = dup_label (self, id);
  g_assert_nonnull (strstr (label, name));
  fixture_free (self);
}

const Check conformance_names[] = {
  { "hostile-names", test_hostile_names },
  { "name-in-its-place", test_name_in_its_place },
  { "long-names", test_long_names },
  { "renamed", test_renamed },
  { NULL },
};
