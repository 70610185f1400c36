/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What undo and redo become of what was done on a server: "server-back", which nobody else asks
 * for. Option "job" x: whose notes are taken back. Folders that merging had emptied and removed are
 * made again, then what was renamed or moved gets its old name back, all or nothing, then what was
 * made goes, last first. A tree that goes is renamed away first, so that its name is free at once.
 * All is looked at before anything is done. Redo is the same with the notes of this one; but for
 * files, which aren't kept: they have to be copied again. Runs on the thread of its operation. */

#include "thaw-server-back-private.h"

#include "thaw-vfs.h"

#include <sys/stat.h>

#define CHOSEN "server-back" /* a note of this job: a(ss), what is renamed to what */

typedef struct {
  ThawRun *run;
  ThawServerBacks *backs;
  ThawRemotePlacing placing;
} ServerBack;

/* --- folders that went --- */

static gboolean
make_again (ServerBack *self, GFile *folder, GError **error)
{
  const ThawIdentity empty = { .mode = S_IFDIR, .ino = 1 };

  if (thaw_remote_exists (self->run, folder))
    return TRUE;
  if (!thaw_remote_note_step (&self->placing, NULL, folder, &empty, error)
      || !g_file_make_directory (folder, thaw_run_get_cancellable (self->run), error))
    return FALSE;
  thaw_run_add_done (self->run, 0, 1);
  return TRUE;
}

static gboolean
make_all_again (ServerBack *self, GError **error)
{
  for (guint i = self->backs->backs->len; i-- > 0;)
    {
      ThawServerBack *back = g_ptr_array_index (self->backs->backs, i);

      if (back->to == NULL
          && (!thaw_run_check (self->run, error) || !make_again (self, back->from, error)))
        return FALSE;
    }
  return TRUE;
}

/* --- names --- */

static GVariant *
choose (ServerBack *self)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("a(ss)"));
  for (guint i = self->backs->backs->len; i-- > 0;)
    {
      const ThawServerBack *back = g_ptr_array_index (self->backs->backs, i);
      g_autofree char *here = back->here != NULL ? g_file_get_uri (back->here) : NULL;
      g_autofree char *there = here != NULL ? g_file_get_uri (back->from) : NULL;

      if (here != NULL)
        g_variant_builder_add (&builder, "(ss)", here, there);
    }
  return g_variant_ref_sink (g_variant_builder_end (&builder));
}

/* What was chosen before a crash; NULL: nothing was done before it. */
static GVariant *
load_chosen (ThawRun *run)
{
  g_autoptr (GBytes) bytes
      = thaw_journal_get (thaw_run_get_journal (run), thaw_run_get_job (run), CHOSEN, NULL);

  return bytes != NULL ? g_variant_ref_sink (
             g_variant_new_from_bytes (G_VARIANT_TYPE ("a(ss)"), bytes, FALSE))
                       : NULL;
}

static GFile *
dup_resolved (const char *uri)
{
  g_autoptr (GFile) file = g_file_new_for_uri (uri);

  return thaw_vfs_resolve (file);
}

static gboolean
rename_all (ThawRun *run, GVariant *chosen, GError **error)
{
  g_autoptr (GPtrArray) froms = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (GPtrArray) tos = g_ptr_array_new_with_free_func (g_object_unref);
  GVariantIter iter;
  const char *here, *there;

  g_variant_iter_init (&iter, chosen);
  while (g_variant_iter_next (&iter, "(&s&s)", &here, &there))
    {
      g_ptr_array_add (froms, dup_resolved (here));
      g_ptr_array_add (tos, dup_resolved (there));
      thaw_run_add_result (run, there);
    }
  return thaw_remote_rename_all (run, froms, tos, error);
}

/* --- what was made --- */

/* That an empty folder was made again can be said; files are gone. */
static gboolean
note_removal (ServerBack *self, const ThawServerBack *back, GError **error)
{
  if (S_ISDIR (back->object.mode) && back->object.ino == 1)
    return thaw_remote_note_step (&self->placing, back->to, NULL, &back->object, error);
  return thaw_remote_note_gone (&self->placing, back->to, error);
}

static gboolean
take_away (ServerBack *self, const ThawServerBack *back, guint number, GError **error)
{
  g_autoptr (GFile) folder = g_file_get_parent (back->to);
  const ThawTrip trip = { back->to, folder, NULL, number, 0 };
  g_autoptr (GFile) hidden = thaw_trip_get_hidden (self->run, &trip);
  gboolean is_there;

  if (!thaw_server_back_look_made (self->run, back, &is_there, error))
    return FALSE;
  if (!is_there)
    return TRUE;
  return thaw_remote_begin (&self->placing, folder, error) && note_removal (self, back, error)
         && thaw_remote_rename_to (self->run, back->to, hidden, error)
         && thaw_remote_remove_telling (self->run, hidden, error);
}

static gboolean
take_all_away (ServerBack *self, GError **error)
{
  for (guint i = self->backs->backs->len; i-- > 0;)
    {
      const ThawServerBack *back = g_ptr_array_index (self->backs->backs, i);

      if (back->from == NULL
          && (!thaw_run_check (self->run, error) || !take_away (self, back, G_MAXINT - i, error)))
        return FALSE;
    }
  return TRUE;
}

/* --- all of it --- */

/* From here on it is known what this job is about to rename, whatever a crash leaves of it. */
static GVariant *
begin (ServerBack *self, GError **error)
{
  g_autoptr (GVariant) chosen = thaw_run_is_resumed (self->run) ? load_chosen (self->run) : NULL;
  g_autoptr (GBytes) bytes = NULL;

  if (chosen != NULL)
    return g_steal_pointer (&chosen);
  if (!thaw_server_backs_look (self->backs, error))
    return NULL;
  chosen = choose (self);
  bytes = g_variant_get_data_as_bytes (chosen);
  return thaw_journal_put (thaw_run_get_journal (self->run),
                           thaw_run_get_job (self->run),
                           CHOSEN,
                           bytes,
                           error)
             ? g_steal_pointer (&chosen)
             : NULL;
}

static gboolean
execute (ThawRun *run, GError **error)
{
  ServerBack self = { .run = run, .placing = { .run = run } };
  g_autoptr (ThawServerBacks) backs = thaw_server_backs_new (run, error);
  g_autoptr (GVariant) chosen = NULL;
  gboolean done;

  if (backs == NULL)
    return FALSE;
  self.backs = backs;
  chosen = begin (&self, error);
  done = chosen != NULL && make_all_again (&self, error) && rename_all (run, chosen, error)
         && take_all_away (&self, error);
  g_clear_object (&self.placing.last_folder);
  return done;
}

/* Refuses, if anything of it can't be done. */
static gboolean
plan (ThawRun *run, GError **error)
{
  g_autoptr (ThawServerBacks) backs = thaw_server_backs_new (run, error);

  if (backs == NULL)
    return FALSE;
  for (guint i = 0; i < backs->backs->len; i++)
    {
      const ThawServerBack *back = g_ptr_array_index (backs->backs, i);

      thaw_plan_add (thaw_run_get_plan (run),
                     0,
                     back->from == NULL ? (gint64) back->object.ino : 1);
    }
  return thaw_run_is_resumed (run) || thaw_server_backs_look (backs, error);
}

const ThawOperationKind thaw_server_back_kind
    = { .id = "server-back", .plan = plan, .execute = execute };
