/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reading files that may be the same: of each inode the edges first, then, if they are equal to
 * another's, all of it. A worker takes the set with the largest possible waste, goes on with it for
 * a slice, and puts it back as it is if it isn't through. The disk serves this only when nobody
 * else wants it. A file that is another one than the walk has seen, before or after reading, is
 * left out, so a group holds what was equal at one moment; it may have changed since. */

#include "thaw-duplicates-private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define IOPRIO_WHO_PROCESS 1
#define IOPRIO_IDLE (3 << 13)
#define NSEC_PER_SEC G_GINT64_CONSTANT (1000000000)
#define CHANGED (-1)
#define OVER (-2) /* of the slice; or nobody wants it any more */

typedef struct {
  ThawDuplicatesWork *work;
  ThawHand *hand;
  guint64 n_read; /* in this slice */
} Reader;

void
thaw_duplicates_reading_free (ThawDuplicatesReading *self)
{
  if (self->fd >= 0)
    close (self->fd);
  g_array_unref (self->members);
  g_free (self);
}

static gint64
nsec_of (const struct timespec *time)
{
  return (gint64) ((guint64) time->tv_sec * NSEC_PER_SEC + time->tv_nsec);
}

static gboolean
is_as_found (ThawDuplicatesWork *self, const ThawDuplicatesRecord *record, guint64 size, int fd)
{
  struct stat info;

  return fstat (fd, &info) == 0 && S_ISREG (info.st_mode) && (guint64) info.st_size == size
         && thaw_duplicates_get_identity (self, info.st_dev, info.st_ino) == record->identity
         && thaw_duplicates_mix_times (nsec_of (&info.st_mtim), nsec_of (&info.st_ctim))
                == record->times;
}

int
thaw_duplicates_open (ThawDuplicatesWork *self,
                      const ThawDuplicatesRecord *record,
                      guint64 size,
                      int *fd)
{
  ThawUsageTask task = { thaw_duplicates_names_get_folder (&self->names, record->name), NULL };
  int folder = thaw_usage_open (self->tree, &task, O_PATH), code;

  if (folder < 0)
    return errno == ENOENT || errno == ENOTDIR || errno == ELOOP ? CHANGED : errno;
  *fd = openat (folder,
                thaw_duplicates_names_get (&self->names, record->name),
                O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
  code = errno;
  close (folder);
  if (*fd < 0)
    return code == ENOENT || code == ELOOP ? CHANGED : code;
  if (is_as_found (self, record, size, *fd))
    return 0;
  close (*fd);
  *fd = -1;
  return CHANGED;
}

/* A slice has a tenth of a second's bytes, if there is a rate. */
static gboolean
is_over (Reader *self)
{
  guint64 rate = self->work->bytes_per_sec;

  return thaw_hand_is_over (self->hand) || (rate > 0 && self->n_read >= rate / 10);
}

static void
count_bytes (Reader *self, gssize n)
{
  self->n_read += n;
  pthread_mutex_lock (&self->work->lock);
  self->work->bytes_read += n;
  pthread_mutex_unlock (&self->work->lock);
}

/* From @begin to @end; 0 or as above. */
static int
read_part (Reader *self, ThawDuplicatesReading *set, guint64 end)
{
  gpointer buffer = thaw_hand_get_buffer (self->hand);

  while (set->n_read < end)
    {
      gssize n = pread (set->fd,
                        buffer,
                        MIN (end - set->n_read, THAW_HAND_BUFFER_BYTES),
                        (goffset) set->n_read);

      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0)
        return errno;
      if (n == 0)
        return CHANGED;
      thaw_hash128_add (&set->hash, buffer, n);
      set->n_read += n;
      count_bytes (self, n);
      if (!thaw_hand_beat (self->hand)
          || (set->n_read < end && set->set.is_whole && is_over (self)))
        return OVER;
    }
  return 0;
}

/* Of a small file the edges are all of it. */
static int
read_edges (Reader *self, ThawDuplicatesReading *set, guint64 size)
{
  int code = read_part (self, set, MIN (size, THAW_DUPLICATES_EDGE_BYTES));

  if (code != 0 || size <= THAW_DUPLICATES_EDGE_BYTES)
    return code;
  set->n_read = MAX (size - THAW_DUPLICATES_EDGE_BYTES, THAW_DUPLICATES_EDGE_BYTES);
  return read_part (self, set, size);
}

/* Opens it, or goes on where the slice before ended. */
static int
read_member (Reader *self, ThawDuplicatesReading *set, ThawDuplicatesMember *member)
{
  guint64 size = set->set.size;
  int code = 0;

  if (set->fd < 0)
    {
      set->n_read = 0;
      thaw_hash128_init (&set->hash, self->work->key);
      code = thaw_duplicates_open (self->work, &member->record, size, &set->fd);
      if (code == 0 && set->set.is_whole)
        posix_fadvise (set->fd, 0, 0, POSIX_FADV_SEQUENTIAL);
    }
  if (code == 0)
    code = set->set.is_whole ? read_part (self, set, size) : read_edges (self, set, size);
  if (code == OVER)
    return code;
  if (code == 0 && !is_as_found (self->work, &member->record, size, set->fd))
    code = CHANGED;
  if (code == 0)
    thaw_hash128_end (&set->hash, member->hash);
  if (set->fd >= 0)
    close (set->fd);
  set->fd = -1;
  return code;
}

static void
leave_out (ThawDuplicatesWork *self, ThawDuplicatesMember *member, int code)
{
  member->is_out = TRUE;
  pthread_mutex_lock (&self->lock);
  if (code == CHANGED)
    self->n_changed++;
  else
    g_array_append_val (self->unreadable, member->record);
  pthread_mutex_unlock (&self->lock);
}

/* Hard links of one another are read once. FALSE: the slice is over. */
static gboolean
read_set (Reader *self, ThawDuplicatesReading *set)
{
  while (set->next < set->members->len)
    {
      ThawDuplicatesMember *member = &g_array_index (set->members, ThawDuplicatesMember, set->next);
      ThawDuplicatesMember *before = set->next > 0 ? member - 1 : NULL;
      int code;

      if (before != NULL && set->fd < 0 && before->record.identity == member->record.identity
          && !before->is_out)
        {
          member->hash[0] = before->hash[0];
          member->hash[1] = before->hash[1];
          set->next++;
          continue;
        }
      if (set->fd < 0 && is_over (self))
        return FALSE;
      thaw_hand_take (self->hand, set->set.first + set->next);
      code = read_member (self, set, member);
      if (code == OVER)
        return FALSE;
      if (code != 0)
        leave_out (self->work, member, code);
      set->next++;
    }
  return TRUE;
}

static int
compare_members (const void *a, const void *b)
{
  const ThawDuplicatesMember *x = a, *y = b;

  if (x->is_out != y->is_out)
    return x->is_out - y->is_out;
  if (x->hash[0] != y->hash[0])
    return x->hash[0] < y->hash[0] ? -1 : 1;
  if (x->hash[1] != y->hash[1])
    return x->hash[1] < y->hash[1] ? -1 : 1;
  if (x->record.identity != y->record.identity)
    return x->record.identity < y->record.identity ? -1 : 1;
  return x->record.name < y->record.name ? -1 : x->record.name > y->record.name;
}

/* These records of a set are equal, as far as they were read. */
static void
add_equal (ThawDuplicatesWork *self, const ThawDuplicatesSet *whole, guint32 first, guint32 n)
{
  ThawDuplicatesSet part = *whole;

  part.first = first;
  part.n = n;
  part.copies = thaw_duplicates_count_copies (self->records + first, n);
  if (part.copies < 2)
    return;
  if (part.is_whole || part.size <= 2 * THAW_DUPLICATES_EDGE_BYTES)
    g_array_append_val (self->fresh, part);
  else
    {
      part.is_whole = TRUE;
      g_array_append_val (self->sets, part);
    }
}

/* All of it is read: its records are put in the order of its parts. With the lock. */
static void
split_set (ThawDuplicatesWork *self, ThawDuplicatesReading *set)
{
  ThawDuplicatesMember *members = (ThawDuplicatesMember *) set->members->data;
  guint n = set->members->len;

  qsort (members, n, sizeof *members, compare_members);
  for (guint i = 0; i < n; i++)
    self->records[set->set.first + i] = members[i].record;
  for (guint begin = 0, end; begin < n && !members[begin].is_out; begin = end)
    {
      for (end = begin + 1;
           end < n && !members[end].is_out && members[end].hash[0] == members[begin].hash[0]
           && members[end].hash[1] == members[begin].hash[1];
           end++)
        ;
      add_equal (self, &set->set, set->set.first + begin, end - begin);
    }
}

/* With the lock. */
static ThawDuplicatesReading *
begin_set (ThawDuplicatesWork *self, const ThawDuplicatesSet *set)
{
  ThawDuplicatesReading *reading = g_new0 (ThawDuplicatesReading, 1);

  reading->set = *set;
  reading->fd = -1;
  reading->members = g_array_sized_new (FALSE, TRUE, sizeof (ThawDuplicatesMember), set->n);
  g_array_set_size (reading->members, set->n);
  for (guint i = 0; i < set->n; i++)
    g_array_index (reading->members, ThawDuplicatesMember, i).record
        = self->records[set->first + i];
  return reading;
}

static ThawDuplicatesReading *
take_set (ThawDuplicatesWork *self)
{
  ThawDuplicatesReading *set = NULL;

  pthread_mutex_lock (&self->lock);
  if (self->begun->len > 0)
    set = g_ptr_array_steal_index (self->begun, self->begun->len - 1);
  else if (self->sets->len > 0)
    {
      set = begin_set (self, &g_array_index (self->sets, ThawDuplicatesSet, self->sets->len - 1));
      g_array_set_size (self->sets, self->sets->len - 1);
    }
  if (set != NULL)
    g_ptr_array_add (self->active, set);
  pthread_mutex_unlock (&self->lock);
  return set;
}

static void
return_set (ThawDuplicatesWork *self, ThawDuplicatesReading *set, gboolean is_read)
{
  pthread_mutex_lock (&self->lock);
  g_ptr_array_remove_fast (self->active, set);
  if (set->is_abandoned)
    is_read = TRUE;
  else if (is_read)
    split_set (self, set);
  else
    g_ptr_array_add (self->begun, set);
  pthread_mutex_unlock (&self->lock);
  if (is_read)
    thaw_duplicates_reading_free (set);
}

static void
set_io_class (int class)
{
  syscall (SYS_ioprio_set, IOPRIO_WHO_PROCESS, 0, class);
}

/* So that the bytes of this slice and the rest after it keep to the rate. */
static void
rest (Reader *self, gint64 start_usec)
{
  guint64 rate = self->work->bytes_per_sec;

  if (rate > 0)
    thaw_hand_set_rest (self->hand,
                        MAX ((gint64) (self->n_read * G_USEC_PER_SEC / rate)
                                 - (g_get_monotonic_time () - start_usec),
                             0));
}

gboolean
thaw_duplicates_read (ThawHand *hand, gpointer data)
{
  Reader self = { .work = data, .hand = hand };
  gint64 start_usec = g_get_monotonic_time ();
  gboolean over = FALSE;
  ThawDuplicatesReading *set;

  set_io_class (IOPRIO_IDLE);
  while (!(over = is_over (&self)) && (set = take_set (self.work)) != NULL)
    {
      return_set (self.work, set, read_set (&self, set));
      thaw_duplicates_work_tell (self.work, FALSE);
    }
  set_io_class (0);
  rest (&self, start_usec);
  thaw_duplicates_work_tell (self.work, !over);
  return over;
}

/* A set of the others: who comes back late with the old one drops it. What hangs and its links go
 * to the end of the range. With the lock. */
static void
add_others (ThawDuplicatesWork *self, const ThawDuplicatesSet *set, guint64 identity)
{
  g_autofree ThawDuplicatesRecord *out = g_new (ThawDuplicatesRecord, set->n);
  ThawDuplicatesRecord *records = self->records + set->first;
  ThawDuplicatesSet others = *set;
  guint n_out = 0;

  others.n = 0;
  for (guint i = 0; i < set->n; i++)
    if (records[i].identity == identity)
      out[n_out++] = records[i];
    else
      records[others.n++] = records[i];
  memcpy (records + others.n, out, n_out * sizeof *out);
  others.copies = thaw_duplicates_count_copies (records, others.n);
  if (others.copies > 1)
    g_array_append_val (self->sets, others);
}

void
thaw_duplicates_give_up (ThawDuplicatesWork *self, guint32 record)
{
  pthread_mutex_lock (&self->lock);
  for (guint i = 0; i < self->active->len; i++)
    {
      ThawDuplicatesReading *set = g_ptr_array_index (self->active, i);

      /* Which of its members it is at is the worker's; but a record is in one active set only. */
      if (set->is_abandoned || record < set->set.first || record >= set->set.first + set->set.n)
        continue;
      set->is_abandoned = TRUE;
      g_array_append_val (self->unreadable, self->records[record]);
      add_others (self, &set->set, self->records[record].identity);
      break;
    }
  pthread_mutex_unlock (&self->lock);
}
