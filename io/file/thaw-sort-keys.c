/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What entries sort by that isn't in their store: numbers and texts that come from outside, a few
 * hundred at a time and in no order. Whoever brings them only copies them to a list; the thread
 * that sorts takes the list over, so that the loop neither waits nor compares. A value is eight
 * bytes: a number's own bits in their order, or which of the different texts it is. Texts are
 * compared as the language does it, each one once, when it turns up for the first time: its rank
 * among the others is what entries are compared by. New texts move the ranks of old ones but never
 * past each other, which is why values hold no ranks.
 */

#include "thaw-sort-keys-private.h"

#include "thaw-order-private.h"

#include <math.h>
#include <pthread.h>
#include <string.h>

#define TEXT_BIT (G_GUINT64_CONSTANT (1) << 63)
#define NO_TEXT G_MAXUINT32

typedef struct {
  guint32 id;
  guint32 text; /* offset, or NO_TEXT */
  double number;
} Added;

/* Its collation's key follows it. */
typedef struct {
  guint32 index;
  guint32 key_offset;
  char text[];
} Text;

struct _ThawSortKeys {
  int ref_count; /* atomic, visible to ThreadSanitizer */

  pthread_mutex_t lock; /* held for as long as copying takes */
  GArray *added;        /* lock: Added */
  GString *added_texts; /* lock: each with a NUL behind */

  /* Whoever sorts. */
  ThawCollation *collation; /* NULL before the first time */
  GHashTable *by_text;      /* of Text, owned: by their texts */
  GPtrArray *sorted;        /* the same in order */
  GArray *ranks;            /* guint32: by index */
  GArray *values;           /* guint64: by id */
  gsize n_text_bytes;
};

static guint
hash_text (gconstpointer text)
{
  return g_str_hash (((const Text *) text)->text);
}

static gboolean
equal_texts (gconstpointer a, gconstpointer b)
{
  return strcmp (((const Text *) a)->text, ((const Text *) b)->text) == 0;
}

ThawSortKeys *
_thaw_sort_keys_new (void)
{
  ThawSortKeys *self = g_new0 (ThawSortKeys, 1);

  self->ref_count = 1;
  pthread_mutex_init (&self->lock, NULL);
  self->added = g_array_new (FALSE, FALSE, sizeof (Added));
  self->added_texts = g_string_new (NULL);
  self->by_text = g_hash_table_new_full (hash_text, equal_texts, g_free, NULL);
  self->sorted = g_ptr_array_new ();
  self->ranks = g_array_new (FALSE, FALSE, sizeof (guint32));
  self->values = g_array_new (FALSE, FALSE, sizeof (guint64));
  return self;
}

ThawSortKeys *
_thaw_sort_keys_ref (ThawSortKeys *self)
{
  __atomic_add_fetch (&self->ref_count, 1, __ATOMIC_RELAXED);
  return self;
}

void
_thaw_sort_keys_unref (ThawSortKeys *self)
{
  if (__atomic_sub_fetch (&self->ref_count, 1, __ATOMIC_ACQ_REL) > 0)
    return;
  g_array_unref (self->added);
  g_string_free (self->added_texts, TRUE);
  g_hash_table_unref (self->by_text);
  g_ptr_array_unref (self->sorted);
  g_array_unref (self->ranks);
  g_array_unref (self->values);
  g_clear_pointer (&self->collation, thaw_collation_unref);
  pthread_mutex_destroy (&self->lock);
  g_free (self);
}

void
_thaw_sort_keys_add (ThawSortKeys *self, const ThawSortKey *keys, gsize n)
{
  pthread_mutex_lock (&self->lock);
  for (gsize i = 0; i < n; i++)
    {
      Added added = { keys[i].id, NO_TEXT, keys[i].number };

      if (isnan (added.number) && keys[i].text != NULL && *keys[i].text != '\0'
          && self->added_texts->len < NO_TEXT / 2)
        {
          added.text = self->added_texts->len;
          g_string_append_len (self->added_texts, keys[i].text, strlen (keys[i].text) + 1);
        }
      g_array_append_val (self->added, added);
    }
  pthread_mutex_unlock (&self->lock);
}

/* Texts */

static const char *
get_key (const Text *text)
{
  return text->text + text->key_offset;
}

static int
compare_texts (gconstpointer a, gconstpointer b, gpointer collation)
{
  const Text *x = *(const Text *const *) a, *y = *(const Text *const *) b;
  int sign = strcmp (get_key (x), get_key (y));

  return sign != 0 ? sign : thaw_collation_compare_ties (collation, x->text, y->text);
}

/* A key holds no NUL: one ends it. */
static Text *
text_new (ThawCollation *collation, const char *bytes, guint32 index, gsize *size)
{
  gsize length = strlen (bytes);
  gsize key_length = thaw_collation_make_key (collation, bytes, length, NULL, 0);
  Text *self;

  *size = sizeof (Text) + length + 1 + key_length + 1;
  self = g_malloc (*size);
  self->index = index;
  self->key_offset = length + 1;
  memcpy (self->text, bytes, length + 1);
  thaw_collation_make_key (collation,
                           bytes,
                           length,
                           (guint8 *) self->text + self->key_offset,
                           key_length);
  self->text[self->key_offset + key_length] = '\0';
  return self;
}

/* One that is new waits in @fresh for its rank. */
static guint32
index_text (ThawSortKeys *self, Text *probe, const char *bytes, GPtrArray *fresh)
{
  guint32 n = self->sorted->len + fresh->len;
  const Text *known;
  Text *text;
  gsize size;

  strcpy (probe->text, bytes);
  known = g_hash_table_lookup (self->by_text, probe);
  if (known != NULL)
    return known->index;
  text = text_new (self->collation, bytes, n, &size);
  self->n_text_bytes += size;
  g_hash_table_add (self->by_text, text);
  g_ptr_array_add (fresh, text);
  return n;
}

/* Both are in order. */
static void
merge_texts (ThawSortKeys *self, const GPtrArray *fresh)
{
  guint from = self->sorted->len, n_fresh = fresh->len, to = from + n_fresh;

  g_ptr_array_set_size (self->sorted, (int) to);
  while (n_fresh > 0)
    {
      gpointer *old = from > 0 ? &self->sorted->pdata[from - 1] : NULL;
      gpointer *new = &fresh->pdata[n_fresh - 1];
      gboolean takes_old = old != NULL && compare_texts (old, new, self->collation) > 0;

      self->sorted->pdata[--to] = takes_old ? *old : *new;
      if (takes_old)
        from--;
      else
        n_fresh--;
    }
}

static void
rank_texts (ThawSortKeys *self, GPtrArray *fresh)
{
  if (fresh->len == 0)
    return;
  g_ptr_array_sort_with_data (fresh, compare_texts, self->collation);
  merge_texts (self, fresh);
  g_array_set_size (self->ranks, self->sorted->len);
  for (guint32 rank = 0; rank < self->sorted->len; rank++)
    {
      const Text *text = g_ptr_array_index (self->sorted, rank);

      g_array_index (self->ranks, guint32, text->index) = rank;
    }
}

/* Values */

/* Bits that rise with the number, below TEXT_BIT; the last one isn't missed. */
static guint64
get_number_value (double number)
{
  guint64 bits;

  number = number == 0 ? 0 : number; /* there is a negative one, too */
  memcpy (&bits, &number, sizeof (bits));
  bits = (bits & TEXT_BIT) != 0 ? ~bits : bits | TEXT_BIT;
  return bits >> 1;
}

static void
set_value (ThawSortKeys *self, guint32 id, guint64 value)
{
  guint64 unknown = THAW_UNKNOWN_VALUE;

  while (self->values->len <= id)
    g_array_append_val (self->values, unknown);
  g_array_index (self->values, guint64, id) = value;
}

static gsize
get_longest (const GArray *added, const GString *texts)
{
  gsize longest = 0;

  for (guint i = 0; i < added->len; i++)
    {
      const Added *one = &g_array_index (added, Added, i);

      if (one->text != NO_TEXT)
        longest = MAX (longest, strlen (texts->str + one->text));
    }
  return longest;
}

static void
apply (ThawSortKeys *self, const GArray *added, const GString *texts, GArray *touched)
{
  g_autoptr (GPtrArray) fresh = g_ptr_array_new ();
  g_autofree Text *probe = g_malloc (sizeof (Text) + get_longest (added, texts) + 1);

  for (guint i = 0; i < added->len; i++)
    {
      const Added *one = &g_array_index (added, Added, i);
      guint64 value = THAW_UNKNOWN_VALUE;

      if (!isnan (one->number))
        value = get_number_value (one->number);
      else if (one->text != NO_TEXT)
        value = TEXT_BIT | index_text (self, probe, texts->str + one->text, fresh);
      set_value (self, one->id, value);
      g_array_append_val (touched, one->id);
    }
  rank_texts (self, fresh);
}

void
_thaw_sort_keys_apply (ThawSortKeys *self, ThawCollation *collation, GArray *touched)
{
  g_autoptr (GArray) added = NULL;
  GString *texts;

  pthread_mutex_lock (&self->lock);
  added = g_steal_pointer (&self->added);
  texts = g_steal_pointer (&self->added_texts);
  self->added = g_array_new (FALSE, FALSE, sizeof (Added));
  self->added_texts = g_string_new (NULL);
  pthread_mutex_unlock (&self->lock);
  if (self->collation == NULL)
    self->collation = thaw_collation_ref (collation);
  apply (self, added, texts, touched);
  g_string_free (texts, TRUE);
}

guint64
_thaw_sort_keys_get_value (ThawSortKeys *self, guint32 id)
{
  return id < self->values->len ? g_array_index (self->values, guint64, id) : THAW_UNKNOWN_VALUE;
}

guint64
_thaw_sort_keys_get_word (ThawSortKeys *self, guint64 value)
{
  if (value == THAW_UNKNOWN_VALUE || (value & TEXT_BIT) == 0)
    return value;
  return TEXT_BIT | g_array_index (self->ranks, guint32, value & ~TEXT_BIT);
}

gsize
_thaw_sort_keys_get_memory (ThawSortKeys *self)
{
  return sizeof (*self) + self->n_text_bytes + self->values->len * sizeof (guint64)
         + self->sorted->len * (4 * sizeof (gpointer) + sizeof (guint32));
}
