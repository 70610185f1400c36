/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* See thaw-symbols-private.h. A module's file is mapped when one of its addresses is first asked
 * for, and stays mapped. The table of all symbols is preferred; a stripped file has only the
 * exported ones, and then an address beyond the end of such a symbol has no name rather than a
 * wrong one. */

#include "thaw-symbols-private.h"

#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

typedef ElfW (Ehdr) Header;
typedef ElfW (Phdr) Segment;
typedef ElfW (Shdr) Section;
typedef ElfW (Sym) Entry;

typedef struct _Module Module;
struct _Module {
  Module *next;
  char *path;
  const unsigned char *bytes; /* NULL: not readable as an ELF file */
  size_t size;
  const Entry *entries;
  size_t n_entries;
  const char *names;
  size_t names_size;
};

typedef struct {
  uintptr_t start, end, file_offset;
  Module *module;
} Range;

struct _ThawSymbols {
  Module *modules;
  Range *ranges;
  size_t n_ranges;
};

static const void *
at (const Module *self, uint64_t offset, uint64_t size)
{
  return offset <= self->size && size <= self->size - offset ? self->bytes + offset : NULL;
}

static void
use_table (Module *self, const Section *section, const Section *all, unsigned n_sections)
{
  const Section *strings;

  if (section->sh_link >= n_sections || section->sh_entsize != sizeof (Entry))
    return;
  strings = &all[section->sh_link];
  self->entries = at (self, section->sh_offset, section->sh_size);
  self->names = at (self, strings->sh_offset, strings->sh_size);
  self->names_size = strings->sh_size;
  self->n_entries
      = self->entries != NULL && self->names != NULL ? section->sh_size / sizeof (Entry) : 0;
}

static void
find_table (Module *self)
{
  const Header *header = at (self, 0, sizeof (Header));
  const Section *sections;

  if (header == NULL || memcmp (header->e_ident, ELFMAG, SELFMAG) != 0
      || header->e_shentsize != sizeof (Section))
    return;
  sections = at (self, header->e_shoff, (uint64_t) header->e_shnum * sizeof (Section));
  for (unsigned i = 0; sections != NULL && i < header->e_shnum; i++)
    if (sections[i].sh_type == SHT_SYMTAB
        || (sections[i].sh_type == SHT_DYNSYM && self->n_entries == 0))
      use_table (self, &sections[i], sections, header->e_shnum);
}

static void
map_file (Module *self)
{
  int fd = open (self->path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
  struct stat info;
  void *bytes;

  if (fd < 0)
    return;
  if (fstat (fd, &info) == 0 && S_ISREG (info.st_mode) && info.st_size > 0)
    {
      bytes = mmap (NULL, info.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
      if (bytes != MAP_FAILED)
        {
          self->bytes = bytes;
          self->size = info.st_size;
          find_table (self);
        }
    }
  close (fd);
}

static Module *
find_module (ThawSymbols *self, const char *path)
{
  Module *module;

  for (module = self->modules; module != NULL; module = module->next)
    if (strcmp (module->path, path) == 0)
      return module;
  module = calloc (1, sizeof (Module));
  if (module == NULL)
    return NULL;
  module->path = strdup (path);
  module->next = self->modules;
  self->modules = module;
  map_file (module);
  return module;
}

/* The file of such a kind can't be read whole in one go, and says no size. */
static char *
read_maps (void)
{
  int fd = open ("/proc/self/maps", O_RDONLY | O_CLOEXEC);
  size_t length = 0, room = 65536;
  char *text = fd >= 0 ? malloc (room) : NULL;
  ssize_t n;

  while (text != NULL && (n = read (fd, text + length, room - length - 1)) > 0)
    {
      length += n;
      if (room - length < 8192)
        text = realloc (text, room *= 2);
    }
  if (fd >= 0)
    close (fd);
  if (text != NULL)
    text[length] = '\0';
  return text;
}

static void
add_range (ThawSymbols *self, const char *line)
{
  unsigned long start, end, offset;
  char permissions[5], path[4096];
  Range *ranges;

  if (sscanf (line, "%lx-%lx %4s %lx %*s %*s %4095[^\n]", &start, &end, permissions, &offset, path)
          != 5
      || permissions[2] != 'x' || path[0] != '/')
    return;
  ranges = realloc (self->ranges, (self->n_ranges + 1) * sizeof (Range));
  if (ranges == NULL)
    return;
  self->ranges = ranges;
  ranges[self->n_ranges++] = (Range){ start, end, offset, find_module (self, path) };
}

static void
read_ranges (ThawSymbols *self)
{
  char *text = read_maps (), *line, *rest = text;

  self->n_ranges = 0;
  while (text != NULL && (line = strsep (&rest, "\n")) != NULL)
    add_range (self, line);
  free (text);
}

ThawSymbols *
thaw_symbols_new (void)
{
  ThawSymbols *self = calloc (1, sizeof (ThawSymbols));

  if (self != NULL)
    read_ranges (self);
  return self;
}

void
thaw_symbols_free (ThawSymbols *self)
{
  while (self->modules != NULL)
    {
      Module *module = self->modules;

      self->modules = module->next;
      if (module->bytes != NULL)
        munmap ((void *) module->bytes, module->size);
      free (module->path);
      free (module);
    }
  free (self->ranges);
  free (self);
}

static const Range *
find_range (ThawSymbols *self, uintptr_t address)
{
  for (size_t i = 0; i < self->n_ranges; i++)
    if (address >= self->ranges[i].start && address < self->ranges[i].end)
      return &self->ranges[i];
  return NULL;
}

/* Where the linker put what lies at @offset of the file. */
static uintptr_t
to_linked (const Module *self, uintptr_t offset)
{
  const Header *header = at (self, 0, sizeof (Header));
  const Segment *segments
      = header != NULL ? at (self, header->e_phoff, (uint64_t) header->e_phnum * sizeof (Segment))
                       : NULL;

  for (unsigned i = 0; segments != NULL && i < header->e_phnum; i++)
    if (segments[i].p_type == PT_LOAD && offset >= segments[i].p_offset
        && offset < segments[i].p_offset + segments[i].p_filesz)
      return offset - segments[i].p_offset + segments[i].p_vaddr;
  return offset;
}

/* A symbol without a size, as assembly may have, names what follows it. */
static const Entry *
find_entry (const Module *self, uintptr_t linked)
{
  const Entry *best = NULL;

  for (size_t i = 0; i < self->n_entries; i++)
    {
      const Entry *entry = &self->entries[i];

      if ((entry->st_info & 0xf) != STT_FUNC || entry->st_shndx == SHN_UNDEF
          || entry->st_value > linked || entry->st_name >= self->names_size)
        continue;
      if (entry->st_size != 0 && linked >= entry->st_value + entry->st_size)
        continue;
      if (best == NULL || entry->st_value > best->st_value)
        best = entry;
    }
  return best;
}

void
thaw_symbols_find (ThawSymbols *self, const void *address, ThawSymbol *symbol)
{
  const Range *range = find_range (self, (uintptr_t) address);
  const Entry *entry;

  *symbol = (ThawSymbol){ 0 };
  if (range == NULL)
    {
      read_ranges (self);
      range = find_range (self, (uintptr_t) address);
    }
  if (range == NULL || range->module == NULL)
    return;

  symbol->module = range->module->path;
  symbol->module_offset = (uintptr_t) address - range->start + range->file_offset;
  if (range->module->bytes != NULL)
    symbol->module_offset = to_linked (range->module, symbol->module_offset);
  symbol->offset = symbol->module_offset;
  entry = find_entry (range->module, symbol->module_offset);
  if (entry == NULL)
    return;
  symbol->function = range->module->names + entry->st_name;
  symbol->offset = symbol->module_offset - entry->st_value;
}

void
thaw_symbol_format (const ThawSymbol *symbol, const void *address, char *text, size_t size)
{
  const char *slash = symbol->module != NULL ? strrchr (symbol->module, '/') : NULL;

  if (slash == NULL)
    snprintf (text, size, "%p", address);
  else if (symbol->function != NULL)
    snprintf (text,
              size,
              "%s+0x%zx (%s+0x%zx)",
              symbol->function,
              (size_t) symbol->offset,
              slash + 1,
              (size_t) symbol->module_offset);
  else
    snprintf (text, size, "%s+0x%zx", slash + 1, (size_t) symbol->module_offset);
}
