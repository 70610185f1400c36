/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Errors of the disk layer, and opening by descriptor: for this folder only. */
#pragma once

#include "thaw-disk-private.h"

#include <gio/gio.h>
#include <glib/gstdio.h>

G_BEGIN_DECLS

/* Sets errno's own kind of G_IO_ERROR: "Could not VERB “NAME”: reason". Returns FALSE. */
gboolean thaw_disk_fail (GError **error, int errsv, const char *verb, const char *name);
/* A reason of ours instead of errno's. Returns FALSE. */
gboolean thaw_disk_fail_with (GError **error,
                              GIOErrorEnum code,
                              const char *verb,
                              const char *name,
                              const char *reason);

/* Whatever is called @name, itself: nothing is followed, nothing is really opened (O_PATH).
 * @stay: EXDEV if something else is mounted there. -1 with errno. */
int thaw_disk_open_handle (int folder_fd, const char *name, gboolean stay);
/* The very object of such a handle, opened with @flags; @folder_fd and @name are only for systems
 * without /proc. -1 with errno: ESTALE if it is another object by now. */
int thaw_disk_reopen (int handle, int folder_fd, const char *name, int flags);
/* A folder, itself: never a link. @stay as above. */
int thaw_disk_open_folder (int folder_fd, const char *name, gboolean stay);
/* Whether @kept is @time, as a file system keeps it that keeps times only roughly: FAT has two
 * seconds. */
gboolean thaw_disk_is_same_time (const struct timespec *kept, const struct timespec *time);
gboolean thaw_disk_is_later (const struct timespec *a, const struct timespec *b);
/* chmod() of what the handle stands for, by way of /proc. */
int thaw_disk_chmod (int handle, mode_t mode);

G_END_DECLS
