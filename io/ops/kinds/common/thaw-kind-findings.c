/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a plan finds out before anything is changed: what there is to do, whether it fits, whether
 * it may be done there, and what the target's file system cannot keep. On the thread of the run,
 * while kind->plan() is called. It only looks; and since the world may change afterwards, nothing
 * relies on it. */

#include "thaw-kind-private.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define MAGIC_FAT 0x4d44
#define MAGIC_EXFAT 0x2011bab0
#define MAGIC_NTFS 0x5346544e
#define MAGIC_NTFS3 0x7366746e
#define MAGIC_CIFS 0xff534d42
#define MAGIC_SMB2 0xfe534d42

typedef struct {
  gboolean has_windows_names;
  gboolean keeps_unix; /* owners, permissions, links */
  gint64 largest;      /* file, 0 for no limit that matters */
} FileSystem;

static FileSystem
get_file_system (ThawPlace *place)
{
  FileSystem self = { FALSE, TRUE, 0 };
  struct statfs st;

  if (fstatfs (thaw_place_get_fd (place), &st) != 0)
    return self;
  switch ((guint32) st.f_type)
    {
    case MAGIC_FAT:
      self.largest = G_MAXUINT32;
      self.keeps_unix = FALSE;
      self.has_windows_names = TRUE;
      break;
    case MAGIC_EXFAT:
      self.keeps_unix = FALSE;
      self.has_windows_names = TRUE;
      break;
    case MAGIC_NTFS:
    case MAGIC_NTFS3:
    case MAGIC_CIFS:
    case MAGIC_SMB2:
      self.has_windows_names = TRUE;
      break;
    default:
      break;
    }
  return self;
}

static gboolean
is_device_name (const char *name)
{
  static const char *const names[] = { "CON", "PRN", "AUX", "NUL" };
  gsize length = strcspn (name, ".");

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    if (length == 3 && g_ascii_strncasecmp (name, names[i], 3) == 0)
      return TRUE;
  return length == 4 && g_ascii_isdigit (name[3]) && name[3] != '0'
         && (g_ascii_strncasecmp (name, "COM", 3) == 0
             || g_ascii_strncasecmp (name, "LPT", 3) == 0);
}

static gboolean
is_windows_name (const char *name)
{
  gsize length = strlen (name);

  for (const char *at = name; *at != '\0'; at++)
    if ((guchar) *at < 0x20 || strchr ("\"*:<>?\\|", *at) != NULL)
      return FALSE;
  return length > 0 && name[length - 1] != '.' && name[length - 1] != ' '
         && g_utf8_validate (name, length, NULL) && !is_device_name (name);
}

void
thaw_kind_plan_name (ThawRun *run, ThawPlace *place, const char *name)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = thaw_place_dup_child_path (place, name);

  if (!thaw_kind_check_name (name, &error))
    thaw_plan_add_finding (thaw_run_get_plan (run),
                           THAW_FINDING_ILLEGAL_NAME,
                           TRUE,
                           path,
                           "%s",
                           error->message);
  else if (get_file_system (place).has_windows_names && !is_windows_name (name))
    thaw_plan_add_finding (thaw_run_get_plan (run),
                           THAW_FINDING_ILLEGAL_NAME,
                           FALSE,
                           path,
                           "The file system there can't have such a name");
}

void
thaw_kind_plan_losses (ThawRun *run, ThawPlace *place)
{
  if (!get_file_system (place).keeps_unix)
    thaw_plan_add_finding (thaw_run_get_plan (run),
                           THAW_FINDING_LOSS,
                           FALSE,
                           thaw_place_get_path (place),
                           "The file system there keeps no owners, permissions, links and "
                           "extended attributes");
}

void
thaw_kind_plan_writable (ThawRun *run, ThawPlace *place)
{
  struct statvfs st;
  gboolean is_read_only
      = fstatvfs (thaw_place_get_fd (place), &st) == 0 && (st.f_flag & ST_RDONLY) != 0;

  if (!is_read_only && faccessat (thaw_place_get_fd (place), ".", W_OK | X_OK, AT_EACCESS) == 0)
    return;
  thaw_plan_add_finding (thaw_run_get_plan (run),
                         THAW_FINDING_NO_PERMISSION,
                         TRUE,
                         thaw_place_get_path (place),
                         is_read_only ? "The file system there is read-only"
                                      : "Files can't be made in this folder");
}

void
thaw_kind_plan_removable (ThawRun *run, const ThawSource *source)
{
  if (faccessat (thaw_place_get_fd (source->place), ".", W_OK | X_OK, AT_EACCESS) == 0)
    return;
  thaw_plan_add_finding (thaw_run_get_plan (run),
                         THAW_FINDING_NO_PERMISSION,
                         FALSE,
                         source->path,
                         "It can't be taken out of its folder");
}

void
thaw_kind_plan_space (ThawRun *run, ThawPlace *place, const ThawKindNeeds *needs)
{
  ThawPlan *plan = thaw_run_get_plan (run);
  const char *path = thaw_place_get_path (place);
  gint64 largest = get_file_system (place).largest;
  struct statvfs st;
  gint64 available;

  if (largest > 0 && needs->largest > largest)
    thaw_plan_add_finding (plan,
                           THAW_FINDING_TOO_LARGE,
                           FALSE,
                           path,
                           "The file system there can't have files of %" G_GINT64_FORMAT " bytes",
                           needs->largest);
  if (fstatvfs (thaw_place_get_fd (place), &st) != 0 || st.f_blocks == 0)
    return;
  available = (gint64) st.f_bavail * (gint64) st.f_frsize;
  if (needs->bytes > available)
    thaw_plan_add_finding (plan,
                           THAW_FINDING_NO_SPACE,
                           FALSE,
                           path,
                           "%" G_GINT64_FORMAT " bytes are needed, %" G_GINT64_FORMAT " are free",
                           needs->bytes,
                           available);
  /* btrfs and others that have no number of inodes say 0. */
  if (st.f_files > 0 && needs->entries > (gint64) st.f_favail)
    thaw_plan_add_finding (plan,
                           THAW_FINDING_NO_SPACE,
                           FALSE,
                           path,
                           "%" G_GINT64_FORMAT
                           " files are to be made, there is room for %" G_GINT64_FORMAT,
                           needs->entries,
                           (gint64) st.f_favail);
}

static FileSystem
no_file_system (void)
{
  return (FileSystem){ FALSE, TRUE, 0 };
}

typedef struct {
  ThawRun *run;
  const char *top;
  FileSystem target;
} Measuring;

static gboolean
check (gpointer data, GError **error)
{
  return thaw_run_check (((Measuring *) data)->run, error);
}

static gboolean
problem (const char *path, const GError *error, gboolean *retry, gpointer data)
{
  Measuring *self = data;
  g_autofree char *full = g_build_filename (self->top, path, NULL);

  *retry = FALSE;
  thaw_plan_add_finding (thaw_run_get_plan (self->run),
                         THAW_FINDING_NO_PERMISSION,
                         FALSE,
                         full,
                         "%s",
                         error->message);
  return TRUE;
}

static void
current (const char *path, gpointer data)
{
  Measuring *self = data;
  g_autofree char *name = NULL, *full = NULL;

  if (!self->target.has_windows_names || *path == '\0')
    return;
  name = g_path_get_basename (path);
  if (is_windows_name (name))
    return;
  full = g_build_filename (self->top, path, NULL);
  thaw_plan_add_finding (thaw_run_get_plan (self->run),
                         THAW_FINDING_ILLEGAL_NAME,
                         FALSE,
                         full,
                         "The file system of the target can't have such a name");
}

gboolean
thaw_kind_measure (ThawRun *run, const ThawSource *source, ThawKindNeeds *needs, GError **error)
{
  GFile *target = thaw_operation_request_get_target (thaw_run_get_request (run));
  g_autoptr (ThawPlace) place = NULL;
  Measuring self = { run, source->path, no_file_system () };
  const ThawWalkFuncs funcs
      = { .check = check, .problem = problem, .current = current, .user_data = &self };
  ThawMeasure measure = { 0 };
  g_autoptr (GError) local = NULL;

  if (target != NULL && thaw_kind_file_is_local (target))
    place = thaw_place_open (g_file_peek_path (target), NULL);
  if (place != NULL)
    self.target = get_file_system (place);
  if (!thaw_disk_measure (source->place, source->name, &funcs, &measure, &local))
    {
      gboolean retry;

      if (thaw_kind_is_cancelled (local))
        {
          g_propagate_error (error, g_steal_pointer (&local));
          return FALSE;
        }
      problem ("", local, &retry, &self);
    }
  needs->bytes += measure.bytes;
  needs->entries += measure.n_files + measure.n_folders + measure.n_others;
  needs->largest = MAX (needs->largest, measure.largest);
  needs->allocated += measure.allocated;
  thaw_plan_add (thaw_run_get_plan (run),
                 measure.bytes,
                 measure.n_files + measure.n_folders + measure.n_others);
  return TRUE;
}

gboolean
thaw_kind_plan_source (ThawRun *run, ThawSource *source, guint i, GError **error)
{
  g_autoptr (GFile) file = thaw_operation_request_dup_source (thaw_run_get_request (run), i);
  g_autoptr (GError) local = NULL;

  if (!thaw_run_check (run, error))
    return FALSE;
  if (thaw_source_open (source, file, i, &local))
    return TRUE;
  thaw_plan_add_finding (thaw_run_get_plan (run),
                         g_error_matches (local, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED)
                             ? THAW_FINDING_NO_PERMISSION
                             : THAW_FINDING_MISSING,
                         thaw_operation_request_get_n_sources (thaw_run_get_request (run)) == 1,
                         source->path,
                         "%s",
                         local->message);
  return FALSE;
}
