/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Opening without leaving the mount: links of every kind within it, at its border and in circles.
 * The border here is that of /proc, which is a mount everywhere; the dead one is in
 * test-lane-hang.c. No loop: a lane's thread calls these. */

#include "thaw-error.h"
#include "thaw-lane-path.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static char *dir; /* on one mount, with "a/b/file" */

static char *
in_dir (const char *path)
{
  return g_build_filename (dir, path, NULL);
}

static void
make_link (const char *name, const char *target)
{
  g_autofree char *path = in_dir (name);

  g_assert_cmpint (symlink (target, path), ==, 0);
}

static void
assert_opens (const char *name)
{
  g_autofree char *path = in_dir (name);
  g_autoptr (GError) error = NULL;
  int fd = thaw_lane_open_beneath (path, O_RDONLY, &error);

  g_assert_no_error (error);
  g_assert_cmpint (fd, >=, 0);
  g_assert_cmpint (fcntl (fd, F_GETFD) & FD_CLOEXEC, ==, FD_CLOEXEC);
  close (fd);
}

static void
assert_fails (const char *name, GQuark domain, int code)
{
  g_autofree char *path = in_dir (name);
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (thaw_lane_open_beneath (path, O_RDONLY, &error), ==, -1);
  g_assert_error (error, domain, code);
}

static void
assert_leads_to (const char *name, const char *where)
{
  g_autofree char *path = in_dir (name);
  g_autoptr (GError) error = NULL;
  g_autofree char *resolved = thaw_lane_resolve_crossing (path, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (resolved, ==, where);
}

static void
test_within (void)
{
  g_autofree char *file = in_dir ("a/b/file");
  g_autofree char *none = in_dir ("a/none");

  assert_opens ("a/b/file");
  assert_opens ("a//b/./file");
  assert_opens ("a/b/../b/file");
  assert_opens ("relative/file");
  assert_opens ("up/b/file");
  assert_opens (".");
  assert_leads_to ("relative/file", file);
  assert_leads_to ("up/b/file", file);
  assert_leads_to ("absolute", file);
  assert_fails ("a/none", G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  assert_fails ("a/b/file/x", G_IO_ERROR, G_IO_ERROR_NOT_DIRECTORY);
  assert_leads_to ("a/none", none);
}

static void
test_border (void)
{
  assert_fails ("proc/version", THAW_ERROR, THAW_ERROR_OTHER_MOUNT);
  assert_leads_to ("proc/version", "/proc/version");
  assert_fails ("to-proc/version", THAW_ERROR, THAW_ERROR_OTHER_MOUNT);
  assert_leads_to ("to-proc/version", "/proc/version");
  assert_fails ("version", THAW_ERROR, THAW_ERROR_OTHER_MOUNT);
  assert_leads_to ("version", "/proc/version");
  /* Behind a link ".." is what the kernel says, when it comes from a link. */
  assert_leads_to ("proc/sys/../version", "/proc/version");
}

static void
test_circles (void)
{
  g_autofree char *path = in_dir ("circle/x");
  g_autoptr (GError) error = NULL;

  assert_fails ("circle/x", G_IO_ERROR, G_IO_ERROR_TOO_MANY_LINKS);
  g_assert_null (thaw_lane_resolve_crossing (path, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_TOO_MANY_LINKS);
}

/* As in a sandbox: for this thread alone. */
static gboolean
refuse_openat2 (void)
{
  struct sock_filter code[] = {
    BPF_STMT (BPF_LD | BPF_W | BPF_ABS, offsetof (struct seccomp_data, nr)),
    BPF_JUMP (BPF_JMP | BPF_JEQ | BPF_K, SYS_openat2, 0, 1),
    BPF_STMT (BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
    BPF_STMT (BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  struct sock_fprog program = { G_N_ELEMENTS (code), code };

  return prctl (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0
         && prctl (PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

static gpointer
open_in_sandbox (gpointer unused)
{
  if (!refuse_openat2 ())
    return (gpointer) "seccomp can't be used here";
  assert_opens ("a/b/file");
  assert_opens ("proc/version");
  assert_fails ("a/none", G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  return NULL;
}

static void
test_without_openat2 (void)
{
  const char *why = g_thread_join (g_thread_new ("sandbox", open_in_sandbox, NULL));

  if (why != NULL)
    g_test_skip (why);
}

static void
wait_for_table (void)
{
  gint64 end = g_get_monotonic_time () + 5 * G_USEC_PER_SEC;
  g_autoptr (ThawMountTable) table = NULL;

  while ((table = thaw_mount_table_dup_current ()) == NULL && g_get_monotonic_time () < end)
    g_usleep (500);
  g_assert_nonnull (table);
}

int
main (int argc, char **argv)
{
  static const char *const made[]
      = { "a/b/file", "relative", "up",      "absolute", "proc", "to-proc",
          "version",  "circle",   "circle2", "a/b",      "a" };
  g_autofree char *file = NULL;
  g_autofree char *folder = NULL;
  int result;

  g_test_init (&argc, &argv, NULL);
  dir = g_dir_make_tmp ("thaw-lane-path-XXXXXX", NULL);
  file = in_dir ("a/b/file");
  folder = in_dir ("a/b");
  g_assert_cmpint (g_mkdir_with_parents (folder, 0700), ==, 0);
  g_assert_true (g_file_set_contents (file, "x", 1, NULL));
  make_link ("relative", "a/./b/");
  make_link ("up", "a/b/../../a");
  make_link ("absolute", file);
  make_link ("proc", "/proc");
  make_link ("to-proc", "proc");
  make_link ("version", "proc/../proc/version");
  make_link ("circle", "circle2");
  make_link ("circle2", "circle");
  wait_for_table ();

  g_test_add_func ("/lane-path/within", test_within);
  g_test_add_func ("/lane-path/border", test_border);
  g_test_add_func ("/lane-path/circles", test_circles);
  g_test_add_func ("/lane-path/without-openat2", test_without_openat2);
  result = g_test_run ();

  for (gsize i = 0; i < G_N_ELEMENTS (made); i++)
    {
      g_autofree char *path = in_dir (made[i]);

      g_remove (path);
    }
  g_rmdir (dir);
  g_free (dir);
  return result;
}
