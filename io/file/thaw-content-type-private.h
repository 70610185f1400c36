/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The MIME database's patterns of names, as the two halves of the content types see them. */
#pragma once

#include "thaw-entry-store-private.h"

G_BEGIN_DECLS

/* One pattern; of a suffix what follows the asterisk. */
typedef struct {
  char *pattern;
  guint16 type;
  guint16 weight;
  guint8 directory; /* which of the data directories, most important first */
  gboolean match_case : 1;
} ThawGlob;

/* A pattern like *.tar.gz: all globs with this suffix, and the next shorter suffix of it that is
 * one too. */
typedef struct {
  GArray *globs; /* of indices into the globs, guint */
  int shorter;   /* or -1 */
} ThawSuffix;

/* A pattern that is neither a whole name nor a mere suffix, with what rules it out quickly. */
typedef struct {
  guint glob;
  gsize n_prefix;  /* bytes before the first special character */
  guint64 last[4]; /* bitmap of bytes that the last one may be, folded */
  char *infix;     /* the longest run of plain characters, folded */
} ThawFullGlob;

typedef struct {
  guint8 byte;
  int suffix;  /* or -1 */
  int child;   /* node, or -1 */
  int sibling; /* node, or -1 */
} ThawSuffixNode;

typedef struct {
  GArray *globs;    /* of ThawGlob */
  GArray *suffixes; /* of ThawSuffix */
  GArray *nodes;    /* of ThawSuffixNode: reversed suffixes as a tree */
  int roots[256];
  GArray *full_globs;              /* of ThawFullGlob */
  GHashTable *literals;            /* whole name -> guint16 type */
  GHashTable *literals_match_case; /* those of them that count only in this spelling */
  GHashTable *guesses;          /* pair of suffixes, folded and not -> guint16 type, as GIO says */
  guint64 literal_lengths[128]; /* by first byte, folded: which lengths there are, modulo 64 */
  guint n_directories;
} ThawGlobs;

/* Key of guesses. */
#define THAW_SUFFIX_PAIR(folded, plain)                                                            \
  GSIZE_TO_POINTER ((gsize) ((folded) + 1) << 24 | ((plain) + 1))

int _thaw_globs_find_suffix (const ThawGlobs *globs, const char *name, gsize length, gboolean fold);

ThawGlobs *_thaw_globs_read (void);
guint16 _thaw_content_type_intern (const char *type);

G_END_DECLS
