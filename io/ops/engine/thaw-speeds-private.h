/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is remembered of devices: how fast transfers between them went, by kind of operation. Any thread. */
#pragma once

#include "thaw-estimate-private.h"

#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct _ThawSpeeds ThawSpeeds;

/* @folder: the state folder, NULL for the default one. Nothing is read before thaw_speeds_load(). */
ThawSpeeds *thaw_speeds_new (const char *folder);
ThawSpeeds *thaw_speeds_ref (ThawSpeeds *self);
void thaw_speeds_unref (ThawSpeeds *self);
void thaw_speeds_load (ThawSpeeds *self); /* blocks */
gboolean thaw_speeds_save (ThawSpeeds *self, GError **error); /* blocks */
void thaw_speeds_get (ThawSpeeds *self, const char *devices, const char *kind, ThawSpeed *speed);
void thaw_speeds_set (ThawSpeeds *self, const char *devices, const char *kind, const ThawSpeed *speed);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThawSpeeds, thaw_speeds_unref)

G_END_DECLS
