/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Schema migrations: script number i brings user_version from i to i + 1. Each runs in a
 * transaction of its own that also sets the version, so that a crash, an error or a second program
 * doing the same leaves either the old schema or the new one. The worker's. */

#include "thaw-database-private.h"

static gboolean
fail_newer (ThawConnection *self, gint64 version, guint n_known, GError **error)
{
  g_set_error (error,
               THAW_DATABASE_ERROR,
               THAW_DATABASE_ERROR_SCHEMA,
               "%s: the database was made by a newer version of this program (its schema is %d, "
               "this program knows %u); update the program",
               self->store->name,
               (int) version,
               n_known);
  return FALSE;
}

/* Under the write lock: another program may have done it since we looked. */
static gboolean
run_script (ThawConnection *self, guint index, GError **error)
{
  g_autofree char *set_version = g_strdup_printf ("PRAGMA user_version=%u", index + 1);
  gint64 version;

  if (!thaw_connection_read_int64 (self, "PRAGMA user_version", &version, error))
    return FALSE;
  if (version > index)
    return TRUE;
  return thaw_connection_exec_script (self, self->store->migrations[index], error)
         && thaw_connection_exec_script (self, set_version, error);
}

/* What the caller is to know first is which migration it was; busy, full and the like keep their
 * code, because the schema isn't to blame. */
static void
explain (ThawConnection *self, guint index, GError **error)
{
  if (error == NULL || *error == NULL)
    return;
  g_prefix_error (error, "Migration %u: ", index + 1);
  if (g_error_matches (*error, THAW_DATABASE_ERROR, THAW_DATABASE_ERROR_SQL)
      || g_error_matches (*error, THAW_DATABASE_ERROR, THAW_DATABASE_ERROR_CONSTRAINT))
    (*error)->code = THAW_DATABASE_ERROR_SCHEMA;
}

static gboolean
migrate_once (ThawConnection *self, guint index, GError **error)
{
  gboolean success = thaw_connection_exec (self, "BEGIN IMMEDIATE", error)
                     && run_script (self, index, error)
                     && thaw_connection_exec (self, "COMMIT", error);

  if (!success && !sqlite3_get_autocommit (self->db))
    {
      self->current = NULL; /* Cancelling doesn't stop this. */
      thaw_connection_exec (self, "ROLLBACK", NULL);
    }
  if (!success)
    explain (self, index, error);
  return success;
}

gboolean
thaw_connection_migrate (ThawConnection *self, GError **error)
{
  guint n_known = self->store->migrations != NULL ? g_strv_length (self->store->migrations) : 0;
  gint64 version;

  if (self->store->migrations == NULL)
    return TRUE;
  if (!thaw_connection_read_int64 (self, "PRAGMA user_version", &version, error))
    return FALSE;
  if (version < 0 || version > n_known)
    return fail_newer (self, version, n_known, error);
  if (version < n_known && (self->store->flags & THAW_DATABASE_READ_ONLY))
    {
      g_set_error (error,
                   THAW_DATABASE_ERROR,
                   THAW_DATABASE_ERROR_SCHEMA,
                   "%s: the schema is too old (%d), and the database may only be read",
                   self->store->name,
                   (int) version);
      return FALSE;
    }
  for (guint i = (guint) version; i < n_known; i++)
    if (!migrate_once (self, i, error))
      return FALSE;
  return TRUE;
}
