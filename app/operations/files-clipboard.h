/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Files on the clipboard: put there, marked as cut, and taken from there, from any application. */
#pragma once

#include "files-content.h"

G_BEGIN_DECLS

/* What the clipboard holds that can be pasted into a folder. */
typedef struct {
  FilesSelection *files; /* NULL if it isn't files */
  gboolean is_cut;       /* to be moved, not copied */
  GBytes *content;       /* an image or text, NULL if it is files */
  const char *content_type;
} FilesPaste;

void files_paste_free (FilesPaste *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (FilesPaste, files_paste_free)

/* Loop's thread. */
void files_clipboard_set (GdkClipboard *clipboard, FilesSelection *files, gboolean is_cut);
/* What this program has cut and nobody has pasted yet; NULL: nothing. Transfer none. */
FilesSelection *files_clipboard_get_cut (GdkClipboard *clipboard);
/* After a move: what was cut is no more. */
void files_clipboard_clear_cut (GdkClipboard *clipboard);
gboolean files_clipboard_can_paste (GdkClipboard *clipboard);

/* @paste (transfer full): NULL with @error if there is nothing that can be pasted. */
typedef void (*FilesPasteFunc) (FilesPaste *paste, const GError *error, gpointer user_data);
/* Calls @func once, later; not if @owner has gone by then. */
void files_clipboard_read (GdkClipboard *clipboard, GObject *owner, FilesPasteFunc func, gpointer user_data);

G_END_DECLS
