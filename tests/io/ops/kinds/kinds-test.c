/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* See kinds-test.h. Works by plain paths: the names are the test's own. */

#include "kinds-test.h"

#include <dirent.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void
remove_all (const char *path)
{
  const char *argv[] = { "rm", "-rf", "--", path, NULL };

  g_assert_true (g_spawn_sync (NULL,
                               (char **) argv,
                               NULL,
                               G_SPAWN_SEARCH_PATH,
                               NULL,
                               NULL,
                               NULL,
                               NULL,
                               NULL,
                               NULL));
}

void
fixture_set_up (Fixture *self, gconstpointer data)
{
  g_autofree char *base = g_dir_make_tmp ("thaw-kinds-XXXXXX", NULL);

  g_assert_nonnull (base);
  self->folder = g_build_filename (base, "work", NULL);
  self->state = g_build_filename (base, "state", NULL);
  g_assert_no_errno (g_mkdir (self->folder, 0755));
  g_assert_no_errno (g_mkdir (self->state, 0700));
  /* What is replaced is kept there: else that would be at the top of the mount. */
  g_assert_no_errno (g_mkdir_with_parents (g_get_user_data_dir (), 0700));
  self->queue = thaw_operation_queue_new (self->state);
  thaw_operation_queue_set_can_ask (self->queue, FALSE);
}

void
fixture_restart (Fixture *self)
{
  g_clear_object (&self->queue);
  run_dry ();
  self->queue = thaw_operation_queue_new (self->state);
  thaw_operation_queue_set_can_ask (self->queue, FALSE);
}

void
fixture_tear_down (Fixture *self, gconstpointer data)
{
  g_autofree char *base = g_path_get_dirname (self->folder);

  g_clear_object (&self->queue);
  run_dry ();
  remove_all (base);
  g_free (self->folder);
  g_free (self->state);
}

void
make_entry (Fixture *self, const char *entry)
{
  const char *arrow = strstr (entry, "->"), *equals = strchr (entry, '=');
  const char *end = arrow != NULL ? arrow : equals != NULL ? equals : entry + strlen (entry);
  g_autofree char *name = g_strndup (entry, end - entry);
  g_autofree char *path = g_build_filename (self->folder, name, NULL);
  g_autofree char *parent = g_path_get_dirname (path);

  if (g_str_has_suffix (entry, "/"))
    {
      g_assert_no_errno (g_mkdir_with_parents (path, 0755));
      return;
    }
  g_assert_no_errno (g_mkdir_with_parents (parent, 0755));
  if (arrow != NULL)
    g_assert_no_errno (symlink (arrow + 2, path));
  else
    g_assert_true (g_file_set_contents (path, equals + 1, -1, NULL));
}

void
make_tree (Fixture *self, ...)
{
  va_list entries;
  const char *entry;

  va_start (entries, self);
  while ((entry = va_arg (entries, const char *)) != NULL)
    make_entry (self, entry);
  va_end (entries);
}

static int
compare (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

static GPtrArray *
list (const char *path, gboolean with_hidden)
{
  GPtrArray *names = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    if (with_hidden || name[0] != '.')
      g_ptr_array_add (names, g_strdup (name));
  g_ptr_array_sort (names, compare);
  return names;
}

static void
add_content (const char *path, const struct stat *st, GString *text)
{
  if (S_ISLNK (st->st_mode))
    {
      g_autofree char *target = g_file_read_link (path, NULL);

      g_string_append_printf (text, "->%s", target);
    }
  else if (S_ISREG (st->st_mode))
    {
      g_autofree char *content = NULL;
      gsize size = 0;

      if (g_file_get_contents (path, &content, &size, NULL) && size < 32)
        g_string_append_printf (text, "=%s", content);
      else
        {
          g_autofree char *sum
              = g_compute_checksum_for_data (G_CHECKSUM_MD5, (guchar *) content, size);

          g_string_append_printf (text, "=[%" G_GSIZE_FORMAT " %s]", size, sum);
        }
    }
}

static void
add_tree (const char *path, const char *shown, gboolean exactly, GString *text)
{
  g_autoptr (GPtrArray) names = list (path, exactly);

  for (guint i = 0; i < names->len; i++)
    {
      const char *name = g_ptr_array_index (names, i);
      g_autofree char *child = g_build_filename (path, name, NULL);
      g_autofree char *child_shown
          = *shown != '\0' ? g_build_filename (shown, name, NULL) : g_strdup (name);
      struct stat st;

      if (g_str_has_prefix (name, ".thaw-kept") || lstat (child, &st) != 0)
        continue;
      g_string_append_printf (text, "%s%s", text->len > 0 ? exactly ? "\n" : " " : "", child_shown);
      if (exactly)
        g_string_append_printf (text, " %o", st.st_mode);
      /* A folder's time tells that something came and went, which is the truth. */
      if (exactly && !S_ISDIR (st.st_mode))
        g_string_append_printf (text, " %ld.%09ld ", st.st_mtim.tv_sec, st.st_mtim.tv_nsec);
      add_content (child, &st, text);
      if (S_ISDIR (st.st_mode))
        {
          g_string_append_c (text, '/');
          add_tree (child, child_shown, exactly, text);
        }
    }
}

char *
read_tree (Fixture *self, const char *top)
{
  g_autofree char *path = g_build_filename (self->folder, top, NULL);
  GString *text = g_string_new (NULL);

  add_tree (path, "", FALSE, text);
  return g_string_free (text, FALSE);
}

char *
read_exactly (const char *path)
{
  GString *text = g_string_new (NULL);

  add_tree (path, "", TRUE, text);
  return g_string_free (text, FALSE);
}

void
assert_tree (Fixture *self, const char *top, const char *expected)
{
  g_autofree char *found = read_tree (self, top);

  g_assert_cmpstr (found, ==, expected);
}

static void
find_litter (const char *path)
{
  g_autoptr (GPtrArray) names = list (path, TRUE);

  for (guint i = 0; i < names->len; i++)
    {
      const char *name = g_ptr_array_index (names, i);
      g_autofree char *child = g_build_filename (path, name, NULL);

      if (g_str_has_prefix (name, ".thaw-kept"))
        continue;
      if (g_str_has_prefix (name, ".thaw-"))
        g_error ("%s was left behind", child);
      if (g_file_test (child, G_FILE_TEST_IS_DIR) && !g_file_test (child, G_FILE_TEST_IS_SYMLINK))
        find_litter (child);
    }
}

void
assert_no_litter (Fixture *self)
{
  find_litter (self->folder);
}

GFile *
get_file (Fixture *self, const char *name)
{
  g_autofree char *path = g_build_filename (self->folder, name, NULL);

  return g_file_new_for_path (path);
}

ThawOperationRequest *
new_request (Fixture *self, const char *kind, const char *target, ...)
{
  ThawOperationRequest *request = thaw_operation_request_new (kind);
  va_list sources;
  const char *source;

  if (target != NULL)
    {
      g_autoptr (GFile) file = get_file (self, target);

      thaw_operation_request_set_target (request, file);
    }
  va_start (sources, target);
  while ((source = va_arg (sources, const char *)) != NULL)
    {
      g_autoptr (GFile) file = get_file (self, source);

      thaw_operation_request_add_source (request, file);
    }
  va_end (sources);
  return request;
}

static gboolean
is_over (ThawOperation *operation)
{
  return thaw_operation_get_state (operation) >= THAW_OPERATION_DONE;
}

ThawOperation *
run_operation (ThawOperation *operation)
{
  g_assert_nonnull (operation);
  run_until (is_over (operation));
  return operation;
}

ThawOperation *
run_request (Fixture *self, ThawOperationRequest *request)
{
  ThawOperation *operation = thaw_operation_queue_submit (self->queue, request, "A test");

  thaw_operation_request_unref (request);
  return run_operation (operation);
}

void
assert_done (ThawOperation *operation)
{
  for (guint i = 0; i < thaw_operation_get_n_problems (operation); i++)
    {
      const ThawProblem *problem = thaw_operation_get_problem (operation, i);

      if (problem != NULL)
        g_test_message ("%s: %s", problem->path, problem->error->message);
    }
  g_assert_no_error (thaw_operation_get_error (operation));
  g_assert_cmpint (thaw_operation_get_state (operation), ==, THAW_OPERATION_DONE);
}

void
do_request (Fixture *self, ThawOperationRequest *request)
{
  g_autoptr (ThawOperation) operation = run_request (self, request);

  assert_done (operation);
}

void
undo (Fixture *self)
{
  g_autoptr (ThawOperation) operation = NULL;

  run_until (thaw_operation_queue_get_undo_title (self->queue) != NULL);
  operation = run_operation (thaw_operation_queue_undo (self->queue));
  assert_done (operation);
}

void
redo (Fixture *self)
{
  g_autoptr (ThawOperation) operation = NULL;

  run_until (thaw_operation_queue_get_redo_title (self->queue) != NULL);
  operation = run_operation (thaw_operation_queue_redo (self->queue));
  assert_done (operation);
}
