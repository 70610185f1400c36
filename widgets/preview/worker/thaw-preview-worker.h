/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Inside the program thaw-preview-worker: one thread of its own, no io, no GTK. */
#pragma once

#include "thaw-preview-protocol.h"

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>

/* A picture under way: what will be the reply, and the memory that goes with it. */
typedef struct {
  ThawPreviewReply reply;
  int memory; /* descriptor, -1 */
  unsigned char *pixels;
  size_t n_bytes;
} ThawPicture;

/* thaw-preview-picture.c */
void thaw_picture_init (ThawPicture *self, uint32_t serial);
bool thaw_picture_allocate (ThawPicture *self, uint32_t width, uint32_t height); /* transparent */
void thaw_picture_fail (ThawPicture *self, ThawPreviewStatus status, const char *text);
void thaw_picture_seal (ThawPicture *self); /* from here on nobody changes it, this process neither */
void thaw_picture_clear (ThawPicture *self);
/* The largest of these proportions that fits, at least 1 x 1. @may_grow: also beyond the natural size. */
void thaw_picture_fit (double natural_width,
                       double natural_height,
                       const ThawPreviewRequest *request,
                       bool may_grow,
                       uint32_t *width,
                       uint32_t *height);

/* Renderers: @fd is the file, at its beginning. They fill in @picture, or fail it. */
void thaw_preview_draw_image (int fd, const ThawPreviewRequest *request, ThawPicture *picture);
void thaw_preview_draw_document (int fd, const ThawPreviewRequest *request, ThawPicture *picture);
void thaw_preview_draw_font (int fd, const ThawPreviewRequest *request, ThawPicture *picture);
void thaw_preview_draw_text (int fd, const ThawPreviewRequest *request, ThawPicture *picture);
/* Loads whatever they need to have loaded before the walls go up. */
void thaw_preview_prepare_image (void);

/* thaw-preview-draw.c: the right one of them. */
void thaw_preview_draw (int fd, const ThawPreviewRequest *request, ThawPicture *picture);

