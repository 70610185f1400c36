/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Downloads: from an address to a file that has its name only when it is whole and on the device.
 */
#pragma once

#include "thaw-http.h"

G_BEGIN_DECLS

#define THAW_DOWNLOAD_TRIES 5    /* that bring nothing, one after the other */
#define THAW_DOWNLOAD_AT_ONCE 16 /* of one ThawHttp that have a file open */

/* All of them may be 0; a NULL pointer is that. */
typedef struct {
  const char *name;   /* of the file, made safe; NULL: what the server calls it */
  gboolean replace;   /* a file that has the name already; otherwise the new one is "name (2)" */
  guint64 max_bytes;  /* decoded; 0: no limit */
  const char *sha256; /* in hexadecimal: anything else is thrown away */
  ThawMailbox
      *progress; /* gets ThawHttpProgress, of bytes that are written; keyed, freed with g_free() */
  gboolean resume; /* keep what came if it ends too early; continue what was kept: see the docs */
} ThawDownloadOptions;

/* Resolves to the GFile (a reference) that was placed in @folder. */
THAW_API ThawFuture *thaw_download (ThawHttp *http,
                                    ThawScope *scope,
                                    const char *uri,
                                    GFile *folder,
                                    const ThawDownloadOptions *options) G_GNUC_WARN_UNUSED_RESULT;
/* The same with the headers, priority and timeouts of a GET request, which isn't sent itself. */
THAW_API ThawFuture *
thaw_download_request (ThawHttp *http,
                       ThawScope *scope,
                       ThawRequest *request,
                       GFile *folder,
                       const ThawDownloadOptions *options) G_GNUC_WARN_UNUSED_RESULT;

/* One component that is safe as a name: see the docs. Never empty. */
THAW_API char *
thaw_download_make_name (const char *disposition, const char *uri) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
