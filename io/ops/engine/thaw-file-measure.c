/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How much files and folders hold. One job counts as many of them in a row as are on one lane, then
 * the next job goes on in the next lane; where a symbolic link on the way turns out to lead to
 * another mount, it goes on there. Nothing but folders is opened, and nothing is changed. The
 * counting itself is that of operations (thaw_disk_measure()), and GIO's for what isn't native. The
 * loop starts jobs, lanes do the work. */

#include "thaw-file-measure.h"

#include "thaw-disk-private.h"
#include "thaw-error.h"
#include "thaw-lane.h"
#include "thaw-lane-path.h"

#include <fcntl.h>
#include <unistd.h>

#define TELL_USEC 100000
#define MAX_TURNS 40
#define MANY 10000

G_DEFINE_BOXED_TYPE (ThawFileMeasure,
                     thaw_file_measure,
                     thaw_file_measure_copy,
                     thaw_file_measure_free)

typedef struct {
  gint ref_count;
  ThawScope *scope;
  ThawMailbox *progress; /* nullable */
  GPtrArray *files;
  /* The job's while one runs. */
  guint i;
  char *path; /* nullable: where the next file really is */
  guint n_turns;
  ThawFileMeasure sum; /* of those that are through */
  ThawMeasure now;     /* of the one being counted */
  gint64 n_unreadable_now;
  gint64 told_usec;
  ThawJob *job; /* borrowed */
} Counting;

/**
 * thaw_file_measure_copy:
 * @self: a measure
 *
 * Returns: (transfer full): a copy
 */
ThawFileMeasure *
thaw_file_measure_copy (const ThawFileMeasure *self)
{
  return g_memdup2 (self, sizeof *self);
}

/**
 * thaw_file_measure_free:
 * @self: (transfer full): a measure
 */
void
thaw_file_measure_free (ThawFileMeasure *self)
{
  g_free (self);
}

static Counting *
counting_ref (Counting *self)
{
  __atomic_add_fetch (&self->ref_count, 1, __ATOMIC_RELAXED);
  return self;
}

static gpointer
unref_files (gpointer files)
{
  g_ptr_array_unref (files);
  return NULL;
}

/* A million of them take longer than the loop has, which is where most countings end. */
static void
let_files_go (GPtrArray *files)
{
  if (files->len > MANY)
    g_thread_unref (g_thread_new ("files that were counted", unref_files, files));
  else
    g_ptr_array_unref (files);
}

static void
counting_unref (gpointer data)
{
  Counting *self = data;

  if (__atomic_sub_fetch (&self->ref_count, 1, __ATOMIC_ACQ_REL) > 0)
    return;
  thaw_scope_unref (self->scope);
  g_clear_pointer (&self->progress, thaw_mailbox_unref);
  let_files_go (self->files);
  g_free (self->path);
  g_free (self);
}

/* On a lane */

static ThawFileMeasure *
add_up (Counting *self)
{
  ThawFileMeasure *measure = thaw_file_measure_copy (&self->sum);

  measure->bytes += self->now.bytes;
  if (measure->allocated >= 0)
    measure->allocated += self->now.allocated;
  measure->n_files += self->now.n_files;
  measure->n_folders += self->now.n_folders;
  measure->n_others += self->now.n_others;
  measure->n_unreadable += self->n_unreadable_now;
  return measure;
}

static void
tell (Counting *self)
{
  gint64 now = g_get_monotonic_time ();
  ThawFileMeasure *measure;

  thaw_job_beat (self->job);
  if (self->progress == NULL || now - self->told_usec < TELL_USEC)
    return;
  self->told_usec = now;
  measure = add_up (self);
  if (!thaw_mailbox_post_keyed (self->progress, self, measure))
    thaw_file_measure_free (measure);
}

static gboolean
check_cb (gpointer user_data, GError **error)
{
  Counting *self = user_data;

  tell (self);
  return !thaw_job_set_error_if_cancelled (self->job, error);
}

static gboolean
problem_cb (const char *path, const GError *error, gboolean *retry, gpointer user_data)
{
  ((Counting *) user_data)->n_unreadable_now++;
  return TRUE;
}

static gboolean
go_beyond (Counting *self, const char *folder, const char *name, GError **error)
{
  g_autofree char *beyond = NULL;
  g_autofree char *path = NULL;

  if (!g_error_matches (*error, THAW_ERROR, THAW_ERROR_OTHER_MOUNT) || self->n_turns++ >= MAX_TURNS)
    return FALSE;
  g_clear_error (error);
  beyond = thaw_lane_resolve_crossing (folder, error);
  if (beyond == NULL)
    return FALSE;
  path = g_build_filename (beyond, name, NULL);
  g_set_str (&self->path, path);
  g_set_error (error, THAW_ERROR, THAW_ERROR_OTHER_MOUNT, "%s is where it leads", path);
  return FALSE;
}

static gboolean
count_native (Counting *self, const char *path, GError **error)
{
  const ThawWalkFuncs funcs = { .check = check_cb, .problem = problem_cb, .user_data = self };
  g_autofree char *folder = g_path_get_dirname (path);
  g_autofree char *name = g_str_equal (path, "/") ? g_strdup (".") : g_path_get_basename (path);
  int fd = thaw_lane_open_beneath (folder, O_PATH | O_DIRECTORY, error);
  g_autofree char *near = NULL;
  g_autoptr (ThawPlace) place = NULL;

  if (fd < 0)
    return go_beyond (self, folder, name, error);
  near = g_strdup_printf ("/proc/self/fd/%d", fd);
  place = thaw_place_open (near, error);
  close (fd);
  return place != NULL && thaw_disk_measure (place, name, &funcs, &self->now, error);
}

static void
gio_progress_cb (gboolean reporting,
                 guint64 size,
                 guint64 n_folders,
                 guint64 n_files,
                 gpointer user_data)
{
  Counting *self = user_data;

  self->now.bytes = size;
  self->now.n_folders = n_folders;
  self->now.n_files = n_files;
  tell (self);
}

static gboolean
count_elsewhere (Counting *self, GFile *file, GError **error)
{
  guint64 size, n_folders, n_files;

  self->sum.allocated = -1;
  if (!g_file_measure_disk_usage (file,
                                  G_FILE_MEASURE_APPARENT_SIZE,
                                  thaw_job_get_cancellable (self->job),
                                  gio_progress_cb,
                                  self,
                                  &size,
                                  &n_folders,
                                  &n_files,
                                  error))
    return FALSE;
  self->now = (ThawMeasure){ .bytes = size, .n_folders = n_folders, .n_files = n_files };
  return TRUE;
}

static void
close_file (Counting *self)
{
  g_autoptr (ThawFileMeasure) sum = add_up (self);

  self->sum = *sum;
  self->now = (ThawMeasure){ 0 };
  self->n_unreadable_now = 0;
  g_clear_pointer (&self->path, g_free);
  self->n_turns = 0;
  self->i++;
}

static ThawLane *
dup_lane (Counting *self)
{
  return self->path != NULL ? thaw_lane_for_path (self->path)
                            : thaw_lane_for_file (g_ptr_array_index (self->files, self->i));
}

static gboolean
count_one (Counting *self, GError **error)
{
  GFile *file = g_ptr_array_index (self->files, self->i);
  const char *path = self->path != NULL ? self->path : g_file_peek_path (file);
  gboolean is_native = self->path != NULL || g_file_is_native (file);
  g_autoptr (GError) local = NULL;

  if (is_native ? count_native (self, path, &local) : count_elsewhere (self, file, &local))
    return TRUE;
  /* Of several, one that can't be counted is left out. */
  if (self->files->len > 1 && local->domain == G_IO_ERROR && local->code != G_IO_ERROR_CANCELLED)
    {
      self->n_unreadable_now++;
      return TRUE;
    }
  g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}

static gboolean
count_lane (ThawJob *job, gpointer user_data, GError **error)
{
  Counting *self = user_data;
  g_autoptr (ThawLane) lane = dup_lane (self);

  self->job = job;
  while (self->i < self->files->len)
    {
      g_autoptr (ThawLane) next = dup_lane (self);

      if (next != lane)
        {
          g_set_error_literal (error,
                               THAW_ERROR,
                               THAW_ERROR_OTHER_MOUNT,
                               "The next one is elsewhere");
          return FALSE;
        }
      if (thaw_job_set_error_if_cancelled (job, error) || !count_one (self, error))
        return FALSE;
      close_file (self);
    }
  thaw_job_return_pointer (job, add_up (self), (GDestroyNotify) thaw_file_measure_free);
  return TRUE;
}

/* On the loop */

static ThawFuture *count_on (Counting *self);

static ThawFuture *
go_on_cb (ThawFuture *completed, gpointer user_data)
{
  Counting *self = user_data;

  if (g_error_matches (thaw_future_get_error (completed), THAW_ERROR, THAW_ERROR_OTHER_MOUNT)
      && self->i < self->files->len && self->n_turns < MAX_TURNS)
    return count_on (self);
  return thaw_future_ref (completed);
}

static ThawFuture *
count_on (Counting *self)
{
  g_autoptr (ThawLane) lane = dup_lane (self);
  g_autoptr (ThawFuture) counted = thaw_lane_run_patient (lane,
                                                          self->scope,
                                                          "counting files",
                                                          THAW_PRIORITY_DEFAULT,
                                                          -1,
                                                          count_lane,
                                                          counting_ref (self),
                                                          counting_unref);

  return thaw_future_catch (counted, self->scope, go_on_cb, counting_ref (self), counting_unref);
}

/**
 * thaw_file_count:
 * @scope: what it belongs to
 * @files: (element-type GFile): files and folders
 * @progress: (nullable): gets a #ThawFileMeasure of what is counted so far, a few times a second
 *
 * Counts files and all that is in folders. Symbolic links are counted and not followed, and what is
 * mounted below a folder isn't gone into. What can't be read is left out and counted as such; only
 * a single file that can't be looked at fails.
 *
 * - **Thread**: call on the loop's thread. The work is done on the lanes of the files.
 * - **Errors**: the `G_IO_ERROR` of looking at the only file.
 * - **Cancellation**: cancel the future or end @scope: within a few system calls.
 * - **Units**: `bytes` are apparent sizes of regular files, `allocated` what the disk has for them.
 *
 * Returns: (transfer full): a future that resolves to a #ThawFileMeasure
 */
ThawFuture *
thaw_file_count (ThawScope *scope, GPtrArray *files, ThawMailbox *progress)
{
  Counting *self;
  ThawFuture *counted;

  g_return_val_if_fail (scope != NULL && files != NULL, NULL);

  if (files->len == 0)
    return thaw_future_new_pointer (g_new0 (ThawFileMeasure, 1),
                                    (GDestroyNotify) thaw_file_measure_free);
  self = g_new0 (Counting, 1);
  self->ref_count = 1;
  self->scope = thaw_scope_ref (scope);
  self->progress = progress != NULL ? thaw_mailbox_ref (progress) : NULL;
  self->files = g_ptr_array_ref (files);
  counted = count_on (self);
  counting_unref (self);
  return counted;
}
