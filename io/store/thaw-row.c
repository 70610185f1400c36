/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rows: one block of memory for all that a query found, its header, the rows, their cells and the
 * texts behind each other, so that a row costs no allocation and freeing is one call. A row is a
 * place in that block and keeps the block. Immutable once made; any thread. */

#include "thaw-row-private.h"

#include <string.h>

typedef struct {
  ThawCellType type;
  guint length; /* of text, without its zero, or of a blob */
  union {
    gint64 int64;
    double number;
    gsize offset; /* in the builder's text */
    const char *text;
  };
} ThawCell;

struct _ThawRow {
  ThawRows *rows;
  const ThawCell *cells;
};

struct _ThawRows {
  gint ref_count;
  guint n_rows;
  gboolean is_last;
  ThawColumns *columns;
  ThawRow rows[]; /* then the cells, then the text */
};

G_DEFINE_BOXED_TYPE (ThawRows, thaw_rows, thaw_rows_ref, thaw_rows_unref)
G_DEFINE_BOXED_TYPE (ThawRow, thaw_row, thaw_row_ref, thaw_row_unref)

ThawColumns *
thaw_columns_new (sqlite3_stmt *statement)
{
  guint n = (guint) sqlite3_column_count (statement);
  ThawColumns *self = g_malloc (sizeof *self + n * sizeof (char *));

  self->ref_count = 1;
  self->n_columns = n;
  for (guint i = 0; i < n; i++)
    self->names[i] = g_strdup (sqlite3_column_name (statement, (int) i));
  return self;
}

ThawColumns *
thaw_columns_ref (ThawColumns *self)
{
  __atomic_add_fetch (&self->ref_count, 1, __ATOMIC_RELAXED);
  return self;
}

void
thaw_columns_unref (ThawColumns *self)
{
  if (__atomic_sub_fetch (&self->ref_count, 1, __ATOMIC_ACQ_REL) > 0)
    return;
  for (guint i = 0; i < self->n_columns; i++)
    g_free (self->names[i]);
  g_free (self);
}

void
thaw_rows_builder_init (ThawRowsBuilder *self)
{
  self->cells = g_array_new (FALSE, FALSE, sizeof (ThawCell));
  self->text = g_byte_array_new ();
  self->n_rows = 0;
}

void
thaw_rows_builder_clear (ThawRowsBuilder *self)
{
  g_clear_pointer (&self->cells, g_array_unref);
  g_clear_pointer (&self->text, g_byte_array_unref);
}

/* A big result's memory isn't kept for the next one. */
#define KEPT_BYTES (1024 * 1024)

void
thaw_rows_builder_reset (ThawRowsBuilder *self)
{
  if (thaw_rows_builder_get_size (self) > KEPT_BYTES)
    {
      thaw_rows_builder_clear (self);
      thaw_rows_builder_init (self);
    }
  g_array_set_size (self->cells, 0);
  g_byte_array_set_size (self->text, 0);
  self->n_rows = 0;
}

gsize
thaw_rows_builder_get_size (ThawRowsBuilder *self)
{
  return self->cells->len * sizeof (ThawCell) + self->text->len;
}

static void
add_bytes (ThawRowsBuilder *self, ThawCell *cell, const void *bytes, int length)
{
  static const guint8 zero = 0;

  cell->offset = self->text->len;
  cell->length = (guint) length;
  if (length > 0)
    g_byte_array_append (self->text, bytes, cell->length);
  g_byte_array_append (self->text, &zero, 1);
}

static void
add_cell (ThawRowsBuilder *self, sqlite3_stmt *statement, int column)
{
  ThawCell cell = { THAW_CELL_NULL };

  switch (sqlite3_column_type (statement, column))
    {
    case SQLITE_INTEGER:
      cell.type = THAW_CELL_INT64;
      cell.int64 = sqlite3_column_int64 (statement, column);
      break;
    case SQLITE_FLOAT:
      cell.type = THAW_CELL_DOUBLE;
      cell.number = sqlite3_column_double (statement, column);
      break;
    case SQLITE_TEXT:
      cell.type = THAW_CELL_TEXT;
      add_bytes (self,
                 &cell,
                 sqlite3_column_text (statement, column),
                 sqlite3_column_bytes (statement, column));
      break;
    case SQLITE_BLOB:
      cell.type = THAW_CELL_BLOB;
      add_bytes (self,
                 &cell,
                 sqlite3_column_blob (statement, column),
                 sqlite3_column_bytes (statement, column));
      break;
    default:
      break;
    }
  g_array_append_val (self->cells, cell);
}

void
thaw_rows_builder_add (ThawRowsBuilder *self, sqlite3_stmt *statement, guint n_columns)
{
  for (guint i = 0; i < n_columns; i++)
    add_cell (self, statement, (int) i);
  self->n_rows++;
}

ThawRows *
thaw_rows_builder_pack (ThawRowsBuilder *self, ThawColumns *columns)
{
  gsize rows_size = sizeof (ThawRows) + self->n_rows * sizeof (ThawRow);
  gsize cells_size = self->cells->len * sizeof (ThawCell);
  ThawRows *rows = g_malloc (rows_size + cells_size + self->text->len);
  ThawCell *cells = (ThawCell *) ((char *) rows + rows_size);
  char *text = (char *) cells + cells_size;

  rows->ref_count = 1;
  rows->n_rows = self->n_rows;
  rows->is_last = FALSE;
  rows->columns = thaw_columns_ref (columns);
  if (cells_size > 0)
    memcpy (cells, self->cells->data, cells_size);
  if (self->text->len > 0)
    memcpy (text, self->text->data, self->text->len);
  for (guint i = 0; i < self->cells->len; i++)
    if (cells[i].type >= THAW_CELL_TEXT)
      cells[i].text = text + cells[i].offset;
  for (guint i = 0; i < self->n_rows; i++)
    rows->rows[i] = (ThawRow){ rows, cells + (gsize) i * columns->n_columns };
  thaw_rows_builder_reset (self);
  return rows;
}

void
thaw_rows_set_last (ThawRows *self)
{
  self->is_last = TRUE;
}

gboolean
thaw_rows_is_last (ThawRows *self)
{
  return self->is_last;
}

/**
 * thaw_rows_ref:
 *
 * - **Thread**: any.
 *
 * Returns: (transfer full): @self
 */
ThawRows *
thaw_rows_ref (ThawRows *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  __atomic_add_fetch (&self->ref_count, 1, __ATOMIC_RELAXED);
  return self;
}

/**
 * thaw_rows_unref:
 * @self: (transfer full): rows
 *
 * - **Thread**: any.
 */
void
thaw_rows_unref (ThawRows *self)
{
  g_return_if_fail (self != NULL);

  if (__atomic_sub_fetch (&self->ref_count, 1, __ATOMIC_ACQ_REL) > 0)
    return;
  thaw_columns_unref (self->columns);
  g_free (self);
}

/**
 * thaw_rows_get_n_rows:
 *
 * Returns: how many rows were found
 */
guint
thaw_rows_get_n_rows (ThawRows *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return self->n_rows;
}

/**
 * thaw_rows_get_n_columns:
 *
 * Returns: how many cells each row has
 */
guint
thaw_rows_get_n_columns (ThawRows *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return self->columns->n_columns;
}

/**
 * thaw_rows_get_column_name:
 * @column: its index
 *
 * Returns: (transfer none): what the statement calls that column
 */
const char *
thaw_rows_get_column_name (ThawRows *self, guint column)
{
  g_return_val_if_fail (self != NULL && column < self->columns->n_columns, NULL);

  return self->columns->names[column];
}

/**
 * thaw_rows_find_column:
 * @name: as the statement calls it; ASCII upper and lower case are the same, as in SQL
 *
 * Returns: the index of the first column of that name, -1 without one
 */
int
thaw_rows_find_column (ThawRows *self, const char *name)
{
  g_return_val_if_fail (self != NULL && name != NULL, -1);

  for (guint i = 0; i < self->columns->n_columns; i++)
    if (g_ascii_strcasecmp (self->columns->names[i], name) == 0)
      return (int) i;
  return -1;
}

/**
 * thaw_rows_get_row:
 * @index: less than the number of rows
 *
 * Returns: (transfer none): a row, which lives as long as @self; [method@Thaw.Row.ref] keeps both
 */
ThawRow *
thaw_rows_get_row (ThawRows *self, guint index)
{
  g_return_val_if_fail (self != NULL && index < self->n_rows, NULL);

  return &self->rows[index];
}

/**
 * thaw_row_ref:
 *
 * Keeps the row, and the rows that came with it.
 *
 * - **Thread**: any.
 *
 * Returns: (transfer full): @self
 */
ThawRow *
thaw_row_ref (ThawRow *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  thaw_rows_ref (self->rows);
  return self;
}

/**
 * thaw_row_unref:
 * @self: (transfer full): a row
 *
 * - **Thread**: any.
 */
void
thaw_row_unref (ThawRow *self)
{
  g_return_if_fail (self != NULL);

  thaw_rows_unref (self->rows);
}

/**
 * thaw_row_get_rows:
 *
 * Returns: (transfer none): the rows that @self is one of, which know the columns' names
 */
ThawRows *
thaw_row_get_rows (ThawRow *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->rows;
}

static const ThawCell *
get_cell (ThawRow *self, guint column)
{
  static const ThawCell nothing = { THAW_CELL_NULL };

  g_return_val_if_fail (self != NULL && column < self->rows->columns->n_columns, &nothing);

  return &self->cells[column];
}

/**
 * thaw_row_get_cell_type:
 * @column: its index
 *
 * Returns: what the cell holds; in SQLite that is the cell's matter, not the column's
 */
ThawCellType
thaw_row_get_cell_type (ThawRow *self, guint column)
{
  return get_cell (self, column)->type;
}

/**
 * thaw_row_is_null:
 * @column: its index
 *
 * Returns: whether the cell is NULL
 */
gboolean
thaw_row_is_null (ThawRow *self, guint column)
{
  return get_cell (self, column)->type == THAW_CELL_NULL;
}

static gint64
double_to_int64 (double number)
{
  if (number >= 9223372036854775808.0)
    return G_MAXINT64;
  return number > -9223372036854775808.0 ? (gint64) number : G_MININT64;
}

/**
 * thaw_row_get_int64:
 * @column: its index
 *
 * Returns: the cell as an integer: a real number cut off, a text read as one; 0 for anything else
 */
gint64
thaw_row_get_int64 (ThawRow *self, guint column)
{
  const ThawCell *cell = get_cell (self, column);

  switch (cell->type)
    {
    case THAW_CELL_INT64:
      return cell->int64;
    case THAW_CELL_DOUBLE:
      return double_to_int64 (cell->number);
    case THAW_CELL_TEXT:
      return g_ascii_strtoll (cell->text, NULL, 10);
    default:
      return 0;
    }
}

/**
 * thaw_row_get_double:
 * @column: its index
 *
 * Returns: the cell as a real number, a text read as one; 0 for anything else
 */
double
thaw_row_get_double (ThawRow *self, guint column)
{
  const ThawCell *cell = get_cell (self, column);

  switch (cell->type)
    {
    case THAW_CELL_INT64:
      return (double) cell->int64;
    case THAW_CELL_DOUBLE:
      return cell->number;
    case THAW_CELL_TEXT:
      return g_ascii_strtod (cell->text, NULL);
    default:
      return 0;
    }
}

/**
 * thaw_row_get_text:
 * @column: its index
 *
 * Returns: (transfer none) (nullable): the text of a cell that holds text; %NULL for any other
 */
const char *
thaw_row_get_text (ThawRow *self, guint column)
{
  const ThawCell *cell = get_cell (self, column);

  return cell->type == THAW_CELL_TEXT ? cell->text : NULL;
}

/**
 * thaw_rows_dup_column:
 * @column: its index
 *
 * Gathers the texts of one column, as a list of strings or a drop-down takes them. A cell that holds
 * no text is an empty string.
 *
 * - **Thread**: any.
 *
 * Returns: (transfer full): as many strings as there are rows
 */
GStrv
thaw_rows_dup_column (ThawRows *self, guint column)
{
  guint n_rows = thaw_rows_get_n_rows (self);
  GStrv texts = g_new0 (char *, (gsize) n_rows + 1);

  for (guint i = 0; i < n_rows; i++)
    {
      const char *text = thaw_row_get_text (thaw_rows_get_row (self, i), column);

      texts[i] = g_strdup (text != NULL ? text : "");
    }
  return texts;
}

/**
 * thaw_row_get_blob:
 * @column: its index
 * @size: (out): its length in bytes
 *
 * Returns: (transfer none) (nullable) (array length=size): the bytes of a blob or text; %NULL for
 * any other cell
 */
const guint8 *
thaw_row_get_blob (ThawRow *self, guint column, gsize *size)
{
  const ThawCell *cell = get_cell (self, column);

  g_return_val_if_fail (size != NULL, NULL);

  *size = cell->type >= THAW_CELL_TEXT ? cell->length : 0;
  return cell->type >= THAW_CELL_TEXT ? (const guint8 *) cell->text : NULL;
}

static void
unref_row (gpointer row)
{
  thaw_row_unref (row);
}

/**
 * thaw_row_dup_bytes:
 * @column: its index
 *
 * Returns: (transfer full) (nullable): the bytes of a blob or text, not copied: they keep the row;
 * %NULL for any other cell
 */
GBytes *
thaw_row_dup_bytes (ThawRow *self, guint column)
{
  gsize size;
  const guint8 *bytes = thaw_row_get_blob (self, column, &size);

  if (bytes == NULL)
    return NULL;
  return g_bytes_new_with_free_func (bytes, size, unref_row, thaw_row_ref (self));
}

/**
 * thaw_row_get_value:
 * @column: its index
 * @value: (out caller-allocates): not initialised; gets an int64, a double, a string or a `GBytes`,
 * or a %NULL string for NULL
 */
void
thaw_row_get_value (ThawRow *self, guint column, GValue *value)
{
  const ThawCell *cell = get_cell (self, column);

  g_return_if_fail (value != NULL);

  switch (cell->type)
    {
    case THAW_CELL_INT64:
      g_value_init (value, G_TYPE_INT64);
      g_value_set_int64 (value, cell->int64);
      break;
    case THAW_CELL_DOUBLE:
      g_value_init (value, G_TYPE_DOUBLE);
      g_value_set_double (value, cell->number);
      break;
    case THAW_CELL_BLOB:
      g_value_init (value, G_TYPE_BYTES);
      g_value_take_boxed (value, thaw_row_dup_bytes (self, column));
      break;
    default:
      g_value_init (value, G_TYPE_STRING);
      g_value_set_string (value, cell->type == THAW_CELL_TEXT ? cell->text : NULL);
    }
}

/* SQLite doesn't care whether text is UTF-8, GVariant does. */
static GVariant *
dup_cell (ThawRow *self, guint column)
{
  const ThawCell *cell = get_cell (self, column);
  g_autoptr (GBytes) bytes = NULL;

  switch (cell->type)
    {
    case THAW_CELL_INT64:
      return g_variant_new_int64 (cell->int64);
    case THAW_CELL_DOUBLE:
      return g_variant_new_double (cell->number);
    case THAW_CELL_TEXT:
      return g_variant_new_take_string (g_utf8_make_valid (cell->text, -1));
    default:
      bytes = thaw_row_dup_bytes (self, column);
      return g_variant_new_from_bytes (G_VARIANT_TYPE_BYTESTRING, bytes, TRUE);
    }
}

/**
 * thaw_row_dup_variant:
 *
 * The row as a dictionary of the columns' names, for languages and formats that like those: `x`,
 * `d`, `s` and `ay`.
 *
 * Returns: (transfer full): an `a{sv}`, not floating; a NULL is left out
 */
GVariant *
thaw_row_dup_variant (ThawRow *self)
{
  GVariantBuilder builder;

  g_return_val_if_fail (self != NULL, NULL);

  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  for (guint i = 0; i < self->rows->columns->n_columns; i++)
    if (!thaw_row_is_null (self, i))
      g_variant_builder_add (&builder, "{sv}", self->rows->columns->names[i], dup_cell (self, i));
  return g_variant_ref_sink (g_variant_builder_end (&builder));
}
