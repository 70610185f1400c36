/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The journal's database: one connection behind one lock, held from thaw_journal_begin() or thaw_journal_lock() until
 * thaw_journal_end() or thaw_journal_unlock(). Nothing but SQLite is called while it is held: no look at the user's tree. For
 * this folder only. */
#pragma once

#include "thaw-journal-private.h"

#include <pthread.h>
#include <sqlite3.h>

G_BEGIN_DECLS

struct _ThawJournal {
  int ref_count;
  char *folder;
  char *path; /* of the database */
  char *owner; /* the name of our flocked file: see thaw-journal-owner.c */
  int owner_fd;
  pthread_mutex_t lock; /* of what follows */
  sqlite3 *db;
  GHashTable *statements; /* SQL → sqlite3_stmt, both owned */
  gboolean has_log;       /* WAL; without it every commit is synchronised */
  gboolean is_synchronous;
  guint64 dev, ino; /* of the database's file as it was opened */
  gint64 token_job; /* whose token was asked for last; 0: none */
  char token[THAW_TOKEN_LENGTH + 1];
  guint64 kept_changes; /* that this process has made to what stores are known to have */
};

typedef enum {
  THAW_COMMIT_DURABLE, /* on the device before the commit returns */
  /* Survives a kill, and a power cut once a later commit is durable: for what can be found out again from the disk. */
  THAW_COMMIT_SOON,
} ThawCommit;

/* The lock is held when they return TRUE, and only then. */
gboolean thaw_journal_begin (ThawJournal *self, ThawCommit commit, GError **error);
gboolean thaw_journal_lock (ThawJournal *self, GError **error);
void thaw_journal_unlock (ThawJournal *self);
/* Commits or, if not @success, rolls back; unlocks. TRUE if @success and committed. */
gboolean thaw_journal_end (ThawJournal *self, gboolean success, GError **error);

/* @format has a letter for each parameter: 'i' gint64, 's' const char *, 'b' GBytes * (nullable), 't' const char * of bytes that
 * need not be UTF-8. The statement is reset by whoever got it. */
sqlite3_stmt *thaw_journal_query (ThawJournal *self, GError **error, const char *sql, const char *format, ...);
gboolean thaw_journal_exec (ThawJournal *self, GError **error, const char *sql, const char *format, ...);
/* TRUE: there is a row. FALSE without error: there are no more. Resets it when it returns FALSE. */
gboolean thaw_journal_step (ThawJournal *self, sqlite3_stmt *statement, GError **error);
/* The first column of the first row; @fallback if there is none. FALSE: error. */
gboolean thaw_journal_read (ThawJournal *self, gint64 *value, gint64 fallback, GError **error, const char *sql, const char *format, ...);
/* With its type; nullable. Sinks a floating one. */
GBytes *thaw_journal_variant_to_bytes (GVariant *variant);
GBytes *thaw_journal_column_bytes (sqlite3_stmt *statement, int column); /* nullable */
char *thaw_journal_column_dup (sqlite3_stmt *statement, int column);     /* bytes as a string, nullable */

void thaw_journal_set_error (ThawJournal *self, int result, GError **error);
/* The connection: opened, checked, its schema made. *is_damaged: it's no use, whatever one does. */
gboolean thaw_journal_connect (ThawJournal *self, gboolean *is_damaged, GError **error);
void thaw_journal_disconnect (ThawJournal *self);
gboolean thaw_journal_make_schema (ThawJournal *self, gboolean *is_damaged, GError **error);
/* A damaged one is found so by the next process that opens it. */
void thaw_journal_note_damage (ThawJournal *self);
gboolean thaw_journal_has_noted_damage (ThawJournal *self);
gboolean thaw_journal_put_aside (ThawJournal *self, char **notice, GError **error);

/* Who runs what. */
gboolean thaw_journal_register_owner (ThawJournal *self, GError **error);
void thaw_journal_unregister_owner (ThawJournal *self);
gboolean thaw_journal_is_owner_alive (ThawJournal *self, const char *owner);
int thaw_journal_lock_file (const char *path, gint64 deadline_usec, GError **error);

/* Of jobs, with the lock held. */
gint64 thaw_journal_find_root (ThawJournal *self, gint64 job, GError **error);
gboolean thaw_journal_flip (ThawJournal *self, gint64 inverse, GError **error);

G_END_DECLS
