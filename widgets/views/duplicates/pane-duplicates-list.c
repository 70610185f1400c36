/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A group of duplicates as the folder that is shown sees it: its files by their paths from there,
 * what stays when all but one are selected, and the words over them. Loop's thread only; must not
 * touch files.
 */
#include "pane-duplicates-private.h"

#include <glib/gi18n-lib.h>

static void
duplicate_free (gpointer data)
{
  PaneDuplicate *self = data;

  g_free (self->path);
  g_free (self);
}

void
pane_duplicate_group_free (PaneDuplicateGroup *self)
{
  g_ptr_array_unref (self->files);
  g_free (self);
}

static void
add_file (PaneDuplicateGroup *self, GFile *location, const ThawDuplicatesFile *file)
{
  char *path = g_file_get_relative_path (location, file->file);
  PaneDuplicate *duplicate;

  if (path == NULL)
    return;
  duplicate = g_new (PaneDuplicate, 1);
  *duplicate = (PaneDuplicate){ path, file->mtime_nsec, file->copy, FALSE };
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
  return self;
}

guint
pane_duplicate_group_count_shown (PaneDuplicateGroup *self)
{
  guint n = 0;

  for (guint i = 0; i < self->files->len; i++)
    n += ((PaneDuplicate *) g_ptr_array_index (self->files, i))->is_shown;
  return n;
}

/* NULL: all are shown. */
static char *
dup_elsewhere (PaneDuplicateGroup *self)
{
  for (guint i = 0; i < self->files->len; i++)
    {
      PaneDuplicate *file = g_ptr_array_index (self->files, i);

      if (!file->is_shown)
        return g_filename_display_name (file->path);
    }
  return NULL;
}

char *
pane_duplicate_group_describe (PaneDuplicateGroup *self)
{
  g_autofree char *size = g_format_size (self->size);
  g_autofree char *waste = g_format_size (self->waste);
  g_autofree char *elsewhere = dup_elsewhere (self);
  guint n_elsewhere = self->files->len - pane_duplicate_group_count_shown (self);
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
  if (elsewhere == NULL)
    return g_string_free (text, FALSE);
  g_string_append (text, " · ");
  if (n_elsewhere == 1)
    g_string_append_printf (text, _ ("also %s"), elsewhere);
  else
    g_string_append_printf (
        text,
        ngettext ("also %s and %u more", "also %s and %u more", n_elsewhere - 1),
        elsewhere,
        n_elsewhere - 1);
  return g_string_free (text, FALSE);
}

PaneDuplicate *
pane_duplicate_group_choose (PaneDuplicateGroup *self, gboolean newest)
{
  PaneDuplicate *chosen = NULL;

  for (guint i = 0; i < self->files->len; i++)
    {
      PaneDuplicate *file = g_ptr_array_index (self->files, i);

      if (!file->is_shown)
        continue;
      if (chosen == NULL
          || (newest ? file->mtime_nsec > chosen->mtime_nsec
                     : file->mtime_nsec < chosen->mtime_nsec))
        chosen = file;
    }
  return chosen;
}
