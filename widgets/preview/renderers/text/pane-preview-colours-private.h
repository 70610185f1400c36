/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Colours for text, by GtkSourceView, if it is installed. */
#pragma once

#include <gtk/gtk.h>
#include "thaw.h"

G_BEGIN_DECLS

/* Resolves when pane_preview_colours_make_view() can be called for a file of this name and type. */
ThawFuture *pane_preview_colours_prepare (ThawScope *scope, const char *name, const char *content_type) G_GNUC_WARN_UNUSED_RESULT;
/* A text view, floating: with line numbers and colours if it is code, plain if nothing is known of it or GtkSourceView isn't there. */
GtkWidget *pane_preview_colours_make_view (const char *language_id);

G_END_DECLS
