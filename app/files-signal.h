/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A signal of a class, in one line. */
#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

/* Without a handler of its own and without an answer. @...: @n_arguments GTypes. */
guint files_signal_new (GType type, const char *name, guint n_arguments, ...);

G_END_DECLS
