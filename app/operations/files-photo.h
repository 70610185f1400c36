/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a photo says of itself: when it was taken, and with what. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define FILES_PHOTO_HEAD                                                                           \
  (128 * 1024) /* so much of a file's beginning has it, if it has it at all */

typedef struct {
  char taken_date[11]; /* "2024-05-31"; "": it doesn't say */
  char taken_time[9];  /* "23-59-58" */
  char camera[40];     /* UTF-8, nothing that can't be in a name */
} FilesPhoto;

/* Pure, any thread. FALSE: it says nothing. @data: the beginning of any file, however broken. */
gboolean files_photo_parse (const guint8 *data, gsize length, FilesPhoto *photo);

G_END_DECLS
