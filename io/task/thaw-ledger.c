/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The ledger's memory: a reservation for a million records, of which only what is used becomes
 * memory, and from which a flood's goes away again once few are left. Records that don't fit share
 * the first one, which readers don't see. Freed records form a list through `parent`. A copy may
 * miss what comes and goes while it is made; it never waits, and never makes the loop wait. */

#include "thaw-ledger-private.h"

#include <pthread.h>
#include <sys/mman.h>

#define MAX_RECORDS (1u << 20)
#define KEPT_RECORDS 4096u

struct _ThawLedger {
  gint ref_count;
  ThawPump *pump;
  ThawRecord *records; /* the first is for those that don't fit */
  atomic_uint n_touched;
  guint first_free, n_open; /* the loop's */
  GList link;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* guards the list */
static GQueue ledgers = G_QUEUE_INIT;

ThawLedger *
thaw_ledger_new (ThawPump *pump)
{
  ThawLedger *self = g_new0 (ThawLedger, 1);

  self->ref_count = 1;
  self->pump = pump;
  self->records = mmap (NULL,
                        MAX_RECORDS * sizeof (ThawRecord),
                        PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
                        -1,
                        0);
  if (self->records == MAP_FAILED)
    g_error ("There is no room for a ledger of %u records", MAX_RECORDS);
  atomic_init (&self->n_touched, 1);
  self->link.data = self;
  pthread_mutex_lock (&lock);
  g_queue_push_tail_link (&ledgers, &self->link);
  pthread_mutex_unlock (&lock);
  return self;
}

/* The last reference goes under the lock, so that no reader finds a ledger that is about to end. */
void
thaw_ledger_unref (ThawLedger *self)
{
  gboolean is_last;

  pthread_mutex_lock (&lock);
  is_last = --self->ref_count == 0;
  if (is_last)
    g_queue_unlink (&ledgers, &self->link);
  pthread_mutex_unlock (&lock);
  if (!is_last)
    return;
  munmap (self->records, MAX_RECORDS * sizeof (ThawRecord));
  g_free (self);
}

static inline guint
index_of (ThawLedger *self, ThawRecord *record)
{
  return record - self->records;
}

static ThawRecord *
take_record (ThawLedger *self)
{
  guint n_touched = atomic_load_explicit (&self->n_touched, memory_order_relaxed);
  ThawRecord *record = &self->records[self->first_free];

  if (self->first_free != 0)
    {
      self->first_free = atomic_load_explicit (&record->parent, memory_order_relaxed);
      return record;
    }
  if (G_UNLIKELY (n_touched == MAX_RECORDS))
    return &self->records[0];
  atomic_store_explicit (&self->n_touched, n_touched + 1, memory_order_release);
  return &self->records[n_touched];
}

ThawRecord *
thaw_ledger_open (ThawLedger *self,
                  ThawRecordKind kind,
                  ThawRecord *parent,
                  const char *name,
                  gpointer func)
{
  ThawRecord *record = take_record (self);
  guint state = atomic_load_explicit (&record->state, memory_order_relaxed);
  gint64 now = thaw_now_get_coarse_usec ();

  self->n_open++;
  atomic_store_explicit (&record->state, state | 1, memory_order_relaxed);
  atomic_store_explicit (&record->parent,
                         parent != NULL ? index_of (self, parent) : 0,
                         memory_order_release);
  atomic_store_explicit (&record->is_cancelled, FALSE, memory_order_release);
  atomic_store_explicit (&record->name, name, memory_order_release);
  atomic_store_explicit (&record->waits_for, NULL, memory_order_release);
  atomic_store_explicit (&record->func, func, memory_order_release);
  atomic_store_explicit (&record->place, NULL, memory_order_release);
  atomic_store_explicit (&record->born_usec, now, memory_order_release);
  atomic_store_explicit (&record->since_usec, now, memory_order_release);
  atomic_store_explicit (&record->kind, kind, memory_order_release);
  atomic_store_explicit (&record->state, (state | 1) + 1, memory_order_release);
  return record;
}

/* What is above the first few thousand becomes zeros, which are free records. */
static void
give_memory_back (ThawLedger *self)
{
  guint n_touched = atomic_load_explicit (&self->n_touched, memory_order_relaxed);

  self->first_free = 0;
  atomic_store_explicit (&self->n_touched, 1, memory_order_relaxed);
  madvise (&self->records[KEPT_RECORDS],
           (n_touched - KEPT_RECORDS) * sizeof (ThawRecord),
           MADV_DONTNEED);
}

void
thaw_ledger_close (ThawLedger *self, ThawRecord *record)
{
  guint index = index_of (self, record);
  guint state = atomic_load_explicit (&record->state, memory_order_relaxed);

  self->n_open--;
  if (G_UNLIKELY (index == 0))
    return;
  atomic_store_explicit (&record->state, state | 1, memory_order_relaxed);
  atomic_store_explicit (&record->kind, THAW_RECORD_FREE, memory_order_release);
  atomic_store_explicit (&record->parent, self->first_free, memory_order_release);
  self->first_free = index;
  if (G_UNLIKELY (self->n_open == 0
                  && atomic_load_explicit (&self->n_touched, memory_order_relaxed)
                         > 2 * KEPT_RECORDS))
    give_memory_back (self);
}

void
thaw_ledger_foreach (ThawLedgerFunc func, gpointer user_data)
{
  g_autoptr (GPtrArray) all = g_ptr_array_new_with_free_func ((GDestroyNotify) thaw_ledger_unref);

  pthread_mutex_lock (&lock);
  for (GList *l = ledgers.head; l != NULL; l = l->next)
    {
      ((ThawLedger *) l->data)->ref_count++;
      g_ptr_array_add (all, l->data);
    }
  pthread_mutex_unlock (&lock);
  for (guint i = 0; i < all->len; i++)
    func (g_ptr_array_index (all, i), user_data);
}

/* FALSE: free, or changing owners. */
static gboolean
read_record (ThawLedger *self, guint index, ThawRecordCopy *copy)
{
  ThawRecord *record = &self->records[index];
  guint state = atomic_load_explicit (&record->state, memory_order_acquire);

  if (state & 1)
    return FALSE;
  *copy = (ThawRecordCopy){
    .index = index,
    .kind = atomic_load_explicit (&record->kind, memory_order_acquire),
    .parent = atomic_load_explicit (&record->parent, memory_order_acquire),
    .is_cancelled = atomic_load_explicit (&record->is_cancelled, memory_order_acquire),
    .name = atomic_load_explicit (&record->name, memory_order_acquire),
    .waits_for = atomic_load_explicit (&record->waits_for, memory_order_acquire),
    .func = atomic_load_explicit (&record->func, memory_order_acquire),
    .place = atomic_load_explicit (&record->place, memory_order_acquire),
    .born_usec = atomic_load_explicit (&record->born_usec, memory_order_acquire),
    .since_usec = atomic_load_explicit (&record->since_usec, memory_order_acquire),
  };
  return copy->kind != THAW_RECORD_FREE
         && atomic_load_explicit (&record->state, memory_order_relaxed) == state;
}

GArray *
thaw_ledger_copy (ThawLedger *self, guint n_max, guint n_total[4])
{
  GArray *copies = g_array_new (FALSE, FALSE, sizeof (ThawRecordCopy));
  guint n_touched = atomic_load_explicit (&self->n_touched, memory_order_acquire);
  ThawRecordCopy copy;

  for (guint i = 1; i < n_touched; i++)
    if (read_record (self, i, &copy))
      {
        n_total[copy.kind]++;
        if (copies->len < n_max)
          g_array_append_val (copies, copy);
      }
  return copies;
}

ThawPump *
thaw_ledger_get_pump (ThawLedger *self)
{
  return self->pump;
}
