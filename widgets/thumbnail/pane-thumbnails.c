/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who wants which thumbnail. A widget asks while it is drawn; what isn't there is queued, loaded
 * (from the shared cache first: that is quick, and goes a few at a time; then made, which may take
 * its turn), made into a texture on the pool of computing threads, and the widgets that want it are
 * drawn again. A widget that shows another entry wants the old one no more, nor does one that was
 * scrolled away: what nobody wants is withdrawn, so what is in sight never waits for what isn't.
 * Loop's thread only. */

#include "pane-details.h"
#include "pane-thumbnail-private.h"

#define N_LOADING 16
#define SWEEP_MS 100
#define FRAMED_SIZE 32 /* smaller ones have no room for a frame */

struct _PaneThumbnails {
  GObject parent_instance;

  ThawThumbnailer *thumbnailer;
  ThawScope *scope;
  PaneThumbnailStore store;
  GHashTable *wanted; /* GtkWidget -> PaneThumbnail */
  GQueue queue;       /* first come, first served: all of it is in sight */
  guint n_loading;    /* from the cache */
  guint n_under_way;
  guint sweep_id;
  PaneThumbnailsStats stats;
};

G_DEFINE_FINAL_TYPE (PaneThumbnails, pane_thumbnails, G_TYPE_OBJECT)

/* One on its way. */
struct _PaneThumbnailLoading {
  PaneThumbnails *owner; /* not owned: its scope ends with it */
  PaneThumbnail *item;   /* NULL: nobody wants it any more */
  gboolean counts;       /* among those from the cache */
};
typedef PaneThumbnailLoading Loading;

static void start_queued (PaneThumbnails *self);

/* Wanting */

static void
stop_loading (PaneThumbnails *self, PaneThumbnail *item)
{
  if (item->state == PANE_THUMBNAIL_QUEUED)
    g_queue_unlink (&self->queue, &item->queue_link);
  item->state = PANE_THUMBNAIL_UNKNOWN;
  g_clear_object (&item->file);
  self->stats.n_withdrawn++;
  if (item->loading != NULL)
    item->loading->item = NULL;
  item->loading = NULL;
  if (item->future != NULL)
    {
      g_autoptr (ThawFuture) future = g_steal_pointer (&item->future);

      thaw_future_cancel (future);
    }
}

/* The last one that wanted it takes it with it. */
static void
drop_want (PaneThumbnails *self, GtkWidget *widget, PaneThumbnail *item)
{
  g_ptr_array_remove_fast (item->widgets, widget);
  if (item->widgets->len == 0
      && (item->state == PANE_THUMBNAIL_QUEUED || item->state == PANE_THUMBNAIL_LOADING))
    stop_loading (self, item);
}

static void
widget_gone (gpointer user_data, GObject *widget)
{
  PaneThumbnails *self = user_data;
  PaneThumbnail *item = g_hash_table_lookup (self->wanted, widget);

  g_hash_table_remove (self->wanted, widget);
  drop_want (self, (GtkWidget *) widget, item);
}

/**
 * pane_thumbnails_forget:
 * @self: thumbnails
 * @widget: a widget that has looked one up
 *
 * Says that @widget shows no thumbnail any more.
 */
void
pane_thumbnails_forget (PaneThumbnails *self, GtkWidget *widget)
{
  PaneThumbnail *item;

  g_return_if_fail (PANE_IS_THUMBNAILS (self));

  item = g_hash_table_lookup (self->wanted, widget);
  if (item == NULL)
    return;
  g_hash_table_remove (self->wanted, widget);
  g_object_weak_unref (G_OBJECT (widget), widget_gone, self);
  drop_want (self, widget, item);
}

static gboolean
is_in_sight (GtkWidget *widget)
{
  GtkWidget *around;
  graphene_rect_t bounds, seen;

  if (!gtk_widget_get_mapped (widget))
    return FALSE;
  around = gtk_widget_get_ancestor (widget, GTK_TYPE_SCROLLED_WINDOW);
  if (around == NULL)
    return TRUE;
  if (!gtk_widget_compute_bounds (widget, around, &bounds))
    return FALSE;
  graphene_rect_init (&seen,
                      0,
                      0,
                      (float) gtk_widget_get_width (around),
                      (float) gtk_widget_get_height (around));
  return graphene_rect_intersection (&bounds, &seen, NULL);
}

/* Nobody tells a widget that it was scrolled away. It is drawn anew when it is seen again, and then
 * asks again: GTK would else keep what it had drawn. */
static gboolean
sweep_cb (gpointer user_data)
{
  PaneThumbnails *self = user_data;
  g_autoptr (GPtrArray) widgets = g_hash_table_get_keys_as_ptr_array (self->wanted);

  for (guint i = 0; i < widgets->len; i++)
    {
      GtkWidget *widget = g_ptr_array_index (widgets, i);

      if (is_in_sight (widget))
        continue;
      pane_thumbnails_forget (self, widget);
      gtk_widget_queue_draw (widget);
    }
  start_queued (self);
  if (g_hash_table_size (self->wanted) > 0)
    return G_SOURCE_CONTINUE;
  self->sweep_id = 0;
  return G_SOURCE_REMOVE;
}

static void
want (PaneThumbnails *self, GtkWidget *widget, PaneThumbnail *item)
{
  if (g_hash_table_lookup (self->wanted, widget) == item)
    return;
  pane_thumbnails_forget (self, widget);
  g_hash_table_insert (self->wanted, widget, item);
  g_object_weak_ref (G_OBJECT (widget), widget_gone, self);
  g_ptr_array_add (item->widgets, widget);
  if (self->sweep_id == 0)
    self->sweep_id = g_timeout_add (SWEEP_MS, sweep_cb, self);
}

/* Loading */

static void
finish (PaneThumbnails *self, PaneThumbnail *item, PaneThumbnailState state)
{
  g_autoptr (GPtrArray) widgets = g_ptr_array_copy (item->widgets, NULL, NULL);

  item->state = state;
  item->loading = NULL;
  g_clear_object (&item->file);
  g_clear_pointer (&item->future, thaw_future_unref);
  for (guint i = 0; i < widgets->len; i++)
    {
      GtkWidget *widget = g_ptr_array_index (widgets, i);

      pane_thumbnails_forget (self, widget);
      if (state == PANE_THUMBNAIL_THERE)
        gtk_widget_queue_draw (widget);
    }
}

typedef struct {
  GBytes *png;
  int pixels, frame;
} Decoding;

static void
decoding_free (gpointer data)
{
  Decoding *decoding = data;

  g_bytes_unref (decoding->png);
  g_free (decoding);
}

/* A computing thread. */
static gboolean
decode_job (ThawJob *job, gpointer user_data, GError **error)
{
  const Decoding *decoding = user_data;
  GdkTexture *texture
      = pane_thumbnail_decode (decoding->png, decoding->pixels, decoding->frame, error);

  if (texture == NULL)
    return FALSE;
  thaw_job_return_object (job, texture);
  return TRUE;
}

static void
loading_stop_counting (Loading *self)
{
  if (!self->counts)
    return;
  self->counts = FALSE;
  self->owner->n_loading--;
  start_queued (self->owner);
}

static void
loading_free (gpointer data)
{
  Loading *self = data;

  self->owner->n_under_way--;
  loading_stop_counting (self);
  g_free (self);
}

static GBytes *
load (const Loading *self, ThawThumbnailFlags flags, ThawPriority priority, GError **error)
{
  const PaneThumbnail *item = self->item;
  ThawThumbnailSize size = thaw_thumbnail_size_for_pixels ((guint) item->pixels);

  return thaw_await_pointer (thaw_thumbnailer_load (self->owner->thumbnailer,
                                                    self->owner->scope,
                                                    item->file,
                                                    item->content_type,
                                                    item->mtime_sec,
                                                    size,
                                                    flags,
                                                    priority),
                             error);
}

/* What is made takes its turn among those that are made, and doesn't keep others from being read.
 */
static GBytes *
load_or_make (Loading *self, GError **error)
{
  GBytes *png = load (self, THAW_THUMBNAIL_CACHED_ONLY, THAW_PRIORITY_DEFAULT, error);

  if (self->item == NULL || !g_error_matches (*error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND))
    return png;
  g_clear_error (error);
  loading_stop_counting (self);
  return load (self, 0, THAW_PRIORITY_LOW, error);
}

static GdkTexture *
decode (Loading *self, GBytes *png, GError **error)
{
  Decoding *decoding = g_new (Decoding, 1);

  decoding->png = png;
  decoding->pixels = self->item->pixels;
  decoding->frame = self->item->frame;
  return thaw_await_pointer (thaw_scope_compute (self->owner->scope,
                                                 "decode thumbnail",
                                                 THAW_PRIORITY_DEFAULT,
                                                 decode_job,
                                                 decoding,
                                                 decoding_free),
                             error);
}

/* Whether it is worth asking again when it is drawn the next time: a server may answer by then. */
static gboolean
may_pass (const GError *error)
{
  return error != NULL
         && (error->domain != G_IO_ERROR || error->code == G_IO_ERROR_BUSY
             || error->code == G_IO_ERROR_NOT_FOUND);
}

static ThawFuture *
load_fiber (gpointer user_data)
{
  Loading *self = user_data;
  PaneThumbnails *owner = self->owner;
  g_autoptr (GError) error = NULL;
  GBytes *png = load_or_make (self, &error);
  g_autoptr (GdkTexture) texture = NULL;
  PaneThumbnail *item;

  if (png != NULL && self->item != NULL)
    texture = decode (self, png, &error);
  else
    g_clear_pointer (&png, g_bytes_unref);
  item = self->item;
  if (item == NULL)
    return thaw_future_new_resolved ();
  owner->stats.n_loaded += texture != NULL;
  owner->stats.n_failed += texture == NULL;
  finish (owner,
          item,
          texture != NULL    ? PANE_THUMBNAIL_THERE
          : may_pass (error) ? PANE_THUMBNAIL_UNKNOWN
                             : PANE_THUMBNAIL_FAILED);
  pane_thumbnail_store_set_texture (&owner->store, item, texture);
  return thaw_future_new_resolved ();
}

static void
start (PaneThumbnails *self, PaneThumbnail *item)
{
  Loading *loading = g_new (Loading, 1);

  loading->owner = self;
  loading->item = item;
  loading->counts = TRUE;
  self->n_loading++;
  self->n_under_way++;
  item->state = PANE_THUMBNAIL_LOADING;
  item->loading = loading;
  item->future
      = thaw_scope_spawn (self->scope, "load thumbnail", load_fiber, loading, loading_free);
}

static void
start_queued (PaneThumbnails *self)
{
  while (self->n_loading < N_LOADING && self->queue.length > 0
         && !thaw_scope_is_cancelled (self->scope))
    start (self, g_queue_pop_head_link (&self->queue)->data);
}

/* Looking up */

/* The name is a folder's, or a type's of which there are none; a file that can't be looked at has
 * none either. */
static gboolean
may_have_one (PaneThumbnails *self, ThawEntryStore *store, guint32 id, const char **content_type)
{
  guint flags = thaw_entry_store_get_flags (store, id);
  ThawEntryKind kind = thaw_entry_store_get_kind (store, id);

  if ((kind != THAW_ENTRY_FILE && kind != THAW_ENTRY_SYMLINK)
      || (flags & (THAW_ENTRY_TO_FOLDER | THAW_ENTRY_BROKEN | THAW_ENTRY_GONE)) != 0
      || (flags & THAW_ENTRY_HAS_STAT) == 0)
    return FALSE;
  *content_type = pane_details_get_content_type (pane_details_get_default (), store, id);
  return *content_type != NULL && thaw_thumbnailer_handles (self->thumbnailer, *content_type);
}

/* There, or not to be had. */
static gboolean
is_known (PaneThumbnail *item, ThawEntryStore *store, guint32 id)
{
  return (item->state == PANE_THUMBNAIL_THERE || item->state == PANE_THUMBNAIL_FAILED)
         && item->mtime_nsec == thaw_entry_store_get_mtime (store, id);
}

static void
queue (PaneThumbnails *self,
       PaneThumbnail *item,
       ThawEntryStore *store,
       guint32 id,
       GFile *folder,
       const char *content_type)
{
  gboolean is_link = thaw_entry_store_get_kind (store, id) == THAW_ENTRY_SYMLINK;

  if (item->state == PANE_THUMBNAIL_QUEUED || item->state == PANE_THUMBNAIL_LOADING)
    stop_loading (self, item);
  item->mtime_nsec = thaw_entry_store_get_mtime (store, id);
  item->mtime_sec = is_link ? THAW_THUMBNAIL_UNKNOWN_TIME : item->mtime_nsec / 1000000000;
  item->content_type = content_type;
  g_set_object (&item->file, NULL);
  item->file = thaw_entry_store_dup_file (store, id, folder);
  item->state = PANE_THUMBNAIL_QUEUED;
  g_queue_push_tail_link (&self->queue, &item->queue_link);
}

static void
ask (PaneThumbnails *self,
     GtkWidget *widget,
     PaneThumbnail *item,
     ThawEntryStore *store,
     guint32 id,
     GFile *folder,
     const char *content_type)
{
  gboolean under_way
      = item->state == PANE_THUMBNAIL_QUEUED || item->state == PANE_THUMBNAIL_LOADING;

  if (!under_way || item->mtime_nsec != thaw_entry_store_get_mtime (store, id))
    queue (self, item, store, id, folder, content_type);
  want (self, widget, item);
  start_queued (self);
}

static PaneThumbnail *
find_or_add (PaneThumbnails *self, const PaneThumbnailKey *key)
{
  PaneThumbnail *item = pane_thumbnail_store_find (&self->store, key);

  if (item == NULL)
    return pane_thumbnail_store_add (&self->store, key);
  pane_thumbnail_store_used (&self->store, item);
  return item;
}

static GdkTexture *
look_up (PaneThumbnails *self,
         GtkWidget *widget,
         PaneFolderModel *model,
         guint32 id,
         int pixels,
         int frame)
{
  ThawEntryStore *store = pane_folder_model_get_store (model);
  ThawFolder *folder = pane_folder_model_get_folder (model);
  const char *content_type = NULL;
  PaneThumbnailKey key = { .pixels = pixels, .frame = frame };
  PaneThumbnail *item;

  if (store == NULL || folder == NULL || id == THAW_NO_ENTRY
      || !may_have_one (self, store, id, &content_type))
    {
      pane_thumbnails_forget (self, widget);
      return NULL;
    }
  key.folder = thaw_entry_store_get_folder (store, id, thaw_folder_get_location (folder));
  key.name = thaw_entry_store_get_name (store, id);
  item = find_or_add (self, &key);
  if (!is_known (item, store, id) && is_in_sight (widget))
    ask (self, widget, item, store, id, key.folder, content_type);
  else
    pane_thumbnails_forget (self, widget);
  return item->texture;
}

/**
 * pane_thumbnails_lookup:
 * @self: thumbnails
 * @widget: the widget that is being drawn
 * @model: the model
 * @id: an entry of it
 * @size: in application pixels
 * @scale: device pixels in each
 *
 * Finds the thumbnail of an entry: the longer of its sides has at most @size times @scale pixels.
 * One that isn't there is asked for as long as @widget is in sight and looks up no other, and then
 * @widget is drawn again; one that comes into sight has to be drawn again to be noticed, as it is
 * in a list. While a new one of a changed file is on its way the old one is shown.
 *
 * Returns: (transfer none) (nullable): the thumbnail
 */
GdkPaintable *
pane_thumbnails_lookup (PaneThumbnails *self,
                        GtkWidget *widget,
                        PaneFolderModel *model,
                        guint32 id,
                        int size,
                        int scale)
{
  g_return_val_if_fail (PANE_IS_THUMBNAILS (self) && GTK_IS_WIDGET (widget), NULL);
  g_return_val_if_fail (PANE_IS_FOLDER_MODEL (model), NULL);

  return (GdkPaintable *) look_up (self, widget, model, id, size * scale, 0);
}

static float
snap (double value, int scale)
{
  return (float) (floor (value * scale + .5) / scale);
}

/* In the middle of the square, on whole device pixels. A frame's margin may be outside of it. */
static void
draw (GtkSnapshot *snapshot, GdkTexture *texture, double x, double y, double size, int scale)
{
  double width = (double) gdk_texture_get_width (texture) / scale;
  double height = (double) gdk_texture_get_height (texture) / scale;
  const graphene_rect_t bounds = GRAPHENE_RECT_INIT (snap (x + (size - width) / 2, scale),
                                                     snap (y + (size - height) / 2, scale),
                                                     (float) width,
                                                     (float) height);

  gtk_snapshot_append_texture (snapshot, texture, &bounds);
}

/**
 * pane_thumbnails_snapshot:
 * @self: thumbnails
 * @widget: the widget that is being drawn
 * @snapshot: the snapshot
 * @model: the model
 * @id: an entry of it
 * @x: left edge
 * @y: top edge
 * @size: width and height
 *
 * Draws the thumbnail of an entry, if there is one; see [method@Pane.Thumbnails.lookup]. All but
 * small ones have a frame.
 *
 * Returns: whether there is
 */
gboolean
pane_thumbnails_snapshot (PaneThumbnails *self,
                          GtkWidget *widget,
                          GtkSnapshot *snapshot,
                          PaneFolderModel *model,
                          guint32 id,
                          double x,
                          double y,
                          int size)
{
  int scale = gtk_widget_get_scale_factor (widget);
  GdkTexture *texture;

  g_return_val_if_fail (PANE_IS_THUMBNAILS (self) && GTK_IS_WIDGET (widget), FALSE);
  g_return_val_if_fail (PANE_IS_FOLDER_MODEL (model), FALSE);

  texture = look_up (self, widget, model, id, size * scale, size >= FRAMED_SIZE ? scale : 0);
  if (texture == NULL)
    return FALSE;
  draw (snapshot, texture, x, y, size, scale);
  return TRUE;
}

/**
 * pane_thumbnails_set_max_bytes:
 * @self: thumbnails
 * @max_bytes: of pixels
 *
 * Sets how much memory textures may take; %PANE_THUMBNAILS_MAX_BYTES otherwise. The least used go
 * first.
 */
void
pane_thumbnails_set_max_bytes (PaneThumbnails *self, gsize max_bytes)
{
  g_return_if_fail (PANE_IS_THUMBNAILS (self));

  self->store.max_bytes = max_bytes;
  pane_thumbnail_store_trim (&self->store);
}

/**
 * pane_thumbnails_get_stats:
 * @self: thumbnails
 * @stats: (out): what there is
 *
 * For tests and for showing.
 */
void
pane_thumbnails_get_stats (PaneThumbnails *self, PaneThumbnailsStats *stats)
{
  g_return_if_fail (PANE_IS_THUMBNAILS (self) && stats != NULL);

  *stats = self->stats;
  stats->n_bytes = self->store.n_bytes;
  stats->n_items = self->store.used.length;
  stats->n_textures = self->store.n_textures;
  stats->n_evicted = self->store.n_evicted;
  stats->n_wanted = g_hash_table_size (self->wanted);
  stats->n_queued = self->queue.length;
  stats->n_loading = self->n_under_way;
}

static void
pane_thumbnails_dispose (GObject *object)
{
  PaneThumbnails *self = PANE_THUMBNAILS (object);
  g_autoptr (GPtrArray) widgets = g_hash_table_get_keys_as_ptr_array (self->wanted);

  for (guint i = 0; i < widgets->len; i++)
    pane_thumbnails_forget (self, g_ptr_array_index (widgets, i));
  g_clear_handle_id (&self->sweep_id, g_source_remove);
  thaw_scope_cancel (self->scope);
  G_OBJECT_CLASS (pane_thumbnails_parent_class)->dispose (object);
}

static void
pane_thumbnails_finalize (GObject *object)
{
  PaneThumbnails *self = PANE_THUMBNAILS (object);

  pane_thumbnail_store_clear (&self->store);
  g_hash_table_unref (self->wanted);
  thaw_scope_unref (self->scope);
  g_object_unref (self->thumbnailer);
  G_OBJECT_CLASS (pane_thumbnails_parent_class)->finalize (object);
}

static void
pane_thumbnails_class_init (PaneThumbnailsClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = pane_thumbnails_dispose;
  G_OBJECT_CLASS (klass)->finalize = pane_thumbnails_finalize;
}

static void
pane_thumbnails_init (PaneThumbnails *self)
{
  self->scope = thaw_scope_new ("thumbnails", NULL);
  self->wanted = g_hash_table_new (NULL, NULL);
  pane_thumbnail_store_init (&self->store);
}

/* Types of which there are thumbnails, all of a sudden. */
static void
handled_changed_cb (PaneThumbnails *self)
{
  pane_details_changed (pane_details_get_default ());
}

/**
 * pane_thumbnails_new:
 * @thumbnailer: where they come from
 *
 * Makes thumbnails of their own. Everybody else calls [func@Pane.Thumbnails.get_default].
 *
 * Returns: (transfer full): thumbnails
 */
PaneThumbnails *
pane_thumbnails_new (ThawThumbnailer *thumbnailer)
{
  PaneThumbnails *self = g_object_new (PANE_TYPE_THUMBNAILS, NULL);

  self->thumbnailer = g_object_ref (thumbnailer);
  g_signal_connect_object (thumbnailer,
                           "changed",
                           G_CALLBACK (handled_changed_cb),
                           self,
                           G_CONNECT_SWAPPED);
  return self;
}

/**
 * pane_thumbnails_get_default:
 *
 * Returns: (transfer none): those of the process. Textures belong to no display.
 */
PaneThumbnails *
pane_thumbnails_get_default (void)
{
  static PaneThumbnails *thumbnails;

  if (thumbnails == NULL)
    thumbnails = pane_thumbnails_new (thaw_thumbnailer_get_default ());
  return thumbnails;
}
