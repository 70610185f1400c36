/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One archive, from the program that reads it to the tree that is written. An entry is whole if all
 * of it came, as many bytes as it said, and the program found its sums right; any other is taken
 * away again and is a problem that names it. If the sums over the whole archive are wrong no entry
 * can be trusted, and none is kept. */

#include "thaw-extract-private.h"

#include <string.h>
#include <sys/stat.h>

typedef struct {
  ThawRun *run;
  const char *path;    /* of the archive, for messages */
  const char *name;    /* of the archive, for an entry without one */
  const char *charset; /* nullable: of names that aren't UTF-8 */
  ThawArchive *archive;
  ThawExtractTree *tree;
  ThawExtractBudget budget;
  guint64 position; /* of the archive, that was told to the run */
  guint n_unnamed;
  guint n_problems;
  gboolean has_large_memory;

  /* The entry under way. */
  char *entry_path; /* as it is called in messages; UTF-8 or not */
  ThawArchiveRecord entry;
  gboolean is_open;  /* a file, in the tree */
  gboolean is_wrong; /* it has become a problem already */
  gboolean has_data;
  gint64 end; /* of its bytes so far */
} Stream;

static void
stream_clear (Stream *self)
{
  g_clear_pointer (&self->archive, thaw_archive_free);
  g_clear_pointer (&self->tree, thaw_extract_tree_free);
  g_clear_pointer (&self->entry_path, g_free);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Stream, stream_clear)

static gboolean
check (gpointer user_data, GError **error)
{
  return thaw_run_check (user_data, error);
}

/* --- telling --- */

static char *
make_path (Stream *self, const char *relative)
{
  return g_build_filename (self->path, relative, NULL);
}

static void
on_twin (const char *path, const char *name, gpointer user_data)
{
  Stream *self = user_data;
  g_autofree char *shown = g_filename_display_name (name);
  g_autofree char *what = g_strdup_printf ("the name, which is there twice: it is “%s” now", shown);
  const ThawWalkFuncs *funcs = thaw_run_get_walk_funcs (self->run, self->path);

  funcs->loss (path, what, funcs->user_data);
}

/* What ends the archive, and not just an entry: cancelled, no room. Takes @why. */
static gboolean
is_the_end (GError *why, GError **error)
{
  if (!thaw_kind_is_cancelled (why) && why->domain != THAW_EXTRACT_TOLD
      && !g_error_matches (why, G_IO_ERROR, G_IO_ERROR_NO_SPACE))
    return FALSE;
  g_propagate_error (error, why);
  return TRUE;
}

/* Takes @why: FALSE if it ends the archive. */
static gboolean
refuse (Stream *self, GError *why, GError **error)
{
  g_autofree char *path = NULL;

  self->is_wrong = TRUE;
  if (self->is_open)
    thaw_extract_tree_drop_file (self->tree);
  self->is_open = FALSE;
  if (is_the_end (why, error))
    return FALSE;
  path = make_path (self, self->entry_path);
  self->n_problems++;
  return thaw_kind_problem (self->run, path, why, error);
}

static gboolean
refuse_as (Stream *self, GIOErrorEnum code, const char *message, GError **error)
{
  return refuse (self, g_error_new_literal (G_IO_ERROR, code, message), error);
}

static void
advance (Stream *self, const ThawArchiveRecord *record)
{
  guint64 position = MIN (record->position, (guint64) self->budget.archive_bytes);

  if (position <= self->position)
    return;
  thaw_run_add_done (self->run, (gint64) (position - self->position), 0);
  self->position = position;
}

/* --- entries --- */

/* Names that aren't UTF-8 may be in a code page of their time. */
static char *
decode (Stream *self, const char *name, gsize *n)
{
  gsize written = 0;
  char *decoded;

  if (self->charset == NULL || g_utf8_validate (name, (gssize) *n, NULL))
    return g_memdup2 (name, *n + 1);
  decoded = g_convert (name, (gssize) *n, "UTF-8", self->charset, NULL, &written, NULL);
  if (decoded == NULL)
    return g_memdup2 (name, *n + 1);
  *n = written;
  return decoded;
}

static GPtrArray *
split (Stream *self, const char *name, gsize n, gboolean *was_absolute, GError **error)
{
  g_autofree char *decoded = decode (self, name, &n);

  return thaw_extract_split (decoded, n, self->budget.max_depth, was_absolute, error);
}

static void
give_name (Stream *self, const ThawArchiveRecord *record, GPtrArray *parts)
{
  if (record->flags & THAW_ARCHIVE_RAW)
    {
      g_ptr_array_set_size (parts, 0);
      g_ptr_array_add (parts, thaw_extract_strip_raw (self->name));
    }
  else
    g_ptr_array_add (parts, g_strdup_printf ("unnamed %u", ++self->n_unnamed));
}

static ThawExtractAttributes
get_attributes (const ThawArchiveRecord *record)
{
  ThawExtractAttributes attributes = { .mode = record->mode };

  if (record->flags & THAW_ARCHIVE_HAS_MTIME)
    {
      attributes.has_mtime = TRUE;
      attributes.mtime.tv_sec = record->mtime_sec;
      attributes.mtime.tv_nsec = record->mtime_nsec;
    }
  return attributes;
}

static gboolean
begin_hard_link (Stream *self, GPtrArray *parts, const char *text, gsize n, GError **error)
{
  gboolean was_absolute;
  g_autoptr (GPtrArray) original = split (self, text, n, &was_absolute, error);

  self->is_open
      = original != NULL && thaw_extract_tree_begin_file (self->tree, parts, original, error);
  return self->is_open;
}

static gboolean
begin_parts (Stream *self, GPtrArray *parts, const char *text, GError **error)
{
  const ThawArchiveRecord *entry = &self->entry;
  ThawExtractAttributes attributes = get_attributes (entry);

  if (S_ISDIR (entry->mode))
    return thaw_extract_tree_add_folder (self->tree, parts, &attributes, error);
  if (parts->len == 0 || (entry->flags & THAW_ARCHIVE_RAW))
    give_name (self, entry, parts);
  if (entry->flags & THAW_ARCHIVE_HARD_LINK)
    return begin_hard_link (self, parts, text, entry->n_second, error);
  if (S_ISLNK (entry->mode))
    return thaw_extract_tree_add_link (self->tree, parts, text, &attributes, error);
  if (!S_ISREG (entry->mode) && (entry->mode & S_IFMT) != 0)
    {
      g_set_error_literal (error,
                           G_IO_ERROR,
                           G_IO_ERROR_NOT_SUPPORTED,
                           "It is a device, a pipe or a socket, which aren't extracted");
      return FALSE;
    }
  self->is_open = thaw_extract_tree_begin_file (self->tree, parts, NULL, error);
  return self->is_open;
}

static void
tell_losses (Stream *self, gboolean was_absolute)
{
  const ThawWalkFuncs *funcs = thaw_run_get_walk_funcs (self->run, self->path);

  if (was_absolute)
    funcs->loss (self->entry_path, "the slash that its name begins with", funcs->user_data);
  if (self->entry.flags & THAW_ARCHIVE_HAS_EXTRAS)
    funcs->loss (self->entry_path, "extended attributes", funcs->user_data);
}

static gboolean
begin_entry (Stream *self,
             const ThawArchiveRecord *record,
             const char *name,
             const char *text,
             GError **error)
{
  g_autoptr (GPtrArray) parts = NULL;
  g_autofree char *path = NULL;
  gboolean was_absolute = FALSE;
  GError *why = NULL;

  if (self->is_open)
    thaw_extract_tree_drop_file (self->tree);
  self->entry = *record;
  self->is_open = self->is_wrong = self->has_data = FALSE;
  self->end = 0;
  g_set_str (&self->entry_path, record->n_first > 0 ? name : "unnamed");
  path = make_path (self, self->entry_path);
  thaw_run_set_current (self->run, path);
  if (!thaw_extract_budget_spend (&self->budget, 0, 1, &why))
    return refuse (self, why, error);
  parts = split (self, name, record->n_first, &was_absolute, &why);
  if (parts == NULL || !begin_parts (self, parts, text, &why))
    return refuse (self, why, error);
  tell_losses (self, was_absolute);
  return TRUE;
}

static gboolean
take_data (Stream *self, const ThawArchiveRecord *record, const char *bytes, GError **error)
{
  gint64 end = record->offset + record->n_first;
  GError *why = NULL;

  if (self->is_wrong || !self->is_open)
    return TRUE;
  if (record->offset < self->end
      || (self->entry.size >= 0 && end > self->entry.size && record->n_first > 0))
    return refuse_as (self,
                      G_IO_ERROR_INVALID_DATA,
                      "It is damaged: it is longer than it says",
                      error);
  self->end = end;
  if (record->n_first == 0)
    return TRUE;
  self->has_data = TRUE;
  return thaw_extract_tree_write (self->tree, bytes, record->n_first, record->offset, &why)
         || refuse (self, why, error);
}

static GError *
make_memory_error (Stream *self)
{
  return g_error_new_literal (G_IO_ERROR,
                              G_IO_ERROR_NOT_SUPPORTED,
                              self->has_large_memory
                                  ? "It needs more memory than is ever given to an archive"
                                  : "It needs more memory than is given to an archive of its size: "
                                    "the option “large-memory” gives it more");
}

static GError *
make_error (Stream *self, const ThawArchiveRecord *record, const char *message)
{
  g_autofree char *valid = g_utf8_make_valid (message, -1);

  g_strchomp (valid);
  switch (record->status)
    {
    case THAW_ARCHIVE_ENCRYPTED:
      return g_error_new (G_IO_ERROR,
                          G_IO_ERROR_PERMISSION_DENIED,
                          "It is encrypted: it needs a password");
    case THAW_ARCHIVE_UNSUPPORTED:
      return g_error_new (G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED, "It can't be read: %s", valid);
    case THAW_ARCHIVE_NO_MEMORY:
      return make_memory_error (self);
    case THAW_ARCHIVE_CUT:
      return g_error_new (G_IO_ERROR,
                          G_IO_ERROR_PARTIAL_INPUT,
                          "The archive is cut off: what is behind that is missing");
    case THAW_ARCHIVE_CORRUPT:
      return g_error_new (G_IO_ERROR,
                          G_IO_ERROR_INVALID_DATA,
                          "The archive is damaged: its checksum is wrong, and nobody can tell what "
                          "in it is right");
    case THAW_ARCHIVE_TRAILING:
      return g_error_new (G_IO_ERROR,
                          G_IO_ERROR_INVALID_DATA,
                          "Something that doesn't belong to it follows the archive");
    case THAW_ARCHIVE_UNKNOWN:
      return g_error_new (G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED, "It isn't an archive");
    case THAW_ARCHIVE_FAILED:
      return g_error_new (G_IO_ERROR, G_IO_ERROR_FAILED, "The archive can't be read %s", valid);
    default:
      return g_error_new (G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "It is damaged: %s", valid);
    }
}

static gboolean
end_entry (Stream *self, const ThawArchiveRecord *record, const char *message, GError **error)
{
  ThawExtractAttributes attributes = get_attributes (&self->entry);
  gboolean is_bare_link = (self->entry.flags & THAW_ARCHIVE_HARD_LINK) && !self->has_data;
  GError *why = NULL;

  if (self->is_wrong)
    return TRUE;
  if (record->status != THAW_ARCHIVE_OK)
    return refuse (self, make_error (self, record, message), error);
  if (!self->is_open)
    return TRUE;
  if (self->entry.size >= 0 && self->end != self->entry.size && !is_bare_link)
    return refuse_as (self,
                      G_IO_ERROR_INVALID_DATA,
                      "It is damaged: it is shorter than it says",
                      error);
  if (!thaw_extract_tree_end_file (self->tree, self->end, &attributes, &why))
    return refuse (self, why, error);
  self->is_open = FALSE;
  return TRUE;
}

/* --- the whole --- */

static gboolean
end_archive (Stream *self, const ThawArchiveRecord *record, const char *message, GError **error)
{
  gboolean distrusts = record->status == THAW_ARCHIVE_CORRUPT;
  GError *why;

  /* Whatever was under way was not ended. */
  if (self->is_open)
    thaw_extract_tree_drop_file (self->tree);
  self->is_open = FALSE;
  if (record->status == THAW_ARCHIVE_OK)
    return TRUE;
  why = make_error (self, record, message);
  if (distrusts || thaw_extract_tree_get_n_entries (self->tree) == 0)
    {
      g_propagate_error (error, why);
      return FALSE;
    }
  self->n_problems++;
  return thaw_kind_problem (self->run, self->path, why, error);
}

/* FALSE with an error, or at the end without one. */
static gboolean
take_record (Stream *self, GError **error)
{
  ThawArchiveRecord record;
  const char *first, *second;
  GError *why = NULL;

  if (!thaw_archive_read (self->archive, &record, &first, &second, &why))
    {
      ThawArchiveRecord broken = { .type = THAW_ARCHIVE_END, .status = THAW_ARCHIVE_FAILED };

      if (!g_error_matches (why, G_IO_ERROR, G_IO_ERROR_BROKEN_PIPE))
        g_propagate_error (error, why);
      else
        {
          g_error_free (why);
          end_archive (self, &broken, "on: the program that reads it gave up", error);
        }
      return FALSE;
    }
  advance (self, &record);
  switch (record.type)
    {
    case THAW_ARCHIVE_ENTRY:
      return begin_entry (self, &record, first, second, error);
    case THAW_ARCHIVE_DATA:
      return take_data (self, &record, first, error);
    case THAW_ARCHIVE_ENTRY_END:
      return end_entry (self, &record, second, error);
    default:
      end_archive (self, &record, second, error);
      return FALSE;
    }
}

static gint64
get_size (int fd)
{
  struct stat st;

  return fstat (fd, &st) == 0 ? st.st_size : 0;
}

gboolean
thaw_extract_stream (ThawRun *run,
                     int fd,
                     const char *path,
                     const char *name,
                     ThawPlace *root,
                     gboolean goes_on,
                     GError **error)
{
  ThawOperationRequest *request = thaw_run_get_request (run);
  GVariant *charset = thaw_operation_request_get_option (request, "charset", G_VARIANT_TYPE_STRING);
  const char *password;
  g_auto (Stream) self = {
    .run = run,
    .path = path,
    .name = name,
    .charset = charset != NULL ? g_variant_get_string (charset, NULL) : NULL,
    .has_large_memory = thaw_operation_request_get_flag (request, "large-memory"),
  };
  GError *why = NULL;

  if (!thaw_run_get_password (run, path, &password, error))
    return FALSE;
  thaw_extract_budget_init (&self.budget, run, path, get_size (fd), root);
  self.tree = thaw_extract_tree_new (root, &self.budget, on_twin, &self);
  if (goes_on)
    thaw_extract_tree_take_over (self.tree);
  self.archive = thaw_archive_unpack_new (fd,
                                          self.has_large_memory ? THAW_ARCHIVE_LARGE_MEMORY_MIB
                                                                : THAW_ARCHIVE_MEMORY_MIB,
                                          password,
                                          check,
                                          run,
                                          error);
  if (self.archive == NULL)
    return FALSE;
  while (take_record (&self, &why))
    ;
  if (why == NULL && thaw_extract_tree_finish (self.tree, &why)
      && thaw_extract_tree_get_n_entries (self.tree) == 0 && self.n_problems > 0)
    g_set_error_literal (&why,
                         G_IO_ERROR,
                         G_IO_ERROR_INVALID_DATA,
                         "Nothing in the archive could be extracted");
  if (why == NULL)
    return TRUE;
  g_propagate_error (error, why);
  return FALSE;
}
