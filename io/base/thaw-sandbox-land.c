/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The wall around files: landlock. What isn't named by the rules can't be opened, made or removed,
 * whoever the process is; with newer kernels TCP, the sockets and the processes of others are out
 * of reach too. Descriptors that are open already stay usable. */

#include "thaw-sandbox-enter-private.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Those of landlock's first version, and what later ones added (older headers don't name it). */
#define FIRST_FS_RIGHTS ((1ULL << 13) - 1)
#define REFER (1ULL << 13)                 /* 2 */
#define TRUNCATE (1ULL << 14)              /* 3 */
#define TCP ((1ULL << 0) | (1ULL << 1))    /* 4 */
#define OTHERS ((1ULL << 0) | (1ULL << 1)) /* 6: abstract sockets, signals */
#define READ_RIGHTS (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define WRITE_RIGHTS                                                                               \
  (LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_MAKE_REG      \
   | LANDLOCK_ACCESS_FS_REMOVE_FILE)
#define RIGHTS_OF_A_FILE (LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_READ_FILE | TRUNCATE)

typedef struct {
  uint64_t files, network, scoped;
} Rights;

static bool
allow (int ruleset, int fd, uint64_t rights)
{
  struct landlock_path_beneath_attr beneath = { .parent_fd = fd };
  struct stat st;

  if (fstat (fd, &st) != 0)
    return false;
  /* Landlock knows files of file systems only: what a pipe may do was said when it was opened. */
  if (!S_ISDIR (st.st_mode) && !S_ISREG (st.st_mode))
    return true;
  beneath.allowed_access = S_ISDIR (st.st_mode) ? rights : rights & RIGHTS_OF_A_FILE;
  return syscall (SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &beneath, 0) == 0
         || errno == EBADFD; /* a memfd has no path that anybody could open */
}

static bool
allow_path (int ruleset, const char *path)
{
  int fd = open (path, O_PATH | O_CLOEXEC);
  bool allowed;

  if (fd < 0)
    return true;
  allowed = allow (ruleset, fd, READ_RIGHTS);
  close (fd);
  return allowed;
}

static bool
allow_all (int ruleset, const ThawSandboxRules *rules, bool can_truncate)
{
  for (unsigned i = 0; i < rules->n_read_fds; i++)
    if (!allow (ruleset, rules->read_fds[i], READ_RIGHTS))
      return false;
  for (const char *const *path = rules->read_paths; path != NULL && *path != NULL; path++)
    if (!allow_path (ruleset, *path))
      return false;
  return rules->write_fd < 0
         || allow (ruleset, rules->write_fd, WRITE_RIGHTS | (can_truncate ? TRUNCATE : 0));
}

bool
thaw_sandbox_lock_land (const ThawSandboxRules *rules)
{
  long version = syscall (SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
  Rights rights = {
    FIRST_FS_RIGHTS | (version >= 2 ? REFER : 0) | (version >= 3 ? TRUNCATE : 0),
    version >= 4 ? TCP : 0,
    version >= 6 ? OTHERS : 0,
  };
  size_t size = version >= 6   ? sizeof rights
                : version >= 4 ? 2 * sizeof rights.files
                               : sizeof rights.files;
  int ruleset;
  bool locked;

  if (version < 1)
    return false;
  ruleset = (int) syscall (SYS_landlock_create_ruleset, &rights, size, 0);
  if (ruleset < 0)
    return false;
  locked = allow_all (ruleset, rules, version >= 3)
           && syscall (SYS_landlock_restrict_self, ruleset, 0) == 0;
  close (ruleset);
  return locked;
}
