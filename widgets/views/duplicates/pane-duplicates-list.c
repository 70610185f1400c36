/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A group of duplicates as the folder that is shown sees it: those of its files that are in it,
 * what stays when all but one are selected, and the words over them. Loop's thread only; must not
 * touch files.
 */
#include "pane-duplicates-private.h"

#include <glib/gi18n-lib.h>

static void
duplicate_free (gpointer data)
{
  PaneDuplicate *self = data;

  g_free (self->name);
  g_free (self);
}

void
pane_duplicate_group_free (PaneDuplicateGroup *self)
{
  g_ptr_array_unref (self->files);
  g_free (self->elsewhere);
  g_free (self);
}

static void
add_file (PaneDuplicateGroup *self, GFile *location, const ThawDuplicatesFile *file)
{
  PaneDuplicate *duplicate;

  if (!g_file_has_parent (file->file, location))
    {
      g_autofree char *path = g_file_get_relative_path (location, file->file);

      if (self->n_elsewhere++ == 0 && path != NULL)
        self->elsewhere = g_filename_display_name (path);
      return;
    }
  duplicate = g_new (PaneDuplicate, 1);
  *duplicate = (PaneDuplicate){ g_file_get_basename (file->file), file->mtime_nsec, file->copy };
  g_ptr_array_add (self->files, duplicate);
}

PaneDuplicateGroup *
pane_duplicate_group_new (ThawDuplicates *search, const ThawDuplicatesGroup *group)
{
  PaneDuplicateGroup *self = g_new0 (PaneDuplicateGroup, 1);
  g_autoptr (GArray) files = thaw_duplicates_list_files (search, group->group);

  self->group = group->group;
  self->size = group->size;
  self->waste = group->waste;
  self->n_copies = group->n_copies;
  self->n_links = group->n_files - group->n_copies;
  self->files = g_ptr_array_new_with_free_func (duplicate_free);
  for (guint i = 0; i < files->len; i++)
    add_file (self,
              thaw_duplicates_get_location (search),
              &g_array_index (files, ThawDuplicatesFile, i));
  if (self->files->len > 0)
    return self;
  pane_duplicate_group_free (self);
  return NULL;
}

char *
pane_duplicate_group_describe (PaneDuplicateGroup *self)
{
  g_autofree char *size = g_format_size (self->size);
  g_autofree char *waste = g_format_size (self->waste);
  GString *text = g_string_new (NULL);

  g_string_append_printf (text, ngettext ("%u copy", "%u copies", self->n_copies), self->n_copies);
  g_string_append (text, " · ");
  /* Translators: the size of one of several equal files. */
  g_string_append_printf (text, _ ("%s each"), size);
  g_string_append (text, " · ");
  g_string_append_printf (text, _ ("%s wasted"), waste);
  if (self->n_links > 0)
    {
      g_string_append (text, " · ");
      g_string_append_printf (text,
                              ngettext ("%u hard link that takes up nothing",
                                        "%u hard links that take up nothing",
                                        self->n_links),
                              self->n_links);
    }
  if (self->n_elsewhere == 0)
    return g_string_free (text, FALSE);
  g_string_append (text, " · ");
  if (self->n_elsewhere == 1)
    g_string_append_printf (text, _ ("also %s"), self->elsewhere);
  else
    g_string_append_printf (
        text,
        ngettext ("also %s and %u more", "also %s and %u more", self->n_elsewhere - 1),
        self->elsewhere,
        self->n_elsewhere - 1);
  return g_string_free (text, FALSE);
}

PaneDuplicate *
pane_duplicate_group_choose (PaneDuplicateGroup *self, gboolean newest)
{
  PaneDuplicate *chosen = g_ptr_array_index (self->files, 0);

  for (guint i = 1; i < self->files->len; i++)
    {
      PaneDuplicate *file = g_ptr_array_index (self->files, i);

      if (newest ? file->mtime_nsec > chosen->mtime_nsec : file->mtime_nsec < chosen->mtime_nsec)
        chosen = file;
    }
  return chosen;
}
