/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The two folders, how they are to become alike, and what follows from that for each pair. On the
 * thread of the run; changes nothing. A link in the path to either folder is followed, as the user
 * meant it. */

#include "thaw-sync-private.h"

#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>

#define MAGIC_FAT 0x4d44
#define MAGIC_EXFAT 0x2011bab0
#define MAGIC_CIFS 0xff534d42
#define MAGIC_SMB2 0xfe534d42

#define FAT_TOLERANCE_NSEC (2 * G_GINT64_CONSTANT (1000000000))

static gboolean
parse_mode (ThawSync *self, GError **error)
{
  static const char *const names[] = { "compare", "update", "mirror", "both" };
  GVariant *option = thaw_operation_request_get_option (thaw_run_get_request (self->run),
                                                        "mode",
                                                        G_VARIANT_TYPE_STRING);
  const char *name = option != NULL ? g_variant_get_string (option, NULL) : "update";

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    if (g_str_equal (names[i], name))
      {
        self->mode = (ThawSyncMode) i;
        return TRUE;
      }
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, "There is no mode “%s”", name);
  return FALSE;
}

static gboolean
require (gboolean is_so, const char *message, GError **error)
{
  if (!is_so)
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, message);
  return is_so;
}

GFile *
thaw_sync_get_file (ThawRun *run, int side)
{
  ThawOperationRequest *request = thaw_run_get_request (run);

  return side == A ? thaw_operation_request_get_source (request, 0)
                   : thaw_operation_request_get_target (request);
}

static gboolean
open_side (ThawSync *self, int side, GError **error)
{
  GFile *file = thaw_sync_get_file (self->run, side);

  self->tops[side] = thaw_place_open (g_file_peek_path (file), error);
  return self->tops[side] != NULL;
}

static gboolean
contains (ThawPlace *outer, ThawPlace *inner)
{
  const ThawIdentity folder
      = { .dev = thaw_place_get_dev (outer), .ino = thaw_place_get_ino (outer) };

  return thaw_kind_is_within (inner, &folder);
}

static gboolean
check_apart (ThawSync *self, GError **error)
{
  for (int side = A; side < N_SIDES; side++)
    if (contains (self->tops[side], self->tops[!side]))
      {
        g_set_error (error,
                     G_IO_ERROR,
                     G_IO_ERROR_WOULD_RECURSE,
                     "“%s” can't be synchronised with “%s”, which it is or has in it",
                     thaw_place_get_path (self->tops[side]),
                     thaw_place_get_path (self->tops[!side]));
        return FALSE;
      }
  return TRUE;
}

/* FAT counts in steps of two seconds; what is told by a server may be rounded like that. */
void
thaw_sync_look_at_file_system (ThawSync *self, int side)
{
  int fd = thaw_place_get_fd (self->tops[side]);
  struct statfs fs;
  struct stat here, above;

  self->are_volumes[side] = fstat (fd, &here) == 0 && fstatat (fd, "..", &above, 0) == 0
                            && (here.st_dev != above.st_dev || here.st_ino == above.st_ino);
  if (fstatfs (fd, &fs) != 0)
    return;
  switch ((guint32) fs.f_type)
    {
    case MAGIC_FAT:
    case MAGIC_EXFAT:
    case MAGIC_CIFS:
    case MAGIC_SMB2:
      self->tolerance_nsec = FAT_TOLERANCE_NSEC;
      self->keeps_modes = FALSE;
      break;
    default:
      break;
    }
}

gboolean
thaw_sync_begin (ThawSync *self, ThawRun *run, GError **error)
{
  ThawOperationRequest *request = thaw_run_get_request (run);

  *self = (ThawSync){ .run = run, .keeps_modes = TRUE };
  self->by_content = thaw_operation_request_get_flag (request, "by-content");
  self->with_xattrs = thaw_operation_request_get_flag (request, "with-attributes");
  return parse_mode (self, error)
         && require (thaw_operation_request_get_n_sources (request) == 1
                         && thaw_operation_request_get_target (request) != NULL,
                     "One folder is synchronised with one other",
                     error);
}

gboolean
thaw_sync_init (ThawSync *self, ThawRun *run, GError **error)
{
  if (!thaw_sync_begin (self, run, error) || !open_side (self, A, error)
      || !open_side (self, B, error) || !check_apart (self, error))
    return FALSE;
  for (int side = A; side < N_SIDES; side++)
    thaw_sync_look_at_file_system (self, side);
  if (self->mode == THAW_SYNC_BOTH)
    thaw_sync_find_past (self);
  return TRUE;
}

void
thaw_sync_clear (ThawSync *self)
{
  g_clear_pointer (&self->tops[A], thaw_place_unref);
  g_clear_pointer (&self->tops[B], thaw_place_unref);
}

static ThawSyncAction
get_update (const ThawPair *pair)
{
  switch (pair->state)
    {
    case THAW_PAIR_ONLY_A:
    case THAW_PAIR_A_NEWER:
    case THAW_PAIR_DIFFERENT:
      return THAW_SYNC_COPY_TO_B;
    case THAW_PAIR_TYPES:
      return THAW_SYNC_DECIDE;
    case THAW_PAIR_ONLY_B:
    case THAW_PAIR_B_NEWER:
      return THAW_SYNC_STAYS;
    case THAW_PAIR_SAME:
    case THAW_PAIR_ATTRIBUTES:
    case THAW_PAIR_FOLDERS:
    default:
      return THAW_SYNC_NOTHING;
    }
}

static ThawSyncAction
get_mirror (const ThawPair *pair)
{
  switch (pair->state)
    {
    case THAW_PAIR_ONLY_A:
    case THAW_PAIR_A_NEWER:
    case THAW_PAIR_B_NEWER:
    case THAW_PAIR_DIFFERENT:
    case THAW_PAIR_TYPES:
      return THAW_SYNC_COPY_TO_B;
    case THAW_PAIR_ONLY_B:
      return THAW_SYNC_REMOVE;
    case THAW_PAIR_ATTRIBUTES:
      return THAW_SYNC_SET_ATTRIBUTES;
    case THAW_PAIR_SAME:
    case THAW_PAIR_FOLDERS:
    default:
      return THAW_SYNC_NOTHING;
    }
}

static ThawSyncAction
get_both (ThawSync *self, const ThawPair *pair)
{
  switch (pair->state)
    {
    case THAW_PAIR_ONLY_A:
      return THAW_SYNC_COPY_TO_B;
    case THAW_PAIR_ONLY_B:
      return THAW_SYNC_COPY_TO_A;
    case THAW_PAIR_A_NEWER:
      return thaw_sync_is_changed_on_both (self, pair) ? THAW_SYNC_DECIDE : THAW_SYNC_COPY_TO_B;
    case THAW_PAIR_B_NEWER:
      return thaw_sync_is_changed_on_both (self, pair) ? THAW_SYNC_DECIDE : THAW_SYNC_COPY_TO_A;
    case THAW_PAIR_DIFFERENT:
    case THAW_PAIR_TYPES:
      return THAW_SYNC_DECIDE;
    case THAW_PAIR_SAME:
    case THAW_PAIR_ATTRIBUTES:
    case THAW_PAIR_FOLDERS:
    default:
      return THAW_SYNC_NOTHING;
    }
}

ThawSyncAction
thaw_sync_get_action (ThawSync *self, const ThawPair *pair)
{
  switch (self->mode)
    {
    case THAW_SYNC_UPDATE:
      return get_update (pair);
    case THAW_SYNC_MIRROR:
      return get_mirror (pair);
    case THAW_SYNC_BOTH:
      return get_both (self, pair);
    case THAW_SYNC_COMPARE:
    default:
      return pair->state == THAW_PAIR_SAME || pair->state == THAW_PAIR_FOLDERS ? THAW_SYNC_NOTHING
                                                                               : THAW_SYNC_STAYS;
    }
}

char *
thaw_pair_dup_path (const ThawPair *self, int side)
{
  return thaw_place_dup_child_path (self->places[side], self->name);
}
