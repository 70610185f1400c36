/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The page in place of rows: what is the matter, and the ways out. */
#pragma once

#include <adwaita.h>
#include "files-notice-info.h"

G_BEGIN_DECLS

#define FILES_TYPE_NOTICE (files_notice_get_type ())
G_DECLARE_FINAL_TYPE (FilesNotice, files_notice, FILES, NOTICE, GtkWidget)

void files_notice_show (FilesNotice *self, const FilesNoticeInfo *info);
/* ::menu (double x, double y): the folder's menu is asked for, in the notice's coordinates */

G_END_DECLS
