/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The tree of sizes: its nodes, their names and their sums. Nodes are 64 bytes, in pages that never
 * move; a number is used again only when the loop has told that its node is gone. Everything is
 * done under one lock by whoever comes, the loop or a worker, and takes microseconds: a subtree
 * that is removed is cut off at once and taken apart later, some nodes at a time. */

#include "thaw-usage-tree-private.h"

#include <string.h>
#include <unistd.h>

#define NAME_CHUNK 65536
#define NAME_GRAIN 8
#define TELL_USEC 33000

static ThawUsageNode *
new_node (ThawUsageTree *self, guint32 *node)
{
  if (self->free != THAW_USAGE_NONE)
    {
      *node = self->free;
      self->free = thaw_usage_tree_peek (self, *node)->next;
    }
  else
    {
      if (self->n_nodes % THAW_USAGE_PAGE == 0)
        g_ptr_array_add (self->pages, g_new0 (ThawUsageNode, THAW_USAGE_PAGE));
      *node = self->n_nodes++;
      thaw_usage_tree_peek (self, *node)->name = THAW_USAGE_NONE;
    }
  return thaw_usage_tree_peek (self, *node);
}

static char *
name_at (ThawUsageTree *self, guint32 place)
{
  return (char *) g_ptr_array_index (self->names, place / NAME_CHUNK) + place % NAME_CHUNK;
}

static gsize
name_room (gsize length)
{
  return (length + NAME_GRAIN) & ~(gsize) (NAME_GRAIN - 1);
}

/* A node that is used again has the room of its old name. */
static guint32
put_name (ThawUsageTree *self, guint32 old, const char *name)
{
  gsize room = name_room (strlen (name));
  guint32 place = old;

  if (old == THAW_USAGE_NONE || name_room (strlen (name_at (self, old))) < room)
    {
      if (self->names->len == 0 || self->names_used + room > NAME_CHUNK)
        {
          g_ptr_array_add (self->names, g_malloc (NAME_CHUNK));
          self->names_used = 0;
        }
      place = (self->names->len - 1) * NAME_CHUNK + self->names_used;
      self->names_used += room;
    }
  strcpy (name_at (self, place), name);
  return place;
}

const char *
thaw_usage_tree_get_name (ThawUsageTree *self, guint32 node)
{
  return name_at (self, thaw_usage_tree_peek (self, node)->name);
}

static void
link_child (ThawUsageTree *self, guint32 parent, guint32 node)
{
  ThawUsageNode *above = thaw_usage_tree_peek (self, parent),
                *it = thaw_usage_tree_peek (self, node);

  it->next = above->first;
  it->prev = THAW_USAGE_NONE;
  if (above->first != THAW_USAGE_NONE)
    thaw_usage_tree_peek (self, above->first)->prev = node;
  above->first = node;
}

static void
unlink_child (ThawUsageTree *self, guint32 node)
{
  ThawUsageNode *it = thaw_usage_tree_peek (self, node);

  if (it->prev != THAW_USAGE_NONE)
    thaw_usage_tree_peek (self, it->prev)->next = it->next;
  else
    thaw_usage_tree_peek (self, it->parent)->first = it->next;
  if (it->next != THAW_USAGE_NONE)
    thaw_usage_tree_peek (self, it->next)->prev = it->prev;
}

/* Its sums are the caller's business. */
guint32
thaw_usage_tree_add (ThawUsageTree *self, guint32 parent, const char *name, guint flags)
{
  guint32 node;
  ThawUsageNode *it = new_node (self, &node);

  *it = (ThawUsageNode){ .parent = parent,
                         .first = THAW_USAGE_NONE,
                         .next = THAW_USAGE_NONE,
                         .prev = THAW_USAGE_NONE,
                         .name = it->name,
                         .flags = flags };
  it->name = put_name (self, it->name, name);
  if (parent != THAW_USAGE_NONE)
    {
      it->domain = thaw_usage_tree_peek (self, parent)->domain;
      link_child (self, parent, node);
    }
  return node;
}

void
thaw_usage_sums_add (ThawUsageSums *self, const ThawUsageSums *other)
{
  self->allocated += other->allocated;
  self->apparent += other->apparent;
  self->n_files += other->n_files;
  self->n_folders += other->n_folders;
  self->n_open += other->n_open;
  self->n_bad += other->n_bad;
}

void
thaw_usage_sums_subtract (ThawUsageSums *self, const ThawUsageSums *other)
{
  self->allocated -= other->allocated;
  self->apparent -= other->apparent;
  self->n_files -= other->n_files;
  self->n_folders -= other->n_folders;
  self->n_open -= other->n_open;
  self->n_bad -= other->n_bad;
}

void
thaw_usage_tree_add_sums (ThawUsageTree *self, guint32 node, const ThawUsageSums *difference)
{
  for (; node != THAW_USAGE_NONE; node = thaw_usage_tree_peek (self, node)->parent)
    thaw_usage_sums_add (&thaw_usage_tree_peek (self, node)->sums, difference);
}

/* Cuts it off, with all that is below it. Not the root. */
void
thaw_usage_tree_remove (ThawUsageTree *self, guint32 node)
{
  ThawUsageNode *it = thaw_usage_tree_peek (self, node);
  ThawUsageSums gone = { 0 };

  thaw_usage_sums_subtract (&gone, &it->sums);
  if (it->flags & THAW_USAGE_FOLDER)
    gone.n_folders--;
  else
    gone = (ThawUsageSums){ 0 }; /* its folder's sums are made anew */
  thaw_usage_tree_add_sums (self, it->parent, &gone);
  unlink_child (self, node);
  it->parent = THAW_USAGE_NONE;
  it->flags |= THAW_USAGE_REMOVED;
  g_array_append_val (self->dead, node);
}

void
thaw_usage_tree_reclaim (ThawUsageTree *self, guint max)
{
  for (; max > 0 && self->dead->len > 0; max--)
    {
      guint32 node = g_array_index (self->dead, guint32, self->dead->len - 1);
      ThawUsageNode *it = thaw_usage_tree_peek (self, node);

      g_array_set_size (self->dead, self->dead->len - 1);
      for (guint32 child = it->first; child != THAW_USAGE_NONE;)
        {
          ThawUsageNode *below = thaw_usage_tree_peek (self, child);

          below->flags |= THAW_USAGE_REMOVED;
          below->parent = THAW_USAGE_NONE;
          g_array_append_val (self->dead, child);
          child = below->next;
        }
      it->first = THAW_USAGE_NONE;
      it->parent = THAW_USAGE_TAKEN_APART;
      thaw_usage_tree_free_removed (self, node);
    }
}

/* Once it has been taken apart and nobody is at it any more, whichever comes last. */
void
thaw_usage_tree_free_removed (ThawUsageTree *self, guint32 node)
{
  ThawUsageNode *it = thaw_usage_tree_peek (self, node);

  if (it->parent == THAW_USAGE_TAKEN_APART
      && (it->flags & (THAW_USAGE_QUEUED | THAW_USAGE_READING)) == 0)
    g_array_append_val (self->removed, node);
}

gboolean
thaw_usage_tree_is_alive (ThawUsageTree *self, guint32 node)
{
  if (node >= self->n_nodes)
    return FALSE;
  while (node != THAW_DISK_USAGE_ROOT)
    {
      ThawUsageNode *it = thaw_usage_tree_peek (self, node);

      if ((it->flags & THAW_USAGE_REMOVED) || it->parent == THAW_USAGE_NONE)
        return FALSE;
      node = it->parent;
    }
  return TRUE;
}

/* Its place among those to be read; counted by the caller. */
void
thaw_usage_tree_push (ThawUsageTree *self, guint32 node, ThawUsageHandle *parent)
{
  ThawUsageNode *it = thaw_usage_tree_peek (self, node);
  ThawUsageDomain *domain = &g_array_index (self->domains, ThawUsageDomain, it->domain);
  ThawUsageTask task = { node, parent != NULL ? thaw_usage_handle_ref (parent) : NULL };

  it->flags |= THAW_USAGE_QUEUED;
  g_array_append_val (domain->tasks, task);
  self->n_tasks++;
}

void
thaw_usage_tree_enqueue (ThawUsageTree *self, guint32 node, gboolean deep, ThawUsageHandle *parent)
{
  ThawUsageNode *it = thaw_usage_tree_peek (self, node);

  if (deep)
    it->flags |= THAW_USAGE_DEEP;
  if (it->flags & THAW_USAGE_READING)
    it->flags |= THAW_USAGE_AGAIN;
  else if ((it->flags & THAW_USAGE_QUEUED) == 0)
    {
      thaw_usage_tree_add_sums (self, node, &(ThawUsageSums){ .n_open = 1 });
      thaw_usage_tree_push (self, node, parent);
    }
}

static void
prepend_names (ThawUsageTree *self, guint32 node, guint32 base, GString *path)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new ();

  for (; node != base && node != THAW_USAGE_NONE; node = thaw_usage_tree_peek (self, node)->parent)
    g_ptr_array_add (names, (gpointer) thaw_usage_tree_get_name (self, node));
  for (guint i = names->len; i-- > 0;)
    {
      if (path->len > 0 && path->str[path->len - 1] != '/')
        g_string_append_c (path, '/');
      g_string_append (path, g_ptr_array_index (names, i));
    }
}

char *
thaw_usage_tree_dup_path (ThawUsageTree *self, guint32 node)
{
  GString *path = g_string_new (NULL);

  prepend_names (self, node, THAW_DISK_USAGE_ROOT, path);
  return g_string_free (path, FALSE);
}

char *
thaw_usage_tree_dup_absolute (ThawUsageTree *self, guint32 node)
{
  GString *path = g_string_new (self->root_path);

  prepend_names (self, node, THAW_DISK_USAGE_ROOT, path);
  return g_string_free (path, FALSE);
}

guint32
thaw_usage_tree_add_domain (ThawUsageTree *self, guint32 base, dev_t device)
{
  ThawUsageDomain domain = { .base = base,
                             .device = device,
                             .tasks = g_array_new (FALSE, FALSE, sizeof (ThawUsageTask)) };

  g_array_append_val (self->domains, domain);
  thaw_usage_tree_peek (self, base)->domain = self->domains->len - 1;
  return self->domains->len - 1;
}

ThawUsageTree *
thaw_usage_tree_new (ThawMailbox *mailbox,
                     ThawDiskUsageFlags flags,
                     ThawUsageFileFunc file_func,
                     gpointer file_data,
                     GDestroyNotify file_destroy)
{
  ThawUsageTree *self = g_new0 (ThawUsageTree, 1);

  self->ref_count = 1;
  pthread_mutex_init (&self->lock, NULL);
  self->pages = g_ptr_array_new_with_free_func (g_free);
  self->names = g_ptr_array_new_with_free_func (g_free);
  self->free = THAW_USAGE_NONE;
  self->dead = g_array_new (FALSE, FALSE, sizeof (guint32));
  self->removed = g_array_new (FALSE, FALSE, sizeof (guint32));
  self->borders = g_array_new (FALSE, FALSE, sizeof (guint32));
  self->domains = g_array_new (FALSE, FALSE, sizeof (ThawUsageDomain));
  self->links = thaw_usage_links_new ();
  self->flags = flags;
  self->mailbox = thaw_mailbox_ref (mailbox);
  self->file_func = file_func;
  self->file_data = file_data;
  self->file_destroy = file_destroy;
  thaw_usage_tree_add (self, THAW_USAGE_NONE, "", THAW_USAGE_FOLDER);
  thaw_usage_tree_add_domain (self, THAW_DISK_USAGE_ROOT, 0);
  return self;
}

gpointer
thaw_usage_tree_ref (gpointer data)
{
  ThawUsageTree *self = data;

  __atomic_add_fetch (&self->ref_count, 1, __ATOMIC_RELAXED);
  return self;
}

static void
domain_clear (ThawUsageDomain *self)
{
  for (guint i = 0; i < self->tasks->len; i++)
    g_clear_pointer (&g_array_index (self->tasks, ThawUsageTask, i).parent,
                     thaw_usage_handle_unref);
  g_array_unref (self->tasks);
  g_clear_pointer (&self->handle, thaw_usage_handle_unref);
}

static gpointer
tree_free (gpointer data)
{
  ThawUsageTree *self = data;

  for (guint i = 0; i < self->domains->len; i++)
    domain_clear (&g_array_index (self->domains, ThawUsageDomain, i));
  g_array_unref (self->domains);
  g_array_unref (self->borders);
  g_array_unref (self->removed);
  g_array_unref (self->dead);
  g_ptr_array_unref (self->pages);
  g_ptr_array_unref (self->names);
  thaw_usage_links_free (self->links);
  if (self->file_destroy != NULL)
    self->file_destroy (self->file_data);
  thaw_mailbox_unref (self->mailbox);
  g_clear_pointer (&self->mounts, g_hash_table_unref);
  g_clear_pointer (&self->table, thaw_mount_table_unref);
  g_free (self->root_path);
  pthread_mutex_destroy (&self->lock);
  g_free (self);
  return NULL;
}

void
thaw_usage_tree_unref (gpointer data)
{
  ThawUsageTree *self = data;

  if (__atomic_sub_fetch (&self->ref_count, 1, __ATOMIC_ACQ_REL) > 0)
    return;
  /* Closing what is open may hang, and megabytes take milliseconds: not on the loop. */
  g_thread_unref (g_thread_new ("thaw-usage-free", tree_free, self));
}

void
thaw_usage_tree_tell (ThawUsageTree *self, gboolean soon)
{
  gint64 now_usec = g_get_monotonic_time ();
  gboolean tells;

  thaw_usage_tree_lock (self);
  tells = soon || now_usec >= self->told_usec + TELL_USEC;
  if (tells)
    self->told_usec = now_usec;
  thaw_usage_tree_unlock (self);
  if (tells && !thaw_mailbox_post_keyed (self->mailbox, self, thaw_usage_tree_ref (self)))
    thaw_usage_tree_unref (self);
}

/* With the lock. */
gsize
thaw_usage_tree_get_memory (ThawUsageTree *self)
{
  return self->pages->len * THAW_USAGE_PAGE * sizeof (ThawUsageNode)
         + self->names->len * (gsize) NAME_CHUNK + thaw_usage_links_get_memory (self->links);
}
