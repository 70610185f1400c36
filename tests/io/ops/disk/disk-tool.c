/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The disk layer as a command, for the kit of faults to break: killcopy, toctou and treecmp drive
 * it. A copy is placed by one rename; what is durable of it is kept in a file of its own, as the
 * journal would, so that the next run goes on with it.
 *
 *   disk-tool [--state FILE] [--go-on] [--retry N] [--verify] [--direct] [--cancel-after N] COMMAND
 *     copy SOURCE FOLDER     move SOURCE FOLDER     remove PATH     measure PATH
 *
 * --go-on leaves out what fails, and names it; else the first failure ends it. --retry tries N
 * failures again before that. Exit 1: something failed. */

#include "thaw-disk-private.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char *state_path;
static gboolean goes_on, verifies, is_direct;
static int cancel_after = -1, n_retries;

static const GOptionEntry options[] = {
  { "state", 0, 0, G_OPTION_ARG_FILENAME, &state_path, "Where durable inodes are kept", "FILE" },
  { "go-on", 0, 0, G_OPTION_ARG_NONE, &goes_on, "Leave out what fails", NULL },
  { "verify", 0, 0, G_OPTION_ARG_NONE, &verifies, "Read back", NULL },
  { "direct", 0, 0, G_OPTION_ARG_NONE, &is_direct, "Past the page cache on any disk", NULL },
  { "cancel-after", 0, 0, G_OPTION_ARG_INT, &cancel_after, "Cancel at the Nth question", "N" },
  { "retry", 0, 0, G_OPTION_ARG_INT, &n_retries, "Try N failures again", "N" },
  { NULL },
};

static ThawCopyFlags
get_flags (void)
{
  return (verifies ? THAW_COPY_VERIFY : 0) | (is_direct ? THAW_COPY_DIRECT : 0);
}

typedef struct {
  char token[THAW_TOKEN_LENGTH + 1];
  GHashTable *durable; /* guint64 */
  int state;           /* -1: none */
  gint64 bytes, entries;
  gboolean failed;
} Tool;

/* Token, NUL, inodes. A torn last one is cut off. */
static gboolean
load_state (Tool *self)
{
  g_autofree char *bytes = NULL;
  gsize length = 0;

  if (state_path == NULL || !g_file_get_contents (state_path, &bytes, &length, NULL)
      || length < sizeof self->token)
    return FALSE;
  memcpy (self->token, bytes, sizeof self->token);
  for (gsize at = sizeof self->token; at + sizeof (guint64) <= length; at += sizeof (guint64))
    {
      guint64 inode;

      memcpy (&inode, bytes + at, sizeof inode);
      g_hash_table_add (self->durable, g_memdup2 (&inode, sizeof inode));
    }
  return TRUE;
}

static void
append_state (Tool *self, gconstpointer bytes, gsize size)
{
  if (self->state >= 0
      && (write (self->state, bytes, size) != (gssize) size || fdatasync (self->state) != 0))
    g_error ("The state can't be written: %s", g_strerror (errno));
}

/* What was begun under the token, or a new one. */
static void
open_state (Tool *self, ThawPlace *to)
{
  gboolean is_begun = load_state (self);
  g_autofree char *name = is_begun ? thaw_token_dup_name (self->token, 1) : NULL;

  is_begun = is_begun && thaw_place_look (to, name, NULL, NULL);
  if (!is_begun)
    {
      g_hash_table_remove_all (self->durable);
      thaw_token_make (self->token);
    }
  if (state_path == NULL)
    return;
  self->state = open (state_path, O_WRONLY | O_CREAT | O_APPEND | (is_begun ? 0 : O_TRUNC), 0600);
  if (!is_begun)
    append_state (self, self->token, sizeof self->token);
}

static gboolean
check_cb (gpointer data, GError **error)
{
  static int n;

  return cancel_after < 0 || n++ < cancel_after
         || (g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_CANCELLED, "Cancelled"), FALSE);
}

static void
done_cb (gint64 bytes, gint64 entries, gpointer data)
{
  Tool *self = data;

  self->bytes += bytes;
  self->entries += entries;
}

static gboolean
problem_cb (const char *path, const GError *error, gboolean *retry, gpointer data)
{
  Tool *self = data;

  *retry = n_retries-- > 0;
  if (*retry)
    return TRUE;
  self->failed = TRUE;
  printf ("problem: %s: %s\n", path, error->message);
  return goes_on;
}

static void
loss_cb (const char *path, const char *what, gpointer data)
{
  printf ("loss: %s: %s\n", path, what);
}

static gboolean
durable_cb (const guint64 *inodes, gsize n_inodes, gpointer data, GError **error)
{
  append_state (data, inodes, n_inodes * sizeof *inodes);
  return TRUE;
}

static gboolean
is_durable_cb (guint64 inode, gpointer data)
{
  Tool *self = data;

  return g_hash_table_contains (self->durable, &inode);
}

static ThawPlace *
open_parent (const char *path, char **name, GError **error)
{
  g_autofree char *folder = g_path_get_dirname (path);

  *name = g_path_get_basename (path);
  return thaw_place_open (folder, error);
}

static gboolean
copy (Tool *self,
      ThawPlace *from,
      const char *name,
      ThawPlace *to,
      const ThawWalkFuncs *funcs,
      GError **error)
{
  g_autofree char *as = NULL;

  open_state (self, to);
  as = thaw_token_dup_name (self->token, 1);
  /* Killed after it was placed. */
  if (thaw_place_look (to, name, NULL, NULL))
    return thaw_place_sync (to, error);
  if (!thaw_disk_copy (from, name, to, as, get_flags (), funcs, NULL, error))
    return FALSE;
  if (thaw_place_rename_new (to, as, to, name, error))
    return thaw_place_sync (to, error);
  thaw_disk_discard (to, as, NULL, NULL);
  return FALSE;
}

static gboolean
copy_or_move (Tool *self, char **args, gboolean moves, const ThawWalkFuncs *funcs, GError **error)
{
  g_autofree char *name = NULL;
  g_autoptr (ThawPlace) from = open_parent (args[0], &name, error), to = NULL;

  if (from == NULL)
    return FALSE;
  to = thaw_place_open (args[1], error);
  if (to == NULL)
    return FALSE;
  /* Killed after the last of it was removed. */
  if (moves && !thaw_place_look (from, name, NULL, NULL) && thaw_place_look (to, name, NULL, NULL))
    return TRUE;
  if (!copy (self, from, name, to, funcs, error))
    return FALSE;
  return !moves || thaw_disk_remove (from, name, to, name, funcs, error);
}

static gboolean
measure (char **args, const ThawWalkFuncs *funcs, GError **error)
{
  g_autofree char *name = NULL;
  g_autoptr (ThawPlace) place = open_parent (args[0], &name, error);
  ThawMeasure measured;

  if (place == NULL || !thaw_disk_measure (place, name, funcs, &measured, error))
    return FALSE;
  printf ("%" G_GINT64_FORMAT " bytes, %" G_GINT64_FORMAT " allocated, %" G_GINT64_FORMAT
          " files, %" G_GINT64_FORMAT " folders, %" G_GINT64_FORMAT " others, depth %u\n",
          measured.bytes,
          measured.allocated,
          measured.n_files,
          measured.n_folders,
          measured.n_others,
          measured.depth);
  return TRUE;
}

static gboolean
remove_item (char **args, const ThawWalkFuncs *funcs, GError **error)
{
  g_autofree char *name = NULL;
  g_autoptr (ThawPlace) place = open_parent (args[0], &name, error);

  return place != NULL && thaw_disk_remove (place, name, NULL, NULL, funcs, error);
}

static gboolean
run (Tool *self, const char *command, char **args, GError **error)
{
  const ThawWalkFuncs funcs = {
    .check = check_cb,
    .done = done_cb,
    .problem = problem_cb,
    .loss = loss_cb,
    .durable = durable_cb,
    .is_durable = is_durable_cb,
    .user_data = self,
  };
  gboolean moves = strcmp (command, "move") == 0;

  if (moves || strcmp (command, "copy") == 0)
    return copy_or_move (self, args, moves, &funcs, error);
  if (strcmp (command, "remove") == 0)
    return remove_item (args, &funcs, error);
  return measure (args, &funcs, error);
}

int
main (int argc, char **argv)
{
  g_autoptr (GOptionContext) context = g_option_context_new ("COMMAND ARGS… - the disk layer");
  g_autoptr (GError) error = NULL;
  Tool self = { .state = -1 };

  g_option_context_add_main_entries (context, options, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error) || argc < 3
      || (argc < 4 && (g_str_equal (argv[1], "copy") || g_str_equal (argv[1], "move"))))
    {
      fprintf (stderr, "usage: disk-tool [OPTION…] copy|move|remove|measure PATH [FOLDER]\n");
      return 2;
    }
  self.durable = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  if (!run (&self, argv[1], argv + 2, &error))
    {
      self.failed = TRUE;
      printf ("failed: %s\n", error->message);
    }
  else
    {
      printf ("%" G_GINT64_FORMAT " bytes, %" G_GINT64_FORMAT " entries\n",
              self.bytes,
              self.entries);
    }
  g_clear_fd (&self.state, NULL);
  g_hash_table_unref (self.durable);
  g_free (state_path);
  return self.failed;
}
