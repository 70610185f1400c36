/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The words of an entry's columns. What GLib reads from disk for them (the MIME cache, a type's XML
 * file with its description, the time zone) is read by jobs on the lane of the system's data; until
 * then the words are missing and the loop doesn't wait: ::changed says when to ask again.
 * Everything read is kept for the life of the process: there are a few dozen types in use. Times
 * are sorted into today, yesterday, this year and earlier by borders that are computed once a day,
 * so that formatting touches neither /etc/localtime nor the clock more than needed. Loop's thread
 * only, apart from the jobs' bodies.
 */
#include "pane-details.h"

#include <glib/gi18n-lib.h>
#include <langinfo.h>
#include <string.h>

#define LONGEST_WAIT_SEC (60 * 60)
#define DATA_PATH "/usr/share/mime"
#define DAY_SEC (24 * 60 * 60)

struct _PaneDetails {
  GObject parent_instance;

  ThawScope *scope;
  ThawLane *lane;
  gboolean ready;    /* the content types are in memory */
  GTimeZone *zone;   /* NULL until read */
  gboolean has_ampm; /* the locale's clock has twelve hours */

  GHashTable *types; /* interned content type -> Type, NULL while on its way */
  GPtrArray *wanted; /* interned content types to be read by the next job */
  gboolean reading;
  ThawMailbox *mailbox; /* for one message: changed */

  /* Seconds since 1970 at which yesterday, today, tomorrow and this year begin. */
  gint64 yesterday, today, tomorrow, year;
  guint midnight_id;
};

/* What is read of a content type. */
typedef struct {
  char *description;
  GIcon *icon;
} Type;

enum {
  SIGNAL_CHANGED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (PaneDetails, pane_details, G_TYPE_OBJECT)

static void
emit_changed (gpointer message, gpointer user_data)
{
  g_signal_emit (user_data, signals[SIGNAL_CHANGED], 0);
}

/**
 * pane_details_changed:
 * @self: the details
 *
 * Has [signal@Pane.Details::changed] emitted soon. A dozen icons that arrive together make one.
 */
void
pane_details_changed (PaneDetails *self)
{
  /* Not posted only when the mailbox is closed, and then nobody listens. */
  if (!thaw_mailbox_post_keyed (self->mailbox, self, self))
    return;
}

/* Reading */

static void
type_free (gpointer data)
{
  Type *type = data;

  if (type == NULL)
    return;
  g_free (type->description);
  g_clear_object (&type->icon);
  g_free (type);
}

/* Lane's thread. */
static gboolean
warm_up_lane (ThawJob *job, gpointer unused, GError **error)
{
  thaw_content_type_warm_up ();
  thaw_job_return_pointer (job, g_time_zone_new_local (), (GDestroyNotify) g_time_zone_unref);
  return TRUE;
}

/* Days */

static gint64
start_of_day (GDateTime *day)
{
  g_autoptr (GDateTime) midnight = g_date_time_new (g_date_time_get_timezone (day),
                                                    g_date_time_get_year (day),
                                                    g_date_time_get_month (day),
                                                    g_date_time_get_day_of_month (day),
                                                    0,
                                                    0,
                                                    0);

  return g_date_time_to_unix (midnight);
}

static gint64
start_of_year (GDateTime *day)
{
  g_autoptr (GDateTime) first
      = g_date_time_new (g_date_time_get_timezone (day), g_date_time_get_year (day), 1, 1, 0, 0, 0);

  return g_date_time_to_unix (first);
}

static void
compute_borders (PaneDetails *self, gint64 now_sec)
{
  g_autoptr (GDateTime) utc = g_date_time_new_from_unix_utc (now_sec);
  g_autoptr (GDateTime) now = g_date_time_to_timezone (utc, self->zone);
  g_autoptr (GDateTime) before = g_date_time_add_days (now, -1);
  g_autoptr (GDateTime) after = g_date_time_add_days (now, 1);

  self->yesterday = start_of_day (before);
  self->today = start_of_day (now);
  self->tomorrow = start_of_day (after);
  self->year = start_of_year (now);
}

static void wait_for_midnight (PaneDetails *self);

/* Today's files are yesterday's then. Looked at every hour, because a sleeping computer's timers
 * sleep too. */
static void
midnight_cb (gpointer user_data)
{
  PaneDetails *self = user_data;
  gint64 now_sec = g_get_real_time () / G_USEC_PER_SEC;
  gboolean is_another_day = now_sec >= self->tomorrow || now_sec < self->today;

  if (is_another_day)
    pane_details_changed (self);
  wait_for_midnight (self);
}

static void
wait_for_midnight (PaneDetails *self)
{
  gint64 now_sec = g_get_real_time () / G_USEC_PER_SEC;

  compute_borders (self, now_sec);
  self->midnight_id
      = g_timeout_add_seconds_once ((guint) CLAMP (self->tomorrow - now_sec, 1, LONGEST_WAIT_SEC),
                                    midnight_cb,
                                    self);
}

static void
warmed_up_cb (ThawFuture *completed, gpointer user_data)
{
  PaneDetails *self = user_data;
  GTimeZone *zone = thaw_future_get_pointer (completed, NULL);

  if (zone == NULL)
    return;
  self->ready = TRUE;
  self->zone = g_time_zone_ref (zone);
  wait_for_midnight (self);
  pane_details_changed (self);
}

/* GLib puts the first letter of a description small; as a column's text it begins a line. */
static char *
capitalise (const char *text)
{
  gunichar first = g_utf8_get_char (text);
  char upper[8] = { 0 };

  if (*text == '\0' || !g_unichar_islower (first))
    return g_strdup (text);
  g_unichar_to_utf8 (g_unichar_totitle (first), upper);
  return g_strconcat (upper, g_utf8_next_char (text), NULL);
}

static Type *
read_type (const char *content_type)
{
  g_autofree char *description = g_content_type_get_description (content_type);
  Type *type = g_new0 (Type, 1);

  /* A type without a description says its MIME name rather than nothing. */
  type->description = capitalise (description != NULL ? description : content_type);
  type->icon = g_content_type_get_icon (content_type);
  if (G_IS_THEMED_ICON (type->icon))
    g_themed_icon_append_name (G_THEMED_ICON (type->icon), "text-x-generic");
  return type;
}

/* Lane's thread. Content types are interned: pointers that stay. */
static gboolean
read_types_lane (ThawJob *job, gpointer user_data, GError **error)
{
  GPtrArray *wanted = user_data;
  GPtrArray *types = g_ptr_array_new_with_free_func (type_free);

  for (guint i = 0; i < wanted->len; i++)
    {
      g_ptr_array_add (types, read_type (g_ptr_array_index (wanted, i)));
      thaw_job_beat (job);
    }
  thaw_job_return_pointer (job, types, (GDestroyNotify) g_ptr_array_unref);
  return TRUE;
}

/* One job's worth of types. */
typedef struct {
  PaneDetails *details; /* not owned: the process's one, as old as the process */
  GPtrArray *wanted;
} Batch;

static void
batch_free (gpointer data)
{
  Batch *batch = data;

  g_ptr_array_unref (batch->wanted);
  g_free (batch);
}

static void read_types (PaneDetails *self);

static void
types_read_cb (ThawFuture *completed, gpointer user_data)
{
  Batch *batch = user_data;
  PaneDetails *self = batch->details;
  GPtrArray *types = thaw_future_get_pointer (completed, NULL);

  self->reading = FALSE;
  if (types == NULL)
    return;
  for (guint i = 0; i < batch->wanted->len; i++)
    g_hash_table_insert (self->types,
                         g_ptr_array_index (batch->wanted, i),
                         g_steal_pointer (&g_ptr_array_index (types, i)));
  pane_details_changed (self);
  read_types (self);
}

static void
read_types (PaneDetails *self)
{
  Batch *batch;
  ThawFuture *future;

  if (self->reading || self->wanted->len == 0)
    return;
  self->reading = TRUE;
  batch = g_new0 (Batch, 1);
  batch->details = self;
  batch->wanted = g_steal_pointer (&self->wanted);
  self->wanted = g_ptr_array_new ();
  future = thaw_lane_run (self->lane,
                          self->scope,
                          "describe content types",
                          THAW_PRIORITY_DEFAULT,
                          -1,
                          read_types_lane,
                          g_ptr_array_ref (batch->wanted),
                          (GDestroyNotify) g_ptr_array_unref);
  thaw_future_done (future, self->scope, types_read_cb, batch, batch_free);
  thaw_future_unref (future);
}

static const Type *
get_type (PaneDetails *self, const char *content_type)
{
  gpointer type = NULL;

  if (g_hash_table_lookup_extended (self->types, content_type, NULL, &type) || !self->ready)
    return type;
  g_hash_table_insert (self->types, (gpointer) content_type, NULL);
  g_ptr_array_add (self->wanted, (gpointer) content_type);
  read_types (self);
  return NULL;
}

/* Types */

static const char *
guess_by_kind (ThawEntryStore *store, guint32 id)
{
  if (thaw_entry_store_is_folder (store, id))
    return "inode/directory";
  return "application/octet-stream";
}

/**
 * pane_details_get_content_type:
 * @self: the details
 * @store: a store
 * @id: an entry of it
 *
 * Says what an entry is. Never reads a file: before the MIME cache is in memory only folders are
 * told from files.
 *
 * Returns: (transfer none): a static string
 */
const char *
pane_details_get_content_type (PaneDetails *self, ThawEntryStore *store, guint32 id)
{
  return g_intern_string (self->ready ? thaw_entry_store_get_content_type (store, id)
                                      : guess_by_kind (store, id));
}

/**
 * pane_details_describe_type:
 * @self: the details
 * @content_type: an interned content type
 *
 * Says what a type is called in the user's language.
 *
 * Returns: (transfer none): the description, "" until it is read
 */
const char *
pane_details_describe_type (PaneDetails *self, const char *content_type)
{
  const Type *type = get_type (self, content_type);

  return type != NULL ? type->description : "";
}

/**
 * pane_details_get_icon:
 * @self: the details
 * @content_type: an interned content type
 *
 * Returns: (transfer none) (nullable): the type's icon by name, %NULL until it is read
 */
GIcon *
pane_details_get_icon (PaneDetails *self, const char *content_type)
{
  const Type *type = get_type (self, content_type);

  return type != NULL ? type->icon : NULL;
}

/* Size */

/**
 * pane_details_format_size:
 * @self: the details
 * @store: a store
 * @id: an entry of it
 * @buffer: room for %PANE_DETAIL_SIZE bytes
 *
 * Writes an entry's size, in decimal units. Folders have none.
 *
 * Returns: @buffer
 */
const char *
pane_details_format_size (PaneDetails *self, ThawEntryStore *store, guint32 id, char *buffer)
{
  guint flags = thaw_entry_store_get_flags (store, id);
  g_autofree char *text = NULL;

  *buffer = '\0';
  if (thaw_entry_store_is_folder (store, id) || (flags & THAW_ENTRY_HAS_STAT) == 0)
    {
      if (thaw_entry_store_is_folder (store, id))
        g_strlcpy (buffer, "—", PANE_DETAIL_SIZE);
      return buffer;
    }
  text = g_format_size (thaw_entry_store_get_size (store, id));
  g_strlcpy (buffer, text, PANE_DETAIL_SIZE);
  return buffer;
}

/* Time */

static const char *
choose_format (PaneDetails *self, gint64 time_sec)
{
  if (time_sec >= self->tomorrow)
    /* Translators: strftime, a day of another year: 12 Nov 2024 */
    return C_ ("date", "%-e %b %Y");
  if (time_sec >= self->today)
    /* Translators: strftime, a time today, on a clock of 12 or 24 hours */
    return self->has_ampm ? C_ ("date", "Today %-I:%M %p") : C_ ("date", "Today %H:%M");
  if (time_sec >= self->yesterday)
    return self->has_ampm ? C_ ("date", "Yesterday %-I:%M %p") : C_ ("date", "Yesterday %H:%M");
  if (time_sec >= self->year)
    /* Translators: strftime, a day of this year: 12 Nov */
    return C_ ("date", "%-e %b");
  return C_ ("date", "%-e %b %Y");
}

/**
 * pane_details_format_time:
 * @self: the details
 * @time_sec: seconds since 1970
 * @now_sec: seconds since 1970
 * @buffer: room for %PANE_DETAIL_SIZE bytes
 *
 * Writes a point in time as people say it on the day of @now_sec.
 *
 * Returns: @buffer, "" while the time zone isn't known
 */
const char *
pane_details_format_time (PaneDetails *self, gint64 time_sec, gint64 now_sec, char *buffer)
{
  g_autoptr (GDateTime) utc = NULL;
  g_autoptr (GDateTime) local = NULL;
  g_autofree char *text = NULL;

  *buffer = '\0';
  if (self->zone == NULL)
    return buffer;
  if (now_sec < self->today || now_sec >= self->tomorrow)
    compute_borders (self, now_sec);
  utc = g_date_time_new_from_unix_utc (time_sec);
  if (utc == NULL)
    return buffer;
  local = g_date_time_to_timezone (utc, self->zone);
  text = local != NULL ? g_date_time_format (local, choose_format (self, time_sec)) : NULL;
  if (text != NULL)
    g_strlcpy (buffer, text, PANE_DETAIL_SIZE);
  return buffer;
}

/**
 * pane_details_format_modified:
 * @self: the details
 * @store: a store
 * @id: an entry of it
 * @buffer: room for %PANE_DETAIL_SIZE bytes
 *
 * Writes when an entry was changed last.
 *
 * Returns: @buffer
 */
const char *
pane_details_format_modified (PaneDetails *self, ThawEntryStore *store, guint32 id, char *buffer)
{
  gint64 mtime_sec;

  *buffer = '\0';
  if ((thaw_entry_store_get_flags (store, id) & THAW_ENTRY_HAS_STAT) == 0)
    return buffer;
  mtime_sec = thaw_entry_store_get_mtime (store, id) / G_GINT64_CONSTANT (1000000000);
  return pane_details_format_time (self, mtime_sec, g_get_real_time () / G_USEC_PER_SEC, buffer);
}

/**
 * pane_details_describe_entry:
 * @self: the details
 * @store: a store
 * @id: an entry of it
 *
 * Puts name, type, size and time into one line, for those who hear the row instead of seeing it.
 * What isn't known is left out.
 *
 * Returns: (transfer full): the line
 */
char *
pane_details_describe_entry (PaneDetails *self, ThawEntryStore *store, guint32 id)
{
  g_autofree char *name = thaw_entry_store_dup_display_name (store, id);
  const char *type
      = pane_details_describe_type (self, pane_details_get_content_type (self, store, id));
  char size[PANE_DETAIL_SIZE];
  char modified[PANE_DETAIL_SIZE];
  GString *line = g_string_new (name);

  pane_details_format_size (self, store, id, size);
  pane_details_format_modified (self, store, id, modified);
  if (*type != '\0')
    g_string_append_printf (line, ", %s", type);
  if (*size != '\0' && !thaw_entry_store_is_folder (store, id))
    g_string_append_printf (line, ", %s", size);
  if (*modified != '\0')
    g_string_append_printf (line, ", %s", modified);
  return g_string_free_and_steal (line);
}

/* Object */

/* The default one is never disposed of; this is for leak checkers' peace only. */
static void
pane_details_finalize (GObject *object)
{
  PaneDetails *self = PANE_DETAILS (object);

  g_clear_handle_id (&self->midnight_id, g_source_remove);
  thaw_mailbox_close (self->mailbox);
  thaw_mailbox_unref (self->mailbox);
  thaw_scope_cancel (self->scope);
  g_clear_pointer (&self->scope, thaw_scope_unref);
  g_clear_pointer (&self->lane, thaw_lane_unref);
  g_clear_pointer (&self->zone, g_time_zone_unref);
  g_hash_table_unref (self->types);
  g_ptr_array_unref (self->wanted);
  G_OBJECT_CLASS (pane_details_parent_class)->finalize (object);
}

static void
pane_details_class_init (PaneDetailsClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = pane_details_finalize;

  /**
   * PaneDetails::changed:
   *
   * Something that was missing is known now.
   */
  signals[SIGNAL_CHANGED] = g_signal_new ("changed",
                                          PANE_TYPE_DETAILS,
                                          G_SIGNAL_RUN_LAST,
                                          0,
                                          NULL,
                                          NULL,
                                          g_cclosure_marshal_VOID__VOID,
                                          G_TYPE_NONE,
                                          0);
}

static gboolean
locale_has_ampm (void)
{
  const char *format = nl_langinfo (T_FMT);

  return *nl_langinfo (AM_STR) != '\0'
         && (strstr (format, "%r") != NULL || strstr (format, "%I") != NULL
             || strstr (format, "%l") != NULL || strstr (format, "%p") != NULL);
}

static void
pane_details_init (PaneDetails *self)
{
  ThawFuture *future;

  self->mailbox = thaw_mailbox_new ("entry details",
                                    NULL,
                                    NULL,
                                    THAW_MAILBOX_UNBOUNDED,
                                    emit_changed,
                                    self,
                                    NULL);
  self->scope = thaw_scope_new ("entry details", NULL);
  self->lane = thaw_lane_for_path (DATA_PATH);
  self->has_ampm = locale_has_ampm ();
  self->types = g_hash_table_new_full (NULL, NULL, NULL, type_free);
  self->wanted = g_ptr_array_new ();
  self->today = self->tomorrow = 0;
  future = thaw_lane_run (self->lane,
                          self->scope,
                          "read content types and time zone",
                          THAW_PRIORITY_HIGH,
                          -1,
                          warm_up_lane,
                          NULL,
                          NULL);
  thaw_future_done (future, self->scope, warmed_up_cb, self, NULL);
  thaw_future_unref (future);
}

/**
 * pane_details_get_default:
 *
 * Returns the process's details. The first call starts reading the MIME cache and the time zone:
 * the earlier, the better the first frame.
 *
 * Returns: (transfer none): the details
 */
PaneDetails *
pane_details_get_default (void)
{
  static PaneDetails *details;

  if (details == NULL)
    details = g_object_new (PANE_TYPE_DETAILS, NULL);
  return details;
}

/**
 * pane_details_get_time_zone:
 * @self: the details
 *
 * The time zone that g_date_time_new_now_local() would read files for, each time.
 *
 * - **Thread**: the loop's.
 *
 * Returns: (transfer none): the user's time zone, or UTC while that isn't read yet
 */
GTimeZone *
pane_details_get_time_zone (PaneDetails *self)
{
  static GTimeZone *utc;

  if (self->zone != NULL)
    return self->zone;
  if (utc == NULL)
    utc = g_time_zone_new_utc ();
  return utc;
}

/**
 * pane_details_has_types:
 * @self: the details
 *
 * Returns: whether content types are those of names, and not only of folders and files
 */
gboolean
pane_details_has_types (PaneDetails *self)
{
  g_return_val_if_fail (PANE_IS_DETAILS (self), FALSE);

  return self->ready;
}
