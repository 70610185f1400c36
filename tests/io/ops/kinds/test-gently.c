/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An operation with the option "gently" runs in the idle class of the disk's scheduler and with
 * less of the processor, and no other one does. */

#include "kinds-test.h"

#include "thaw-operation-kind-private.h"

#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#define IOPRIO_WHO_PROCESS 1
#define IOPRIO_CLASS_IDLE 3

typedef struct {
  int io_class, nice;
} Found;

static Found planned, executed, loop;

static Found
look (void)
{
  long priority = syscall (SYS_ioprio_get, IOPRIO_WHO_PROCESS, 0);

  g_assert_cmpint (priority, >=, 0);
  return (Found){ .io_class = (int) priority >> 13,
                  .nice = getpriority (PRIO_PROCESS, (id_t) gettid ()) };
}

static gboolean
plan (ThawRun *run, GError **error)
{
  planned = look ();
  return TRUE;
}

static gboolean
execute (ThawRun *run, GError **error)
{
  executed = look ();
  return TRUE;
}

static const ThawOperationKind kind = { .id = "test-gently", .plan = plan, .execute = execute };

static void
run (Fixture *self, gboolean gently)
{
  ThawOperationRequest *request = new_request (self, "test-gently", NULL, NULL);

  if (gently)
    thaw_operation_request_set_option (request, "gently", g_variant_new_boolean (TRUE));
  do_request (self, request);
}

static void
test_gently (Fixture *self, gconstpointer data)
{
  loop = look ();
  run (self, FALSE);
  g_assert_cmpint (executed.io_class, ==, loop.io_class);
  g_assert_cmpint (executed.nice, ==, loop.nice);
  run (self, TRUE);
  g_assert_cmpint (planned.io_class, ==, IOPRIO_CLASS_IDLE);
  g_assert_cmpint (planned.nice, ==, 15);
  g_assert_cmpint (executed.io_class, ==, IOPRIO_CLASS_IDLE);
  g_assert_cmpint (executed.nice, ==, 15);
  g_assert_cmpint (look ().io_class, ==, loop.io_class);
  g_assert_cmpint (look ().nice, ==, loop.nice);
  run (self, FALSE);
  g_assert_cmpint (executed.io_class, ==, loop.io_class);
  g_assert_cmpint (executed.nice, ==, loop.nice);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  thaw_operation_kind_register (&kind);
  TEST ("/gently/thread", test_gently);
  return g_test_run ();
}
