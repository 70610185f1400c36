/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The columns of a list view: which ones there is room for, where they begin and how wide they are.
 * Header and rows ask the same object and so always agree. Size, type and time have widths of their
 * own, which the user can change; the name takes the rest. In a narrow view the type goes first,
 * then the time, then the size, before the name gets too short to read. Loop's thread only.
 */
#include "list/pane-list-columns.h"

#include <glib/gi18n-lib.h>

/* In characters. */
#define LEAST_NAME_CHARS 30
#define LEAST_CHARS 5
/* In pixels: what a damaged setting may say at most. */
#define MOST_WIDTH 4000

struct _PaneListColumns {
  GObject parent_instance;

  int char_width;
  int widths[PANE_N_LIST_COLUMNS]; /* set by the user; 0: the default */

  int row_width; /* that the spans are for, -1: none */
  PaneListSpan spans[PANE_N_LIST_COLUMNS];
};

/* The order on the screen is that of ThawSortColumn. */
static const int default_chars[PANE_N_LIST_COLUMNS] = { 0, 12, 24, 20 };
static const char *const column_keys[PANE_N_LIST_COLUMNS] = { "name", "size", "type", "modified" };
/* Who has to go first when there is little room. */
static const ThawSortColumn sacrifices[] = { THAW_SORT_TYPE, THAW_SORT_MODIFIED, THAW_SORT_SIZE };

enum {
  SIGNAL_CHANGED,
  SIGNAL_WIDTHS_SET,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (PaneListColumns, pane_list_columns, G_TYPE_OBJECT)

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
  signals[SIGNAL_CHANGED] = add_signal ("changed");
  signals[SIGNAL_WIDTHS_SET] = add_signal ("widths-set");
}

static void
pane_list_columns_init (PaneListColumns *self)
{
  self->char_width = 8;
  self->row_width = -1;
}

PaneListColumns *
pane_list_columns_new (void)
{
  return g_object_new (PANE_TYPE_LIST_COLUMNS, NULL);
}

const char *
pane_list_columns_get_title (ThawSortColumn column)
{
  switch (column)
    {
    case THAW_SORT_SIZE:
      return C_ ("column", "Size");
    case THAW_SORT_TYPE:
      return C_ ("column", "Type");
    case THAW_SORT_MODIFIED:
      return C_ ("column", "Modified");
    case THAW_SORT_NAME:
    default:
      return C_ ("column", "Name");
    }
}

static void
changed (PaneListColumns *self)
{
  self->row_width = -1;
  g_signal_emit (self, signals[SIGNAL_CHANGED], 0);
}

void
pane_list_columns_set_char_width (PaneListColumns *self, int char_width)
{
  if (self->char_width == char_width || char_width <= 0)
    return;
  self->char_width = char_width;
  changed (self);
}

void
pane_list_columns_set_width (PaneListColumns *self, ThawSortColumn column, int width)
{
  g_return_if_fail (column != THAW_SORT_NAME && column < PANE_N_LIST_COLUMNS);

  width = MAX (width, LEAST_CHARS * self->char_width);
  if (self->widths[column] == width)
    return;
  self->widths[column] = width;
  changed (self);
  g_signal_emit (self, signals[SIGNAL_WIDTHS_SET], 0);
}

char *
pane_list_columns_dup_widths (PaneListColumns *self)
{
  GString *widths = g_string_new (NULL);

  for (guint i = 0; i < PANE_N_LIST_COLUMNS; i++)
    {
      if (self->widths[i] > 0)
        g_string_append_printf (widths,
                                "%s%s=%d",
                                widths->len > 0 ? " " : "",
                                column_keys[i],
                                self->widths[i]);
    }
  return g_string_free_and_steal (widths);
}

static void
apply_width (PaneListColumns *self, const char *word)
{
  const char *value = strchr (word, '=');
  gint64 width;

  for (guint i = THAW_SORT_NAME + 1; value != NULL && i < PANE_N_LIST_COLUMNS; i++)
    {
      if (strlen (column_keys[i]) != (gsize) (value - word)
          || !g_str_has_prefix (word, column_keys[i]))
        continue;
      width = g_ascii_strtoll (value + 1, NULL, 10);
      if (width > 0)
        self->widths[i] = (int) CLAMP (width, LEAST_CHARS * self->char_width, MOST_WIDTH);
    }
}

/* What can't be understood is passed over. */
void
pane_list_columns_apply_widths (PaneListColumns *self, const char *widths)
{
  g_auto (GStrv) words = g_strsplit (widths, " ", -1);

  memset (self->widths, 0, sizeof (self->widths));
  for (guint i = 0; words[i] != NULL; i++)
    apply_width (self, words[i]);
  changed (self);
}

int
pane_list_columns_get_width (PaneListColumns *self, ThawSortColumn column)
{
  if (self->widths[column] > 0)
    return self->widths[column];
  return default_chars[column] * self->char_width + 2 * PANE_LIST_PADDING;
}

static void
choose_visible (PaneListColumns *self, int row_width)
{
  int left = row_width;

  for (guint i = 0; i < PANE_N_LIST_COLUMNS; i++)
    {
      self->spans[i].visible = TRUE;
      self->spans[i].width = i == THAW_SORT_NAME ? 0 : pane_list_columns_get_width (self, i);
      left -= self->spans[i].width;
    }
  for (guint i = 0; i < G_N_ELEMENTS (sacrifices) && left < LEAST_NAME_CHARS * self->char_width;
       i++)
    {
      PaneListSpan *span = &self->spans[sacrifices[i]];

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
  for (guint i = 0; i < PANE_N_LIST_COLUMNS; i++)
    {
      self->spans[i].x = x;
      x += self->spans[i].width;
    }
  return self->spans;
}
