/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Names for code addresses, static functions included, without the loader: it asks
 * /proc/self/maps which files are mapped and reads their symbol tables. dladdr() knows exported
 * names only, and takes the loader's lock, which a stalled thread may hold. Plain C without GLib,
 * because the tests' guard uses it in processes that have none. One thread at a time; reads files,
 * so never on a loop's thread. */
#pragma once

#include <stddef.h>
#include <stdint.h>

typedef struct _ThawSymbols ThawSymbols;

typedef struct {
  const char *function; /* NULL: no table names it; lives as long as the symbols do */
  const char *module;   /* path of the file; NULL: none */
  uintptr_t offset;     /* in the function, or without one in the module as addr2line wants it */
  uintptr_t module_offset;
} ThawSymbol;

ThawSymbols *thaw_symbols_new (void);
void thaw_symbols_free (ThawSymbols *self);
/* Reads anew what is mapped if @address isn't in what is known. */
void thaw_symbols_find (ThawSymbols *self, const void *address, ThawSymbol *symbol);
/* "function+0x1a (libx.so.0+0x4711)" */
void thaw_symbol_format (const ThawSymbol *symbol, const void *address, char *text, size_t size);
