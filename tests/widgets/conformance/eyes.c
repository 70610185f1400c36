/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a person with eyes or with a screen reader finds of a view. A view may arrange its entries
 * as it likes, so nothing here says where an entry has to be: it is asked for through the contract,
 * or looked for among the widgets.
 */
#include "conformance.h"

gboolean
find_center (Fixture *self, guint32 id, int *x, int *y)
{
  GtkWidget *view = get_widget (self);
  graphene_rect_t bounds;

  if (!pane_view_get_entry_bounds (self->view->view, id, &bounds))
    return FALSE;
  *x = (int) (bounds.origin.x + bounds.size.width / 2);
  *y = (int) (bounds.origin.y + bounds.size.height / 2);
  return *x >= 0 && *y >= 0 && *x < gtk_widget_get_width (view)
         && *y < gtk_widget_get_height (view);
}

gboolean
is_seen (Fixture *self, guint32 id)
{
  int x, y;

  return find_center (self, id, &x, &y);
}

guint32
get_seen (Fixture *self, guint nth)
{
  guint first, last;

  g_assert_true (pane_view_get_visible_range (self->view->view, &first, &last));
  for (guint i = first; i <= last; i++)
    {
      guint32 id = get_id (self, i);

      if (is_seen (self, id) && nth-- == 0)
        return id;
    }
  return THAW_NO_ENTRY;
}

guint
count_seen (Fixture *self)
{
  guint first, last, n = 0;

  if (!pane_view_get_visible_range (self->view->view, &first, &last))
    return 0;
  for (guint i = first; i <= last; i++)
    n += is_seen (self, get_id (self, i));
  return n;
}

gboolean
find_background (Fixture *self, int *x, int *y)
{
  int width = gtk_widget_get_width (get_widget (self));
  int height = gtk_widget_get_height (get_widget (self));
  guint32 first = get_seen (self, 0);

  /* Below the entries first: beside them there may be something else. */
  if (first != THAW_NO_ENTRY && find_center (self, first, x, y))
    for (*y = height - 30; *y > 0; *y -= 6)
      if (pane_view_get_entry_at (self->view->view, *x, *y) == THAW_NO_ENTRY)
        return TRUE;
  for (*y = height - 30; *y > 0; *y -= 6)
    for (*x = width - 30; *x > 0; *x -= 10)
      {
        if (pane_view_get_entry_at (self->view->view, *x, *y) == THAW_NO_ENTRY)
          return TRUE;
      }
  return FALSE;
}

void
show_few (Fixture *self)
{
  publish (self, THAW_SORT_NAME, FALSE, "report-12");
}

guint
count_widgets (GtkWidget *widget)
{
  guint n = 1;

  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    n += count_widgets (child);
  return n;
}

PaneCell *
find_cell (GtkWidget *widget, guint32 id)
{
  if (PANE_IS_CELL (widget))
    return pane_cell_get_id (PANE_CELL (widget)) == id && gtk_widget_get_mapped (widget)
               ? PANE_CELL (widget)
               : NULL;
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    {
      PaneCell *cell = find_cell (child, id);

      if (cell != NULL)
        return cell;
    }
  return NULL;
}

/* The cell, or the list item around it. */
GtkAccessible *
find_accessible (Fixture *self, guint32 id)
{
  PaneCell *cell = find_cell (get_widget (self), id);

  g_assert_nonnull (cell);
  if (gtk_accessible_get_accessible_role (GTK_ACCESSIBLE (cell))
      == GTK_ACCESSIBLE_ROLE_PRESENTATION)
    return GTK_ACCESSIBLE (gtk_widget_get_parent (GTK_WIDGET (cell)));
  return GTK_ACCESSIBLE (cell);
}

/* There is no getter, but the checker says what it found instead of what it was told to expect. */
char *
dup_label (Fixture *self, guint32 id)
{
  return gtk_test_accessible_check_property (find_accessible (self, id),
                                             GTK_ACCESSIBLE_PROPERTY_LABEL,
                                             "\001 no entry is called so");
}

GBytes *
paint (Fixture *self)
{
  return view_fixture_paint (self->view, get_widget (self));
}
