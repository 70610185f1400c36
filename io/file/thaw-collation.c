/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Natural file-name order as sort keys. The key of a name is, byte for byte, the primary sort key
 * that ICU's collator of the locale writes with numeric order on, so that every language
 * interleaves as ICU says. Names of plain ASCII don't go through ICU: a table learned from it when
 * the collation is made (thaw-collation-learn.c) and its encoding of numbers, rebuilt here, give
 * the same bytes at a fraction of the cost. Where the learned table can't be proven to agree, or a
 * name holds anything else, ICU makes the key (thaw-collation-icu.c). Any thread; nothing here
 * reads a file except thaw_collation_new().
 */

#include "thaw-collation-private.h"

#include <locale.h>
#include <string.h>

#define COMPRESSION_LOW 0x03
#define COMPRESSION_HIGH 0xff

/* First of the second bytes that numbers use, and how many values each length of weight holds. */
#define NUMBER_BASE 2
#define NUMBER_N_SHORT 74
#define NUMBER_N_MEDIUM 40
#define NUMBER_N_LONG 16
#define NUMBER_RADIX 254
#define NUMBER_PAIRS_BASE 128

static inline guint8 *
write_lead (guint8 *out, guint8 *previous, guint8 lead, gboolean compressible)
{
  if (compressible && lead == *previous)
    return out;
  if (*previous != 0)
    *out++ = lead < *previous ? COMPRESSION_LOW : COMPRESSION_HIGH;
  *out++ = lead;
  *previous = compressible ? lead : 0;
  return out;
}

static inline guint
digit_pair (const char *digits)
{
  return 11 + 2 * ((digits[0] - '0') * 10 + (digits[1] - '0'));
}

/* Numbers that fit 7 digits and the dense forms; returns NULL for others. */
static guint8 *
write_small_number (guint8 *out, const char *digits, gsize n_digits)
{
  guint value = 0;

  for (gsize i = 0; i < n_digits; i++)
    value = value * 10 + (digits[i] - '0');

  if (value < NUMBER_N_SHORT)
    {
      *out++ = NUMBER_BASE + value;
      return out;
    }
  value -= NUMBER_N_SHORT;
  if (value < NUMBER_N_MEDIUM * NUMBER_RADIX)
    {
      *out++ = NUMBER_BASE + NUMBER_N_SHORT + value / NUMBER_RADIX;
      *out++ = 2 + value % NUMBER_RADIX;
      return out;
    }
  value -= NUMBER_N_MEDIUM * NUMBER_RADIX;
  if (value < NUMBER_N_LONG * NUMBER_RADIX * NUMBER_RADIX)
    {
      *out++
          = NUMBER_BASE + NUMBER_N_SHORT + NUMBER_N_MEDIUM + value / (NUMBER_RADIX * NUMBER_RADIX);
      *out++ = 2 + value / NUMBER_RADIX % NUMBER_RADIX;
      *out++ = 2 + value % NUMBER_RADIX;
      return out;
    }
  return NULL;
}

/* Pairs of digits behind their number, trailing zeros left out, the last one marked by being even.
 * A weight has room for three bytes behind its lead, which is written again for each when it isn't
 * compressible. */
static guint8 *
write_large_number (const ThawCollation *self, guint8 *out, const char *digits, gsize n_digits)
{
  gsize i = n_digits & 1;
  guint n_bytes = 1;

  *out++ = NUMBER_PAIRS_BASE + (n_digits + 1) / 2;
  while (digits[n_digits - 1] == '0' && digits[n_digits - 2] == '0')
    n_digits -= 2;
  if (i == 1)
    {
      *out++ = 11 + 2 * (digits[0] - '0');
      n_bytes++;
    }
  for (; i < n_digits; i += 2, n_bytes++)
    {
      if (n_bytes % 3 == 0 && !self->number_compressible)
        *out++ = self->number_lead;
      *out++ = digit_pair (digits + i);
    }
  out[-1]--;
  return out;
}

/* Beyond ICU: a mark above every pair, then the length, then the pairs, so that they go by value
 * too. */
static guint8 *
write_huge_number (guint8 *out, const char *digits, gsize n_digits)
{
  gsize i = n_digits & 1;

  *out++ = 0xff;
  *out++ = 0xff;
  for (int shift = 28; shift >= 0; shift -= 7)
    *out++ = 0x80 | ((n_digits >> shift) & 0x7f);
  if (i == 1)
    *out++ = 11 + 2 * (digits[0] - '0');
  for (; i < n_digits; i += 2)
    *out++ = digit_pair (digits + i);
  return out;
}

/* Writes the weights of a number, leading zeros included in @digits or not. */
guint8 *
_thaw_collation_write_number (const ThawCollation *self,
                              guint8 *out,
                              guint8 *previous_lead,
                              const char *digits,
                              gsize n_digits)
{
  guint8 *end = NULL;

  out = write_lead (out, previous_lead, self->number_lead, self->number_compressible);
  while (n_digits > 1 && digits[0] == '0')
    digits++, n_digits--;
  if (n_digits <= 7)
    end = write_small_number (out, digits, n_digits);
  if (end != NULL)
    return end;
  if (n_digits <= THAW_MAX_ICU_DIGITS)
    return write_large_number (self, out, digits, n_digits);
  return write_huge_number (out, digits, n_digits);
}

static inline gboolean
contracts (const ThawCollation *self, guint8 first, guint8 second)
{
  return second < 128 && (self->contractions[first][second >> 6] >> (second & 63) & 1);
}

/* Writes the key of @name to @key, which has room for THAW_KEY_EXPANSION times its length and
 * THAW_KEY_SLACK more. FALSE when the name isn't for the table. */
gboolean
_thaw_collation_make_ascii_key (const ThawCollation *self,
                                const char *name,
                                gsize length,
                                guint8 *key,
                                gsize *key_length)
{
  const guint8 *p = (const guint8 *) name;
  const guint8 *end = p + length;
  guint8 *out = key;
  guint8 previous = 0;

  while (p < end)
    {
      const ThawWeight *weight = &self->weights[*p];

      if (weight->flags & THAW_WEIGHT_DIGIT)
        {
          const guint8 *digits = p;

          while (p < end && (guint8) (*p - '0') < 10)
            p++;
          out = _thaw_collation_write_number (self,
                                              out,
                                              &previous,
                                              (const char *) digits,
                                              p - digits);
          continue;
        }
      if (weight->flags & (THAW_WEIGHT_SLOW | THAW_WEIGHT_CONTRACTS))
        {
          if (weight->flags & THAW_WEIGHT_SLOW)
            return FALSE;
          if (p + 1 < end && contracts (self, p[0], p[1]))
            return FALSE;
        }
      out = write_lead (out, &previous, weight->lead, weight->compressible);
      for (guint i = 0; i < weight->n_tail; i++)
        *out++ = weight->tail[i];
      p++;
    }
  *key_length = out - key;
  return TRUE;
}

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

  g_atomic_ref_count_init (&self->ref_count);
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
  g_atomic_ref_count_inc (&self->ref_count);
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
  if (!g_atomic_ref_count_dec (&self->ref_count))
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
  memcpy (key, buffer, MIN (*key_length, size));
  return TRUE;
}

/**
 * thaw_collation_make_key:
 * @self: a collation
 * @name: (array length=length): bytes of a name, without NUL among them
 * @length: how many
 * @key: (out caller-allocates) (array length=size): where the key goes
 * @size: room there, in bytes
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

static inline const guint8 *
skip_zeros (const guint8 *p)
{
  while (p[0] == '0' && g_ascii_isdigit (p[1]))
    p++;
  return p;
}

static const guint8 *
skip_digits (const guint8 *p)
{
  while (g_ascii_isdigit (*p))
    p++;
  return p;
}

/* Compares the case of two names of equal keys. FALSE when they aren't for the table. */
static gboolean
compare_case (ThawCollation *self, const guint8 *a, const guint8 *b, int *result)
{
  guint unlike = THAW_WEIGHT_SLOW | THAW_WEIGHT_CONTRACTS;

  *result = 0;
  if (!self->is_fast)
    return FALSE;
  while (*a != 0 && *b != 0)
    {
      if ((self->weights[*a].flags | self->weights[*b].flags) & unlike)
        {
          if ((self->weights[*a].flags | self->weights[*b].flags) & THAW_WEIGHT_SLOW)
            return FALSE;
          if (contracts (self, a[0], a[1]) || contracts (self, b[0], b[1]))
            return FALSE;
        }
      if (g_ascii_isdigit (*a) && g_ascii_isdigit (*b))
        {
          a = skip_digits (skip_zeros (a));
          b = skip_digits (skip_zeros (b));
          continue;
        }
      if (*a != *b && *result == 0)
        *result = g_ascii_isupper (*a) ? self->upper_sign : -self->upper_sign;
      a++;
      b++;
    }
  return *a == *b;
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

  if (!compare_case (self, (const guint8 *) a, (const guint8 *) b, &result))
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
