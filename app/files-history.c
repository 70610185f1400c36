/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where a tab has been: the places in the order of the visits, and which of them is the current
 * one. Plain data on the loop's thread; it knows nothing of folders or windows and touches no file.
 * It is bounded, so that a tab that stays open for weeks doesn't grow. */

#include "files-history.h"

#define MAX_VISITS 200

struct _FilesHistory {
  GPtrArray *visits; /* FilesVisit, oldest first */
  guint at;          /* the current one, when there is any */
};

/**
 * files_visit_free:
 * @self: (transfer full): a visit
 */
void
files_visit_free (FilesVisit *self)
{
  g_object_unref (self->location);
  g_free (self->focus_name);
  g_strfreev (self->selected);
  g_free (self->sight_name);
  g_free (self);
}

/**
 * files_visit_copy:
 * @self: a visit
 *
 * Returns: (transfer full): the same
 */
FilesVisit *
files_visit_copy (const FilesVisit *self)
{
  FilesVisit *copy = g_new0 (FilesVisit, 1);

  copy->location = g_object_ref (self->location);
  copy->focus_name = g_strdup (self->focus_name);
  copy->selected = g_strdupv (self->selected);
  copy->sight_name = g_strdup (self->sight_name);
  copy->offset = self->offset;
  return copy;
}

static FilesVisit *
visit_new (GFile *location)
{
  FilesVisit *visit = g_new0 (FilesVisit, 1);

  visit->location = g_object_ref (location);
  return visit;
}

/**
 * files_history_new:
 *
 * Returns: (transfer full): a history without a place
 */
FilesHistory *
files_history_new (void)
{
  FilesHistory *self = g_new0 (FilesHistory, 1);

  self->visits = g_ptr_array_new_with_free_func ((GDestroyNotify) files_visit_free);
  return self;
}

/**
 * files_history_copy:
 * @self: a history
 *
 * Returns: (transfer full): a history of the same visits, for a tab that is opened again
 */
FilesHistory *
files_history_copy (FilesHistory *self)
{
  FilesHistory *copy = files_history_new ();

  for (guint i = 0; i < self->visits->len; i++)
    g_ptr_array_add (copy->visits, files_visit_copy (g_ptr_array_index (self->visits, i)));
  copy->at = self->at;
  return copy;
}

/**
 * files_history_free:
 * @self: (transfer full): a history
 */
void
files_history_free (FilesHistory *self)
{
  g_ptr_array_unref (self->visits);
  g_free (self);
}

static FilesVisit *
current (FilesHistory *self)
{
  return self->visits->len > 0 ? g_ptr_array_index (self->visits, self->at) : NULL;
}

/**
 * files_history_visit:
 * @self: a history
 * @location: the place that is visited
 *
 * Makes @location the current place and forgets what lay ahead. The same place again changes
 * nothing.
 */
void
files_history_visit (FilesHistory *self, GFile *location)
{
  FilesVisit *visit = current (self);

  if (visit != NULL && g_file_equal (visit->location, location))
    return;
  if (self->visits->len > self->at + 1)
    g_ptr_array_set_size (self->visits, self->at + 1);
  if (self->visits->len == MAX_VISITS)
    g_ptr_array_remove_index (self->visits, 0);
  g_ptr_array_add (self->visits, visit_new (location));
  self->at = self->visits->len - 1;
}

/**
 * files_history_replace:
 * @self: a history
 * @location: the place that the current one turned out to be
 *
 * Corrects the current place, as when a file was given and its folder is shown.
 */
void
files_history_replace (FilesHistory *self, GFile *location)
{
  FilesVisit *visit = current (self);

  if (visit == NULL)
    files_history_visit (self, location);
  else
    g_set_object (&visit->location, location);
}

/**
 * files_history_set_focus_name:
 * @self: a history
 * @name: (nullable): the name of an entry
 *
 * Notes which entry had the focus at the current place, to come back to it.
 */
void
files_history_set_focus_name (FilesHistory *self, const char *name)
{
  FilesVisit *visit = current (self);

  if (visit != NULL)
    g_set_str (&visit->focus_name, name);
}

/**
 * files_history_set_selected:
 * @self: a history
 * @selected: (transfer full) (nullable): names of entries
 *
 * Notes what was selected at the current place, to select it again.
 */
void
files_history_set_selected (FilesHistory *self, GStrv selected)
{
  g_auto (GStrv) names = selected;
  FilesVisit *visit = current (self);

  if (visit == NULL)
    return;
  g_strfreev (visit->selected);
  visit->selected = g_steal_pointer (&names);
}

/**
 * files_history_set_sight:
 * @self: a history
 * @name: (nullable): the name of an entry
 * @offset: where it is, as [method@Pane.View.get_place] says
 *
 * Notes what was in sight at the current place, to put it there again.
 */
void
files_history_set_sight (FilesHistory *self, const char *name, double offset)
{
  FilesVisit *visit = current (self);

  if (visit == NULL)
    return;
  g_set_str (&visit->sight_name, name);
  visit->offset = offset;
}

/**
 * files_history_find:
 * @self: a history
 * @location: a place
 *
 * Returns: (transfer none) (nullable): the last visit there before the current one, %NULL if there
 *   was none
 */
const FilesVisit *
files_history_find (FilesHistory *self, GFile *location)
{
  for (guint i = self->at; i > 0; i--)
    {
      const FilesVisit *visit = g_ptr_array_index (self->visits, i - 1);

      if (g_file_equal (visit->location, location))
        return visit;
    }
  return NULL;
}

/**
 * files_history_peek:
 * @self: a history
 * @steps: how far: negative is back, 0 the current place
 *
 * Returns: (transfer none) (nullable): the visit there, or %NULL when there is none
 */
const FilesVisit *
files_history_peek (FilesHistory *self, int steps)
{
  gint64 index = (gint64) self->at + steps;

  if (index < 0 || index >= self->visits->len)
    return NULL;
  return g_ptr_array_index (self->visits, (guint) index);
}

/**
 * files_history_go:
 * @self: a history
 * @steps: how far: negative is back
 *
 * Makes another visit the current one.
 *
 * Returns: (transfer none) (nullable): that visit, or %NULL and no move when there is none
 */
const FilesVisit *
files_history_go (FilesHistory *self, int steps)
{
  const FilesVisit *visit = files_history_peek (self, steps);

  if (visit != NULL)
    self->at += steps;
  return visit;
}

/**
 * files_history_get_n_back:
 * @self: a history
 *
 * Returns: how many steps back there are
 */
guint
files_history_get_n_back (FilesHistory *self)
{
  return self->at;
}

/**
 * files_history_get_n_forward:
 * @self: a history
 *
 * Returns: how many steps ahead there are
 */
guint
files_history_get_n_forward (FilesHistory *self)
{
  return self->visits->len > 0 ? self->visits->len - 1 - self->at : 0;
}
