/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the tests of operations and their queue share: a state folder, a target and a queue. */

#include "operation-test.h"

#include <glib/gstdio.h>
#include <unistd.h>

void
test_operation_set_up (TestOperation *self, gconstpointer data)
{
  self->folder = g_dir_make_tmp ("thaw-operation-XXXXXX", NULL);
  self->state = g_build_filename (self->folder, "state", NULL);
  self->target = g_build_filename (self->folder, "target", NULL);
  g_assert_cmpint (g_mkdir (self->target, 0700), ==, 0);
  test_gate_reset ();
  self->queue = thaw_operation_queue_new (self->state);
}

static void
remove_tree (const char *path)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *child = g_build_filename (path, name, NULL);

      if (g_file_test (child, G_FILE_TEST_IS_DIR) && !g_file_test (child, G_FILE_TEST_IS_SYMLINK))
        remove_tree (child);
      else
        g_unlink (child);
    }
  g_rmdir (path);
}

gboolean
test_operation_is_nothing_left (void)
{
  ThawTaskStats stats;

  thaw_task_get_stats (&stats);
  return stats.n_scopes == 0 && stats.n_jobs == 0;
}

void
test_operation_tear_down (TestOperation *self, gconstpointer data)
{
  g_clear_object (&self->queue);
  /* What the journal was asked last is still under way, on its lane. */
  run_until (test_operation_is_nothing_left ());
  assert_nothing_left ();
  remove_tree (self->folder);
  g_free (self->folder);
  g_free (self->state);
  g_free (self->target);
}

ThawOperationRequest *
test_operation_make (const char *format, ...)
{
  g_autoptr (GVariant) options = NULL;
  ThawOperationRequest *request = thaw_operation_request_new ("test");
  GVariantIter iter;
  const char *key;
  GVariant *value;
  va_list arguments;

  va_start (arguments, format);
  options = g_variant_ref_sink (g_variant_new_parsed_va (format, &arguments));
  va_end (arguments);
  g_variant_iter_init (&iter, options);
  while (g_variant_iter_next (&iter, "{&sv}", &key, &value))
    {
      thaw_operation_request_set_option (request, key, value);
      g_variant_unref (value);
    }
  return request;
}

ThawOperation *
test_operation_submit (TestOperation *self, ThawOperationRequest *request)
{
  ThawOperation *operation = thaw_operation_queue_submit (self->queue, request, "A test");

  thaw_operation_request_unref (request);
  return operation;
}

gboolean
test_operation_is_over (ThawOperation *operation)
{
  return thaw_operation_state_is_last (thaw_operation_get_state (operation));
}

gboolean
test_operation_is_there (TestOperation *self, const char *name)
{
  g_autofree char *path = g_build_filename (self->target, name, NULL);

  return g_file_test (path, G_FILE_TEST_EXISTS);
}

/* Hidden names included. */
guint
test_operation_count_files (TestOperation *self)
{
  g_autoptr (GDir) dir = g_dir_open (self->target, 0, NULL);
  guint n = 0;

  while (g_dir_read_name (dir) != NULL)
    n++;
  return n;
}

ThawOperation *
test_operation_submit_places (TestOperation *self, gboolean gated, const char *first, ...)
{
  ThawOperationRequest *request = test_operation_make ("{'gated': <%b>}", gated);
  g_autoptr (GFile) target = g_file_new_for_path (self->target);
  const char *name = first;
  va_list names;

  thaw_operation_request_set_target (request, target);
  va_start (names, first);
  for (; name != NULL; name = va_arg (names, const char *))
    thaw_operation_request_add_name (request, name);
  va_end (names);
  return test_operation_submit (self, request);
}
