/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which renderer a file is for, by its first bytes where the request doesn't say. */

#include "thaw-preview-worker.h"

#include <string.h>
#include <unistd.h>

static const struct {
  const char *bytes;
  size_t n;
  ThawPreviewKind kind;
} beginnings[] = {
  { "%PDF-", 5, THAW_PREVIEW_DOCUMENT }, { "\0\1\0\0", 4, THAW_PREVIEW_FONT },
  { "OTTO", 4, THAW_PREVIEW_FONT },      { "ttcf", 4, THAW_PREVIEW_FONT },
  { "true", 4, THAW_PREVIEW_FONT },      { "wOFF", 4, THAW_PREVIEW_FONT },
  { "wOF2", 4, THAW_PREVIEW_FONT },      { "%!PS-AdobeFont", 14, THAW_PREVIEW_FONT },
};

static ThawPreviewKind
find_kind (int fd)
{
  char start[16] = "";

  if (pread (fd, start, sizeof start, 0) > 0)
    for (size_t i = 0; i < G_N_ELEMENTS (beginnings); i++)
      if (memcmp (start, beginnings[i].bytes, beginnings[i].n) == 0)
        return beginnings[i].kind;
  return THAW_PREVIEW_IMAGE;
}

void
thaw_preview_draw (int fd, const ThawPreviewRequest *request, ThawPicture *picture)
{
  ThawPreviewKind kind = request->kind != THAW_PREVIEW_BY_CONTENT ? request->kind : find_kind (fd);

  if (kind == THAW_PREVIEW_DOCUMENT)
    thaw_preview_draw_document (fd, request, picture);
  else if (kind == THAW_PREVIEW_FONT)
    thaw_preview_draw_font (fd, request, picture);
  else if (kind == THAW_PREVIEW_TEXT)
    thaw_preview_draw_text (fd, request, picture);
  else
    thaw_preview_draw_image (fd, request, picture);
}
