/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a lane's thread and the sandboxed program thaw-preview-worker say to each other over a socket of packets: a request
 * with the descriptor of a file, and for each one reply, with the descriptor of sealed memory if there is a picture. The two are
 * built together and run on one machine, so both are plain structs. The program reads what strangers made and must be taken for
 * theirs: whoever listens to it checks every field. */
#pragma once

#include <stdint.h>

#define THAW_PREVIEW_SOCKET_FD 0
#define THAW_PREVIEW_MAGIC 0x76707754u
#define THAW_PREVIEW_MAX_SIDE 16384u /* pixels */
#define THAW_PREVIEW_MAX_TEXT 192u
#define THAW_PREVIEW_REQUEST_SECONDS 20u /* of a request; the program ends itself then */

typedef enum {
  THAW_PREVIEW_BY_CONTENT, /* whichever its first bytes say */
  THAW_PREVIEW_IMAGE,
  THAW_PREVIEW_DOCUMENT,
  THAW_PREVIEW_FONT,
  THAW_PREVIEW_TEXT, /* the first lines, as a page */
} ThawPreviewKind;

typedef enum {
  THAW_PREVIEW_DARK = 1 << 0,    /* for what has no background of its own: light on nothing */
  THAW_PREVIEW_PREPARE = 1 << 1, /* no file: says only that it is ready */
  THAW_PREVIEW_PAPER = 1 << 2,   /* dark on white, for who doesn't know where it will be shown */
} ThawPreviewFlags;

typedef enum {
  THAW_PREVIEW_OK,
  THAW_PREVIEW_DAMAGED,     /* not, or not wholly, what it should be */
  THAW_PREVIEW_UNSUPPORTED, /* nothing here reads this */
  THAW_PREVIEW_TOO_LARGE,   /* more pixels, or memory, than a preview is worth */
  THAW_PREVIEW_ENCRYPTED,
  THAW_PREVIEW_FAILED, /* the system: reading it */
} ThawPreviewStatus;

/* What is drawn fits into width x height and keeps its proportions. Neither is 0. */
typedef struct {
  uint32_t magic, serial;
  uint32_t kind, flags;
  uint32_t width, height; /* device pixels */
  uint32_t page;          /* from 0 */
} ThawPreviewRequest;

/* Pixels are as cairo's ARGB32 has them: premultiplied, a native 32-bit word. */
typedef struct {
  uint32_t magic, serial;
  uint32_t status, n_pages;
  uint32_t width, height, stride;         /* of the picture, 0: there is none */
  uint32_t natural_width, natural_height; /* of the thing itself: pixels, points for documents, 0 for fonts */
  uint32_t is_partial;                    /* the file breaks off: what was there is drawn */
  char text[THAW_PREVIEW_MAX_TEXT];       /* a font's name; or what went wrong, in English. Ends with NUL */
} ThawPreviewReply;
