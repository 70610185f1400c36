/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The half of the collation that asks ICU: collators, the keys of names that aren't plain ASCII,
 * and their ties. A name is cut in pieces where ICU would not do what a person expects: before and
 * after Han in a locale that has no order for it (its key comes from the Chinese collation, by
 * pinyin), around numbers too long for ICU, and at bytes that aren't UTF-8. Pieces are joined so
 * that the keys still compare as one. Collators are pooled: ICU promises less about sharing one
 * between threads than it costs to take one from a list. Any thread. Nothing here may block but
 * _thaw_collation_open_icu(), and the first Han of a folder.
 */

#include "thaw-collation-private.h"

#include <string.h>
#include <unicode/uchar.h>
#include <unicode/uscript.h>
#include <unicode/ustring.h>
#include <unicode/utf8.h>

/* ICU's highest weight: a piece that ends with it comes after everything that goes on differently.
 */
#define HIGHEST 0xffff

typedef struct {
  ThawCollation *collation;
  ThawCollators *collators;
  ThawKeyWriter *writer;
  UChar *text; /* the piece being collected */
  int n_text;
  gboolean after_number; /* it starts with a digit that only stands for the number before it */
  GString *digits;       /* of the run of digits being read */
  int run_start;         /* where in text it starts, or -1 */
  int n_significant;
} PieceReader;

static void
write_bytes (ThawKeyWriter *writer, const guint8 *bytes, gsize n_bytes)
{
  if (writer->length < writer->size)
    memcpy (writer->bytes + writer->length, bytes, MIN (n_bytes, writer->size - writer->length));
  writer->length += n_bytes;
}

/* Writes ICU's key of the piece, without @n_first and @n_last bytes. */
static void
write_text_key (PieceReader *reader, gsize n_first, gsize n_last)
{
  g_autofree guint8 *heap = NULL;
  guint8 stack[1024];
  guint8 *key = stack;
  int length = ucol_getSortKey (reader->collators->primary,
                                reader->text,
                                reader->n_text,
                                stack,
                                sizeof (stack));

  if (length > (int) sizeof (stack))
    {
      key = heap = g_malloc (length);
      length = ucol_getSortKey (reader->collators->primary,
                                reader->text,
                                reader->n_text,
                                heap,
                                length);
    }
  if (length > (int) (n_first + n_last + 1)) /* the last byte is a NUL */
    write_bytes (reader->writer, key + n_first, length - 1 - n_first - n_last);
}

static void
flush_text (PieceReader *reader, gsize n_last)
{
  /* The digit in front wrote the lead byte of numbers and one more. */
  write_text_key (reader, reader->after_number ? 2 : 0, n_last);
  reader->n_text = 0;
  reader->after_number = FALSE;
}

static void
flush_highest (PieceReader *reader)
{
  reader->text[reader->n_text++] = HIGHEST;
  flush_text (reader, 0);
}

/* A run of digits is over: when ICU would cut it in pieces, its key is written here. */
static void
end_digits (PieceReader *reader)
{
  g_autofree guint8 *key = NULL;
  guint8 *end;

  if (reader->n_significant > THAW_MAX_ICU_DIGITS)
    {
      guint8 previous = 0;

      reader->n_text = reader->run_start;
      reader->text[reader->n_text++] = '1';
      flush_text (reader, 1);
      key = g_malloc (reader->digits->len + THAW_KEY_SLACK);
      end = _thaw_collation_write_number (reader->collation,
                                          key,
                                          &previous,
                                          reader->digits->str,
                                          reader->digits->len);
      write_bytes (reader->writer, key + 1, end - key - 1); /* the lead is written already */
      reader->text[reader->n_text++] = '1';
      reader->after_number = TRUE;
    }
  reader->run_start = -1;
  reader->n_significant = 0;
  g_string_truncate (reader->digits, 0);
}

static void
read_digit (PieceReader *reader, int value)
{
  if (reader->run_start < 0)
    reader->run_start = reader->n_text;
  if (value == 0 && reader->n_significant == 0)
    return;
  reader->n_significant++;
  g_string_append_c (reader->digits, '0' + value);
}

static ThawCollation *
get_pinyin (ThawCollation *self)
{
  ThawCollation *pinyin;

  pthread_mutex_lock (&self->lock);
  if (self->pinyin == NULL)
    self->pinyin = thaw_collation_new ("zh");
  pinyin = self->pinyin;
  pthread_mutex_unlock (&self->lock);
  return pinyin;
}

static void
write_han (PieceReader *reader, const char *bytes, gsize length)
{
  ThawKeyWriter *writer = reader->writer;
  guint8 key[64];
  gsize n_bytes;

  flush_highest (reader);
  n_bytes
      = thaw_collation_make_key (get_pinyin (reader->collation), bytes, length, key, sizeof (key));
  write_bytes (writer, key, MIN (n_bytes, sizeof (key)));
}

static void
write_invalid (PieceReader *reader, guint8 byte)
{
  guint8 bytes[] = { 0xff, byte };

  flush_highest (reader);
  write_bytes (reader->writer, bytes, sizeof (bytes));
}

static gboolean
is_han (UChar32 c)
{
  return c >= 0x2e80 && u_hasBinaryProperty (c, UCHAR_IDEOGRAPHIC);
}

static void
read_character (PieceReader *reader, UChar32 c, const char *bytes, gsize length)
{
  int digit = c < 0 ? -1 : u_charDigitValue (c);

  if (digit >= 0)
    read_digit (reader, digit);
  else if (reader->run_start >= 0)
    end_digits (reader);

  if (c < 0)
    for (gsize i = 0; i < length; i++)
      write_invalid (reader, bytes[i]);
  else if (reader->collation->han_by_pinyin && is_han (c))
    write_han (reader, bytes, length);
  else
    U16_APPEND_UNSAFE (reader->text, reader->n_text, c);
}

static void
read_name (PieceReader *reader, const char *name, gsize length)
{
  for (gsize i = 0; i < length;)
    {
      gsize start = i;
      UChar32 c;

      U8_NEXT (name, i, length, c);
      read_character (reader, c, name + start, i - start);
    }
  if (reader->run_start >= 0)
    end_digits (reader);
  flush_text (reader, 0);
}

/* Makes a key by asking ICU; takes any bytes. */
gsize
_thaw_collation_make_icu_key (ThawCollation *self,
                              const char *name,
                              gsize length,
                              guint8 *key,
                              gsize size)
{
  ThawKeyWriter writer = { key, size, 0 };
  g_autoptr (GString) digits = NULL;
  g_autofree UChar *heap = NULL;
  UChar stack[512];
  PieceReader reader = { self, NULL, &writer, stack, 0, FALSE, NULL, -1, 0 };

  if (self->model.primary == NULL)
    {
      write_bytes (&writer, (const guint8 *) name, length);
      return writer.length;
    }
  /* Two digits may be added, and the highest weight. */
  if (length + 4 > G_N_ELEMENTS (stack))
    reader.text = heap = g_new (UChar, length + 4);
  digits = g_string_sized_new (32);
  reader.digits = digits;
  reader.collators = _thaw_collation_take (self);
  read_name (&reader, name, length);
  _thaw_collation_give_back (self, reader.collators);
  return writer.length;
}

/* ICU's whole key of a name, with a NUL at its end. */
static guint8 *
dup_tertiary_key (ThawCollators *collators, const char *name)
{
  gsize length = strlen (name);
  g_autofree UChar *text = g_new (UChar, length + 1);
  guint8 *key = g_malloc (length * 4 + 64);
  UErrorCode status = U_ZERO_ERROR;
  int n_text, n_bytes;

  u_strFromUTF8WithSub (text, length + 1, &n_text, name, length, 0xfffd, NULL, &status);
  n_bytes = ucol_getSortKey (collators->tertiary, text, n_text, key, length * 4 + 64);
  if (n_bytes > (int) length * 4 + 64)
    {
      key = g_realloc (key, n_bytes);
      ucol_getSortKey (collators->tertiary, text, n_text, key, n_bytes);
    }
  return key;
}

/* Accents and case, as ICU orders them. Not by ucol_strcoll(): in a tailored order it contradicts
 * its own keys where digits of several scripts meet (ICU 76), and a sort needs one order. */
int
_thaw_collation_compare_icu (ThawCollation *self, const char *a, const char *b)
{
  g_autofree guint8 *key_a = NULL, *key_b = NULL;
  ThawCollators *collators;

  if (self->model.tertiary == NULL)
    return 0;
  collators = _thaw_collation_take (self);
  key_a = dup_tertiary_key (collators, a);
  key_b = dup_tertiary_key (collators, b);
  _thaw_collation_give_back (self, collators);
  return strcmp ((const char *) key_a, (const char *) key_b);
}

static UCollator *
open_collator (const char *locale, UCollationStrength strength)
{
  UErrorCode status = U_ZERO_ERROR;
  UCollator *collator = ucol_open (locale, &status);

  if (U_FAILURE (status))
    {
      status = U_ZERO_ERROR;
      collator = ucol_open ("", &status);
    }
  if (U_FAILURE (status))
    return NULL;

  ucol_setStrength (collator, strength);
  ucol_setAttribute (collator, UCOL_NUMERIC_COLLATION, UCOL_ON, &status);
  ucol_setAttribute (collator, UCOL_ALTERNATE_HANDLING, UCOL_NON_IGNORABLE, &status);
  return collator;
}

/* Opens the collators of @locale. FALSE when ICU has no data at all. */
gboolean
_thaw_collation_open_icu (ThawCollation *self, const char *locale)
{
  char language[ULOC_LANG_CAPACITY] = "";
  static const char *const han_languages[] = { "zh", "ja", "ko", "yue", NULL };
  UErrorCode status = U_ZERO_ERROR;

  self->model.primary = open_collator (locale, UCOL_PRIMARY);
  self->model.tertiary = open_collator (locale, UCOL_TERTIARY);
  if (self->model.primary == NULL || self->model.tertiary == NULL)
    {
      g_clear_pointer (&self->model.primary, ucol_close);
      g_clear_pointer (&self->model.tertiary, ucol_close);
      return FALSE;
    }
  uloc_getLanguage (locale, language, sizeof (language), &status);
  self->han_by_pinyin = !g_strv_contains (han_languages, language);
  return TRUE;
}

static void
collators_free (gpointer data)
{
  ThawCollators *collators = data;

  g_clear_pointer (&collators->primary, ucol_close);
  g_clear_pointer (&collators->tertiary, ucol_close);
  g_free (collators);
}

void
_thaw_collation_close_icu (ThawCollation *self)
{
  g_ptr_array_foreach (self->idle, (GFunc) (void (*) (void)) collators_free, NULL);
  g_clear_pointer (&self->model.primary, ucol_close);
  g_clear_pointer (&self->model.tertiary, ucol_close);
}

/* Takes a pair of collators for the calling thread: from the pool, or a clone of the model. */
ThawCollators *
_thaw_collation_take (ThawCollation *self)
{
  UErrorCode status = U_ZERO_ERROR;
  ThawCollators *collators = NULL;

  pthread_mutex_lock (&self->lock);
  if (self->idle->len > 0)
    collators = g_ptr_array_steal_index_fast (self->idle, self->idle->len - 1);
  if (collators == NULL)
    {
      collators = g_new0 (ThawCollators, 1);
      collators->primary = ucol_clone (self->model.primary, &status);
      collators->tertiary = ucol_clone (self->model.tertiary, &status);
    }
  pthread_mutex_unlock (&self->lock);
  if (U_FAILURE (status))
    g_error ("Out of memory while cloning a collator");
  return collators;
}

void
_thaw_collation_give_back (ThawCollation *self, ThawCollators *collators)
{
  pthread_mutex_lock (&self->lock);
  g_ptr_array_add (self->idle, collators);
  pthread_mutex_unlock (&self->lock);
}
