/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How rows are made, on the database's thread: collected in a builder that is used again and again,
 * then packed into one block. */
#pragma once

#include "thaw-row.h"

#include <sqlite3.h>

G_BEGIN_DECLS

/* The names of the columns of a statement, shared by all its rows. */
typedef struct {
  gint ref_count;
  guint n_columns;
  char *names[];
} ThawColumns;

ThawColumns *thaw_columns_new (sqlite3_stmt *statement);
ThawColumns *thaw_columns_ref (ThawColumns *self);
void thaw_columns_unref (ThawColumns *self);

typedef struct {
  GArray *cells;
  GByteArray *text;
  guint n_rows;
} ThawRowsBuilder;

void thaw_rows_builder_init (ThawRowsBuilder *self);
void thaw_rows_builder_clear (ThawRowsBuilder *self);
void thaw_rows_builder_reset (ThawRowsBuilder *self);
gsize thaw_rows_builder_get_size (ThawRowsBuilder *self);
/* The row that @statement stands on; @n_columns as in the ThawColumns that it will get. */
void thaw_rows_builder_add (ThawRowsBuilder *self, sqlite3_stmt *statement, guint n_columns);
/* Never NULL; empties the builder. */
ThawRows *thaw_rows_builder_pack (ThawRowsBuilder *self, ThawColumns *columns);

/* Of a batch: nothing comes after it. Set before anybody else sees it. */
void thaw_rows_set_last (ThawRows *self);
gboolean thaw_rows_is_last (ThawRows *self);

G_END_DECLS
