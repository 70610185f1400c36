/* SPDX-License-Identifier: GPL-3.0-or-later */
/* New names for many files from one pattern, and what is wrong with them. */
#pragma once

#include "files-photo.h"

G_BEGIN_DECLS

typedef enum {
  FILES_CASE_KEEP,
  FILES_CASE_LOWER,
  FILES_CASE_UPPER,
  FILES_CASE_TITLE,
} FilesRenameCase;

typedef struct {
  const char
      *pattern;  /* "[name]", "[n] [date] [name]" …; the extension is kept unless it has [ext] */
  guint64 start; /* the first [n] */
  guint width;   /* digits of [n] at least */
  const char *search;      /* nullable: what is replaced in the old name, extension included */
  const char *replacement; /* nullable: "" */
  gboolean is_regex;
  gboolean ignores_case;   /* of @search */
  FilesRenameCase letters; /* of all but the extension */
} FilesRenameRules;

/* Any thread, all of it. Constant once made. */
typedef struct _FilesRenamePattern FilesRenamePattern;
/* NULL with an error whose message is translated. */
FilesRenamePattern *files_rename_pattern_new (const FilesRenameRules *rules, GError **error);
FilesRenamePattern *files_rename_pattern_ref (FilesRenamePattern *self);
void files_rename_pattern_unref (FilesRenamePattern *self);
gboolean files_rename_pattern_needs_date (FilesRenamePattern *self);
gboolean files_rename_pattern_needs_photo (FilesRenamePattern *self);

#define FILES_NO_TIME G_MININT64

typedef struct {
  const char *name; /* bytes */
  gint64 mtime_sec; /* FILES_NO_TIME: not known */
  gboolean is_folder;
  const FilesPhoto *photo; /* nullable: not known, or it isn't one */
} FilesRenameItem;

typedef enum {
  FILES_RENAME_CHANGED,
  FILES_RENAME_UNCHANGED,
  FILES_RENAME_NOT_TEXT, /* the old name isn't: it is left as it is */
  /* All from here on block. */
  FILES_RENAME_EMPTY,
  FILES_RENAME_ILLEGAL,
  FILES_RENAME_TOO_LONG,
  FILES_RENAME_NO_DATE,
  FILES_RENAME_NO_PHOTO,
  FILES_RENAME_TWICE, /* two would have this name */
  FILES_RENAME_TAKEN, /* something else has this name */
} FilesRenameStatus;

#define files_rename_status_blocks(status) ((status) >= FILES_RENAME_EMPTY)
const char *
files_rename_status_describe (FilesRenameStatus status); /* translated; "" if nothing is wrong */

/* The new name of the @index-th. Transfer full, UTF-8 (but for NOT_TEXT). */
char *files_rename_pattern_apply (FilesRenamePattern *self,
                                  const FilesRenameItem *item,
                                  guint index,
                                  GTimeZone *zone,
                                  FilesRenameStatus *status);

/* All of them, in the order of the items. */
typedef struct {
  guint n, n_changed, n_blocked, first_blocked; /* the last: only if there is any */
  char **names;
  guint8 *statuses; /* FilesRenameStatus */
} FilesRenamePreview;
void files_rename_preview_free (FilesRenamePreview *self);

typedef gboolean (*FilesRenameStopFunc) (gpointer user_data);
/* @others: every name in the folder, the items' too. @stop (nullable): asked now and then; NULL is
 * returned if it says so. */
FilesRenamePreview *files_rename_preview_new (FilesRenamePattern *pattern,
                                              const FilesRenameItem *items,
                                              guint n_items,
                                              const char *const *others,
                                              guint n_others,
                                              GTimeZone *zone,
                                              FilesRenameStopFunc stop,
                                              gpointer user_data);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (FilesRenamePattern, files_rename_pattern_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (FilesRenamePreview, files_rename_preview_free)

G_END_DECLS
