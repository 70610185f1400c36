/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who may do what with a file: as rows for one, and as a page for many or for all that is in a
 * folder. */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

#define FILES_TYPE_ACCESS (files_access_get_type ())
G_DECLARE_FINAL_TYPE (FilesAccess, files_access, FILES, ACCESS, AdwBin)

/* Loop's thread. ::change (const char *mode): "u+w", as chmod has it. */
GtkWidget *files_access_new (void);
/* @owner, @group (nullable): their names. */
void files_access_set (FilesAccess *self,
                       guint32 mode,
                       gboolean is_folder,
                       const char *owner,
                       const char *group,
                       gboolean can_change);

#define FILES_TYPE_ACCESS_PAGE (files_access_page_get_type ())
G_DECLARE_FINAL_TYPE (FilesAccessPage, files_access_page, FILES, ACCESS_PAGE, AdwNavigationPage)

/* ::apply (const char *mode, const char *folder_mode, gboolean is_recursive, gint64 uid, gint64 gid):
 * "" or -1 where nothing is to change.
 * @is_inside: of a folder and all that is in it; otherwise of several files, and whether also
 * inside is asked. */
AdwNavigationPage *files_access_page_new (gboolean is_inside);

G_END_DECLS
