/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A small table of figures. Its labels are made once, and a text that hasn't changed costs nothing;
 * numbers keep a width of their own, so that the usual change moves no other label. The first
 * column is a name, which gives way when there is no room; the others are numbers or a word. Loop's
 * thread. */

#include "pane-pulse-table.h"

#define NUMBER_CHARS 5

struct _PanePulseTable {
  GtkWidget parent_instance;

  GtkWidget *title;
  GtkGrid *grid;
  guint n_columns;
  GtkLabel *cells[PANE_PULSE_ROWS + 1][PANE_PULSE_COLUMNS]; /* the first row holds the headers */
};

enum {
  PROP_TITLE = 1,
  N_PROPERTIES,
};

static GParamSpec *properties[N_PROPERTIES];

G_DEFINE_FINAL_TYPE (PanePulseTable, pane_pulse_table, GTK_TYPE_WIDGET)

static GtkLabel *
make_cell (PanePulseTable *self, guint row, guint column)
{
  GtkWidget *cell = gtk_label_new (NULL);

  gtk_label_set_xalign (GTK_LABEL (cell), column == 0 ? 0 : 1);
  gtk_label_set_ellipsize (GTK_LABEL (cell), PANGO_ELLIPSIZE_END);
  gtk_widget_set_hexpand (cell, column == 0);
  gtk_widget_add_css_class (cell, row == 0 ? "caption-heading" : "numeric");
  if (row == 0 || column > 0)
    gtk_widget_add_css_class (cell, "dim-label");
  if (column > 0)
    gtk_label_set_width_chars (GTK_LABEL (cell), NUMBER_CHARS);
  gtk_grid_attach (self->grid, cell, (int) column, (int) row, 1, 1);
  return GTK_LABEL (cell);
}

/**
 * pane_pulse_table_set_columns:
 * @self: a table
 * @titles: (array zero-terminated=1): the headers
 *
 * Says what the columns are, once.
 */
void
pane_pulse_table_set_columns (PanePulseTable *self, const char *const *titles)
{
  g_return_if_fail (PANE_IS_PULSE_TABLE (self));
  g_return_if_fail (self->n_columns == 0);

  self->n_columns = MIN (g_strv_length ((char **) titles), PANE_PULSE_COLUMNS);
  for (guint row = 0; row <= PANE_PULSE_ROWS; row++)
    for (guint column = 0; column < self->n_columns; column++)
      self->cells[row][column] = make_cell (self, row, column);
  for (guint column = 0; column < self->n_columns; column++)
    gtk_label_set_text (self->cells[0][column], titles[column]);
  pane_pulse_table_set_n_rows (self, 0);
}

/**
 * pane_pulse_table_set_row:
 * @self: a table with columns
 * @row: which, from 0 on; those beyond the last one are ignored
 * @texts: (array): the texts of its cells
 *
 * Shows a row.
 */
void
pane_pulse_table_set_row (PanePulseTable *self, guint row, const char *const *texts)
{
  g_return_if_fail (PANE_IS_PULSE_TABLE (self));

  if (row >= PANE_PULSE_ROWS)
    return;
  for (guint column = 0; column < self->n_columns; column++)
    {
      gtk_label_set_text (self->cells[row + 1][column], texts[column]);
      gtk_widget_set_visible (GTK_WIDGET (self->cells[row + 1][column]), TRUE);
    }
}

/**
 * pane_pulse_table_set_n_rows:
 * @self: a table with columns
 * @n_rows: how many there are
 *
 * Hides the rows from @n_rows on; without any the headers go too.
 */
void
pane_pulse_table_set_n_rows (PanePulseTable *self, guint n_rows)
{
  g_return_if_fail (PANE_IS_PULSE_TABLE (self));

  for (guint row = 0; row <= PANE_PULSE_ROWS; row++)
    for (guint column = 0; column < self->n_columns; column++)
      if (row > n_rows || n_rows == 0)
        gtk_widget_set_visible (GTK_WIDGET (self->cells[row][column]), FALSE);
      else if (row == 0)
        gtk_widget_set_visible (GTK_WIDGET (self->cells[row][column]), TRUE);
}

static void
pane_pulse_table_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  PanePulseTable *self = PANE_PULSE_TABLE (object);

  gtk_label_set_text (GTK_LABEL (self->title), g_value_get_string (value));
  gtk_accessible_update_property (GTK_ACCESSIBLE (self),
                                  GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  g_value_get_string (value),
                                  -1);
}

static void
pane_pulse_table_dispose (GObject *object)
{
  GtkWidget *child;

  while ((child = gtk_widget_get_first_child (GTK_WIDGET (object))) != NULL)
    gtk_widget_unparent (child);
  G_OBJECT_CLASS (pane_pulse_table_parent_class)->dispose (object);
}

static void
pane_pulse_table_class_init (PanePulseTableClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->set_property = pane_pulse_table_set_property;
  object_class->dispose = pane_pulse_table_dispose;
  properties[PROP_TITLE]
      = g_param_spec_string ("title", NULL, NULL, NULL, G_PARAM_WRITABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPERTIES, properties);
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BOX_LAYOUT);
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_GROUP);
}

static void
pane_pulse_table_init (PanePulseTable *self)
{
  GtkLayoutManager *layout = gtk_widget_get_layout_manager (GTK_WIDGET (self));

  gtk_orientable_set_orientation (GTK_ORIENTABLE (layout), GTK_ORIENTATION_VERTICAL);
  gtk_box_layout_set_spacing (GTK_BOX_LAYOUT (layout), 6);
  self->title = gtk_label_new (NULL);
  gtk_label_set_xalign (GTK_LABEL (self->title), 0);
  gtk_widget_add_css_class (self->title, "heading");
  gtk_widget_set_parent (self->title, GTK_WIDGET (self));
  self->grid = GTK_GRID (gtk_grid_new ());
  gtk_grid_set_column_spacing (self->grid, 9);
  gtk_grid_set_row_spacing (self->grid, 3);
  gtk_widget_set_parent (GTK_WIDGET (self->grid), GTK_WIDGET (self));
}
