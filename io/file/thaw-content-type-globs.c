/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Reads the patterns of names of the shared MIME database: the mime.cache files of all data
 * directories, which are what GIO reads, so that the order of patterns is the same too. Suffixes go
 * into a tree of reversed bytes, whole names into a table, the few others into a list. What GIO
 * says to each suffix and each whole name is asked here, once, so that its own rules for conflicts
 * hold. A file is trusted no further than its end. Worker threads: reads files.
 */

#include "thaw-content-type-private.h"

#include <string.h>

/* Where the lists of a mime.cache are, and what their entries look like. */
#define LITERALS_AT 12
#define SUFFIXES_AT 16
#define GLOBS_AT 20
#define ENTRY_SIZE 12
#define WEIGHT_MASK 0xff
#define MATCH_CASE 0x100
#define MAX_SUFFIX 64

typedef struct {
  ThawGlobs *globs;
  const char *bytes;
  gsize n_bytes;
  char suffix[MAX_SUFFIX + 1]; /* filled from its end */
} Cache;

/* What GIO guesses, interned. */
static guint16
ask_gio (const char *name)
{
  g_autofree char *type = g_content_type_guess (name, NULL, 0, NULL);

  return _thaw_content_type_intern (type);
}

static int
add_node (ThawGlobs *self, int *link, guint8 byte)
{
  ThawSuffixNode node = { byte, -1, -1, *link };

  *link = self->nodes->len;
  g_array_append_val (self->nodes, node);
  return self->nodes->len - 1;
}

static ThawSuffixNode *
get_node (ThawGlobs *self, int i)
{
  return &g_array_index (self->nodes, ThawSuffixNode, i);
}

static int
find_or_add_child (ThawGlobs *self, int parent, guint8 byte)
{
  int first = parent < 0 ? self->roots[byte] : get_node (self, parent)->child;
  int link;

  for (int i = first; i >= 0; i = get_node (self, i)->sibling)
    if (get_node (self, i)->byte == byte)
      return i;
  link = first;
  add_node (self, &link, byte);
  if (parent < 0)
    self->roots[byte] = link;
  else
    get_node (self, parent)->child = link;
  return link;
}

static void
add_suffix (ThawGlobs *self, const char *suffix, guint glob)
{
  ThawSuffixNode *node;
  int i = -1;

  for (const char *p = suffix + strlen (suffix); p > suffix; p--)
    i = find_or_add_child (self, i, p[-1]);
  node = get_node (self, i);
  if (node->suffix < 0)
    {
      ThawSuffix new_suffix = { g_array_new (FALSE, FALSE, sizeof (guint)), -1 };

      node->suffix = self->suffixes->len;
      g_array_append_val (self->suffixes, new_suffix);
    }
  g_array_append_val (g_array_index (self->suffixes, ThawSuffix, node->suffix).globs, glob);
}

static void
allow (ThawFullGlob *full, guint8 byte)
{
  byte = g_ascii_tolower (byte);
  full->last[byte >> 6] |= G_GUINT64_CONSTANT (1) << (byte & 63);
}

/* Which bytes a name that matches may end with: all, unless the pattern ends with a plain class or
 * byte. */
static void
find_last_bytes (ThawFullGlob *full, const char *pattern)
{
  gsize length = strlen (pattern);
  const char *open = strrchr (pattern, '[');
  guint8 last = pattern[length - 1];

  if (last == ']' && open != NULL && open[1] != '!' && open[1] != '^'
      && strpbrk (open, "\\:") == NULL)
    {
      for (const char *p = open + 1; *p != ']'; p++)
        {
          if (p[1] == '-' && p[2] != ']' && p[2] != 0)
            for (guint c = (guint8) p[0]; c <= (guint8) p[2]; c++)
              allow (full, c);
          allow (full, *p);
        }
      return;
    }
  if (last != ']' && last != '*' && last != '?' && strchr (pattern, '\\') == NULL)
    allow (full, last);
  else
    memset (full->last, 0xff, sizeof (full->last));
}

static char *
dup_infix (const char *pattern)
{
  const char *best = pattern;
  gsize n_best = 0;

  for (const char *p = pattern; *p != 0;)
    {
      gsize n = strcspn (p, "*?[\\");

      if (n > n_best)
        {
          best = p;
          n_best = n;
        }
      p += n;
      p += *p == '[' ? strcspn (p, "]") : 0;
      p += *p == '\\' && p[1] != 0 ? 2 : *p != 0;
    }
  return g_ascii_strdown (best, n_best);
}

static void
add_full_glob (ThawGlobs *self, const char *pattern, guint glob)
{
  ThawFullGlob full
      = { .glob = glob, .n_prefix = strcspn (pattern, "*?[\\"), .infix = dup_infix (pattern) };

  find_last_bytes (&full, pattern);
  g_array_append_val (self->full_globs, full);
}

/* A number of the cache, 0 behind its end. */
static guint32
read_number (const Cache *cache, gsize offset)
{
  guint32 number = 0;

  if (offset + sizeof (number) <= cache->n_bytes)
    memcpy (&number, cache->bytes + offset, sizeof (number));
  return GUINT32_FROM_BE (number);
}

static const char *
read_text (const Cache *cache, gsize offset)
{
  if (offset >= cache->n_bytes
      || memchr (cache->bytes + offset, 0, cache->n_bytes - offset) == NULL)
    return "";
  return cache->bytes + offset;
}

/* Adds one pattern; the type and the weight are at @offset. */
static guint
add_glob (Cache *cache, const char *pattern, gsize offset)
{
  guint32 weight = read_number (cache, offset + 4);
  ThawGlob glob = {
    .pattern = g_strdup (pattern),
    .type = _thaw_content_type_intern (read_text (cache, read_number (cache, offset))),
    .weight = weight & WEIGHT_MASK,
    .directory = cache->globs->n_directories,
    .match_case = (weight & MATCH_CASE) != 0,
  };

  g_array_append_val (cache->globs->globs, glob);
  return cache->globs->globs->len - 1;
}

static void
read_suffixes (Cache *cache, gsize n_nodes, gsize offset, guint n_suffix)
{
  for (gsize i = 0; i < n_nodes && offset + ENTRY_SIZE <= cache->n_bytes; i++, offset += ENTRY_SIZE)
    {
      guint32 character = read_number (cache, offset);
      char *start = cache->suffix + MAX_SUFFIX - n_suffix;

      if (character == 0 && n_suffix > 0)
        add_suffix (cache->globs, start, add_glob (cache, start, offset + 4));
      else if (character > 0 && character < 128 && n_suffix < MAX_SUFFIX)
        {
          start[-1] = character;
          read_suffixes (cache,
                         read_number (cache, offset + 4),
                         read_number (cache, offset + 8),
                         n_suffix + 1);
        }
    }
}

/* The most important directory has its say first. */
static void
read_literals (Cache *cache)
{
  ThawGlobs *globs = cache->globs;
  gsize offset = read_number (cache, LITERALS_AT);
  gsize n = read_number (cache, offset);

  for (offset += 4; n > 0 && offset + ENTRY_SIZE <= cache->n_bytes; n--, offset += ENTRY_SIZE)
    {
      guint i = add_glob (cache, read_text (cache, read_number (cache, offset)), offset + 4);
      const ThawGlob *glob = &g_array_index (globs->globs, ThawGlob, i);

      if (g_hash_table_contains (globs->literals, glob->pattern))
        continue;
      g_hash_table_insert (globs->literals, glob->pattern, NULL);
      globs->literal_lengths[g_ascii_tolower (glob->pattern[0]) & 0x7f]
          |= G_GUINT64_CONSTANT (1) << (strlen (glob->pattern) & 63);
      if (glob->match_case)
        g_hash_table_add (globs->literals_match_case, glob->pattern);
    }
}

static void
read_full_globs (Cache *cache)
{
  gsize offset = read_number (cache, GLOBS_AT);
  gsize n = read_number (cache, offset);

  for (offset += 4; n > 0 && offset + ENTRY_SIZE <= cache->n_bytes; n--, offset += ENTRY_SIZE)
    {
      const char *pattern = read_text (cache, read_number (cache, offset));

      if (*pattern != 0)
        add_full_glob (cache->globs, pattern, add_glob (cache, pattern, offset + 4));
    }
}

static void
read_directory (ThawGlobs *self, const char *data_directory)
{
  g_autofree char *path = g_build_filename (data_directory, "mime", "mime.cache", NULL);
  g_autofree char *bytes = NULL;
  Cache cache = { .globs = self };
  gsize tree;

  if (!g_file_get_contents (path, &bytes, &cache.n_bytes, NULL))
    return;
  cache.bytes = bytes;
  read_literals (&cache);
  tree = read_number (&cache, SUFFIXES_AT);
  read_suffixes (&cache, read_number (&cache, tree), read_number (&cache, tree + 4), 0);
  read_full_globs (&cache);
  self->n_directories++;
}

/* Links each suffix to the next shorter one, walking the tree. */
static void
link_suffixes (ThawGlobs *self, int node, int shorter)
{
  for (; node >= 0; node = get_node (self, node)->sibling)
    {
      int suffix = get_node (self, node)->suffix;

      if (suffix >= 0)
        g_array_index (self->suffixes, ThawSuffix, suffix).shorter = shorter;
      link_suffixes (self, get_node (self, node)->child, suffix >= 0 ? suffix : shorter);
    }
}

/* The longest suffix of a name that the database knows, or -1. */
int
_thaw_globs_find_suffix (const ThawGlobs *globs, const char *name, gsize length, gboolean fold)
{
  const ThawSuffixNode *nodes = (const ThawSuffixNode *) (gpointer) globs->nodes->data;
  const char *p = name + length;
  int found = -1, i = -1;

  /* A suffix alone, such as ".jpg", is a name too. */
  while (p > name)
    {
      guint8 byte = fold ? g_ascii_tolower (p[-1]) : p[-1];
      int child = i < 0 ? globs->roots[byte] : nodes[i].child;

      while (child >= 0 && nodes[child].byte != byte)
        child = nodes[child].sibling;
      if (child < 0)
        break;
      i = child;
      if (nodes[i].suffix >= 0)
        found = nodes[i].suffix;
      p--;
    }
  return found;
}

/* Asks GIO about a name that ends with a suffix; the answer holds for all names with the same
 * longest suffixes. */
static void
ask_about_ending (ThawGlobs *self, const char *ending)
{
  g_autofree char *name = g_strconcat ("\001", ending, NULL);
  gsize length = strlen (name);
  int folded = _thaw_globs_find_suffix (self, name, length, TRUE);
  int plain = _thaw_globs_find_suffix (self, name, length, FALSE);

  g_hash_table_insert (self->guesses,
                       THAW_SUFFIX_PAIR (folded, plain),
                       GUINT_TO_POINTER (ask_gio (name)));
}

static void
ask_about_suffixes (ThawGlobs *self)
{
  for (guint i = 0; i < self->suffixes->len; i++)
    {
      const ThawSuffix *suffix = &g_array_index (self->suffixes, ThawSuffix, i);
      guint glob = g_array_index (suffix->globs, guint, 0);
      const char *ending = g_array_index (self->globs, ThawGlob, glob).pattern;
      g_autofree char *upper = g_ascii_strup (ending, -1);
      g_autofree char *lower = g_ascii_strdown (ending, -1);

      ask_about_ending (self, upper);
      ask_about_ending (self, lower);
      ask_about_ending (self, ending);
    }
}

static void
ask_about_literals (ThawGlobs *self)
{
  GHashTableIter iter;
  gpointer name;

  g_hash_table_iter_init (&iter, self->literals);
  while (g_hash_table_iter_next (&iter, &name, NULL))
    g_hash_table_iter_replace (&iter, GUINT_TO_POINTER (ask_gio (name)));
}

/* Reads all data directories; what they say stays for the life of the process. */
ThawGlobs *
_thaw_globs_read (void)
{
  ThawGlobs *self = g_new0 (ThawGlobs, 1);
  const char *const *directories = g_get_system_data_dirs ();

  self->globs = g_array_new (FALSE, FALSE, sizeof (ThawGlob));
  self->suffixes = g_array_new (FALSE, FALSE, sizeof (ThawSuffix));
  self->nodes = g_array_new (FALSE, FALSE, sizeof (ThawSuffixNode));
  self->full_globs = g_array_new (FALSE, FALSE, sizeof (ThawFullGlob));
  self->literals = g_hash_table_new (g_str_hash, g_str_equal);
  self->literals_match_case = g_hash_table_new (g_str_hash, g_str_equal);
  self->guesses = g_hash_table_new (NULL, NULL);
  memset (self->roots, 0xff, sizeof (self->roots));

  read_directory (self, g_get_user_data_dir ());
  for (guint i = 0; directories[i] != NULL; i++)
    read_directory (self, directories[i]);
  for (guint i = 0; i < G_N_ELEMENTS (self->roots); i++)
    link_suffixes (self, self->roots[i], -1);
  ask_about_suffixes (self);
  ask_about_literals (self);
  return self;
}
