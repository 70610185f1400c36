/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Content types by name, at the speed of a sort: what g_content_type_guess() says, without its
 * lock, its copies and its looks at the disk. The longest known suffix of a name, as it is and
 * folded, decides almost always, and GIO was asked about each suffix when the database was read;
 * what is left (odd mixes of case, patterns in the middle) goes by the same rules as in GIO. Types
 * are interned in a table for the process. Any thread once warmed up; before that the first call
 * reads the database.
 */

#include "thaw-content-type-private.h"
#include "thaw-order-private.h"

#include <fnmatch.h>
#include <pthread.h>
#include <string.h>

#define MAX_TYPES 65536
#define MAX_CANDIDATES 10

static pthread_mutex_t types_lock = PTHREAD_MUTEX_INITIALIZER;
static GHashTable *type_indices;
static const char *types[MAX_TYPES]; /* written before n_types says so */
static guint n_types = 1;            /* atomic */

/* Index of a type. When there are more than fit, which nobody has seen, it is the one of unknown
 * types. */
guint16
_thaw_content_type_intern (const char *type)
{
  guint index;

  pthread_mutex_lock (&types_lock);
  if (type_indices == NULL)
    type_indices = g_hash_table_new (g_str_hash, g_str_equal);
  index = GPOINTER_TO_UINT (g_hash_table_lookup (type_indices, type));
  if (index == 0 && n_types < MAX_TYPES)
    {
      index = n_types;
      types[index] = g_intern_string (type);
      g_hash_table_insert (type_indices, (gpointer) types[index], GUINT_TO_POINTER (index));
      __atomic_store_n (&n_types, n_types + 1, __ATOMIC_RELEASE);
    }
  pthread_mutex_unlock (&types_lock);
  return MAX (index, 1);
}

const char *
_thaw_content_type_get (guint16 type)
{
  return types[type];
}

static int
compare_types_cb (gconstpointer a, gconstpointer b, gpointer data G_GNUC_UNUSED)
{
  return strcmp (types[*(const guint16 *) a], types[*(const guint16 *) b]);
}

guint16 *
_thaw_content_type_dup_ranks (guint *n)
{
  g_autofree guint16 *sorted = NULL;
  guint16 *ranks;

  *n = __atomic_load_n (&n_types, __ATOMIC_ACQUIRE);
  sorted = g_new (guint16, *n);
  ranks = g_new0 (guint16, *n);
  for (guint i = 1; i < *n; i++)
    sorted[i - 1] = i;
  g_sort_array (sorted, *n - 1, sizeof (guint16), compare_types_cb, NULL);
  for (guint i = 1; i < *n; i++)
    ranks[sorted[i - 1]] = i;
  return ranks;
}

static ThawGlobs *all_globs;
static guint16 special_types[THAW_ENTRY_SHORTCUT + 1]; /* by kind, 0 for those that go by name */
static guint16 broken_link;

static void
warm_up (void)
{
  _thaw_content_type_intern ("application/octet-stream"); /* index 1 */
  all_globs = _thaw_globs_read ();
  special_types[THAW_ENTRY_FOLDER] = _thaw_content_type_intern ("inode/directory");
  special_types[THAW_ENTRY_FIFO] = _thaw_content_type_intern ("inode/fifo");
  special_types[THAW_ENTRY_SOCKET] = _thaw_content_type_intern ("inode/socket");
  special_types[THAW_ENTRY_CHAR_DEVICE] = _thaw_content_type_intern ("inode/chardevice");
  special_types[THAW_ENTRY_BLOCK_DEVICE] = _thaw_content_type_intern ("inode/blockdevice");
  special_types[THAW_ENTRY_SHORTCUT] = _thaw_content_type_intern ("inode/mount-point");
  broken_link = _thaw_content_type_intern ("inode/symlink");
}

static const ThawGlobs *
get_globs (void)
{
  static pthread_once_t once = PTHREAD_ONCE_INIT;

  pthread_once (&once, warm_up);
  return all_globs;
}

/**
 * thaw_content_type_warm_up:
 *
 * Reads the MIME database, so that content types are a matter of memory afterwards. Later changes
 * of the database aren't noticed. A second call does nothing.
 *
 * - **Thread**: a worker's: reads files, for some milliseconds.
 */
void
thaw_content_type_warm_up (void)
{
  get_globs ();
}

static const ThawGlob *
get_glob (const ThawGlobs *globs, guint i)
{
  return &g_array_index (globs->globs, ThawGlob, i);
}

static gboolean
may_match (const ThawGlobs *globs, const ThawFullGlob *full, const char *name, gsize length)
{
  guint8 last = g_ascii_tolower (name[length - 1]);
  gsize n_infix;

  if (!(full->last[last >> 6] >> (last & 63) & 1)
      || g_ascii_strncasecmp (name, get_glob (globs, full->glob)->pattern, full->n_prefix) != 0)
    return FALSE;
  n_infix = strlen (full->infix);
  return n_infix == 0 || _thaw_find_bytes (name, name + length, full->infix, n_infix, TRUE) != NULL;
}

static gboolean
any_full_glob (const ThawGlobs *globs, const char *name, gsize length)
{
  for (guint i = 0; i < globs->full_globs->len; i++)
    if (may_match (globs, &g_array_index (globs->full_globs, ThawFullGlob, i), name, length))
      return TRUE;
  return FALSE;
}

typedef struct {
  const ThawGlob *globs[MAX_CANDIDATES];
  guint n;
} Candidates;

/* Each directory gives the globs of its longest suffix that has any. */
static void
add_suffix_globs (const ThawGlobs *globs, int longest, gboolean match_case, Candidates *candidates)
{
  for (guint directory = 0; directory < globs->n_directories; directory++)
    {
      gboolean found = FALSE;

      for (int i = longest; i >= 0 && !found;)
        {
          const ThawSuffix *suffix = &g_array_index (globs->suffixes, ThawSuffix, i);

          for (guint j = 0; j < suffix->globs->len && candidates->n < MAX_CANDIDATES; j++)
            {
              const ThawGlob *glob = get_glob (globs, g_array_index (suffix->globs, guint, j));

              if (glob->directory != directory || (glob->match_case && !match_case))
                continue;
              candidates->globs[candidates->n++] = glob;
              found = TRUE;
            }
          i = suffix->shorter;
        }
    }
}

static void
add_full_globs (const ThawGlobs *globs,
                const char *name,
                gboolean match_case,
                Candidates *candidates)
{
  for (guint i = 0; i < globs->full_globs->len && candidates->n < MAX_CANDIDATES; i++)
    {
      const ThawGlob *glob
          = get_glob (globs, g_array_index (globs->full_globs, ThawFullGlob, i).glob);

      if ((!glob->match_case || match_case) && fnmatch (glob->pattern, name, 0) == 0)
        candidates->globs[candidates->n++] = glob;
    }
}

static guint16
pick_heaviest (const Candidates *candidates)
{
  const ThawGlob *heaviest = candidates->globs[0];

  for (guint i = 1; i < candidates->n; i++)
    if (candidates->globs[i]->weight > heaviest->weight)
      heaviest = candidates->globs[i];
  return candidates->n > 0 ? heaviest->type : 1;
}

/* The rules of GIO, step by step. */
static guint16
guess_by_rules (const ThawGlobs *globs, const char *name, int folded_suffix, int suffix)
{
  g_autofree char *folded = g_ascii_strdown (name, -1);
  Candidates candidates = { .n = 0 };

  add_suffix_globs (globs, folded_suffix, FALSE, &candidates);
  if (candidates.n < 2)
    add_suffix_globs (globs, suffix, TRUE, &candidates);
  if (candidates.n == 0)
    add_full_globs (globs, folded, FALSE, &candidates);
  if (candidates.n < 2)
    add_full_globs (globs, name, TRUE, &candidates);
  return pick_heaviest (&candidates);
}

static gboolean
find_literal (const ThawGlobs *globs, const char *name, gsize length, guint16 *type)
{
  char folded[NAME_MAX + 1];
  gpointer value;

  if (length >= sizeof (folded)
      || !(globs->literal_lengths[g_ascii_tolower (name[0]) & 0x7f] >> (length & 63) & 1))
    return FALSE;
  for (gsize i = 0; i <= length; i++)
    folded[i] = g_ascii_tolower (name[i]);
  if (g_hash_table_lookup_extended (globs->literals, name, NULL, &value)
      || (g_hash_table_lookup_extended (globs->literals, folded, NULL, &value)
          && !g_hash_table_contains (globs->literals_match_case, folded)))
    {
      *type = GPOINTER_TO_UINT (value);
      return TRUE;
    }
  return FALSE;
}

/* What g_content_type_guess() says to a name without data. */
guint16
_thaw_content_type_guess (const char *name)
{
  const ThawGlobs *globs = get_globs ();
  gsize length = strlen (name);
  int folded_suffix, suffix;
  guint16 type = 0;

  if (length == 0 || find_literal (globs, name, length, &type))
    return MAX (type, 1);

  folded_suffix = _thaw_globs_find_suffix (globs, name, length, TRUE);
  suffix = _thaw_globs_find_suffix (globs, name, length, FALSE);
  if (!any_full_glob (globs, name, length))
    {
      if (folded_suffix < 0 && suffix < 0)
        return 1;
      type = GPOINTER_TO_UINT (
          g_hash_table_lookup (globs->guesses, THAW_SUFFIX_PAIR (folded_suffix, suffix)));
    }
  return type != 0 ? type : guess_by_rules (globs, name, folded_suffix, suffix);
}

/* The type of what isn't known by its name, or 0. */
static guint16
get_special_type (ThawEntryKind kind, guint flags)
{
  get_globs ();
  if (flags & THAW_ENTRY_TO_FOLDER)
    return special_types[THAW_ENTRY_FOLDER];
  if (kind == THAW_ENTRY_SYMLINK && (flags & THAW_ENTRY_BROKEN))
    return broken_link;
  return special_types[kind];
}

/* Type of an entry, found once and remembered in its column until it is renamed. */
guint16
_thaw_entry_store_get_type_index (ThawEntryStore *self, guint32 id)
{
  guint16 type = get_special_type (thaw_entry_store_get_kind (self, id),
                                   thaw_entry_store_get_flags (self, id));

  if (type != 0)
    return type;
  type = THAW_READ (self, types, guint16, id);
  if (type != 0)
    return type;

  type = _thaw_content_type_guess (thaw_entry_store_get_name (self, id));
  THAW_WRITE (self, types, guint16, id, type);
  return type;
}

/**
 * thaw_entry_store_get_content_type:
 * @self: a store
 * @id: an entry
 *
 * Gets the content type of an entry by its name and kind: `inode/directory` for folders and links
 * to them, `inode/…` for what isn't a file, else exactly what g_content_type_guess() says to the
 * name.
 *
 * - **Thread**: any, after thaw_content_type_warm_up(). Before that the first call reads the
 * database: worker threads.
 *
 * Returns: (transfer none): the type, a static string
 */
const char *
thaw_entry_store_get_content_type (ThawEntryStore *self, guint32 id)
{
  if (!_thaw_entry_store_resolve (&self, &id))
    return "application/octet-stream";
  return _thaw_content_type_get (_thaw_entry_store_get_type_index (self, id));
}
