/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The one file that turns an error, or the lack of rows, into what people read. io's messages are
 * English and for logs; what is shown is made here from the error's domain and code, and always
 * names the place. Pure, no widgets: tests read the same sentences as the user. */

#include "files-notice-info.h"
#include "pane-location.h"
#include <glib/gi18n.h>

#define WAYS_OUT (FILES_OFFER_PARENT | FILES_OFFER_HOME | FILES_OFFER_RETRY)

/**
 * files_notice_info_free:
 * @self: (transfer full): an info
 */
void
files_notice_info_free (FilesNoticeInfo *self)
{
  g_free (self->title);
  g_free (self->description);
  g_free (self);
}

static FilesNoticeInfo *
info_new (const char *icon_name, const char *title, char *description, FilesOffers offers)
{
  FilesNoticeInfo *self = g_new0 (FilesNoticeInfo, 1);

  self->icon_name = icon_name;
  self->title = g_strdup (title);
  self->description = description;
  self->offers = offers;
  return self;
}

/* The root has no parent to go to. */
static FilesOffers
ways_out (GFile *location)
{
  g_autoptr (GFile) parent = g_file_get_parent (location);

  return parent != NULL ? WAYS_OUT : WAYS_OUT & ~FILES_OFFER_PARENT;
}

static char *
thaw_reason (int code)
{
  switch (code)
    {
    case THAW_ERROR_NOT_ANSWERING:
    case THAW_ERROR_TOO_MANY_STUCK:
      return g_strdup (_ ("Its device or server is not answering."));
    case THAW_ERROR_DEADLINE:
      return g_strdup (_ ("It took too long."));
    default:
      return NULL;
    }
}

static const char *
io_reason (int code)
{
  switch (code)
    {
    case G_IO_ERROR_PERMISSION_DENIED:
      return _ ("You do not have permission to do this.");
    case G_IO_ERROR_NOT_FOUND:
      return _ ("It does not exist.");
    case G_IO_ERROR_NOT_DIRECTORY:
      return _ ("It is not a folder.");
    case G_IO_ERROR_NO_SPACE:
      return _ ("There is no space left.");
    case G_IO_ERROR_READ_ONLY:
      return _ ("The device is read-only.");
    case G_IO_ERROR_TIMED_OUT:
      return _ ("It took too long.");
    case G_IO_ERROR_NOT_MOUNTED:
      return _ ("It is not mounted.");
    case G_IO_ERROR_NOT_SUPPORTED:
      return _ ("This kind of place is not supported here.");
    case G_IO_ERROR_TOO_MANY_LINKS:
      return _ ("It is a link that leads back to itself.");
    case G_IO_ERROR_FILENAME_TOO_LONG:
      return _ ("Its name is too long.");
    case G_IO_ERROR_HOST_NOT_FOUND:
      return _ ("Its server was not found.");
    case G_IO_ERROR_HOST_UNREACHABLE:
    case G_IO_ERROR_NETWORK_UNREACHABLE:
    case G_IO_ERROR_CONNECTION_REFUSED:
      return _ ("Its server can’t be reached.");
    default:
      return NULL;
    }
}

/**
 * files_error_dup_reason:
 * @error: an error
 *
 * Returns: (transfer full): why, as a translated sentence; the system's own words when the reason
 * is a rare one
 */
char *
files_error_dup_reason (const GError *error)
{
  char *reason = NULL;

  if (error->domain == THAW_ERROR)
    reason = thaw_reason (error->code);
  else if (error->domain == G_IO_ERROR)
    reason = g_strdup (io_reason (error->code));
  return reason != NULL ? reason : g_strdup (error->message);
}

/**
 * files_error_dup_line:
 * @verb_text: what failed, translated
 * @error: why
 *
 * Returns: (transfer full): both in one line
 */
char *
files_error_dup_line (const char *verb_text, const GError *error)
{
  g_autofree char *reason = files_error_dup_reason (error);

  /* Translators: what failed, and why: “Could not open “a.txt”: It does not exist.” */
  return g_strdup_printf (_ ("%s: %s"), verb_text, reason);
}

static FilesNoticeInfo *
for_place (const char *icon_name,
           const char *title,
           const char *format,
           GFile *location,
           FilesOffers offers)
{
  g_autofree char *text = pane_location_dup_text (location);
  g_autofree char *quoted = g_strdup_printf (_ ("“%s”"), text);
  g_auto (GStrv) parts = g_strsplit (format, "%s", 2);

  return info_new (icon_name, title, g_strjoinv (quoted, parts), offers);
}

/**
 * files_notice_info_for_error:
 * @error: why a folder can't be shown
 * @location: the folder
 *
 * Returns: (transfer full): the page to show
 */
FilesNoticeInfo *
files_notice_info_for_error (const GError *error, GFile *location)
{
  g_autofree char *text = pane_location_dup_text (location);
  g_autofree char *reason = NULL;

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED))
    return for_place ("channel-secure-symbolic",
                      _ ("No Permission"),
                      _ ("You are not allowed to see what is in %s."),
                      location,
                      ways_out (location));
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND))
    return for_place ("edit-find-symbolic",
                      _ ("Folder Not Found"),
                      _ ("There is no %s. It may have been moved or deleted."),
                      location,
                      ways_out (location));
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NOT_DIRECTORY))
    return for_place ("text-x-generic-symbolic",
                      _ ("Not a Folder"),
                      _ ("%s is not a folder."),
                      location,
                      ways_out (location));
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NOT_MOUNTED))
    return for_place ("network-offline-symbolic",
                      _ ("Not Connected"),
                      _ ("%s is not connected."),
                      location,
                      ways_out (location));
  reason = files_error_dup_reason (error);
  return info_new ("dialog-warning-symbolic",
                   _ ("Folder Can’t Be Shown"),
                   /* Translators: a place, and why it can't be shown, a whole sentence */
                   g_strdup_printf (_ ("“%s” can’t be shown. %s"), text, reason),
                   ways_out (location));
}

/**
 * files_notice_info_for_loading:
 * @location: a folder
 *
 * Returns: (transfer full): what to show while nothing has come yet
 */
FilesNoticeInfo *
files_notice_info_for_loading (GFile *location)
{
  g_autofree char *title = pane_location_dup_title (location);

  return info_new (NULL, _ ("Opening…"), g_steal_pointer (&title), FILES_OFFER_CANCEL);
}

/**
 * files_dup_since:
 * @silent_usec: for how long
 *
 * Returns: (transfer full): the time of day that was @silent_usec ago
 */
char *
files_dup_since (gint64 silent_usec)
{
  g_autoptr (GDateTime) now = g_date_time_new_now_local ();
  g_autoptr (GDateTime) then = g_date_time_add (now, -silent_usec);

  return g_date_time_format (then, "%X");
}

/**
 * files_notice_info_for_waiting:
 * @location: a folder
 * @lane_name: the mount or host that isn't answering
 * @silent_usec: since when
 *
 * Returns: (transfer full): what to show while a place doesn't answer
 */
FilesNoticeInfo *
files_notice_info_for_waiting (GFile *location, const char *lane_name, gint64 silent_usec)
{
  g_autofree char *since = files_dup_since (silent_usec);
  g_autofree char *text = pane_location_dup_text (location);

  return info_new (
      NULL,
      _ ("Still Waiting"),
      /* Translators: a mount or server, the time of day, and the place that is to be shown */
      g_strdup_printf (_ ("%s has not answered since %s. “%s” will be shown when it does."),
                       lane_name,
                       since,
                       text),
      FILES_OFFER_CANCEL | FILES_OFFER_RETRY);
}

/**
 * files_notice_info_for_gone:
 * @location: a folder that was shown
 *
 * Returns: (transfer full): what to show when it is there no more
 */
FilesNoticeInfo *
files_notice_info_for_gone (GFile *location)
{
  return for_place ("user-trash-symbolic",
                    _ ("Folder Is Gone"),
                    _ ("%s was deleted, renamed or disconnected."),
                    location,
                    ways_out (location));
}

/**
 * files_notice_info_for_stopped:
 * @location: a folder whose listing was cancelled
 *
 * Returns: (transfer full): what to show then
 */
FilesNoticeInfo *
files_notice_info_for_stopped (GFile *location)
{
  return for_place ("process-stop-symbolic",
                    _ ("Stopped"),
                    _ ("%s was not opened."),
                    location,
                    ways_out (location));
}

/**
 * files_notice_info_for_empty:
 * @n_hidden: how many entries are there but hidden
 *
 * Returns: (transfer full): what to show for a folder without visible entries
 */
FilesNoticeInfo *
files_notice_info_for_empty (guint n_hidden)
{
  if (n_hidden == 0)
    return info_new ("folder-symbolic", _ ("Folder Is Empty"), NULL, 0);
  return info_new (
      "folder-symbolic",
      _ ("Folder Is Empty"),
      g_strdup_printf (
          ngettext ("%u hidden file is not shown.", "%u hidden files are not shown.", n_hidden),
          n_hidden),
      FILES_OFFER_SHOW_HIDDEN);
}

/**
 * files_notice_info_for_no_match:
 * @filter: what was filtered for
 *
 * Returns: (transfer full): what to show when a filter leaves nothing
 */
FilesNoticeInfo *
files_notice_info_for_no_match (const char *filter)
{
  return info_new ("edit-find-symbolic",
                   _ ("No Match"),
                   g_strdup_printf (_ ("No name here contains “%s”."), filter),
                   FILES_OFFER_CLEAR_FILTER);
}
