/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Files on the clipboard or in the hand: offered to this program as they are, and to others in their formats. */
#pragma once

#include <gtk/gtk.h>
#include "files-selection.h"

G_BEGIN_DECLS

#define FILES_TYPE_CONTENT (files_content_get_type ())
G_DECLARE_FINAL_TYPE (FilesContent, files_content, FILES, CONTENT, GdkContentProvider)

/* Loop's thread. @is_cut: pasting is to move them. */
GdkContentProvider *files_content_new (FilesSelection *files, gboolean is_cut) G_GNUC_WARN_UNUSED_RESULT;
FilesSelection *files_content_get_files (FilesContent *self);
gboolean files_content_is_cut (FilesContent *self);

G_END_DECLS
