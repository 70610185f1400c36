/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SipHash-2-4 with 128 bits, written from the paper. See thaw-hash128-private.h. */

#include "thaw-hash128-private.h"

#include <string.h>

#define ROTATE(x, n) (((x) << (n)) | ((x) >> (64 - (n))))

static inline void
mix (guint64 v[4], guint n_rounds)
{
  guint64 a = v[0], b = v[1], c = v[2], d = v[3];

  while (n_rounds-- > 0)
    {
      a += b;
      c += d;
      b = ROTATE (b, 13) ^ a;
      d = ROTATE (d, 16) ^ c;
      a = ROTATE (a, 32) + d;
      c += b;
      d = ROTATE (d, 21) ^ a;
      b = ROTATE (b, 17) ^ c;
      c = ROTATE (c, 32);
    }
  v[0] = a;
  v[1] = b;
  v[2] = c;
  v[3] = d;
}

static inline void
add_word (guint64 v[4], guint64 word)
{
  v[3] ^= word;
  mix (v, 2);
  v[0] ^= word;
}

void
thaw_hash128_init (ThawHash128 *self, const guint64 key[2])
{
  *self = (ThawHash128){ .v = {
                             key[0] ^ G_GUINT64_CONSTANT (0x736f6d6570736575),
                             key[1] ^ G_GUINT64_CONSTANT (0x646f72616e646f6d) ^ 0xee,
                             key[0] ^ G_GUINT64_CONSTANT (0x6c7967656e657261),
                             key[1] ^ G_GUINT64_CONSTANT (0x7465646279746573),
                         } };
}

void
thaw_hash128_add (ThawHash128 *self, gconstpointer bytes, gsize n_bytes)
{
  const guint8 *at = bytes, *end = at + n_bytes;
  guint n_tail = self->n_bytes % 8;

  self->n_bytes += n_bytes;
  while (n_tail > 0 && at < end)
    {
      self->tail |= (guint64) *at++ << (8 * n_tail);
      n_tail = (n_tail + 1) % 8;
      if (n_tail == 0)
        {
          add_word (self->v, self->tail);
          self->tail = 0;
        }
    }
  for (; end - at >= 8; at += 8)
    {
      guint64 word;

      memcpy (&word, at, 8);
      add_word (self->v, GUINT64_FROM_LE (word));
    }
  for (; at < end; at++, n_tail++)
    self->tail |= (guint64) *at << (8 * n_tail);
}

void
thaw_hash128_end (ThawHash128 *self, guint64 result[2])
{
  guint64 *v = self->v;

  add_word (v, self->tail | self->n_bytes << 56);
  v[2] ^= 0xee;
  mix (v, 4);
  result[0] = v[0] ^ v[1] ^ v[2] ^ v[3];
  v[1] ^= 0xdd;
  mix (v, 4);
  result[1] = v[0] ^ v[1] ^ v[2] ^ v[3];
}
