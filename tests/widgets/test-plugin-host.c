/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Plugins' host, with plugins that are objects of this program: what is registered and goes again,
 * answers and who gets them, deadlines, threads that are left behind and what becomes of them,
 * faults and strikes, and that nothing is left after a hundred lives. */

#include "plugin-fixture.h"

#include <sched.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

typedef struct {
  guint n_calls, n_answers;
  char *first, *error;
  gboolean is_given_up;
} Got;

static void
got_cb (PanePluginItem *item,
        const PanePluginAnswer *const *answers,
        const char *error,
        gpointer user_data)
{
  Got *got = user_data;

  g_assert_true (plugin_fixture_is_on_loop ());
  got->n_calls++;
  got->is_given_up = answers == NULL;
  g_set_str (&got->error, error);
  for (; answers != NULL && answers[got->n_answers] != NULL; got->n_answers++)
    if (got->first == NULL)
      got->first = g_strdup (answers[got->n_answers]->text);
}

static void
got_clear (Got *got)
{
  g_free (got->first);
  g_free (got->error);
  *got = (Got){ 0 };
}

static guint64
ask (PanePluginItem *item, const char *const *names, Got *got)
{
  g_autoptr (GFile) location = g_file_new_for_path ("/tmp/a place");

  g_assert_nonnull (item);
  return pane_plugin_item_ask (item, location, names, got_cb, got, NULL);
}

static const char *const two_names[] = { "a", "b", NULL };

/* A good one */

static void
say_names (PanePluginRequest *request, gpointer user_data)
{
  const char *const *names = pane_plugin_request_get_names (request);

  g_assert_true (!plugin_fixture_is_on_loop ());
  g_assert_cmpstr (pane_plugin_request_get_path (request), ==, "/tmp/a place");
  for (guint i = 0; names[i] != NULL; i++)
    pane_plugin_request_set_text (request, names[i], "said");
}

static gboolean
later_cb (gpointer request)
{
  pane_plugin_request_set_label (request, "later", NULL);
  pane_plugin_request_finish (request);
  pane_plugin_request_set_label (request, "too late to matter", NULL);
  return G_SOURCE_REMOVE;
}

static void
say_later (PanePluginRequest *request, gpointer user_data)
{
  g_autoptr (GSource) source = g_timeout_source_new (20);

  pane_plugin_request_hold (request);
  g_source_set_callback (source,
                         later_cb,
                         pane_plugin_request_ref (request),
                         (GDestroyNotify) pane_plugin_request_unref);
  g_source_attach (source, g_main_context_get_thread_default ());
}

static void
follow (PanePluginRequest *request, gpointer user_data)
{
  g_autoptr (ThawFuture) future = thaw_delay (10000);

  pane_plugin_request_follow (request, future);
}

static void
refuse (PanePluginRequest *request, gpointer user_data)
{
  pane_plugin_request_fail (request, "not today");
}

static GtkWidget *
make_label (PanePluginRequest *request, gpointer user_data)
{
  g_assert_true (plugin_fixture_is_on_loop ());
  return gtk_label_new ("a label");
}

static void
activate_good (PanePluginHost *host)
{
  pane_plugin_host_add_column (host,
                               "names",
                               "Names",
                               say_names,
                               host,
                               plugin_fixture_count_destroy);
  pane_plugin_host_add_label (host, say_later, host, plugin_fixture_count_destroy);
  pane_plugin_host_add_operation (host,
                                  "follow",
                                  "Follow",
                                  follow,
                                  host,
                                  plugin_fixture_count_destroy);
  pane_plugin_host_add_operation (host,
                                  "refuse",
                                  "Refuse",
                                  refuse,
                                  host,
                                  plugin_fixture_count_destroy);
  pane_plugin_host_add_property_page (host,
                                      "page",
                                      "Page",
                                      make_label,
                                      host,
                                      plugin_fixture_count_destroy);
}

static void
test_answers (void)
{
  PanePluginHost *host = plugin_fixture_start ("good", activate_good);
  g_autoptr (GFile) location = g_file_new_for_path ("/tmp");
  g_autofree char *blame = NULL;
  PanePluginAccount account;
  GtkWidget *page;
  Got got = { 0 };

  plugin_fixture_n_destroyed = 0;
  RUN_UNTIL (plugin_fixture_find (PANE_PLUGIN_PROPERTY_PAGE, "good/page") != NULL);
  ask (plugin_fixture_find (PANE_PLUGIN_COLUMN, "good/names"), two_names, &got);
  RUN_UNTIL (got.n_calls == 1);
  g_assert_cmpuint (got.n_answers, ==, 2);
  g_assert_cmpstr (got.first, ==, "said");
  got_clear (&got);
  ask (plugin_fixture_find (PANE_PLUGIN_LABEL, "good/label"), NULL, &got);
  RUN_UNTIL (got.n_calls == 1);
  g_assert_cmpstr (got.first, ==, "later");
  g_assert_cmpuint (got.n_answers, ==, 1);
  got_clear (&got);
  ask (plugin_fixture_find (PANE_PLUGIN_OPERATION, "good/follow"), NULL, &got);
  RUN_UNTIL (got.n_calls == 1);
  g_assert_null (got.error);
  got_clear (&got);
  ask (plugin_fixture_find (PANE_PLUGIN_OPERATION, "good/refuse"), NULL, &got);
  RUN_UNTIL (got.n_calls == 1);
  g_assert_cmpstr (got.error, ==, "not today");
  got_clear (&got);

  page = pane_plugin_item_make_widget (plugin_fixture_find (PANE_PLUGIN_PROPERTY_PAGE, "good/page"),
                                       location,
                                       two_names);
  g_assert_true (GTK_IS_LABEL (page) && !g_object_is_floating (page));
  pane_plugin_host_get_account (host, &account);
  blame = pane_plugin_host_dup_blame (host);
  g_assert_cmpstr (blame, ==, NULL);
  g_assert_cmpuint (account.n_calls, ==, 6);
  g_assert_cmpuint (account.n_strikes, ==, 0);
  g_assert_cmpuint (account.n_widgets, ==, 1);
  g_object_unref (page);
  g_assert_false (plugin_fixture_stop (host));
  g_assert_null (plugin_fixture_find (PANE_PLUGIN_COLUMN, "good/names"));
  g_assert_cmpint (g_atomic_int_get (&plugin_fixture_n_destroyed), ==, 5);
  g_assert_cmpint (g_atomic_int_get (&plugin_fixture_n_plugins), ==, 0);
}

static void
test_code_stays_with_a_widget (void)
{
  PanePluginHost *host = plugin_fixture_start ("good", activate_good);
  g_autoptr (GFile) location = g_file_new_for_path ("/tmp");
  g_autoptr (GtkWidget) page = NULL;

  RUN_UNTIL (plugin_fixture_find (PANE_PLUGIN_PROPERTY_PAGE, "good/page") != NULL);
  page = pane_plugin_item_make_widget (plugin_fixture_find (PANE_PLUGIN_PROPERTY_PAGE, "good/page"),
                                       location,
                                       two_names);
  g_assert_true (plugin_fixture_stop (host));
}

static void
test_cancelled (void)
{
  PanePluginHost *host = plugin_fixture_start ("good", activate_good);
  g_autoptr (PanePluginItem) column = NULL;
  Got got = { 0 }, other = { 0 };
  guint64 asked;

  RUN_UNTIL (plugin_fixture_find (PANE_PLUGIN_PROPERTY_PAGE, "good/page") != NULL);
  column = pane_plugin_item_ref (plugin_fixture_find (PANE_PLUGIN_COLUMN, "good/names"));
  asked = ask (column, two_names, &got);
  pane_plugin_item_cancel (column, asked);
  ask (column, two_names, &other);
  RUN_UNTIL (other.n_calls == 1);
  g_assert_cmpuint (got.n_calls, ==, 0);
  got_clear (&other);
  /* Removed while it is asked: nobody hears of it any more. */
  ask (column, two_names, &got);
  g_assert_false (plugin_fixture_stop (host));
  g_assert_cmpuint (got.n_calls, ==, 0);
  g_assert_cmpuint (ask (column, two_names, &got), ==, 0);
}

/* Bad ones */

static GMutex gate; /* what hangs waits for it */

static void
hang (PanePluginRequest *request, gpointer user_data)
{
  g_mutex_lock (&gate);
  g_mutex_unlock (&gate);
}

static void
talk_rubbish (PanePluginRequest *request, gpointer user_data)
{
  pane_plugin_request_set_text (request, "a", "fine");
  pane_plugin_request_set_text (request, "nobody", "x");
  pane_plugin_request_set_text (request, "b", "\xff\xfe");
  pane_plugin_request_set_badge (request, "a", "../../etc/passwd", NULL);
}

static void
activate_bad (PanePluginHost *host)
{
  pane_plugin_host_add_column (host, "hang", "Hang", hang, host, plugin_fixture_count_destroy);
  pane_plugin_host_add_column (host,
                               "rubbish",
                               "Rubbish",
                               talk_rubbish,
                               host,
                               plugin_fixture_count_destroy);
  pane_plugin_host_add_column (host,
                               "names",
                               "Names",
                               say_names,
                               host,
                               plugin_fixture_count_destroy);
}

typedef struct {
  guint n, n_strikes, faults[5];
} Blames;

static void
blamed_cb (PanePluginRegistry *registry,
           PanePluginHost *host,
           guint fault,
           const char *text,
           guint n_strikes,
           Blames *blames)
{
  blames->n++;
  blames->faults[fault]++;
  blames->n_strikes = n_strikes;
}

static gulong
watch_blames (Blames *blames)
{
  return g_signal_connect (pane_plugin_registry_get_default (),
                           "blamed",
                           G_CALLBACK (blamed_cb),
                           blames);
}

static void
test_hangs (void)
{
  Blames blames = { 0 };
  gulong handler = watch_blames (&blames);
  PanePluginHost *host = plugin_fixture_start ("bad", activate_bad);
  PanePluginAccount account;
  Got got = { 0 }, behind = { 0 };
  gint64 since = g_get_monotonic_time ();

  g_mutex_lock (&gate);
  RUN_UNTIL (plugin_fixture_find (PANE_PLUGIN_COLUMN, "bad/names") != NULL);
  ask (plugin_fixture_find (PANE_PLUGIN_COLUMN, "bad/hang"), two_names, &got);
  ask (plugin_fixture_find (PANE_PLUGIN_COLUMN, "bad/names"), two_names, &behind);
  RUN_UNTIL (got.n_calls == 1);
  g_assert_true (got.is_given_up);
  g_assert_cmpint (g_get_monotonic_time () - since, >=, PANE_PLUGIN_PATIENCE_USEC);
  /* What waited behind it is answered by the next thread, and isn't blamed. */
  RUN_UNTIL (behind.n_calls == 1);
  g_assert_cmpuint (behind.n_answers, ==, 2);
  got_clear (&behind);
  RUN_UNTIL (blames.n == 1);
  g_assert_cmpuint (blames.faults[PANE_PLUGIN_FAULT_DEADLINE], ==, 1);
  g_assert_cmpuint (blames.n_strikes, ==, 1);
  pane_plugin_host_get_account (host, &account);
  g_assert_cmpuint (account.n_threads_left, ==, 1);

  /* Twice more, and there is no thread left. */
  for (guint i = 2; i <= 3; i++)
    {
      ask (plugin_fixture_find (PANE_PLUGIN_COLUMN, "bad/hang"), two_names, &got);
      RUN_UNTIL (blames.n == i);
    }
  g_assert_cmpuint (blames.n_strikes, ==, 3);
  g_mutex_unlock (&gate);
  RUN_UNTIL ((pane_plugin_host_get_account (host, &account), account.n_threads_left == 0));
  plugin_fixture_stop (host);
  g_signal_handler_disconnect (pane_plugin_registry_get_default (), handler);
}

/* Threads: what can't be ended gets as little of the processors as there is. */

static int hanging; /* atomic: what the kernel calls the thread */

static void
hang_and_tell (PanePluginRequest *request, gpointer user_data)
{
  g_atomic_int_set (&hanging, gettid ());
  hang (request, user_data);
}

static void
activate_hanging (PanePluginHost *host)
{
  pane_plugin_host_add_column (host,
                               "hang",
                               "Hang",
                               hang_and_tell,
                               host,
                               plugin_fixture_count_destroy);
}

static int
get_nice (int thread)
{
  return getpriority (PRIO_PROCESS, (id_t) thread);
}

static void
test_sinks (void)
{
  PanePluginHost *host = plugin_fixture_start ("back", activate_hanging);
  int before = get_nice (0);
  PanePluginAccount account;
  Got got = { 0 };

  g_mutex_lock (&gate);
  RUN_UNTIL (plugin_fixture_find (PANE_PLUGIN_COLUMN, "back/hang") != NULL);
  ask (plugin_fixture_find (PANE_PLUGIN_COLUMN, "back/hang"), two_names, &got);
  RUN_UNTIL (g_atomic_int_get (&hanging) != 0);
  g_assert_cmpint (get_nice (g_atomic_int_get (&hanging)), ==, before);
  RUN_UNTIL (get_nice (g_atomic_int_get (&hanging)) == 19);
  g_assert_cmpint (get_nice (0), ==, before);
  g_mutex_unlock (&gate);
  RUN_UNTIL ((pane_plugin_host_get_account (host, &account), account.n_threads_left == 0));
  plugin_fixture_stop (host);
}

/* One processor for all: who computes there behind another waits for most of the time. */
static void
stay_on_first_processor (void)
{
  cpu_set_t set;

  CPU_ZERO (&set);
  CPU_SET (0, &set);
  sched_setaffinity (0, sizeof (set), &set);
}

#define N_BUSY 9

static int n_busy; /* atomic */

static gpointer
be_busy (gpointer data)
{
  stay_on_first_processor ();
  while (g_atomic_int_get (&n_busy) > 0)
    ;
  return NULL;
}

static void
compute (PanePluginRequest *request, gpointer user_data)
{
  struct timespec time;
  gint64 usec, until = -1;

  stay_on_first_processor ();
  do
    {
      clock_gettime (CLOCK_THREAD_CPUTIME_ID, &time);
      usec = time.tv_sec * G_USEC_PER_SEC + time.tv_nsec / 1000;
      if (until < 0)
        until = usec + 150000;
    }
  while (usec < until);
  pane_plugin_request_set_text (request, "a", "computed");
}

static void
activate_computing (PanePluginHost *host)
{
  pane_plugin_host_add_column (host,
                               "compute",
                               "Compute",
                               compute,
                               host,
                               plugin_fixture_count_destroy);
}

/* By hand (THAW_TEST_BUSY=1): it needs a processor that has nothing else to do. */
static void
test_waiting_is_no_fault (void)
{
  Blames blames = { 0 };
  PanePluginHost *host;
  Got got = { 0 };
  GThread *busy[N_BUSY];
  gulong handler;

  if (g_getenv ("THAW_TEST_BUSY") == NULL)
    {
      g_test_skip ("THAW_TEST_BUSY isn't set");
      return;
    }
  handler = watch_blames (&blames);
  host = plugin_fixture_start ("busy", activate_computing);
  RUN_UNTIL (plugin_fixture_find (PANE_PLUGIN_COLUMN, "busy/compute") != NULL);
  g_atomic_int_set (&n_busy, 1);
  for (guint i = 0; i < N_BUSY; i++)
    busy[i] = g_thread_new ("busy", be_busy, NULL);
  ask (plugin_fixture_find (PANE_PLUGIN_COLUMN, "busy/compute"), two_names, &got);
  RUN_UNTIL (got.n_calls == 1);
  g_atomic_int_set (&n_busy, 0);
  for (guint i = 0; i < N_BUSY; i++)
    g_thread_join (busy[i]);
  g_assert_false (got.is_given_up);
  g_assert_cmpuint (blames.n, ==, 0);
  got_clear (&got);
  g_assert_false (plugin_fixture_stop (host));
  g_signal_handler_disconnect (pane_plugin_registry_get_default (), handler);
}

static void
test_rubbish (void)
{
  Blames blames = { 0 };
  gulong handler = watch_blames (&blames);
  PanePluginHost *host = plugin_fixture_start ("bad", activate_bad);
  Got got = { 0 };

  RUN_UNTIL (plugin_fixture_find (PANE_PLUGIN_COLUMN, "bad/names") != NULL);
  ask (plugin_fixture_find (PANE_PLUGIN_COLUMN, "bad/rubbish"), two_names, &got);
  RUN_UNTIL (got.n_calls == 1 && blames.n == 1);
  g_assert_cmpuint (got.n_answers, ==, 1);
  g_assert_cmpstr (got.first, ==, "fine");
  g_assert_cmpuint (blames.faults[PANE_PLUGIN_FAULT_RUBBISH], ==, 1);
  got_clear (&got);
  /* An exception goes to whoever's file it came from, from any thread. */
  g_assert_true (pane_plugin_note_exception ("oh", "/nowhere/plugins/bad.py"));
  g_assert_false (pane_plugin_note_exception ("oh", "/nowhere/plugins.py"));
  RUN_UNTIL (blames.n == 2);
  g_assert_cmpuint (blames.faults[PANE_PLUGIN_FAULT_EXCEPTION], ==, 1);
  g_assert_false (plugin_fixture_stop (host));
  g_signal_handler_disconnect (pane_plugin_registry_get_default (), handler);
}

static GtkWidget *
make_slowly (PanePluginRequest *request, gpointer user_data)
{
  clock_t until = clock () + CLOCKS_PER_SEC / 4; /* of all threads */

  while (clock () < until)
    ;
  return NULL;
}

static void
activate_slow (PanePluginHost *host)
{
  pane_plugin_host_add_side_panel (host,
                                   "slow",
                                   "Slow",
                                   NULL,
                                   make_slowly,
                                   host,
                                   plugin_fixture_count_destroy);
}

/* The stall monitor names it, too. */
static void
test_stalls (void)
{
  ThawMonitor *monitor = thaw_monitor_start (NULL);
  Blames blames = { 0 };
  gulong handler = watch_blames (&blames);
  PanePluginHost *host = plugin_fixture_start ("slow", activate_slow);
  g_autoptr (GFile) location = g_file_new_for_path ("/tmp");
  g_autoptr (GPtrArray) stalls = NULL;

  RUN_UNTIL (plugin_fixture_find (PANE_PLUGIN_SIDE_PANEL, "slow/slow") != NULL);
  g_assert_null (
      pane_plugin_item_make_widget (plugin_fixture_find (PANE_PLUGIN_SIDE_PANEL, "slow/slow"),
                                    location,
                                    NULL));
  RUN_UNTIL (blames.n == 1);
  g_assert_cmpuint (blames.faults[PANE_PLUGIN_FAULT_STALL], ==, 1);
  RUN_UNTIL (thaw_monitor_get_n_stalls (monitor) > 0);
  stalls = thaw_monitor_dup_stalls (monitor);
  g_assert_cmpstr (((ThawStall *) g_ptr_array_index (stalls, stalls->len - 1))->plugin, ==, "slow");
  g_assert_false (plugin_fixture_stop (host));
  g_signal_handler_disconnect (pane_plugin_registry_get_default (), handler);
  thaw_monitor_stop (monitor);
}

/* Menus */

static void
add_item (PanePluginRequest *request, gpointer user_data)
{
  pane_plugin_request_add_item (request, "follow", "Follow", NULL);
}

static void
activate_menu (PanePluginHost *host)
{
  pane_plugin_host_add_operation (host, "follow", "Follow", follow, NULL, NULL);
  pane_plugin_host_add_menu (host, PANE_PLUGIN_PLACE_FILE, add_item, NULL, NULL);
  pane_plugin_host_add_menu (host, PANE_PLUGIN_PLACE_OPEN, hang, NULL, NULL);
}

static void
menu_cb (GPtrArray *entries, gpointer user_data)
{
  *(guint *) user_data = 1 + entries->len;
}

static void
test_menu (void)
{
  PanePluginHost *host = plugin_fixture_start ("menu", activate_menu), *other;
  g_autoptr (GFile) location = g_file_new_for_path ("/tmp");
  guint n = 0;
  gint64 since;

  pane_plugin_menu_ask (location, two_names, menu_cb, &n, NULL);
  g_assert_cmpuint (n, ==, 1); /* nobody to ask yet: at once */
  other = plugin_fixture_start ("menu2", activate_menu);
  g_mutex_lock (&gate);
  RUN_UNTIL (plugin_fixture_find (PANE_PLUGIN_MENU, "menu2/menu-open") != NULL
             && plugin_fixture_find (PANE_PLUGIN_MENU, "menu/menu-open") != NULL);
  since = g_get_monotonic_time ();
  n = 0;
  pane_plugin_menu_ask (location, two_names, menu_cb, &n, NULL);
  RUN_UNTIL (n > 0);
  g_assert_cmpint (g_get_monotonic_time () - since, >=, PANE_PLUGIN_MENU_USEC - 2000);
  g_assert_cmpuint (n, <=, 3);
  g_mutex_unlock (&gate);
  /* For the folder there is nobody. */
  n = 0;
  pane_plugin_menu_ask (location, NULL, menu_cb, &n, NULL);
  g_assert_cmpuint (n, ==, 1);
  plugin_fixture_stop (host);
  plugin_fixture_stop (other);
}

static void
test_a_hundred_lives (void)
{
  plugin_fixture_n_deactivated = plugin_fixture_n_destroyed = 0;
  for (guint i = 0; i < 100; i++)
    {
      PanePluginHost *host = plugin_fixture_start ("good", activate_good);
      Got got = { 0 };

      RUN_UNTIL (plugin_fixture_find (PANE_PLUGIN_PROPERTY_PAGE, "good/page") != NULL);
      ask (plugin_fixture_find (PANE_PLUGIN_COLUMN, "good/names"), two_names, &got);
      if (i % 2 == 0)
        RUN_UNTIL (got.n_calls == 1);
      g_assert_false (plugin_fixture_stop (host));
      got_clear (&got);
    }
  g_assert_cmpint (g_atomic_int_get (&plugin_fixture_n_deactivated), ==, 100);
  g_assert_cmpint (g_atomic_int_get (&plugin_fixture_n_destroyed), ==, 500);
  g_assert_cmpint (g_atomic_int_get (&plugin_fixture_n_plugins), ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  gtk_init ();
  plugin_fixture_init ();
  /* The first label of a process waits for its fonts. */
  g_object_unref (g_object_ref_sink (gtk_label_new ("warm up")));
  g_test_add_func ("/plugin/answers", test_answers);
  g_test_add_func ("/plugin/code-stays-with-a-widget", test_code_stays_with_a_widget);
  g_test_add_func ("/plugin/cancelled", test_cancelled);
  g_test_add_func ("/plugin/hangs", test_hangs);
  g_test_add_func ("/plugin/sinks", test_sinks);
  g_test_add_func ("/plugin/waiting-is-no-fault", test_waiting_is_no_fault);
  g_test_add_func ("/plugin/rubbish", test_rubbish);
  g_test_add_func ("/plugin/stalls", test_stalls);
  g_test_add_func ("/plugin/menu", test_menu);
  g_test_add_func ("/plugin/a-hundred-lives", test_a_hundred_lives);
  return g_test_run ();
}
