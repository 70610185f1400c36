/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From a file to a picture. A fiber for each request: the file is opened on its lane, drawn by a
 * process that a private lane's thread talks to, and kept in a cache of so many bytes, least
 * recently used out first. What the cache has is asked for by what the file was when it was opened,
 * so that one that has changed is drawn anew. Loop's thread. */

#include "pane-preview-loader.h"

#include "pane-preview-worker-private.h"

#include <glib/gstdio.h>

#define CACHE_BYTES (gsize) (96 * 1024 * 1024)
#define MAX_COPY_BYTES (256 * 1024 * 1024) /* of a file that isn't local */

typedef struct {
  char *key;
  PanePreviewPicture *picture;
  GList link;
} Cached;

struct _PanePreviewLoader {
  GObject parent_instance;

  ThawScope *scope;
  ThawLane *lane;     /* its threads talk to the processes */
  GHashTable *cached; /* key -> Cached */
  GQueue by_use;      /* of Cached, last used first */
  gsize n_bytes;
};

G_DEFINE_FINAL_TYPE (PanePreviewLoader, pane_preview_loader, G_TYPE_OBJECT)

/* The cache */

static void
cached_free (gpointer data)
{
  Cached *cached = data;

  g_object_unref (cached->picture);
  g_free (cached->key);
  g_free (cached);
}

static void
drop (PanePreviewLoader *self, Cached *cached)
{
  g_queue_unlink (&self->by_use, &cached->link);
  self->n_bytes -= pane_preview_picture_get_n_bytes (cached->picture);
  g_hash_table_remove (self->cached, cached->key);
}

static void
keep (PanePreviewLoader *self, const char *key, PanePreviewPicture *picture)
{
  Cached *cached = g_hash_table_lookup (self->cached, key);

  if (cached != NULL)
    drop (self, cached);
  cached = g_new0 (Cached, 1);
  cached->key = g_strdup (key);
  cached->picture = g_object_ref (picture);
  cached->link.data = cached;
  g_hash_table_insert (self->cached, cached->key, cached);
  g_queue_push_head_link (&self->by_use, &cached->link);
  self->n_bytes += pane_preview_picture_get_n_bytes (picture);
  while (self->n_bytes > CACHE_BYTES && self->by_use.length > 1)
    drop (self, g_queue_peek_tail (&self->by_use));
}

static PanePreviewPicture *
look_up (PanePreviewLoader *self, const char *key)
{
  Cached *cached = g_hash_table_lookup (self->cached, key);

  if (cached == NULL)
    return NULL;
  g_queue_unlink (&self->by_use, &cached->link);
  g_queue_push_head_link (&self->by_use, &cached->link);
  return cached->picture;
}

static char *
dup_key (ThawOpenFile *file, const PanePreviewRequest *request)
{
  g_autofree char *uri = g_file_get_uri (thaw_open_file_get_file (file));

  return g_strdup_printf ("%s %dx%d %u %d %d %s",
                          thaw_open_file_get_tag (file),
                          request->width,
                          request->height,
                          request->page,
                          (int) request->kind,
                          request->dark,
                          uri);
}

/**
 * pane_preview_loader_peek:
 * @self: a loader
 * @file: an open file
 * @request: which picture of it
 *
 * Looks into the cache.
 *
 * Returns: (transfer none) (nullable): the picture, if it is there
 */
PanePreviewPicture *
pane_preview_loader_peek (PanePreviewLoader *self,
                          ThawOpenFile *file,
                          const PanePreviewRequest *request)
{
  g_autofree char *key = dup_key (file, request);

  return look_up (self, key);
}

/* Drawing */

typedef struct {
  PanePreviewLoader *loader;
  ThawScope *scope;
  GFile *file;
  ThawOpenFile *open; /* NULL: to be opened */
  PanePreviewRequest request;
  ThawPriority priority;
} Drawing;

static Drawing *
drawing_new (PanePreviewLoader *loader,
             ThawScope *scope,
             const PanePreviewRequest *request,
             ThawPriority priority)
{
  Drawing *drawing = g_atomic_rc_box_new0 (Drawing);

  drawing->loader = g_object_ref (loader);
  drawing->scope = thaw_scope_ref (scope);
  drawing->request = *request;
  drawing->priority = priority;
  return drawing;
}

static void
drawing_clear (gpointer data)
{
  Drawing *drawing = data;

  g_object_unref (drawing->loader);
  thaw_scope_unref (drawing->scope);
  g_clear_object (&drawing->file);
  g_clear_pointer (&drawing->open, thaw_open_file_unref);
}

static void
drawing_release (gpointer data)
{
  g_atomic_rc_box_release_full (data, drawing_clear);
}

static gboolean
draw_lane (ThawJob *job, gpointer data, GError **error)
{
  const Drawing *drawing = data;
  g_autofd int fd = thaw_open_file_dup_fd (drawing->open, job, MAX_COPY_BYTES, error);
  PanePreviewPicture *picture;

  if (fd < 0 || thaw_job_set_error_if_cancelled (job, error))
    return FALSE;
  picture = pane_preview_worker_draw (fd, &drawing->request, job, error);
  if (picture == NULL)
    return FALSE;
  thaw_job_return_object (job, picture);
  return TRUE;
}

static ThawFuture *
draw (Drawing *drawing)
{
  return thaw_lane_run (drawing->loader->lane,
                        drawing->scope,
                        "draw preview",
                        drawing->priority,
                        -1,
                        draw_lane,
                        g_atomic_rc_box_acquire (drawing),
                        drawing_release);
}

static ThawFuture *
resolve (PanePreviewPicture *picture)
{
  ThawFuture *future = thaw_future_new ("preview");

  thaw_future_resolve_object (future, g_object_ref (picture));
  return future;
}

static ThawFuture *
load_fiber (gpointer user_data)
{
  Drawing *drawing = user_data;
  g_autoptr (GError) error = NULL;
  g_autofree char *key = NULL;
  g_autoptr (PanePreviewPicture) drawn = NULL;
  PanePreviewPicture *known;

  if (drawing->open == NULL)
    drawing->open
        = thaw_await_pointer (thaw_file_open (drawing->scope, drawing->file, drawing->priority),
                              &error);
  if (drawing->open == NULL)
    return thaw_future_new_rejected (g_steal_pointer (&error));
  key = dup_key (drawing->open, &drawing->request);
  known = look_up (drawing->loader, key);
  if (known != NULL)
    return resolve (known);
  drawn = thaw_await_pointer (draw (drawing), &error);
  if (drawn == NULL)
    return thaw_future_new_rejected (g_steal_pointer (&error));
  keep (drawing->loader, key, drawn);
  return resolve (drawn);
}

/**
 * pane_preview_loader_load_open:
 * @self: a loader
 * @scope: what it belongs to
 * @file: an open file
 * @request: which picture of it
 * @priority: its class
 *
 * As [method@Pane.PreviewLoader.load], of a file that is open already.
 *
 * Returns: (transfer full): a future that resolves to a [class@Pane.PreviewPicture]
 */
ThawFuture *
pane_preview_loader_load_open (PanePreviewLoader *self,
                               ThawScope *scope,
                               ThawOpenFile *file,
                               const PanePreviewRequest *request,
                               ThawPriority priority)
{
  Drawing *drawing = drawing_new (self, scope, request, priority);

  drawing->open = thaw_open_file_ref (file);
  return thaw_scope_spawn (scope, "preview", load_fiber, drawing, drawing_release);
}

/**
 * pane_preview_loader_load:
 * @self: a loader
 * @scope: what it belongs to
 * @file: a file
 * @request: which picture of it
 * @priority: its class
 *
 * Has a picture of @file drawn, in a process that can do no harm, or takes it from the cache if the
 * file is what it was when that was drawn.
 *
 * - **Thread**: the loop's. The file is opened on its lane.
 * - **Errors**: those of [func@Thaw.file_open]; %G_IO_ERROR_INVALID_DATA if the file is damaged;
 *   %G_IO_ERROR_NOT_SUPPORTED; %G_IO_ERROR_MESSAGE_TOO_LARGE if there are more pixels than a
 * preview is worth; %G_IO_ERROR_PERMISSION_DENIED if it has a password; %G_IO_ERROR_TIMED_OUT after
 * ten seconds; %G_IO_ERROR_BROKEN_PIPE if the process came to an end over it.
 * - **Cancellation**: cancel the future or end @scope. A process that goes on drawing is ended.
 * - **Units**: device pixels.
 *
 * Returns: (transfer full): a future that resolves to a [class@Pane.PreviewPicture]
 */
ThawFuture *
pane_preview_loader_load (PanePreviewLoader *self,
                          ThawScope *scope,
                          GFile *file,
                          const PanePreviewRequest *request,
                          ThawPriority priority)
{
  Drawing *drawing = drawing_new (self, scope, request, priority);

  drawing->file = g_object_ref (file);
  return thaw_scope_spawn (scope, "preview", load_fiber, drawing, drawing_release);
}

static gboolean
warm_up_lane (ThawJob *job, gpointer data, GError **error)
{
  return pane_preview_worker_prepare (job, error);
}

/* Without the program each preview says so. */
static void
warmed_up_cb (ThawFuture *completed, gpointer unused)
{
  thaw_future_get_error (completed);
}

/**
 * pane_preview_loader_warm_up:
 * @self: a loader
 *
 * Starts a process that waits for the first request, so that the first preview doesn't wait for the
 * process. Costs the loop nothing; does nothing when one waits already.
 */
void
pane_preview_loader_warm_up (PanePreviewLoader *self)
{
  g_autoptr (ThawFuture) future = thaw_lane_run (self->lane,
                                                 self->scope,
                                                 "warm up previews",
                                                 THAW_PRIORITY_LOW,
                                                 -1,
                                                 warm_up_lane,
                                                 NULL,
                                                 NULL);

  thaw_future_done (future, self->scope, warmed_up_cb, NULL, NULL);
}

/**
 * pane_preview_loader_get_default:
 *
 * Returns: (transfer none): the loader that all previews share, made when it is asked for first
 */
PanePreviewLoader *
pane_preview_loader_get_default (void)
{
  static PanePreviewLoader *loader;

  if (loader == NULL)
    loader = g_object_new (PANE_TYPE_PREVIEW_LOADER, NULL);
  return loader;
}

static void
pane_preview_loader_finalize (GObject *object)
{
  PanePreviewLoader *self = PANE_PREVIEW_LOADER (object);

  g_hash_table_unref (self->cached);
  thaw_lane_unref (self->lane);
  thaw_scope_unref (self->scope);
  G_OBJECT_CLASS (pane_preview_loader_parent_class)->finalize (object);
}

static void
pane_preview_loader_class_init (PanePreviewLoaderClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = pane_preview_loader_finalize;
}

static void
pane_preview_loader_init (PanePreviewLoader *self)
{
  self->scope = thaw_scope_new_for_owner ("previews", G_OBJECT (self), NULL);
  self->lane = thaw_lane_new_private ("previews", PANE_PREVIEW_N_WORKERS, NULL);
  self->cached = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, cached_free);
}
