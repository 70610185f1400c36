/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a renderer shows of a file: a widget that says a few words beside the file's name. */
#pragma once

#include "pane-preview-item.h"

G_BEGIN_DECLS

/* A renderer's widget needn't be one, but then says nothing unless it has the property itself.
 * Property: preview-status, never NULL. */
#define PANE_TYPE_PREVIEW_PAGE (pane_preview_page_get_type ())
PANE_API G_DECLARE_DERIVABLE_TYPE (PanePreviewPage,
                                   pane_preview_page,
                                   PANE,
                                   PREVIEW_PAGE,
                                   GtkWidget)

struct _PanePreviewPageClass {
  GtkWidgetClass parent_class;

  gpointer padding[4];
};

/* Loop's thread. */
PANE_API const char *pane_preview_page_get_status (PanePreviewPage *self);
PANE_API void pane_preview_page_set_status (PanePreviewPage *self, const char *status);

G_END_DECLS
