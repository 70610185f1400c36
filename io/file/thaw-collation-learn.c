/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Learns the weights of ASCII from ICU when a collation is made, and proves them. The table holds
 * what ICU writes in a primary key for each character; how ICU joins weights and spells numbers is
 * rebuilt in thaw-collation-ascii.c. Both are ICU's own business and may change, so every pair of
 * characters and a row of numbers is made both ways and compared: one difference, and the collation
 * leaves everything to ICU, slower and right. Runs once per collation, on the thread that makes it.
 */

#include "thaw-collation-private.h"

#include <string.h>
#include <unicode/uset.h>

#define FIRST_CHARACTER 0x20
#define LAST_CHARACTER 0x7e
#define MAX_KEY 128

/* ICU's key of @text without its NUL; 0 when it doesn't fit. */
static gsize
get_icu_key (UCollator *collator, const char *text, guint8 *key)
{
  UChar wide[MAX_KEY];
  int length = strlen (text);
  int n_bytes;

  for (int i = 0; i < length; i++)
    wide[i] = text[i];
  n_bytes = ucol_getSortKey (collator, wide, length, key, MAX_KEY);
  return n_bytes > 0 && n_bytes <= MAX_KEY ? n_bytes - 1 : 0;
}

static void
learn_character (ThawCollation *self, guint8 c)
{
  ThawWeight *weight = &self->weights[c];
  char text[] = { c, c, 0 };
  guint8 twice[MAX_KEY], once[MAX_KEY];
  gsize n_twice = get_icu_key (self->model.primary, text, twice);
  gsize n_once;

  text[1] = 0;
  n_once = get_icu_key (self->model.primary, text, once);
  if (n_once < 1 || n_once > 4)
    return;
  weight->lead = once[0];
  weight->n_tail = n_once - 1;
  memcpy (weight->tail, once + 1, weight->n_tail);
  weight->compressible = n_twice == 2 * n_once - 1;
  weight->flags = n_once == 1 && !weight->compressible ? THAW_WEIGHT_PLAIN : THAW_WEIGHT_LONG;
}

static void
add_contraction (ThawCollation *self, const UChar *text, int length)
{
  if (length < 2 || text[0] >= 128 || text[1] >= 128)
    return;
  self->contractions[text[0]][text[1] >> 6] |= G_GUINT64_CONSTANT (1) << (text[1] & 63);
  self->weights[text[0]].flags |= THAW_WEIGHT_CONTRACTS;
}

/* Contractions of ASCII alone, such as Czech "ch"; a character that expands is left to ICU. Only a
 * tailoring brings them, so the five milliseconds that this takes are spared most languages. */
static void
learn_contractions (ThawCollation *self)
{
  USet *contractions, *expansions;
  UErrorCode status = U_ZERO_ERROR;
  int n_items, n_rules;

  ucol_getRules (self->model.primary, &n_rules);
  self->is_fast = TRUE;
  if (n_rules == 0)
    return;

  contractions = uset_openEmpty ();
  expansions = uset_openEmpty ();
  ucol_getContractionsAndExpansions (self->model.primary, contractions, expansions, TRUE, &status);
  n_items = U_SUCCESS (status) ? uset_getItemCount (contractions) : 0;
  for (int i = 0; i < n_items; i++)
    {
      UErrorCode item_status = U_ZERO_ERROR;
      UChar text[64];
      UChar32 start, end;
      int length
          = uset_getItem (contractions, i, &start, &end, text, G_N_ELEMENTS (text), &item_status);

      if (length >= 2 && U_SUCCESS (item_status))
        add_contraction (self, text, length);
    }
  for (guint c = FIRST_CHARACTER; U_SUCCESS (status) && c <= LAST_CHARACTER; c++)
    if (uset_contains (expansions, c))
      self->weights[c].flags |= THAW_WEIGHT_SLOW;
  self->is_fast = U_SUCCESS (status);
  uset_close (contractions);
  uset_close (expansions);
}

static void
learn_numbers (ThawCollation *self)
{
  guint8 key[MAX_KEY];

  if (get_icu_key (self->model.primary, "1", key) != 2)
    self->is_fast = FALSE;
  self->number_lead = key[0];
  self->number_compressible = get_icu_key (self->model.primary, "10000001", key) == 6;
  for (guint c = '0'; c <= '9'; c++)
    self->weights[c] = (ThawWeight){ .flags = THAW_WEIGHT_DIGIT };
}

static gboolean
agrees (ThawCollation *self, const char *text)
{
  guint8 expected[MAX_KEY], key[MAX_KEY * THAW_KEY_EXPANSION];
  gsize n_expected, n_bytes;

  if (!_thaw_collation_make_ascii_key (self, text, strlen (text), key, &n_bytes))
    return TRUE;
  n_expected = get_icu_key (self->model.primary, text, expected);
  return n_bytes == n_expected && memcmp (key, expected, n_bytes) == 0;
}

/* Letters whose weight is one byte behave alike: two stand for them all. */
static gboolean
is_representative (const ThawCollation *self, guint c)
{
  return self->weights[c].flags != THAW_WEIGHT_PLAIN || c == 'a' || c == 'Z';
}

static gboolean
prove_pairs (ThawCollation *self)
{
  for (guint a = FIRST_CHARACTER; a <= LAST_CHARACTER; a++)
    for (guint b = FIRST_CHARACTER; b <= LAST_CHARACTER; b++)
      {
        char text[] = { a, b, 'm', 0 };

        if (is_representative (self, a) && is_representative (self, b) && !agrees (self, text))
          return FALSE;
      }
  return TRUE;
}

static gboolean
prove_numbers (ThawCollation *self)
{
  static const char *const numbers[] = {
    "0",
    "73",
    "74",
    "327",
    "328",
    "2024",
    "10233",
    "10234",
    "65536",
    "1042489",
    "1042490",
    "9999999",
    "10000000",
    "123456789",
    "1000000000",
    "100",
    "20261121084512",
    "00012",
    "000",
    "90000000000000000000001",
    "_1.2-3 4",
    "IMG_20240131_235959 (2).jpg",
    "v1.10.0~rc1",
    "18446744073709551616x",
  };

  for (guint i = 0; i < G_N_ELEMENTS (numbers); i++)
    if (!agrees (self, numbers[i]))
      return FALSE;
  return TRUE;
}

/* Fills the table, and sets is_fast when it is right. */
void
_thaw_collation_learn (ThawCollation *self)
{
  UChar lower = 'a', upper = 'A';

  for (guint c = 0; c < G_N_ELEMENTS (self->weights); c++)
    self->weights[c].flags = THAW_WEIGHT_SLOW;
  for (guint c = FIRST_CHARACTER; c <= LAST_CHARACTER; c++)
    learn_character (self, c);
  learn_contractions (self);
  learn_numbers (self);
  self->upper_sign = ucol_strcoll (self->model.tertiary, &upper, 1, &lower, 1);
  self->is_fast = self->is_fast && prove_pairs (self) && prove_numbers (self);
}
