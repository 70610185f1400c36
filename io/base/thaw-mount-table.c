/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The mount table: an immutable, refcounted picture of /proc/self/mountinfo, and the look-up of the
 * mount that a path lies on, by text alone. Any thread may use a table; nothing in here touches a
 * path that it is asked about, because touching a dead mount is how a thread gets stuck.
 *
 * What a path can reach is not decided by the longest prefix alone: a mount disappears when a later
 * one covers it or a folder above it. The kernel's table says so by its parent ids: the walk from
 * "/" enters the child of the mount that it is on. So each mount's visibility is worked out once,
 * when the text is parsed, and the look-up is then a plain longest prefix among the visible ones.
 */

#include "thaw-mount-table.h"

#include <string.h>

typedef enum {
  UNKNOWN,
  BUSY, /* on the way up from a child: parents that form a circle end here */
  HIDDEN,
  COVERED, /* reachable as a parent, but another mount lies on its root */
  VISIBLE,
} Visibility;

typedef struct {
  ThawMount mount;
  Visibility visibility;
} Entry;

struct _ThawMountTable {
  gint ref_count;        /* by inline atomics: ThreadSanitizer does not see those inside GLib */
  GArray *entries;       /* of Entry */
  GHashTable *by_root;   /* visible ones: mount point → Entry, borrowed */
  GStringChunk *strings; /* what the mounts' strings point into */
};

static int
octal_digit (char c)
{
  return c >= '0' && c <= '7' ? c - '0' : -1;
}

/* The kernel writes space, tab, newline, backslash and '#' as \ooo. Anything else behind a
 * backslash stays as it is, and so does \000, which would cut the name short. In place. */
static void
unescape (char *text)
{
  char *to = text;

  for (const char *from = text; *from != '\0';)
    {
      int a = *from == '\\' ? octal_digit (from[1]) : -1;
      int b = a >= 0 ? octal_digit (from[2]) : -1;
      int c = b >= 0 ? octal_digit (from[3]) : -1;
      int value = a * 64 + b * 8 + c;

      if (c >= 0 && value > 0 && value <= 0xff)
        {
          *to++ = (char) value;
          from += 4;
        }
      else
        {
          *to++ = *from++;
        }
    }
  *to = '\0';
}

static const char *
keep_unescaped (ThawMountTable *self, char *field)
{
  unescape (field);
  return g_string_chunk_insert_const (self->strings, field);
}

static gboolean
parse_device (const char *field, guint32 *major, guint32 *minor)
{
  g_auto (GStrv) parts = g_strsplit (field, ":", 3);
  guint64 a, b;

  if (g_strv_length (parts) != 2
      || !g_ascii_string_to_unsigned (parts[0], 10, 0, G_MAXUINT32, &a, NULL)
      || !g_ascii_string_to_unsigned (parts[1], 10, 0, G_MAXUINT32, &b, NULL))
    return FALSE;

  *major = (guint32) a;
  *minor = (guint32) b;
  return TRUE;
}

static gboolean
has_option (const char *options, const char *option)
{
  g_auto (GStrv) list = g_strsplit (options, ",", -1);

  return g_strv_contains ((const char *const *) list, option);
}

/* id parent major:minor root mount-point options [optional…] - type source super-options */
static void
parse_line (ThawMountTable *self, char *line)
{
  g_auto (GStrv) fields = g_strsplit (line, " ", -1);
  guint n = g_strv_length (fields), dash = 6;
  Entry entry = { 0 };
  ThawMount *mount = &entry.mount;

  while (dash < n && strcmp (fields[dash], "-") != 0)
    dash++;
  if (dash + 2 >= n || fields[4][0] != '/'
      || !g_ascii_string_to_unsigned (fields[0], 10, 0, G_MAXUINT64, &mount->id, NULL)
      || !g_ascii_string_to_unsigned (fields[1], 10, 0, G_MAXUINT64, &mount->parent_id, NULL)
      || !parse_device (fields[2], &mount->major, &mount->minor))
    return;

  mount->root = keep_unescaped (self, fields[4]);
  mount->fs_type = keep_unescaped (self, fields[dash + 1]);
  mount->source = keep_unescaped (self, fields[dash + 2]);
  mount->kind = thaw_mount_kind_for_fs (mount->fs_type, mount->source);
  mount->read_only
      = has_option (fields[5], "ro") || (dash + 3 < n && has_option (fields[dash + 3], "ro"));
  g_array_append_val (self->entries, entry);
}

static void
parse_lines (ThawMountTable *self, const char *text, gsize length)
{
  const char *end = text + length;

  while (text < end)
    {
      const char *newline = memchr (text, '\n', end - text);
      gsize n = (newline != NULL ? newline : end) - text;
      g_autofree char *line = g_strndup (text, n);

      parse_line (self, line);
      text += n + 1;
    }
}

/* What a mount is mounted on, as a key of a set: (parent, mount point). */
typedef struct {
  guint64 parent_id;
  const char *root;
  gsize root_length;
} Point;

static guint
point_hash (gconstpointer key)
{
  const Point *point = key;
  guint hash = (guint) point->parent_id * 2654435761u;

  for (gsize i = 0; i < point->root_length; i++)
    hash = hash * 33 + (guchar) point->root[i];
  return hash;
}

static gboolean
point_equal (gconstpointer a, gconstpointer b)
{
  const Point *p = a, *q = b;

  return p->parent_id == q->parent_id && p->root_length == q->root_length
         && memcmp (p->root, q->root, p->root_length) == 0;
}

static gsize
parent_length (const char *path, gsize length)
{
  while (length > 0 && path[length - 1] != '/')
    length--;
  return length > 1 ? length - 1 : MIN (length, 1);
}

typedef struct {
  ThawMountTable *table;
  GHashTable *by_id;  /* &ThawMount.id → Entry */
  GHashTable *points; /* Point → Entry, the last one of a point */
} Tree;

/* Whether something is mounted on @parent at a folder above @mount's mount point. */
static gboolean
path_is_covered (Tree *tree, guint64 parent_id, const ThawMount *mount)
{
  gsize length = strlen (mount->root);

  while (length > 1)
    {
      Point point = { parent_id, mount->root, parent_length (mount->root, length) };
      const Entry *other = g_hash_table_lookup (tree->points, &point);

      if (other != NULL && other->mount.id != parent_id && &other->mount != mount)
        return TRUE;
      length = point.root_length;
    }
  return FALSE;
}

static Visibility
judge (Tree *tree, const Entry *entry, const Entry *parent)
{
  const ThawMount *mount = &entry->mount;
  Point siblings = { mount->parent_id, mount->root, strlen (mount->root) };
  Point on_top = { mount->id, mount->root, siblings.root_length };
  const Entry *last = g_hash_table_lookup (tree->points, &siblings);

  /* "//deleted" stands behind a mount point whose folder was removed: no path leads there. */
  if (g_str_has_suffix (mount->root, "//deleted"))
    return HIDDEN;
  if (parent != NULL && parent->visibility != VISIBLE && parent->visibility != COVERED)
    return HIDDEN;
  if (path_is_covered (tree, mount->parent_id, mount))
    return HIDDEN;
  if (last != entry)
    return COVERED;
  if (mount->id != mount->parent_id && g_hash_table_contains (tree->points, &on_top))
    return COVERED;
  return VISIBLE;
}

/* Parents are judged first. Without recursion: a hostile table may be a chain of any length. */
static void
judge_with_parents (Tree *tree, Entry *entry, GPtrArray *stack)
{
  g_ptr_array_add (stack, entry);
  while (stack->len > 0)
    {
      Entry *top = g_ptr_array_index (stack, stack->len - 1);
      Entry *parent = g_hash_table_lookup (tree->by_id, &top->mount.parent_id);

      if (parent == top)
        parent = NULL;
      if (top->visibility == UNKNOWN && parent != NULL && parent->visibility == UNKNOWN)
        {
          top->visibility = BUSY;
          g_ptr_array_add (stack, parent);
          continue;
        }
      top->visibility = judge (tree, top, parent);
      g_ptr_array_set_size (stack, stack->len - 1);
    }
}

/* Without a parent in the table (the root, or everything in a chroot that isn't a mount of its own)
 * the order of the table is all there is: a later mount hides what is below its root. */
static void
hide_below_later_roots (ThawMountTable *self, Tree *tree)
{
  g_autoptr (GHashTable) later = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint i = self->entries->len; i-- > 0;)
    {
      Entry *entry = &g_array_index (self->entries, Entry, i);
      const ThawMount *mount = &entry->mount;
      g_autofree char *path = NULL;

      if (mount->id != mount->parent_id && g_hash_table_contains (tree->by_id, &mount->parent_id))
        continue;
      if (g_hash_table_contains (later, mount->root))
        entry->visibility = COVERED;
      path = g_strdup (mount->root);
      for (gsize n = strlen (path); n > 1 && entry->visibility != HIDDEN;)
        {
          n = parent_length (path, n);
          path[n] = '\0';
          if (g_hash_table_contains (later, path))
            entry->visibility = HIDDEN;
        }
      g_hash_table_add (later, (gpointer) mount->root);
    }
}

static void
work_out_visibility (ThawMountTable *self)
{
  g_autoptr (GHashTable) by_id = g_hash_table_new (g_int64_hash, g_int64_equal);
  g_autoptr (GHashTable) points = g_hash_table_new_full (point_hash, point_equal, g_free, NULL);
  g_autoptr (GPtrArray) stack = g_ptr_array_new ();
  Tree tree = { self, by_id, points };

  for (guint i = 0; i < self->entries->len; i++)
    {
      Entry *entry = &g_array_index (self->entries, Entry, i);
      const ThawMount *mount = &entry->mount;
      Point point = { mount->parent_id, mount->root, strlen (mount->root) };

      g_hash_table_insert (by_id, &entry->mount.id, entry);
      g_hash_table_replace (points, g_memdup2 (&point, sizeof point), entry);
    }
  hide_below_later_roots (self, &tree);
  for (guint i = 0; i < self->entries->len; i++)
    {
      Entry *entry = &g_array_index (self->entries, Entry, i);

      if (entry->visibility == UNKNOWN)
        judge_with_parents (&tree, entry, stack);
    }
}

G_DEFINE_BOXED_TYPE (ThawMountTable, thaw_mount_table, thaw_mount_table_ref, thaw_mount_table_unref)

/**
 * thaw_mount_table_parse:
 * @text: (array length=length): the bytes of a mountinfo file
 * @length: how many, or -1 when @text is nul-terminated
 *
 * Parses the kernel's format. Lines that make no sense are skipped; names are bytes, not UTF-8.
 *
 * - **Thread**: any; touches no file.
 *
 * Returns: (transfer full): the table, empty in the worst case
 */
ThawMountTable *
thaw_mount_table_parse (const char *text, gssize length)
{
  ThawMountTable *self = g_new0 (ThawMountTable, 1);

  self->ref_count = 1;
  self->entries = g_array_new (FALSE, TRUE, sizeof (Entry));
  self->strings = g_string_chunk_new (4096);
  self->by_root = g_hash_table_new (g_str_hash, g_str_equal);

  if (text != NULL)
    parse_lines (self, text, length < 0 ? strlen (text) : (gsize) length);
  work_out_visibility (self);
  for (guint i = 0; i < self->entries->len; i++)
    {
      Entry *entry = &g_array_index (self->entries, Entry, i);

      if (entry->visibility == VISIBLE)
        g_hash_table_insert (self->by_root, (gpointer) entry->mount.root, entry);
    }

  return self;
}

/**
 * thaw_mount_table_load:
 * @file: (nullable): a file in the kernel's format, %NULL for `/proc/self/mountinfo`
 *
 * Reads and parses the table of this process' mount namespace.
 *
 * - **Thread**: a worker's. The read waits while the kernel changes its table.
 * - **Errors**: the `G_FILE_ERROR` of reading @file
 *
 * Returns: (transfer full) (nullable): the table, or %NULL with an error
 */
ThawMountTable *
thaw_mount_table_load (const char *file, GError **error)
{
  g_autofree char *text = NULL;
  gsize length;

  if (!g_file_get_contents (file != NULL ? file : "/proc/self/mountinfo", &text, &length, error))
    return NULL;
  return thaw_mount_table_parse (text, (gssize) length);
}

/**
 * thaw_mount_table_ref:
 * @self: a table
 *
 * - **Thread**: any.
 *
 * Returns: (transfer full): @self
 */
ThawMountTable *
thaw_mount_table_ref (ThawMountTable *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  g_atomic_int_inc (&self->ref_count);
  return self;
}

/**
 * thaw_mount_table_unref:
 * @self: (transfer full): a table
 *
 * Drops a reference; the mounts that were taken from the table die with the last one. Any thread.
 */
void
thaw_mount_table_unref (ThawMountTable *self)
{
  g_return_if_fail (self != NULL);

  if (!g_atomic_int_dec_and_test (&self->ref_count))
    return;
  g_hash_table_unref (self->by_root);
  g_array_unref (self->entries);
  g_string_chunk_free (self->strings);
  g_free (self);
}

/**
 * thaw_mount_table_get_n_mounts:
 *
 * Returns: how many mounts the table has, the invisible ones included
 */
guint
thaw_mount_table_get_n_mounts (ThawMountTable *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return self->entries->len;
}

/**
 * thaw_mount_table_get_mount:
 * @index: below [method@Thaw.MountTable.get_n_mounts]
 *
 * Returns: (transfer none): a mount, in the order of the kernel's table; lives as long as @self
 */
const ThawMount *
thaw_mount_table_get_mount (ThawMountTable *self, guint index)
{
  g_return_val_if_fail (self != NULL && index < self->entries->len, NULL);

  return &g_array_index (self->entries, Entry, index).mount;
}

/**
 * thaw_mount_table_is_visible:
 * @index: below [method@Thaw.MountTable.get_n_mounts]
 *
 * Returns: whether some path leads to that mount's root, so that it makes sense to show it
 */
gboolean
thaw_mount_table_is_visible (ThawMountTable *self, guint index)
{
  g_return_val_if_fail (self != NULL && index < self->entries->len, FALSE);

  return g_array_index (self->entries, Entry, index).visibility == VISIBLE;
}

/**
 * thaw_mount_normalise_path:
 * @path: a path
 *
 * Resolves ".", ".." and "//" by text. That isn't what the kernel does with ".." behind a symbolic
 * link: a lane's job that must follow links uses [func@Thaw.Lane.open_beneath].
 *
 * - **Thread**: any; touches no file.
 *
 * Returns: (transfer full) (nullable): the path without a final slash, %NULL if @path is relative
 */
char *
thaw_mount_normalise_path (const char *path)
{
  GString *result;

  g_return_val_if_fail (path != NULL, NULL);

  if (path[0] != '/')
    return NULL;
  result = g_string_sized_new (strlen (path) + 1);
  while (*path != '\0')
    {
      gsize n = strcspn (path, "/");

      if (n == 2 && path[0] == '.' && path[1] == '.')
        {
          const char *slash = strrchr (result->str, '/');

          g_string_truncate (result, slash != NULL ? (gsize) (slash - result->str) : 0);
        }
      else if (n > 0 && !(n == 1 && path[0] == '.'))
        {
          g_string_append_c (result, '/');
          g_string_append_len (result, path, (gssize) n);
        }
      path += n;
      path += strspn (path, "/");
    }
  if (result->len == 0)
    g_string_append_c (result, '/');

  return g_string_free_and_steal (result);
}

/**
 * thaw_mount_table_find:
 * @path: an absolute path, any bytes
 *
 * Finds the mount that @path lies on, by text: symbolic links are not seen.
 *
 * - **Thread**: any; touches no file, never blocks.
 *
 * Returns: (transfer none) (nullable): the mount, alive as long as @self; %NULL if @path is
 * relative or the table has no root
 */
const ThawMount *
thaw_mount_table_find (ThawMountTable *self, const char *path)
{
  g_autofree char *prefix = NULL;
  const Entry *entry;
  gsize length;

  g_return_val_if_fail (self != NULL && path != NULL, NULL);

  prefix = thaw_mount_normalise_path (path);
  if (prefix == NULL)
    return NULL;

  length = strlen (prefix);
  entry = g_hash_table_lookup (self->by_root, prefix);
  while (entry == NULL && length > 1)
    {
      length = parent_length (prefix, length);
      prefix[length] = '\0';
      entry = g_hash_table_lookup (self->by_root, prefix);
    }

  return entry != NULL ? &entry->mount : NULL;
}

/**
 * thaw_mount_table_find_device:
 * @major: major number of a device
 * @minor: its minor number
 *
 * Finds the mount that stands for a device: of its visible mounts (bind mounts, subvolumes) the one
 * with the shortest root, the first of several.
 *
 * Returns: (transfer none) (nullable): the mount, alive as long as @self
 */
const ThawMount *
thaw_mount_table_find_device (ThawMountTable *self, guint32 major, guint32 minor)
{
  const ThawMount *best = NULL;

  g_return_val_if_fail (self != NULL, NULL);

  for (guint i = 0; i < self->entries->len; i++)
    {
      const Entry *entry = &g_array_index (self->entries, Entry, i);
      const ThawMount *mount = &entry->mount;

      if (entry->visibility == VISIBLE && mount->major == major && mount->minor == minor
          && (best == NULL || strlen (mount->root) < strlen (best->root)))
        best = mount;
    }

  return best;
}
