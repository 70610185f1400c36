/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The names of a folder, read straight from the kernel some thousands at a time, so that a folder
 * of a million takes no memory to speak of. Each lot is put in the order of the inodes, in which a
 * disk is read and freed fastest. The operation's thread. */

#include "thaw-walk-private.h"

#include "thaw-disk-error-private.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#define LOT_BYTES (32 * 1024)

typedef struct {
  guint64 ino;
  guint offset; /* of the name */
  guint8 type;
} Record;

struct _ThawNames {
  GArray *records; /* Record */
  GString *text;   /* names, each with its NUL */
  guint next;
  gboolean is_at_end;
  int errsv; /* of the reading that ended it */
};

ThawNames *
thaw_names_new (void)
{
  ThawNames *self = g_new0 (ThawNames, 1);

  self->records = g_array_new (FALSE, FALSE, sizeof (Record));
  self->text = g_string_new (NULL);
  return self;
}

void
thaw_names_free (ThawNames *self)
{
  if (self == NULL)
    return;
  g_array_unref (self->records);
  g_string_free (self->text, TRUE);
  g_free (self);
}

static gint
compare_records (gconstpointer a, gconstpointer b)
{
  const Record *x = a, *y = b;

  return x->ino < y->ino ? -1 : x->ino > y->ino;
}

static void
add_record (ThawNames *self, const struct dirent64 *entry)
{
  Record record = { .ino = entry->d_ino, .offset = self->text->len, .type = entry->d_type };

  if (strcmp (entry->d_name, ".") == 0 || strcmp (entry->d_name, "..") == 0)
    return;
  g_array_append_val (self->records, record);
  g_string_append_len (self->text, entry->d_name, strlen (entry->d_name) + 1);
}

static void
read_lot (ThawNames *self, int fd)
{
  char lot[LOT_BYTES] __attribute__ ((aligned (__alignof__(struct dirent64))));
  gssize n_bytes;

  do
    n_bytes = getdents64 (fd, lot, sizeof lot);
  while (n_bytes < 0 && errno == EINTR);
  if (n_bytes <= 0)
    {
      self->is_at_end = TRUE;
      /* A folder that was removed meanwhile has no names any more. */
      self->errsv = n_bytes < 0 && errno != ENOENT ? errno : 0;
      return;
    }
  for (gssize at = 0; at < n_bytes;)
    {
      const struct dirent64 *entry = (const struct dirent64 *) (lot + at);

      add_record (self, entry);
      at += entry->d_reclen;
    }
}

/* A new lot in the place of the one that was seen. */
static void
refill (ThawNames *self, int fd)
{
  g_array_set_size (self->records, 0);
  g_string_truncate (self->text, 0);
  self->next = 0;
  while (!self->is_at_end && self->records->len == 0)
    read_lot (self, fd);
  g_array_sort (self->records, compare_records);
}

void
thaw_names_rewind (ThawNames *self, int fd)
{
  self->is_at_end = lseek (fd, 0, SEEK_SET) < 0;
  self->errsv = 0;
  self->next = self->records->len;
}

void
thaw_names_read_all (ThawNames *self, int fd)
{
  while (!self->is_at_end)
    read_lot (self, fd);
}

gboolean
thaw_names_next (ThawNames *self, int fd, ThawName *name, GError **error)
{
  const Record *record;

  if (self->next >= self->records->len && !self->is_at_end)
    refill (self, fd);
  if (self->next >= self->records->len)
    {
      /* Said once. */
      if (self->errsv != 0)
        g_set_error (error,
                     G_IO_ERROR,
                     g_io_error_from_errno (self->errsv),
                     "Could not read the folder: %s",
                     g_strerror (self->errsv));
      self->errsv = 0;
      return FALSE;
    }
  record = &g_array_index (self->records, Record, self->next++);
  *name = (ThawName){
    .ino = record->ino,
    .type = record->type,
    .name = self->text->str + record->offset,
  };
  return TRUE;
}
