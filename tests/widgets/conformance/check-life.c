/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* That a view comes and goes without leaving anything, whenever that is. */
#include "conformance.h"

static void
test_leaks_nothing (gconstpointer view_id)
{
  for (int i = 0; i < conformance_rounds; i++)
    {
      Fixture *self = fixture_new (view_id, 30);
      gpointer view = self->view->view, model = self->view->model;
      gint64 end = g_get_monotonic_time () + DEADLINE_USEC;

      g_object_add_weak_pointer (view, &view);
      g_object_add_weak_pointer (model, &model);
      press (self, "Home");
      fixture_free (self);
      while (view != NULL || model != NULL)
        {
          g_assert_cmpint (g_get_monotonic_time (), <, end);
          g_main_context_iteration (NULL, FALSE);
        }
    }
}

const Check conformance_life[] = {
  { "leaks-nothing", test_leaks_nothing },
  { NULL },
};
