/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Dragging out of a view, and what a host needs of it to let things be dropped. */
#include "conformance.h"

static void
test_drag_out (gconstpointer view_id)
{
  Fixture *self = fixture_new (view_id, FEW);
  guint32 ids[] = { get_seen (self, 0), get_seen (self, 1) };

  select_ids (self, ids, G_N_ELEMENTS (ids));
  begin_drag (self, ids[1]);
  press (self, "Escape");
  button_up (self, 1);
  g_assert_cmpuint (self->n_drags, ==, 1);
  g_assert_cmpuint (self->n_dragged, ==, 2);
  g_assert_cmpuint (get_n_selected (self), ==, 2);
  fixture_free (self);
}

const Check conformance_drag[] = {
  { "drag-out", test_drag_out },
  { NULL },
};
