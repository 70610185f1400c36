/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* For the tests of io/store: a folder of their own, a database in it, and awaiting outside of a
 * fiber. */
#pragma once

#include "thaw-database.h"

#include "task-test.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <sqlite3.h>
#include <string.h>
#include <unistd.h>

typedef struct {
  ThawScope *scope;
  char *folder, *path;
  GFile *file;
  ThawDatabase *database;
} Fixture;

static const char *const test_schema[] = {
  "CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, age INTEGER);"
  "CREATE TABLE blobs (id INTEGER PRIMARY KEY, data BLOB);",
  NULL,
};

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

static inline gint64
finish_int64 (ThawFuture *future)
{
  g_autoptr (GError) error = NULL;
  gint64 value;

  run_until_complete (future);
  value = thaw_future_get_int64 (future, &error);
  g_assert_no_error (error);
  thaw_future_unref (future);
  return value;
}

/* The error, for more than its code. */
static inline GError *
finish_rejected (ThawFuture *future)
{
  GError *error;

  run_until_complete (future);
  g_assert_nonnull (thaw_future_get_error (future));
  error = g_error_copy (thaw_future_get_error (future));
  thaw_future_unref (future);
  return error;
}

#define finish_error(future, domain, code)                                                         \
  G_STMT_START                                                                                     \
  {                                                                                                \
    g_autoptr (GError) error_ = finish_rejected (future);                                          \
    g_assert_error (error_, domain, code);                                                         \
  }                                                                                                \
  G_STMT_END

static inline guint
count_open_files (void)
{
  g_autoptr (GDir) dir = g_dir_open ("/proc/self/fd", 0, NULL);
  guint n = 0;

  while (g_dir_read_name (dir) != NULL)
    n++;
  return n;
}

static inline void
set_up_folder (Fixture *self, gconstpointer data)
{
  self->scope = thaw_scope_new ("test", NULL);
  self->folder = g_dir_make_tmp ("thaw-store-XXXXXX", NULL);
  self->path = g_build_filename (self->folder, "test.db", NULL);
  self->file = g_file_new_for_path (self->path);
}

static inline void
set_up (Fixture *self, gconstpointer data)
{
  set_up_folder (self, data);
  self->database = finish_pointer (
      thaw_database_open (self->scope, self->file, THAW_DATABASE_DEFAULT, test_schema));
}

static inline void
remove_folder (const char *folder)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);

      g_unlink (path);
    }
  g_rmdir (folder);
}

static inline void
tear_down (Fixture *self, gconstpointer data)
{
  if (self->database != NULL)
    {
      finish (thaw_database_close (self->database));
      thaw_database_unref (self->database);
    }
  thaw_scope_cancel (self->scope);
  g_clear_pointer (&self->scope, thaw_scope_unref);
  run_until (({
    ThawTaskStats stats;
    thaw_task_get_stats (&stats);
    stats.n_jobs == 0 && stats.n_scopes == 0;
  }));
  assert_nothing_left ();
  remove_folder (self->folder);
  g_object_unref (self->file);
  g_free (self->path);
  g_free (self->folder);
}
