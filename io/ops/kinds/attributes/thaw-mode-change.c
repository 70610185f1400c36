/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads "u+rwX,go=rX" once and applies it to the mode of each file. X is x for folders, and for
 * files that somebody may execute already: what makes a recursive change of rights useful. No disk;
 * any thread. */

#include "thaw-mode-change-private.h"

#include <string.h>
#include <sys/stat.h>

typedef struct {
  guint32 who;    /* 0700, 0070, 0007 and what belongs to them */
  char operation; /* as written, or '0' for exactly these bits */
  guint32 bits;   /* for all three, cut by who */
  gboolean has_big_x;
} Clause;

struct _ThawModeChange {
  GArray *clauses;
};

#define WHO_USER (S_ISUID | S_IRWXU)
#define WHO_GROUP (S_ISGID | S_IRWXG)
#define WHO_OTHER (S_ISVTX | S_IRWXO)

static const char *
read_who (const char *at, guint32 *who)
{
  *who = 0;
  for (; *at != '\0' && strchr ("ugoa", *at) != NULL; at++)
    switch (*at)
      {
      case 'u':
        *who |= WHO_USER;
        break;
      case 'g':
        *who |= WHO_GROUP;
        break;
      case 'o':
        *who |= WHO_OTHER;
        break;
      default:
        *who |= WHO_USER | WHO_GROUP | WHO_OTHER;
        break;
      }
  if (*who == 0)
    *who = WHO_USER | WHO_GROUP | WHO_OTHER;
  return at;
}

static const char *
read_bits (const char *at, Clause *clause)
{
  for (; *at != '\0' && strchr ("rwxXst", *at) != NULL; at++)
    switch (*at)
      {
      case 'r':
        clause->bits |= 0444;
        break;
      case 'w':
        clause->bits |= 0222;
        break;
      case 'x':
        clause->bits |= 0111;
        break;
      case 'X':
        clause->has_big_x = TRUE;
        break;
      case 's':
        clause->bits |= S_ISUID | S_ISGID;
        break;
      default:
        clause->bits |= S_ISVTX;
        break;
      }
  return at;
}

/* NULL if it can't be read. */
static const char *
read_clause (const char *at, GArray *clauses)
{
  guint32 who;

  at = read_who (at, &who);
  if (*at == '\0' || strchr ("+-=", *at) == NULL)
    return NULL;
  while (*at != '\0' && strchr ("+-=", *at) != NULL)
    {
      Clause clause = { .who = who, .operation = *at };

      at = read_bits (at + 1, &clause);
      g_array_append_val (clauses, clause);
    }
  return *at == '\0' || *at == ',' ? at : NULL;
}

ThawModeChange *
thaw_mode_change_new_exact (guint32 mode)
{
  ThawModeChange *self = g_new0 (ThawModeChange, 1);
  const Clause clause = { .who = 07777, .operation = '0', .bits = mode & 07777 };

  self->clauses = g_array_new (FALSE, FALSE, sizeof (Clause));
  g_array_append_val (self->clauses, clause);
  return self;
}

ThawModeChange *
thaw_mode_change_new (const char *text, GError **error)
{
  g_autoptr (ThawModeChange) self = NULL;
  const char *at = text;

  if (*text != '\0' && strspn (text, "01234567") == strlen (text) && strlen (text) <= 5)
    return thaw_mode_change_new_exact ((guint32) g_ascii_strtoull (text, NULL, 8));
  self = g_new0 (ThawModeChange, 1);
  self->clauses = g_array_new (FALSE, FALSE, sizeof (Clause));
  do
    {
      at = read_clause (at, self->clauses);
      if (at != NULL && *at == ',')
        at++;
      else if (at != NULL)
        return g_steal_pointer (&self);
    }
  while (at != NULL);
  g_set_error (error,
               G_IO_ERROR,
               G_IO_ERROR_INVALID_ARGUMENT,
               "“%s” isn't a change of rights",
               text);
  return NULL;
}

static guint32
apply_clause (const Clause *clause, guint32 mode)
{
  guint32 bits = clause->bits;

  if (clause->has_big_x && (S_ISDIR (mode) || (mode & 0111) != 0))
    bits |= 0111;
  bits &= clause->who;
  switch (clause->operation)
    {
    case '+':
      return mode | bits;
    case '-':
      return mode & ~bits;
    case '0':
      return (mode & ~07777u) | bits;
    default:
      /* As chmod: "=" takes only the rights away, and from a folder not its setgid. */
      return (mode
              & ~(clause->who & (S_ISDIR (mode) ? ~(guint32) (S_ISUID | S_ISGID) : ~0u) & 07777))
             | bits;
    }
}

guint32
thaw_mode_change_apply (const ThawModeChange *self, guint32 mode)
{
  for (guint i = 0; i < self->clauses->len; i++)
    mode = apply_clause (&g_array_index (self->clauses, Clause, i), mode);
  return mode & 07777;
}

void
thaw_mode_change_free (ThawModeChange *self)
{
  g_array_unref (self->clauses);
  g_free (self);
}
