/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a person does to a view in a window, with real events. They come from xdotool. */
#pragma once

#include "view-fixture.h"

G_BEGIN_DECLS

/* FALSE: there is no xdotool, and the test is skipped. */
gboolean view_user_is_here (void);
/* Frames aren't run; the loop is, until it has ended. The shell's quotes keep blanks together. */
G_GNUC_PRINTF (1, 2)
void view_user_act (const char *format, ...);
/* Brings the window to a known place, under a title of its own, and to the front. */
void view_user_face (ViewFixture *self);
/* @command: as above; then a few frames are run. */
void view_user_do (ViewFixture *self, const char *command);
/* Goes to an entry with the pointer, @x from the start edge of its cell, negative: to its middle;
 * then @how: as above,
 * "": nothing else. */
void view_user_point_at (ViewFixture *self, guint32 id, int x, const char *how);

/* Runs frames until something is so. What an event brings about may be some away on a busy machine.
 */
#define view_user_wait_until(fixture, condition)                                                   \
  G_STMT_START                                                                                     \
  {                                                                                                \
    gint64 view_user_end = g_get_monotonic_time () + 20 * G_USEC_PER_SEC;                          \
                                                                                                   \
    while (!(condition))                                                                           \
      {                                                                                            \
        if (g_get_monotonic_time () > view_user_end)                                               \
          g_error ("%s: waited in vain for: %s", G_STRLOC, #condition);                            \
        view_fixture_run_frames (fixture, 1);                                                      \
      }                                                                                            \
  }                                                                                                \
  G_STMT_END

G_END_DECLS
