/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the parts of a place know of each other: for this folder only. */
#pragma once

#include "thaw-disk-private.h"

G_BEGIN_DECLS

/* The folder at @path, links followed, however long the path is. -1 with errno. */
int thaw_place_open_path (const char *path);
/* Where the descriptor's folder is, links resolved if that can be said in PATH_MAX bytes. */
char *thaw_place_dup_path (int fd, const char *path);
/* Whether syncfs() of that file system reaches the device and tells what failed there. */
gboolean thaw_place_kind_syncs_as_a_whole (int fd);
/* Not for FUSE, which answers each question with a round trip, or a network. */
gboolean thaw_place_kind_is_local (int fd);
/* Btrfs and the like: space that was set aside for a file isn't kept for it. */
gboolean thaw_place_kind_reserves (int fd);
/* Whether what is written past the page cache is as good as any and sooner on the device. */
gboolean thaw_place_kind_is_direct (int fd);

G_END_DECLS
