/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Signals by which widgets and objects here talk to who made them: none has a handler of its own,
 * and none wants an answer. Any thread that makes a class. */

#include "files-signal.h"

/**
 * files_signal_new:
 * @type: whose it is
 * @name: what it is called
 * @n_arguments: how many there are
 * @...: their #GType
 *
 * Returns: the signal's number
 */
guint
files_signal_new (GType type, const char *name, guint n_arguments, ...)
{
  va_list arguments;
  guint id;

  va_start (arguments, n_arguments);
  id = g_signal_new_valist (name,
                            type,
                            G_SIGNAL_RUN_LAST,
                            NULL,
                            NULL,
                            NULL,
                            NULL,
                            G_TYPE_NONE,
                            n_arguments,
                            arguments);
  va_end (arguments);
  return id;
}
