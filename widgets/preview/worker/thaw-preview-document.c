/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A page of a PDF, by poppler, on white paper. Built without poppler there is none. */

#include "thaw-preview-worker.h"

#ifdef HAVE_POPPLER

#include <cairo.h>
#include <poppler.h>
#include <unistd.h>

static ThawPreviewStatus
judge (const GError *error)
{
  return g_error_matches (error, POPPLER_ERROR, POPPLER_ERROR_ENCRYPTED) ? THAW_PREVIEW_ENCRYPTED
                                                                         : THAW_PREVIEW_DAMAGED;
}

static void
draw_page (PopplerPage *page, const ThawPreviewRequest *request, ThawPicture *picture)
{
  double width, height;
  uint32_t fitting_width, fitting_height;
  cairo_surface_t *surface;
  cairo_t *cairo;

  poppler_page_get_size (page, &width, &height);
  /* A page without an extent is none; NaN isn't greater either. */
  if (!(width > 0 && height > 0 && width < 1e6 && height < 1e6))
    {
      thaw_picture_fail (picture, THAW_PREVIEW_DAMAGED, "the page has no size");
      return;
    }
  picture->reply.natural_width = (uint32_t) MAX (width, 1);
  picture->reply.natural_height = (uint32_t) MAX (height, 1);
  thaw_picture_fit (width, height, request, true, &fitting_width, &fitting_height);
  if (!thaw_picture_allocate (picture, fitting_width, fitting_height))
    return;
  surface = cairo_image_surface_create_for_data (picture->pixels,
                                                 CAIRO_FORMAT_ARGB32,
                                                 (int) fitting_width,
                                                 (int) fitting_height,
                                                 (int) picture->reply.stride);
  cairo = cairo_create (surface);
  cairo_set_source_rgb (cairo, 1, 1, 1);
  cairo_paint (cairo);
  cairo_scale (cairo, fitting_width / width, fitting_height / height);
  poppler_page_render (page, cairo);
  cairo_destroy (cairo);
  cairo_surface_finish (surface);
  cairo_surface_destroy (surface);
}

static void
draw (PopplerDocument *document, const ThawPreviewRequest *request, ThawPicture *picture)
{
  int n_pages = poppler_document_get_n_pages (document);
  PopplerPage *page = NULL;

  if (n_pages > 0)
    page = poppler_document_get_page (document, (int) MIN (request->page, (uint32_t) n_pages - 1));
  if (page == NULL)
    {
      thaw_picture_fail (picture, THAW_PREVIEW_DAMAGED, "it has no pages");
      return;
    }
  picture->reply.n_pages = (uint32_t) n_pages;
  draw_page (page, request, picture);
  g_object_unref (page);
}

void
thaw_preview_draw_document (int fd, const ThawPreviewRequest *request, ThawPicture *picture)
{
  g_autoptr (GError) error = NULL;
  PopplerDocument *document = poppler_document_new_from_fd (dup (fd), NULL, &error);

  if (document == NULL)
    {
      thaw_picture_fail (picture, judge (error), error->message);
      return;
    }
  draw (document, request, picture);
  g_object_unref (document);
}

#else

void
thaw_preview_draw_document (int fd, const ThawPreviewRequest *request, ThawPicture *picture)
{
  thaw_picture_fail (picture, THAW_PREVIEW_UNSUPPORTED, "built without poppler");
}

#endif
