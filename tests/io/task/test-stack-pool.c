/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Stacks: their guards, what they cost in memory maps, giving memory back; and switching between
 * them. */

#include "task-test.h"

#include "thaw-context-switch-private.h"
#include "thaw-stack-pool-private.h"

#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define GUARD_HIT 42
#define NEIGHBOUR_SPOILT 43

static guint
count_maps (void)
{
  g_autofree char *maps = NULL;
  guint n = 0;

  g_assert_true (g_file_get_contents ("/proc/self/maps", &maps, NULL, NULL));
  for (const char *c = maps; *c; c++)
    n += *c == '\n';
  return n;
}

static guint
count_resident_pages (ThawStack *stack)
{
  gsize page = sysconf (_SC_PAGESIZE);
  unsigned char pages[THAW_STACK_BYTES / 4096];
  guint n = 0;

  g_assert_cmpint (mincore (stack->bottom, THAW_STACK_BYTES, pages), ==, 0);
  for (guint i = 0; i < THAW_STACK_BYTES / page; i++)
    n += pages[i] & 1;
  return n;
}

static void
test_take_and_give (void)
{
  ThawStackPool *pool = thaw_stack_pool_new (TRUE);
  ThawStack *first = thaw_stack_pool_take (pool), *second = thaw_stack_pool_take (pool);

  g_assert_true (first->bottom != second->bottom);
  g_assert_cmpuint (first->size, >=, THAW_STACK_BYTES - 4096);
  memset (first->bottom, 1, first->size);
  memset (second->bottom, 2, second->size);
  g_assert_cmpint (((char *) first->bottom)[0], ==, 1);
  g_assert_cmpint (((char *) first->bottom)[first->size - 1], ==, 1);
  g_assert_false (thaw_stack_pool_give (pool, first));
  g_assert_true (thaw_stack_pool_take (pool) == first);
  thaw_stack_pool_give (pool, first);
  thaw_stack_pool_give (pool, second);
  g_assert_cmpuint (thaw_stack_pool_get_n_used (pool), ==, 0);
  thaw_stack_pool_free (pool);
}

static void
test_few_maps (void)
{
  ThawStackPool *pool = thaw_stack_pool_new (TRUE);
  ThawStack *stacks[2000];
  guint before = count_maps ();

  if (!thaw_stack_pool_has_light_guards ())
    g_test_skip ("This kernel has no guards without memory maps");
  else
    {
      for (guint i = 0; i < G_N_ELEMENTS (stacks); i++)
        stacks[i] = thaw_stack_pool_take (pool);
      g_assert_cmpuint (count_maps (), <, before + G_N_ELEMENTS (stacks) / 50);
      for (guint i = 0; i < G_N_ELEMENTS (stacks); i++)
        thaw_stack_pool_give (pool, stacks[i]);
    }
  thaw_stack_pool_free (pool);
}

static void
test_trim (void)
{
  ThawStackPool *pool = thaw_stack_pool_new (TRUE);
  ThawStack *stacks[1000];
  guint n_told = 0, n_warm = 0;
  gint64 now;

  for (guint i = 0; i < G_N_ELEMENTS (stacks); i++)
    {
      stacks[i] = thaw_stack_pool_take (pool);
      ((char *) stacks[i]->bottom)[stacks[i]->size - 1] = 1;
    }
  for (guint i = 0; i < G_N_ELEMENTS (stacks); i++)
    n_told += thaw_stack_pool_give (pool, stacks[i]);
  g_assert_cmpuint (n_told, ==, 1);

  /* The first time they were needed lately, the second time they weren't. */
  now = thaw_stack_pool_get_trim_due (pool);
  thaw_stack_pool_trim (pool, now - 1);
  g_assert_cmpint (thaw_stack_pool_get_trim_due (pool), ==, now);
  thaw_stack_pool_trim (pool, now);
  for (guint i = 0; i < G_N_ELEMENTS (stacks); i++)
    n_warm += count_resident_pages (stacks[i]) > 0;
  g_assert_cmpuint (n_warm, ==, G_N_ELEMENTS (stacks));
  for (guint i = 0; i < 100 && thaw_stack_pool_get_trim_due (pool) != -1; i++)
    thaw_stack_pool_trim (pool, thaw_stack_pool_get_trim_due (pool));
  g_assert_cmpint (thaw_stack_pool_get_trim_due (pool), ==, -1);

  n_warm = 0;
  for (guint i = 0; i < G_N_ELEMENTS (stacks); i++)
    n_warm += count_resident_pages (stacks[i]) > 0;
  g_assert_cmpuint (n_warm, ==, THAW_STACK_POOL_HIGH_WATER);
  for (guint i = 0; i < G_N_ELEMENTS (stacks); i++)
    stacks[i] = thaw_stack_pool_take (pool);
  for (guint i = 0; i < G_N_ELEMENTS (stacks); i++)
    thaw_stack_pool_give (pool, stacks[i]);
  thaw_stack_pool_free (pool);
}

typedef struct {
  ThawContext outside, inside;
  guint n_inside;
} Pair;

static void
switch_back (gpointer arg)
{
  Pair *pair = arg;
  ThawContext *resumer = &pair->outside;

  thaw_context_entered (&pair->outside);
  for (; pair->n_inside < 1000; pair->n_inside++)
    thaw_context_switch (&pair->inside, &pair->outside, &resumer);
  thaw_context_leave (&pair->inside, &pair->outside);
}

static void
test_switch (void)
{
  ThawStackPool *pool = thaw_stack_pool_new (TRUE);
  ThawStack *stack = thaw_stack_pool_take (pool);
  Pair pair = { 0 };

  thaw_context_init (&pair.inside, stack->bottom, stack->size, switch_back, &pair);
  for (guint i = 0; i <= 1000; i++)
    {
      g_assert_cmpuint (pair.n_inside, ==, i == 0 ? 0 : i - 1);
      thaw_context_switch (&pair.outside, &pair.inside, NULL);
    }
  g_assert_cmpuint (pair.n_inside, ==, 1000);
  thaw_context_clear (&pair.inside, stack->bottom, THAW_STACK_BYTES);
  thaw_stack_pool_give (pool, stack);
  thaw_stack_pool_free (pool);
}

static ThawStack *below, *spoiled, *above;

static gboolean
is_filled (ThawStack *stack, char byte)
{
  for (gsize i = 0; i < stack->size; i++)
    if (((char *) stack->bottom)[i] != byte)
      return FALSE;
  return TRUE;
}

static void
on_fault (int signum, siginfo_t *info, void *context)
{
  char *guard = (char *) spoiled->bottom - THAW_STACK_GUARD_BYTES;
  char *address = info->si_addr;

  _exit (address >= guard && address < (char *) spoiled->bottom && is_filled (below, 'b')
                 && is_filled (above, 'a')
             ? GUARD_HIT
             : NEIGHBOUR_SPOILT);
}

static volatile gboolean is_endless = TRUE; /* so that compilers don't warn */

static gsize
recurse_forever (volatile char *from)
{
  volatile char frame[200];

  frame[0] = from[0];
  if (!is_endless)
    return 0;
  return recurse_forever (frame) + frame[0] + from[0];
}

static void
overflow (gpointer arg)
{
  volatile char start = 1;

  _exit (recurse_forever (&start) == 0);
}

static void
watch_faults (void)
{
  static char handler_stack[64 * 1024];
  stack_t alternative = { .ss_sp = handler_stack, .ss_size = sizeof handler_stack };
  struct sigaction action = { .sa_sigaction = on_fault, .sa_flags = SA_SIGINFO | SA_ONSTACK };

  sigaltstack (&alternative, NULL);
  sigaction (SIGSEGV, &action, NULL);
}

static void
overflow_one (gboolean light)
{
  ThawStackPool *pool = thaw_stack_pool_new (light);
  Pair pair = { 0 };

  below = thaw_stack_pool_take (pool);
  spoiled = thaw_stack_pool_take (pool);
  above = thaw_stack_pool_take (pool);
  g_assert_true ((char *) below->bottom < (char *) spoiled->bottom);
  g_assert_true ((char *) spoiled->bottom < (char *) above->bottom);
  memset (below->bottom, 'b', below->size);
  memset (above->bottom, 'a', above->size);
  watch_faults ();
  thaw_context_init (&pair.inside, spoiled->bottom, spoiled->size, overflow, NULL);
  thaw_context_switch (&pair.outside, &pair.inside, NULL);
}

static ThawFuture *
overflow_fiber (gpointer user_data)
{
  overflow (NULL);
  return NULL;
}

static void
overflow_in_fiber (void)
{
  g_autoptr (ThawScope) scope = thaw_scope_new ("test", NULL);

  signal (SIGSEGV, SIG_DFL); /* not the sanitizer's */
  thaw_future_disown (thaw_scope_spawn (scope, "overflow", overflow_fiber, NULL, NULL));
  run_dry ();
}

static int
run_in_child (gconstpointer how)
{
  pid_t pid = fork ();
  int status;

  g_assert_cmpint (pid, >=, 0);
  if (pid == 0)
    {
      if (g_str_equal (how, "fiber"))
        overflow_in_fiber ();
      else
        overflow_one (g_str_equal (how, "light"));
      _exit (0);
    }
  g_assert_cmpint (waitpid (pid, &status, 0), ==, pid);
  return status;
}

static void
test_overflow (gconstpointer how)
{
  int status;

  if (g_str_equal (how, "light") && !thaw_stack_pool_has_light_guards ())
    {
      g_test_skip ("This kernel has no guards without memory maps");
      return;
    }
  status = run_in_child (how);
  if (g_str_equal (how, "fiber"))
    {
      g_assert_true (WIFSIGNALED (status));
      g_assert_cmpint (WTERMSIG (status), ==, SIGSEGV);
      return;
    }
  g_assert_true (WIFEXITED (status));
  g_assert_cmpint (WEXITSTATUS (status), ==, GUARD_HIT);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/stack-pool/take-and-give", test_take_and_give);
  g_test_add_func ("/stack-pool/few-maps", test_few_maps);
  g_test_add_func ("/stack-pool/trim", test_trim);
  g_test_add_func ("/stack-pool/switch", test_switch);
  g_test_add_data_func ("/stack-pool/overflow/light", "light", test_overflow);
  g_test_add_data_func ("/stack-pool/overflow/mprotect", "mprotect", test_overflow);
  g_test_add_data_func ("/stack-pool/overflow/fiber", "fiber", test_overflow);
  return g_test_run ();
}
