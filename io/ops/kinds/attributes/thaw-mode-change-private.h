/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What chmod's own language says about modes: "u+rwX,go=rX". */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct _ThawModeChange ThawModeChange;

/* INVALID_ARGUMENT for what chmod wouldn't take either. Octal digits are taken too, and set all
 * bits. */
ThawModeChange *thaw_mode_change_new (const char *text, GError **error);
ThawModeChange *thaw_mode_change_new_exact (guint32 mode);
/* @mode with its type, which X asks for: the permissions it becomes. */
guint32 thaw_mode_change_apply (const ThawModeChange *self, guint32 mode);
void thaw_mode_change_free (ThawModeChange *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThawModeChange, thaw_mode_change_free)

G_END_DECLS
