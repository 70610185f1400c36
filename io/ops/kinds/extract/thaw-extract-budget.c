/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How much an archive may write. A small one that unpacks to far more than such files do, or to
 * more than there is room for, stops and asks, as on a full disk: "try again" doubles the limit.
 * Without anybody to ask it ends there. A million entries are never too many, nor one for each 64
 * bytes of the archive. Options of the request: "max-bytes" t, "max-entries" t,
 * "max-ratio" u, "max-depth" u; 0 for none. */

#include "thaw-extract-private.h"

#include <sys/statvfs.h>

#define MIN_RESERVE (64 << 20)
#define MAX_ENTRIES 1000000
#define BYTES_PER_ENTRY 64 /* of the archive: so many entries are what makes it so large */
#define MAX_RATIO 250
#define MAX_DEPTH 2000
#define RATIO_FREE_BYTES ((gint64) 1 << 30) /* so much is never too much for its archive */

G_DEFINE_QUARK (thaw - extract - told, thaw_extract_told)

static gint64
get_room (ThawPlace *target)
{
  struct statvfs st;
  gint64 reserve;

  if (fstatvfs (thaw_place_get_fd (target), &st) != 0)
    return G_MAXINT64;
  /* File systems that don't tell (some of FUSE's and the network's) say 0 of 0. */
  if (st.f_blocks == 0)
    return G_MAXINT64;
  reserve = MAX (MIN_RESERVE, (gint64) (st.f_blocks / 100 * st.f_frsize));
  reserve = MIN (reserve, (gint64) (st.f_bavail * st.f_frsize / 10));
  return (gint64) (st.f_bavail * st.f_frsize) - reserve;
}

static guint64
get_option (ThawRun *run, const char *key, const char *type, guint64 fallback)
{
  GVariant *value
      = thaw_operation_request_get_option (thaw_run_get_request (run), key, G_VARIANT_TYPE (type));
  guint64 number = fallback;

  if (value != NULL)
    number = *type == 't' ? g_variant_get_uint64 (value) : g_variant_get_uint32 (value);
  return number != 0 ? MIN (number, G_MAXINT64) : (*type == 't' ? G_MAXINT64 : G_MAXUINT32);
}

void
thaw_extract_budget_init (ThawExtractBudget *self,
                          ThawRun *run,
                          const char *path,
                          gint64 archive_bytes,
                          ThawPlace *target)
{
  *self = (ThawExtractBudget){
    .run = run,
    .path = path,
    .archive_bytes = MAX (archive_bytes, 1),
    .max_bytes = MIN ((gint64) get_option (run, "max-bytes", "t", 0), get_room (target)),
    .max_entries = (gint64)
        get_option (run, "max-entries", "t", MAX (MAX_ENTRIES, archive_bytes / BYTES_PER_ENTRY)),
    .max_ratio = (guint) get_option (run, "max-ratio", "u", MAX_RATIO),
    .max_depth = (guint) get_option (run, "max-depth", "u", MAX_DEPTH),
  };
}

gboolean
thaw_extract_budget_ask (ThawExtractBudget *self, const char *message, GError **error)
{
  const ThawWalkFuncs *funcs = thaw_run_get_walk_funcs (self->run, self->path);
  g_autoptr (GError) full = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_NO_SPACE, message);
  gboolean retry = FALSE;

  if (!funcs->problem ("", full, &retry, funcs->user_data))
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_CANCELLED, "The operation was cancelled");
      return FALSE;
    }
  if (!retry)
    g_set_error_literal (error, THAW_EXTRACT_TOLD, 0, message);
  return retry;
}

static gint64
twice (gint64 limit)
{
  return limit > G_MAXINT64 / 2 ? G_MAXINT64 : limit * 2;
}

static gboolean
is_out_of_proportion (ThawExtractBudget *self)
{
  return self->bytes > RATIO_FREE_BYTES && self->bytes / self->max_ratio > self->archive_bytes;
}

gboolean
thaw_extract_budget_spend (ThawExtractBudget *self, gint64 bytes, gint64 entries, GError **error)
{
  self->bytes += bytes;
  self->entries += entries;
  while (self->entries > self->max_entries)
    {
      if (!thaw_extract_budget_ask (self,
                                    "The archive has a great many entries: the option "
                                    "“max-entries” lets it have more",
                                    error))
        return FALSE;
      self->max_entries = twice (self->max_entries);
    }
  while (self->bytes > self->max_bytes)
    {
      if (!thaw_extract_budget_ask (self, "There is no room for what is in the archive", error))
        return FALSE;
      self->max_bytes = twice (MAX (self->max_bytes, 1 << 20));
    }
  while (is_out_of_proportion (self))
    {
      if (!thaw_extract_budget_ask (self,
                                    "The archive unpacks to far more than its size: it may have "
                                    "been made to fill the disk",
                                    error))
        return FALSE;
      self->max_ratio = self->max_ratio > G_MAXUINT32 / 4 ? G_MAXUINT32 : self->max_ratio * 4;
    }
  return TRUE;
}
