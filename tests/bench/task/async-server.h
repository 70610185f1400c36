/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The server that the contenders of bench-async ask: a process of its own. */
#pragma once

#include <glib.h>
#include <sys/types.h>

/* Forks; ends with the caller. @uri (out): of what it answers, with @body_bytes. */
pid_t async_server_start (guint body_bytes, char **uri);
/* What it has used so far. */
gint64 async_server_get_cpu_usec (pid_t server);
