/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Context menus: every way to ask for one, and popping one up. */
#pragma once

#include <gtk/gtk.h>
#include "pane-folder-model.h"

G_BEGIN_DECLS

/* @x, @y: where, in the coordinates of @widget. */
typedef void (*PaneMenuFunc) (GtkWidget *widget, double x, double y, gpointer user_data);

/* Calls @func when a menu is asked for at @widget. @user_data has to outlive the widget. */
PANE_API void pane_menu_watch (GtkWidget *widget, PaneMenuFunc func, gpointer user_data);
/* Pops @model up at a point of @parent; gone by itself. */
PANE_API void pane_menu_popup (GtkWidget *parent, GMenuModel *model, double x, double y);

G_END_DECLS
