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
typedef guint64 Words __attribute__ ((vector_size (N_LANES)));

static inline guint8
get_case_bit (guint8 c, gboolean ignore_case)
{
  return ignore_case && g_ascii_islower (c) ? 0x20 : 0;
}

static inline Lanes
load (const char *from)
{
  Lanes lanes;

  memcpy (&lanes, from, sizeof (lanes));
  return lanes;
}

static inline Lanes
fill (guint8 byte)
{
  return (Lanes){ 0 } + byte;
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

/* Looks at the places of one block that have the right first and last byte. */
static const char *
find_in_block (const char *block,
               Words hits,
               const char *needle,
               gsize length,
               gboolean ignore_case)
{
  for (guint i = 0; i < N_LANES / 8; i++)
    for (guint64 word = hits[i]; word != 0;)
      {
        guint byte = first_byte (word);
        const char *at = block + i * 8 + byte;

        if (is_here (at, needle, length, ignore_case))
          return at;
        word = without_byte (word, byte);
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
  Lanes first = fill (needle[0]), last = fill (needle[length - 1]);
  Lanes first_case = fill (first_bit), last_case = fill (last_bit);

  for (; end - from >= (gssize) (N_LANES + length - 1); from += N_LANES)
    {
      Lanes hits = (Lanes) ((load (from) | first_case) == first)
                   & (Lanes) ((load (from + length - 1) | last_case) == last);
      Words words = (Words) hits;
      const char *found;

      if ((words[0] | words[1]) == 0)
        continue;
      found = find_in_block (from, words, needle, length, ignore_case);
      if (found != NULL)
        return found;
    }
  for (; end - from >= (gssize) length; from++)
    if (is_here (from, needle, length, ignore_case))
      return from;
  return NULL;
}
