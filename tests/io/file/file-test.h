/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* For the tests of whole files and streams: a folder of their own, and awaiting outside of a fiber.
 */
#pragma once

#include "thaw-file-data.h"
#include "thaw-lane.h"

#include "task-test.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct {
  ThawScope *scope;
  char *folder, *path;
  GFile *file;
  guint n_files;
} Fixture;

static inline guint
count_open_files (void)
{
  g_autoptr (GDir) dir = g_dir_open ("/proc/self/fd", 0, NULL);
  guint n = 0;

  while (g_dir_read_name (dir) != NULL)
    n++;
  return n;
}

/* Names in the test's folder: what isn't finished must not stay there. */
static inline guint
count_names (Fixture *self)
{
  g_autoptr (GDir) dir = g_dir_open (self->folder, 0, NULL);
  guint n = 0;

  while (g_dir_read_name (dir) != NULL)
    n++;
  return n;
}

/* Takes over @future. */
static inline void
finish (ThawFuture *future)
{
  run_until_complete (future);
  g_assert_no_error (thaw_future_get_error (future));
  thaw_future_unref (future);
}

static inline gpointer
finish_pointer (ThawFuture *future)
{
  g_autoptr (GError) error = NULL;
  gpointer value;

  run_until_complete (future);
  value = thaw_future_take_pointer (future, &error);
  g_assert_no_error (error);
  thaw_future_unref (future);
  return value;
}

#define finish_error(future, domain, code, name)                                                   \
  G_STMT_START                                                                                     \
  {                                                                                                \
    ThawFuture *future_ = (future);                                                                \
    const GError *error_;                                                                          \
                                                                                                   \
    run_until_complete (future_);                                                                  \
    error_ = thaw_future_get_error (future_);                                                      \
    g_assert_error (error_, domain, code);                                                         \
    g_assert_nonnull (strstr (error_->message, name));                                             \
    thaw_future_unref (future_);                                                                   \
  }                                                                                                \
  G_STMT_END

static inline void
cancel_and_check (ThawFuture *future)
{
  thaw_future_cancel (future);
  assert_cancelled (future);
  thaw_future_unref (future);
}

static inline void
put (const char *path, const char *contents)
{
  g_assert_true (g_file_set_contents (path, contents, -1, NULL));
}

static inline void
assert_contents (const char *path, const char *wanted)
{
  g_autofree char *contents = NULL;

  g_assert_true (g_file_get_contents (path, &contents, NULL, NULL));
  g_assert_cmpstr (contents, ==, wanted);
}

static inline void
set_up (Fixture *self, gconstpointer data)
{
  g_autoptr (ThawMountTable) table = NULL;
  g_autoptr (ThawLane) lane = thaw_lane_for_path ("/");

  /* The table's thread keeps a descriptor: it must not be counted as one that a test has left. */
  run_until ((table = thaw_mount_table_dup_current ()) != NULL);
  self->scope = thaw_scope_new ("test", NULL);
  self->folder = g_dir_make_tmp ("thaw-file-XXXXXX", NULL);
  self->path = g_build_filename (self->folder, "file", NULL);
  self->file = g_file_new_for_path (self->path);
  self->n_files = count_open_files ();
}

static inline void
remove_all (const char *folder)
{
  g_autofree char *command = g_strdup_printf ("rm -rf '%s'", folder);

  g_assert_cmpint (system (command), ==, 0);
}

static inline gboolean
is_nothing_left (void)
{
  ThawTaskStats stats;

  thaw_task_get_stats (&stats);
  return stats.n_jobs == 0 && stats.n_scopes == 0 && stats.n_fibers == 0;
}

static inline void
tear_down (Fixture *self, gconstpointer data)
{
  thaw_scope_cancel (self->scope);
  g_clear_pointer (&self->scope, thaw_scope_unref);
  run_until (is_nothing_left ());
  run_until (count_open_files () <= self->n_files);
  remove_all (self->folder);
  g_object_unref (self->file);
  g_free (self->path);
  g_free (self->folder);
}
