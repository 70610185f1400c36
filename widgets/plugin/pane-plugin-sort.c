/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What folders sort by that only a plugin knows. A folder whose order is by a plugin's column has
 * the plugin asked about each of its entries: a batch at a time, the next one when the last is
 * answered and the loop has nothing else to do. Batches grow as long as the plugin is quick. What
 * is on the screen isn't asked here but by whoever draws it (pane-plugin-data.c), at once, and told
 * to the order too. The folder keeps what comes and is sorted by it off the loop, in steps.
 *
 * An entry that has changed since it was asked about is asked about again: a stamp of its name,
 * size and time tells. When the plugin says that everything is out of date a round that is under
 * way is finished first, so that one that says so all the time still gets to the end. What isn't
 * answered is the plugin's fault, as it is elsewhere: the folder goes by what is known. Loop's
 * thread. */

#include "pane-plugin-private.h"

#include <math.h>

#define FIRST_BATCH 64
#define LEAST_BATCH 16
#define MOST_BATCH 1024
#define QUICK_USEC 30000  /* the next batch may be larger */
#define SLOW_USEC 150000  /* it has to be smaller */
#define LOOK_AT_ONCE 4096 /* entries that needn't be asked about, in a turn */
#define AGAIN_MSEC 500    /* after no answer came */
#define PATIENCE_MSEC 250 /* what is asked within this time shows no sign of it */

typedef struct {
  ThawFolder *folder;    /* not owned: this goes with it */
  ThawEntryStore *store; /* owned: what ids are of; NULL: there is nothing to ask */
  PanePluginItem *item;  /* owned; NULL with it */
  GArray *stamps;        /* guint32 by id: of what was asked about */
  GArray *again;         /* guint32: ids to look at before @next */
  guint32 next;          /* the first that hasn't been looked at in this round */
  gboolean is_stale;     /* another round is to follow */
  guint batch, step, patience;
  GArray *asked_ids; /* of the batch that is asked about; NULL: none */
  guint64 asked;
  gint64 asked_usec, asked_real_nsec;
  gboolean is_busy;
} Sort;

static GPtrArray *sorts; /* of Sort, not owned */

static gboolean step_cb (gpointer user_data); /* asks again when it is answered */

static GQuark
get_quark (void)
{
  static GQuark quark;

  if (quark == 0)
    quark = g_quark_from_static_string ("pane-plugin-sort");
  return quark;
}

static void
set_busy (Sort *self, gboolean is_busy)
{
  g_clear_handle_id (&self->patience, g_source_remove);
  if (self->is_busy == is_busy)
    return;
  self->is_busy = is_busy;
  pane_plugin_data_tell (pane_plugin_data_get_default ());
}

static void
patience_cb (gpointer user_data)
{
  Sort *self = user_data;

  self->patience = 0;
  set_busy (self, TRUE);
}

static gboolean
has_all (Sort *self)
{
  return self->asked_ids == NULL && self->again->len == 0 && !self->is_stale
         && self->next >= thaw_entry_store_get_n (self->store);
}

static void
schedule (Sort *self, guint msec)
{
  if (self->step != 0 || self->asked_ids != NULL)
    return;
  self->step = msec == 0 ? g_idle_add_full (G_PRIORITY_LOW, step_cb, self, NULL)
                         : g_timeout_add_full (G_PRIORITY_LOW, msec, step_cb, self, NULL);
  if (!self->is_busy && self->patience == 0)
    self->patience = g_timeout_add_once (PATIENCE_MSEC, patience_cb, self);
}

/* Stamps: half of it is the name's, half of it the details'; 0 for either is that of what isn't
 * known. */

static guint32
get_stamp (Sort *self, guint32 id)
{
  guint32 name = g_str_hash (thaw_entry_store_get_name (self->store, id));
  guint64 details = 0;

  if ((thaw_entry_store_get_flags (self->store, id) & THAW_ENTRY_HAS_STAT) != 0)
    details = (guint64) thaw_entry_store_get_mtime (self->store, id) * 31
              + thaw_entry_store_get_size (self->store, id);
  details ^= details >> 32;
  details ^= details >> 16;
  if ((thaw_entry_store_get_flags (self->store, id) & THAW_ENTRY_HAS_STAT) != 0)
    details = (details & 0xffff) != 0 ? details : 1;
  return ((name ^ name >> 16) << 16 | 0x10000) | (guint32) (details & 0xffff);
}

static guint32 *
find_stamp (Sort *self, guint32 id)
{
  if (id >= self->stamps->len)
    g_array_set_size (self->stamps, id + 1);
  return &g_array_index (self->stamps, guint32, id);
}

/* Details that turn up are no change, unless they are younger than the question. */
static gboolean
has_changed (Sort *self, guint32 id, guint32 before, guint32 now)
{
  if (before == now)
    return FALSE;
  if ((before & 0xffff) != 0 || (before & ~0xffffu) != (now & ~0xffffu))
    return TRUE;
  return thaw_entry_store_get_mtime (self->store, id) >= self->asked_real_nsec;
}

/* Whether it is to be asked about; if so that is noted. */
static gboolean
take (Sort *self, guint32 id)
{
  guint32 *stamp = find_stamp (self, id), before = *stamp;

  if ((thaw_entry_store_get_flags (self->store, id) & THAW_ENTRY_GONE) != 0)
    return FALSE;
  *stamp = get_stamp (self, id);
  return has_changed (self, id, before, *stamp);
}

/* Asking */

static GHashTable *
index_answers (const PanePluginAnswer *const *answers)
{
  GHashTable *by_name = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint i = 0; answers != NULL && answers[i] != NULL; i++)
    if (answers[i]->name != NULL)
      g_hash_table_insert (by_name, answers[i]->name, (gpointer) answers[i]);
  return by_name;
}

static void
tell_folder (PanePluginItem *item,
             ThawFolder *folder,
             ThawEntryStore *store,
             const GArray *ids,
             const PanePluginAnswer *const *answers)
{
  g_autoptr (GHashTable) by_name = index_answers (answers);
  g_autoptr (GArray) keys = g_array_sized_new (FALSE, FALSE, sizeof (ThawSortKey), ids->len);

  for (guint i = 0; i < ids->len; i++)
    {
      ThawSortKey key = { g_array_index (ids, guint32, i), NULL, NAN };
      const PanePluginAnswer *answer
          = g_hash_table_lookup (by_name, thaw_entry_store_get_name (store, key.id));

      if (answer != NULL)
        {
          key.text = answer->text;
          key.number = answer->sort_key;
        }
      g_array_append_val (keys, key);
    }
  thaw_folder_set_sort_keys (folder,
                             pane_plugin_item_get_id (item),
                             (const ThawSortKey *) (gpointer) keys->data,
                             keys->len);
}

/* Not asked about yet, all of them. */
static void
ask_later (Sort *self, const GArray *ids)
{
  for (guint i = 0; i < ids->len; i++)
    *find_stamp (self, g_array_index (ids, guint32, i)) = 0;
  g_array_append_vals (self->again, ids->data, ids->len);
}

static void
fit_batch (Sort *self, gboolean answered)
{
  gint64 usec = g_get_monotonic_time () - self->asked_usec;

  if (!answered)
    self->batch = LEAST_BATCH;
  else if (usec < QUICK_USEC)
    self->batch = MIN (self->batch * 2, MOST_BATCH);
  else if (usec > SLOW_USEC)
    self->batch = MAX (self->batch / 2, LEAST_BATCH);
}

static void
answered_cb (PanePluginItem *item,
             const PanePluginAnswer *const *answers,
             const char *error,
             gpointer user_data)
{
  Sort *self = user_data;
  g_autoptr (GArray) ids = g_steal_pointer (&self->asked_ids);

  fit_batch (self, answers != NULL);
  if (answers == NULL)
    ask_later (self, ids);
  else if (error == NULL)
    tell_folder (item, self->folder, self->store, ids, answers);
  schedule (self, answers != NULL ? 0 : AGAIN_MSEC);
}

static void
ask (Sort *self, GArray *ids)
{
  g_autoptr (GPtrArray) names = g_ptr_array_sized_new (ids->len + 1);

  for (guint i = 0; i < ids->len; i++)
    g_ptr_array_add (
        names,
        (gpointer) thaw_entry_store_get_name (self->store, g_array_index (ids, guint32, i)));
  g_ptr_array_add (names, NULL);
  self->asked_ids = g_array_ref (ids);
  self->asked_usec = g_get_monotonic_time ();
  self->asked_real_nsec = g_get_real_time () * 1000;
  self->asked = pane_plugin_item_ask (self->item,
                                      thaw_folder_get_location (self->folder),
                                      (const char *const *) names->pdata,
                                      answered_cb,
                                      self,
                                      NULL);
}

/* What is next, as far as a turn gets. */
static GArray *
collect (Sort *self)
{
  GArray *ids = g_array_new (FALSE, FALSE, sizeof (guint32));
  guint32 n = thaw_entry_store_get_n (self->store);
  guint looked = 0;

  for (; ids->len < self->batch && looked < LOOK_AT_ONCE && self->again->len > 0; looked++)
    {
      guint32 id = g_array_index (self->again, guint32, self->again->len - 1);

      g_array_set_size (self->again, self->again->len - 1);
      if (id < n && take (self, id))
        g_array_append_val (ids, id);
    }
  for (; ids->len < self->batch && looked < LOOK_AT_ONCE && self->next < n; looked++)
    {
      guint32 id = self->next++;

      if (take (self, id))
        g_array_append_val (ids, id);
    }
  return ids;
}

/* The stamps of what was asked about count no more. */
static void
begin_round (Sort *self)
{
  self->is_stale = FALSE;
  self->next = 0;
  g_array_set_size (self->again, 0);
  g_array_set_size (self->stamps, 0);
}

static gboolean
step_cb (gpointer user_data)
{
  Sort *self = user_data;
  g_autoptr (GArray) ids = NULL;

  self->step = 0;
  if (self->again->len == 0 && self->next >= thaw_entry_store_get_n (self->store) && self->is_stale)
    begin_round (self);
  ids = collect (self);
  if (ids->len > 0)
    ask (self, ids);
  else if (has_all (self))
    set_busy (self, FALSE);
  else
    schedule (self, 0);
  return G_SOURCE_REMOVE;
}

/* Folders */

static void
stop (Sort *self)
{
  if (self->asked_ids != NULL)
    pane_plugin_item_cancel (self->item, self->asked);
  g_clear_pointer (&self->asked_ids, g_array_unref);
  g_clear_handle_id (&self->step, g_source_remove);
  g_clear_pointer (&self->item, pane_plugin_item_unref);
  g_clear_pointer (&self->store, thaw_entry_store_unref);
  begin_round (self);
  set_busy (self, FALSE);
  self->batch = FIRST_BATCH;
}

static void
sort_free (gpointer data)
{
  Sort *self = data;

  stop (self);
  g_ptr_array_remove_fast (sorts, self);
  g_array_unref (self->stamps);
  g_array_unref (self->again);
  g_free (self);
}

static void
entries_changed_cb (Sort *self, gconstpointer ids, guint n_ids)
{
  if (self->store == NULL || self->store != thaw_folder_get_store (self->folder))
    return;
  if (ids == NULL)
    self->next = 0;
  else
    g_array_append_vals (self->again, ids, n_ids);
  schedule (self, 0);
}

static void
order_changed_cb (Sort *self)
{
  if (self->store != NULL && !has_all (self))
    schedule (self, 0);
}

static Sort *
sort_new (ThawFolder *folder)
{
  Sort *self = g_new0 (Sort, 1);

  self->folder = folder;
  self->batch = FIRST_BATCH;
  self->stamps = g_array_new (FALSE, TRUE, sizeof (guint32));
  self->again = g_array_new (FALSE, FALSE, sizeof (guint32));
  g_ptr_array_add (sorts, self);
  g_signal_connect_swapped (folder, "entries-changed", G_CALLBACK (entries_changed_cb), self);
  g_signal_connect_swapped (folder, "order-changed", G_CALLBACK (order_changed_cb), self);
  g_object_set_qdata_full (G_OBJECT (folder), get_quark (), self, sort_free);
  return self;
}

/* NULL: it isn't sorted by what a plugin says, or by one that isn't there. */
static PanePluginItem *
get_wanted (ThawFolder *folder)
{
  const ThawOrderSpec *spec = thaw_folder_get_spec (folder);

  return spec->column == THAW_SORT_ATTRIBUTE
             ? pane_plugin_registry_find (pane_plugin_registry_get_default (),
                                          PANE_PLUGIN_COLUMN,
                                          spec->attribute)
             : NULL;
}

static void
update (Sort *self)
{
  PanePluginItem *item = get_wanted (self->folder);
  ThawEntryStore *store = item != NULL ? thaw_folder_get_store (self->folder) : NULL;

  if (self->store == store && (store == NULL || self->item == item))
    return;
  stop (self);
  if (store == NULL)
    return;
  self->store = thaw_entry_store_ref (store);
  self->item = pane_plugin_item_ref (item);
  schedule (self, 0);
}

static gboolean
keys_wanted_cb (GSignalInvocationHint *hint G_GNUC_UNUSED,
                guint n_values G_GNUC_UNUSED,
                const GValue *values,
                gpointer user_data G_GNUC_UNUSED)
{
  ThawFolder *folder = g_value_get_object (&values[0]);
  Sort *self = g_object_get_qdata (G_OBJECT (folder), get_quark ());

  if (self == NULL && thaw_folder_get_spec (folder)->column == THAW_SORT_ATTRIBUTE)
    self = sort_new (folder);
  if (self != NULL)
    {
      /* What it knew is gone, also when it comes back to the same column. */
      stop (self);
      update (self);
    }
  return TRUE;
}

static void
registry_changed_cb (PanePluginRegistry *registry G_GNUC_UNUSED, guint kind)
{
  for (guint i = 0; kind == PANE_PLUGIN_COLUMN && i < sorts->len; i++)
    update (g_ptr_array_index (sorts, i));
}

static void
data_changed_cb (PanePluginRegistry *registry G_GNUC_UNUSED, PanePluginHost *host, GFile *location)
{
  for (guint i = 0; i < sorts->len; i++)
    {
      Sort *self = g_ptr_array_index (sorts, i);

      if (self->item == NULL || self->item->host != host
          || (location != NULL
              && !g_file_equal (thaw_folder_get_location (self->folder), location)))
        continue;
      self->is_stale = TRUE;
      schedule (self, 0);
    }
}

void
pane_plugin_sort_start (void)
{
  PanePluginRegistry *registry = pane_plugin_registry_get_default ();

  if (sorts != NULL)
    return;
  sorts = g_ptr_array_new ();
  g_type_ensure (THAW_TYPE_FOLDER);
  g_type_class_unref (g_type_class_ref (THAW_TYPE_FOLDER));
  g_signal_add_emission_hook (g_signal_lookup ("sort-keys-wanted", THAW_TYPE_FOLDER),
                              0,
                              keys_wanted_cb,
                              NULL,
                              NULL);
  g_signal_connect (registry, "changed", G_CALLBACK (registry_changed_cb), NULL);
  g_signal_connect (registry, "data-changed", G_CALLBACK (data_changed_cb), NULL);
}

void
pane_plugin_sort_feed (PanePluginItem *item,
                       ThawFolder *folder,
                       const GArray *ids,
                       const PanePluginAnswer *const *answers)
{
  Sort *self = g_object_get_qdata (G_OBJECT (folder), get_quark ());

  if (self != NULL && self->item == item && self->store == thaw_folder_get_store (folder))
    tell_folder (item, folder, self->store, ids, answers);
}

/**
 * pane_plugin_data_get_asked:
 * @folder: a folder
 *
 * Tells how much of what the folder sorts by a plugin has been asked for, if it is a plugin's
 * column and that takes long enough to be noticed. When that begins and ends
 * [signal@Pane.PluginData::changed] is emitted.
 *
 * Returns: 0 to 1; -1 if there is nothing left to ask for
 */
double
pane_plugin_data_get_asked (ThawFolder *folder)
{
  Sort *self = g_object_get_qdata (G_OBJECT (folder), get_quark ());
  guint32 n = self != NULL && self->store != NULL ? thaw_entry_store_get_n (self->store) : 0;

  if (n == 0 || !self->is_busy)
    return -1;
  return (double) MIN (self->next, n) / n;
}
