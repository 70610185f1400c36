/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* 128 bits of what a file holds: SipHash-2-4 (Aumasson and Bernstein) with its long result, fed
 * piece by piece. With a secret key nobody can prepare two files that look alike, and it is several
 * times as fast as GLib's checksums. Any thread; not for storing: another process has another key.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct {
  guint64 v[4];
  guint64 n_bytes, tail; /* tail: bytes that don't make a word yet */
} ThawHash128;

void thaw_hash128_init (ThawHash128 *self, const guint64 key[2]);
void thaw_hash128_add (ThawHash128 *self, gconstpointer bytes, gsize n_bytes);
void thaw_hash128_end (ThawHash128 *self, guint64 result[2]);

G_END_DECLS
