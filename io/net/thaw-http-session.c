/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a ThawHttp has besides its settings: the network thread's libsoup session, made for the
 * first request, and the limiters of its hosts, where any thread queues. libsoup only carries: who
 * goes when, redirects, decoding and time limits are Thaw's, so the features that would do that
 * behind our back are taken out. So is authentication, which reads the body of a refusal without
 * any limit. */

#include "thaw-net-private.h"

/* More hosts than that, and those that nobody uses are forgotten. */
#define MANY_HOSTS 64
#define IDLE_SECONDS 30

/* libsoup's own limits must never be met: a message that waits in its queue isn't told when it is
 * cancelled. Ours keep the number of connections; the total is only for what is idle. */
static SoupSession *
session_new (ThawHttp *self)
{
  int max_connections = (int) (self->total + self->per_host) * 4 + 256;
  SoupSession *session = soup_session_new_with_options ("max-conns",
                                                        max_connections,
                                                        "max-conns-per-host",
                                                        max_connections,
                                                        "idle-timeout",
                                                        IDLE_SECONDS,
                                                        "timeout",
                                                        0,
                                                        "user-agent",
                                                        self->user_agent,
                                                        NULL);

  soup_session_remove_feature_by_type (session, SOUP_TYPE_CONTENT_DECODER);
  soup_session_remove_feature_by_type (session, SOUP_TYPE_AUTH_MANAGER);
  if (self->trust)
    soup_session_set_tls_database (session, self->trust);
  return session;
}

SoupSession *
thaw_http_get_session (ThawHttp *self)
{
  if (!self->session)
    self->session = session_new (self);
  return self->session;
}

static gboolean
is_unused (gpointer key, gpointer limiter, gpointer user_data)
{
  ThawLimiterStats stats;

  thaw_limiter_get_stats (limiter, &stats);
  return stats.n_out == 0 && stats.n_waiting == 0;
}

static char *
key_of (GUri *uri)
{
  return g_strdup_printf ("%s://%s:%d",
                          g_uri_get_scheme (uri),
                          g_uri_get_host (uri),
                          g_uri_get_port (uri));
}

/* Under the lock. */
static ThawLimiter *
find_host (ThawHttp *self, GUri *uri)
{
  g_autofree char *key = key_of (uri);
  ThawLimiter *limiter;

  if (!self->hosts)
    {
      self->all = thaw_limiter_new ("http", self->total);
      self->hosts = g_hash_table_new_full (g_str_hash,
                                           g_str_equal,
                                           g_free,
                                           (GDestroyNotify) thaw_limiter_unref);
    }
  limiter = g_hash_table_lookup (self->hosts, key);
  if (limiter)
    return limiter;
  if (g_hash_table_size (self->hosts) >= MANY_HOSTS)
    g_hash_table_foreach_remove (self->hosts, is_unused, NULL);
  limiter = thaw_limiter_new (key, self->per_host);
  g_hash_table_insert (self->hosts, g_steal_pointer (&key), limiter);
  return limiter;
}

ThawPlace
thaw_place_in (ThawLimiter *limiter, ThawPriority priority)
{
  ThawPlace place = { .permit = thaw_limiter_try_acquire (limiter) };

  if (!place.permit)
    place.waiting = thaw_limiter_acquire (limiter, NULL, priority);
  return place;
}

/* With the lock held until it is in the queue: only hosts that have nobody there are forgotten. */
ThawPlace
thaw_http_queue (ThawHttp *self, GUri *uri, ThawPriority priority)
{
  ThawPlace place;

  pthread_mutex_lock (&self->hosts_lock);
  place = thaw_place_in (find_host (self, uri), priority);
  pthread_mutex_unlock (&self->hosts_lock);
  return place;
}

void
thaw_http_clear_session (ThawHttp *self)
{
  if (self->session)
    soup_session_abort (self->session);
  g_clear_object (&self->session);
  g_clear_pointer (&self->hosts, g_hash_table_unref);
  g_clear_pointer (&self->all, thaw_limiter_unref);
}
