/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the tests of the journal share: a tree of their own, whole-tree manifests, steps by path,
 * child processes that may be killed, and mounts of the kit's fault file system. */
#pragma once

#include "thaw-journal-private.h"

#include <glib/gstdio.h>

G_BEGIN_DECLS

/* Makes the folder that everything is below, and the environment; removed when the program ends. */
void test_begin (int *argc, char ***argv);
const char *test_root (void);
char *test_dir (const char *name); /* a new folder below it */
void test_remove (const char *path);

void test_write (const char *folder, const char *name, const char *text);
void test_mkdir (const char *folder, const char *name);
char *test_read (const char *folder, const char *name); /* NULL: there's none */
gboolean test_exists (const char *folder, const char *name);
/* A line for each entry below: name, type, mode, owner, inode, and of files size, time and bytes.
 * Without kept stores. */
char *test_manifest (const char *folder);

ThawStep *
test_rename_step (const char *from, const char *name, const char *to, const char *new_name);
ThawStep *test_replace_step (const char *from,
                             const char *name,
                             const char *to,
                             const char *to_name,
                             const char *kept,
                             const char *kept_name);
ThawStep *test_attributes_step (const char *folder, const char *name, GVariant *attributes);
void test_set_end (ThawStepEnd *end, const char *folder, const char *name);
GPtrArray *test_steps (void);
gint64 test_add_job (ThawJournal *journal, const char *title, gint64 inverse_of);
/* A running job that does these steps and ends. */
gint64 test_do (ThawJournal *journal, const char *title, GPtrArray *steps, ThawStepsMode mode);
/* 0 with an error. */
gint64 test_invert (ThawJournal *journal, gint64 job, GError **error);
void test_undo_one (ThawJournal *journal);

typedef struct {
  char *dir, *back, *mnt;
  int control;
  GPid pid;
} FaultFs;
/* NULL: skipped. @options: of faultfs, separated by blanks. */
FaultFs *fault_fs_new (const char *options);
void fault_fs_free (FaultFs *self);
void fault_fs_tell (FaultFs *self, const char *command);

/* In a child process; TRUE if it ended by itself with 0, FALSE if it was killed. Anything else
 * fails the test. */
typedef void (*TestFunc) (gpointer data);
gboolean test_in_child (TestFunc func, gpointer data);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (FaultFs, fault_fs_free)

G_END_DECLS
