/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the files of thaw-top share: finding programs and asking them (thaw-top-peer.c), showing the
 * answer as a page (thaw-top-page.c) or as JSON (thaw-top-json.c). A program of its own without
 * loops to keep free: it just waits for answers. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Numbers of the processes that answer. */
GArray *thaw_top_find (void);
/* The tree of one, a{sv}. */
GVariant *thaw_top_ask (guint process, GError **error);

/* @n_rows: how many rows the screen has; 0: no limit. */
char *thaw_top_make_page (GVariant *tree, guint n_rows);
char *thaw_top_make_stalls (GVariant *tree);
char *thaw_top_make_json (GVariant *tree);

G_END_DECLS
