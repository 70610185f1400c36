/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is known of a thing on a server, which has neither inode nor change time: its type, its size
 * and when it was modified; of a tree that a job has made, how much is in it and when the newest
 * file of it was modified. By that undo tells whether it still is what the job left. And the
 * journal's notes of what was done there. On the thread of the run. */

#include "thaw-remote-private.h"

#include <string.h>
#include <sys/stat.h>

#define MAX_DEPTH 512

static guint32
get_type (GFileInfo *info)
{
  switch (g_file_info_get_file_type (info))
    {
    case G_FILE_TYPE_DIRECTORY:
      return S_IFDIR;
    case G_FILE_TYPE_SYMBOLIC_LINK:
      return S_IFLNK;
    case G_FILE_TYPE_UNKNOWN:
    case G_FILE_TYPE_REGULAR:
    case G_FILE_TYPE_SPECIAL:
    case G_FILE_TYPE_SHORTCUT:
    case G_FILE_TYPE_MOUNTABLE:
    default:
      return S_IFREG;
    }
}

/* A folder's own time changes with what is in it, and its size means nothing. */
static void
count (ThawIdentity *object, GFileInfo *info)
{
  object->ino++;
  if (get_type (info) == S_IFDIR)
    return;
  object->size += thaw_remote_get_size (info);
  object->mtime_nsec = MAX (object->mtime_nsec, thaw_remote_get_mtime_usec (info) * 1000);
}

static gboolean
count_inside (ThawRun *run, GFile *folder, guint depth, ThawIdentity *object, GError **error)
{
  GCancellable *cancellable = run != NULL ? thaw_run_get_cancellable (run) : NULL;
  g_autoptr (GFileEnumerator) children = NULL;
  GFileInfo *info;
  GFile *child;

  if (depth > MAX_DEPTH)
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_FAILED, "The tree is too deep");
      return FALSE;
    }
  children = g_file_enumerate_children (folder,
                                        THAW_REMOTE_ATTRIBUTES,
                                        G_FILE_QUERY_INFO_NOFOLLOW_SYMLINKS,
                                        cancellable,
                                        error);
  if (children == NULL)
    return FALSE;
  for (;;)
    {
      if (!g_file_enumerator_iterate (children, &info, &child, cancellable, error))
        return FALSE;
      if (child == NULL)
        return TRUE;
      count (object, info);
      if (get_type (info) == S_IFDIR && !count_inside (run, child, depth + 1, object, error))
        return FALSE;
    }
}

gboolean
thaw_remote_look (ThawRun *run,
                  GFile *file,
                  gboolean is_whole,
                  ThawIdentity *object,
                  GError **error)
{
  g_autoptr (GFileInfo) info = thaw_remote_query (run, file, error);

  *object = (ThawIdentity){ 0 };
  if (info == NULL)
    return FALSE;
  object->mode = get_type (info);
  count (object, info);
  return !is_whole || object->mode != S_IFDIR || count_inside (run, file, 0, object, error);
}

gboolean
thaw_remote_is_same (const ThawIdentity *a, const ThawIdentity *b)
{
  return a->mode == b->mode && a->ino == b->ino && a->size == b->size
         && a->mtime_nsec == b->mtime_nsec;
}

/* --- steps --- */

static gboolean
set_end (ThawStepEnd *end, GFile *file)
{
  g_autoptr (GFile) folder = file != NULL ? g_file_get_parent (file) : NULL;

  if (folder == NULL)
    return file == NULL;
  end->folder = g_file_get_uri (folder);
  end->name = g_file_get_basename (file);
  return strstr (end->folder, "://") != NULL && strchr (end->name, '/') == NULL;
}

ThawStep *
thaw_remote_step_new (GFile *from, GFile *to, const ThawIdentity *object)
{
  g_autoptr (ThawStep) step = g_new0 (ThawStep, 1);

  step->type = THAW_STEP_SERVER;
  step->object = *object;
  return set_end (&step->from, from) && set_end (&step->to, to) ? g_steal_pointer (&step) : NULL;
}

gboolean
thaw_remote_note_steps (ThawRun *run, GPtrArray *steps, GError **error)
{
  return steps->len == 0
         || thaw_journal_perform (thaw_run_get_journal (run),
                                  thaw_run_get_job (run),
                                  steps,
                                  THAW_STEPS_EACH,
                                  NULL,
                                  NULL,
                                  error);
}

gboolean
thaw_remote_note_step (ThawRemotePlacing *self,
                       GFile *from,
                       GFile *to,
                       const ThawIdentity *object,
                       GError **error)
{
  g_autoptr (GPtrArray) steps = g_ptr_array_new_with_free_func ((GDestroyNotify) thaw_step_free);
  ThawStep *step;

  if (self->has_noted_gone)
    return TRUE;
  step = thaw_remote_step_new (from, to, object);
  if (step == NULL)
    return thaw_remote_note_gone (self, to != NULL ? to : from, error);
  g_ptr_array_add (steps, step);
  return thaw_remote_note_steps (self->run, steps, error);
}
