/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The kept store: what was replaced or deleted lies in a hidden folder on its own volume, so that
 * keeping it is a rename. Names are reserved in the journal before anything moves there; what the
 * journal knows is counted, and when there is too much the oldest jobs give up theirs, being marked
 * first, so that no undo ever starts on what is half gone. Entries of other journals are never
 * touched but by emptying. On operations' threads. */

#include "thaw-step-private.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define MAX_NAME 255

struct _ThawKept {
  int ref_count; /* of one thread */
  ThawJournal *journal;
  ThawPlace *place;
  gint64 store; /* row of the journal */
  gint64 limit;
  /* Adding up takes as long as there is much: it is good until somebody, here or in another
   * process, has changed it. */
  gint64 bytes, data_version;
  guint64 changes;
  gboolean has_bytes;
};

static guint64
read_fsid (ThawPlace *place)
{
  struct statvfs info;

  return fstatvfs (thaw_place_get_fd (place), &info) == 0 ? info.f_fsid : 0;
}

/* Volumes come back under other paths: then the file system's id tells. */
static gboolean
register_store (ThawKept *self, GError **error)
{
  ThawJournal *journal = self->journal;
  const char *path = thaw_place_get_path (self->place);
  gint64 ino = (gint64) thaw_place_get_ino (self->place), fsid = (gint64) read_fsid (self->place);
  gboolean success;

  if (!thaw_journal_lock (journal, error))
    return FALSE;
  success = thaw_journal_read (journal,
                               &self->store,
                               0,
                               error,
                               "SELECT id FROM stores WHERE ino=? AND path=? AND fsid=?",
                               "iti",
                               ino,
                               path,
                               fsid);
  thaw_journal_unlock (journal);
  if (!success || self->store != 0)
    return success;
  if (!thaw_journal_begin (journal, THAW_COMMIT_DURABLE, error))
    return FALSE;
  success = thaw_journal_read (
      journal,
      &self->store,
      0,
      error,
      "SELECT id FROM stores WHERE ino=?1 AND (path=?2 OR (fsid=?3 AND fsid<>0))",
      "iti",
      ino,
      path,
      fsid);
  if (success && self->store == 0)
    {
      success = thaw_journal_exec (journal,
                                   error,
                                   "INSERT INTO stores (fsid, ino, path) VALUES (?, ?, ?)",
                                   "iit",
                                   fsid,
                                   ino,
                                   path);
      self->store = sqlite3_last_insert_rowid (journal->db);
    }
  else if (success)
    success = thaw_journal_exec (journal,
                                 error,
                                 "UPDATE stores SET path=?, fsid=? WHERE id=?",
                                 "tii",
                                 path,
                                 fsid,
                                 self->store);
  return thaw_journal_end (journal, success, error);
}

/**
 * thaw_kept_open:
 * @journal: a journal
 * @near: a folder
 * @error: return location
 *
 * Opens, or makes, the store on the volume of @near: in the user's data if they are on that volume,
 * else in its highest folder that the user may write in. Nobody else can look into it.
 *
 * - **Errors**: %G_IO_ERROR_NOT_SUPPORTED where there can be none; those of the journal.
 *
 * Returns: (transfer full): the store
 */
ThawKept *
thaw_kept_open (ThawJournal *journal, ThawPlace *near, GError **error)
{
  ThawPlace *place = thaw_kept_open_folder (near, error);
  g_autoptr (ThawKept) self = NULL;

  if (place == NULL)
    return NULL;
  self = g_new0 (ThawKept, 1);
  self->ref_count = 1;
  self->journal = thaw_journal_ref (journal);
  self->place = place;
  self->limit = thaw_kept_get_default_limit (place);
  return register_store (self, error) ? g_steal_pointer (&self) : NULL;
}

ThawKept *
thaw_kept_ref (ThawKept *self)
{
  self->ref_count++;
  return self;
}

void
thaw_kept_unref (ThawKept *self)
{
  if (--self->ref_count > 0)
    return;
  thaw_journal_unref (self->journal);
  thaw_place_unref (self->place);
  g_free (self);
}

ThawPlace *
thaw_kept_get_place (ThawKept *self)
{
  return self->place;
}

/**
 * thaw_kept_set_limit:
 * @bytes: how much may be kept on this volume; a tenth of it is the default. For this object only.
 */
void
thaw_kept_set_limit (ThawKept *self, gint64 bytes)
{
  self->limit = bytes;
}

/**
 * thaw_kept_get_bytes:
 *
 * Returns: what the journal knows to be kept there; 0 if it can't be read
 */
gint64
thaw_kept_get_bytes (ThawKept *self)
{
  ThawJournal *journal = self->journal;
  gint64 version = 0;

  if (!thaw_journal_lock (journal, NULL))
    return 0;
  self->has_bytes = thaw_journal_read (journal, &version, 0, NULL, "PRAGMA data_version", "")
                    && self->has_bytes && version == self->data_version
                    && journal->kept_changes == self->changes;
  if (!self->has_bytes)
    {
      self->bytes = 0;
      self->has_bytes = thaw_journal_read (journal,
                                           &self->bytes,
                                           0,
                                           NULL,
                                           "SELECT sum(bytes) FROM kept WHERE store=?",
                                           "i",
                                           self->store);
      self->data_version = version;
      self->changes = journal->kept_changes;
    }
  thaw_journal_unlock (journal);
  return self->bytes;
}

/* Cut at a character, so that it stays one name for people too. */
static char *
make_name (const char *token, gint64 number, const char *name)
{
  g_autofree char *prefix = g_strdup_printf ("%s-%" G_GINT64_FORMAT "-", token, number);
  gsize room = MAX_NAME - strlen (prefix), length = strlen (name);

  if (length > room)
    for (length = room; length > 0 && ((guchar) name[length] & 0xc0) == 0x80;)
      length--;
  return g_strdup_printf ("%s%.*s", prefix, (int) length, name);
}

/* With the lock held. */
static void
note_insertion (ThawKept *self, gint64 bytes)
{
  self->has_bytes = self->has_bytes && self->changes == self->journal->kept_changes;
  self->bytes += bytes;
  self->changes = ++self->journal->kept_changes;
}

/* With the lock held. */
static char *
insert_name (ThawKept *self,
             gint64 job,
             const char *token,
             const char *name,
             gint64 bytes,
             GError **error)
{
  ThawJournal *journal = self->journal;
  g_autofree char *kept_name = NULL;
  gint64 id;

  /* The row's number makes the name the only one of its kind. */
  if (!thaw_journal_exec (
          journal,
          error,
          "INSERT INTO kept (store, name, job, bytes) VALUES (?, randomblob(16), ?, ?)",
          "iii",
          self->store,
          job,
          bytes))
    return NULL;
  id = sqlite3_last_insert_rowid (journal->db);
  kept_name = make_name (token, id, name);
  if (!thaw_journal_exec (journal, error, "UPDATE kept SET name=? WHERE id=?", "ti", kept_name, id))
    return NULL;
  note_insertion (self, bytes);
  return g_steal_pointer (&kept_name);
}

static gboolean
insert_names (ThawReservation *all, guint n, gint64 job, const char *token, GError **error)
{
  for (guint i = 0; i < n; i++)
    {
      ThawReservation *one = &all[i];

      one->kept_name = insert_name (one->kept, job, token, one->name, one->bytes, error);
      if (one->kept_name == NULL)
        return FALSE;
    }
  return TRUE;
}

gboolean
thaw_kept_reserve_all (ThawJournal *journal,
                       gint64 job,
                       ThawReservation *all,
                       guint n,
                       GError **error)
{
  g_autofree char *token = NULL;

  if (n == 0)
    return TRUE;
  token = thaw_journal_dup_token (journal, job, error);
  if (token == NULL || !thaw_journal_begin (journal, THAW_COMMIT_SOON, error))
    return FALSE;
  if (thaw_journal_end (journal, insert_names (all, n, job, token, error), error))
    return TRUE;
  for (guint i = 0; i < n; i++)
    {
      all[i].kept->has_bytes = FALSE;
      g_clear_pointer (&all[i].kept_name, g_free);
    }
  return FALSE;
}

gboolean
thaw_kept_forget (ThawJournal *journal, gint64 job, GError **error)
{
  if (!thaw_journal_begin (journal, THAW_COMMIT_SOON, error))
    return FALSE;
  journal->kept_changes++;
  return thaw_journal_end (
      journal,
      thaw_journal_exec (journal, error, "DELETE FROM kept WHERE job=?", "i", job),
      error);
}

/* ---- Making room ---- */

/* The oldest root job that keeps something here, and of which nothing is under way. 0: none. */
static gboolean
find_oldest (ThawKept *self, gint64 job, gint64 *oldest, GError **error)
{
  return thaw_journal_read (
      self->journal,
      oldest,
      0,
      error,
      "SELECT r.id FROM kept k JOIN jobs j ON j.id=k.job"
      " JOIN jobs r ON r.id=CASE j.inverse_of WHEN 0 THEN j.id ELSE j.inverse_of END"
      " WHERE k.store=?1 AND r.id<>ifnull((SELECT CASE inverse_of WHEN 0 THEN id ELSE inverse_of"
      " END FROM jobs WHERE id=?2), 0)"
      " AND NOT EXISTS (SELECT 1 FROM jobs a WHERE (a.id=r.id OR a.inverse_of=r.id) AND a.ended=0)"
      " ORDER BY r.id LIMIT 1",
      "ii",
      self->store,
      job);
}

typedef struct {
  gint64 id;
  char *name;
} Entry;

static void
entry_clear (gpointer data)
{
  g_free (((Entry *) data)->name);
}

#define OF_ROOT " store=?1 AND job IN (SELECT id FROM jobs WHERE id=?2 OR inverse_of=?2)"

/* Marks the job as one that can't be inverted any more, durably, and says what it keeps. */
static GArray *
give_up (ThawKept *self, gint64 root, GError **error)
{
  ThawJournal *journal = self->journal;
  g_autoptr (GArray) entries = g_array_new (FALSE, FALSE, sizeof (Entry));
  g_autoptr (GError) local = NULL;
  sqlite3_stmt *statement = NULL;

  g_array_set_clear_func (entries, entry_clear);
  if (!thaw_journal_begin (journal, THAW_COMMIT_DURABLE, error))
    return NULL;
  if (thaw_journal_exec (journal, &local, "UPDATE jobs SET is_evicted=1 WHERE id=?", "i", root))
    statement = thaw_journal_query (journal,
                                    &local,
                                    "SELECT id, name FROM kept WHERE" OF_ROOT,
                                    "ii",
                                    self->store,
                                    root);
  while (statement != NULL && thaw_journal_step (journal, statement, &local))
    {
      Entry entry = { sqlite3_column_int64 (statement, 0), thaw_journal_column_dup (statement, 1) };

      g_array_append_val (entries, entry);
    }
  if (local != NULL)
    g_propagate_error (error, g_steal_pointer (&local));
  return thaw_journal_end (journal, error == NULL || *error == NULL, error)
             ? g_steal_pointer (&entries)
             : NULL;
}

static gboolean
remove_entry (ThawKept *self, const char *name, const ThawWalkFuncs *funcs, GError **error)
{
  g_autoptr (GError) local = NULL;

  if (thaw_disk_remove (self->place, name, NULL, NULL, funcs, &local)
      || g_error_matches (local, G_IO_ERROR, G_IO_ERROR_NOT_FOUND))
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}

static gboolean
forget_entry (ThawKept *self, gint64 id, GError **error)
{
  if (!thaw_journal_begin (self->journal, THAW_COMMIT_SOON, error))
    return FALSE;
  self->journal->kept_changes++;
  return thaw_journal_end (
      self->journal,
      thaw_journal_exec (self->journal, error, "DELETE FROM kept WHERE id=?", "i", id),
      error);
}

static gboolean
evict (ThawKept *self, gint64 root, GError **error)
{
  const ThawWalkFuncs funcs = { NULL };
  g_autoptr (GError) local = NULL;
  g_autoptr (GArray) entries = give_up (self, root, &local);

  for (guint i = 0; entries != NULL && local == NULL && i < entries->len; i++)
    {
      Entry *entry = &g_array_index (entries, Entry, i);

      if (remove_entry (self, entry->name, &funcs, &local))
        forget_entry (self, entry->id, &local);
    }
  if (local == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}

/* What was reserved by a job that is over and never came, or has left again without a mark. */
static gboolean
forget_missing (ThawKept *self, GError **error)
{
  g_autoptr (GArray) entries = g_array_new (FALSE, FALSE, sizeof (Entry));
  g_autoptr (GError) local = NULL;
  sqlite3_stmt *statement;

  g_array_set_clear_func (entries, entry_clear);
  if (!thaw_journal_lock (self->journal, error))
    return FALSE;
  statement = thaw_journal_query (self->journal,
                                  &local,
                                  "SELECT id, name FROM kept k WHERE store=? AND NOT EXISTS"
                                  " (SELECT 1 FROM jobs j WHERE j.id=k.job AND j.ended=0)",
                                  "i",
                                  self->store);
  while (statement != NULL && thaw_journal_step (self->journal, statement, &local))
    {
      Entry entry = { sqlite3_column_int64 (statement, 0), thaw_journal_column_dup (statement, 1) };

      g_array_append_val (entries, entry);
    }
  thaw_journal_unlock (self->journal);
  for (guint i = 0; local == NULL && i < entries->len; i++)
    {
      Entry *entry = &g_array_index (entries, Entry, i);
      ThawIdentity found;
      g_autoptr (GError) missing = NULL;

      if (!thaw_place_look (self->place, entry->name, &found, &missing)
          && g_error_matches (missing, G_IO_ERROR, G_IO_ERROR_NOT_FOUND))
        forget_entry (self, entry->id, &local);
    }
  if (local == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}

static gboolean
fail_full (const char *name, GError **error)
{
  g_autofree char *shown = g_filename_display_name (name);

  g_set_error (error, G_IO_ERROR, G_IO_ERROR_NO_SPACE, "“%s” is too large to be kept", shown);
  return FALSE;
}

static gboolean
make_room (ThawKept *self, gint64 job, const char *name, gint64 bytes, GError **error)
{
  if (bytes > self->limit)
    return fail_full (name, error);
  if (thaw_kept_get_bytes (self) + bytes <= self->limit)
    return TRUE;
  if (!forget_missing (self, error))
    return FALSE;
  while (thaw_kept_get_bytes (self) + bytes > self->limit)
    {
      gint64 oldest = 0;
      gboolean success;

      if (!thaw_journal_lock (self->journal, error))
        return FALSE;
      success = find_oldest (self, job, &oldest, error);
      thaw_journal_unlock (self->journal);
      if (!success)
        return FALSE;
      if (oldest == 0)
        return fail_full (name, error);
      if (!evict (self, oldest, error))
        return FALSE;
    }
  return TRUE;
}

/**
 * thaw_kept_reserve:
 * @self: a store
 * @job: for which job
 * @name: what it is called: part of the name in the store, for people who look into it
 * @bytes: what it takes
 * @error: return location
 *
 * Finds a name in the store, for the end of a step. Room is made first: the oldest jobs give up
 * what they keep, and can't be undone any more. What belongs to jobs under way stays.
 *
 * - **Errors**: %G_IO_ERROR_NO_SPACE if it doesn't fit at all; those of the journal and of the
 * disk.
 *
 * Returns: (transfer full): the name
 */
char *
thaw_kept_reserve (ThawKept *self, gint64 job, const char *name, gint64 bytes, GError **error)
{
  ThawReservation one = { self, name, bytes, NULL };

  return make_room (self, job, name, bytes, error)
                 && thaw_kept_reserve_all (self->journal, job, &one, 1, error)
             ? one.kept_name
             : NULL;
}

/* ---- Emptying ---- */

static gboolean
give_up_all (ThawKept *self, GError **error)
{
  gint64 oldest = 0;

  do
    {
      gboolean success;

      if (!thaw_journal_lock (self->journal, error))
        return FALSE;
      success = find_oldest (self, 0, &oldest, error);
      thaw_journal_unlock (self->journal);
      if (!success || (oldest != 0 && !evict (self, oldest, error)))
        return FALSE;
    }
  while (oldest != 0);
  return TRUE;
}

static gboolean
is_known (ThawKept *self, const char *name)
{
  gint64 id = 0;

  if (!thaw_journal_lock (self->journal, NULL))
    return TRUE;
  if (!thaw_journal_read (self->journal,
                          &id,
                          1,
                          NULL,
                          "SELECT count(*) FROM kept WHERE store=? AND name=?",
                          "it",
                          self->store,
                          name))
    id = 1;
  thaw_journal_unlock (self->journal);
  return id != 0;
}

static GPtrArray *
list_names (ThawKept *self, GError **error)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  int fd = openat (thaw_place_get_fd (self->place), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR *dir = fd >= 0 ? fdopendir (fd) : NULL;
  struct dirent *entry;

  if (dir == NULL)
    {
      thaw_set_errno_error (error, errno, thaw_place_get_path (self->place));
      if (fd >= 0)
        close (fd);
      return NULL;
    }
  while ((entry = readdir (dir)) != NULL)
    if (strcmp (entry->d_name, ".") != 0 && strcmp (entry->d_name, "..") != 0)
      g_ptr_array_add (names, g_strdup (entry->d_name));
  closedir (dir);
  return g_steal_pointer (&names);
}

/**
 * thaw_kept_empty:
 * @self: a store
 * @funcs: what removing tells and asks
 * @error: return location
 *
 * Removes for good what is kept on this volume, also what a journal that is lost has left there.
 * What belongs to jobs under way stays. The jobs can't be undone any more.
 *
 * Returns: whether it is empty but for that
 */
gboolean
thaw_kept_empty (ThawKept *self, const ThawWalkFuncs *funcs, GError **error)
{
  g_autoptr (GPtrArray) names = NULL;

  if (!give_up_all (self, error))
    return FALSE;
  names = list_names (self, error);
  for (guint i = 0; names != NULL && i < names->len; i++)
    if (!is_known (self, g_ptr_array_index (names, i))
        && !remove_entry (self, g_ptr_array_index (names, i), funcs, error))
      return FALSE;
  return names != NULL && forget_missing (self, error);
}

/* ---- For steps ---- */

gboolean
thaw_journal_is_store (ThawJournal *self,
                       const ThawStepEnd *end,
                       gboolean *is_store,
                       GError **error)
{
  gint64 found = 0;
  gboolean success;

  *is_store = FALSE;
  if (!thaw_step_is_in_store (end))
    return TRUE;
  if (!thaw_journal_lock (self, error))
    return FALSE;
  success = thaw_journal_read (self,
                               &found,
                               0,
                               error,
                               "SELECT count(*) FROM stores WHERE ino=? AND path=?",
                               "it",
                               (gint64) end->ino,
                               end->folder);
  thaw_journal_unlock (self);
  *is_store = found != 0;
  return success;
}

static gboolean
moves_from_store (ThawStep *step)
{
  return (step->type == THAW_STEP_RENAME || step->type == THAW_STEP_REPLACE)
         && thaw_step_is_in_store (&step->from);
}

gboolean
thaw_kept_note_left (ThawJournal *journal, GPtrArray *rows, GError **error)
{
  for (guint i = 0; i < rows->len; i++)
    {
      ThawStep *step = ((ThawRow *) g_ptr_array_index (rows, i))->step;
      ThawStepEnd *from = &step->from;

      if (!moves_from_store (step))
        continue;
      journal->kept_changes++;
      if (!thaw_journal_exec (journal,
                              error,
                              "DELETE FROM kept WHERE name=? AND store IN (SELECT id FROM stores "
                              "WHERE ino=? AND path=?)",
                              "tit",
                              from->name,
                              (gint64) from->ino,
                              from->folder))
        return FALSE;
    }
  return TRUE;
}

gboolean
thaw_kept_note_back (ThawJournal *journal, gint64 job, GPtrArray *rows, GError **error)
{
  for (guint i = 0; i < rows->len; i++)
    {
      ThawStep *step = ((ThawRow *) g_ptr_array_index (rows, i))->step;
      ThawStepEnd *from = &step->from;

      if (!moves_from_store (step))
        continue;
      journal->kept_changes++;
      if (!thaw_journal_exec (journal,
                              error,
                              "INSERT OR IGNORE INTO kept (store, name, job, bytes)"
                              " SELECT id, ?, ?, ? FROM stores WHERE ino=? AND path=?",
                              "tiiit",
                              from->name,
                              job,
                              S_ISDIR (step->object.mode) ? 0 : step->object.size,
                              (gint64) from->ino,
                              from->folder))
        return FALSE;
    }
  return TRUE;
}
