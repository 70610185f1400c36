/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A window that shows what is new in some RSS and Atom feeds. Freed with its window. */
#pragma once

#include <adwaita.h>
#include "thaw.h"

#define FEED_READER_IN_FLIGHT 3

typedef struct {
  GtkWindow *window;
  GtkStringList *feeds, *articles; /* what is shown */
  GtkWidget *refresh;              /* insensitive while it refreshes */
  ThawScope *scope;
  ThawHttp *http;
  ThawDatabase *database; /* NULL until it is open */
  GStrv uris, links;      /* of the feeds; of the articles shown */
} FeedReader;

/* A server that is silent for longer than @patience_usec has failed. */
FeedReader *feed_reader_new (GtkApplication *application, GFile *database, const char *const *uris, gint64 patience_usec);
