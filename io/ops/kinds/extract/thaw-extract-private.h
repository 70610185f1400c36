/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Extraction, in five parts:
 *
 *   thaw-extract-kind.c    the operation: each archive into a hidden new folder, which is then placed by one step
 *   thaw-extract-stream.c  one archive: what its records say is done by the tree, or becomes a problem
 *   thaw-extract-tree.c    the only one that writes: by descriptors below the hidden folder, one component at a time
 *   thaw-extract-left.c    what stands in the hidden folder since before an interruption
 *   thaw-extract-name.c    names that are safe; thaw-extract-budget.c: how much may be written
 *
 * All of it blocks, on the run's thread. Nothing that an archive says is believed before it was looked at here. */
#pragma once

#include "../common/thaw-kind-private.h"
#include "thaw-archive-private.h"

G_BEGIN_DECLS

/* --- names --- */

/* The components that @name may have in here: INVALID_FILENAME if it can't be kept inside (".."), or on any disk. Empty for
 * the folder itself. *was_absolute: a leading slash was left out. */
GPtrArray *thaw_extract_split (const char *name, gsize n, guint max_depth, gboolean *was_absolute, GError **error);
/* "photos" of "photos.tar.gz". */
char *thaw_extract_strip_extension (const char *archive_name);
/* "notes.txt" of "notes.txt.gz", a compressed file and no archive. */
char *thaw_extract_strip_raw (const char *archive_name);

/* --- budget --- */

typedef struct {
  ThawRun *run;
  const char *path;     /* of the archive */
  gint64 archive_bytes;
  gint64 bytes, entries; /* so far */
  gint64 max_bytes, max_entries;
  guint max_ratio, max_depth;
} ThawExtractBudget;

void thaw_extract_budget_init (ThawExtractBudget *self,
                               ThawRun *run,
                               const char *path,
                               gint64 archive_bytes,
                               ThawPlace *target);
/* What ends an archive and has been told as a problem already. */
#define THAW_EXTRACT_TOLD (thaw_extract_told_quark ())
GQuark thaw_extract_told_quark (void);
/* So much more: asks at a limit. FALSE with THAW_EXTRACT_TOLD or CANCELLED. */
gboolean thaw_extract_budget_spend (ThawExtractBudget *self, gint64 bytes, gint64 entries, GError **error);
/* The disk is full: TRUE to try again. As above otherwise. */
gboolean thaw_extract_budget_ask (ThawExtractBudget *self, const char *message, GError **error);

/* --- tree --- */

typedef struct _ThawExtractTree ThawExtractTree;

typedef struct {
  guint32 mode; /* type and permissions */
  gboolean has_mtime;
  struct timespec mtime;
} ThawExtractAttributes;

/* Something was kept, but under another name. */
typedef void (*ThawExtractTwinFunc) (const char *path, const char *name, gpointer user_data);

ThawExtractTree *thaw_extract_tree_new (ThawPlace *root, ThawExtractBudget *budget, ThawExtractTwinFunc twin, gpointer user_data);
gboolean thaw_extract_tree_add_folder (ThawExtractTree *self, GPtrArray *parts, const ThawExtractAttributes *attributes, GError **error);
/* Made when all else has been written. */
gboolean thaw_extract_tree_add_link (ThawExtractTree *self, GPtrArray *parts, const char *target, const ThawExtractAttributes *attributes, GError **error);
/* A new file, or (@original not NULL) another name for one that this tree has: it is then written to, until it is ended. */
gboolean thaw_extract_tree_begin_file (ThawExtractTree *self, GPtrArray *parts, GPtrArray *original, GError **error);
gboolean thaw_extract_tree_write (ThawExtractTree *self, const void *bytes, gsize n, gint64 offset, GError **error);
/* Whole, with attributes: @size bytes, of which the last ones may be a hole. */
gboolean thaw_extract_tree_end_file (ThawExtractTree *self, gint64 size, const ThawExtractAttributes *attributes, GError **error);
/* Takes away what was begun. */
void thaw_extract_tree_drop_file (ThawExtractTree *self);
/* Links, times and permissions of folders, all of it on the device. What can't be made is told to @problem. */
gboolean thaw_extract_tree_finish (ThawExtractTree *self, GError **error);
/* What thaw_extract_left_mark() has marked is gone on with. */
void thaw_extract_tree_take_over (ThawExtractTree *self);
guint64 thaw_extract_tree_get_n_entries (ThawExtractTree *self); /* that are there */
void thaw_extract_tree_free (ThawExtractTree *self);

/* --- what was left --- */

/* All files below that folder are ones that were left, from now on; all but files and folders goes. FALSE: it has to be begun anew. */
gboolean thaw_extract_left_mark (ThawRun *run, ThawPlace *target, const char *hidden, GError **error);
/* At the end: those that nobody has opened go, and the folders are on the device. */
gboolean thaw_extract_left_sweep (ThawRun *run, ThawPlace *target, const char *hidden, GError **error);
/* One that was left isn't any more. -1 with errno: EEXIST for anything else. */
int thaw_extract_left_open (int folder, const char *name);
gboolean thaw_extract_left_has (int fd, const void *bytes, gsize n, gint64 offset);
/* FALSE also where nobody can tell. */
gboolean thaw_extract_left_has_hole (int fd, gint64 from, gint64 to);

/* --- stream --- */

/* Reads the archive @fd (at @path) into the folder @root, which is empty, or marked (@goes_on). TRUE: something whole is there now,
 * whatever else was a problem. */
gboolean thaw_extract_stream (ThawRun *run, int fd, const char *path, const char *name, ThawPlace *root, gboolean goes_on, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThawExtractTree, thaw_extract_tree_free)

G_END_DECLS
