/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who asked for which thumbnail, and whose turn it is. Each thumbnail on its way is a wish: a fiber
 * that looks it up and, if there is none, waits for its turn to have one made; no more programs run
 * than there are processors. Those who ask for the same one share its wish; when the last of them
 * has lost interest it is unwound, and its program killed with it: who awaits a future that nobody
 * else awaits cancels it. Loop's thread only; everything that touches a disk is in
 * thaw-thumbnail-task.c. */

#include "thaw-thumbnail-private.h"

#include "thaw-future-private.h"
#include "thaw-timing.h"

#include <string.h>

#define MAX_LOOKS 4 /* at a file that goes on being changed */

typedef enum { WISH_LOOKING, WISH_WAITING, WISH_MAKING } WishState;

typedef struct {
  ThawThumbnailer *owner; /* not owned: its scope ends with it */
  char *key;
  ThawThumbnailTask *task;
  ThawThumbnailFlags flags;
  ThawPriority priority;
  WishState state;
  GList link;         /* while it waits */
  ThawFuture *turn;   /* owned; the same */
  ThawFuture *future; /* of the fiber; owned */
  gboolean is_over;
} Wish;

struct _ThawThumbnailer {
  GObject parent_instance;

  ThawScope *scope;
  ThawLane *cache_lane, *making_lane;
  char *cache_folder;
  char **data_folders; /* nullable */
  char **disabled;     /* nullable */
  goffset max_file_bytes;
  guint limit;
  ThawFuture *ready;         /* resolves when @tools are read; owned */
  ThawThumbnailTools *tools; /* NULL until then */
  GHashTable *handled;       /* content type, by address -> whether */
  GHashTable *wishes;        /* key -> Wish */
  GQueue waiting[THAW_N_PRIORITIES];
  ThawThumbnailerStats stats;
};

G_DEFINE_FINAL_TYPE (ThawThumbnailer, thaw_thumbnailer, G_TYPE_OBJECT)

enum { CHANGED, N_SIGNALS };
static guint signals[N_SIGNALS];

static void
thaw_thumbnailer_dispose (GObject *object)
{
  ThawThumbnailer *self = THAW_THUMBNAILER (object);

  thaw_scope_cancel (self->scope);
  G_OBJECT_CLASS (thaw_thumbnailer_parent_class)->dispose (object);
}

static void
thaw_thumbnailer_finalize (GObject *object)
{
  ThawThumbnailer *self = THAW_THUMBNAILER (object);

  g_clear_pointer (&self->ready, thaw_future_unref);
  g_clear_pointer (&self->tools, thaw_thumbnail_tools_unref);
  thaw_scope_unref (self->scope);
  thaw_lane_unref (self->cache_lane);
  thaw_lane_unref (self->making_lane);
  g_hash_table_unref (self->handled);
  g_hash_table_unref (self->wishes);
  g_free (self->cache_folder);
  g_strfreev (self->data_folders);
  g_strfreev (self->disabled);
  G_OBJECT_CLASS (thaw_thumbnailer_parent_class)->finalize (object);
}

static void
thaw_thumbnailer_class_init (ThawThumbnailerClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = thaw_thumbnailer_dispose;
  object_class->finalize = thaw_thumbnailer_finalize;

  /**
   * ThawThumbnailer::changed:
   * @self: the thumbnailer
   *
   * What [method@Thaw.Thumbnailer.handles] says has changed.
   */
  signals[CHANGED] = g_signal_new ("changed",
                                   G_TYPE_FROM_CLASS (klass),
                                   G_SIGNAL_RUN_LAST,
                                   0,
                                   NULL,
                                   NULL,
                                   NULL,
                                   G_TYPE_NONE,
                                   0);
}

static void
thaw_thumbnailer_init (ThawThumbnailer *self)
{
  self->scope = thaw_scope_new ("thumbnails", NULL);
  self->handled = g_hash_table_new (NULL, NULL);
  self->wishes = g_hash_table_new (g_str_hash, g_str_equal);
  self->max_file_bytes = THAW_THUMBNAIL_MAX_FILE_BYTES;
  self->limit = g_get_num_processors ();
}

/* What is installed */

static gboolean
read_tools_lane (ThawJob *job, gpointer data_folders, GError **error)
{
  thaw_job_return_pointer (job,
                           thaw_thumbnail_tools_read (data_folders),
                           (GDestroyNotify) thaw_thumbnail_tools_unref);
  return TRUE;
}

static void
tools_changed (ThawThumbnailer *self)
{
  g_hash_table_remove_all (self->handled);
  g_signal_emit (self, signals[CHANGED], 0);
}

static ThawFuture *
read_tools_fiber (gpointer thumbnailer)
{
  ThawThumbnailer *self = thumbnailer;
  ThawFuture *reading = thaw_lane_run (self->making_lane,
                                       self->scope,
                                       "read thumbnailers",
                                       THAW_PRIORITY_DEFAULT,
                                       -1,
                                       read_tools_lane,
                                       g_strdupv (self->data_folders),
                                       (GDestroyNotify) g_strfreev);
  ThawThumbnailTools *tools = thaw_await_pointer (reading, NULL);

  if (tools != NULL)
    {
      self->tools = tools;
      tools_changed (self);
    }
  return thaw_future_new_resolved ();
}

/* The first question costs the reading of a few small files; a program that shows no thumbnails
 * doesn't pay for it. */
static void
prepare (ThawThumbnailer *self)
{
  if (self->ready != NULL)
    return;
  self->ready = thaw_scope_spawn (self->scope, "read thumbnailers", read_tools_fiber, self, NULL);
  thaw_future_set_shared (self->ready);
}

static gboolean
is_disabled (ThawThumbnailer *self, const char *content_type)
{
  for (char **type = self->disabled; type != NULL && *type != NULL; type++)
    if (g_str_equal (*type, content_type)
        || (g_str_has_suffix (*type, "/") && g_str_has_prefix (content_type, *type)))
      return TRUE;
  return FALSE;
}

static const ThawThumbnailTool *
find_tool (ThawThumbnailer *self, const char *content_type)
{
  if (self->tools == NULL || is_disabled (self, content_type))
    return NULL;
  return thaw_thumbnail_tools_find (self->tools, content_type);
}

/**
 * thaw_thumbnailer_handles:
 * @self: a thumbnailer
 * @content_type: a content type, interned or static
 *
 * Tells whether a program is installed, and not switched off, that makes thumbnails of such files.
 * None is as long as that isn't known; [signal@Thaw.Thumbnailer::changed] says when to ask again.
 *
 * Returns: whether there is
 */
gboolean
thaw_thumbnailer_handles (ThawThumbnailer *self, const char *content_type)
{
  gpointer known;

  g_return_val_if_fail (THAW_IS_THUMBNAILER (self), FALSE);
  g_return_val_if_fail (content_type != NULL, FALSE);

  if (g_hash_table_lookup_extended (self->handled, content_type, NULL, &known))
    return GPOINTER_TO_INT (known);
  prepare (self);
  if (self->tools == NULL)
    return FALSE;
  known = GINT_TO_POINTER (find_tool (self, content_type) != NULL);
  g_hash_table_insert (self->handled, (gpointer) content_type, known);
  return GPOINTER_TO_INT (known);
}

/**
 * thaw_thumbnailer_set_disabled:
 * @self: a thumbnailer
 * @content_types: (nullable) (array zero-terminated=1): content types, "video/" for all of a kind
 *
 * Sets of which files no thumbnails are made.
 */
void
thaw_thumbnailer_set_disabled (ThawThumbnailer *self, const char *const *content_types)
{
  g_return_if_fail (THAW_IS_THUMBNAILER (self));

  if (self->disabled != NULL && content_types != NULL
      && g_strv_equal ((const char *const *) self->disabled, content_types))
    return;
  g_strfreev (self->disabled);
  self->disabled = g_strdupv ((char **) content_types);
  tools_changed (self);
}

/**
 * thaw_thumbnailer_set_max_file_bytes:
 * @self: a thumbnailer
 * @max_bytes: the length of the longest file
 *
 * Sets how long a file may be of which a thumbnail is made; the default is
 * %THAW_THUMBNAIL_MAX_FILE_BYTES.
 */
void
thaw_thumbnailer_set_max_file_bytes (ThawThumbnailer *self, goffset max_bytes)
{
  g_return_if_fail (THAW_IS_THUMBNAILER (self));

  self->max_file_bytes = max_bytes;
}

/* Whose turn it is */

static void
give_turns (ThawThumbnailer *self)
{
  for (guint i = 0; i < THAW_N_PRIORITIES; i++)
    while (self->stats.n_making < self->limit && self->waiting[i].length > 0)
      {
        Wish *wish = g_queue_pop_head_link (&self->waiting[i])->data;

        wish->state = WISH_MAKING;
        self->stats.n_waiting--;
        self->stats.n_making++;
        thaw_future_resolve (wish->turn);
      }
}

static gboolean
await_turn (Wish *self, GError **error)
{
  ThawThumbnailer *owner = self->owner;

  self->state = WISH_WAITING;
  self->turn = thaw_future_new ("turn to make a thumbnail");
  g_queue_push_tail_link (&owner->waiting[self->priority], &self->link);
  owner->stats.n_waiting++;
  give_turns (owner);
  return thaw_await (thaw_future_ref (self->turn), error);
}

/* Leaves the queue, or lets the next one have its turn. */
static void
end_turn (Wish *self)
{
  ThawThumbnailer *owner = self->owner;
  WishState state = self->state;

  self->state = WISH_LOOKING;
  g_clear_pointer (&self->turn, thaw_future_unref);
  if (state == WISH_WAITING)
    {
      g_queue_unlink (&owner->waiting[self->priority], &self->link);
      owner->stats.n_waiting--;
    }
  else if (state == WISH_MAKING)
    {
      owner->stats.n_making--;
      give_turns (owner);
    }
}

static void
set_priority (Wish *self, ThawPriority priority)
{
  if (self->state == WISH_WAITING && priority != self->priority)
    {
      g_queue_unlink (&self->owner->waiting[self->priority], &self->link);
      g_queue_push_tail_link (&self->owner->waiting[priority], &self->link);
    }
  self->priority = priority;
}

/**
 * thaw_thumbnailer_set_limit:
 * @self: a thumbnailer
 * @n_at_once: how many, at least 1
 *
 * Sets how many thumbnails are made at once; as many as there are processors otherwise.
 */
void
thaw_thumbnailer_set_limit (ThawThumbnailer *self, guint n_at_once)
{
  g_return_if_fail (THAW_IS_THUMBNAILER (self) && n_at_once > 0);

  self->limit = n_at_once;
  give_turns (self);
}

/* One thumbnail */

static void
wish_free (gpointer data)
{
  Wish *self = data;
  ThawThumbnailer *owner = self->owner;

  end_turn (self);
  if (!self->is_over)
    owner->stats.n_withdrawn++;
  owner->stats.n_asked--;
  if (g_hash_table_lookup (owner->wishes, self->key) == self)
    g_hash_table_remove (owner->wishes, self->key);
  thaw_thumbnail_task_unref (self->task);
  thaw_future_unref (self->future);
  g_free (self->key);
  g_free (self);
}

static gboolean
refuse (Wish *self, GError **error, int code, const char *why)
{
  g_set_error (error, G_IO_ERROR, code, "%s: %s", self->task->original.uri, why);
  return FALSE;
}

/* A thumbnail of a thumbnail would be in the cache, where the view of the cache would show it … */
static gboolean
is_thumbnail (Wish *self)
{
  const char *path = g_file_peek_path (self->task->file);
  gsize length = strlen (self->owner->cache_folder);

  return path != NULL && strncmp (path, self->owner->cache_folder, length) == 0
         && path[length] == '/';
}

static gboolean
is_near (Wish *self)
{
  g_autoptr (ThawLane) lane = thaw_lane_for_file (self->task->file);

  return thaw_lane_get_kind (lane) == THAW_MOUNT_LOCAL
         || (self->flags & THAW_THUMBNAIL_REMOTE) != 0;
}

static GBytes *
look_up (Wish *self, GError **error)
{
  ThawFuture *looking = thaw_thumbnail_task_look_up (self->task,
                                                     self->owner->cache_lane,
                                                     self->owner->scope,
                                                     self->priority);

  return thaw_await_pointer (looking, error);
}

static gboolean
look_at_file (Wish *self, gboolean opens, GError **error)
{
  if (!is_near (self))
    return refuse (self, error, G_IO_ERROR_NOT_SUPPORTED, "it isn't on this machine");
  return thaw_await (
      thaw_thumbnail_task_stat (self->task, self->owner->scope, self->priority, opens),
      error);
}

/* NULL without an error: it is to be made. */
static GBytes *
find (Wish *self, GError **error)
{
  ThawThumbnailTask *task = self->task;
  GBytes *png;

  if (task->original.mtime_sec == THAW_THUMBNAIL_UNKNOWN_TIME && !look_at_file (self, FALSE, error))
    return NULL;
  png = look_up (self, error);
  if (png == NULL && *error == NULL && task->state == THAW_THUMBNAIL_FAILED
      && (self->flags & THAW_THUMBNAIL_AGAIN) == 0)
    refuse (self, error, G_IO_ERROR_FAILED, "no thumbnail could be made of it before");
  self->owner->stats.n_found += png != NULL;
  return png;
}

static gboolean
may_make (Wish *self, GError **error)
{
  if ((self->flags & THAW_THUMBNAIL_CACHED_ONLY) != 0)
    return refuse (self, error, G_IO_ERROR_NOT_FOUND, "there is no thumbnail of it");
  if (is_thumbnail (self))
    return refuse (self, error, G_IO_ERROR_NOT_SUPPORTED, "it is a thumbnail itself");
  if (!thaw_await (thaw_future_ref (self->owner->ready), error))
    return FALSE;
  self->task->tool = find_tool (self->owner, self->task->original.content_type);
  if (self->task->tool == NULL)
    return refuse (self, error, G_IO_ERROR_NOT_SUPPORTED, "no program makes thumbnails of it");
  self->task->tools = thaw_thumbnail_tools_ref (self->owner->tools);
  return TRUE;
}

/* How long ago it was changed isn't long enough by so much. */
static gint64
get_unrest_usec (Wish *self)
{
  gint64 age_usec = g_get_real_time () - self->task->changed_usec;

  return ABS (age_usec) < THAW_THUMBNAIL_SETTLED_USEC ? THAW_THUMBNAIL_SETTLED_USEC - age_usec : 0;
}

/* The file is as it was said to be, or there is a thumbnail of what it is. */
static GBytes *
find_changed (Wish *self, gint64 known_sec, GError **error)
{
  return self->task->original.mtime_sec != known_sec ? find (self, error) : NULL;
}

static GBytes *
make (Wish *self, GError **error)
{
  ThawFuture *making = thaw_thumbnail_task_make (self->task,
                                                 self->owner->making_lane,
                                                 self->owner->scope,
                                                 self->priority);

  GBytes *png = thaw_await_pointer (making, error);

  self->owner->stats.n_made += png != NULL;
  return png;
}

/* One turn. @unrest_usec (out): the file has to be left alone first, for so long. */
static GBytes *
make_in_turn (Wish *self, gint64 *unrest_usec, GError **error)
{
  gint64 known_sec = self->task->original.mtime_sec;
  GBytes *png = NULL;

  *unrest_usec = 0;
  if (await_turn (self, error) && look_at_file (self, TRUE, error))
    {
      png = find_changed (self, known_sec, error);
      *unrest_usec = get_unrest_usec (self);
      if (png == NULL && *error == NULL && *unrest_usec == 0)
        png = make (self, error);
      /* After an error a job may still be at it: the last one closes it then. */
      if (*error == NULL)
        thaw_thumbnail_task_close (self->task);
    }
  end_turn (self);
  return png;
}

static GBytes *
make_when_settled (Wish *self, GError **error)
{
  gint64 unrest_usec = 0;

  for (guint i = 0; i < MAX_LOOKS; i++)
    {
      GBytes *png = make_in_turn (self, &unrest_usec, error);

      if (png != NULL || *error != NULL)
        return png;
      if (!thaw_await (thaw_delay (unrest_usec), error))
        return NULL;
    }
  refuse (self, error, G_IO_ERROR_BUSY, "it goes on being changed");
  return NULL;
}

static ThawFuture *
new_result (GBytes *png)
{
  ThawFuture *future = thaw_future_new ("thumbnail");
  GValue value = G_VALUE_INIT;

  g_value_init (&value, G_TYPE_BYTES);
  g_value_take_boxed (&value, png);
  thaw_future_resolve_value (future, &value);
  g_value_unset (&value);
  return future;
}

static ThawFuture *
wish_fiber (gpointer user_data)
{
  Wish *self = user_data;
  GError *error = NULL;
  GBytes *png = find (self, &error);

  if (png == NULL && error == NULL && may_make (self, &error))
    png = make_when_settled (self, &error);
  self->owner->stats.n_failed += g_error_matches (error, G_IO_ERROR, G_IO_ERROR_FAILED);
  self->is_over = !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  return png != NULL ? new_result (png) : thaw_future_new_rejected (error);
}

static char *
make_key (const char *uri, ThawThumbnailSize size)
{
  return g_strdup_printf ("%d %s", size, uri);
}

static Wish *
wish_new (ThawThumbnailer *owner, ThawThumbnailTask *task, ThawThumbnailFlags flags)
{
  Wish *self = g_new0 (Wish, 1);

  self->owner = owner;
  self->key = make_key (task->original.uri, task->size);
  self->task = task;
  self->flags = flags;
  self->link.data = self;
  owner->stats.n_asked++;
  /* With its key: the one of a wish that it stands in front of goes with that one. */
  g_hash_table_replace (owner->wishes, self->key, self);
  return self;
}

/* Those who ask */

typedef struct {
  ThawFuture *future; /* owned, until it is awaited */
} Interest;

static void
interest_free (gpointer data)
{
  Interest *self = data;

  /* Lost before it was looked at. */
  if (self->future != NULL)
    thaw_future_abandon (self->future,
                         &(GError){ G_IO_ERROR, G_IO_ERROR_CANCELLED, (char *) "Cancelled" });
  g_free (self);
}

static ThawFuture *
interest_fiber (gpointer user_data)
{
  Interest *self = user_data;
  GError *error = NULL;
  GBytes *png = thaw_await_pointer (g_steal_pointer (&self->future), &error);

  return png != NULL ? new_result (png) : thaw_future_new_rejected (error);
}

static ThawFuture *
join (Wish *wish, ThawScope *scope)
{
  Interest *interest = g_new (Interest, 1);

  interest->future = thaw_future_ref (wish->future);
  return thaw_scope_spawn (scope, "thumbnail", interest_fiber, interest, interest_free);
}

/* Only what can be shared: what one asks for must not be withheld from another by its flags. */
static Wish *
find_wish (ThawThumbnailer *self, ThawThumbnailTask *task, ThawThumbnailFlags flags)
{
  g_autofree char *key = make_key (task->original.uri, task->size);
  Wish *wish = g_hash_table_lookup (self->wishes, key);

  return wish != NULL && wish->flags == flags
                 && thaw_future_get_state (wish->future) == THAW_FUTURE_PENDING
             ? wish
             : NULL;
}

/**
 * thaw_thumbnailer_load:
 * @self: a thumbnailer
 * @scope: what it belongs to
 * @file: a file
 * @content_type: its type, interned or static
 * @mtime_sec: when it was changed, in seconds since 1970, or %THAW_THUMBNAIL_UNKNOWN_TIME
 * @size: pixels of the longer side at most
 * @flags: flags
 * @priority: its class; in each it is first come, first served
 *
 * Loads the thumbnail of @file from the cache, or has one made. One that is in the cache costs no
 * look at @file if @mtime_sec is known.
 *
 * It is made by a program in a sandbox, of the lowest class of processor and disk time, when nobody
 * has changed @file for three seconds. What can't be made is marked, and not tried again until
 * @file is changed.
 *
 * - **Thread**: the loop's.
 * - **Errors**: %G_IO_ERROR_NOT_SUPPORTED if none will be made, %G_IO_ERROR_FAILED if none can be
 * made, %G_IO_ERROR_NOT_FOUND with %THAW_THUMBNAIL_CACHED_ONLY, %G_IO_ERROR_BUSY if @file goes on
 * being changed; those of opening @file.
 * - **Cancellation**: cancel the future or end @scope; a program at work is killed, unless somebody
 * else waits for the same thumbnail.
 *
 * Returns: (transfer full): a future that resolves to a [struct@GLib.Bytes], a PNG
 */
ThawFuture *
thaw_thumbnailer_load (ThawThumbnailer *self,
                       ThawScope *scope,
                       GFile *file,
                       const char *content_type,
                       gint64 mtime_sec,
                       ThawThumbnailSize size,
                       ThawThumbnailFlags flags,
                       ThawPriority priority)
{
  ThawThumbnailTask *task;
  Wish *wish;

  g_return_val_if_fail (THAW_IS_THUMBNAILER (self), NULL);
  g_return_val_if_fail (scope != NULL && G_IS_FILE (file) && content_type != NULL, NULL);

  prepare (self);
  task = thaw_thumbnail_task_new (self->cache_folder, file);
  task->size = size;
  task->original.mtime_sec = mtime_sec;
  task->original.content_type = content_type;
  task->max_file_bytes = self->max_file_bytes;
  wish = find_wish (self, task, flags);
  if (wish != NULL)
    {
      thaw_thumbnail_task_unref (task);
      set_priority (wish, MIN (wish->priority, priority));
      return join (wish, scope);
    }
  wish = wish_new (self, task, flags);
  wish->priority = priority;
  wish->future = thaw_scope_spawn (self->scope, "find thumbnail", wish_fiber, wish, wish_free);
  return join (wish, scope);
}

/**
 * thaw_thumbnailer_set_priority:
 * @self: a thumbnailer
 * @file: a file of which a thumbnail was asked for
 * @size: in which size
 * @priority: its new class
 *
 * Puts what waits for its turn into another class, for everybody who waits for it.
 *
 * Returns: whether it waited
 */
gboolean
thaw_thumbnailer_set_priority (ThawThumbnailer *self,
                               GFile *file,
                               ThawThumbnailSize size,
                               ThawPriority priority)
{
  g_autofree char *uri = NULL, *key = NULL;
  Wish *wish;

  g_return_val_if_fail (THAW_IS_THUMBNAILER (self) && G_IS_FILE (file), FALSE);

  uri = g_file_get_uri (file);
  key = make_key (uri, size);
  wish = g_hash_table_lookup (self->wishes, key);
  if (wish == NULL || wish->state == WISH_MAKING)
    return FALSE;
  set_priority (wish, priority);
  return TRUE;
}

/**
 * thaw_thumbnailer_get_stats:
 * @self: a thumbnailer
 * @stats: (out): what it has done
 *
 * For tests and for showing.
 */
void
thaw_thumbnailer_get_stats (ThawThumbnailer *self, ThawThumbnailerStats *stats)
{
  g_return_if_fail (THAW_IS_THUMBNAILER (self) && stats != NULL);

  *stats = self->stats;
}

/**
 * thaw_thumbnailer_new:
 * @cache_folder: (nullable) (type filename): an absolute path, or %NULL for the user's cache
 * @data_folders: (nullable) (array zero-terminated=1): where thumbnailers are installed, or %NULL
 * for everywhere that the system says
 *
 * Makes a thumbnailer with a cache or programs of its own. Everybody else calls
 * [func@Thaw.Thumbnailer.get_default].
 *
 * Returns: (transfer full): a thumbnailer
 */
ThawThumbnailer *
thaw_thumbnailer_new (const char *cache_folder, const char *const *data_folders)
{
  ThawThumbnailer *self = g_object_new (THAW_TYPE_THUMBNAILER, NULL);

  self->cache_folder = cache_folder != NULL
                           ? g_strdup (cache_folder)
                           : g_build_filename (g_get_user_cache_dir (), "thumbnails", NULL);
  self->data_folders = g_strdupv ((char **) data_folders);
  self->cache_lane = thaw_lane_for_path (self->cache_folder);
  self->making_lane = thaw_lane_new_private ("thumbnails", MAX (g_get_num_processors (), 2), NULL);
  return self;
}

/**
 * thaw_thumbnailer_get_default:
 *
 * Returns: (transfer none): the process's thumbnailer, with the user's cache
 */
ThawThumbnailer *
thaw_thumbnailer_get_default (void)
{
  static ThawThumbnailer *thumbnailer;

  if (thumbnailer == NULL)
    thumbnailer = thaw_thumbnailer_new (NULL, NULL);
  return thumbnailer;
}
