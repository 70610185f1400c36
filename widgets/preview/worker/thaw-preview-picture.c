/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The memory a picture is drawn into: a descriptor without a name, which is sealed and handed over,
 * so that the pixels that were drawn are the pixels that are shown, without a copy. */

#include "thaw-preview-worker.h"

#include <fcntl.h>
#include <math.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

void
thaw_picture_init (ThawPicture *self, uint32_t serial)
{
  memset (self, 0, sizeof *self);
  self->memory = -1;
  self->reply.magic = THAW_PREVIEW_MAGIC;
  self->reply.serial = serial;
}

void
thaw_picture_clear (ThawPicture *self)
{
  if (self->pixels != NULL)
    munmap (self->pixels, self->n_bytes);
  if (self->memory >= 0)
    close (self->memory);
  self->pixels = NULL;
  self->memory = -1;
}

void
thaw_picture_fail (ThawPicture *self, ThawPreviewStatus status, const char *text)
{
  thaw_picture_clear (self);
  self->reply.status = status;
  self->reply.width = self->reply.height = self->reply.stride = 0;
  g_strlcpy (self->reply.text, text != NULL ? text : "", sizeof self->reply.text);
}

bool
thaw_picture_allocate (ThawPicture *self, uint32_t width, uint32_t height)
{
  self->reply.width = width;
  self->reply.height = height;
  self->reply.stride = width * 4;
  self->n_bytes = (size_t) self->reply.stride * height;
  self->memory = memfd_create ("preview", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  if (self->memory < 0 || ftruncate (self->memory, (off_t) self->n_bytes) != 0)
    {
      thaw_picture_fail (self, THAW_PREVIEW_TOO_LARGE, "no memory for the picture");
      return false;
    }
  self->pixels = mmap (NULL, self->n_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, self->memory, 0);
  if (self->pixels != MAP_FAILED)
    return true;
  self->pixels = NULL;
  thaw_picture_fail (self, THAW_PREVIEW_TOO_LARGE, "no memory for the picture");
  return false;
}

void
thaw_picture_seal (ThawPicture *self)
{
  if (self->pixels == NULL)
    return;
  munmap (self->pixels, self->n_bytes);
  self->pixels = NULL;
  if (fcntl (self->memory, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL)
      != 0)
    thaw_picture_fail (self, THAW_PREVIEW_FAILED, "the picture can't be sealed");
}

void
thaw_picture_fit (double natural_width,
                  double natural_height,
                  const ThawPreviewRequest *request,
                  bool may_grow,
                  uint32_t *width,
                  uint32_t *height)
{
  double scale = fmin (request->width / natural_width, request->height / natural_height);

  if (!may_grow)
    scale = fmin (scale, 1);
  *width = (uint32_t) fmin (fmax (round (natural_width * scale), 1), request->width);
  *height = (uint32_t) fmin (fmax (round (natural_height * scale), 1), request->height);
}
