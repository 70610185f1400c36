/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is new in some feeds: what the database has is shown at once, then all feeds are fetched, so many at a time, and each that
 * comes is stored and shown. One that fails says why and keeps what it had. refresh_fiber() is the whole way of one feed. */
#include "feed-reader.h"

#include <libsoup/soup.h>

/* The CPU pool: RSS and Atom differ in few names. */

typedef struct {
  char *title, *link;
  gint64 date; /* seconds since 1970, 0: not said */
} Article;

typedef struct {
  char *title;
  GArray *articles;
} Feed;

typedef struct {
  Feed *feed;
  Article article;
  gboolean in_article;
  GString *text; /* since the last element began */
} Parse;

static void
article_clear (gpointer data)
{
  Article *self = data;

  g_free (self->title);
  g_free (self->link);
}

static void
feed_free (Feed *self)
{
  g_array_unref (self->articles);
  g_free (self->title);
  g_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Feed, feed_free)

static void
start (GMarkupParseContext *context, const char *name, const char **keys, const char **values, gpointer data, GError **error)
{
  Parse *self = data;

  g_string_truncate (self->text, 0);
  if (g_str_equal (name, "item") || g_str_equal (name, "entry"))
    self->in_article = TRUE;
  for (guint i = 0; g_str_equal (name, "link") && keys[i] != NULL; i++)
    if (g_str_equal (keys[i], "href") && self->in_article && self->article.link == NULL)
      self->article.link = g_strdup (values[i]);
}

static void
end (GMarkupParseContext *context, const char *name, gpointer data, GError **error)
{
  Parse *self = data;
  char **title = self->in_article ? &self->article.title : &self->feed->title;
  const char *text = g_strstrip (self->text->str);
  g_autoptr (GDateTime) date = NULL;

  if (g_str_equal (name, "title") && *title == NULL)
    *title = g_strdup (text);
  else if (g_str_equal (name, "link") && self->in_article && self->article.link == NULL)
    self->article.link = g_strdup (text);
  else if (g_str_equal (name, "pubDate"))
    date = soup_date_time_new_from_http_string (text);
  else if (g_str_equal (name, "updated"))
    date = g_date_time_new_from_iso8601 (text, NULL);
  if (date != NULL)
    self->article.date = g_date_time_to_unix (date);
  if (!g_str_equal (name, "item") && !g_str_equal (name, "entry"))
    return;
  if (self->article.title != NULL && self->article.link != NULL)
    g_array_append_val (self->feed->articles, self->article);
  else
    article_clear (&self->article);
  self->article = (Article){ 0 };
  self->in_article = FALSE;
}

static void
add_text (GMarkupParseContext *context, const char *text, gsize n_bytes, gpointer data, GError **error)
{
  g_string_append_len (((Parse *) data)->text, text, n_bytes);
}

static gboolean
parse_compute (ThawJob *job, gpointer xml, GError **error)
{
  static const GMarkupParser parser = { .start_element = start, .end_element = end, .text = add_text };
  g_autoptr (Feed) feed = g_new0 (Feed, 1);
  g_autoptr (GString) text = g_string_new (NULL);
  Parse parse = { .feed = feed, .text = text };
  g_autoptr (GMarkupParseContext) context
      = g_markup_parse_context_new (&parser, G_MARKUP_TREAT_CDATA_AS_TEXT, &parse, NULL);
  gsize n_bytes;
  const char *bytes = g_bytes_get_data (xml, &n_bytes);
  gboolean good;

  feed->articles = g_array_new (FALSE, TRUE, sizeof (Article));
  g_array_set_clear_func (feed->articles, article_clear);
  good = g_markup_parse_context_parse (context, bytes, n_bytes, error)
         && g_markup_parse_context_end_parse (context, error);
  article_clear (&parse.article);
  if (good)
    thaw_job_return_pointer (job, g_steal_pointer (&feed), (GDestroyNotify) feed_free);
  return good;
}

/* The loop. */

static const char *const schema[] = {
  "CREATE TABLE feeds (uri TEXT PRIMARY KEY, title TEXT, error TEXT);"
  "CREATE TABLE articles (link TEXT PRIMARY KEY, feed TEXT, title TEXT, date INTEGER);"
  "CREATE INDEX newest ON articles (date DESC);",
  NULL
};

typedef struct {
  FeedReader *reader;
  const char *uri;
} Refresh;

/* Only what has changed is spliced, so that the lists stay where they are. */
static void
set_strings (GtkStringList *list, ThawRows *rows)
{
  g_auto (GStrv) strings = thaw_rows_dup_column (rows, 0);
  guint n = g_strv_length (strings), n_old = g_list_model_get_n_items (G_LIST_MODEL (list)), same = 0;

  while (same < MIN (n, n_old) && g_str_equal (strings[same], gtk_string_list_get_string (list, same)))
    same++;
  if (same < n || same < n_old)
    gtk_string_list_splice (list, same, n_old - same, (const char *const *) strings + same);
}

/* These three: in a fiber, they await. */
static void
show_stored (FeedReader *self)
{
  g_autoptr (ThawRows) articles = NULL, feeds = thaw_await_pointer (thaw_database_query (
      self->database,
      "SELECT coalesce (title, uri) || char (10) || coalesce (error, (SELECT count (*) FROM articles WHERE feed = uri)"
      " || ' articles') FROM feeds ORDER BY rowid", NULL), NULL);

  if (feeds != NULL)
    articles = thaw_await_pointer (thaw_database_query (
        self->database, "SELECT title, link FROM articles ORDER BY date DESC, link LIMIT 100", NULL), NULL);
  if (articles == NULL)
    return;
  g_strfreev (self->links);
  self->links = thaw_rows_dup_column (articles, 1);
  set_strings (self->feeds, feeds);
  set_strings (self->articles, articles);
}

/* All articles of the feed, or none. */
static gboolean
store (FeedReader *self, const char *uri, Feed *feed, GError **error)
{
  g_autoptr (ThawDatabase) all = thaw_await_pointer (thaw_database_begin (self->database, self->scope), error);
  gboolean good = all != NULL;

  for (guint i = 0; good && i < feed->articles->len; i++)
    {
      Article *article = &g_array_index (feed->articles, Article, i);

      good = thaw_await (thaw_database_exec (all, "INSERT OR REPLACE INTO articles VALUES (?, ?, ?, ?)", "sssx",
                                             article->link, uri, article->title, article->date), error);
    }
  return good
         && thaw_await (thaw_database_exec (all, "UPDATE feeds SET title = ?, error = NULL WHERE uri = ?", "ss",
                                            feed->title, uri), error)
         && thaw_await (thaw_database_commit (all), error);
}

static ThawFuture *
refresh_fiber (gpointer user_data)
{
  Refresh *refresh = user_data;
  FeedReader *self = refresh->reader;
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) xml = thaw_await_pointer (thaw_http_get (self->http, self->scope, refresh->uri), &error);
  g_autoptr (Feed) feed = NULL;

  if (xml != NULL)
    feed = thaw_await_pointer (thaw_scope_compute (self->scope, "parse", THAW_PRIORITY_DEFAULT, parse_compute,
                                                   g_bytes_ref (xml), (GDestroyNotify) g_bytes_unref), &error);
  if (feed != NULL)
    store (self, refresh->uri, feed, &error);
  if (error != NULL)
    thaw_await (thaw_database_exec (self->database, "UPDATE feeds SET error = ? WHERE uri = ?", "ss", error->message,
                                    refresh->uri), NULL);
  show_stored (self);
  return thaw_future_new_resolved ();
}

static ThawFuture *
refresh_one (guint index, gpointer user_data)
{
  FeedReader *self = user_data;
  Refresh *refresh = g_new (Refresh, 1);

  *refresh = (Refresh){ self, self->uris[index] };
  return thaw_scope_spawn (self->scope, "refresh", refresh_fiber, refresh, g_free);
}

static void
all_refreshed_cb (ThawFuture *completed, gpointer user_data)
{
  FeedReader *self = user_data;

  gtk_widget_set_sensitive (self->refresh, TRUE);
}

static void
refresh_all (FeedReader *self)
{
  g_autoptr (ThawFuture) all = thaw_map (self->scope, "refresh", g_strv_length (self->uris), FEED_READER_IN_FLIGHT,
                                         refresh_one, self, NULL);

  gtk_widget_set_sensitive (self->refresh, FALSE);
  thaw_future_done (all, self->scope, all_refreshed_cb, self, NULL);
}

static ThawFuture *
start_fiber (gpointer user_data)
{
  FeedReader *self = user_data;
  GFile *file = g_object_get_data (G_OBJECT (self->window), "database");
  g_autoptr (GError) error = NULL;

  self->database = thaw_await_pointer (thaw_database_open (self->scope, file, THAW_DATABASE_DEFAULT, schema), &error);
  for (guint i = 0; error == NULL && self->uris[i] != NULL; i++)
    thaw_await (thaw_database_exec (self->database, "INSERT OR IGNORE INTO feeds (uri) VALUES (?)", "s", self->uris[i]),
                &error);
  if (error == NULL)
    {
      show_stored (self);
      refresh_all (self);
    }
  else if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    gtk_string_list_append (self->feeds, error->message);
  return thaw_future_new_resolved ();
}

static void
open_link (FeedReader *self, guint position)
{
  g_autoptr (GtkUriLauncher) launcher = gtk_uri_launcher_new (self->links[position]);

  gtk_uri_launcher_launch (launcher, self->window, NULL, NULL, NULL);
}

static void
feed_reader_free (gpointer data)
{
  FeedReader *self = data;

  g_clear_pointer (&self->database, thaw_database_unref);
  thaw_http_unref (self->http);
  thaw_scope_unref (self->scope);
  g_strfreev (self->uris);
  g_strfreev (self->links);
  g_free (self);
}

FeedReader *
feed_reader_new (GtkApplication *application, GFile *database, const char *const *uris, gint64 patience_usec)
{
  FeedReader *self = g_new0 (FeedReader, 1);
  g_autoptr (GtkBuilder) builder = gtk_builder_new_from_resource ("/org/thaw/FeedReader/feed-reader.ui");

#define CHILD(name) ((gpointer) gtk_builder_get_object (builder, name))
  self->window = CHILD ("window");
  self->feeds = CHILD ("feeds");
  self->articles = CHILD ("articles");
  self->refresh = CHILD ("refresh");
  gtk_window_set_application (self->window, application);
  g_object_set_data_full (G_OBJECT (self->window), "feed-reader", self, feed_reader_free);
  g_object_set_data_full (G_OBJECT (self->window), "database", g_object_ref (database), g_object_unref);
  self->scope = thaw_scope_new_for_owner ("window", G_OBJECT (self->window), NULL);
  self->uris = g_strdupv ((GStrv) uris);
  self->http = thaw_http_new ();
  thaw_http_set_timeouts (self->http, patience_usec, patience_usec, 4 * patience_usec);
  thaw_http_set_retries (self->http, 0, G_USEC_PER_SEC);
  g_signal_connect_swapped (self->refresh, "clicked", G_CALLBACK (refresh_all), self);
  g_signal_connect_swapped (CHILD ("list"), "activate", G_CALLBACK (open_link), self);
  gtk_widget_set_sensitive (self->refresh, FALSE);
  thaw_future_disown (thaw_scope_spawn (self->scope, "start", start_fiber, self, NULL));
  gtk_window_present (self->window);
  return self;
}
