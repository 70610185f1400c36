/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The registry of views, and the words for an entry's columns. No display is needed. */
#include "pane-details.h"
#include "pane-view-registry.h"

#include <locale.h>

#define DEADLINE_USEC (20 * G_USEC_PER_SEC)

static void
test_registry (void)
{
  guint n_infos;
  const PaneViewInfo *const *infos = pane_view_registry_list (&n_infos);
  g_autoptr (GHashTable) ids = g_hash_table_new (g_str_hash, g_str_equal);

  g_assert_cmpuint (n_infos, >=, 2);
  for (guint i = 0; i < n_infos; i++)
    {
      g_assert_nonnull (infos[i]->title);
      g_assert_nonnull (infos[i]->icon_name);
      g_assert_nonnull (infos[i]->get_type);
      g_assert_true (g_hash_table_add (ids, (gpointer) infos[i]->id));
      g_assert_true (pane_view_registry_find (infos[i]->id) == infos[i]);
      if (i > 0)
        g_assert_cmpint (infos[i - 1]->rank, <=, infos[i]->rank);
    }
  g_assert_null (pane_view_registry_find ("no such view"));
  g_assert_null (pane_view_registry_find (NULL));
}

static void
changed_cb (PaneDetails *details, guint *n_changes)
{
  (*n_changes)++;
}

static gint64
get_time (int year, int month, int day, int hour, int minute)
{
  g_autoptr (GDateTime) time = g_date_time_new_utc (year, month, day, hour, minute, 0);

  return g_date_time_to_unix (time);
}

static void
check_time (gint64 time_sec, gint64 now_sec, const char *expected)
{
  char buffer[PANE_DETAIL_SIZE];

  g_assert_cmpstr (
      pane_details_format_time (pane_details_get_default (), time_sec, now_sec, buffer),
      ==,
      expected);
}

static void
wait_for_zone (void)
{
  gint64 end = g_get_monotonic_time () + DEADLINE_USEC;
  char buffer[PANE_DETAIL_SIZE];

  while (*pane_details_format_time (pane_details_get_default (), 0, DEADLINE_USEC, buffer) == '\0')
    {
      g_assert_cmpint (g_get_monotonic_time (), <, end);
      g_main_context_iteration (NULL, TRUE);
    }
}

static void
test_times (void)
{
  gint64 now = get_time (2026, 11, 12, 15, 0);

  wait_for_zone ();
  check_time (get_time (2026, 11, 12, 14, 32), now, "Today 14:32");
  check_time (get_time (2026, 11, 12, 0, 0), now, "Today 00:00");
  check_time (get_time (2026, 11, 11, 23, 59), now, "Yesterday 23:59");
  check_time (get_time (2026, 11, 10, 23, 59), now, "10 Nov");
  check_time (get_time (2026, 1, 1, 0, 0), now, "1 Jan");
  check_time (get_time (2025, 12, 31, 23, 59), now, "31 Dec 2025");
  /* From the future, by a wrong clock: with its year, to be noticed. */
  check_time (get_time (2026, 11, 13, 0, 0), now, "13 Nov 2026");
  /* Midnight passes: today becomes yesterday. */
  check_time (get_time (2026, 11, 12, 14, 32), now + 24 * 60 * 60, "Yesterday 14:32");
  /* And at new year yesterday is still yesterday. */
  check_time (get_time (2025, 12, 31, 23, 59), get_time (2026, 1, 1, 0, 1), "Yesterday 23:59");
  check_time (G_MAXINT64, now, "");
  check_time (G_MININT64, now, "");
}

static guint32
append (ThawEntryStore *store, const char *name, ThawEntryKind kind)
{
  return thaw_entry_store_append (store, name, strlen (name), kind);
}

static void
test_columns (void)
{
  PaneDetails *details = pane_details_get_default ();
  g_autoptr (ThawCollation) collation = thaw_collation_new ("en_US");
  g_autoptr (ThawEntryStore) store = thaw_entry_store_new (collation);
  guint32 folder = append (store, "Folder", THAW_ENTRY_FOLDER);
  guint32 file = append (store, "notes.txt", THAW_ENTRY_FILE);
  guint32 unread = append (store, "unread.txt", THAW_ENTRY_FILE);
  guint32 broken = append (store, "wrong \xff.txt", THAW_ENTRY_FILE);
  char buffer[PANE_DETAIL_SIZE];
  g_autofree char *label = NULL;

  thaw_entry_store_set_stat (store, file, 1500000, 0, 0100644);
  thaw_entry_store_set_stat (store, folder, 4096, 0, 0040755);
  thaw_entry_store_publish (store);
  g_assert_cmpstr (pane_details_format_size (details, store, file, buffer), ==, "1.5\302\240MB");
  g_assert_cmpstr (pane_details_format_size (details, store, folder, buffer), ==, "—");
  g_assert_cmpstr (pane_details_format_size (details, store, unread, buffer), ==, "");
  g_assert_cmpstr (pane_details_format_modified (details, store, unread, buffer), ==, "");
  g_assert_cmpstr (pane_details_format_modified (details, store, file, buffer), ==, "1 Jan 1970");
  label = pane_details_describe_entry (details, store, broken);
  g_assert_true (g_utf8_validate (label, -1, NULL));
}

/* Read from disk elsewhere: "" at first, then a signal, then the words, also in the accessible
 * line. */
static void
test_types (void)
{
  PaneDetails *details = pane_details_get_default ();
  g_autoptr (ThawCollation) collation = thaw_collation_new ("en_US");
  g_autoptr (ThawEntryStore) store = thaw_entry_store_new (collation);
  guint32 id = append (store, "picture.png", THAW_ENTRY_FILE);
  gint64 end = g_get_monotonic_time () + DEADLINE_USEC;
  g_autofree char *label = NULL;
  const char *type;
  guint n_changes = 0;
  gulong handler = g_signal_connect (details, "changed", G_CALLBACK (changed_cb), &n_changes);

  thaw_entry_store_publish (store);
  wait_for_zone ();
  type = pane_details_get_content_type (details, store, id);
  g_assert_cmpstr (type, ==, "image/png");
  g_assert_cmpstr (pane_details_describe_type (details, type), ==, "");
  g_assert_null (pane_details_get_icon (details, type));
  while (*pane_details_describe_type (details, type) == '\0')
    {
      g_assert_cmpint (g_get_monotonic_time (), <, end);
      g_main_context_iteration (NULL, TRUE);
    }
  while (n_changes == 0)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpstr (pane_details_describe_type (details, type), ==, "PNG image");
  g_assert_nonnull (pane_details_get_icon (details, type));
  thaw_entry_store_set_stat (store, id, 2000, 0, 0100644);
  label = pane_details_describe_entry (details, store, id);
  g_assert_cmpstr (label, ==, "picture.png, PNG image, 2.0\302\240kB, 1 Jan 1970");
  g_signal_handler_disconnect (details, handler);
}

int
main (int argc, char **argv)
{
  g_setenv ("TZ", "UTC", TRUE);
  g_test_init (&argc, &argv, NULL);
  setlocale (LC_ALL, "C.UTF-8");
  g_test_add_func ("/views/registry", test_registry);
  g_test_add_func ("/views/times", test_times);
  g_test_add_func ("/views/columns", test_columns);
  g_test_add_func ("/views/types", test_types);
  return g_test_run ();
}
