/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The collation's way for names of plain ASCII: the same bytes that ICU would write, from a table
 * of weights and ICU's encoding of numbers and of repeated lead bytes, which is rebuilt here.
 * thaw-collation-learn.c fills the table and proves that both agree with the ICU at hand; where
 * they don't, nothing here is called. Any thread; no allocation, no lock.
 */

#include "thaw-collation-private.h"

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
gboolean
_thaw_collation_compare_ascii_case (ThawCollation *self,
                                    const guint8 *a,
                                    const guint8 *b,
                                    int *result)
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
