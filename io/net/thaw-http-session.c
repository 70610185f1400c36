/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the network threads have of a ThawHttp: a libsoup session each, made for its first request,
 * and the limiters of the hosts, in common. A place is queued for on the caller's thread, so that
 * places are given in the order in which they were asked for, whatever thread they are for. libsoup
 * only carries: who goes when, redirects, decoding and time limits are Thaw's, so the features that
 * would do that behind our back are taken out. So is authentication, which reads the body of a
 * refusal without any limit. */

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
thaw_http_get_session (ThawHttp *self, ThawNet *net)
{
  if (!self->sessions[net->index])
    self->sessions[net->index] = session_new (self);
  return self->sessions[net->index];
}

/* One who counts on HTTP/2, where all requests share a connection, has all of them on one thread.
 */
typedef struct {
  ThawLimiter *limiter;
  ThawNet *net; /* NULL: any */
} Host;

static void
host_free (gpointer data)
{
  Host *host = data;

  thaw_limiter_unref (host->limiter);
  g_free (host);
}

static Host *
host_new (ThawHttp *self, const char *key)
{
  Host *host = g_new (Host, 1);

  *host = (Host){ .limiter = thaw_limiter_new (key, self->per_host),
                  .net = g_str_has_prefix (key, "https:") ? thaw_net_choose () : NULL };
  return host;
}

static gboolean
is_unused (gpointer key, gpointer host, gpointer user_data)
{
  ThawLimiterStats stats;

  thaw_limiter_get_stats (((Host *) host)->limiter, &stats);
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

static void
prepare_hosts (ThawHttp *self)
{
  if (self->hosts)
    return;
  self->hosts = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, host_free);
  self->all = thaw_limiter_new ("http", self->total);
}

static Host *
find_host (ThawHttp *self, GUri *uri)
{
  g_autofree char *key = key_of (uri);
  Host *host;

  prepare_hosts (self);
  host = g_hash_table_lookup (self->hosts, key);
  if (host)
    return host;
  if (g_hash_table_size (self->hosts) >= MANY_HOSTS)
    g_hash_table_foreach_remove (self->hosts, is_unused, NULL);
  host = host_new (self, key);
  g_hash_table_insert (self->hosts, g_steal_pointer (&key), host);
  return host;
}

ThawPlace
thaw_place_in (ThawLimiter *limiter, ThawPriority priority)
{
  ThawPlace place = { .permit = thaw_limiter_try_acquire (limiter) };

  if (!place.permit)
    place.waiting = thaw_limiter_acquire (limiter, NULL, priority);
  return place;
}

/* In the queue while the lock is held: a host that is forgotten has nobody in it. */
ThawPlace
thaw_http_queue (ThawHttp *self, GUri *uri, ThawPriority priority, ThawNet **net)
{
  ThawPlace place;
  Host *host;

  pthread_mutex_lock (&self->hosts_lock);
  host = find_host (self, uri);
  place = thaw_place_in (host->limiter, priority);
  if (net)
    *net = host->net ? host->net : thaw_net_choose ();
  pthread_mutex_unlock (&self->hosts_lock);
  return place;
}

void
thaw_http_clear_session (ThawHttp *self, guint index)
{
  soup_session_abort (self->sessions[index]);
  g_clear_object (&self->sessions[index]);
}

void
thaw_http_clear_hosts (ThawHttp *self)
{
  g_clear_pointer (&self->hosts, g_hash_table_unref);
  g_clear_pointer (&self->all, thaw_limiter_unref);
  pthread_mutex_destroy (&self->hosts_lock);
}
