/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Natural file-name order as sort keys. The key of a name is, byte for byte, the primary sort key
 * that ICU's collator of the locale writes with numeric order on, so that every language
 * interleaves as ICU says. Names of plain ASCII don't go through ICU: a table learned from it when
 * the collation is made (thaw-collation-learn.c) gives the same bytes at a tenth of the cost
 * (thaw-collation-ascii.c). Where the table can't be proven to agree, or a name holds anything
 * else, ICU makes the key (thaw-collation-icu.c). Any thread; nothing here reads a file except
 * thaw_collation_new().
 */

#include "thaw-collation-private.h"

#include <locale.h>
#include <string.h>

/* What LC_COLLATE says: asks the process, then the environment, which may name a locale that isn't
 * installed for libc but known to ICU. */
static const char *
find_default_locale (void)
{
  static const char *const variables[] = { "LC_ALL", "LC_COLLATE", "LANG" };
  const char *locale = setlocale (LC_COLLATE, NULL);

  if (locale != NULL && strcmp (locale, "C") != 0 && strcmp (locale, "POSIX") != 0)
    return locale;
  for (guint i = 0; i < G_N_ELEMENTS (variables); i++)
    {
      locale = g_getenv (variables[i]);
      if (locale != NULL && *locale != 0)
        return locale;
    }
  return "C";
}

/* A POSIX name without its character set; "" is ICU's root. */
static char *
dup_icu_name (const char *locale)
{
  const char *modifier = strchr (locale, '@');
  g_autofree char *plain = g_strndup (locale, strcspn (locale, ".@"));

  if (strcmp (plain, "C") == 0 || strcmp (plain, "POSIX") == 0)
    return g_strdup ("");
  return g_strconcat (plain, modifier, NULL);
}

G_DEFINE_BOXED_TYPE (ThawCollation, thaw_collation, thaw_collation_ref, thaw_collation_unref)

/**
 * thaw_collation_new:
 * @locale: (nullable): an ICU or POSIX name of a locale, or %NULL for the one of `LC_COLLATE`
 *
 * Makes the natural order of file names of a locale.
 *
 * A locale that ICU doesn't know, `C` and `POSIX` get ICU's root order.
 *
 * - **Thread**: any, but not the loop's: ICU reads its data, which takes some milliseconds.
 * - **Errors**: none. Without ICU's data the order is that of bytes.
 *
 * Returns: (transfer full): the collation
 */
ThawCollation *
thaw_collation_new (const char *locale)
{
  ThawCollation *self = g_new0 (ThawCollation, 1);
  g_autofree char *name = dup_icu_name (locale != NULL ? locale : find_default_locale ());

  self->ref_count = 1;
  pthread_mutex_init (&self->lock, NULL);
  self->idle = g_ptr_array_new ();
  if (_thaw_collation_open_icu (self, name))
    _thaw_collation_learn (self);
  return self;
}

static ThawCollation *default_collation;

static void
make_default (void)
{
  default_collation = thaw_collation_new (NULL);
}

/**
 * thaw_collation_get_default:
 *
 * Gets the process-wide collation of `LC_COLLATE`, made on first use.
 *
 * - **Thread**: any, but the first call may block: have it made by a worker thread.
 *
 * Returns: (transfer none): the collation, which is never freed
 */
ThawCollation *
thaw_collation_get_default (void)
{
  static pthread_once_t once = PTHREAD_ONCE_INIT;

  pthread_once (&once, make_default);
  return default_collation;
}

/**
 * thaw_collation_ref:
 * @self: a collation
 *
 * Adds a reference. Any thread.
 *
 * Returns: (transfer full): @self
 */
ThawCollation *
thaw_collation_ref (ThawCollation *self)
{
  __atomic_add_fetch (&self->ref_count, 1, __ATOMIC_RELAXED);
  return self;
}

/**
 * thaw_collation_unref:
 * @self: (transfer full): a collation
 *
 * Drops a reference. Any thread.
 */
void
thaw_collation_unref (ThawCollation *self)
{
  if (__atomic_sub_fetch (&self->ref_count, 1, __ATOMIC_ACQ_REL) > 0)
    return;

  _thaw_collation_close_icu (self);
  g_clear_pointer (&self->pinyin, thaw_collation_unref);
  g_ptr_array_unref (self->idle);
  pthread_mutex_destroy (&self->lock);
  g_free (self);
}

/* The fast path needs room for the worst case: borrow it when the caller's is smaller. */
static gboolean
make_key_in_buffer (ThawCollation *self,
                    const char *name,
                    gsize length,
                    guint8 *key,
                    gsize size,
                    gsize *key_length)
{
  gsize room = length * THAW_KEY_EXPANSION + THAW_KEY_SLACK;
  g_autofree guint8 *heap = NULL;
  guint8 stack[2048];
  guint8 *buffer = stack;

  if (room <= size)
    return _thaw_collation_make_ascii_key (self, name, length, key, key_length);
  if (room > sizeof (stack))
    buffer = heap = g_malloc (room);
  if (!_thaw_collation_make_ascii_key (self, name, length, buffer, key_length))
    return FALSE;
  if (size > 0) /* else only the length is asked for, and there may be no @key */
    memcpy (key, buffer, MIN (*key_length, size));
  return TRUE;
}

/**
 * thaw_collation_make_key:
 * @self: a collation
 * @name: (array length=length): bytes of a name, without NUL among them
 * @length: how many
 * @key: (out caller-allocates) (array length=size) (nullable): where the key goes
 * @size: room there, in bytes; 0 for its length alone
 *
 * Makes the sort key of a name.
 *
 * Keys compare with memcmp(), a shorter one before any that it starts; they hold no 0 byte. Digits
 * count by value, leading zeros and case and accents don't count: see
 * thaw_collation_compare_ties(). Bytes that aren't UTF-8 come after everything else.
 *
 * - **Thread**: any. Doesn't block.
 *
 * Returns: the full length of the key; when it is more than @size the key is cut short
 */
gsize
thaw_collation_make_key (ThawCollation *self,
                         const char *name,
                         gsize length,
                         guint8 *key,
                         gsize size)
{
  gsize key_length;

  if (self->is_fast && make_key_in_buffer (self, name, length, key, size, &key_length))
    return key_length;
  return _thaw_collation_make_icu_key (self, name, length, key, size);
}

/* Zeros in front of numbers, in all: the third thing that tells two names apart. */
static guint
count_leading_zeros (const char *name)
{
  guint n_zeros = 0;

  while (*name != 0)
    {
      if (!g_ascii_isdigit (*name))
        {
          name++;
          continue;
        }
      for (; name[0] == '0' && g_ascii_isdigit (name[1]); name++)
        n_zeros++;
      while (g_ascii_isdigit (*name))
        name++;
    }
  return n_zeros;
}

/**
 * thaw_collation_compare_ties:
 * @self: a collation
 * @a: a name
 * @b: another one with the same key
 *
 * Orders two names whose keys are equal: by accents, then by case, as ICU does, then fewer leading
 * zeros first, then by bytes.
 *
 * - **Thread**: any. Doesn't block.
 *
 * Returns: less than, equal to or greater than 0; 0 only for equal bytes
 */
int
thaw_collation_compare_ties (ThawCollation *self, const char *a, const char *b)
{
  guint n_zeros_a, n_zeros_b;
  int result;

  if (!_thaw_collation_compare_ascii_case (self, (const guint8 *) a, (const guint8 *) b, &result))
    result = _thaw_collation_compare_icu (self, a, b);
  if (result != 0)
    return result;

  n_zeros_a = count_leading_zeros (a);
  n_zeros_b = count_leading_zeros (b);
  if (n_zeros_a != n_zeros_b)
    return n_zeros_a < n_zeros_b ? -1 : 1;
  return strcmp (a, b);
}

static guint8 *
dup_key (ThawCollation *self, const char *name, gsize *length)
{
  gsize name_length = strlen (name);
  gsize size = name_length * THAW_KEY_EXPANSION + THAW_KEY_SLACK;
  guint8 *key = g_malloc (size);

  *length = thaw_collation_make_key (self, name, name_length, key, size);
  if (*length > size)
    {
      key = g_realloc (key, *length);
      *length = thaw_collation_make_key (self, name, name_length, key, *length);
    }
  return key;
}

/**
 * thaw_collation_compare:
 * @self: a collation
 * @a: a name
 * @b: another one
 *
 * Orders two names wholly, the slow way: for tests and small lists.
 *
 * - **Thread**: any. Doesn't block.
 *
 * Returns: less than, equal to or greater than 0; 0 only for equal bytes
 */
int
thaw_collation_compare (ThawCollation *self, const char *a, const char *b)
{
  gsize length_a, length_b;
  g_autofree guint8 *key_a = dup_key (self, a, &length_a);
  g_autofree guint8 *key_b = dup_key (self, b, &length_b);
  int result = memcmp (key_a, key_b, MIN (length_a, length_b));

  if (result == 0)
    result = (length_a > length_b) - (length_a < length_b);
  return result != 0 ? result : thaw_collation_compare_ties (self, a, b);
}
