/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Local file systems by descriptor and system call: the bottom of every operation on local files.
 *
 * Everything here blocks and runs on an operation's own thread, never on the loop. Nothing is
 * opened by a path of more than one component below the place where an operation starts, no link is
 * ever followed, and nothing that exists is removed or replaced to make room. Names are bytes.
 * Errors are %G_IO_ERROR with the name of the file in the message, and errno's own kind. It knows
 * nothing of journals, plans or undo. */
#pragma once

#include "thaw-types.h"

#include <sys/stat.h>

G_BEGIN_DECLS

/* What tells one object from another that came to stand under its name. */
typedef struct {
  guint64 dev, ino;
  gint64 size;
  gint64 mtime_nsec; /* since 1970 */
  gint64 ctime_nsec;
  guint32 mode; /* type and permissions */
} ThawIdentity;

void thaw_identity_from_stat (ThawIdentity *self, const struct stat *st);
/* Same object: device, inode and type. */
gboolean thaw_identity_is_same (const ThawIdentity *a, const ThawIdentity *b);
/* Same object, and its bytes weren't changed since: size and mtime of what isn't a folder. */
gboolean thaw_identity_is_unchanged (const ThawIdentity *a, const ThawIdentity *b);

/* A folder held open: by descriptor for the work, by path for the user and for finding it again. */
typedef struct _ThawPlace ThawPlace;
typedef struct _ThawWalkFuncs ThawWalkFuncs;

/* The only function that follows links: of the path that the user gave. Paths beyond PATH_MAX are
 * fine. */
ThawPlace *thaw_place_open (const char *path, GError **error);
/* As above, and refuses with G_IO_ERROR_FAILED when another folder stands there than that one. */
ThawPlace *thaw_place_open_known (const char *path, guint64 dev, guint64 ino, GError **error);
/* A folder right in @self; never a link. */
ThawPlace *thaw_place_open_child (ThawPlace *self, const char *name, GError **error);
ThawPlace *thaw_place_ref (ThawPlace *self);
void thaw_place_unref (ThawPlace *self);
int thaw_place_get_fd (ThawPlace *self);
const char *thaw_place_get_path (ThawPlace *self); /* with links resolved */
guint64 thaw_place_get_dev (ThawPlace *self);
guint64 thaw_place_get_ino (ThawPlace *self);
char *thaw_place_dup_child_path (ThawPlace *self, const char *name);
/* Whether syncfs() reaches the device and reports errors: by the kind of file system. */
gboolean thaw_place_syncs_as_a_whole (ThawPlace *self);
/* FALSE with NOT_FOUND, or what went wrong. Never follows. */
gboolean
thaw_place_look (ThawPlace *self, const char *name, ThawIdentity *identity, GError **error);
gboolean thaw_place_sync (ThawPlace *self, GError **error); /* the folder itself */
/* Everything written on the place's file system: syncfs(), where it syncs as a whole. Elsewhere
 * nothing, since there thaw_disk_copy() syncs each file itself. */
gboolean thaw_place_sync_data (ThawPlace *self, GError **error);
/* The same, ended by funcs->is_cancelled() and check(). */
gboolean
thaw_place_sync_data_for (ThawPlace *self, const ThawWalkFuncs *funcs, GError **error);

/* The hidden names of one operation: ".thaw-TOKEN-NUMBER", which nobody can guess and the journal
 * knows. */
#define THAW_TOKEN_LENGTH 16
void thaw_token_make (char token[THAW_TOKEN_LENGTH + 1]);
char *thaw_token_dup_name (const char *token, guint number);
gboolean thaw_token_owns_name (const char *token, const char *name);

/* Renames, never over anything: EXISTS if there is something. EINVAL, ENOSYS and EPERM of
 * renameat2() fall back to link + unlink, and where there are no links to looking and renaming. No
 * syncing. */
gboolean thaw_place_rename_new (ThawPlace *from,
                                const char *name,
                                ThawPlace *to,
                                const char *new_name,
                                GError **error);
/* Both names must exist and change their objects. NOT_SUPPORTED where the file system cannot. */
gboolean thaw_place_exchange (ThawPlace *from,
                              const char *name,
                              ThawPlace *to,
                              const char *other,
                              GError **error);
/* rename(), over whatever file is there: only for putting a whole new file in the place of an old
 * one that was kept, or that nobody wants kept. */
gboolean thaw_place_rename_over (ThawPlace *from,
                                 const char *name,
                                 ThawPlace *to,
                                 const char *new_name,
                                 GError **error);

/* What a walk tells and asks. Any may be NULL; on the operation's thread. */
struct _ThawWalkFuncs {
  /* Before every system call that may take long, and each 16 MiB: FALSE with an error ends the walk
   * (cancelled). May block while the operation is paused. */
  gboolean (*check) (gpointer user_data, GError **error);
  /* Whether check() would end the walk; asked now and then from the middle of a wait for the device,
   * which can't be ended without it. */
  gboolean (*is_cancelled) (gpointer user_data);
  /* So much more is done: bytes as the user counts them (holes and reflinked ones included), and
   * whole entries. */
  void (*done) (gint64 bytes, gint64 entries, gpointer user_data);
  /* The file that is worked on; relative to the item, "" for it. */
  void (*current) (const char *path, gpointer user_data);
  /* One entry failed and is left out; the walk goes on if TRUE, ends with @error if FALSE. @path is
   * relative to the item. TRUE with *retry set tries the entry again; for a full disk it is called
   * before anything was given up, and what was written is gone on with. What fails of the item
   * itself is the walk's error and isn't told here, except for a full disk, which is both. */
  gboolean (*problem) (const char *path, const GError *error, gboolean *retry, gpointer user_data);
  /* An attribute was lost on the way ("owner", "mode", "set-id", "times", "hard link", the name of
   * an xattr); the entry itself is whole. */
  void (*loss) (const char *path, const char *what, gpointer user_data);
  /* From here on these inodes of the copy (so many, in order of completion) are on the device: for
   * the journal. FALSE with an error ends the walk. */
  gboolean (*durable) (const guint64 *inodes, gsize n_inodes, gpointer user_data, GError **error);
  /* Whether that inode of an interrupted copy is known to be whole and on the device. */
  gboolean (*is_durable) (guint64 inode, gpointer user_data);
  gpointer user_data;
};

typedef enum {
  THAW_SYNC_DATA, /* fdatasync() */
  THAW_SYNC_FILE, /* fsync() */
  THAW_SYNC_ALL,  /* syncfs() */
} ThawSyncHow;

/* Brings it to the device, and can be cancelled in the middle: then what is behind @fd is to be
 * thrown away. Never to be tried again. */
gboolean thaw_disk_sync (int fd,
                         ThawSyncHow how,
                         const ThawWalkFuncs *funcs,
                         const char *label,
                         GError **error);

typedef struct {
  gint64 bytes, allocated; /* apparent sizes of all regular files; what the disk has for them */
  gint64 n_files, n_folders, n_others;
  gint64 largest;
  guint depth;
} ThawMeasure;

typedef struct {
  int folder; /* the entry is called @name in it */
  const char *name;
  const char *path; /* from the item on, "" for itself */
  guint depth;      /* 0: the item */
  struct stat st;
} ThawVisit;

/* FALSE with an error ends the walk. */
typedef gboolean (*ThawVisitFunc) (const ThawVisit *entry, gpointer user_data, GError **error);

/* Looks at a file or a tree, folders before what is in them, without opening anything but folders.
 * Nothing of @token's (nullable), and nothing on other mounts. *n_left_out (nullable): entries that
 * became problems. */
gboolean thaw_disk_walk (ThawPlace *place,
                         const char *name,
                         const char *token,
                         const ThawWalkFuncs *funcs,
                         ThawVisitFunc func,
                         gpointer user_data,
                         guint *n_left_out,
                         GError **error);

/* Counts a file or a tree without opening anything but folders. Doesn't leave the file system of
 * @name. */
gboolean thaw_disk_measure (ThawPlace *place,
                            const char *name,
                            const ThawWalkFuncs *funcs,
                            ThawMeasure *measure,
                            GError **error);

typedef enum {
  THAW_COPY_DEFAULT = 0,
  /* The caller makes a batch of copies durable by thaw_place_sync_data(). */
  THAW_COPY_NOT_DURABLE = 1 << 0,
  /* Reads back from the device and compares. */
  THAW_COPY_VERIFY = 1 << 1,
  /* No setuid, setgid, capabilities. */
  THAW_COPY_DROP_PRIVILEGES = 1 << 2,
  /* Large files past the page cache even where nobody knows whether that is quicker. */
  THAW_COPY_DIRECT = 1 << 3,
} ThawCopyFlags;

/* Copies a file, a link, a special file or a whole tree from (@from, @name) to the new hidden name
 * @as in @to, with all that can be kept: bytes, holes, owner, mode, times, xattrs, ACLs, hard
 * links. When it returns TRUE the copy is whole, on the device, and waits under @as to be renamed
 * into place; *identity is the copy's. What could not be copied was told to funcs->problem. Started
 * again with the same @as after an interruption it goes on: what is_durable() says stands, the rest
 * is written anew (a large file goes on at its last durable piece). On an error the copy is
 * removed, unless its device is gone; a cancelled one is removed too. Needs no memory to speak of,
 * at any depth. For hard links it makes a hidden folder "@as.links" meanwhile, which
 * thaw_token_owns_name() knows; who sweeps after a crash sweeps that too. */
gboolean thaw_disk_copy (ThawPlace *from,
                         const char *name,
                         ThawPlace *to,
                         const char *as,
                         ThawCopyFlags flags,
                         const ThawWalkFuncs *funcs,
                         ThawIdentity *identity,
                         GError **error);

/* Removes a file or tree for good, never anything outside, never below another mount.
 * @counterpart (nullable, with its name): for the end of a move: what has no whole counterpart
 * there (same type, size and mtime) stays, and is a problem. */
gboolean thaw_disk_remove (ThawPlace *place,
                           const char *name,
                           ThawPlace *counterpart,
                           const char *counterpart_name,
                           const ThawWalkFuncs *funcs,
                           GError **error);

/* The same for what is ours and the user doesn't know of (hidden names, the kept store): folders
 * whose modes forbid it are opened up first, and nothing there isn't an error. */
gboolean
thaw_disk_discard (ThawPlace *place, const char *name, const ThawWalkFuncs *funcs, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThawPlace, thaw_place_unref)

G_END_DECLS
