/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The feed reader against a local server with feeds that are good, slow, broken, missing and silent, and one server that isn't
 * there. What the window does is asked of its lists. No turn of the loop may take longer than a frame and a bit, opening the
 * window itself aside. */
#include "feed-reader.h"

#include <glib/gstdio.h>
#include <libsoup/soup.h>
#include <string.h>

#include "turns.h"

#define DEADLINE_USEC (30 * G_USEC_PER_SEC)
#define PATIENCE_USEC (2 * G_USEC_PER_SEC)
#define SLOW_MSEC 700
#define TURN_USEC 20000
#define N_ARTICLES 40

typedef gboolean (*Condition) (FeedReader *reader, const char *text);

/* The server, on a thread of its own. */
static GMainContext *server_context;
static GMainLoop *server_loop;
static char *server_uri;
static int server_is_ready, n_edition;
static guint n_now, n_at_once;

static char *
make_feed (const char *name)
{
  g_autoptr (GString) xml = g_string_new ("<?xml version=\"1.0\"?>\n");
  gboolean is_atom = g_str_has_suffix (name, "atom");

  g_string_append_printf (xml, is_atom ? "<feed xmlns=\"http://www.w3.org/2005/Atom\"><title>The %s</title>"
                                       : "<rss version=\"2.0\"><channel><title>The %s</title>", name + 1);
  for (guint i = 0; i < N_ARTICLES; i++)
    if (is_atom)
      g_string_append_printf (xml, "<entry><title>%s %u</title><link href=\"http://x%s/%u\"/>"
                                   "<updated>2026-03-%02uT10:00:00Z</updated></entry>", name, i, name, i, i % 28 + 1);
    else
      g_string_append_printf (xml, "<item><title><![CDATA[%s %u.%d]]></title><link>http://x%s/%u</link>"
                                   "<pubDate>Sun, 01 Mar 2026 10:%02u:00 GMT</pubDate></item>",
                              name, i, g_atomic_int_get (&n_edition), name, i, i);
  g_string_append (xml, is_atom ? "</feed>" : "</channel></rss>");
  return g_string_free (g_steal_pointer (&xml), FALSE);
}

static void
finished_cb (SoupServerMessage *message, gpointer unused)
{
  n_now--;
}

static gboolean
unpause (gpointer message)
{
  soup_server_message_unpause (message);
  return G_SOURCE_REMOVE;
}

static void
answer_cb (SoupServer *server, SoupServerMessage *message, const char *path, GHashTable *query, gpointer unused)
{
  g_autofree char *xml = make_feed (path);

  n_now++;
  n_at_once = MAX (n_at_once, n_now);
  g_signal_connect (message, "finished", G_CALLBACK (finished_cb), NULL);
  if (g_str_equal (path, "/missing"))
    {
      soup_server_message_set_status (message, 404, NULL);
      return;
    }
  if (g_str_equal (path, "/broken"))
    xml[strlen (xml) / 2] = '\0';
  soup_server_message_set_status (message, 200, NULL);
  soup_server_message_set_response (message, "text/xml", SOUP_MEMORY_COPY, xml, strlen (xml));
  if (g_str_equal (path, "/slow") || g_str_equal (path, "/silent"))
    {
      g_autoptr (GSource) later = g_timeout_source_new (g_str_equal (path, "/slow") ? SLOW_MSEC : 20000);

      soup_server_message_pause (message);
      g_source_set_callback (later, unpause, g_object_ref (message), g_object_unref);
      g_source_attach (later, server_context);
    }
}

static gpointer
serve (gpointer unused)
{
  g_autoptr (SoupServer) server = NULL;
  GSList *uris;

  g_main_context_push_thread_default (server_context);
  server = soup_server_new (NULL, NULL);
  soup_server_add_handler (server, NULL, answer_cb, NULL, NULL);
  g_assert_true (soup_server_listen_local (server, 0, SOUP_SERVER_LISTEN_IPV4_ONLY, NULL));
  uris = soup_server_get_uris (server);
  server_uri = g_uri_to_string (uris->data);
  g_slist_free_full (uris, (GDestroyNotify) g_uri_unref);
  g_atomic_int_set (&server_is_ready, 1);
  g_main_loop_run (server_loop);
  soup_server_disconnect (server);
  g_main_context_pop_thread_default (server_context);
  return NULL;
}

/* The window. */
static gboolean
is_done (FeedReader *reader, const char *text)
{
  return gtk_widget_get_sensitive (reader->refresh);
}

static gboolean
is_drawn (FeedReader *reader, const char *text)
{
  GdkFrameClock *clock = gtk_widget_get_frame_clock (GTK_WIDGET (reader->window));

  gtk_widget_queue_draw (GTK_WIDGET (reader->window)); /* a window that is finished draws no more frames */
  return clock != NULL && gdk_frame_clock_get_frame_counter (clock) > 3;
}

/* What is said of a feed; NULL: it isn't shown. */
static const char *
find (GtkStringList *list, const char *text)
{
  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (list)); i++)
    if (strstr (gtk_string_list_get_string (list, i), text) != NULL)
      return gtk_string_list_get_string (list, i);
  return NULL;
}

static gboolean
has_article (FeedReader *reader, const char *text)
{
  return find (reader->articles, text) != NULL;
}

static void
wait_until (FeedReader *reader, Condition condition, const char *text)
{
  gint64 deadline = g_get_monotonic_time () + DEADLINE_USEC;

  while (!condition (reader, text))
    {
      g_assert_cmpint (g_get_monotonic_time (), <, deadline);
      g_main_context_iteration (NULL, FALSE);
      g_usleep (200);
    }
}

static FeedReader *
open_reader (GtkApplication *application, const char *path, const char *const *uris)
{
  g_autoptr (GFile) file = g_file_new_for_path (path);
  FeedReader *reader = feed_reader_new (application, file, uris, PATIENCE_USEC);

  g_object_ref (reader->window);
  wait_until (reader, is_drawn, NULL);
  turns_reset ();
  return reader;
}

static void
close_reader (FeedReader *reader)
{
  GtkWindow *window = reader->window;
  Turns turns = turns_get ();

  g_test_message ("longest turn: %.1f ms of CPU", turns.longest_cpu_usec / 1000.0);
#ifndef __SANITIZE_ADDRESS__
  g_assert_cmpint (turns.longest_cpu_usec, <, TURN_USEC);
#endif
  gtk_window_destroy (window);
  g_object_unref (window);
}

/* @text: the feed's name or address, a line feed, and how what is said of it begins. */
static gboolean
says (FeedReader *reader, const char *text)
{
  return find (reader->feeds, text) != NULL;
}

static void
remove_folder (const char *path)
{
  g_autoptr (GDir) folder = g_dir_open (path, 0, NULL);

  for (const char *name = g_dir_read_name (folder); name != NULL; name = g_dir_read_name (folder))
    {
      g_autofree char *file = g_build_filename (path, name, NULL);

      g_unlink (file);
    }
  g_rmdir (path);
}

static void
test_feeds (gconstpointer application)
{
  static const char *const names[] = { "one", "atom", "slow", "broken", "missing", "silent", "two", "three" };
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_auto (GStrv) uris = NULL;
  g_autofree char *folder = g_dir_make_tmp ("thaw-feeds-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "feeds.db", NULL);
  const char *dead[] = { "http://127.0.0.1:9/dead", NULL };
  FeedReader *reader;

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    g_strv_builder_take (builder, g_strconcat (server_uri, names[i], NULL));
  g_strv_builder_add (builder, dead[0]);
  uris = g_strv_builder_end (builder);

  reader = open_reader ((gpointer) application, path, (const char *const *) uris);
  wait_until (reader, has_article, "/one 39.0");
  wait_until (reader, is_done, NULL);
  wait_until (reader, says, "The one\n40 articles");
  wait_until (reader, says, "The atom\n40 articles");
  wait_until (reader, says, "The slow\n40 articles");
  wait_until (reader, says, "/broken\nError on line");
  wait_until (reader, says, "/missing\n404");
  wait_until (reader, says, "/silent\n127.0.0.1");
  wait_until (reader, says, "/dead\nCould not connect");
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (reader->articles)), ==, 100); /* of 200 */
  g_assert_nonnull (strstr (gtk_string_list_get_string (reader->articles, 0), "/atom 27")); /* the newest first */
  g_assert_cmpuint (n_at_once, <=, FEED_READER_IN_FLIGHT);
  g_assert_cmpuint (n_at_once, >, 1);

  g_atomic_int_inc (&n_edition); /* its articles are still the same ones, but are called otherwise */
  g_signal_emit_by_name (reader->refresh, "clicked");
  wait_until (reader, has_article, "/one 39.1");
  wait_until (reader, is_done, NULL);
  wait_until (reader, says, "The one\n40 articles");
  g_signal_emit_by_name (reader->refresh, "clicked"); /* closed meanwhile */
  close_reader (reader);

  reader = open_reader ((gpointer) application, path, dead); /* offline */
  wait_until (reader, has_article, "/one 39.1");
  wait_until (reader, is_done, NULL);
  wait_until (reader, says, "The two\n40 articles");
  wait_until (reader, says, "/dead\nCould not connect");
  close_reader (reader);
  remove_folder (folder);
}

int
main (int argc, char **argv)
{
  g_autoptr (GtkApplication) application = NULL;
  g_autoptr (GThread) thread = NULL;
  int status;

  g_test_init (&argc, &argv, NULL);
  server_context = g_main_context_new ();
  server_loop = g_main_loop_new (server_context, FALSE);
  thread = g_thread_new ("server", serve, NULL);
  while (!g_atomic_int_get (&server_is_ready))
    g_usleep (1000);
  adw_init ();
  application = GTK_APPLICATION (adw_application_new ("org.thaw.test.FeedReader", G_APPLICATION_NON_UNIQUE));
  g_assert_true (g_application_register (G_APPLICATION (application), NULL, NULL));
  turns_install (NULL);
  g_test_add_data_func ("/feed-reader/feeds", application, test_feeds);
  status = g_test_run ();
  g_main_loop_quit (server_loop);
  g_thread_join (g_steal_pointer (&thread));
  return status;
}
