/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who may do what with one file: a row each for its owner, its group and all others, which open to
 * show what they may. A switch that is flipped says so and nothing else: only that bit is asked
 * for, and what is shown follows the file. Loop's thread. */

#include "files-access.h"

#include <glib/gi18n.h>

#define N_WHO 3
#define N_WHAT 3

struct _FilesAccess {
  AdwBin parent_instance;
  GtkWidget *who_rows[N_WHO];
  GtkWidget *switches[N_WHO][N_WHAT];
  gboolean is_filling;
};

G_DEFINE_FINAL_TYPE (FilesAccess, files_access, ADW_TYPE_BIN)

enum { CHANGE, N_SIGNALS };
static guint signals[N_SIGNALS];

static guint32
get_bit (guint who, guint what)
{
  return 0400 >> (3 * who + what);
}

static void
switched_cb (GtkWidget *row, GParamSpec *pspec, FilesAccess *self)
{
  for (guint who = 0; who < N_WHO && !self->is_filling; who++)
    for (guint what = 0; what < N_WHAT; what++)
      if (self->switches[who][what] == row)
        {
          gboolean is_on = adw_switch_row_get_active (ADW_SWITCH_ROW (row));
          const char change[] = { "ugo"[who], is_on ? '+' : '-', "rwx"[what], '\0' };

          g_signal_emit (self, signals[CHANGE], 0, change);
        }
}

static const char *
describe (guint32 bits, gboolean is_folder)
{
  switch (bits & 7)
    {
    case 0:
      return _ ("Nothing");
    case 4:
      return is_folder ? _ ("List") : _ ("Read");
    case 5:
      return is_folder ? _ ("List and open") : _ ("Read and execute");
    case 6:
      return _ ("Read and write");
    case 7:
      return is_folder ? _ ("List, open and change") : _ ("Read, write and execute");
    case 1:
      return is_folder ? _ ("Open what is known") : _ ("Execute");
    default:
      return _ ("Unusual");
    }
}

static void
set_titles (FilesAccess *self, gboolean is_folder)
{
  const char *const titles[] = {
    is_folder ? _ ("List What Is Inside") : _ ("Read"),
    is_folder ? _ ("Add, Rename and Remove") : _ ("Write"),
    is_folder ? _ ("Open What Is Inside") : _ ("Execute as a Program"),
  };

  for (guint who = 0; who < N_WHO; who++)
    for (guint what = 0; what < N_WHAT; what++)
      adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self->switches[who][what]), titles[what]);
}

static void
set_who (FilesAccess *self,
         guint who,
         guint32 mode,
         gboolean is_folder,
         const char *name,
         gboolean can_change)
{
  const char *may = describe (mode >> (6 - 3 * who), is_folder);
  g_autofree char *text = name != NULL ? g_strdup_printf ("%s · %s", name, may) : g_strdup (may);

  adw_expander_row_set_subtitle (ADW_EXPANDER_ROW (self->who_rows[who]), text);
  for (guint what = 0; what < N_WHAT; what++)
    {
      adw_switch_row_set_active (ADW_SWITCH_ROW (self->switches[who][what]),
                                 (mode & get_bit (who, what)) != 0);
      gtk_widget_set_sensitive (self->switches[who][what], can_change);
    }
}

/**
 * files_access_set:
 * @self: rows
 * @mode: what is allowed
 * @is_folder: of a folder
 * @owner: (nullable): the owner's name
 * @group: (nullable): the group's
 * @can_change: whether the user may change it
 *
 * Shows what a file allows.
 */
void
files_access_set (FilesAccess *self,
                  guint32 mode,
                  gboolean is_folder,
                  const char *owner,
                  const char *group,
                  gboolean can_change)
{
  const char *const names[] = { owner, group, NULL };

  self->is_filling = TRUE;
  set_titles (self, is_folder);
  for (guint who = 0; who < N_WHO; who++)
    set_who (self, who, mode, is_folder, names[who], can_change);
  self->is_filling = FALSE;
}

static void
files_access_class_init (FilesAccessClass *klass)
{
  signals[CHANGE] = g_signal_new ("change",
                                  FILES_TYPE_ACCESS,
                                  G_SIGNAL_RUN_LAST,
                                  0,
                                  NULL,
                                  NULL,
                                  NULL,
                                  G_TYPE_NONE,
                                  1,
                                  G_TYPE_STRING);
}

static GtkWidget *
make_who (FilesAccess *self, guint who, const char *title)
{
  GtkWidget *row = adw_expander_row_new ();

  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), title);
  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
  for (guint what = 0; what < N_WHAT; what++)
    {
      self->switches[who][what] = adw_switch_row_new ();
      g_signal_connect (self->switches[who][what],
                        "notify::active",
                        G_CALLBACK (switched_cb),
                        self);
      adw_expander_row_add_row (ADW_EXPANDER_ROW (row), self->switches[who][what]);
    }
  return row;
}

static void
files_access_init (FilesAccess *self)
{
  const char *const titles[] = { _ ("Owner"), _ ("Group"), _ ("Others") };
  GtkWidget *group = adw_preferences_group_new ();

  adw_preferences_group_set_title (ADW_PREFERENCES_GROUP (group), _ ("Permissions"));
  for (guint who = 0; who < N_WHO; who++)
    {
      self->who_rows[who] = make_who (self, who, titles[who]);
      adw_preferences_group_add (ADW_PREFERENCES_GROUP (group), self->who_rows[who]);
    }
  adw_bin_set_child (ADW_BIN (self), group);
}

/**
 * files_access_new:
 *
 * Returns: (transfer floating): rows
 */
GtkWidget *
files_access_new (void)
{
  return g_object_new (FILES_TYPE_ACCESS, NULL);
}
