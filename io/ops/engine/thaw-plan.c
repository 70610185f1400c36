/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a plan found out: sums and findings. It is filled by one thread, the operation's, while its
 * kind plans; once it was handed to the loop nobody changes it any more, so any thread may read it
 * without a lock. */

#include "thaw-plan-private.h"

/* More are counted only: nobody reads them, and a tree may have a million. */
#define MAX_LISTED 20000

G_DEFINE_BOXED_TYPE (ThawPlan, thaw_plan, thaw_plan_ref, thaw_plan_unref)

static void
finding_free (ThawFinding *finding)
{
  g_free (finding->path);
  g_free (finding->message);
  g_free (finding);
}

ThawPlan *
thaw_plan_new (void)
{
  ThawPlan *self = g_new0 (ThawPlan, 1);

  self->ref_count = 1;
  self->findings = g_ptr_array_new_with_free_func ((GDestroyNotify) finding_free);
  return self;
}

/**
 * thaw_plan_ref:
 * @self: a plan
 *
 * - **Thread**: any.
 *
 * Returns: (transfer full): @self
 */
ThawPlan *
thaw_plan_ref (ThawPlan *self)
{
  __atomic_add_fetch (&self->ref_count, 1, __ATOMIC_RELAXED);
  return self;
}

/**
 * thaw_plan_unref:
 * @self: (transfer full): a plan
 *
 * - **Thread**: any.
 */
void
thaw_plan_unref (ThawPlan *self)
{
  if (__atomic_sub_fetch (&self->ref_count, 1, __ATOMIC_ACQ_REL) > 0)
    return;
  g_ptr_array_unref (self->findings);
  g_free (self);
}

void
thaw_plan_add (ThawPlan *self, gint64 bytes, gint64 entries)
{
  self->bytes += bytes;
  self->n_entries += entries;
}

void
thaw_plan_add_finding (ThawPlan *self,
                       ThawFindingType type,
                       gboolean is_fatal,
                       const char *path,
                       const char *format,
                       ...)
{
  ThawFinding *finding;
  va_list arguments;

  self->counts[type]++;
  if (!is_fatal && self->findings->len >= MAX_LISTED)
    return;
  finding = g_new0 (ThawFinding, 1);
  va_start (arguments, format);
  finding->message = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  finding->type = type;
  finding->is_fatal = is_fatal;
  finding->path = g_strdup (path);
  g_ptr_array_add (self->findings, finding);
}

/**
 * thaw_plan_get_bytes:
 * @self: a plan
 *
 * - **Thread**: any.
 *
 * Returns: how many bytes will have to be copied; 0 for what only renames
 */
gint64
thaw_plan_get_bytes (ThawPlan *self)
{
  return self->bytes;
}

/**
 * thaw_plan_get_n_entries:
 * @self: a plan
 *
 * - **Thread**: any.
 *
 * Returns: how many files and folders it is about
 */
gint64
thaw_plan_get_n_entries (ThawPlan *self)
{
  return self->n_entries;
}

/**
 * thaw_plan_get_n_findings:
 * @self: a plan
 *
 * - **Thread**: any.
 *
 * Returns: how many findings there are
 */
guint
thaw_plan_get_n_findings (ThawPlan *self)
{
  return self->findings->len;
}

/**
 * thaw_plan_get_finding:
 * @self: a plan
 * @i: which one, from 0 on
 *
 * - **Thread**: any.
 *
 * Returns: (transfer none): a finding
 */
const ThawFinding *
thaw_plan_get_finding (ThawPlan *self, guint i)
{
  g_return_val_if_fail (i < self->findings->len, NULL);

  return g_ptr_array_index (self->findings, i);
}

/**
 * thaw_plan_count_findings:
 * @self: a plan
 * @type: a type of findings
 *
 * - **Thread**: any.
 *
 * Returns: how many of them there are, listed or not
 */
gint64
thaw_plan_count_findings (ThawPlan *self, ThawFindingType type)
{
  g_return_val_if_fail (type < THAW_N_FINDINGS, 0);

  return self->counts[type];
}

static int
get_error_code (ThawFindingType type)
{
  switch (type)
    {
    case THAW_FINDING_CONFLICT:
      return G_IO_ERROR_EXISTS;
    case THAW_FINDING_ILLEGAL_NAME:
      return G_IO_ERROR_INVALID_FILENAME;
    case THAW_FINDING_NO_SPACE:
      return G_IO_ERROR_NO_SPACE;
    case THAW_FINDING_NO_PERMISSION:
      return G_IO_ERROR_PERMISSION_DENIED;
    case THAW_FINDING_INTO_ITSELF:
      return G_IO_ERROR_WOULD_RECURSE;
    case THAW_FINDING_MISSING:
      return G_IO_ERROR_NOT_FOUND;
    case THAW_FINDING_TOO_LARGE:
    case THAW_FINDING_LOSS:
      return G_IO_ERROR_NOT_SUPPORTED;
    case THAW_FINDING_OTHER_DEVICE:
    default:
      return G_IO_ERROR_FAILED;
    }
}

gboolean
thaw_plan_is_possible (ThawPlan *self, GError **error)
{
  for (guint i = 0; i < self->findings->len; i++)
    {
      const ThawFinding *finding = thaw_plan_get_finding (self, i);

      if (!finding->is_fatal)
        continue;
      g_set_error_literal (error, G_IO_ERROR, get_error_code (finding->type), finding->message);
      return FALSE;
    }
  return TRUE;
}
