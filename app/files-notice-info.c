/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is said in place of a folder's rows: a page for each way of having none. It always names the
 * place and offers a way out; why something failed is put into words by files-error.c. Pure, no
 * widgets: tests read the same sentences as the user. */

#include "files-notice-info.h"
#include "pane-details.h"
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

/* Pages of errors */

static FilesNoticeInfo *
for_denied (const char *place, FilesOffers offers)
{
  return info_new ("channel-secure-symbolic",
                   _ ("No Permission"),
                   g_strdup_printf (_ ("You are not allowed to see what is in “%s”."), place),
                   offers);
}

static FilesNoticeInfo *
for_not_found (const char *place, FilesOffers offers)
{
  return info_new (
      "edit-find-symbolic",
      _ ("Folder Not Found"),
      g_strdup_printf (_ ("There is no “%s”. It may have been moved or deleted."), place),
      offers);
}

static FilesNoticeInfo *
for_no_folder (const char *place, FilesOffers offers)
{
  return info_new ("text-x-generic-symbolic",
                   _ ("Not a Folder"),
                   g_strdup_printf (_ ("“%s” is not a folder."), place),
                   offers);
}

static FilesNoticeInfo *
for_not_mounted (const char *place, FilesOffers offers)
{
  return info_new ("network-offline-symbolic",
                   _ ("Not Connected"),
                   g_strdup_printf (_ ("“%s” is not connected."), place),
                   offers);
}

static FilesNoticeInfo *
for_other_error (const GError *error, const char *place, FilesOffers offers)
{
  g_autofree char *reason = files_error_dup_reason (error);

  return info_new ("dialog-warning-symbolic",
                   _ ("Folder Can’t Be Shown"),
                   /* Translators: a place, and why it can't be shown, a whole sentence */
                   g_strdup_printf (_ ("“%s” can’t be shown. %s"), place, reason),
                   offers);
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
  g_autofree char *place = pane_location_dup_text (location);
  FilesOffers offers = ways_out (location);

  if (error->domain != G_IO_ERROR)
    return for_other_error (error, place, offers);
  switch (error->code)
    {
    case G_IO_ERROR_PERMISSION_DENIED:
      return for_denied (place, offers);
    case G_IO_ERROR_NOT_FOUND:
      return for_not_found (place, offers);
    case G_IO_ERROR_NOT_DIRECTORY:
      return for_no_folder (place, offers);
    case G_IO_ERROR_NOT_MOUNTED:
      return for_not_mounted (place, offers);
    default:
      return for_other_error (error, place, offers);
    }
}

/* Pages of states */

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
  GTimeZone *zone = pane_details_get_time_zone (pane_details_get_default ());
  g_autoptr (GDateTime) now = g_date_time_new_now (zone);
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
  g_autofree char *place = pane_location_dup_text (location);

  return info_new ("user-trash-symbolic",
                   _ ("Folder Is Gone"),
                   g_strdup_printf (_ ("“%s” was deleted, renamed or disconnected."), place),
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
  g_autofree char *place = pane_location_dup_text (location);

  return info_new ("process-stop-symbolic",
                   _ ("Stopped"),
                   g_strdup_printf (_ ("“%s” was not opened."), place),
                   ways_out (location));
}

/* What is no folder of the user's says what it has none of. */
static FilesNoticeInfo *
info_for_empty_list (GFile *location)
{
  if (g_file_has_uri_scheme (location, "trash"))
    return info_new ("user-trash-symbolic", _ ("Trash Is Empty"), NULL, 0);
  if (g_file_has_uri_scheme (location, "recent"))
    return info_new ("document-open-recent-symbolic", _ ("No Recent Files"), NULL, 0);
  if (g_file_has_uri_scheme (location, "network"))
    return info_new ("network-workgroup-symbolic", _ ("No Servers Found"), NULL, 0);
  return info_new ("folder-symbolic", _ ("Folder Is Empty"), NULL, 0);
}

/**
 * files_notice_info_for_empty:
 * @location: the folder
 * @n_hidden: how many entries are there but hidden
 *
 * Returns: (transfer full): what to show for a folder without visible entries
 */
FilesNoticeInfo *
files_notice_info_for_empty (GFile *location, guint n_hidden)
{
  if (n_hidden == 0)
    return info_for_empty_list (location);
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
