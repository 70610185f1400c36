/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copies of what isn't read: links, FIFOs, sockets, devices. None is opened, only held by a handle;
 * new ones are made from what stat() says. The operation's thread. */

#include "thaw-copy-private.h"

#include "thaw-disk-error-private.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

static gboolean
make_link (ThawCopy *self, const ThawCopyEntry *entry, GError **error)
{
  char *text = (char *) self->buffer;
  gssize length = readlinkat (entry->handle, "", text, THAW_COPY_BUFFER_BYTES - 1);

  if (length < 0)
    return thaw_disk_fail (error, errno, "read the link", thaw_walk_get_label (&self->walk));
  text[length] = '\0';
  if (symlinkat (text, entry->out_fd, entry->as) != 0)
    return thaw_disk_fail (error, errno, "make the link", thaw_walk_get_label (&self->walk));
  return TRUE;
}

static gboolean
make_node (ThawCopy *self, const ThawCopyEntry *entry, GError **error)
{
  mode_t mode = (entry->st.st_mode & S_IFMT) | S_IRUSR | S_IWUSR;

  if (mknodat (entry->out_fd, entry->as, mode, entry->st.st_rdev) != 0)
    return thaw_disk_fail (error, errno, "make", thaw_walk_get_label (&self->walk));
  return TRUE;
}

gboolean
thaw_copy_other (ThawCopy *self, const ThawCopyEntry *entry, GError **error)
{
  g_autofd int out_handle = -1;
  struct stat made;

  if (!(S_ISLNK (entry->st.st_mode) ? make_link : make_node) (self, entry, error))
    return FALSE;
  self->is_ours = TRUE;
  out_handle = thaw_disk_open_handle (entry->out_fd, entry->as, TRUE);
  if (out_handle < 0 || fstat (out_handle, &made) != 0)
    {
      thaw_disk_fail (error, errno, "open", thaw_walk_get_label (&self->walk));
      unlinkat (entry->out_fd, entry->as, 0);
      return FALSE;
    }
  thaw_copy_handle_attributes (self, out_handle, &entry->st, &made);
  thaw_walk_done (&self->walk, 0, 1);
  return thaw_copy_finished (self, made.st_ino, 0, error);
}
