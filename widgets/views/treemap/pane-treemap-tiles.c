/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Squarified treemaps (Bruls, Huizing and van Wijk): tiles are laid in rows along the shorter side
 * of what room is left, and a row takes another tile as long as that makes its tiles squarer. Pure
 * arithmetic; touches nothing.
 */
#include "pane-treemap-private.h"

/* How far from square the worst tile of a row is. */
static double
get_worst (double sum, double least, double most, double side)
{
  double area = sum * sum, square = side * side;

  return MAX (square * most / area, area / (square * least));
}

/* Lays a row, and takes its room away. */
static void
lay_row (const double *sizes, guint n, double sum, graphene_rect_t *room, graphene_rect_t *tiles)
{
  gboolean upright = room->size.width >= room->size.height;
  float side = upright ? room->size.height : room->size.width;
  float depth = side > 0 ? (float) (sum / side) : 0, at = 0;

  for (guint i = 0; i < n; i++)
    {
      float length = depth > 0 ? (float) (sizes[i] / depth) : 0;

      if (upright)
        graphene_rect_init (&tiles[i], room->origin.x, room->origin.y + at, depth, length);
      else
        graphene_rect_init (&tiles[i], room->origin.x + at, room->origin.y, length, depth);
      at += length;
    }
  if (upright)
    graphene_rect_init (room,
                        room->origin.x + depth,
                        room->origin.y,
                        MAX (room->size.width - depth, 0),
                        room->size.height);
  else
    graphene_rect_init (room,
                        room->origin.x,
                        room->origin.y + depth,
                        room->size.width,
                        MAX (room->size.height - depth, 0));
}

void
pane_treemap_arrange (const double *sizes,
                      guint n,
                      const graphene_rect_t *room,
                      graphene_rect_t *tiles)
{
  g_autofree double *areas = g_new (double, n);
  graphene_rect_t left = *room;
  double total = 0;

  for (guint i = 0; i < n; i++)
    total += sizes[i];
  for (guint i = 0; i < n; i++)
    areas[i] = sizes[i] * room->size.width * room->size.height / total;
  for (guint begin = 0, end; begin < n; begin = end)
    {
      double side = MAX (MIN (left.size.width, left.size.height), 1e-3);
      double sum = areas[begin];

      for (end = begin + 1; end < n; end++)
        {
          if (get_worst (sum + areas[end], areas[end], areas[begin], side)
              > get_worst (sum, areas[end - 1], areas[begin], side))
            break;
          sum += areas[end];
        }
      lay_row (areas + begin, end - begin, sum, &left, tiles + begin);
    }
}
