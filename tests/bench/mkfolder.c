/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Makes the folder that benchmarks open: `mkfolder DIR N [SEED]`. The names look like those of real
 * folders (photos, documents, sources; 16-22 bytes, 7 in 100 not ASCII), sizes and times are mixed,
 * and nothing takes up blocks: a size is set with ftruncate. The same N and SEED give the same
 * names in the same order. A folder that was finished before is left as it is; one that was cut
 * short is completed. One thread: it is the directory's lock that limits this, not the CPU. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static uint64_t state;

/* splitmix64: any seed is as good as any other. */
static uint64_t
next_random (void)
{
  uint64_t z = (state += 0x9e3779b97f4a7c15u);

  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

static unsigned
below (unsigned n)
{
  return next_random () % n;
}

static const char *const ascii_words[] = {
  "report",  "invoice", "Letter",   "notes",  "Budget", "draft",   "summary", "Backup",
  "Meeting", "Holiday", "contract", "Manual", "slides", "archive", "Recipe",  "thesis",
};
static const char *const other_words[] = {
  "Übung", "crème", "Straße", "résumé", "фото",     "отчёт",  "照片",
  "文件",  "資料",  "日本語", "写真",   "Ångström", "façade", "niño",
};
static const char *const extensions[] = {
  "pdf", "odt", "txt", "c", "h", "png", "ods", "tar.gz", "mp3", "html", "md", "JPG",
};
#define PICK(array) ((array)[below (sizeof (array) / sizeof *(array))])

/* @i is in every name, so that no two are the same. */
static void
make_name (char *name, size_t size, unsigned i)
{
  unsigned kind = below (100);

  if (kind < 7)
    snprintf (name, size, "%s %06u.%s", PICK (other_words), i, PICK (extensions));
  else if (kind < 40)
    snprintf (name,
              size,
              "IMG_%04u%02u%02u_%u.jpg",
              2005 + below (21),
              1 + below (12),
              1 + below (28),
              i);
  else if (kind < 55)
    snprintf (name, size, "DSC%05u (%u).NEF", below (100000), i);
  else if (kind < 80)
    snprintf (name, size, "%s-%06u.%s", PICK (ascii_words), i, PICK (extensions));
  else if (kind < 97)
    snprintf (name, size, "%s %u v%u.%s", PICK (ascii_words), i, 1 + below (20), PICK (extensions));
  else
    snprintf (name, size, ".%s-%06u", PICK (ascii_words), i);
}

/* A third is empty, the rest spreads over nine orders of magnitude. Each call draws the same amount
 * of randomness, so that completing a folder gives what making it at once would have. */
static off_t
make_size (void)
{
  uint64_t size = next_random () >> (34 + below (30));

  return below (3) == 0 ? 0 : (off_t) size;
}

static void
fail (const char *what, const char *name)
{
  fprintf (stderr, "mkfolder: %s %s: %s\n", what, name, strerror (errno));
  exit (1);
}

/* Sets the time on one in eight only: the rest have that of their making, as in real folders. */
static void
make_file (int dir, unsigned i)
{
  char name[128];
  off_t size;
  uint64_t age;
  int fd;

  make_name (name, sizeof name, i);
  size = make_size ();
  age = next_random () % (15u * 365 * 86400);
  fd = openat (dir, name, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
  if (fd < 0)
    fail ("can't make", name);
  if (size > 0 && ftruncate (fd, size) < 0)
    fail ("can't size", name);
  if (i % 8 == 0)
    {
      struct timespec times[2]
          = { { .tv_nsec = UTIME_OMIT },
              { .tv_sec = 1767225600 - (time_t) age, .tv_nsec = age % 1000000000 } };
      if (futimens (fd, times) < 0)
        fail ("can't date", name);
    }
  close (fd);
}

/* Every 50th entry is a folder, up to 1,000 of them: more would say more about the file system. */
static void
make_entry (int dir, unsigned i, unsigned n)
{
  char name[64];
  unsigned step = n / 1000 > 50 ? n / 1000 : 50;

  if (i % step != step - 1)
    {
      make_file (dir, i);
      return;
    }
  snprintf (name, sizeof name, "%s %u", PICK (ascii_words), i);
  if (mkdirat (dir, name, 0755) < 0 && errno != EEXIST)
    fail ("can't make", name);
}

/* The mark of a finished folder lies beside it, not in it. */
static int
is_finished (const char *mark, unsigned n, uint64_t seed)
{
  FILE *file = fopen (mark, "re");
  unsigned marked_n = 0;
  uint64_t marked_seed = 0;
  int good;

  if (file == NULL)
    return 0;
  good = fscanf (file, "%u %" SCNu64, &marked_n, &marked_seed) == 2 && marked_n == n
         && marked_seed == seed;
  fclose (file);
  return good;
}

static void
write_mark (const char *mark, unsigned n, uint64_t seed)
{
  FILE *file = fopen (mark, "we");

  if (file == NULL || fprintf (file, "%u %" PRIu64 "\n", n, seed) < 0 || fclose (file) != 0)
    fail ("can't write", mark);
}

int
main (int argc, char **argv)
{
  char mark[4096];
  char *end = NULL;
  unsigned long n = argc > 2 ? strtoul (argv[2], &end, 10) : 0;
  uint64_t seed = argc > 3 ? strtoull (argv[3], NULL, 10) : 1;
  int dir;

  if (argc < 3 || argc > 4 || end == argv[2] || *end != '\0' || n > 100000000)
    {
      fputs ("usage: mkfolder DIR N [SEED]\n", stderr);
      return 2;
    }
  if ((size_t) snprintf (mark, sizeof mark, "%s.made", argv[1]) >= sizeof mark)
    return 2;
  if (is_finished (mark, n, seed) && access (argv[1], X_OK) == 0)
    return 0;
  if (mkdir (argv[1], 0755) < 0 && errno != EEXIST)
    fail ("can't make", argv[1]);
  dir = open (argv[1], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (dir < 0)
    fail ("can't open", argv[1]);
  state = seed;
  for (unsigned long i = 0; i < n; i++)
    make_entry (dir, i, n);
  close (dir);
  write_mark (mark, n, seed);
  return 0;
}
