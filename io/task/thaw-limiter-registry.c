/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The life of limiters, and those that everybody shares: one for each host, mount and name. The
 * registry holds no reference, so that a program that talks to many hosts doesn't collect them: who
 * waits, and every permit, keeps its limiter. Any thread. */

#include "thaw-limiter-private.h"

#include "thaw-mount-table.h"

static pthread_mutex_t registry_lock = PTHREAD_MUTEX_INITIALIZER;
static GHashTable *registry; /* name → limiter, neither owned */

/**
 * thaw_limiter_new:
 * @name: for logs and for the task tree; copied
 * @limit: permits out at a time, at least 1
 *
 * Makes a limiter that only its users know. Any thread.
 *
 * Returns: (transfer full): a limiter
 */
ThawLimiter *
thaw_limiter_new (const char *name, guint limit)
{
  ThawLimiter *self = g_new0 (ThawLimiter, 1);

  self->ref_count = 1;
  self->name = g_strdup (name);
  self->limit = MAX (limit, 1);
  pthread_mutex_init (&self->lock, NULL);
  return self;
}

/**
 * thaw_limiter_ref:
 * @self: a limiter
 *
 * Takes a reference. Any thread.
 *
 * Returns: (transfer full): @self
 */
ThawLimiter *
thaw_limiter_ref (ThawLimiter *self)
{
  __atomic_add_fetch (&self->ref_count, 1, __ATOMIC_RELAXED);
  return self;
}

static void
limiter_free (ThawLimiter *self)
{
  pthread_mutex_destroy (&self->lock);
  g_free (self->name);
  g_free (self);
}

/* The last reference of a registered one goes under the lock, since the registry gives out new
 * ones. */
static void
unref_registered (ThawLimiter *self)
{
  gboolean last;

  pthread_mutex_lock (&registry_lock);
  last = __atomic_sub_fetch (&self->ref_count, 1, __ATOMIC_ACQ_REL) == 0;
  if (last)
    g_hash_table_remove (registry, self->name);
  pthread_mutex_unlock (&registry_lock);
  if (last)
    limiter_free (self);
}

static gboolean
unref_unless_last (ThawLimiter *self)
{
  gint count = __atomic_load_n (&self->ref_count, __ATOMIC_RELAXED);

  while (count > 1)
    if (__atomic_compare_exchange_n (&self->ref_count,
                                     &count,
                                     count - 1,
                                     TRUE,
                                     __ATOMIC_ACQ_REL,
                                     __ATOMIC_RELAXED))
      return TRUE;
  return FALSE;
}

/**
 * thaw_limiter_unref:
 * @self: (transfer full): a limiter
 *
 * Drops a reference. Any thread.
 */
void
thaw_limiter_unref (ThawLimiter *self)
{
  if (self->is_registered)
    {
      if (!unref_unless_last (self))
        unref_registered (self);
    }
  else if (__atomic_sub_fetch (&self->ref_count, 1, __ATOMIC_ACQ_REL) == 0)
    limiter_free (self);
}

/**
 * thaw_limiter_get_name:
 * @self: a limiter
 *
 * Returns: (transfer none): its name; "host …" and "mount …" of those
 */
const char *
thaw_limiter_get_name (ThawLimiter *self)
{
  return self->name;
}

/**
 * thaw_limiter_for_name:
 * @name: what the users of one limiter agree on
 * @limit: permits out at a time, if it has to be made
 *
 * The limiter of that name: the same for all, for as long as somebody has it. Any thread.
 *
 * Returns: (transfer full): a limiter
 */
ThawLimiter *
thaw_limiter_for_name (const char *name, guint limit)
{
  ThawLimiter *self;

  pthread_mutex_lock (&registry_lock);
  if (!registry)
    registry = g_hash_table_new (g_str_hash, g_str_equal);
  self = g_hash_table_lookup (registry, name);
  if (self)
    thaw_limiter_ref (self);
  else
    {
      self = thaw_limiter_new (name, limit);
      self->is_registered = TRUE;
      g_hash_table_insert (registry, self->name, self);
    }
  pthread_mutex_unlock (&registry_lock);
  return self;
}

/**
 * thaw_limiter_for_host:
 * @host: a host's name, with or without a port; case doesn't count
 *
 * The limiter of one host, of %THAW_LIMITER_HOST_LIMIT until it is set otherwise. Any thread.
 *
 * Returns: (transfer full): a limiter
 */
ThawLimiter *
thaw_limiter_for_host (const char *host)
{
  g_autofree char *lower = g_ascii_strdown (host, -1);
  g_autofree char *name = g_strconcat ("host ", lower, NULL);

  return thaw_limiter_for_name (name, THAW_LIMITER_HOST_LIMIT);
}

/**
 * thaw_limiter_for_path:
 * @path: an absolute path; not touched
 *
 * The limiter of the mount that @path lies on, of %THAW_LIMITER_MOUNT_LIMIT until it is set
 * otherwise. While the mount table hasn't been read yet all paths count as those of "/". Any
 * thread, never blocks.
 *
 * Returns: (transfer full): a limiter
 */
ThawLimiter *
thaw_limiter_for_path (const char *path)
{
  g_autoptr (ThawMountTable) table = thaw_mount_table_dup_current ();
  const ThawMount *mount = table ? thaw_mount_table_find (table, path) : NULL;
  g_autofree char *name = g_strconcat ("mount ", mount ? mount->root : "/", NULL);

  return thaw_limiter_for_name (name, THAW_LIMITER_MOUNT_LIMIT);
}

guint
thaw_limiter_get_n_registered (void)
{
  guint n;

  pthread_mutex_lock (&registry_lock);
  n = registry ? g_hash_table_size (registry) : 0;
  pthread_mutex_unlock (&registry_lock);
  return n;
}
