/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The columns of a list view: which ones there is room for, where they begin and how wide they are.
 * Header and rows ask the same object and so always agree. Size, type, time and what plugins add
 * have widths of their own, which the user can change; the name takes the rest. In a narrow view
 * the type goes first, then what plugins add, then the time, then the size, before the name gets
 * too short to read. A column that the user has hidden is nowhere. Loop's thread only.
 */
#include "list/pane-list-columns.h"
#include "pane-plugin-registry.h"

#include <glib/gi18n-lib.h>

/* In characters. */
#define LEAST_NAME_CHARS 30
#define LEAST_CHARS 5
#define PLUGIN_CHARS 14
/* In pixels: what a damaged setting may say at most. */
#define MOST_WIDTH 4000
/* The word for it among the settings. */
#define FLAT "-tree"

/* What the user has set of a column. */
typedef struct {
  int width; /* 0: the default */
  gboolean is_hidden;
} Setting;

struct _PaneListColumns {
  GObject parent_instance;

  int char_width;
  GHashTable *settings; /* key of a column -> Setting, of those that aren't there too */
  GPtrArray *items;     /* of PanePluginItem: plugins' columns */
  gboolean is_flat;     /* no folder can be expanded */

  int row_width; /* that the spans are for, -1: none */
  PaneListSpan spans[PANE_MAX_LIST_COLUMNS];
};

/* The order on the screen is that of ThawSortColumn. */
static const int default_chars[PANE_N_LIST_COLUMNS] = { 0, 12, 24, 20 };
static const char *const column_keys[PANE_N_LIST_COLUMNS] = { "name", "size", "type", "modified" };

enum {
  SIGNAL_CHANGED,
  SIGNAL_WIDTHS_SET,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (PaneListColumns, pane_list_columns, G_TYPE_OBJECT)

static void
pane_list_columns_finalize (GObject *object)
{
  PaneListColumns *self = PANE_LIST_COLUMNS (object);

  g_hash_table_unref (self->settings);
  g_ptr_array_unref (self->items);
  G_OBJECT_CLASS (pane_list_columns_parent_class)->finalize (object);
}

static guint
add_signal (const char *name)
{
  return g_signal_new (name,
                       PANE_TYPE_LIST_COLUMNS,
                       G_SIGNAL_RUN_LAST,
                       0,
                       NULL,
                       NULL,
                       g_cclosure_marshal_VOID__VOID,
                       G_TYPE_NONE,
                       0);
}

static void
pane_list_columns_class_init (PaneListColumnsClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = pane_list_columns_finalize;
  signals[SIGNAL_CHANGED] = add_signal ("changed");
  signals[SIGNAL_WIDTHS_SET] = add_signal ("widths-set");
}

static void
changed (PaneListColumns *self)
{
  self->row_width = -1;
  g_signal_emit (self, signals[SIGNAL_CHANGED], 0);
}

static void
take_items (PaneListColumns *self)
{
  g_clear_pointer (&self->items, g_ptr_array_unref);
  self->items = pane_plugin_registry_list (pane_plugin_registry_get_default (), PANE_PLUGIN_COLUMN);
}

static void
registry_changed_cb (PaneListColumns *self, guint kind)
{
  if (kind != PANE_PLUGIN_COLUMN)
    return;
  take_items (self);
  changed (self);
}

static void
pane_list_columns_init (PaneListColumns *self)
{
  self->char_width = 8;
  self->row_width = -1;
  self->settings = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  take_items (self);
  g_signal_connect_object (pane_plugin_registry_get_default (),
                           "changed",
                           G_CALLBACK (registry_changed_cb),
                           self,
                           G_CONNECT_SWAPPED);
}

PaneListColumns *
pane_list_columns_new (void)
{
  return g_object_new (PANE_TYPE_LIST_COLUMNS, NULL);
}

guint
pane_list_columns_get_n (PaneListColumns *self)
{
  return MIN (PANE_N_LIST_COLUMNS + self->items->len, PANE_MAX_LIST_COLUMNS);
}

static PanePluginItem *
get_item (PaneListColumns *self, guint column)
{
  return g_ptr_array_index (self->items, column - PANE_N_LIST_COLUMNS);
}

const char *
pane_list_columns_get_key (PaneListColumns *self, guint column)
{
  return column < PANE_N_LIST_COLUMNS ? column_keys[column]
                                      : pane_plugin_item_get_id (get_item (self, column));
}

const char *
pane_list_columns_get_title (PaneListColumns *self, guint column)
{
  switch (column)
    {
    case THAW_SORT_NAME:
      return C_ ("column", "Name");
    case THAW_SORT_SIZE:
      return C_ ("column", "Size");
    case THAW_SORT_TYPE:
      return C_ ("column", "Type");
    case THAW_SORT_MODIFIED:
      return C_ ("column", "Modified");
    default:
      return pane_plugin_item_get_title (get_item (self, column));
    }
}

gboolean
pane_list_columns_starts_descending (PaneListColumns *self, guint column)
{
  if (column >= PANE_N_LIST_COLUMNS)
    return pane_plugin_item_get_column_type (get_item (self, column)) != PANE_PLUGIN_COLUMN_TEXT;
  /* The largest and the newest are what one looks for. */
  return column == THAW_SORT_SIZE || column == THAW_SORT_MODIFIED;
}

gboolean
pane_list_columns_is_at_end (PaneListColumns *self, guint column)
{
  if (column >= PANE_N_LIST_COLUMNS)
    return pane_plugin_item_get_column_type (get_item (self, column)) == PANE_PLUGIN_COLUMN_NUMBER;
  return column == THAW_SORT_SIZE;
}

guint
pane_list_columns_find_sorted (PaneListColumns *self, const ThawOrderSpec *spec)
{
  guint n = pane_list_columns_get_n (self);

  if (spec->column != THAW_SORT_ATTRIBUTE)
    return spec->column;
  for (guint i = PANE_N_LIST_COLUMNS; i < n; i++)
    if (g_strcmp0 (pane_list_columns_get_key (self, i), spec->attribute) == 0)
      return i;
  return n;
}

void
pane_list_columns_set_char_width (PaneListColumns *self, int char_width)
{
  if (self->char_width == char_width || char_width <= 0)
    return;
  self->char_width = char_width;
  changed (self);
}

/* Settings */

/* NULL: none. */
static const Setting *
get_setting (PaneListColumns *self, guint column)
{
  return g_hash_table_lookup (self->settings, pane_list_columns_get_key (self, column));
}

static Setting *
ensure_setting (PaneListColumns *self, const char *key)
{
  Setting *setting = g_hash_table_lookup (self->settings, key);

  if (setting == NULL)
    {
      setting = g_new0 (Setting, 1);
      g_hash_table_insert (self->settings, g_strdup (key), setting);
    }
  return setting;
}

static void
set (PaneListColumns *self)
{
  changed (self);
  g_signal_emit (self, signals[SIGNAL_WIDTHS_SET], 0);
}

void
pane_list_columns_set_width (PaneListColumns *self, guint column, int width)
{
  Setting *setting;

  g_return_if_fail (column != THAW_SORT_NAME && column < pane_list_columns_get_n (self));

  setting = ensure_setting (self, pane_list_columns_get_key (self, column));
  width = MAX (width, LEAST_CHARS * self->char_width);
  if (setting->width == width)
    return;
  setting->width = width;
  set (self);
}

gboolean
pane_list_columns_get_shown (PaneListColumns *self, guint column)
{
  const Setting *setting = get_setting (self, column);

  return column == THAW_SORT_NAME || setting == NULL || !setting->is_hidden;
}

void
pane_list_columns_set_shown (PaneListColumns *self, guint column, gboolean shown)
{
  g_return_if_fail (column != THAW_SORT_NAME && column < pane_list_columns_get_n (self));

  if (pane_list_columns_get_shown (self, column) == shown)
    return;
  ensure_setting (self, pane_list_columns_get_key (self, column))->is_hidden = !shown;
  set (self);
}

gboolean
pane_list_columns_get_tree (PaneListColumns *self)
{
  return !self->is_flat;
}

void
pane_list_columns_set_tree (PaneListColumns *self, gboolean tree)
{
  if (self->is_flat == !tree)
    return;
  self->is_flat = !tree;
  set (self);
}

/* The built-in ones in their order, then the plugins'. */
static int
compare_keys (gconstpointer a, gconstpointer b)
{
  const char *x = *(const char *const *) a, *y = *(const char *const *) b;
  guint i = 0, j = 0;

  while (i < PANE_N_LIST_COLUMNS && strcmp (x, column_keys[i]) != 0)
    i++;
  while (j < PANE_N_LIST_COLUMNS && strcmp (y, column_keys[j]) != 0)
    j++;
  return i != j ? (int) i - (int) j : strcmp (x, y);
}

static void
append_setting (GString *widths, const char *key, const Setting *setting)
{
  /* Words end at spaces, and a width follows "=". */
  g_autofree char *escaped = g_uri_escape_string (key, "/", FALSE);

  if (setting->width > 0)
    g_string_append_printf (widths, "%s%s=%d", widths->len > 0 ? " " : "", escaped, setting->width);
  if (setting->is_hidden)
    g_string_append_printf (widths, "%s-%s", widths->len > 0 ? " " : "", escaped);
}

char *
pane_list_columns_dup_widths (PaneListColumns *self)
{
  GString *widths = g_string_new (NULL);
  g_autoptr (GPtrArray) keys = g_hash_table_get_keys_as_ptr_array (self->settings);

  g_ptr_array_sort (keys, compare_keys);
  for (guint i = 0; i < keys->len; i++)
    {
      const char *key = g_ptr_array_index (keys, i);

      append_setting (widths, key, g_hash_table_lookup (self->settings, key));
    }
  if (self->is_flat)
    g_string_append (widths, widths->len > 0 ? " " FLAT : FLAT);
  return g_string_free_and_steal (widths);
}

/* A column that has settings: the name has none. Those of plugins are known by their slash. */
static gboolean
is_key (const char *key)
{
  for (guint i = THAW_SORT_NAME + 1; i < PANE_N_LIST_COLUMNS; i++)
    if (strcmp (key, column_keys[i]) == 0)
      return TRUE;
  return strchr (key, '/') != NULL;
}

static void
apply_word (PaneListColumns *self, const char *word)
{
  gboolean hides = *word == '-';
  const char *end = hides ? NULL : strchr (word, '=');
  g_autofree char *key = g_uri_unescape_segment (word + hides, end, NULL);
  gint64 width = end != NULL ? g_ascii_strtoll (end + 1, NULL, 10) : 0;

  if (key == NULL || !is_key (key) || (!hides && width <= 0))
    return;
  if (hides)
    ensure_setting (self, key)->is_hidden = TRUE;
  else
    ensure_setting (self, key)->width
        = (int) CLAMP (width, LEAST_CHARS * self->char_width, MOST_WIDTH);
}

/* What can't be understood is passed over. */
void
pane_list_columns_apply_widths (PaneListColumns *self, const char *widths)
{
  g_auto (GStrv) words = g_strsplit (widths, " ", -1);

  g_hash_table_remove_all (self->settings);
  self->is_flat = g_strv_contains ((const char *const *) words, FLAT);
  for (guint i = 0; words[i] != NULL; i++)
    apply_word (self, words[i]);
  changed (self);
}

int
pane_list_columns_get_width (PaneListColumns *self, guint column)
{
  const Setting *setting = get_setting (self, column);
  int chars = column < PANE_N_LIST_COLUMNS ? default_chars[column] : PLUGIN_CHARS;

  if (setting != NULL && setting->width > 0)
    return setting->width;
  return chars * self->char_width + 2 * PANE_LIST_PADDING;
}

/* Spans */

/* Who has to go when there is little room; THAW_SORT_NAME: nobody is left. */
static guint
choose_sacrifice (PaneListColumns *self)
{
  const PaneListSpan *spans = self->spans;

  if (spans[THAW_SORT_TYPE].visible)
    return THAW_SORT_TYPE;
  for (guint i = pane_list_columns_get_n (self); i-- > PANE_N_LIST_COLUMNS;)
    if (spans[i].visible)
      return i;
  if (spans[THAW_SORT_MODIFIED].visible)
    return THAW_SORT_MODIFIED;
  return spans[THAW_SORT_SIZE].visible ? THAW_SORT_SIZE : THAW_SORT_NAME;
}

static void
choose_visible (PaneListColumns *self, int row_width)
{
  int left = row_width;
  guint sacrifice;

  for (guint i = 0; i < pane_list_columns_get_n (self); i++)
    {
      self->spans[i].visible = pane_list_columns_get_shown (self, i);
      self->spans[i].width = i == THAW_SORT_NAME || !self->spans[i].visible
                                 ? 0
                                 : pane_list_columns_get_width (self, i);
      left -= self->spans[i].width;
    }
  while (left < LEAST_NAME_CHARS * self->char_width
         && (sacrifice = choose_sacrifice (self)) != THAW_SORT_NAME)
    {
      PaneListSpan *span = &self->spans[sacrifice];

      span->visible = FALSE;
      left += span->width;
      span->width = 0;
    }
  self->spans[THAW_SORT_NAME].width = MAX (left, 0);
}

const PaneListSpan *
pane_list_columns_get_spans (PaneListColumns *self, int row_width)
{
  int x = 0;

  if (self->row_width == row_width)
    return self->spans;
  self->row_width = row_width;
  choose_visible (self, row_width);
  for (guint i = 0; i < pane_list_columns_get_n (self); i++)
    {
      self->spans[i].x = x;
      x += self->spans[i].width;
    }
  return self->spans;
}
