/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Keeps the machine from going to sleep in the middle of an operation. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct _ThawInhibit ThawInhibit;

/* Loop's thread, all of it; nothing waits. */
ThawInhibit *thaw_inhibit_new (void);
void thaw_inhibit_set (ThawInhibit *self, gboolean active);
gboolean thaw_inhibit_is_held (ThawInhibit *self);
void thaw_inhibit_free (ThawInhibit *self);

G_END_DECLS
