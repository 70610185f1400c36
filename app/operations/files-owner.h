/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whose a file is, and which group's, for those who may change that. */
#pragma once

#include "thaw.h"

#include <adwaita.h>

G_BEGIN_DECLS

#define FILES_TYPE_OWNER (files_owner_get_type ())
G_DECLARE_FINAL_TYPE (FilesOwner, files_owner, FILES, OWNER, AdwBin)

#define FILES_OWNER_LEAVE -1

/* Loop's thread, all of it. @leaves: begins with leaving all as it is, for many files at once. */
GtkWidget *files_owner_new (gboolean leaves);
/* Shows what a file has, if the user may change it, and nothing otherwise. @user, @group
 * (nullable): their names, if they are known. */
void files_owner_set (FilesOwner *self,
                      guint32 uid,
                      guint32 gid,
                      const char *user,
                      const char *group,
                      gboolean is_mine);
/* For many files: what may be chosen if they are all the user's. */
void files_owner_set_many (FilesOwner *self);
/* What is chosen; FILES_OWNER_LEAVE: nothing. */
gint64 files_owner_get_uid (FilesOwner *self);
gint64 files_owner_get_gid (FilesOwner *self);

/* ::change: the user has chosen something. */

/* Blocks: for its job, and tests. Names that the user may give files to; transfer full. */
typedef struct {
  char *name;
  guint32 id;
} FilesAccount;
typedef struct {
  GPtrArray *users, *groups; /* FilesAccount, by name */
} FilesAccounts;
FilesAccounts *files_accounts_read (gboolean is_root);
void files_accounts_free (FilesAccounts *self);

G_END_DECLS
