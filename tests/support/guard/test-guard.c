/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The guard finds every kind of call that is planted in a callback of the loop: each plant is run
 * in a process of its own, which must be ended with a report that names the call and the function.
 * What is not the loop's business must pass. $THAW_GUARD_LIBRARY is the guard. */

#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *file_path; /* exists, made before */
static int file_fd;
static pid_t child;
static GThread *thread;
static GMutex mutex;
static GCond cond;
static sem_t semaphore;

static void
plant_open (void)
{
  close (open (file_path, O_RDONLY));
}
static void
plant_openat (void)
{
  close (openat (AT_FDCWD, file_path, O_RDONLY));
}
static void
plant_fopen (void)
{
  fclose (fopen (file_path, "r"));
}
static void
plant_access (void)
{
  g_assert_cmpint (access (file_path, R_OK), ==, 0);
}
static void
plant_unlink (void)
{
  unlink ("/nonexistent");
}
static void
plant_mkdir (void)
{
  g_assert_cmpint (mkdir ("/nonexistent/x", 0700), !=, 0);
}
static void
plant_rename (void)
{
  g_assert_cmpint (rename ("/nonexistent", "/x"), !=, 0);
}
static void
plant_fsync (void)
{
  fsync (file_fd);
}
static void
plant_flock (void)
{
  g_assert_cmpint (flock (file_fd, LOCK_EX), ==, 0);
}
static void
plant_usleep (void)
{
  usleep (20000);
}
static void
plant_g_usleep (void)
{
  g_usleep (20000);
}
static void
plant_waitpid (void)
{
  waitpid (child, NULL, 0);
}
static void
plant_g_thread_join (void)
{
  g_thread_join (thread);
}
static void
plant_sem_wait (void)
{
  sem_wait (&semaphore);
}
static void
plant_g_file_test (void)
{
  g_file_test (file_path, G_FILE_TEST_EXISTS);
}

static void
plant_stat (void)
{
  struct stat info;

  g_assert_cmpint (stat (file_path, &info), ==, 0);
}

static void
plant_lstat (void)
{
  struct stat info;

  g_assert_cmpint (lstat (file_path, &info), ==, 0);
}

static void
plant_fstatat (void)
{
  struct stat info;

  g_assert_cmpint (fstatat (AT_FDCWD, file_path, &info, 0), ==, 0);
}

static void
plant_statx (void)
{
  struct statx info;

  g_assert_cmpint (statx (AT_FDCWD, file_path, 0, STATX_BASIC_STATS, &info), ==, 0);
}

static void
plant_read (void)
{
  char bytes[8];

  g_assert_cmpint (read (file_fd, bytes, sizeof (bytes)), >=, 0);
}

static void
plant_readlink (void)
{
  char text[64];

  g_assert_cmpint (readlink ("/etc/mtab", text, sizeof (text)), >=, -1);
}

static void
plant_readdir (void)
{
  GDir *dir = g_dir_open ("/", 0, NULL);

  g_dir_close (dir);
}

static void
plant_connect (void)
{
  struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons (9) };
  int fd = socket (AF_INET, SOCK_STREAM, 0);

  address.sin_addr.s_addr = htonl (INADDR_LOOPBACK);
  g_assert_cmpint (connect (fd, (struct sockaddr *) &address, sizeof (address)), !=, 0);
}

static void
plant_poll (void)
{
  poll (NULL, 0, 50);
}

static void
plant_cond (void)
{
  g_mutex_lock (&mutex);
  g_cond_wait_until (&cond, &mutex, g_get_monotonic_time () + G_USEC_PER_SEC);
  g_mutex_unlock (&mutex);
}

static void
plant_futex (void)
{
  g_mutex_lock (&mutex);
  g_cond_wait (&cond, &mutex);
}

static void
plant_pthread_cond (void)
{
  static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
  static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;

  pthread_mutex_lock (&lock);
  pthread_cond_wait (&changed, &lock);
}

static void
plant_query_info (void)
{
  g_autoptr (GFile) file = g_file_new_for_path (file_path);
  g_autoptr (GFileInfo) info
      = g_file_query_info (file, "standard::*", G_FILE_QUERY_INFO_NONE, NULL, NULL);
}

static void
plant_bus_get (void)
{
  g_autoptr (GDBusConnection) bus = g_bus_get_sync (G_BUS_TYPE_SESSION, NULL, NULL);
}

static void
plant_bus_call (void)
{
  g_dbus_connection_call_sync (NULL,
                               "a.b",
                               "/",
                               "a.b",
                               "C",
                               NULL,
                               NULL,
                               G_DBUS_CALL_FLAGS_NONE,
                               -1,
                               NULL,
                               NULL);
}

static void
plant_bus_proxy (void)
{
  g_autoptr (GDBusProxy) proxy = g_dbus_proxy_new_for_bus_sync (G_BUS_TYPE_SESSION,
                                                                G_DBUS_PROXY_FLAGS_NONE,
                                                                NULL,
                                                                "a.b",
                                                                "/",
                                                                "a.b",
                                                                NULL,
                                                                NULL);
}

static void
plant_foreign_loop (void)
{
  g_autoptr (GMainContext) context = g_main_context_new ();

  g_main_context_iteration (context, TRUE);
}

typedef struct {
  const char *name; /* of the function, without "plant_" */
  const char *call; /* what the report calls it */
  void (*func) (void);
} Plant;

#define PLANT(name, call)                                                                          \
  {                                                                                                \
#name, call, plant_##name                                                                      \
  }
static const Plant plants[] = {
  PLANT (open, "open"),
  PLANT (openat, "openat"),
  PLANT (fopen, "fopen"),
  PLANT (stat, "stat"),
  PLANT (lstat, "lstat"),
  PLANT (fstatat, "fstatat"),
  PLANT (statx, "statx"),
  PLANT (access, "access"),
  PLANT (read, "read"),
  PLANT (readlink, "readlink"),
  PLANT (readdir, "opendir"),
  PLANT (fsync, "fsync"),
  PLANT (rename, "rename"),
  PLANT (unlink, "unlink"),
  PLANT (mkdir, "mkdir"),
  PLANT (connect, "connect"),
  PLANT (poll, "poll"),
  PLANT (cond, "futex"),
  PLANT (futex, "futex"),
  PLANT (pthread_cond, "pthread_cond_wait"),
  PLANT (sem_wait, "sem_wait"),
  PLANT (usleep, "usleep"),
  PLANT (g_usleep, "nanosleep"),
  PLANT (waitpid, "waitpid"),
  PLANT (g_thread_join, "pthread_join"),
  PLANT (flock, "flock"),
  PLANT (g_file_test, ""),
  PLANT (query_info, ""),
  PLANT (bus_get, "g_bus_get_sync"),
  PLANT (bus_call, "g_dbus_connection_call_sync"),
  PLANT (bus_proxy, "g_dbus_proxy_new_for_bus_sync"),
  PLANT (foreign_loop, "a loop of another main context"),
};

static gpointer
wait_long (gpointer unused)
{
  g_usleep (10 * G_USEC_PER_SEC);
  return NULL;
}

static void
prepare (void)
{
  int fd = g_file_open_tmp ("thaw-guard-XXXXXX", (char **) &file_path, NULL);

  file_fd = fd;
  sem_init (&semaphore, 0, 0);
  thread = g_thread_new ("waits", wait_long, NULL);
  child = fork ();
  if (child == 0)
    {
      prctl (PR_SET_PDEATHSIG, SIGKILL);
      sleep (10);
      _exit (0);
    }
}

static gboolean
call_plant (gpointer plant)
{
  ((const Plant *) plant)->func ();
  return G_SOURCE_REMOVE;
}

static int
run_plant (guint index)
{
  prepare ();
  g_idle_add (call_plant, (gpointer) &plants[index]);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  kill (child, SIGKILL);
  return 0;
}

static gpointer
open_elsewhere (gpointer done)
{
  plant_open ();
  plant_query_info ();
  g_usleep (20000);
  g_atomic_int_set ((gint *) done, TRUE);
  g_main_context_wakeup (NULL);
  return NULL;
}

static gboolean
read_kernel_text (gpointer unused)
{
  g_autofree char *text = NULL;

  g_assert_true (g_file_get_contents ("/proc/self/stat", &text, NULL, NULL));
  return G_SOURCE_REMOVE;
}

/* All of it is allowed. */
static int
run_innocent (void)
{
  gint done = FALSE;
  GThread *other;

  prepare ();
  plant_open ();
  g_idle_add (read_kernel_text, NULL);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  plant_stat (); /* between two iterations */
  other = g_thread_new ("elsewhere", open_elsewhere, &done);
  while (!g_atomic_int_get (&done))
    g_main_context_iteration (NULL, TRUE); /* which waits in its own poll */
  g_thread_join (other);
  kill (child, SIGKILL);
  g_unlink (file_path);
  return 0;
}

/* Runs this program under the guard; its standard error in @errors. */
static int
run_guarded (const char *option, const char *log, char **errors)
{
  g_autofree char *self = g_file_read_link ("/proc/self/exe", NULL);
  g_autofree char *folder = g_path_get_dirname (self);
  g_autofree char *guarded = g_strconcat ("/nowhere:", folder, NULL);
  g_auto (GStrv) environment = g_get_environ ();
  const char *argv[] = { self, option, NULL };
  int status = 0;

  environment = g_environ_setenv (environment, "LD_PRELOAD", g_getenv ("THAW_GUARD_LIBRARY"), TRUE);
  environment = g_environ_setenv (environment, "THAW_GUARD", guarded, TRUE);
  environment = log != NULL ? g_environ_setenv (environment, "THAW_GUARD_LOG", log, TRUE)
                            : g_environ_unsetenv (environment, "THAW_GUARD_LOG");
  g_assert_true (g_spawn_sync (NULL,
                               (char **) argv,
                               environment,
                               G_SPAWN_DEFAULT,
                               NULL,
                               NULL,
                               NULL,
                               errors,
                               &status,
                               NULL));
  return status;
}

static void
test_planted (gconstpointer data)
{
  const Plant *plant = data;
  g_autofree char *option = g_strdup_printf ("--plant=%d", (int) (plant - plants));
  g_autofree char *refusal = g_strdup_printf ("The guard refuses %s", plant->call);
  g_autofree char *function = g_strdup_printf (" plant_%s+0x", plant->name);
  g_autofree char *errors = NULL;
  int status = run_guarded (option, NULL, &errors);

  if (!WIFSIGNALED (status) || strstr (errors, refusal) == NULL
      || strstr (errors, function) == NULL)
    g_test_message ("status %d: %s", status, errors);
  g_assert_true (WIFSIGNALED (status) && WTERMSIG (status) == SIGABRT);
  g_assert_nonnull (strstr (errors, refusal));
  g_assert_nonnull (strstr (errors, function));
}

static void
test_innocent (void)
{
  g_autofree char *errors = NULL;
  int status = run_guarded ("--innocent", NULL, &errors);

  g_assert_cmpstr (errors, ==, "");
  g_assert_cmpint (status, ==, 0);
}

static void
test_logged (void)
{
  g_autofree char *log = NULL;
  g_autofree char *text = NULL;
  int status;

  close (g_file_open_tmp ("thaw-guard-XXXXXX", &log, NULL));
  status = run_guarded ("--plant=0", log, NULL);
  g_assert_cmpint (status, ==, 0);
  g_assert_true (g_file_get_contents (log, &text, NULL, NULL));
  g_assert_nonnull (strstr (text, "The guard refuses open"));
  g_assert_nonnull (strstr (text, "plant_open+0x"));
  g_unlink (log);
}

int
main (int argc, char **argv)
{
  if (argc == 2 && g_str_has_prefix (argv[1], "--plant="))
    return run_plant (atoi (argv[1] + strlen ("--plant=")));
  if (argc == 2 && g_str_equal (argv[1], "--innocent"))
    return run_innocent ();

  g_test_init (&argc, &argv, NULL);
  if (g_getenv ("THAW_GUARD_LIBRARY") == NULL)
    {
      g_test_message ("No THAW_GUARD_LIBRARY");
      return 77;
    }
  for (guint i = 0; i < G_N_ELEMENTS (plants); i++)
    {
      g_autofree char *path = g_strdup_printf ("/guard/planted/%s", plants[i].name);

      g_test_add_data_func (path, &plants[i], test_planted);
    }
  g_test_add_func ("/guard/innocent", test_innocent);
  g_test_add_func ("/guard/logged", test_logged);
  return g_test_run ();
}
