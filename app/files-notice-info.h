/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is said in place of a folder's rows, and what is offered then. */
#pragma once

#include "files-error.h"
#include "thaw.h"

G_BEGIN_DECLS

/* Ways out, as buttons. */
typedef enum {
  FILES_OFFER_PARENT = 1 << 0,
  FILES_OFFER_HOME = 1 << 1,
  FILES_OFFER_RETRY = 1 << 2,
  FILES_OFFER_CANCEL = 1 << 3,
  FILES_OFFER_SHOW_HIDDEN = 1 << 4,
  FILES_OFFER_CLEAR_FILTER = 1 << 5,
} FilesOffers;

typedef struct {
  const char *icon_name; /* NULL: a spinner */
  char *title;
  char *description; /* plain text, may be NULL */
  FilesOffers offers;
} FilesNoticeInfo;

void files_notice_info_free (FilesNoticeInfo *self);

FilesNoticeInfo *files_notice_info_for_error (const GError *error, GFile *location);
FilesNoticeInfo *files_notice_info_for_loading (GFile *location);
/* @silent_usec: for how long nothing has come back. */
FilesNoticeInfo *
files_notice_info_for_waiting (GFile *location, const char *lane_name, gint64 silent_usec);
FilesNoticeInfo *files_notice_info_for_gone (GFile *location);
FilesNoticeInfo *files_notice_info_for_stopped (GFile *location);
FilesNoticeInfo *files_notice_info_for_empty (GFile *location, guint n_hidden);
FilesNoticeInfo *files_notice_info_for_no_match (const char *filter);

/* The time of day at which it began, in the user's format. */
char *files_dup_since (gint64 silent_usec);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (FilesNoticeInfo, files_notice_info_free)

G_END_DECLS
