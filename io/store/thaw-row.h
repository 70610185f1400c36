/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a query found: rows of cells, immutable, in one block of memory. Any thread. */
#pragma once

#include "thaw-types.h"

G_BEGIN_DECLS

#define THAW_TYPE_ROW (thaw_row_get_type ())
THAW_API GType thaw_row_get_type (void); /* boxed, refcounted */
#define THAW_TYPE_ROWS (thaw_rows_get_type ())
THAW_API GType thaw_rows_get_type (void); /* boxed, refcounted */

typedef struct _ThawRow ThawRow;
typedef struct _ThawRows ThawRows;

typedef enum {
  THAW_CELL_NULL,
  THAW_CELL_INT64,
  THAW_CELL_DOUBLE,
  THAW_CELL_TEXT,
  THAW_CELL_BLOB,
} ThawCellType;

THAW_API ThawRows *thaw_rows_ref (ThawRows *self);
THAW_API void thaw_rows_unref (ThawRows *self);
THAW_API guint thaw_rows_get_n_rows (ThawRows *self);
THAW_API guint thaw_rows_get_n_columns (ThawRows *self);
THAW_API const char *thaw_rows_get_column_name (ThawRows *self, guint column);
/* -1 without a column of that name. */
THAW_API int thaw_rows_find_column (ThawRows *self, const char *name);
/* The texts of one column: what a list shows. NULL is "". */
THAW_API GStrv thaw_rows_dup_column (ThawRows *self, guint column);
/* Borrowed: lives as long as @self, or as long as it is referenced itself. */
THAW_API ThawRow *thaw_rows_get_row (ThawRows *self, guint index);

/* A row keeps all rows that came with it. */
THAW_API ThawRow *thaw_row_ref (ThawRow *self);
THAW_API void thaw_row_unref (ThawRow *self);
THAW_API ThawRows *thaw_row_get_rows (ThawRow *self); /* transfer none */

/* Cells. Numbers are converted as SQLite does; text and blobs are borrowed from the row. */
THAW_API ThawCellType thaw_row_get_cell_type (ThawRow *self, guint column);
THAW_API gboolean thaw_row_is_null (ThawRow *self, guint column);
THAW_API gint64 thaw_row_get_int64 (ThawRow *self, guint column);
THAW_API double thaw_row_get_double (ThawRow *self, guint column);
THAW_API const char *thaw_row_get_text (ThawRow *self, guint column); /* NULL for a number too */
THAW_API const guint8 *thaw_row_get_blob (ThawRow *self, guint column, gsize *size);
THAW_API GBytes *thaw_row_dup_bytes (ThawRow *self, guint column);
THAW_API void thaw_row_get_value (ThawRow *self, guint column, GValue *value); /* uninitialised */
/* a{sv} of the columns' names; a NULL is left out. */
THAW_API GVariant *thaw_row_dup_variant (ThawRow *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThawRow, thaw_row_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThawRows, thaw_rows_unref)

G_END_DECLS
