/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A file as one recognises it: its picture if it is one, else its icon. */
#pragma once

#include "pane-frame.h"

G_BEGIN_DECLS

/* Loop's thread; nothing is read on it. @path: in bytes. A generic icon until more is known. */
PANE_API GtkWidget *pane_operation_picture_new (const char *path,
                                                gboolean is_folder,
                                                int size) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
