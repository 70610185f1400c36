/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Trash folders as the freedesktop.org specification has them, for the operations trash, restore and empty-trash. All of it
 * blocks, on the run's thread. The cache "directorysizes" is left alone: its readers compare it with the .trashinfo. */
#pragma once

#include "thaw-disk-private.h"

G_BEGIN_DECLS

#define THAW_TRASH_SUFFIX ".trashinfo"

/* One trash folder: on each volume the user has at most two. */
typedef struct {
  ThawPlace *place; /* the folder itself */
  ThawPlace *files, *info;
  char *top; /* what the paths in it are relative to; NULL: they are absolute */
} ThawTrash;

/* Where something in @near goes, made if there is none: NOT_SUPPORTED if there can't be one on that volume. */
ThawTrash *thaw_trash_find (ThawPlace *near, GError **error);
/* Whether thaw_trash_find() will find one, as far as can be told without making it. */
gboolean thaw_trash_is_possible (ThawPlace *near);
/* The trash that @files is the folder "files" of; NULL with an error if it isn't one. */
ThawTrash *thaw_trash_open_files (ThawPlace *files, GError **error);
/* All that the user has, on mounts that can be looked at. */
GPtrArray *thaw_trash_list (void);
void thaw_trash_free (ThawTrash *self);

/* "name.trashinfo". */
char *thaw_trash_info_name (const char *name);
/* What to write into it for what is now at @path, absolute. */
GBytes *thaw_trash_info_make (ThawTrash *self, const char *path, gint64 now_usec);
/* FALSE with NOT_FOUND, INVALID_DATA, …. @path: where it came from, absolute, bytes. @deleted_usec: 0 if it can't be told. */
gboolean thaw_trash_info_read (ThawTrash *self,
                               const char *name,
                               char **path,
                               gint64 *deleted_usec,
                               GBytes **text,
                               GError **error);
/* For tests: the text alone. */
gboolean thaw_trash_info_parse (const char *text, gsize n, const char *top, char **path, gint64 *deleted_usec);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThawTrash, thaw_trash_free)

G_END_DECLS
