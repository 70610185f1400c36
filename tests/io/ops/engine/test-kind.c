/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "test-kind.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <unistd.h>

#define N_DECISIONS_MAX 16

static struct {
  pthread_mutex_t lock;
  pthread_cond_t wake;
  guint n_passes, n_waiting;
  int decisions[N_DECISIONS_MAX];
  guint n_tries;
} gate = { .lock = PTHREAD_MUTEX_INITIALIZER, .wake = PTHREAD_COND_INITIALIZER };

void
test_gate_open (guint n)
{
  pthread_mutex_lock (&gate.lock);
  gate.n_passes += n;
  pthread_cond_broadcast (&gate.wake);
  pthread_mutex_unlock (&gate.lock);
}

void
test_gate_reset (void)
{
  pthread_mutex_lock (&gate.lock);
  gate.n_passes = 0;
  gate.n_tries = 0;
  for (guint i = 0; i < N_DECISIONS_MAX; i++)
    gate.decisions[i] = -1;
  pthread_mutex_unlock (&gate.lock);
}

guint
test_gate_get_n_waiting (void)
{
  guint n;

  pthread_mutex_lock (&gate.lock);
  n = gate.n_waiting;
  pthread_mutex_unlock (&gate.lock);
  return n;
}

int
test_kind_get_decision (guint i)
{
  int decision;

  pthread_mutex_lock (&gate.lock);
  decision = gate.decisions[i];
  pthread_mutex_unlock (&gate.lock);
  return decision;
}

guint
test_kind_get_n_tries (void)
{
  guint n;

  pthread_mutex_lock (&gate.lock);
  n = gate.n_tries;
  pthread_mutex_unlock (&gate.lock);
  return n;
}

static gboolean
pass_gate (void)
{
  gboolean passes;

  pthread_mutex_lock (&gate.lock);
  passes = gate.n_passes > 0;
  if (passes)
    gate.n_passes--;
  pthread_mutex_unlock (&gate.lock);
  return passes;
}

static void
count_waiting (int n)
{
  pthread_mutex_lock (&gate.lock);
  gate.n_waiting += n;
  pthread_mutex_unlock (&gate.lock);
}

/* As a walk does: looks for what is wanted of it now and then. */
static gboolean
wait_for_gate (ThawRun *run, GError **error)
{
  gboolean goes_on = TRUE;

  count_waiting (1);
  while (goes_on && !pass_gate ())
    {
      g_usleep (1000);
      goes_on = thaw_run_check (run, error);
    }
  count_waiting (-1);
  return goes_on;
}

/* As a dead mount does. */
static void
hang (void)
{
  pthread_mutex_lock (&gate.lock);
  gate.n_waiting++;
  while (gate.n_passes == 0)
    pthread_cond_wait (&gate.wake, &gate.lock);
  gate.n_passes--;
  gate.n_waiting--;
  pthread_mutex_unlock (&gate.lock);
}

static gint64
get_number (ThawRun *run, const char *key, gint64 fallback)
{
  GVariant *value = thaw_operation_request_get_option (thaw_run_get_request (run), key, NULL);

  if (value == NULL)
    return fallback;
  return g_variant_is_of_type (value, G_VARIANT_TYPE_INT64) ? g_variant_get_int64 (value)
                                                            : g_variant_get_int32 (value);
}

static gboolean
get_flag (ThawRun *run, const char *key)
{
  return thaw_operation_request_get_flag (thaw_run_get_request (run), key);
}

static gboolean
plan (ThawRun *run, GError **error)
{
  if (get_flag (run, "plan-hangs"))
    hang ();
  thaw_plan_add (thaw_run_get_plan (run),
                 get_number (run, "bytes", 1000),
                 get_number (run, "plan-entries", 1));
  if (get_flag (run, "fatal"))
    thaw_plan_add_finding (thaw_run_get_plan (run),
                           THAW_FINDING_NO_SPACE,
                           TRUE,
                           "/there",
                           "No room for %d",
                           7);
  return TRUE;
}

static gboolean
ask_all (ThawRun *run, GError **error)
{
  const ThawIdentity source = { .ino = 1, .size = 5, .mtime_nsec = 2000000, .mode = S_IFREG };
  const ThawIdentity target = { .ino = 2, .size = 6, .mtime_nsec = 1000000, .mode = S_IFREG };

  for (gint64 i = 0; i < get_number (run, "asks", 0); i++)
    {
      g_autofree char *path = g_strdup_printf ("/target/%d", (int) i);
      ThawDecision decision;

      if (!thaw_run_decide (run, "/source", &source, path, &target, &decision, error))
        return FALSE;
      pthread_mutex_lock (&gate.lock);
      gate.decisions[i] = (int) decision;
      pthread_mutex_unlock (&gate.lock);
    }
  return TRUE;
}

static gboolean
fill_up (ThawRun *run, GError **error)
{
  const ThawWalkFuncs *funcs = thaw_run_get_walk_funcs (run, "/full");
  g_autoptr (GError) full = g_error_new (G_IO_ERROR, G_IO_ERROR_NO_SPACE, "No space");
  gboolean retry = FALSE, goes_on;

  if (!get_flag (run, "full"))
    return TRUE;
  do
    {
      pthread_mutex_lock (&gate.lock);
      gate.n_tries++;
      pthread_mutex_unlock (&gate.lock);
      goes_on = funcs->problem ("disk", full, &retry, funcs->user_data);
    }
  while (goes_on && retry);
  return goes_on || thaw_run_check (run, error);
}

static void
have_problems (ThawRun *run)
{
  for (gint64 i = 0; i < get_number (run, "problems", 0); i++)
    {
      g_autofree char *path = g_strdup_printf ("/bad/%d", (int) i);

      thaw_run_add_problem (run,
                            path,
                            g_error_new (G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED, "Not allowed"));
    }
}

static gboolean
build (ThawPlace *target, const char *hidden, ThawIdentity *made, GError **error)
{
  int fd = openat (thaw_place_get_fd (target), hidden, O_CREAT | O_WRONLY | O_CLOEXEC, 0644);

  if (fd < 0)
    {
      g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno), "Can't make %s", hidden);
      return FALSE;
    }
  fsync (fd);
  close (fd);
  return thaw_place_look (target, hidden, made, error);
}

static gboolean
place_one (ThawRun *run, ThawPlace *target, guint i, const char *name, GError **error)
{
  g_autofree char *hidden = thaw_token_dup_name (thaw_run_get_token (run), i);
  g_autofree char *path = thaw_place_dup_child_path (target, name);
  g_autoptr (GPtrArray) steps = g_ptr_array_new_with_free_func ((GDestroyNotify) thaw_step_free);
  ThawIdentity made, there;

  if (thaw_run_is_resumed (run) && thaw_place_look (target, name, &there, NULL))
    return TRUE;
  if (!build (target, hidden, &made, error)
      || (get_flag (run, "gated") && !wait_for_gate (run, error)))
    {
      unlinkat (thaw_place_get_fd (target), hidden, 0);
      return FALSE;
    }
  g_ptr_array_add (steps, thaw_step_new_rename (target, hidden, target, name, &made));
  thaw_run_add_done (run, 0, 1);
  thaw_run_add_result (run, path);
  return thaw_run_perform (run, steps, THAW_STEPS_EACH, error);
}

static gboolean
place_all (ThawRun *run, GError **error)
{
  ThawOperationRequest *request = thaw_run_get_request (run);
  GFile *file = thaw_operation_request_get_target (request);
  g_autoptr (ThawPlace) target = NULL;
  const char *name;

  if (thaw_operation_request_get_name (request, 0) == NULL)
    return TRUE;
  target = thaw_place_open (g_file_peek_path (file), error);
  if (target == NULL)
    return FALSE;
  for (guint i = 0; (name = thaw_operation_request_get_name (request, i)) != NULL; i++)
    if (!place_one (run, target, i, name, error))
      return FALSE;
  return TRUE;
}

static gboolean
execute (ThawRun *run, GError **error)
{
  if (get_flag (run, "hangs"))
    {
      thaw_run_set_current (run, "/dead/mount");
      hang ();
    }
  for (gint64 i = 0; i < get_number (run, "entries", 0); i++)
    {
      if (!wait_for_gate (run, error))
        return FALSE;
      thaw_run_add_done (run, 100, 1);
    }
  have_problems (run);
  if (get_flag (run, "fails"))
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_BROKEN_PIPE, "It failed");
      return FALSE;
    }
  return ask_all (run, error) && fill_up (run, error) && place_all (run, error)
         && thaw_run_check (run, error);
}

void
test_kind_register (void)
{
  static const ThawOperationKind heavy = { .id = "test", .plan = plan, .execute = execute };
  static const ThawOperationKind light
      = { .id = "test-light", .plan = plan, .execute = execute, .is_light = TRUE };

  thaw_operation_kind_register (&heavy);
  thaw_operation_kind_register (&light);
}
