/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Content types by name must be what g_content_type_guess() says: for every pattern of the MIME
 * database of this machine, spelled in several ways, with other things before and after it, and for
 * names that people use.
 */

#include "thaw-content-type-private.h"

#include <string.h>

static void
check (const char *name)
{
  g_autofree char *expected = NULL;
  const char *type;

  if (*name == 0 || strchr (name, '/') != NULL)
    return;
  expected = g_content_type_guess (name, NULL, 0, NULL);
  type = _thaw_content_type_get (_thaw_content_type_guess (name));
  if (strcmp (type, expected) != 0)
    g_test_message ("\"%s\"", name);
  g_assert_cmpstr (type, ==, expected);
}

static char *
mix_case (const char *text)
{
  char *mixed = g_strdup (text);

  for (char *p = mixed; *p != 0; p++)
    *p = g_test_rand_bit () ? g_ascii_toupper (*p) : g_ascii_tolower (*p);
  return mixed;
}

/* A name that a pattern may be meant for. */
static char *
fill_pattern (const char *pattern)
{
  GString *name = g_string_new (NULL);

  for (const char *p = pattern; *p != 0; p++)
    if (*p == '*' && g_test_rand_bit ())
      g_string_append (name, g_test_rand_bit () ? "x" : "file.1");
    else if (*p == '*')
      continue;
    else if (*p == '?')
      g_string_append_c (name, 'q');
    else if (*p == '[' && strchr (p, ']') != NULL)
      {
        gsize n = strcspn (p, "]");

        g_string_append_c (name, p[g_test_rand_int_range (1, MAX (n, 2))]);
        p += n;
      }
    else
      g_string_append_c (name, *p);
  return g_string_free (name, FALSE);
}

static void
check_pattern (const char *pattern)
{
  static const char *const before[] = { "", "a", "x.tar", ".hidden", "README", "Makefile.", "b.C" };
  static const char *const after[] = { "", "~", ".gz", ".1", ".C", "x", ".so.2" };

  for (guint i = 0; i < 12; i++)
    {
      g_autofree char *filled = fill_pattern (pattern);
      g_autofree char *mixed = mix_case (filled);
      g_autofree char *upper = g_ascii_strup (filled, -1);
      g_autofree char *long_name
          = g_strconcat (before[g_test_rand_int_range (0, G_N_ELEMENTS (before))],
                         filled,
                         after[g_test_rand_int_range (0, G_N_ELEMENTS (after))],
                         NULL);
      g_autofree char *long_mixed = mix_case (long_name);

      check (filled);
      check (mixed);
      check (upper);
      check (long_name);
      check (long_mixed);
    }
}

static void
test_patterns (void)
{
  const char *const *directories = g_get_system_data_dirs ();
  guint n = 0;

  for (guint i = 0; directories[i] != NULL; i++)
    {
      g_autofree char *path = g_build_filename (directories[i], "mime", "globs2", NULL);
      g_autofree char *text = NULL;
      g_auto (GStrv) lines = NULL;

      if (!g_file_get_contents (path, &text, NULL, NULL))
        continue;
      lines = g_strsplit (text, "\n", -1);
      for (guint j = 0; lines[j] != NULL; j++)
        {
          g_auto (GStrv) fields = g_strsplit (lines[j], ":", 4);

          if (lines[j][0] == '#' || g_strv_length (fields) < 3)
            continue;
          check_pattern (fields[2]);
          n++;
        }
    }
  if (n == 0)
    g_test_skip ("no MIME database here");
}

static void
test_names (void)
{
  static const char *const names[] = {
    "Makefile",
    "makefile",
    "MAKEFILE",
    "Makefile.am",
    "GNUmakefile",
    "CMakeLists.txt",
    "cmakelists.txt",
    "README",
    "README.md",
    "readme",
    "Readme.de",
    "COPYING",
    "AUTHORS",
    "core",
    "CORE",
    "Core",
    "meson.build",
    "a.tar.gz",
    "a.TAR.GZ",
    "a.tar.Gz",
    "a.gz",
    "a.C",
    "a.c",
    "a.h",
    "a.H",
    "a.cc",
    "x.gs",
    "x.GS",
    "ls.1",
    "ls.1.gz",
    "libfoo.so",
    "libfoo.so.1",
    "libfoo.so.1.2.3",
    "LIBFOO.SO.1",
    "noextension",
    ".bashrc",
    ".png",
    "png",
    "a.",
    "..",
    "a..png",
    "a.png.",
    "a.png~",
    "a.b.c.d",
    "x.anim1",
    "x.ANIMJ",
    "001.vdr",
    "x.ogg",
    "x.ts",
    "x.doc",
    "x.xml",
    "x.m",
    "x.pl",
    "x.key",
    "x.asc",
    "x.zzz",
    "\xff.png",
    "\xc3\xa4.\xc3\xa4",
    "Übersicht.odt",
    "a b.pdf",
    " ",
    "~",
    "x.PnG",
    "x.JPEG",
    "Dockerfile",
    "Gemfile",
    "Vagrantfile",
    "PKGBUILD",
    "changelog.Debian.gz",
    "a,v",
    "sconscript.x",
    "README~",
    "makefile.",
    "x.desktop",
    "x.url",
    "x.part",
    "x.crdownload",
    "x.swp",
    "x.orig",
  };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    check (names[i]);
}

static void
test_kinds (void)
{
  g_autoptr (ThawCollation) collation = thaw_collation_new ("en");
  g_autoptr (ThawEntryStore) store = thaw_entry_store_new (collation);
  static const struct {
    ThawEntryKind kind;
    guint flags;
    const char *type;
  } entries[] = {
    { THAW_ENTRY_FILE, 0, "image/png" },
    { THAW_ENTRY_UNKNOWN, 0, "image/png" },
    { THAW_ENTRY_FOLDER, 0, "inode/directory" },
    { THAW_ENTRY_SYMLINK, 0, "image/png" },
    { THAW_ENTRY_SYMLINK, THAW_ENTRY_TO_FOLDER, "inode/directory" },
    { THAW_ENTRY_SYMLINK, THAW_ENTRY_BROKEN, "inode/symlink" },
    { THAW_ENTRY_FIFO, 0, "inode/fifo" },
    { THAW_ENTRY_SOCKET, 0, "inode/socket" },
    { THAW_ENTRY_CHAR_DEVICE, 0, "inode/chardevice" },
    { THAW_ENTRY_BLOCK_DEVICE, 0, "inode/blockdevice" },
    { THAW_ENTRY_SHORTCUT, 0, "inode/mount-point" },
    { THAW_ENTRY_SHORTCUT, THAW_ENTRY_TO_FOLDER, "inode/directory" },
  };

  thaw_content_type_warm_up ();
  for (guint i = 0; i < G_N_ELEMENTS (entries); i++)
    {
      guint32 id = thaw_entry_store_append (store, "a.png", 5, entries[i].kind);

      thaw_entry_store_add_flags (store, id, entries[i].flags);
      g_assert_cmpstr (thaw_entry_store_get_content_type (store, id), ==, entries[i].type);
    }
  thaw_entry_store_rename (store, 0, "a.pdf", 5);
  g_assert_cmpstr (thaw_entry_store_get_content_type (store, 0), ==, "application/pdf");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/content-type/patterns", test_patterns);
  g_test_add_func ("/content-type/names", test_names);
  g_test_add_func ("/content-type/kinds", test_kinds);
  return g_test_run ();
}
