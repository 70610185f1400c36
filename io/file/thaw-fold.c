/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Folding names for searching: lower case, compatibility forms taken apart, accents dropped. What
 * one character folds to doesn't depend on its neighbours, so it is looked up in pages of 256
 * characters that are made when they are first needed, from ICU, and kept for the process. Marks
 * that are letters of their script (vowel signs, viramas) stay. Bytes that aren't UTF-8 stay as
 * they are. Any thread; pages are published atomically.
 */

#include "thaw-order-private.h"

#include <string.h>
#include <unicode/uchar.h>
#include <unicode/unorm2.h>
#include <unicode/utf8.h>

#define PAGE_SIZE 256
#define N_PAGES (0x110000 / PAGE_SIZE)

/* Longest expansions of Unicode (U+FDFA) fit. */
#define MAX_TEXT 64

typedef struct {
  guint32 offsets[PAGE_SIZE + 1];
  char bytes[]; /* UTF-8 of what each character folds to */
} Page;

static Page *pages[N_PAGES];

/* Accents have these combining classes; others belong to vowels and viramas. */
static gboolean
is_accent (UChar32 c)
{
  switch (u_getCombiningClass (c))
    {
    case 0:
    case 9:
    case 84:
    case 91:
    case 103:
    case 118:
    case 129:
    case 130:
    case 132:
      return FALSE;
    default:
      return TRUE;
    }
}

static void
append_without_accents (GString *to, const UChar *text, int length)
{
  for (int i = 0; i < length;)
    {
      UChar32 c;

      U16_NEXT (text, i, length, c);
      if (!is_accent (c))
        g_string_append_unichar (to, c);
    }
}

static void
append_folded_character (GString *to, UChar32 c)
{
  UErrorCode status = U_ZERO_ERROR;
  const UNormalizer2 *folding = unorm2_getNFKCCasefoldInstance (&status);
  const UNormalizer2 *taking_apart = unorm2_getNFKDInstance (&status);
  UChar text[2], folded[MAX_TEXT], apart[MAX_TEXT];
  int length = 0;

  U16_APPEND_UNSAFE (text, length, c);
  length = unorm2_normalize (folding, text, length, folded, MAX_TEXT, &status);
  length = unorm2_normalize (taking_apart, folded, length, apart, MAX_TEXT, &status);
  if (U_SUCCESS (status))
    append_without_accents (to, apart, length);
  else
    g_string_append_unichar (to, c);
}

static Page *
make_page (guint number)
{
  g_autoptr (GString) bytes = g_string_sized_new (PAGE_SIZE * 4);
  guint32 offsets[PAGE_SIZE + 1];
  Page *page;

  for (guint i = 0; i < PAGE_SIZE; i++)
    {
      UChar32 c = number * PAGE_SIZE + i;

      offsets[i] = bytes->len;
      if (!U_IS_SURROGATE (c))
        append_folded_character (bytes, c);
    }
  offsets[PAGE_SIZE] = bytes->len;

  page = g_malloc (sizeof (Page) + bytes->len);
  memcpy (page->offsets, offsets, sizeof (offsets));
  memcpy (page->bytes, bytes->str, bytes->len);
  return page;
}

static const Page *
get_page (guint number)
{
  Page *page = __atomic_load_n (&pages[number], __ATOMIC_ACQUIRE);
  Page *expected = NULL;

  if (page != NULL)
    return page;
  page = make_page (number);
  if (__atomic_compare_exchange_n (&pages[number],
                                   &expected,
                                   page,
                                   FALSE,
                                   __ATOMIC_ACQ_REL,
                                   __ATOMIC_ACQUIRE))
    return page;
  g_free (page); /* another thread was first */
  return expected;
}

/* Appends the folded form of a name. */
void
_thaw_fold_append (GString *to, const char *name, gsize length)
{
  for (gsize i = 0; i < length;)
    {
      gsize start = i;
      UChar32 c;
      const Page *page;
      guint in_page;

      if ((guint8) name[i] < 128)
        {
          g_string_append_c (to, g_ascii_tolower (name[i]));
          i++;
          continue;
        }
      U8_NEXT (name, i, length, c);
      if (c < 0)
        {
          g_string_append_len (to, name + start, i - start);
          continue;
        }
      page = get_page (c / PAGE_SIZE);
      in_page = c % PAGE_SIZE;
      g_string_append_len (to,
                           page->bytes + page->offsets[in_page],
                           page->offsets[in_page + 1] - page->offsets[in_page]);
    }
}

char *
_thaw_fold (const char *text)
{
  gsize length = strlen (text);
  GString *folded = g_string_sized_new (length + 8);

  _thaw_fold_append (folded, text, length);
  return g_string_free (folded, FALSE);
}
