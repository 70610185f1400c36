/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The rows of a batch as one blob: folders once, then the rows, in the machine's own byte order
 * since the state folder is the machine's too. One insert for 256 steps costs what one row costs.
 * Reading trusts nothing: what doesn't fit is an error, never a crash. Any thread. */

#include "thaw-step-private.h"

#include <string.h>

#define FORMAT 2
#define FORMAT_WITHOUT_BOUNDS 1 /* of placed folders */
#define NO_FOLDER G_MAXUINT32

static void
put_u32 (GByteArray *out, guint32 value)
{
  g_byte_array_append (out, (const guint8 *) &value, sizeof value);
}

static void
put_u64 (GByteArray *out, guint64 value)
{
  g_byte_array_append (out, (const guint8 *) &value, sizeof value);
}

/* A missing one is not an empty one. */
static void
put_data (GByteArray *out, gconstpointer data, gsize size)
{
  put_u32 (out, data != NULL ? (guint32) size + 1 : 0);
  if (data != NULL)
    g_byte_array_append (out, data, (guint) size);
}

static void
put_string (GByteArray *out, const char *text)
{
  put_data (out, text, text != NULL ? strlen (text) : 0);
}

static void
put_bytes (GByteArray *out, GBytes *bytes)
{
  gsize size = 0;
  gconstpointer data = bytes != NULL ? g_bytes_get_data (bytes, &size) : NULL;

  put_data (out, bytes != NULL && data == NULL ? "" : data, size);
}

static void
put_variant (GByteArray *out, GVariant *variant)
{
  g_autoptr (GBytes) bytes = variant != NULL ? g_variant_get_data_as_bytes (variant) : NULL;

  put_bytes (out, bytes);
}

static void
put_identity (GByteArray *out, const ThawIdentity *identity)
{
  put_u64 (out, identity->dev);
  put_u64 (out, identity->ino);
  put_u64 (out, (guint64) identity->size);
  put_u64 (out, (guint64) identity->mtime_nsec);
  put_u64 (out, (guint64) identity->ctime_nsec);
  put_u32 (out, identity->mode);
}

typedef struct {
  GByteArray *folders, *rows;
  GHashTable *numbers; /* path, dev and ino as a string → number */
} Packer;

static void
put_end (Packer *self, const ThawStepEnd *end, guint64 fsid)
{
  char *key;
  gpointer found;

  if (end->folder == NULL)
    {
      put_u32 (self->rows, NO_FOLDER);
      return;
    }
  key = g_strdup_printf ("%" G_GINT64_MODIFIER "x/%" G_GINT64_MODIFIER "x%s",
                         end->dev,
                         end->ino,
                         end->folder);
  if (!g_hash_table_lookup_extended (self->numbers, key, NULL, &found))
    {
      found = GUINT_TO_POINTER (g_hash_table_size (self->numbers));
      g_hash_table_insert (self->numbers, g_strdup (key), found);
      put_string (self->folders, end->folder);
      put_u64 (self->folders, end->dev);
      put_u64 (self->folders, end->ino);
      put_u64 (self->folders, fsid);
    }
  g_free (key);
  put_u32 (self->rows, GPOINTER_TO_UINT (found));
  put_string (self->rows, end->name);
}

static void
put_row (Packer *self, ThawRow *row)
{
  ThawStep *step = row->step;

  put_u32 (self->rows, step->type);
  put_u32 (self->rows, row->enters ? 1 : 0);
  put_u32 (self->rows, row->number);
  put_end (self, &step->from, row->from_fsid);
  put_end (self, &step->to, row->to_fsid);
  put_end (self, &step->kept, row->kept_fsid);
  put_identity (self->rows, &step->object);
  put_identity (self->rows, &step->old);
  put_u64 (self->rows, (guint64) row->object_btime_nsec);
  put_u64 (self->rows, (guint64) row->placed_ctime_nsec);
  put_u64 (self->rows, (guint64) row->ready_ctime_nsec);
  put_string (self->rows, step->info);
  put_bytes (self->rows, row->info_bytes);
  put_variant (self->rows, step->attributes);
  put_variant (self->rows, row->old_attributes);
}

GBytes *
thaw_rows_pack (GPtrArray *rows)
{
  Packer packer = { g_byte_array_new (),
                    g_byte_array_new (),
                    g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL) };
  GByteArray *all = g_byte_array_new ();

  for (guint i = 0; i < rows->len; i++)
    put_row (&packer, g_ptr_array_index (rows, i));
  put_u32 (all, FORMAT);
  put_u32 (all, g_hash_table_size (packer.numbers));
  g_byte_array_append (all, packer.folders->data, packer.folders->len);
  put_u32 (all, rows->len);
  g_byte_array_append (all, packer.rows->data, packer.rows->len);
  g_byte_array_unref (packer.folders);
  g_byte_array_unref (packer.rows);
  g_hash_table_unref (packer.numbers);
  return g_byte_array_free_to_bytes (all);
}

typedef struct {
  const char *data;
  gsize left;
  gboolean is_bad;
  gboolean has_bounds;
  GArray *folders;
} Reader;

typedef struct {
  char *path;
  guint64 dev, ino, fsid;
} Folder;

static void
get (Reader *self, gpointer value, gsize size)
{
  if (size > self->left)
    {
      self->is_bad = TRUE;
      memset (value, 0, size);
      return;
    }
  memcpy (value, self->data, size);
  self->data += size;
  self->left -= size;
}

static guint32
get_u32 (Reader *self)
{
  guint32 value;

  get (self, &value, sizeof value);
  return value;
}

static guint64
get_u64 (Reader *self)
{
  guint64 value;

  get (self, &value, sizeof value);
  return value;
}

static const char *
get_data (Reader *self, gsize *size)
{
  guint32 length = get_u32 (self);
  const char *data = self->data;

  *size = length > 0 ? length - 1 : 0;
  if (length == 0)
    return NULL;
  if (*size > self->left)
    {
      self->is_bad = TRUE;
      return NULL;
    }
  self->data += *size;
  self->left -= *size;
  return data;
}

static char *
get_string (Reader *self)
{
  gsize size;
  const char *data = get_data (self, &size);

  return data != NULL ? g_strndup (data, size) : NULL;
}

static GBytes *
get_bytes (Reader *self)
{
  gsize size;
  const char *data = get_data (self, &size);

  return data != NULL ? g_bytes_new (data, size) : NULL;
}

static GVariant *
get_variant (Reader *self)
{
  g_autoptr (GBytes) bytes = get_bytes (self);

  if (bytes == NULL)
    return NULL;
  return g_variant_ref_sink (g_variant_new_from_bytes (G_VARIANT_TYPE_VARDICT, bytes, FALSE));
}

static void
get_identity (Reader *self, ThawIdentity *identity)
{
  identity->dev = get_u64 (self);
  identity->ino = get_u64 (self);
  identity->size = (gint64) get_u64 (self);
  identity->mtime_nsec = (gint64) get_u64 (self);
  identity->ctime_nsec = (gint64) get_u64 (self);
  identity->mode = get_u32 (self);
}

static void
get_end (Reader *self, ThawStepEnd *end, guint64 *fsid)
{
  guint32 number = get_u32 (self);
  Folder *folder;

  if (number == NO_FOLDER)
    return;
  if (number >= self->folders->len)
    {
      self->is_bad = TRUE;
      return;
    }
  folder = &g_array_index (self->folders, Folder, number);
  end->folder = g_strdup (folder->path);
  end->dev = folder->dev;
  end->ino = folder->ino;
  end->name = get_string (self);
  *fsid = folder->fsid;
}

static ThawRow *
get_row (Reader *self)
{
  ThawRow *row = g_new0 (ThawRow, 1);
  ThawStep *step = row->step = g_new0 (ThawStep, 1);

  step->type = (ThawStepType) get_u32 (self);
  row->enters = get_u32 (self) != 0;
  row->number = get_u32 (self);
  get_end (self, &step->from, &row->from_fsid);
  get_end (self, &step->to, &row->to_fsid);
  get_end (self, &step->kept, &row->kept_fsid);
  get_identity (self, &step->object);
  get_identity (self, &step->old);
  row->noted_dev = step->object.dev;
  row->object_btime_nsec = (gint64) get_u64 (self);
  row->placed_ctime_nsec = self->has_bounds ? (gint64) get_u64 (self) : 0;
  row->ready_ctime_nsec = self->has_bounds ? (gint64) get_u64 (self) : 0;
  step->info = get_string (self);
  row->info_bytes = get_bytes (self);
  if (row->enters && row->info_bytes != NULL)
    step->info_text = g_bytes_ref (row->info_bytes);
  step->attributes = get_variant (self);
  row->old_attributes = get_variant (self);
  return row;
}

static void
get_folders (Reader *self)
{
  guint32 n = get_u32 (self);

  for (guint32 i = 0; i < n && !self->is_bad; i++)
    {
      Folder folder = { get_string (self), 0, 0, 0 };

      folder.dev = get_u64 (self);
      folder.ino = get_u64 (self);
      folder.fsid = get_u64 (self);
      g_array_append_val (self->folders, folder);
    }
}

static void
folder_clear (gpointer data)
{
  g_free (((Folder *) data)->path);
}

GPtrArray *
thaw_rows_unpack (GBytes *bytes, GError **error)
{
  g_autoptr (GPtrArray) rows = g_ptr_array_new_with_free_func ((GDestroyNotify) thaw_row_free);
  Reader reader = { .folders = g_array_new (FALSE, FALSE, sizeof (Folder)) };
  guint32 format, n;

  g_array_set_clear_func (reader.folders, folder_clear);
  reader.data = g_bytes_get_data (bytes, &reader.left);
  format = get_u32 (&reader);
  reader.has_bounds = format != FORMAT_WITHOUT_BOUNDS;
  reader.is_bad = format != FORMAT && format != FORMAT_WITHOUT_BOUNDS;
  get_folders (&reader);
  n = get_u32 (&reader);
  for (guint32 i = 0; i < n && !reader.is_bad; i++)
    {
      g_ptr_array_add (rows, get_row (&reader));
      if (!thaw_step_is_valid (((ThawRow *) g_ptr_array_index (rows, i))->step, NULL))
        reader.is_bad = TRUE;
    }
  g_array_unref (reader.folders);
  if (!reader.is_bad && reader.left == 0)
    return g_steal_pointer (&rows);
  g_set_error_literal (error,
                       G_IO_ERROR,
                       G_IO_ERROR_INVALID_DATA,
                       "The journal of operations is damaged: its steps can't be read");
  return NULL;
}
