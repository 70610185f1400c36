/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The folder that an archive is unpacked into. Every folder on the way is opened from the one above
 * it, one component at a time and never through a link, so that no name leads out however the
 * entries are ordered. Files are new, always (O_EXCL); symbolic links are made when nothing is
 * written any more; folders get their times and permissions last. What is there by its name already
 * (a twin, by case or normalisation on some file systems) stays, and the newcomer gets a number. */

#include "thaw-extract-private.h"

#include "thaw-run-private.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#define MAX_LINK_BYTES 4095
#define MAX_WAITING_BYTES (32 << 20) /* of links and folders that wait */
#define WRITE_BACK_BYTES (16 << 20)
#define COPY_BYTES (256 * 1024)

typedef struct {
  GPtrArray *parts;
  char *target; /* NULL: a folder */
  ThawExtractAttributes attributes;
} Waiting;

struct _ThawExtractTree {
  ThawPlace *root;
  ThawExtractBudget *budget;
  ThawExtractTwinFunc twin;
  gpointer user_data;
  guint32 umask;
  gboolean syncs_each;
  gboolean takes_over; /* there are files that were left */
  guint64 n_entries;
  GPtrArray *links, *folders; /* Waiting */
  gsize n_waiting_bytes;
  GHashTable *numbers; /* "inode/name" → the number that a twin got last */

  int parent; /* that the last entry is in */
  GPtrArray *parent_parts;

  /* The file that is being written. */
  int fd;
  char *name;
  gint64 written_back;
  gboolean compares;   /* it was left; nothing of it has turned out to be different yet */
  gint64 compared_end; /* the same so far */
  int original_parent; /* of a hard link: */
  char *original_name;
};

static void
waiting_free (Waiting *self)
{
  g_ptr_array_unref (self->parts);
  g_free (self->target);
  g_free (self);
}

/* What umask() can only tell by changing it for all threads. */
static guint32
get_umask (void)
{
  g_autofree char *status = NULL;
  const char *line;

  if (!g_file_get_contents ("/proc/self/status", &status, NULL, NULL))
    return 022;
  line = strstr (status, "\nUmask:");
  return line != NULL ? (guint32) g_ascii_strtoull (line + strlen ("\nUmask:\t"), NULL, 8) & 0777
                      : 022;
}

ThawExtractTree *
thaw_extract_tree_new (ThawPlace *root,
                       ThawExtractBudget *budget,
                       ThawExtractTwinFunc twin,
                       gpointer user_data)
{
  ThawExtractTree *self = g_new0 (ThawExtractTree, 1);

  self->root = thaw_place_ref (root);
  self->budget = budget;
  self->twin = twin;
  self->user_data = user_data;
  self->umask = get_umask ();
  self->syncs_each = !thaw_place_syncs_as_a_whole (root);
  self->links = g_ptr_array_new_with_free_func ((GDestroyNotify) waiting_free);
  self->folders = g_ptr_array_new_with_free_func ((GDestroyNotify) waiting_free);
  self->numbers = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->parent = self->fd = self->original_parent = -1;
  return self;
}

static gboolean
fail (GError **error, int code, const char *what)
{
  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (code), "%s: %s", what, g_strerror (code));
  return FALSE;
}

/* --- folders --- */

static GPtrArray *
copy_parts (GPtrArray *parts, guint n)
{
  GPtrArray *copy = g_ptr_array_new_full (n, g_free);

  for (guint i = 0; i < n; i++)
    g_ptr_array_add (copy, g_strdup (g_ptr_array_index (parts, i)));
  return copy;
}

static char *
join (GPtrArray *parts)
{
  GString *path = g_string_new (NULL);

  for (guint i = 0; i < parts->len; i++)
    g_string_append_printf (path, "%s%s", i > 0 ? "/" : "", (char *) g_ptr_array_index (parts, i));
  return g_string_free (path, FALSE);
}

static gboolean
is_below (GPtrArray *parts, guint n, GPtrArray *above)
{
  if (above == NULL || above->len > n)
    return FALSE;
  /* From the end, where siblings differ. */
  for (guint i = above->len; i > 0; i--)
    if (!g_str_equal (g_ptr_array_index (parts, i - 1), g_ptr_array_index (above, i - 1)))
      return FALSE;
  return TRUE;
}

/* FALSE: so much waits already that no more can. */
static gboolean
take_waiting (ThawExtractTree *self, gsize n_parts, gsize n)
{
  if (self->n_waiting_bytes > MAX_WAITING_BYTES)
    return FALSE;
  self->n_waiting_bytes += n + 150 + 32 * n_parts;
  return TRUE;
}

/* Beyond the limit a folder just keeps the time at which it was last written to. */
static void
note_folder (ThawExtractTree *self,
             GPtrArray *parts,
             guint n,
             const ThawExtractAttributes *attributes)
{
  Waiting *folder;

  if (!take_waiting (self, n, 0))
    return;
  folder = g_new0 (Waiting, 1);
  folder->parts = copy_parts (parts, n);
  if (attributes != NULL)
    folder->attributes = *attributes;
  g_ptr_array_add (self->folders, folder);
}

static int
open_folder (int parent, const char *name)
{
  return openat (parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

static void
note_loss (ThawExtractTree *self, const char *name, const char *what)
{
  const ThawWalkFuncs *funcs = thaw_run_get_walk_funcs (self->budget->run, name);

  funcs->loss ("", what, funcs->user_data);
}

/* FAT has neither modes nor times to speak of; that is no reason to lose the file. */
static void
set_mode (ThawExtractTree *self, int fd, guint32 mode, const char *name)
{
  if (fchmod (fd, mode) != 0)
    note_loss (self, name, "mode");
}

/* The first @n of @parts, from @from on. -1 with errno. */
static int
descend (ThawExtractTree *self, int from, guint first, GPtrArray *parts, guint n, gboolean makes)
{
  int fd = fcntl (from, F_DUPFD_CLOEXEC, 0);

  for (guint i = first; fd >= 0 && i < n; i++)
    {
      const char *name = g_ptr_array_index (parts, i);
      /* At once as it is to be: one that was left isn't looked at again. */
      gboolean is_new = makes && mkdirat (fd, name, (0777 & ~self->umask) | 0700) == 0;
      int next = !makes || is_new || errno == EEXIST ? open_folder (fd, name) : -1;
      int code = errno;

      if (is_new)
        {
          self->n_entries++;
          /* What has no entry of its own gets the permissions that a new folder would have. */
          if (next >= 0)
            set_mode (self, next, (0777 & ~self->umask) | 0700, name);
          if (self->syncs_each)
            note_folder (self, parts, i + 1, NULL);
        }
      close (fd);
      errno = code;
      fd = next;
    }
  return fd;
}

/* The folder of an entry, made if need be; kept open for the next one. */
static gboolean
open_parent (ThawExtractTree *self, GPtrArray *parts, GError **error)
{
  guint n = parts->len - 1;
  gboolean is_near = self->parent >= 0 && is_below (parts, n, self->parent_parts);
  int fd;

  if (is_near && self->parent_parts->len == n)
    return TRUE;
  fd = is_near ? descend (self, self->parent, self->parent_parts->len, parts, n, TRUE)
               : descend (self, thaw_place_get_fd (self->root), 0, parts, n, TRUE);
  if (fd < 0 && (errno == ENOTDIR || errno == ELOOP))
    {
      g_set_error_literal (error,
                           G_IO_ERROR,
                           G_IO_ERROR_NOT_DIRECTORY,
                           "Its folder is a file in this archive");
      return FALSE;
    }
  if (fd < 0)
    return fail (error, errno, "Its folder can't be made");
  g_clear_fd (&self->parent, NULL);
  self->parent = fd;
  g_clear_pointer (&self->parent_parts, g_ptr_array_unref);
  self->parent_parts = copy_parts (parts, n);
  return TRUE;
}

gboolean
thaw_extract_tree_add_folder (ThawExtractTree *self,
                              GPtrArray *parts,
                              const ThawExtractAttributes *attributes,
                              GError **error)
{
  g_autofd int fd = -1;
  const char *name;

  if (parts->len == 0)
    return TRUE;
  if (!open_parent (self, parts, error))
    return FALSE;
  name = g_ptr_array_index (parts, parts->len - 1);
  if (mkdirat (self->parent, name, 0700) == 0)
    self->n_entries++;
  else if (errno != EEXIST)
    return fail (error, errno, "It can't be made");
  fd = open_folder (self->parent, name);
  if (fd < 0)
    return fail (error, errno, "There is something else of its name in this archive");
  set_mode (self, fd, (attributes->mode & 0777 & ~self->umask) | 0700, name);
  note_folder (self, parts, parts->len, attributes);
  return TRUE;
}

/* --- names that are taken --- */

static char *
next_name (ThawExtractTree *self, const char *name)
{
  struct stat st;
  g_autofree char *key = NULL;
  guint number;
  char *numbered;

  if (fstat (self->parent, &st) != 0)
    st.st_ino = 0;
  key = g_strdup_printf ("%" G_GUINT64_FORMAT "/%s", (guint64) st.st_ino, name);
  number = GPOINTER_TO_UINT (g_hash_table_lookup (self->numbers, key)) + 1;
  numbered = thaw_name_dup_numbered (name, TRUE, &number);
  g_hash_table_insert (self->numbers, g_steal_pointer (&key), GUINT_TO_POINTER (number));
  return numbered;
}

typedef int (*MakeFunc) (ThawExtractTree *self, const char *name, gconstpointer data);

/* Under its own name or, if that is taken, under the next one that isn't. -1 with errno; the name
 * is in self->name. */
static int
make (ThawExtractTree *self, GPtrArray *parts, MakeFunc func, gconstpointer data)
{
  const char *name = g_ptr_array_index (parts, parts->len - 1);
  int result;

  g_set_str (&self->name, name);
  while ((result = func (self, self->name, data)) < 0 && errno == EEXIST)
    {
      g_free (self->name);
      self->name = next_name (self, name);
    }
  if (result >= 0 && !g_str_equal (self->name, name))
    {
      g_autofree char *path = join (parts);

      self->twin (path, self->name, self->user_data);
    }
  if (result >= 0)
    self->n_entries++;
  return result;
}

/* --- files --- */

static int
make_file (ThawExtractTree *self, const char *name, gconstpointer data)
{
  int flags = O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
  int fd = openat (self->parent, name, flags, 0600);

  if (fd >= 0 || errno != EEXIST || !self->takes_over)
    return fd;
  fd = thaw_extract_left_open (self->parent, name);
  self->compares = fd >= 0;
  return fd;
}

static int
make_hard_link (ThawExtractTree *self, const char *name, gconstpointer data)
{
  return linkat (self->original_parent, self->original_name, self->parent, name, 0);
}

static gboolean
open_original (ThawExtractTree *self, GPtrArray *original, GError **error)
{
  struct stat st;
  const char *name;
  int fd;

  if (original->len == 0)
    return fail (error, ENOENT, "The file that it is another name of isn't there");
  name = g_ptr_array_index (original, original->len - 1);
  fd = descend (self, thaw_place_get_fd (self->root), 0, original, original->len - 1, FALSE);
  if (fd < 0 || fstatat (fd, name, &st, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG (st.st_mode))
    {
      if (fd >= 0)
        close (fd);
      return fail (error, ENOENT, "The file that it is another name of isn't there");
    }
  self->original_parent = fd;
  self->original_name = g_strdup (name);
  return TRUE;
}

static gboolean
copy_bytes (int from, int to)
{
  g_autofree char *bytes = g_malloc (COPY_BYTES);
  gint64 offset = 0;
  gssize n;

  while ((n = pread (from, bytes, COPY_BYTES, offset)) != 0)
    {
      if (n < 0 || pwrite (to, bytes, (gsize) n, offset) != n)
        return FALSE;
      offset += n;
    }
  return TRUE;
}

/* What is behind that goes. FALSE with errno. */
static gboolean
stop_comparing (ThawExtractTree *self)
{
  if (!self->compares)
    return TRUE;
  self->compares = FALSE;
  return ftruncate (self->fd, self->compared_end) == 0;
}

/* Where there are no hard links, the file gets a copy. */
static gboolean
copy_original (ThawExtractTree *self, GPtrArray *parts, GError **error)
{
  g_autofd int from
      = openat (self->original_parent, self->original_name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
  int to = from >= 0 ? make (self, parts, make_file, NULL) : -1;

  if (to < 0)
    return fail (error, errno, "It can't be made");
  self->fd = to;
  if (stop_comparing (self) && copy_bytes (from, to))
    return TRUE;
  fail (error, errno, "It can't be copied");
  thaw_extract_tree_drop_file (self);
  return FALSE;
}

static gboolean
link_original (ThawExtractTree *self, GPtrArray *parts, GError **error)
{
  if (make (self, parts, make_hard_link, NULL) >= 0)
    return TRUE;
  if (errno == EPERM || errno == EOPNOTSUPP || errno == EMLINK || errno == ENOSYS)
    return copy_original (self, parts, error);
  return fail (error, errno, "It can't be made");
}

static void
forget_file (ThawExtractTree *self)
{
  g_clear_fd (&self->fd, NULL);
  g_clear_fd (&self->original_parent, NULL);
  g_clear_pointer (&self->original_name, g_free);
  g_clear_pointer (&self->name, g_free);
  self->written_back = self->compared_end = 0;
  self->compares = FALSE;
}

gboolean
thaw_extract_tree_begin_file (ThawExtractTree *self,
                              GPtrArray *parts,
                              GPtrArray *original,
                              GError **error)
{
  forget_file (self);
  if (!open_parent (self, parts, error))
    return FALSE;
  if (original != NULL)
    return open_original (self, original, error) && link_original (self, parts, error);
  self->fd = make (self, parts, make_file, NULL);
  return self->fd >= 0 || fail (error, errno, "It can't be made");
}

/* A hard link whose entry brings the bytes: they are for all of its names. */
static gboolean
open_link (ThawExtractTree *self, GError **error)
{
  if (self->fd < 0)
    self->fd = openat (self->parent, self->name, O_RDWR | O_TRUNC | O_NOFOLLOW | O_CLOEXEC);
  return self->fd >= 0 || fail (error, errno, "It can't be opened");
}

static gboolean
write_at (ThawExtractTree *self, const guint8 *bytes, gsize n, gint64 offset, GError **error)
{
  while (n > 0)
    {
      gssize written = pwrite (self->fd, bytes, n, offset);

      if (written < 0 && errno == EINTR)
        continue;
      if (written < 0 && (errno == ENOSPC || errno == EDQUOT))
        {
          if (!thaw_extract_budget_ask (self->budget, "The disk is full", error))
            return FALSE;
          continue;
        }
      if (written <= 0)
        return fail (error, written < 0 ? errno : EIO, "It can't be written");
      bytes += written;
      n -= (gsize) written;
      offset += written;
    }
  return TRUE;
}

/* Whether it needn't be written: it stands there, and before it what was compared, or a hole. */
static gboolean
stands_there (ThawExtractTree *self, const guint8 *bytes, gsize n, gint64 offset)
{
  if (!self->compares || !thaw_extract_left_has_hole (self->fd, self->compared_end, offset)
      || !thaw_extract_left_has (self->fd, bytes, n, offset))
    return FALSE;
  self->compared_end = self->written_back = offset + (gint64) n;
  return TRUE;
}

gboolean
thaw_extract_tree_write (ThawExtractTree *self,
                         const void *bytes,
                         gsize n,
                         gint64 offset,
                         GError **error)
{
  if (!open_link (self, error) || !thaw_extract_budget_spend (self->budget, (gint64) n, 0, error))
    return FALSE;
  if (stands_there (self, bytes, n, offset))
    return TRUE;
  if (!stop_comparing (self))
    return fail (error, errno, "It can't be written");
  if (!write_at (self, bytes, n, offset, error))
    return FALSE;
  /* So that the last fsync doesn't have gigabytes to wait for. */
  if (offset - self->written_back >= WRITE_BACK_BYTES)
    {
      sync_file_range (self->fd,
                       self->written_back,
                       offset - self->written_back,
                       SYNC_FILE_RANGE_WRITE);
      self->written_back = offset;
    }
  return TRUE;
}

static gboolean
set_attributes (ThawExtractTree *self,
                int fd,
                guint32 mode,
                const ThawExtractAttributes *attributes,
                const char *name)
{
  const struct timespec times[2] = { { .tv_nsec = UTIME_NOW }, attributes->mtime };

  set_mode (self, fd, mode, name);
  if (attributes->has_mtime && futimens (fd, times) != 0)
    note_loss (self, name, "times");
  return !self->syncs_each || fsync (fd) == 0;
}

gboolean
thaw_extract_tree_end_file (ThawExtractTree *self,
                            gint64 size,
                            const ThawExtractAttributes *attributes,
                            GError **error)
{
  guint32 mode = (attributes->mode & 0777 & ~self->umask) | 0400;
  struct stat st;
  gboolean good = TRUE;
  int code = 0;

  if (self->fd >= 0)
    {
      good = stop_comparing (self) && fstat (self->fd, &st) == 0
             && (size <= st.st_size || ftruncate (self->fd, size) == 0)
             && set_attributes (self, self->fd, mode, attributes, self->name);
      code = errno;
      /* Its error may be the only word of a quota, or of a network's disk. */
      if (close (g_steal_fd (&self->fd)) != 0 && good)
        {
          code = errno;
          good = FALSE;
        }
    }
  if (!good)
    {
      fail (error, code, "It can't be written");
      thaw_extract_tree_drop_file (self);
      return FALSE;
    }
  forget_file (self);
  return TRUE;
}

void
thaw_extract_tree_drop_file (ThawExtractTree *self)
{
  gboolean was_written = self->fd >= 0;

  if (self->name != NULL && self->parent >= 0 && unlinkat (self->parent, self->name, 0) == 0)
    self->n_entries--;
  /* Bytes that came for a hard link are gone wrong under its other name too. */
  if (was_written && self->original_name != NULL
      && unlinkat (self->original_parent, self->original_name, 0) == 0)
    self->n_entries--;
  forget_file (self);
}

/* --- links --- */

gboolean
thaw_extract_tree_add_link (ThawExtractTree *self,
                            GPtrArray *parts,
                            const char *target,
                            const ThawExtractAttributes *attributes,
                            GError **error)
{
  gsize n = strlen (target);
  Waiting *link;

  if (n == 0 || n > MAX_LINK_BYTES || parts->len == 0)
    return fail (error, EINVAL, "It is a link to nowhere");
  if (!take_waiting (self, parts->len, n))
    return fail (error, E2BIG, "There are too many links in this archive");
  link = g_new0 (Waiting, 1);
  link->parts = copy_parts (parts, parts->len);
  link->target = g_strdup (target);
  link->attributes = *attributes;
  g_ptr_array_add (self->links, link);
  return TRUE;
}

static int
make_link (ThawExtractTree *self, const char *name, gconstpointer target)
{
  return symlinkat (target, self->parent, name);
}

static gboolean
place_link (ThawExtractTree *self, Waiting *link, GError **error)
{
  const struct timespec times[2] = { { .tv_nsec = UTIME_NOW }, link->attributes.mtime };

  if (!open_parent (self, link->parts, error))
    return FALSE;
  if (make (self, link->parts, make_link, link->target) < 0)
    return fail (error, errno, "It can't be made");
  if (link->attributes.has_mtime)
    utimensat (self->parent, self->name, times, AT_SYMLINK_NOFOLLOW);
  return TRUE;
}

static gboolean
tell_problem (ThawExtractTree *self, GPtrArray *parts, GError *problem, GError **error)
{
  g_autofree char *relative = join (parts);
  g_autofree char *path = g_build_filename (self->budget->path, relative, NULL);

  return thaw_kind_problem (self->budget->run, path, problem, error);
}

static gboolean
place_links (ThawExtractTree *self, GError **error)
{
  for (guint i = 0; i < self->links->len; i++)
    {
      Waiting *link = g_ptr_array_index (self->links, i);
      GError *why = NULL;

      if (!thaw_run_check (self->budget->run, error))
        return FALSE;
      if (!place_link (self, link, &why) && !tell_problem (self, link->parts, why, error))
        return FALSE;
    }
  return TRUE;
}

/* --- the end --- */

static gboolean
finish_folder (ThawExtractTree *self, Waiting *folder, GError **error)
{
  guint32 mode = (folder->attributes.mode & 0777 & ~self->umask) | 0700;
  g_autofd int fd = -1;

  fd = descend (self, thaw_place_get_fd (self->root), 0, folder->parts, folder->parts->len, FALSE);
  if (fd < 0)
    return fail (error, errno, "A folder is gone");
  if (folder->attributes.mode == 0)
    return !self->syncs_each || fsync (fd) == 0 || fail (error, errno, "A folder can't be written");
  return set_attributes (self,
                         fd,
                         mode,
                         &folder->attributes,
                         g_ptr_array_index (folder->parts, folder->parts->len - 1))
         || fail (error, errno, "A folder can't be written");
}

gboolean
thaw_extract_tree_finish (ThawExtractTree *self, GError **error)
{
  int root = thaw_place_get_fd (self->root);

  if (!place_links (self, error))
    return FALSE;
  g_clear_fd (&self->parent, NULL);
  for (guint i = self->folders->len; i > 0; i--)
    {
      if (!thaw_run_check (self->budget->run, error)
          || !finish_folder (self, g_ptr_array_index (self->folders, i - 1), error))
        return FALSE;
    }
  set_mode (self, root, (0777 & ~self->umask) | 0700, thaw_place_get_path (self->root));
  return thaw_place_sync_data_for (self->root,
                                   thaw_run_get_walk_funcs (self->budget->run, ""),
                                   error)
         && thaw_place_sync (self->root, error);
}

void
thaw_extract_tree_take_over (ThawExtractTree *self)
{
  self->takes_over = TRUE;
}

guint64
thaw_extract_tree_get_n_entries (ThawExtractTree *self)
{
  return self->n_entries;
}

void
thaw_extract_tree_free (ThawExtractTree *self)
{
  forget_file (self);
  g_clear_fd (&self->parent, NULL);
  g_clear_pointer (&self->parent_parts, g_ptr_array_unref);
  g_ptr_array_unref (self->links);
  g_ptr_array_unref (self->folders);
  g_hash_table_unref (self->numbers);
  thaw_place_unref (self->root);
  g_free (self);
}
