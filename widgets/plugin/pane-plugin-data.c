/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What plugins say of entries. Whoever draws an entry looks here, and gets what is known at once;
 * what isn't is noted, and all that was noted in a frame is asked in batches when the frame is
 * over. So only what is drawn is ever asked for. What is out of date is shown until the new answer
 * is there. The tables are of a folder, the model's or one that is expanded in it, and go with it;
 * they hold as many entries as somebody scrolls past, not as there are. Loop's thread. */

#include "pane-plugin-private.h"

#define MAX_BATCH 256
#define MAX_VALUES 20000 /* of a table; then it begins anew */
#define ASK_MSEC 4
#define TELL_MSEC 16
#define SETTLE_MSEC                                                                                \
  250 /* a folder that changes is asked about when it has come to rest for so long */

struct _PanePluginData {
  GObject parent_instance;

  GPtrArray *folders; /* of Folder, not owned */
  guint generation;   /* counts what makes answers out of date */
  gboolean has_badges, has_columns, has_labels;
  guint ask_timer, tell_timer;
};

typedef struct {
  char *text, *icon_name;
  guint generation; /* that it was asked in */
} Value;

#define THE_FOLDER (THAW_NO_ENTRY - 1) /* what a label is kept for */

typedef struct {
  PanePluginItem *item; /* owned */
  guint generation;     /* what is older is asked again */
  GHashTable *values;   /* id -> Value */
  GArray *wanted;       /* guint32 */
} Table;

typedef struct {
  PanePluginData *data;
  PaneFolderModel *model; /* not owned: it owns this */
  ThawEntryStore *store;  /* owned: what the ids are of */
  ThawFolder *folder;     /* not owned: this goes with it */
  guint settle_timer;
  GPtrArray *tables; /* of Table */
} Folder;

G_DEFINE_FINAL_TYPE (PanePluginData, pane_plugin_data, G_TYPE_OBJECT)

static guint changed_signal;

static void
value_free (gpointer data)
{
  Value *self = data;

  g_free (self->text);
  g_free (self->icon_name);
  g_free (self);
}

static void
table_free (gpointer data)
{
  Table *self = data;

  pane_plugin_item_unref (self->item);
  g_hash_table_unref (self->values);
  g_array_unref (self->wanted);
  g_free (self);
}

static void
tell_cb (gpointer user_data)
{
  PanePluginData *self = user_data;

  self->tell_timer = 0;
  g_signal_emit (self, changed_signal, 0);
}

void
pane_plugin_data_tell (PanePluginData *self)
{
  if (self->tell_timer == 0)
    self->tell_timer = g_timeout_add_once (TELL_MSEC, tell_cb, self);
}

/* Folders */

static void folder_gone_cb (gpointer data, GObject *gone); /* frees what clear_folder() clears */

static void
clear_folder (Folder *self)
{
  g_clear_handle_id (&self->settle_timer, g_source_remove);
  if (self->folder != NULL)
    {
      g_signal_handlers_disconnect_by_data (self->folder, self);
      g_object_weak_unref (G_OBJECT (self->folder), folder_gone_cb, self);
    }
  self->folder = NULL;
  g_clear_pointer (&self->store, thaw_entry_store_unref);
  g_ptr_array_set_size (self->tables, 0);
}

static void
folder_free (gpointer data)
{
  Folder *self = data;

  clear_folder (self);
  g_ptr_array_remove (self->data->folders, self);
  g_ptr_array_unref (self->tables);
  g_free (self);
}

static void
settled_cb (gpointer user_data)
{
  Folder *self = user_data;

  self->settle_timer = 0;
  self->data->generation++;
  for (guint i = 0; i < self->tables->len; i++)
    ((Table *) g_ptr_array_index (self->tables, i))->generation = self->data->generation;
  pane_plugin_data_tell (self->data);
}

/* While it is being read there is nothing to be out of date. */
static void
folder_changed_cb (Folder *self)
{
  if (self->settle_timer == 0 && self->tables->len > 0)
    self->settle_timer = g_timeout_add_once (SETTLE_MSEC, settled_cb, self);
}

static GQuark
get_quark (void)
{
  static GQuark quark;

  if (quark == 0)
    quark = g_quark_from_static_string ("pane-plugin-data");
  return quark;
}

/* The tab has gone elsewhere, or it was collapsed. */
static void
folder_gone_cb (gpointer data, GObject *gone)
{
  Folder *self = data;

  self->folder = NULL;
  g_ptr_array_remove_fast (g_object_get_qdata (G_OBJECT (self->model), get_quark ()), self);
}

static void
set_store (Folder *self, ThawFolder *folder, ThawEntryStore *store)
{
  clear_folder (self);
  self->store = thaw_entry_store_ref (store);
  self->folder = folder;
  g_object_weak_ref (G_OBJECT (folder), folder_gone_cb, self);
  g_signal_connect_swapped (folder, "entries-changed", G_CALLBACK (folder_changed_cb), self);
  g_signal_connect_swapped (folder, "order-changed", G_CALLBACK (folder_changed_cb), self);
}

/* Those that are known of a model, of Folder. */
static GPtrArray *
get_folders (PaneFolderModel *model)
{
  GPtrArray *folders = g_object_get_qdata (G_OBJECT (model), get_quark ());

  if (folders != NULL)
    return folders;
  folders = g_ptr_array_new_with_free_func (folder_free);
  g_object_set_qdata_full (G_OBJECT (model),
                           get_quark (),
                           folders,
                           (GDestroyNotify) g_ptr_array_unref);
  return folders;
}

static Folder *
folder_new (PanePluginData *data, PaneFolderModel *model)
{
  Folder *self = g_new0 (Folder, 1);

  self->data = data;
  self->model = model;
  self->tables = g_ptr_array_new_with_free_func (table_free);
  g_ptr_array_add (data->folders, self);
  g_ptr_array_add (get_folders (model), self);
  return self;
}

/* What the model's own folder and those that are expanded in it say are kept apart. */
static Folder *
get_folder (PanePluginData *self, PaneFolderModel *model, ThawFolder *folder, ThawEntryStore *store)
{
  GPtrArray *folders = get_folders (model);
  Folder *found = NULL;

  for (guint i = 0; i < folders->len && found == NULL; i++)
    if (((Folder *) g_ptr_array_index (folders, i))->folder == folder)
      found = g_ptr_array_index (folders, i);
  if (found == NULL)
    found = folder_new (self, model);
  if (found->store != store)
    set_store (found, folder, store);
  return found;
}

/* NULL: the model shows nothing that has a place. */
static Folder *
get_own_folder (PanePluginData *self, PaneFolderModel *model)
{
  ThawEntryStore *store = pane_folder_model_get_store (model);
  ThawFolder *folder = pane_folder_model_get_folder (model);

  return store != NULL && folder != NULL ? get_folder (self, model, folder, store) : NULL;
}

/* The folder that an entry is in, which knows it by another id if that is expanded. NULL: it is no
 * entry. */
static Folder *
get_folder_of (PanePluginData *self, PaneFolderModel *model, guint32 id, guint32 *own_id)
{
  ThawEntryStore *store = pane_folder_model_get_store (model);
  ThawBranch *branch;
  ThawFolder *folder;

  *own_id = id;
  if (id < THAW_MAX_ENTRIES)
    return get_own_folder (self, model);
  if (store == NULL || !THAW_IS_BRANCH_ID (id))
    return NULL;
  folder = pane_folder_model_find_folder (model, id, NULL);
  branch = thaw_entry_store_get_branch (store, id, own_id);
  if (folder == NULL || branch == NULL)
    return NULL;
  return get_folder (self, model, folder, thaw_branch_get_store (branch));
}

static Folder *
find_folder_with (PaneFolderModel *model, ThawEntryStore *store)
{
  GPtrArray *folders = get_folders (model);

  for (guint i = 0; i < folders->len; i++)
    if (((Folder *) g_ptr_array_index (folders, i))->store == store)
      return g_ptr_array_index (folders, i);
  return NULL;
}

static Table *
get_table (Folder *self, PanePluginItem *item)
{
  Table *table;

  for (guint i = 0; i < self->tables->len; i++)
    {
      table = g_ptr_array_index (self->tables, i);
      if (table->item == item)
        return table;
    }
  table = g_new0 (Table, 1);
  table->item = pane_plugin_item_ref (item);
  table->values = g_hash_table_new_full (NULL, NULL, NULL, value_free);
  table->wanted = g_array_new (FALSE, FALSE, sizeof (guint32));
  g_ptr_array_add (self->tables, table);
  return table;
}

/* Asking */

typedef struct {
  PanePluginData *data;
  PaneFolderModel *model; /* owned: an answer comes within a second */
  ThawEntryStore *store;  /* owned */
  GArray *ids;
} Question;

static void
question_free (gpointer data)
{
  Question *self = data;

  g_object_unref (self->model);
  thaw_entry_store_unref (self->store);
  g_array_unref (self->ids);
  g_free (self);
}

/* Whether it is another answer than the last one. */
static gboolean
set_value (Table *table, guint32 id, const PanePluginAnswer *answer)
{
  Value *value = g_hash_table_lookup (table->values, GUINT_TO_POINTER (id));
  gboolean changed;

  if (value == NULL)
    return FALSE;
  changed = g_set_str (&value->text, answer != NULL ? answer->text : NULL);
  return g_set_str (&value->icon_name, answer != NULL ? answer->icon_name : NULL) || changed;
}

static GHashTable *
index_answers (const PanePluginAnswer *const *answers)
{
  GHashTable *by_name = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint i = 0; answers[i] != NULL; i++)
    if (answers[i]->name != NULL)
      g_hash_table_insert (by_name, answers[i]->name, (gpointer) answers[i]);
  return by_name;
}

/* No answer: what is drawn again is asked again, until the plugin answers or is out. */
static void
ask_again (Folder *folder, PanePluginItem *item, GArray *ids)
{
  Table *table = get_table (folder, item);

  for (guint i = 0; i < ids->len; i++)
    g_hash_table_remove (table->values, GUINT_TO_POINTER (g_array_index (ids, guint32, i)));
  pane_plugin_data_tell (folder->data);
}

/* What it doesn't answer for has nothing. */
static void
answered_cb (PanePluginItem *item,
             const PanePluginAnswer *const *answers,
             const char *error,
             gpointer user_data)
{
  Question *question = user_data;
  Folder *folder = find_folder_with (question->model, question->store);
  g_autoptr (GHashTable) by_name = NULL;
  gboolean changed = FALSE;
  Table *table;

  if (error != NULL || folder == NULL)
    return;
  if (answers == NULL)
    {
      ask_again (folder, item, question->ids);
      return;
    }
  table = get_table (folder, item);
  by_name = index_answers (answers);
  for (guint i = 0; i < question->ids->len; i++)
    {
      guint32 id = g_array_index (question->ids, guint32, i);
      const PanePluginAnswer *answer
          = id == THE_FOLDER
                ? answers[0]
                : g_hash_table_lookup (by_name, thaw_entry_store_get_name (folder->store, id));

      changed = set_value (table, id, answer) || changed;
    }
  pane_plugin_sort_feed (item, folder->folder, question->ids, answers);
  if (changed)
    pane_plugin_data_tell (question->data);
}

static void
ask_batch (Folder *self, Table *table, GArray *ids)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_auto (GStrv) names = NULL;
  Question *question = g_new0 (Question, 1);

  for (guint i = 0; i < ids->len; i++)
    if (g_array_index (ids, guint32, i) != THE_FOLDER)
      g_strv_builder_add (builder,
                          thaw_entry_store_get_name (self->store, g_array_index (ids, guint32, i)));
  names = g_strv_builder_end (builder);
  question->data = self->data;
  question->model = g_object_ref (self->model);
  question->store = thaw_entry_store_ref (self->store);
  question->ids = ids;
  pane_plugin_item_ask (table->item,
                        thaw_folder_get_location (self->folder),
                        (const char *const *) names,
                        answered_cb,
                        question,
                        question_free);
}

static void
ask_table (Folder *self, Table *table)
{
  for (guint i = 0; i < table->wanted->len; i += MAX_BATCH)
    {
      GArray *ids = g_array_new (FALSE, FALSE, sizeof (guint32));

      g_array_append_vals (ids,
                           &g_array_index (table->wanted, guint32, i),
                           MIN (MAX_BATCH, table->wanted->len - i));
      ask_batch (self, table, ids);
    }
  g_array_set_size (table->wanted, 0);
}

static void
ask_cb (gpointer user_data)
{
  PanePluginData *self = user_data;

  self->ask_timer = 0;
  for (guint i = 0; i < self->folders->len; i++)
    {
      Folder *folder = g_ptr_array_index (self->folders, i);

      for (guint j = 0; folder->folder != NULL && j < folder->tables->len; j++)
        ask_table (folder, g_ptr_array_index (folder->tables, j));
    }
}

static const Value *
look_up (PanePluginData *self, Folder *folder, PanePluginItem *item, guint32 id)
{
  Table *table = folder != NULL ? get_table (folder, item) : NULL;
  Value *value = table != NULL ? g_hash_table_lookup (table->values, GUINT_TO_POINTER (id)) : NULL;

  if (table == NULL || (value != NULL && value->generation >= table->generation))
    return value;
  if (value == NULL)
    {
      if (g_hash_table_size (table->values) >= MAX_VALUES)
        g_hash_table_remove_all (table->values);
      value = g_new0 (Value, 1);
      g_hash_table_insert (table->values, GUINT_TO_POINTER (id), value);
    }
  value->generation = self->generation;
  g_array_append_val (table->wanted, id);
  if (self->ask_timer == 0)
    self->ask_timer = g_timeout_add_once (ASK_MSEC, ask_cb, self);
  return value;
}

/* What is registered */

static void
drop_tables (PanePluginData *self, PanePluginRegistry *registry)
{
  for (guint i = 0; i < self->folders->len; i++)
    {
      GPtrArray *tables = ((Folder *) g_ptr_array_index (self->folders, i))->tables;

      for (guint j = tables->len; j-- > 0;)
        {
          PanePluginItem *item = ((Table *) g_ptr_array_index (tables, j))->item;

          if (pane_plugin_registry_find (registry,
                                         pane_plugin_item_get_kind (item),
                                         pane_plugin_item_get_id (item))
              != item)
            g_ptr_array_remove_index (tables, j);
        }
    }
}

static void
registry_changed_cb (PanePluginData *self, guint kind, PanePluginRegistry *registry)
{
  if (kind > PANE_PLUGIN_LABEL)
    return;
  self->has_badges = pane_plugin_registry_has (registry, PANE_PLUGIN_BADGES);
  self->has_columns = pane_plugin_registry_has (registry, PANE_PLUGIN_COLUMN);
  self->has_labels = pane_plugin_registry_has (registry, PANE_PLUGIN_LABEL);
  drop_tables (self, registry);
  pane_plugin_data_tell (self);
}

static void
data_changed_cb (PanePluginData *self,
                 PanePluginHost *host,
                 GFile *location,
                 PanePluginRegistry *registry)
{
  self->generation++;
  for (guint i = 0; i < self->folders->len; i++)
    {
      Folder *folder = g_ptr_array_index (self->folders, i);

      if (folder->folder == NULL
          || (location != NULL
              && !g_file_equal (thaw_folder_get_location (folder->folder), location)))
        continue;
      for (guint j = 0; j < folder->tables->len; j++)
        {
          Table *table = g_ptr_array_index (folder->tables, j);

          if (pane_plugin_item_get_host (table->item) == host)
            table->generation = self->generation;
        }
    }
  pane_plugin_data_tell (self);
}

static void
pane_plugin_data_class_init (PanePluginDataClass *klass)
{
  changed_signal = g_signal_new ("changed",
                                 PANE_TYPE_PLUGIN_DATA,
                                 G_SIGNAL_RUN_LAST,
                                 0,
                                 NULL,
                                 NULL,
                                 NULL,
                                 G_TYPE_NONE,
                                 0);
}

static void
pane_plugin_data_init (PanePluginData *self)
{
  PanePluginRegistry *registry = pane_plugin_registry_get_default ();

  self->folders = g_ptr_array_new ();
  pane_plugin_sort_start ();
  g_signal_connect_object (registry,
                           "changed",
                           G_CALLBACK (registry_changed_cb),
                           self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (registry,
                           "data-changed",
                           G_CALLBACK (data_changed_cb),
                           self,
                           G_CONNECT_SWAPPED);
  for (guint kind = PANE_PLUGIN_BADGES; kind <= PANE_PLUGIN_LABEL; kind++)
    registry_changed_cb (self, kind, registry);
}

/**
 * pane_plugin_data_get_default:
 *
 * Returns: (transfer none): the process's one
 */
PanePluginData *
pane_plugin_data_get_default (void)
{
  static PanePluginData *data;

  if (data == NULL)
    data = g_object_new (PANE_TYPE_PLUGIN_DATA, NULL);
  return data;
}

/**
 * pane_plugin_data_get_text:
 * @self: the data
 * @model: a folder's model
 * @id: an entry of it
 * @column: id of a plugin's column
 *
 * Looks up what a column shows, and asks for it unless it is known.
 *
 * Returns: (transfer none) (nullable): the text
 */
const char *
pane_plugin_data_get_text (PanePluginData *self,
                           PaneFolderModel *model,
                           guint32 id,
                           const char *column)
{
  PanePluginItem *item;
  const Value *value;
  Folder *folder;

  if (!self->has_columns)
    return NULL;
  folder = get_folder_of (self, model, id, &id);
  item
      = pane_plugin_registry_find (pane_plugin_registry_get_default (), PANE_PLUGIN_COLUMN, column);
  value = item != NULL ? look_up (self, folder, item, id) : NULL;
  return value != NULL ? value->text : NULL;
}

/**
 * pane_plugin_data_peek_text:
 * @self: the data
 * @model: a folder's model
 * @id: an entry of it
 * @column: id of a plugin's column
 *
 * Looks up what is known of what a column shows, and has nobody asked.
 *
 * Returns: (transfer none) (nullable): the text
 */
const char *
pane_plugin_data_peek_text (PanePluginData *self,
                            PaneFolderModel *model,
                            guint32 id,
                            const char *column)
{
  PanePluginItem *item = NULL;
  Folder *folder = self->has_columns ? get_folder_of (self, model, id, &id) : NULL;
  const Value *value = NULL;

  if (folder != NULL)
    item = pane_plugin_registry_find (pane_plugin_registry_get_default (),
                                      PANE_PLUGIN_COLUMN,
                                      column);
  if (item != NULL)
    value = g_hash_table_lookup (get_table (folder, item)->values, GUINT_TO_POINTER (id));
  return value != NULL ? value->text : NULL;
}

/**
 * pane_plugin_data_get_badges: (skip)
 * @self: the data
 * @model: a folder's model
 * @id: an entry of it
 * @badges: (out caller-allocates) (array fixed-size=3): filled in
 *
 * Looks up an entry's badges, and asks for them unless they are known.
 *
 * Returns: how many it has
 */
guint
pane_plugin_data_get_badges (PanePluginData *self,
                             PaneFolderModel *model,
                             guint32 id,
                             PanePluginBadge *badges)
{
  g_autoptr (GPtrArray) items = NULL;
  Folder *folder;
  guint n = 0;

  if (!self->has_badges)
    return 0;
  folder = get_folder_of (self, model, id, &id);
  items = pane_plugin_registry_list (pane_plugin_registry_get_default (), PANE_PLUGIN_BADGES);
  for (guint i = 0; i < items->len && n < PANE_PLUGIN_MAX_BADGES; i++)
    {
      const Value *value = look_up (self, folder, g_ptr_array_index (items, i), id);

      if (value != NULL && (value->icon_name != NULL || value->text != NULL))
        badges[n++] = (PanePluginBadge){ value->icon_name, value->text };
    }
  return n;
}

/**
 * pane_plugin_data_dup_label:
 * @self: the data
 * @model: a folder's model
 *
 * Looks up what plugins say of the folder itself, and asks for it unless it is known.
 *
 * Returns: (transfer full) (nullable): what to show beside its path
 */
char *
pane_plugin_data_dup_label (PanePluginData *self, PaneFolderModel *model)
{
  g_autoptr (GPtrArray) items = NULL;
  g_autoptr (GString) label = NULL;
  Folder *folder;

  if (!self->has_labels)
    return NULL;
  folder = get_own_folder (self, model);
  items = pane_plugin_registry_list (pane_plugin_registry_get_default (), PANE_PLUGIN_LABEL);
  label = g_string_new (NULL);
  for (guint i = 0; i < items->len; i++)
    {
      const Value *value = look_up (self, folder, g_ptr_array_index (items, i), THE_FOLDER);

      if (value == NULL || value->text == NULL)
        continue;
      if (label->len > 0)
        g_string_append (label, " · ");
      g_string_append (label, value->text);
    }
  return label->len > 0 ? g_string_free (g_steal_pointer (&label), FALSE) : NULL;
}
