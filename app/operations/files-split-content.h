/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a dialog with a form and a list shows: one above the other, or beside each other. */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

GtkWidget *files_split_content_new (AdwDialog *dialog,
                                    GtkWidget *form,
                                    GtkWidget *list,
                                    int form_width,
                                    const char *wide);

G_END_DECLS
