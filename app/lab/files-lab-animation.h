/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Something that moves, and counts when it doesn't. */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define FILES_TYPE_LAB_ANIMATION (files_lab_animation_get_type ())
G_DECLARE_FINAL_TYPE (FilesLabAnimation, files_lab_animation, FILES, LAB_ANIMATION, GtkWidget)

typedef struct {
  guint n_frames, n_lost;
  gint64 longest_usec;     /* between two frames, as the eye sees it */
  gint64 longest_cpu_usec; /* processor time of this thread between two frames */
} FilesLabFrames;

/* Loop's thread. */
void files_lab_animation_reset (FilesLabAnimation *self);
void files_lab_animation_get (FilesLabAnimation *self, FilesLabFrames *frames);

G_END_DECLS
