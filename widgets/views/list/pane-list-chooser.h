/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The menu that hides and shows columns. Private to the list view. */
#pragma once

#include "list/pane-list-columns.h"

G_BEGIN_DECLS

/* By the right button, a long press or the menu key on @header, or what is in it. */
void pane_list_chooser_add (PaneListColumns *columns, GtkWidget *header);

G_END_DECLS
