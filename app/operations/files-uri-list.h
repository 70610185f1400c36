/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lists of files as other programs write them, and whatever else comes out of a stream of theirs.
 */
#pragma once

#include <gtk/gtk.h>
#include "files-selection.h"

G_BEGIN_DECLS

#define FILES_COPIED_FILES "x-special/gnome-copied-files"
#define FILES_KDE_CUT "application/x-kde-cutselection"
#define FILES_URI_LIST "text/uri-list"
#define FILES_MAX_CONTENT (256 * 1024 * 1024)

/* Loop's thread, both. A future of GBytes; G_IO_ERROR_NO_SPACE as soon as more than @max_bytes have
 * come. */
ThawFuture *files_stream_read (GInputStream *stream, gsize max_bytes) G_GNUC_WARN_UNUSED_RESULT;

typedef struct {
  FilesSelection *files;
  gboolean is_cut;
} FilesUriList;
void files_uri_list_free (FilesUriList *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (FilesUriList, files_uri_list_free)

/* A future of a FilesUriList, made on the pool of the processors. @content_type: one of the first
 * and the third of the above. */
ThawFuture *files_uri_list_parse (ThawScope *scope,
                                  GBytes *bytes,
                                  const char *content_type) G_GNUC_WARN_UNUSED_RESULT;

/* Has GTK make a FilesSelection of what other programs drop, where it is GTK that reads it. */
void files_uri_list_register (void);
/* For tests: the same at once, any thread. */
FilesUriList *files_uri_list_new (GBytes *bytes, gboolean has_verb);

G_END_DECLS
