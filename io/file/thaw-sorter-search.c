/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Searching bytes at the speed of memory, with or without regard to the case of ASCII letters:
 * names need no folded copy. Sixteen places at a time are tested for the first and the last byte
 * of the needle; only where both are right is the rest looked at. Any thread.
 */

#include "thaw-order-private.h"

#include <string.h>

#define N_LANES 16

typedef guint8 Lanes __attribute__ ((vector_size (N_LANES)));

static inline guint8
get_case_bit (guint8 c, gboolean ignore_case)
{
  return ignore_case && g_ascii_islower (c) ? 0x20 : 0;
}

/* Vectors go by reference: by value, how they travel hangs on the instruction set that each file is
 * compiled for. */
static inline void
load (Lanes *lanes, const char *from)
{
  memcpy (lanes, from, sizeof (*lanes));
}

static inline void
fill (Lanes *lanes, guint8 byte)
{
  *lanes = (Lanes){ 0 } + byte;
}

static gboolean
is_here (const char *at, const char *needle, gsize length, gboolean ignore_case)
{
  if (!ignore_case)
    return memcmp (at, needle, length) == 0;
  for (gsize i = 0; i < length; i++)
    if (g_ascii_tolower (at[i]) != needle[i])
      return FALSE;
  return TRUE;
}

static inline guint
first_byte (guint64 word)
{
#if G_BYTE_ORDER == G_LITTLE_ENDIAN
  return __builtin_ctzll (word) / 8;
#else
  return __builtin_clzll (word) / 8;
#endif
}

static inline guint64
without_byte (guint64 word, guint byte)
{
#if G_BYTE_ORDER == G_LITTLE_ENDIAN
  return word & ~(G_GUINT64_CONSTANT (0xff) << (byte * 8));
#else
  return word & ~(G_GUINT64_CONSTANT (0xff) << (56 - byte * 8));
#endif
}

/* Looks at those of eight places that have the right first and last byte. */
static const char *
find_in_word (const char *block,
              guint64 hits,
              const char *needle,
              gsize length,
              gboolean ignore_case)
{
  while (hits != 0)
    {
      guint byte = first_byte (hits);

      if (is_here (block + byte, needle, length, ignore_case))
        return block + byte;
      hits = without_byte (hits, byte);
    }
  return NULL;
}

const char *
_thaw_find_bytes (const char *from,
                  const char *end,
                  const char *needle,
                  gsize length,
                  gboolean ignore_case)
{
  guint8 first_bit = get_case_bit (needle[0], ignore_case);
  guint8 last_bit = get_case_bit (needle[length - 1], ignore_case);
  Lanes first, last, first_case, last_case, starts, ends;

  fill (&first, needle[0]);
  fill (&last, needle[length - 1]);
  fill (&first_case, first_bit);
  fill (&last_case, last_bit);
  for (; end - from >= (gssize) (N_LANES + length - 1); from += N_LANES)
    {
      guint64 hits[N_LANES / 8];
      const char *found;

      load (&starts, from);
      load (&ends, from + length - 1);
      starts = (Lanes) ((starts | first_case) == first) & (Lanes) ((ends | last_case) == last);
      memcpy (hits, &starts, sizeof (hits));
      if ((hits[0] | hits[1]) == 0)
        continue;
      found = find_in_word (from, hits[0], needle, length, ignore_case);
      if (found == NULL)
        found = find_in_word (from + 8, hits[1], needle, length, ignore_case);
      if (found != NULL)
        return found;
    }
  for (; end - from >= (gssize) length; from++)
    if (is_here (from, needle, length, ignore_case))
      return from;
  return NULL;
}
