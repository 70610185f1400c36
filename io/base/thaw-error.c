/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The error domain of io. Any thread. Messages are English, for logs: app translates what it shows. */

#include "thaw-error.h"

/* Not G_DEFINE_QUARK(): workers and the loop ask at once, and its static isn't atomic. */
GQuark
thaw_error_quark (void)
{
  static GQuark quark;
  GQuark found = __atomic_load_n (&quark, __ATOMIC_RELAXED);

  if (G_UNLIKELY (found == 0))
    {
      found = g_quark_from_static_string ("thaw-error-quark");
      __atomic_store_n (&quark, found, __ATOMIC_RELAXED);
    }
  return found;
}
