/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Headings among the rows of a folder model, for views whose rows are all of one height. A heading
 * is a note: a row that is no entry, which selection, menus and drags know to leave alone. Whenever
 * an order is published its groups are found (pane-groups.c) and one like it, with the headings in
 * it, is composed and published instead; that copies four bytes a row. A group keeps its note as
 * long as there are headings, so that a view which holds on to one stays where it is. What is
 * in expanded folders belongs to the group that the folder is in. Loop's thread only.
 */
#include "pane-details.h"
#include "pane-folder-model-private.h"
#include "pane-groups-private.h"

#include <string.h>

#define FIRST_HEADING 0xf8000000u

typedef struct {
  gint64 key;
  guint32 note;
  guint n_entries;
  guint age; /* of the order that it was last in */
} Heading;

struct _PaneFolderHeadings {
  PaneFolderModel *model; /* not owned */
  ThawOrder *plain;       /* what is shown, without headings; NULL before it */
  PaneGrouping grouping;
  GHashTable *by_key; /* gint64 of a heading -> Heading, owned */
  GPtrArray *by_note; /* Heading, not owned: from FIRST_HEADING on */
  GArray *changed;    /* guint32: notes that say something else now */
  guint age;
  gulong details_id;
};

static Heading *
find_heading (PaneFolderHeadings *self, guint32 note)
{
  if (note < FIRST_HEADING || note - FIRST_HEADING >= self->by_note->len)
    return NULL;
  return g_ptr_array_index (self->by_note, note - FIRST_HEADING);
}

static Heading *
take_heading (PaneFolderHeadings *self, gint64 key)
{
  Heading *heading = g_hash_table_lookup (self->by_key, &key);

  if (heading != NULL)
    return heading;
  heading = g_new0 (Heading, 1);
  heading->key = key;
  heading->note = FIRST_HEADING + self->by_note->len;
  g_ptr_array_add (self->by_note, heading);
  g_hash_table_insert (self->by_key, &heading->key, heading);
  return heading;
}

/* Keys of one column mean nothing in another. */
static void
begin_grouping (PaneFolderHeadings *self, ThawOrder *order)
{
  ThawSortColumn column = self->grouping.column;

  pane_grouping_clear (&self->grouping);
  pane_grouping_init_now (&self->grouping, order);
  self->age++;
  g_array_set_size (self->changed, 0);
  if (column == self->grouping.column)
    return;
  g_hash_table_remove_all (self->by_key);
  g_ptr_array_set_size (self->by_note, 0);
}

/* Something may have strayed so far that a group comes twice: the second one has no heading. */
static void
add_part (PaneFolderHeadings *self, GArray *parts, const PaneGroup *group, guint32 position)
{
  Heading *heading = take_heading (self, group[0].key);
  guint n_entries = group[1].first - group[0].first;
  ThawOrderPart part = { .position = position, .note = heading->note, .before = TRUE };

  if (heading->age == self->age)
    return;
  heading->age = self->age;
  if (heading->n_entries != n_entries)
    g_array_append_val (self->changed, heading->note);
  heading->n_entries = n_entries;
  g_array_append_val (parts, part);
}

/* The folder's own entries: of the same ids as @order, which has those of expanded ones too. */
static ThawOrder *
get_trunk (PaneFolderHeadings *self, ThawOrder *order)
{
  PaneFolderTree *tree = self->model->tree;

  return tree != NULL && tree->root->order != NULL
                 && thaw_order_get_store (tree->root->order) == thaw_order_get_store (order)
             ? tree->root->order
             : order;
}

ThawOrder *
pane_folder_headings_compose (PaneFolderHeadings *self, ThawOrder *order)
{
  ThawOrder *trunk = get_trunk (self, order);
  g_autoptr (GArray) parts = g_array_new (FALSE, FALSE, sizeof (ThawOrderPart));
  g_autoptr (GArray) groups = NULL;
  ThawOrderPart whole = { .order = order, .parent = G_MAXUINT, .note = THAW_NO_ENTRY };

  if (self->plain != NULL)
    thaw_order_release (self->plain);
  self->plain = thaw_order_ref (order);
  begin_grouping (self, order);
  g_array_append_val (parts, whole);
  if (!pane_grouping_suits (thaw_order_get_spec (order)))
    return thaw_order_compose ((const ThawOrderPart *) parts->data, parts->len);
  groups = pane_grouping_find (&self->grouping, trunk);
  for (guint i = 0; i + 1 < groups->len; i++)
    {
      const PaneGroup *group = &g_array_index (groups, PaneGroup, i);
      guint32 position = thaw_order_find (order, thaw_order_get_id (trunk, group->first));

      if (position != THAW_NO_ENTRY)
        add_part (self, parts, group, position);
    }
  return thaw_order_compose ((const ThawOrderPart *) parts->data, parts->len);
}

ThawOrder *
pane_folder_headings_get_plain (PaneFolderHeadings *self)
{
  return self->plain;
}

/* Rows are told of another entry, but not that a heading counts others now. */
void
pane_folder_headings_published (PaneFolderHeadings *self)
{
  g_autoptr (GArray) changed = g_array_copy (self->changed);

  if (changed->len > 0)
    pane_folder_model_entries_changed (self->model, (const guint32 *) changed->data, changed->len);
}

/* Types have got names, or another day has begun. */
static void
details_changed_cb (PaneDetails *details, PaneFolderHeadings *self)
{
  if (self->plain != NULL && !pane_grouping_is_current (&self->grouping))
    pane_folder_model_publish_again (self->model);
}

PaneFolderHeadings *
pane_folder_headings_new (PaneFolderModel *model)
{
  PaneFolderHeadings *self = g_new0 (PaneFolderHeadings, 1);

  self->model = model;
  self->by_key = g_hash_table_new_full (g_int64_hash, g_int64_equal, NULL, g_free);
  self->by_note = g_ptr_array_new ();
  self->changed = g_array_new (FALSE, FALSE, sizeof (guint32));
  self->details_id = g_signal_connect (pane_details_get_default (),
                                       "changed",
                                       G_CALLBACK (details_changed_cb),
                                       self);
  return self;
}

void
pane_folder_headings_free (PaneFolderHeadings *self)
{
  g_clear_signal_handler (&self->details_id, pane_details_get_default ());
  g_clear_pointer (&self->plain, thaw_order_release);
  pane_grouping_clear (&self->grouping);
  g_hash_table_unref (self->by_key);
  g_ptr_array_unref (self->by_note);
  g_array_unref (self->changed);
  g_free (self);
}

char *
pane_folder_headings_dup_label (PaneFolderHeadings *self, guint32 id)
{
  Heading *heading = find_heading (self, id);
  g_autofree char *title
      = heading != NULL ? pane_grouping_dup_title (&self->grouping, heading->key) : NULL;

  return title != NULL ? pane_groups_dup_label (title, heading->n_entries) : NULL;
}

/**
 * pane_folder_model_dup_heading:
 * @self: a [class@Pane.FolderModel]
 * @id: a note
 * @n_entries: (out) (optional): how many entries there are in the group
 *
 * Says what the row of a heading shows. [method@Pane.FolderModel.dup_note] says both in one line.
 *
 * Returns: (transfer full) (nullable): what the group is called, %NULL if @id is no heading
 */
char *
pane_folder_model_dup_heading (PaneFolderModel *self, guint32 id, guint *n_entries)
{
  Heading *heading;

  g_return_val_if_fail (PANE_IS_FOLDER_MODEL (self), NULL);

  heading = self->headings != NULL ? find_heading (self->headings, id) : NULL;
  if (heading == NULL)
    return NULL;
  if (n_entries != NULL)
    *n_entries = heading->n_entries;
  return pane_grouping_dup_title (&self->headings->grouping, heading->key);
}

/**
 * pane_folder_model_is_heading:
 * @self: a [class@Pane.FolderModel]
 * @id: an entry or a note
 *
 * Returns: whether it is the row of a heading
 */
gboolean
pane_folder_model_is_heading (PaneFolderModel *self, guint32 id)
{
  g_return_val_if_fail (PANE_IS_FOLDER_MODEL (self), FALSE);

  return self->headings != NULL && find_heading (self->headings, id) != NULL;
}

static void
drop_headings (PaneFolderModel *self)
{
  PaneFolderHeadings *headings = g_steal_pointer (&self->headings);
  ThawOrder *plain = pane_folder_headings_get_plain (headings);

  if (plain != NULL)
    pane_folder_model_publish (self, plain);
  pane_folder_headings_free (headings);
}

/**
 * pane_folder_model_set_grouped:
 * @self: a [class@Pane.FolderModel]
 * @grouped: whether there are headings
 *
 * Puts a heading before each group of entries that have something in common of what they are sorted
 * by, and keeps that right from now on. For views that can show such rows; other views have the
 * model without.
 */
void
pane_folder_model_set_grouped (PaneFolderModel *self, gboolean grouped)
{
  g_return_if_fail (PANE_IS_FOLDER_MODEL (self));

  if (!grouped == (self->headings == NULL))
    return;
  if (!grouped)
    {
      drop_headings (self);
      return;
    }
  self->headings = pane_folder_headings_new (self);
  if (self->order != NULL)
    pane_folder_model_publish (self, self->order);
}

/**
 * pane_folder_model_get_grouped:
 * @self: a [class@Pane.FolderModel]
 *
 * Returns: whether there are headings among the rows
 */
gboolean
pane_folder_model_get_grouped (PaneFolderModel *self)
{
  g_return_val_if_fail (PANE_IS_FOLDER_MODEL (self), FALSE);

  return self->headings != NULL;
}
