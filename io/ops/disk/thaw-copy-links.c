/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Hard links within a tree. The first copy of an object with several names gets one name more, in a
 * hidden folder beside the copy, called by the source's device and inode; the others are linked to
 * that. So a million of them takes no memory, and an interruption loses none. A name is removed
 * there when all that the source has were seen, the folder at the end. The operation's thread. */

#include "thaw-copy-private.h"

#include "thaw-disk-error-private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#define KEY_SIZE 40

struct _ThawCopyLinks {
  char *name; /* of the folder, beside the copy */
  int fd;
  dev_t dev;
  ino_t ino;
};

static void
make_key (char key[KEY_SIZE], const struct stat *st)
{
  g_snprintf (key, KEY_SIZE, "%llx-%llx", (long long) st->st_dev, (long long) st->st_ino);
}

/* From before an interruption: only what is whole may be linked to. */
static void
sweep_links (ThawCopy *self, ThawCopyLinks *links)
{
  ThawNames *names = thaw_names_new ();
  ThawName name;

  while (thaw_names_next (names, links->fd, &name, NULL))
    if (!thaw_copy_is_durable (self, name.ino))
      unlinkat (links->fd, name.name, 0);
  thaw_names_free (names);
}

static char *
dup_folder_name (ThawCopy *self)
{
  return g_strconcat (self->as, ".links", NULL);
}

static ThawCopyLinks *
get_links (ThawCopy *self)
{
  g_autofree char *name = NULL;
  int to_fd = thaw_place_get_fd (self->to), fd;
  struct stat st;

  if (self->links != NULL || self->cannot_link)
    return self->links;
  name = dup_folder_name (self);
  if (mkdirat (to_fd, name, S_IRWXU) != 0 && (errno != EEXIST || !self->is_resumed))
    return NULL;
  fd = thaw_disk_open_folder (to_fd, name, TRUE);
  if (fd < 0 || fstat (fd, &st) != 0)
    return NULL;
  self->links = g_new0 (ThawCopyLinks, 1);
  self->links->name = g_steal_pointer (&name);
  self->links->fd = fd;
  self->links->dev = st.st_dev;
  self->links->ino = st.st_ino;
  if (self->is_resumed)
    sweep_links (self, self->links);
  return self->links;
}

static void
lose_link (ThawCopy *self, int errsv)
{
  if (errsv == EPERM || errsv == ENOSYS || errsv == EOPNOTSUPP)
    self->cannot_link = TRUE;
  thaw_walk_loss (&self->walk, "hard link");
}

/* All names that the source has are there: its one here isn't needed any more. */
static void
forget_complete (ThawCopyLinks *links, const char *key, const struct stat *st)
{
  struct stat copy;

  if (fstatat (links->fd, key, &copy, AT_SYMLINK_NOFOLLOW) == 0 && copy.st_nlink > st->st_nlink)
    unlinkat (links->fd, key, 0);
}

/* An item by itself has no links within it. */
static gboolean
has_links (ThawCopy *self, const ThawCopyEntry *entry)
{
  return entry->st.st_nlink > 1 && !S_ISDIR (entry->st.st_mode)
         && thaw_descent_get_depth (&self->into) > 0;
}

gboolean
thaw_copy_link (ThawCopy *self, const ThawCopyEntry *entry, gboolean *linked, GError **error)
{
  ThawCopyLinks *links;
  char key[KEY_SIZE];

  *linked = FALSE;
  if (!has_links (self, entry))
    return TRUE;
  links = get_links (self);
  if (links == NULL)
    {
      thaw_walk_loss (&self->walk, "hard link");
      return TRUE;
    }
  make_key (key, &entry->st);
  *linked = linkat (links->fd, key, entry->out_fd, entry->as, 0) == 0;
  if (*linked)
    forget_complete (links, key, &entry->st);
  else if (errno == EEXIST)
    return thaw_disk_fail (error, errno, "link", thaw_walk_get_label (&self->walk));
  else if (errno != ENOENT)
    lose_link (self, errno);
  return TRUE;
}

gboolean
thaw_copy_agrees_with_link (ThawCopy *self, const ThawCopyEntry *entry)
{
  ThawCopyLinks *links = has_links (self, entry) ? get_links (self) : NULL;
  struct stat first, kept;
  char key[KEY_SIZE];

  if (links == NULL)
    return TRUE;
  make_key (key, &entry->st);
  return fstatat (links->fd, key, &first, AT_SYMLINK_NOFOLLOW) != 0
         || (fstatat (entry->out_fd, entry->as, &kept, AT_SYMLINK_NOFOLLOW) == 0
             && kept.st_ino == first.st_ino);
}

void
thaw_copy_remember_link (ThawCopy *self, const ThawCopyEntry *entry)
{
  ThawCopyLinks *links = has_links (self, entry) ? get_links (self) : NULL;
  char key[KEY_SIZE];

  if (links == NULL)
    return;
  make_key (key, &entry->st);
  if (linkat (entry->out_fd, entry->as, links->fd, key, 0) != 0 && errno != EEXIST)
    lose_link (self, errno);
}

gboolean
thaw_copy_is_links_folder (ThawCopy *self, const struct stat *st)
{
  return self->links != NULL && st->st_dev == self->links->dev && st->st_ino == self->links->ino;
}

void
thaw_copy_forget_links (ThawCopy *self)
{
  g_autofree char *name = dup_folder_name (self);

  /* One of before an interruption is found by its name, which nobody can guess. */
  if (self->links != NULL || g_str_has_prefix (name, THAW_COPY_HIDDEN_PREFIX))
    thaw_disk_discard (self->to, name, NULL, NULL);
  if (self->links == NULL)
    return;
  close (self->links->fd);
  g_free (self->links->name);
  g_clear_pointer (&self->links, g_free);
}
