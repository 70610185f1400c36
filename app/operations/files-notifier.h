/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Notifications of the desktop, sent without waiting for a bus. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define FILES_TYPE_NOTIFIER (files_notifier_get_type ())
G_DECLARE_FINAL_TYPE (FilesNotifier, files_notifier, FILES, NOTIFIER, GObject)

/* Loop's thread, all of it; nothing is called on a bus in it but asynchronously. @id: the
 * program's. */
FilesNotifier *files_notifier_new (const char *id);
/* @key: a later one with the same key takes its place. */
void
files_notifier_send (FilesNotifier *self, const char *key, const char *title, const char *body);
void files_notifier_withdraw (FilesNotifier *self, const char *key);

/* ::activated (const char *key, const char *token): the user clicked on one. @token: what lets a window come to the
 * front, nullable. */

G_END_DECLS
