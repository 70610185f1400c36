/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The parts of the thumbnailer:
 *
 *   thaw-thumbnail-png.c     what stands in a PNG beside its picture: read, checked, written anew
 *   thaw-thumbnail-cache.c   the shared cache: names, looking up, keeping, marks of failure
 *   thaw-thumbnail-tools.c   the programs that make thumbnails, by content type
 *   thaw-thumbnail-make.c    having one made, in a sandbox
 *   thaw-thumbnail-task.c    one thumbnail: the jobs that it takes
 *   thaw-thumbnailer.c       who asked for which, and whose turn it is
 *
 * All but the last are for workers, or start what runs on them. */
#pragma once

#include "thaw-sandbox.h"
#include "thaw-thumbnailer.h"

G_BEGIN_DECLS

#define THAW_THUMBNAIL_MAX_PNG_BYTES (8 * 1024 * 1024)

/* thaw-thumbnail-png.c */
typedef struct {
  guint width, height;
  char *uri;        /* Thumb::URI */
  gint64 mtime_sec; /* Thumb::MTime, or THAW_THUMBNAIL_UNKNOWN_TIME */
} ThawPngInfo;
/* FALSE: it isn't one, or not whole. Sums are compared if @whole. */
gboolean thaw_png_parse (GBytes *png, gboolean whole, ThawPngInfo *info);
void thaw_png_info_clear (ThawPngInfo *info);
/* @png, checked, with these keys and values (Latin-1) instead of any of its own, but for what is known of the original's
 * size. */
GBytes *thaw_png_with_texts (GBytes *png, const char *const *texts);
GBytes *thaw_png_make_empty (const char *const *texts); /* one transparent pixel */
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (ThawPngInfo, thaw_png_info_clear)

/* thaw-thumbnail-cache.c */
typedef struct {
  char *uri;
  gint64 mtime_sec;
  goffset size_bytes; /* -1: not known */
  const char *content_type;
} ThawThumbnailOriginal;
typedef enum {
  THAW_THUMBNAIL_NONE,
  THAW_THUMBNAIL_FOUND,
  THAW_THUMBNAIL_FAILED,
} ThawThumbnailState;
/* One of @size, or a larger one. */
ThawThumbnailState thaw_thumbnail_look_up (const char *cache_folder,
                                           const ThawThumbnailOriginal *original,
                                           ThawThumbnailSize size,
                                           GBytes **png);
/* What couldn't be kept is made again another time: no error. */
void thaw_thumbnail_keep (const char *cache_folder,
                          const ThawThumbnailOriginal *original,
                          ThawThumbnailSize size,
                          GBytes *png);
void thaw_thumbnail_keep_failure (const char *cache_folder, const ThawThumbnailOriginal *original);
GBytes *thaw_thumbnail_sign (const ThawThumbnailOriginal *original, GBytes *png); /* NULL: no PNG */
char *thaw_thumbnail_dup_path (const char *cache_folder, const char *uri, ThawThumbnailSize size);
char *thaw_thumbnail_dup_failure_path (const char *cache_folder, const char *uri);

/* thaw-thumbnail-tools.c: constant once they are read; refcounted. */
typedef struct _ThawThumbnailTools ThawThumbnailTools;
typedef struct {
  gboolean is_own; /* enters its sandbox itself, reads its input and writes its output */
  char **command;  /* Exec, in words */
} ThawThumbnailTool;
ThawThumbnailTools *thaw_thumbnail_tools_read (const char *const *data_folders);
ThawThumbnailTools *thaw_thumbnail_tools_ref (ThawThumbnailTools *self);
void thaw_thumbnail_tools_unref (ThawThumbnailTools *self);
/* NULL: none is for this. */
const ThawThumbnailTool *thaw_thumbnail_tools_find (ThawThumbnailTools *self,
                                                    const char *content_type);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThawThumbnailTools, thaw_thumbnail_tools_unref)

/* thaw-thumbnail-make.c. @fd: the file, opened for reading. */
GBytes *thaw_thumbnail_make (const ThawThumbnailTool *tool,
                             ThawJob *job,
                             int fd,
                             ThawThumbnailSize size,
                             GError **error);

/* thaw-thumbnail-task.c: what one thumbnail needs done elsewhere than on the loop. One job at a time has it. */
typedef struct {
  gint ref_count;
  char *cache_folder;
  GFile *file;
  ThawThumbnailSize size;
  ThawThumbnailOriginal original;
  ThawThumbnailTools *tools;     /* nullable */
  const ThawThumbnailTool *tool; /* nullable; of @tools */
  goffset max_file_bytes;
  gint64 changed_usec; /* real time; of the last look at the file */
  int fd;              /* the file, or -1 */
  ThawThumbnailState state;
} ThawThumbnailTask;
ThawThumbnailTask *thaw_thumbnail_task_new (const char *cache_folder, GFile *file);
void thaw_thumbnail_task_unref (gpointer self);
void thaw_thumbnail_task_close (ThawThumbnailTask *self);
/* Resolves to GBytes; to NULL when there is none, and @state says why. */
ThawFuture *thaw_thumbnail_task_look_up (ThawThumbnailTask *self,
                                         ThawLane *lane,
                                         ThawScope *scope,
                                         ThawPriority priority) G_GNUC_WARN_UNUSED_RESULT;
/* Looks at the file: fills in @original, and leaves it open in @fd if @opens. */
ThawFuture *thaw_thumbnail_task_stat (ThawThumbnailTask *self,
                                      ThawScope *scope,
                                      ThawPriority priority,
                                      gboolean opens) G_GNUC_WARN_UNUSED_RESULT;
/* Resolves to GBytes. Keeps them, or a mark of the failure. */
ThawFuture *thaw_thumbnail_task_make (ThawThumbnailTask *self,
                                      ThawLane *lane,
                                      ThawScope *scope,
                                      ThawPriority priority) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
