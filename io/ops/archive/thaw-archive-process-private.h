/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* For thaw-archive-start.c and thaw-archive-talk.c alone. */
#pragma once

#include "thaw-archive-private.h"

#include <glib/gstdio.h>

struct _ThawArchive {
  GPid pid;
  int socket;
  ThawArchiveCheck check;
  gpointer user_data;
  GByteArray *buffer; /* of the last record that was read */
};
