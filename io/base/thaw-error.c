/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The error domain of io. Any thread. Messages are English, for logs: app translates what it shows. */

#include "thaw-error.h"

G_DEFINE_QUARK (thaw-error-quark, thaw_error)
