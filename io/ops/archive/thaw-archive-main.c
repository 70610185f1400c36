/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* thaw-archive: libarchive, and what it is built on, in a process that can do no harm. Started by
 * an operation with a socket and the archive, never by hand:
 *
 *   thaw-archive unpack MEMORY-MIB SECONDS
 *   thaw-archive list MEMORY-MIB SECONDS
 *   thaw-archive pack MEMORY-MIB SECONDS FORMAT LEVEL
 *
 * It ends with its parent, at the latest when its time is used up. */

#include "thaw-archive-child.h"
#include "thaw-sandbox-enter.h"

#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The libraries' own mappings, which cost nothing until they are touched. */
#define MAPPED_MIB 512

static bool
enter_sandbox (bool packs, bool with_spool, unsigned memory_mib, unsigned seconds)
{
  const ThawSandboxRules rules = {
    .kind = with_spool ? THAW_SANDBOX_SPOOL : THAW_SANDBOX_COMPUTE,
    .memory_mib = memory_mib,
    .mapped_mib = MAPPED_MIB,
    .cpu_seconds = seconds,
    .file_bytes = packs ? UINT64_MAX : 0,
    .write_fd = with_spool ? THAW_ARCHIVE_SPOOL_FD : -1,
  };

  return thaw_sandbox_enter (&rules);
}

/* Neither on the command line nor in the environment, which others can read. */
static bool
receive_start (char password[THAW_ARCHIVE_MAX_PASSWORD + 1])
{
  ThawArchiveRecord record;

  return thaw_archive_receive (&record, sizeof record) && record.magic == THAW_ARCHIVE_MAGIC
         && record.type == THAW_ARCHIVE_START && record.n_first <= THAW_ARCHIVE_MAX_PASSWORD
         && thaw_archive_receive (password, record.n_first);
}

/* libarchive ends the program by exit() where there is no memory left, not even for the message
 * that says so. */
static bool is_over;

static void
tell_no_memory (void)
{
  if (!is_over)
    thaw_archive_send_status (THAW_ARCHIVE_END, THAW_ARCHIVE_NO_MEMORY, "it is out of memory", 0);
}

int
main (int argc, char **argv)
{
  bool packs = argc == 6 && strcmp (argv[1], "pack") == 0;
  bool with_spool = packs && strcmp (argv[4], "7z") == 0;
  bool lists = argc == 4 && strcmp (argv[1], "list") == 0;
  char password[THAW_ARCHIVE_MAX_PASSWORD + 1] = "";

  if (!packs && !lists && (argc != 4 || strcmp (argv[1], "unpack") != 0))
    return 2;
  /* Nothing of an archive's is to reach a terminal. */
  close (STDERR_FILENO);
  /* Names are bytes; a locale that is always there keeps libarchive from refusing those beyond
   * ASCII. */
  setlocale (LC_CTYPE, "C.UTF-8");
  if (!enter_sandbox (packs,
                      with_spool,
                      (unsigned) strtoul (argv[2], NULL, 10),
                      (unsigned) strtoul (argv[3], NULL, 10)))
    {
      thaw_archive_send_status (THAW_ARCHIVE_END, THAW_ARCHIVE_FAILED, "no sandbox can be had", 0);
      return 1;
    }
  if (!receive_start (password) || atexit (tell_no_memory) != 0)
    return 1;
  if (packs)
    thaw_archive_pack (argv[4], argv[5], password);
  else
    thaw_archive_unpack (password, lists);
  is_over = true;
  return 0;
}
