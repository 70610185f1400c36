/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The ledger of a loop: one record of 64 bytes for each scope, fiber and job, which other threads
 * read while the loop runs on, or stands still. The loop takes no lock for it: records lie in a
 * mapping that never moves, their fields are written with relaxed stores, and each has a number
 * that changes with its owner, so that a reader sees whether it has read two halves. Names are
 * static strings, as the public functions ask for. */
#pragma once

#include "thaw-now-private.h"
#include "thaw-types.h"

#include <stdatomic.h>

G_BEGIN_DECLS

typedef enum {
  THAW_RECORD_FREE,
  THAW_RECORD_SCOPE,
  THAW_RECORD_FIBER,
  THAW_RECORD_JOB, /* waits_for says "a thread" until it runs */
} ThawRecordKind;

typedef struct {
  atomic_uint state;  /* odd while it changes owners */
  atomic_uint kind;   /* ThawRecordKind */
  atomic_uint parent; /* the scope's record, 0 for none */
  atomic_uint is_cancelled;
  _Atomic (const char *) name;
  _Atomic (const char *) waits_for; /* NULL: it runs, or is about to */
  _Atomic (gpointer) func;
  _Atomic (gpointer) place;               /* a job's lane, only to be compared */
  _Atomic (gint64) born_usec, since_usec; /* since: of waits_for; coarse */
} ThawRecord;
G_STATIC_ASSERT (sizeof (ThawRecord) == 64);

/* What a reader gets. */
typedef struct {
  guint index, parent;
  ThawRecordKind kind;
  gboolean is_cancelled;
  const char *name, *waits_for;
  gpointer func, place;
  gint64 born_usec, since_usec;
} ThawRecordCopy;

typedef struct _ThawLedger ThawLedger;

/* The loop. */
ThawLedger *thaw_ledger_new (ThawPump *pump);
void thaw_ledger_unref (ThawLedger *self); /* any thread */
ThawRecord *thaw_ledger_open (ThawLedger *self,
                              ThawRecordKind kind,
                              ThawRecord *parent, /* NULL for none */
                              const char *name,
                              gpointer func);
void thaw_ledger_close (ThawLedger *self, ThawRecord *record);

/* Who the record belongs to. @what: static; NULL: it doesn't wait any more. */
static inline void
thaw_record_wait (ThawRecord *self, const char *what)
{
  atomic_store_explicit (&self->waits_for, what, memory_order_relaxed);
  if (what != NULL)
    atomic_store_explicit (&self->since_usec, thaw_now_get_coarse_usec (), memory_order_relaxed);
}

/* Any thread: all ledgers there are. @func isn't called under a lock. */
typedef void (*ThawLedgerFunc) (ThawLedger *ledger, gpointer user_data);
void thaw_ledger_foreach (ThawLedgerFunc func, gpointer user_data);
/* Any thread: at most @n_max records, in no order; @n_total (out): how many there are of each kind.
 */
GArray *thaw_ledger_copy (ThawLedger *self, guint n_max, guint n_total[4]);
ThawPump *thaw_ledger_get_pump (ThawLedger *self); /* only to be compared */

G_END_DECLS
