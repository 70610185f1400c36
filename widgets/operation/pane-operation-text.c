/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What an operation says of itself in words: how far it is, how fast, how long still. Times are rounded to what a person plans
 * by, and a range stays a range: it isn't known better. Loop's thread; no state. */

#include "pane-operation-text.h"

#include <glib/gi18n-lib.h>
#include <math.h>

#define SILENT_USEC (5 * G_USEC_PER_SEC)

static PaneErrorFunc error_func;

/**
 * pane_operation_set_error_func:
 * @func: (scope forever) (nullable): turns an error into words
 *
 * Has everything about operations say in the words of @func why something failed.
 *
 * - **Thread**: the loop's, before anything is shown.
 */
void
pane_operation_set_error_func (PaneErrorFunc func)
{
  error_func = func;
}

/**
 * pane_operation_dup_reason:
 * @error: (nullable): an error
 *
 * - **Thread**: the loop's.
 *
 * Returns: (transfer full): why something failed
 */
char *
pane_operation_dup_reason (const GError *error)
{
  if (error == NULL)
    return g_strdup ("");
  return error_func != NULL ? error_func (error) : g_strdup (error->message);
}

static const char *
get_io_advice (int code)
{
  switch (code)
    {
    case G_IO_ERROR_PERMISSION_DENIED:
      return _ ("Change its permissions, or those of its folder, and try again.");
    case G_IO_ERROR_NO_SPACE:
      return _ ("Make some room and try again.");
    case G_IO_ERROR_READ_ONLY:
      return _ ("Choose another place, or make this one writable, and try again.");
    case G_IO_ERROR_FILENAME_TOO_LONG:
    case G_IO_ERROR_INVALID_FILENAME:
      return _ ("Give it another name and try again.");
    case G_IO_ERROR_EXISTS:
      return _ ("Rename one of the two and try again.");
    case G_IO_ERROR_BUSY:
      return _ ("Close what uses it and try again.");
    case G_IO_ERROR_NOT_MOUNTED:
    case G_IO_ERROR_HOST_UNREACHABLE:
    case G_IO_ERROR_NETWORK_UNREACHABLE:
    case G_IO_ERROR_CONNECTION_REFUSED:
    case G_IO_ERROR_NOT_CONNECTED:
    case G_IO_ERROR_TIMED_OUT:
      return _ ("Connect the device or server again and try again.");
    case G_IO_ERROR_NOT_FOUND:
      return _ ("It was moved or deleted meanwhile: there is nothing left to do for it.");
    default:
      return NULL;
    }
}

/**
 * pane_operation_get_advice:
 * @error: (nullable): an error
 *
 * - **Thread**: the loop's.
 *
 * Returns: (transfer none) (nullable): what the user can do about it
 */
const char *
pane_operation_get_advice (const GError *error)
{
  if (error == NULL || error->domain != G_IO_ERROR)
    return NULL;
  return get_io_advice (error->code);
}

/**
 * pane_operation_is_over:
 * @operation: an operation
 *
 * - **Thread**: the loop's.
 *
 * Returns: whether it has ended, one way or the other
 */
gboolean
pane_operation_is_over (ThawOperation *operation)
{
  switch (thaw_operation_get_state (operation))
    {
    case THAW_OPERATION_DONE:
    case THAW_OPERATION_FAILED:
    case THAW_OPERATION_CANCELLED:
      return TRUE;
    default:
      return FALSE;
    }
}

/**
 * pane_operation_dup_path:
 * @path: (nullable): a path, in bytes
 *
 * - **Thread**: any.
 *
 * Returns: (transfer full): the path as it can be shown
 */
char *
pane_operation_dup_path (const char *path)
{
  return path != NULL ? g_filename_display_name (path) : g_strdup ("");
}

/**
 * pane_operation_describe_state:
 * @state: a state
 * @is_undone: whether what it did is taken back at the moment
 *
 * - **Thread**: the loop's.
 *
 * Returns: (transfer none): the state in a word or two, translated
 */
const char *
pane_operation_describe_state (ThawOperationState state, gboolean is_undone)
{
  if (is_undone)
    return _ ("Undone");
  switch (state)
    {
    case THAW_OPERATION_PLANNED:
      return _ ("Preparing…");
    case THAW_OPERATION_QUEUED:
      return _ ("Waiting for its turn");
    case THAW_OPERATION_RUNNING:
      return _ ("Running");
    case THAW_OPERATION_PAUSED:
      return _ ("Paused");
    case THAW_OPERATION_ASKING:
      return _ ("Needs an answer");
    case THAW_OPERATION_DONE:
      return _ ("Done");
    case THAW_OPERATION_FAILED:
      return _ ("Failed");
    case THAW_OPERATION_CANCELLED:
      return _ ("Cancelled");
    }
  g_return_val_if_reached ("");
}

/* To the minute, the half hour … whatever one plans by. */
static guint
round_minutes (double seconds)
{
  double minutes = MAX (1, round (seconds / 60));

  return minutes < 20 ? minutes : round (minutes / 5) * 5;
}

static char *
describe_minutes (guint low, guint high)
{
  if (low == high)
    return g_strdup_printf (ngettext ("about %u minute left", "about %u minutes left", low), low);
  return g_strdup_printf (ngettext ("%u to %u minute left", "%u to %u minutes left", high), low, high);
}

static char *
describe_hours (double low, double high)
{
  guint first = MAX (1, round (low / 3600)), last = MAX (1, round (high / 3600));

  if (first == last)
    return g_strdup_printf (ngettext ("about %u hour left", "about %u hours left", first), first);
  return g_strdup_printf (ngettext ("%u to %u hour left", "%u to %u hours left", last), first, last);
}

/**
 * pane_operation_dup_time_left:
 * @low: seconds at least, negative when it isn't known
 * @high: seconds at most
 *
 * - **Thread**: the loop's.
 *
 * Returns: (transfer full) (nullable): how long it will take still
 */
char *
pane_operation_dup_time_left (double low, double high)
{
  if (low < 0 || high < 0)
    return NULL;
  if (high < 10)
    return g_strdup (_ ("a few seconds left"));
  if (high < 60)
    return g_strdup (_ ("less than a minute left"));
  if (low >= 90 * 60)
    return describe_hours (low, high);
  return describe_minutes (round_minutes (low), round_minutes (high));
}

/**
 * pane_operation_get_fraction:
 * @operation: an operation
 *
 * - **Thread**: the loop's.
 *
 * Returns: how much of it is done, 0 to 1, or -1 when that isn't known
 */
double
pane_operation_get_fraction (ThawOperation *operation)
{
  ThawProgress progress;

  thaw_operation_get_progress (operation, &progress);
  if (progress.bytes_total > 0)
    return CLAMP (progress.bytes_done / (double) progress.bytes_total, 0, 1);
  if (progress.entries_total > 0)
    return CLAMP (progress.entries_done / (double) progress.entries_total, 0, 1);
  return -1;
}

static void
append (GString *text, const char *part)
{
  if (part == NULL)
    return;
  if (text->len > 0)
    g_string_append (text, " · ");
  g_string_append (text, part);
}

static char *
dup_amount (const ThawProgress *progress)
{
  if (progress->bytes_total > 0)
    {
      g_autofree char *done = g_format_size (progress->bytes_done);
      g_autofree char *total = g_format_size (progress->bytes_total);

      /* Translators: how much of a copy is done: "1.2 GB of 4.0 GB" */
      return g_strdup_printf (_ ("%s of %s"), done, total);
    }
  if (progress->entries_total > 1)
    {
      guint done = CLAMP (progress->entries_done, 0, G_MAXUINT);
      guint total = CLAMP (progress->entries_total, 0, G_MAXUINT);

      return g_strdup_printf (ngettext ("%'u of %'u item", "%'u of %'u items", total), done, total);
    }
  return NULL;
}

static char *
dup_speed (const ThawProgress *progress)
{
  g_autofree char *size = NULL;

  if (progress->bytes_total <= 0 || progress->bytes_per_second < 1)
    return NULL;
  size = g_format_size (progress->bytes_per_second);
  /* Translators: a speed: "45 MB/s" */
  return g_strdup_printf (_ ("%s/s"), size);
}

static char *
dup_running (const ThawProgress *progress)
{
  GString *text = g_string_new (NULL);
  g_autofree char *amount = dup_amount (progress), *speed = dup_speed (progress);
  g_autofree char *left
      = pane_operation_dup_time_left (progress->seconds_left_low, progress->seconds_left_high);

  append (text, amount);
  append (text, speed);
  append (text, left);
  if (text->len == 0)
    append (text, pane_operation_describe_state (THAW_OPERATION_RUNNING, FALSE));
  return g_string_free (text, FALSE);
}

/**
 * pane_operation_dup_detail:
 * @operation: an operation
 *
 * - **Thread**: the loop's.
 *
 * Returns: (transfer full): how far it is, or what it waits for
 */
char *
pane_operation_dup_detail (ThawOperation *operation)
{
  ThawOperationState state = thaw_operation_get_state (operation);
  const GError *error = thaw_operation_get_error (operation);
  guint n = thaw_operation_get_n_problems (operation);
  ThawProgress progress;

  thaw_operation_get_progress (operation, &progress);
  if (state == THAW_OPERATION_FAILED && n > 0)
    return g_strdup_printf (ngettext ("%'u item was left out", "%'u items were left out", n), n);
  if (state == THAW_OPERATION_FAILED && error != NULL)
    return pane_operation_dup_reason (error);
  if (state != THAW_OPERATION_RUNNING)
    return g_strdup (pane_operation_describe_state (state, FALSE));
  if (progress.silent_usec >= SILENT_USEC)
    {
      guint seconds = progress.silent_usec / G_USEC_PER_SEC;

      return g_strdup_printf (ngettext ("Not answering for %u second", "Not answering for %u seconds", seconds),
                              seconds);
    }
  return dup_running (&progress);
}
