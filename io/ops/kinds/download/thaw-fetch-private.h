/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Downloading as an operation: each address is fetched into a hidden file of the job's in the
 * target folder, and gets its name by a step of the journal when it is whole and on the device.
 * What is on the device so far, and which version it is the beginning of, is in the journal too: so
 * it goes on after a kill, a restart or a power cut. For the thread of the run; it blocks.
 *
 *   thaw-fetch-kind.c    the operation
 *   thaw-fetch-plan.c    the plan
 *   thaw-fetch.c         one address: attempts, and what is read
 *   thaw-fetch-end.c     whether all of it came
 *   thaw-fetch-head.c    what a server's answer means
 *   thaw-fetch-part.c    the hidden file and its note
 *   thaw-fetch-place.c   names and conflicts
 *   thaw-fetch-caller.c  several at a time, each waiting for the network
 *
 * Each address is worked on by a fiber of its own, on the one thread of the operation: what waits
 * for the network lets the others go on, what waits for the disk, or for an answer, doesn't. */
#pragma once

#include "../common/thaw-kind-private.h"
#include "thaw-fetch-caller.h"

#include "thaw-download-private.h"

G_BEGIN_DECLS

typedef struct {
  ThawRun *run;
  ThawCaller *caller;
  ThawPlace *target;
  guint number; /* of the address */
  const char *uri;

  int fd; /* of the hidden file; -1: there is none */
  char *hidden;
  gboolean is_noted; /* the journal has a note of it */
  guint64 offset;    /* what is written */
  guint64 durable;   /* what is noted as being on the device */
  gint64 noted_usec;
  gint64 total;      /* -1: not known */
  char *etag;        /* strong, of the version that is being written; nullable */
  char *name;        /* what the server calls it, made safe */
  ThawDigest digest; /* of the whole file, as the server says */
  guint n_pauses;    /* of the caller, when the connection was made */

  gboolean is_broken;   /* the connection: another try may help */
  gboolean is_told;     /* what is wrong is a problem already */
  gboolean is_left_out; /* by a rule: nothing is to be fetched */
  gboolean is_unproven; /* nothing could tell whether all of it came */
  gboolean is_decided;  /* about the name */
  gboolean is_replacing;
  ThawIdentity old;
} ThawFetch;

/* The whole of one address, in a fiber. What fails is a problem: FALSE only if the run is over. */
gboolean thaw_fetch_run (ThawFetch *self, GError **error);
void thaw_fetch_clear (ThawFetch *self);

/* thaw-fetch-part.c */
gboolean thaw_part_open (ThawFetch *self, GError **error);
gboolean thaw_part_begin (ThawFetch *self, GError **error); /* anew, with the version at hand */
gboolean thaw_part_write (ThawFetch *self, GBytes *chunk, GError **error);
/* All of it is there, has that checksum (nullable) and the server's, and is on the device. */
gboolean thaw_part_check (ThawFetch *self, const char *sha256, GError **error);
void thaw_part_close (ThawFetch *self, gboolean removes);

/* thaw-fetch-end.c. What was read without an error: whether that is all of it, as far as it can be
 * told. FALSE with an error, and is_broken if another try may help. */
gboolean thaw_fetch_check_end (ThawFetch *self, ThawResponse *response, GError **error);

/* thaw-fetch-head.c */
ThawRequest *thaw_fetch_make_request (ThawFetch *self, const char *method);
/* Whether what follows belongs behind what is written: FALSE with an error, and is_broken if
 * another try may help. */
gboolean thaw_fetch_accept (ThawFetch *self, ThawResponse *response, GError **error);
void thaw_fetch_note_version (ThawFetch *self, ThawResponse *response);

/* thaw-fetch-place.c. Decides under which name, as soon as that is known. */
gboolean thaw_fetch_decide (ThawFetch *self, GError **error);
gboolean thaw_fetch_place (ThawFetch *self, GError **error);

gboolean thaw_fetch_plan (ThawRun *run, GError **error);
/* NULL-terminated, valid as long as the request. Free the array only. */
const char **thaw_fetch_get_uris (ThawRun *run);
gboolean thaw_fetch_is_address (const char *uri, GError **error);
gboolean thaw_fetch_check (gpointer run, GError **error);

G_END_DECLS
