/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Undo and redo. A job's *carrier* is the job whose steps say how things stand: itself, or the
 * latest job that inverted it. Inverting turns the carrier's rows round, last first, checks all of
 * them against the disk as it will be at their turn, and performs them all or none. What was placed
 * goes to the kept store of its volume instead of a hidden name. Of many rows only a part is in
 * memory at a time: each is written down when it is full, and nothing is done before all are. On
 * one operation's thread. */

#include "thaw-inverse-private.h"

#define N_BETWEEN_QUESTIONS 64

typedef struct {
  gint64 root, carrier;
  ThawJournalState state;
  gboolean is_ended, is_evicted;
  char *owner, *title;
} Target;

static void
target_clear (Target *self)
{
  g_free (self->owner);
  g_free (self->title);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Target, target_clear)

static gboolean
read_target (ThawJournal *self, gint64 job, Target *target, GError **error)
{
  sqlite3_stmt *statement = thaw_journal_query (
      self,
      error,
      "SELECT r.id, r.carrier, r.state, r.ended, r.is_evicted, r.owner, r.title FROM jobs j"
      " JOIN jobs r ON r.id=CASE j.inverse_of WHEN 0 THEN j.id ELSE j.inverse_of END WHERE j.id=?",
      "i",
      job);

  if (statement == NULL || !thaw_journal_step (self, statement, error))
    return FALSE;
  target->root = sqlite3_column_int64 (statement, 0);
  target->carrier = sqlite3_column_int64 (statement, 1);
  target->state = (ThawJournalState) sqlite3_column_int (statement, 2);
  target->is_ended = sqlite3_column_int64 (statement, 3) != 0;
  target->is_evicted = sqlite3_column_int (statement, 4) != 0;
  target->owner = g_strdup ((const char *) sqlite3_column_text (statement, 5));
  target->title = g_strdup ((const char *) sqlite3_column_text (statement, 6));
  sqlite3_reset (statement);
  return TRUE;
}

static gboolean
find_target (ThawJournal *self, gint64 job, Target *target, GError **error)
{
  gboolean found;

  if (!thaw_journal_lock (self, error))
    return FALSE;
  found = read_target (self, job, target, error);
  thaw_journal_unlock (self);
  if (!found)
    {
      if (error != NULL && *error == NULL)
        g_set_error_literal (error,
                             G_IO_ERROR,
                             G_IO_ERROR_NOT_FOUND,
                             "The journal doesn't know this operation any more");
      return FALSE;
    }
  if (target->is_evicted)
    return thaw_inverse_refuse (error,
                                G_IO_ERROR_NOT_FOUND,
                                "What “%s” replaced or removed isn't kept any longer",
                                target->title);
  /* Our own may be one that is rolled back. */
  if (!target->is_ended && g_strcmp0 (target->owner, self->owner) != 0
      && thaw_journal_is_owner_alive (self, target->owner))
    return thaw_inverse_refuse (error, G_IO_ERROR_BUSY, "“%s” is still under way", target->title);
  return TRUE;
}

/* ---- Turning rows ---- */

static gboolean
refuse_note (ThawStep *step, GError **error)
{
  if (step->type == THAW_STEP_GONE && step->from.ino == 0)
    return thaw_inverse_refuse (error,
                                G_IO_ERROR_NOT_SUPPORTED,
                                "“%s” is on a server, where nothing can be taken back",
                                step->from.name);
  if (step->type == THAW_STEP_GONE)
    return thaw_inverse_refuse (error,
                                G_IO_ERROR_NOT_SUPPORTED,
                                "“%s” was deleted for good",
                                step->from.name);
  if (step->type == THAW_STEP_MOVED)
    return thaw_inverse_refuse (error,
                                G_IO_ERROR_NOT_SUPPORTED,
                                "“%s” was moved to another device: it has to be moved back",
                                step->from.name);
  if (step->type == THAW_STEP_SERVER)
    return thaw_inverse_refuse (error,
                                G_IO_ERROR_NOT_SUPPORTED,
                                "“%s” is on a server, and more was done than that",
                                step->to.folder != NULL ? step->to.name : step->from.name);
  return thaw_inverse_refuse (error,
                              G_IO_ERROR_NOT_SUPPORTED,
                              "What “%s” replaced was not kept",
                              step->to.name);
}

static gboolean
is_intermediate (GHashTable *hidden, const ThawStepEnd *end)
{
  return g_hash_table_contains (hidden, end->name);
}

/* Names that rows make only to leave them again; each for the new job. */
static GHashTable *
find_intermediates (ThawJournal *self, GArray *batches, const char *token, GError **error)
{
  g_autoptr (GHashTable) hidden = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  guint number = 0x80000000u | (g_random_int () >> 2);

  for (guint i = 0; i < batches->len; i++)
    {
      g_autoptr (GPtrArray) rows
          = thaw_journal_load_rows (self, g_array_index (batches, gint64, i), error);

      if (rows == NULL)
        return NULL;
      for (guint k = 0; k < rows->len; k++)
        {
          ThawStep *step = ((ThawRow *) g_ptr_array_index (rows, k))->step;

          if (step->type == THAW_STEP_RENAME && thaw_step_is_hidden_name (step->to.name))
            g_hash_table_insert (hidden,
                                 g_strdup (step->to.name),
                                 thaw_token_dup_name (token, number++));
        }
    }
  return g_steal_pointer (&hidden);
}

static void
rename_intermediate (GHashTable *hidden, ThawStepEnd *end)
{
  const char *name = end->name != NULL ? g_hash_table_lookup (hidden, end->name) : NULL;

  if (name != NULL)
    g_set_str (&end->name, name);
}

/* Where the turned row's object, or what it displaces, would go is no place for it. */
static gboolean
find_out_store (ThawJournal *self, ThawRow *turned, GHashTable *hidden, GError **error)
{
  ThawStepType type = turned->step->type;
  ThawStepEnd *end = type == THAW_STEP_REPLACE ? &turned->step->kept : &turned->step->to;

  turned->to_store = FALSE;
  if (type == THAW_STEP_ATTRIBUTES || is_intermediate (hidden, end))
    return TRUE;
  /* What was moved over something goes back to where it came from. */
  turned->to_store = thaw_step_is_hidden_name (end->name);
  return turned->to_store || thaw_journal_is_store (self, end, &turned->to_store, error);
}

/* What is to become of a row, and where its things would go is no hidden name any more. */
static ThawRow *
turn (ThawJournal *self, ThawRow *row, GHashTable *hidden, GError **error)
{
  g_autoptr (ThawRow) inverse = thaw_row_turn (row);

  if (inverse == NULL)
    {
      refuse_note (row->step, error);
      return NULL;
    }
  if (!find_out_store (self, inverse, hidden, error))
    return NULL;
  rename_intermediate (hidden, &inverse->step->from);
  rename_intermediate (hidden, &inverse->step->to);
  inverse->told = inverse->step;
  return g_steal_pointer (&inverse);
}

/* ---- Where things are kept ---- */

/* The store on the volume of a folder: most rows are in the folder of the row before. */
typedef struct {
  ThawKept *kept;
  char *near;
} Store;

static void
store_clear (Store *self)
{
  g_clear_pointer (&self->kept, thaw_kept_unref);
  g_clear_pointer (&self->near, g_free);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Store, store_clear)

static gboolean
open_store (ThawJournal *self, Store *store, const char *near, GError **error)
{
  g_autoptr (ThawPlace) place = NULL;

  if (g_strcmp0 (store->near, near) == 0)
    return TRUE;
  store_clear (store);
  place = thaw_place_open (near, error);
  store->kept = place != NULL ? thaw_kept_open (self, place, error) : NULL;
  if (store->kept != NULL)
    store->near = g_strdup (near);
  return store->kept != NULL;
}

static ThawStepEnd *
get_kept_end (ThawRow *row)
{
  return row->step->type == THAW_STEP_REPLACE ? &row->step->kept : &row->step->to;
}

static void
set_kept_end (ThawRow *row, const ThawReservation *reservation)
{
  ThawPlace *place = thaw_kept_get_place (reservation->kept);
  ThawStepEnd *end = get_kept_end (row);

  g_set_str (&end->folder, thaw_place_get_path (place));
  g_set_str (&end->name, reservation->kept_name);
  end->dev = thaw_place_get_dev (place);
  end->ino = thaw_place_get_ino (place);
  *(row->step->type == THAW_STEP_REPLACE ? &row->kept_fsid : &row->to_fsid) = 0;
}

static void
reservation_clear (gpointer data)
{
  ThawReservation *self = data;

  thaw_kept_unref (self->kept);
  g_free (self->kept_name);
}

/* The stores are opened before, since the journal is locked while names are reserved in it. */
static GArray *
make_reservations (ThawJournal *self, GPtrArray *rows, GError **error)
{
  g_autoptr (GArray) all = g_array_new (FALSE, FALSE, sizeof (ThawReservation));
  g_auto (Store) store = { NULL, NULL };

  g_array_set_clear_func (all, reservation_clear);
  for (guint i = 0; i < rows->len; i++)
    {
      ThawRow *row = g_ptr_array_index (rows, i);
      ThawReservation one = { .bytes = row->bytes };

      if (!row->to_store)
        continue;
      if (!open_store (self, &store, row->near, error))
        return NULL;
      one.kept = thaw_kept_ref (store.kept);
      one.name = row->step->type == THAW_STEP_REPLACE ? row->step->to.name : row->step->from.name;
      g_array_append_val (all, one);
    }
  return g_steal_pointer (&all);
}

static gboolean
reserve_all (ThawJournal *self, gint64 inverse, GPtrArray *rows, GError **error)
{
  g_autoptr (GArray) all = make_reservations (self, rows, error);

  if (all == NULL
      || !thaw_kept_reserve_all (self, inverse, (ThawReservation *) all->data, all->len, error))
    return FALSE;
  for (guint i = 0, k = 0; i < rows->len; i++)
    {
      ThawRow *row = g_ptr_array_index (rows, i);

      if (row->to_store)
        set_kept_end (row, &g_array_index (all, ThawReservation, k++));
    }
  return TRUE;
}

/* ---- Together ---- */

typedef struct {
  ThawJournal *journal;
  gint64 inverse; /* the job that does it; 0: it is only looked at */
  const ThawStepFuncs *funcs;
  GHashTable *hidden;
  GPtrArray *part; /* ThawRow: the last ones, not written down yet */
  guint n_rows;
  gboolean has_parts;
  Target target;
  ThawInverseCheck check;
} Inversion;

static gboolean
inversion_init (Inversion *self, ThawJournal *journal, gint64 job, GError **error)
{
  self->journal = journal;
  self->part = g_ptr_array_new_with_free_func ((GDestroyNotify) thaw_row_free);
  thaw_inverse_check_init (&self->check, journal);
  if (!find_target (journal, job, &self->target, error))
    return FALSE;
  self->check.root = self->target.root;
  self->check.carrier = self->target.carrier;
  return TRUE;
}

static void
inversion_clear (Inversion *self)
{
  thaw_inverse_check_clear (&self->check);
  target_clear (&self->target);
  g_ptr_array_unref (self->part);
  g_clear_pointer (&self->hidden, g_hash_table_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Inversion, inversion_clear)

static gboolean
ask (const ThawStepFuncs *funcs, GError **error)
{
  return funcs->check == NULL || funcs->check (funcs->user_data, error);
}

/* Each folder that was looked into is open until then. */
static gboolean
write_part (Inversion *self, GError **error)
{
  if (self->inverse != 0
      && (!reserve_all (self->journal, self->inverse, self->part, error)
          || !thaw_journal_add_part (self->journal, self->inverse, self->part, error)))
    return FALSE;
  self->has_parts = TRUE;
  g_ptr_array_set_size (self->part, 0);
  thaw_inverse_check_close_folders (&self->check);
  return TRUE;
}

static gboolean
add_row (Inversion *self, ThawRow *row, GError **error)
{
  ThawRow *inverse;

  if (row->step->type == THAW_STEP_LOST)
    return TRUE;
  if (self->part->len >= thaw_journal_get_part_size () && !write_part (self, error))
    return FALSE;
  inverse = turn (self->journal, row, self->hidden, error);
  if (inverse == NULL)
    return FALSE;
  g_ptr_array_add (self->part, inverse);
  return (self->n_rows++ % N_BETWEEN_QUESTIONS != 0 || ask (self->funcs, error))
         && thaw_inverse_check_row (&self->check, inverse, error);
}

/* Last first; what was turned goes at once. */
static gboolean
add_batch (Inversion *self, gint64 batch, GError **error)
{
  g_autoptr (GPtrArray) rows = thaw_journal_load_rows (self->journal, batch, error);

  for (guint i = rows != NULL ? rows->len : 0; i-- > 0;)
    {
      if (!add_row (self, g_ptr_array_index (rows, i), error))
        return FALSE;
      g_ptr_array_set_size (rows, (gint) i);
    }
  return rows != NULL;
}

/* All rows, turned and checked: the last of them are in @part, and those before are written down.
 * @token: of the job that is to do it. */
static gboolean
add_all (Inversion *self, const char *token, GError **error)
{
  g_autoptr (GArray) batches = NULL;

  if (!thaw_journal_mark_by_looking (self->journal, self->target.carrier, error))
    return FALSE;
  batches = thaw_journal_list_done_batches (self->journal, self->target.carrier, error);
  if (batches == NULL)
    return FALSE;
  self->hidden = find_intermediates (self->journal, batches, token, error);
  if (self->hidden == NULL)
    return FALSE;
  for (guint i = batches->len; i-- > 0;)
    if (!add_batch (self, g_array_index (batches, gint64, i), error))
      return FALSE;
  return TRUE;
}

/**
 * thaw_journal_can_invert:
 * @self: a journal
 * @job: a job
 * @funcs: (nullable): `check` alone is called
 * @error: return location: why not, for the user
 *
 * Finds out whether undo (or redo, if @job is undone) would work now. Looks at every object: it
 * must be the very one that the job left (device, inode, type; of files also size and time), and
 * where it goes must be free. What undo would take away, a copied tree, must not have been changed
 * inside since (by the ctimes, so that setting times back doesn't hide it), but for changes that
 * the journal itself made and took back. That walk ends at a million entries.
 *
 * - **Thread**: an operation's; some microseconds a step, and two an entry of trees.
 * - **Errors**: %G_IO_ERROR_WRONG_ETAG (changed), %G_IO_ERROR_NOT_FOUND, %G_IO_ERROR_EXISTS,
 * %G_IO_ERROR_NOT_SUPPORTED (deleted for good; moved to another device), %G_IO_ERROR_BUSY (under
 * way in another process).
 *
 * Returns: whether it would
 */
gboolean
thaw_journal_can_invert (ThawJournal *self, gint64 job, const ThawStepFuncs *funcs, GError **error)
{
  const ThawStepFuncs none = { NULL };
  g_auto (Inversion) inversion = { .funcs = funcs != NULL ? funcs : &none };
  g_autoptr (GError) local = NULL;
  char token[THAW_TOKEN_LENGTH + 1];

  thaw_token_make (token);
  if (inversion_init (&inversion, self, job, &local) && add_all (&inversion, token, &local))
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}

/* After a crash all of it was written down, or nothing. */
static gboolean
go_on (ThawJournal *self, gint64 inverse, gboolean *is_begun, GError **error)
{
  g_autoptr (GArray) batches = NULL;

  if (!thaw_journal_settle (self, inverse, TRUE, error))
    return FALSE;
  batches = thaw_journal_list_done_batches (self, inverse, error);
  *is_begun = batches != NULL && batches->len > 0;
  return batches != NULL;
}

static gboolean
perform (Inversion *self, GError **error)
{
  g_autoptr (ThawFolders) folders = NULL;

  if (self->has_parts)
    return (self->part->len == 0 || write_part (self, error))
           && thaw_journal_do_parts (self->journal, self->inverse, self->funcs, error);
  folders = thaw_folders_new ();
  return reserve_all (self->journal, self->inverse, self->part, error)
         && thaw_journal_perform_rows (self->journal,
                                       self->inverse,
                                       self->part,
                                       THAW_STEPS_ALL_OR_NONE,
                                       folders,
                                       self->funcs->done,
                                       self->funcs->user_data,
                                       error);
}

/* Nothing was done: what was written down for it means nothing. */
static void
forget (Inversion *self)
{
  if (self->has_parts && thaw_journal_take_parts_back (self->journal, self->inverse, NULL))
    thaw_kept_forget (self->journal, self->inverse, NULL);
}

static gboolean
invert_anew (ThawJournal *self,
             gint64 job,
             gint64 inverse,
             const ThawStepFuncs *funcs,
             GError **error)
{
  g_auto (Inversion) inversion = { .inverse = inverse, .funcs = funcs };
  g_autofree char *token = thaw_journal_dup_token (self, inverse, error);

  if (!inversion_init (&inversion, self, job, error) || token == NULL)
    return FALSE;
  if (!add_all (&inversion, token, error))
    {
      forget (&inversion);
      return FALSE;
    }
  return perform (&inversion, error);
}

/**
 * thaw_journal_invert:
 * @self: a journal
 * @job: the job that is to be taken back, or to be done again if it is undone
 * @inverse: a new job of this process, added with `inverse_of` set to @job
 * @funcs: (nullable): `done` is told of each step that is on the device, also if all is taken back
 * after that; what `check` refuses is given up, and taken back if need be
 * @error: return location
 *
 * Undoes or redoes a job, wholly or not at all; refuses as thaw_journal_can_invert() does. Called
 * again with the same @inverse after a crash it goes on. @job is undone, or done again, as soon as
 * this returns %TRUE.
 *
 * - **Thread**: the inverse's. Blocks as long as the disk does.
 * - **Errors**: those of thaw_journal_can_invert() and thaw_journal_perform();
 * %G_IO_ERROR_NOT_SUPPORTED if the volume has no place to keep what is displaced.
 *
 * Returns: whether it was done
 */
gboolean
thaw_journal_invert (ThawJournal *self,
                     gint64 job,
                     gint64 inverse,
                     const ThawStepFuncs *funcs,
                     GError **error)
{
  const ThawStepFuncs none = { NULL };
  g_autoptr (GError) local = NULL;
  gboolean is_begun;

  if (go_on (self, inverse, &is_begun, &local)
      && (is_begun || invert_anew (self, job, inverse, funcs != NULL ? funcs : &none, &local)))
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}
