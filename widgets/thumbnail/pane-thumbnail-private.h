/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The parts: pane-thumbnails.c is who wants which, pane-thumbnail-store.c what is there; on any thread, pane-thumbnail-texture.c
 * makes a PNG into pixels and pane-thumbnail-frame.c puts a frame around them. */
#pragma once

#include "pane-thumbnails.h"

G_BEGIN_DECLS

typedef enum {
  PANE_THUMBNAIL_UNKNOWN,
  PANE_THUMBNAIL_QUEUED,
  PANE_THUMBNAIL_LOADING,
  PANE_THUMBNAIL_THERE,
  PANE_THUMBNAIL_FAILED, /* not to be asked for again before the entry is changed */
} PaneThumbnailState;

typedef struct _PaneThumbnailFolder PaneThumbnailFolder;
typedef struct _PaneThumbnailLoading PaneThumbnailLoading; /* pane-thumbnails.c's */

/* Which one. */
typedef struct {
  GFile *folder; /* a location, of which its folder always returns the same pointer */
  const char *name;
  int pixels, frame;
} PaneThumbnailKey;

typedef struct {
  PaneThumbnailFolder *folder; /* a reference */
  char *name;                  /* in it */
  int pixels;                  /* device pixels of the longer side at most */
  int frame;                   /* device pixels of its lines; 0: none */
  PaneThumbnailState state;
  gint64 mtime_nsec;   /* of the entry when it was asked for */
  GdkTexture *texture; /* nullable; stays there, outdated, until the next one comes */
  gsize n_bytes;
  GList link;       /* among all, the latest used first */
  GList queue_link; /* while it is queued */
  GPtrArray *widgets; /* that want it; not owned */
  /* While it is queued or loading. */
  GFile *file;
  const char *content_type;
  gint64 mtime_sec;
  ThawFuture *future;           /* owned */
  PaneThumbnailLoading *loading; /* not owned */
} PaneThumbnail;

typedef struct {
  GHashTable *items;   /* PaneThumbnail, a set */
  GHashTable *folders; /* GFile -> PaneThumbnailFolder */
  PaneThumbnailFolder *latest; /* not owned */
  GQueue used;         /* the latest used first */
  gsize n_bytes, max_bytes;
  guint n_textures;
  guint64 n_evicted;
} PaneThumbnailStore;

void pane_thumbnail_store_init (PaneThumbnailStore *self);
void pane_thumbnail_store_clear (PaneThumbnailStore *self);
PaneThumbnail *pane_thumbnail_store_find (PaneThumbnailStore *self, const PaneThumbnailKey *key); /* NULL: not known of */
PaneThumbnail *pane_thumbnail_store_add (PaneThumbnailStore *self, const PaneThumbnailKey *key);
void pane_thumbnail_store_used (PaneThumbnailStore *self, PaneThumbnail *item);
void pane_thumbnail_store_set_texture (PaneThumbnailStore *self, PaneThumbnail *item, GdkTexture *texture);
void pane_thumbnail_store_trim (PaneThumbnailStore *self);

/* Any thread. NULL with @error. Never larger than it is. */
GdkTexture *pane_thumbnail_decode (GBytes *png, int pixels, int frame, GError **error);

/* pane-thumbnail-frame.c. Any thread. Pixels are premultiplied, four bytes each, alpha in byte @alpha. */
#define PANE_THUMBNAIL_MARGIN 3 /* of a frame, in its lines: what the shadow needs */
/* Whether it fills its rectangle, so that one can be put around it. */
gboolean pane_thumbnail_can_be_framed (const guint8 *pixels, gsize stride, guint width, guint height, guint alpha);
/* With the margin around it. */
GBytes *pane_thumbnail_put_frame (const guint8 *pixels, gsize stride, guint width, guint height, guint alpha, int frame);

G_END_DECLS
