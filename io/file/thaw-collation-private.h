/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the two halves of the collation share: the table of ASCII weights, the encoding of numbers,
 * ICU. */
#pragma once

#include "thaw-collation.h"

#include <pthread.h>
#include <unicode/ucol.h>

G_BEGIN_DECLS

enum {
  THAW_WEIGHT_PLAIN = 0,          /* one byte, not compressible: most letters */
  THAW_WEIGHT_LONG = 1 << 0,      /* a lead byte that is left out when it repeats, and a tail */
  THAW_WEIGHT_DIGIT = 1 << 1,     /* part of a number */
  THAW_WEIGHT_CONTRACTS = 1 << 2, /* may start a contraction with another ASCII character */
  THAW_WEIGHT_SLOW = 1 << 3, /* anything that only ICU knows: not ASCII, controls, expansions */
};

/* The primary weight of one byte of a name, as ICU's own sort keys spell it. */
typedef struct {
  guint8 flags;
  guint8 lead;
  guint8 n_tail;
  gboolean compressible : 8;
  guint8 tail[4];
} ThawWeight;

/* A pair of ICU collators, for one thread at a time. */
typedef struct {
  UCollator *primary;  /* makes keys */
  UCollator *tertiary; /* settles ties */
} ThawCollators;

struct _ThawCollation {
  int ref_count; /* atomic, visible to ThreadSanitizer */
  gboolean is_fast;   /* the table reproduces ICU's keys of ASCII names, proven when it was made */
  guint8 number_lead; /* lead byte of every number */
  gboolean number_compressible;
  int upper_sign;         /* > 0 when "A" comes after "a" */
  gboolean han_by_pinyin; /* the locale has no order of its own for Han */
  ThawWeight weights[256];
  guint64 contractions[128][2]; /* bitmap of second characters */

  pthread_mutex_t lock;  /* the pool, and the making of pinyin; TSan doesn't see GMutex */
  ThawCollators model;   /* only cloned */
  GPtrArray *idle;       /* of ThawCollators */
  ThawCollation *pinyin; /* made on first use */
};

/* A growing place for a key: counts on past its end, so that the full length is known. */
typedef struct {
  guint8 *bytes;
  gsize size;
  gsize length;
} ThawKeyWriter;

/* Numbers with more significant digits than this are beyond ICU, which cuts them in pieces. */
#define THAW_MAX_ICU_DIGITS 254

/* Most bytes of key that the fast path writes per byte of name, and on top. */
#define THAW_KEY_EXPANSION 5
#define THAW_KEY_SLACK 16

guint8 *_thaw_collation_write_number (const ThawCollation *self,
                                      guint8 *out,
                                      guint8 *previous_lead,
                                      const char *digits,
                                      gsize n_digits);
gboolean _thaw_collation_make_ascii_key (const ThawCollation *self,
                                         const char *name,
                                         gsize length,
                                         guint8 *key,
                                         gsize *key_length);

gboolean _thaw_collation_compare_ascii_case (ThawCollation *self,
                                             const guint8 *a,
                                             const guint8 *b,
                                             int *result);

gboolean _thaw_collation_open_icu (ThawCollation *self, const char *locale);
void _thaw_collation_close_icu (ThawCollation *self);
void _thaw_collation_learn (ThawCollation *self);
ThawCollators *_thaw_collation_take (ThawCollation *self);
void _thaw_collation_give_back (ThawCollation *self, ThawCollators *collators);
gsize _thaw_collation_make_icu_key (ThawCollation *self,
                                    const char *name,
                                    gsize length,
                                    guint8 *key,
                                    gsize size);
int _thaw_collation_compare_icu (ThawCollation *self, const char *a, const char *b);

G_END_DECLS
