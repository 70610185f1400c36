/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the parts of a copy know of each other: for this folder only. */
#pragma once

#include "thaw-walk-private.h"

G_BEGIN_DECLS

/* A file beyond this goes on after an interruption where it was. */
#define THAW_COPY_LARGE_BYTES (G_GINT64_CONSTANT (64) << 20)
/* It is made durable piece by piece, and its size says how far: a byte of a piece is written only
 * when all before the piece are on the device. So no more than two pieces are written again. */
#define THAW_COPY_PIECE_BYTES (THAW_COPY_LARGE_BYTES / 2)

/* Of the names that thaw_token_dup_name() makes. */
#define THAW_COPY_HIDDEN_PREFIX ".thaw-"

#define THAW_COPY_BUFFER_BYTES (1 << 20)

/* What is written past the page cache begins and ends at a multiple of this. */
#define THAW_DIRECT_ALIGNMENT 4096
#define THAW_DIRECT_BLOCK_BYTES (4 << 20)

typedef struct _ThawCopyLinks ThawCopyLinks;
typedef struct _ThawDirect ThawDirect;

/* One copy under way: on the stack of thaw_disk_copy(). */
typedef struct {
  ThawWalk walk;
  ThawCopyFlags flags;
  ThawPlace *to;
  const char *as;
  ThawDescent from, into; /* step by step the same */
  ThawCopyLinks *links;   /* nullable: none met yet */
  guint8 *buffer;         /* THAW_COPY_BUFFER_BYTES, aligned for the device */
  GArray *finished;       /* guint64: inodes that wait for being durable */
  gint64 finished_bytes;
  dev_t item_dev; /* of the copy, if it is a tree */
  ino_t item_ino;
  gboolean is_tree;
  gboolean is_ours;            /* what stands under the hidden name: to be removed if it fails */
  gboolean is_resumed;         /* the copy's beginnings are there from before */
  gboolean syncs_as_a_whole;   /* else each file by itself */
  gboolean is_local, reserves, is_direct; /* what the target's file system is worth trying */
  gboolean cannot_reflink, cannot_range, cannot_link; /* learned under way */
  gboolean was_asked, leaves_out; /* the caller was told of a full disk, and said so */
} ThawCopy;

/* What is copied next: on the stack. */
typedef struct {
  int in_fd, out_fd; /* the folders, borrowed */
  const char *name, *as;
  int handle;     /* of what is called @name there, whatever is called so later; borrowed */
  struct stat st; /* of it */
} ThawCopyEntry;

/* The bytes, holes kept, from @start on. Asks the caller itself when the disk is full. */
gboolean thaw_copy_bytes (ThawCopy *self,
                          int in,
                          int out,
                          const struct stat *st,
                          gint64 start,
                          GError **error);
/* As many bytes as there are, up to @size, until @wanted are there or the file ends. -1 with errno. */
gssize thaw_copy_read (int fd, guint8 *bytes, gsize wanted, gsize size, gint64 offset);

/* A way to the device past the page cache. NULL: there is none to this file. @out is borrowed. */
ThawDirect *thaw_direct_new (int out);
/* What is being written goes on until the device answers; nobody waits for it. */
void thaw_direct_free (ThawDirect *self);
/* Reads from @in, and lets it be written at the same @offset, which is a multiple of
 * THAW_DIRECT_ALIGNMENT: returns how much, a multiple of it. 0: there isn't that much any more. -1
 * with errno: it can't be read, or EAGAIN if nothing can be sent before more is written. */
gssize thaw_direct_send (ThawDirect *self, int in, gint64 offset, gsize size);
/* Waits for a moment until more than @before is written of what was sent: all up to @sent. Returns
 * how far all is written, with *code the errno of what comes next there, when it has failed: then
 * nothing is on its way any more, and what was sent from there on has to be sent again. */
gint64 thaw_direct_wait (ThawDirect *self, gint64 before, gint64 sent, int *code);

/* Whether the bytes are on the device as they are in the source. */
gboolean thaw_copy_verify (ThawCopy *self, int in, int out, const struct stat *st, GError **error);
/* A regular file. */
gboolean thaw_copy_file (ThawCopy *self, const ThawCopyEntry *entry, GError **error);
/* A link, a FIFO, a socket or a device. */
gboolean thaw_copy_other (ThawCopy *self, const ThawCopyEntry *entry, GError **error);

/* Owner, xattrs, ACLs, mode: what can't be kept is told as a loss. @in: -1 if it can't be asked any
 * more. @made: the copy as it was made. */
void thaw_copy_attributes (ThawCopy *self,
                           int in,
                           int out,
                           const struct stat *st,
                           const struct stat *made);
/* Times, which are last of all. */
void thaw_copy_times (ThawCopy *self, int out, const struct stat *st);
/* The same for what can't be opened, by its handle. */
void thaw_copy_handle_attributes (ThawCopy *self,
                                  int out_handle,
                                  const struct stat *st,
                                  const struct stat *made);
/* A folder may have rules for what is made in it: not for what is copied. */
void thaw_copy_drop_inherited (int fd, gboolean is_folder);

/* Hard links of one object stay so. Sets *linked if it now is a link to what was copied before. */
gboolean
thaw_copy_link (ThawCopy *self, const ThawCopyEntry *entry, gboolean *linked, GError **error);
/* Remembers the copy of an object with several links. */
void thaw_copy_remember_link (ThawCopy *self, const ThawCopyEntry *entry);
/* Whether what stands there from before an interruption is a link to the same copy as the others.
 */
gboolean thaw_copy_agrees_with_link (ThawCopy *self, const ThawCopyEntry *entry);
gboolean thaw_copy_is_links_folder (ThawCopy *self, const struct stat *st);
void thaw_copy_forget_links (ThawCopy *self);

/* What was finished reaches the device, and is told, before a file that is too much beside it. */
gboolean thaw_copy_make_room (ThawCopy *self, gint64 bytes, GError **error);
/* An object is whole. FALSE with @error if those before couldn't be made durable. */
gboolean thaw_copy_finished (ThawCopy *self, guint64 ino, gint64 bytes, GError **error);
/* All that are whole are on the device when it returns TRUE. */
gboolean thaw_copy_make_durable (ThawCopy *self, GError **error);
gboolean thaw_copy_is_durable (ThawCopy *self, guint64 ino);
/* What stands there from before an interruption: *keeps if it is whole; else makes way for a new
 * one, except for what thaw_copy_file() can go on with. */
gboolean
thaw_copy_take_over (ThawCopy *self, const ThawCopyEntry *entry, gboolean *keeps, GError **error);
/* What was removed from the source since the interruption goes from the copy. */
gboolean thaw_copy_sweep (ThawCopy *self, GError **error);

G_END_DECLS
