/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The hidden names of one operation: ".thaw-TOKEN-NUMBER". The token is random, so that nobody can
 * put something of that name in the way or have something of theirs swept. Any thread. */

#include "thaw-disk-private.h"

#include <string.h>
#include <sys/random.h>

#define PREFIX ".thaw-"

/**
 * thaw_token_make: (skip)
 * @token: (out caller-allocates): 16 characters and a NUL
 *
 * A new token, of 80 random bits in small letters and digits: fit for any file system's names.
 */
void
thaw_token_make (char token[THAW_TOKEN_LENGTH + 1])
{
  static const char digits[] = "0123456789abcdefghjkmnpqrstvwxyz";
  guint8 random[THAW_TOKEN_LENGTH];

  /* The kernel gives so few bytes at once, or nothing before it has any. */
  if (getrandom (random, sizeof random, 0) != sizeof random)
    for (guint i = 0; i < sizeof random; i++)
      random[i] = g_random_int ();
  for (guint i = 0; i < THAW_TOKEN_LENGTH; i++)
    token[i] = digits[random[i] % 32];
  token[THAW_TOKEN_LENGTH] = '\0';
}

/**
 * thaw_token_dup_name: (skip)
 * @token: of the operation
 * @number: of the name within it
 *
 * Returns: (transfer full): the hidden name
 */
char *
thaw_token_dup_name (const char *token, guint number)
{
  return g_strdup_printf (PREFIX "%s-%u", token, number);
}

/**
 * thaw_token_owns_name: (skip)
 * @token: of an operation
 * @name: of a file
 *
 * Whether that operation made what is called so. True too of what thaw_disk_copy() keeps beside a
 * copy that it is making.
 *
 * Returns: %TRUE if it did
 */
gboolean
thaw_token_owns_name (const char *token, const char *name)
{
  gsize length = strlen (token);

  if (length != THAW_TOKEN_LENGTH || !g_str_has_prefix (name, PREFIX))
    return FALSE;
  name += strlen (PREFIX);
  return strncmp (name, token, length) == 0 && name[length] == '-' && name[length + 1] != '\0';
}
