/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owner and group of files, as rows with a list of names that can be searched by typing. Only what
 * the system allows is offered: all of it to root, to others the groups that they are in. The names
 * come from the system's databases, which may be on a network: a lane of their own asks for them,
 * when the rows are shown first. What is chosen is only said: whoever shows the rows has it done.
 * Loop's thread, apart from the job's body. */

#include "files-owner.h"

#include <errno.h>
#include <glib/gi18n.h>
#include <grp.h>
#include <pwd.h>
#include <string.h>
#include <unistd.h>

#define MAX_ACCOUNTS 20000
#define MAX_BUFFER (1024 * 1024)

typedef struct {
  GtkWidget *row;
  GArray *ids; /* guint32, of the choices but the first if that is to leave it */
  gint64 current;
  char *current_name;
} Choice;

struct _FilesOwner {
  AdwBin parent_instance;
  Choice user, group;
  ThawScope *scope; /* NULL before the names were asked for */
  gboolean leaves, is_filling;
};

G_DEFINE_FINAL_TYPE (FilesOwner, files_owner, ADW_TYPE_BIN)

enum { CHANGE, N_SIGNALS };
static guint signals[N_SIGNALS];

/* The names. Lane's thread. */

static void
account_free (gpointer data)
{
  FilesAccount *self = data;

  g_free (self->name);
  g_free (self);
}

static void
add_account (GPtrArray *accounts, const char *name, guint32 id)
{
  FilesAccount *account = g_new0 (FilesAccount, 1);

  account->name = g_utf8_make_valid (name, -1);
  account->id = id;
  g_ptr_array_add (accounts, account);
}

static int
compare_accounts (gconstpointer a, gconstpointer b)
{
  const FilesAccount *one = *(FilesAccount *const *) a, *other = *(FilesAccount *const *) b;

  return strcmp (one->name, other->name);
}

/* The databases are walked by one thread at a time, as their functions want it: the lane has only
 * one. */
static void
read_all (FilesAccounts *self)
{
  struct passwd *user;
  struct group *group;

  setpwent ();
  while (self->users->len < MAX_ACCOUNTS && (user = getpwent ()) != NULL)
    add_account (self->users, user->pw_name, user->pw_uid);
  endpwent ();
  setgrent ();
  while (self->groups->len < MAX_ACCOUNTS && (group = getgrent ()) != NULL)
    add_account (self->groups, group->gr_name, group->gr_gid);
  endgrent ();
}

static void
add_group (FilesAccounts *self, gid_t gid)
{
  gsize size = 4096;
  g_autofree char *buffer = g_malloc (size);
  struct group group, *found = NULL;
  g_autofree char *number = NULL;

  while (getgrgid_r (gid, &group, buffer, size, &found) == ERANGE && size < MAX_BUFFER)
    buffer = g_realloc (buffer, size *= 2);
  number = g_strdup_printf ("%u", (guint) gid);
  add_account (self->groups, found != NULL ? found->gr_name : number, gid);
}

static void
read_own_groups (FilesAccounts *self)
{
  int n = getgroups (0, NULL);
  g_autofree gid_t *gids = g_new0 (gid_t, MAX (n, 1));
  gboolean has_effective = FALSE;

  n = n > 0 ? getgroups (n, gids) : 0;
  for (int i = 0; i < n; i++)
    {
      add_group (self, gids[i]);
      has_effective |= gids[i] == getegid ();
    }
  if (!has_effective)
    add_group (self, getegid ());
}

/**
 * files_accounts_read:
 * @is_root: whether everybody may be given files
 *
 * Returns: (transfer full): who may be
 */
FilesAccounts *
files_accounts_read (gboolean is_root)
{
  FilesAccounts *self = g_new0 (FilesAccounts, 1);

  self->users = g_ptr_array_new_with_free_func (account_free);
  self->groups = g_ptr_array_new_with_free_func (account_free);
  if (is_root)
    read_all (self);
  else
    read_own_groups (self);
  g_ptr_array_sort (self->users, compare_accounts);
  g_ptr_array_sort (self->groups, compare_accounts);
  return self;
}

void
files_accounts_free (FilesAccounts *self)
{
  g_ptr_array_unref (self->users);
  g_ptr_array_unref (self->groups);
  g_free (self);
}

static gboolean
read_lane (ThawJob *job, gpointer unused, GError **error)
{
  thaw_job_return_pointer (job,
                           files_accounts_read (geteuid () == 0),
                           (GDestroyNotify) files_accounts_free);
  return TRUE;
}

/* The rows */

static int
find_id (Choice *choice, gint64 id)
{
  for (guint i = 0; i < choice->ids->len; i++)
    if (g_array_index (choice->ids, guint32, i) == id)
      return i;
  return -1;
}

/* What it has now is a choice even if nobody knows it. */
static void
ensure_current (FilesOwner *self, Choice *choice, GtkStringList *names)
{
  guint32 id = choice->current;
  g_autofree char *number = g_strdup_printf ("%u", id);

  if (choice->current < 0 || find_id (choice, choice->current) >= 0)
    return;
  gtk_string_list_append (names, choice->current_name != NULL ? choice->current_name : number);
  g_array_append_val (choice->ids, id);
}

static void
select_current (FilesOwner *self, Choice *choice)
{
  int i = find_id (choice, choice->current);

  self->is_filling = TRUE;
  adw_combo_row_set_selected (ADW_COMBO_ROW (choice->row), self->leaves ? 0 : MAX (i, 0));
  self->is_filling = FALSE;
}

static void
fill (FilesOwner *self, Choice *choice, GPtrArray *accounts)
{
  g_autoptr (GtkStringList) names = gtk_string_list_new (NULL);

  self->is_filling = TRUE;
  g_array_set_size (choice->ids, 0);
  if (self->leaves)
    gtk_string_list_append (names, _ ("Leave"));
  for (guint i = 0; accounts != NULL && i < accounts->len; i++)
    {
      const FilesAccount *account = g_ptr_array_index (accounts, i);

      gtk_string_list_append (names, account->name);
      g_array_append_val (choice->ids, account->id);
    }
  ensure_current (self, choice, names);
  adw_combo_row_set_model (ADW_COMBO_ROW (choice->row), G_LIST_MODEL (names));
  select_current (self, choice);
  gtk_widget_set_sensitive (choice->row, g_list_model_get_n_items (G_LIST_MODEL (names)) > 1);
}

static void
read_cb (ThawFuture *completed, gpointer user_data)
{
  FilesOwner *self = user_data;
  FilesAccounts *accounts = thaw_future_get_pointer (completed, NULL);

  if (accounts == NULL)
    return;
  fill (self, &self->user, accounts->users);
  fill (self, &self->group, accounts->groups);
}

/* One lane for all of them, whose only thread hangs alone. */
static void
start_reading (FilesOwner *self)
{
  static ThawLane *lane;
  g_autoptr (ThawFuture) read = NULL;

  if (lane == NULL)
    lane = thaw_lane_new_private ("users and groups", 1, NULL);
  self->scope = thaw_scope_new_for_owner ("users and groups", G_OBJECT (self), NULL);
  read = thaw_lane_run_patient (lane,
                                self->scope,
                                "users and groups",
                                THAW_PRIORITY_HIGH,
                                -1,
                                read_lane,
                                NULL,
                                NULL);
  thaw_future_done (read, self->scope, read_cb, self, NULL);
}

static void
show_choices (FilesOwner *self, gboolean is_mine)
{
  gboolean is_root = geteuid () == 0;

  gtk_widget_set_visible (GTK_WIDGET (self), is_root || is_mine);
  gtk_widget_set_visible (self->user.row, is_root);
  if ((is_root || is_mine) && self->scope == NULL)
    start_reading (self);
}

static void
set_current (FilesOwner *self, Choice *choice, gint64 id, const char *name)
{
  choice->current = id;
  g_set_str (&choice->current_name, name);
  if (find_id (choice, id) >= 0)
    select_current (self, choice);
  else
    fill (self, choice, NULL);
}

/**
 * files_owner_set:
 * @self: rows
 * @uid: whose the file is
 * @gid: which group's
 * @user: (nullable): their name
 * @group: (nullable): the same
 * @is_mine: whether it is the user's own
 *
 * Shows what a file has. The rows are hidden from those who can't change it.
 */
void
files_owner_set (FilesOwner *self,
                 guint32 uid,
                 guint32 gid,
                 const char *user,
                 const char *group,
                 gboolean is_mine)
{
  set_current (self, &self->user, uid, user);
  set_current (self, &self->group, gid, group);
  show_choices (self, is_mine);
}

/**
 * files_owner_set_many:
 * @self: rows that begin with leaving all as it is
 *
 * Offers what may be chosen for files that are the user's own.
 */
void
files_owner_set_many (FilesOwner *self)
{
  fill (self, &self->user, NULL);
  fill (self, &self->group, NULL);
  show_choices (self, TRUE);
}

static gint64
get_chosen (FilesOwner *self, Choice *choice)
{
  guint selected = adw_combo_row_get_selected (ADW_COMBO_ROW (choice->row));
  guint i = selected - (self->leaves ? 1 : 0);
  gint64 id;

  if (selected == GTK_INVALID_LIST_POSITION || (self->leaves && selected == 0)
      || i >= choice->ids->len)
    return FILES_OWNER_LEAVE;
  id = g_array_index (choice->ids, guint32, i);
  return id != choice->current ? id : FILES_OWNER_LEAVE;
}

/**
 * files_owner_get_uid:
 * @self: rows
 *
 * Returns: whose the file is to be, or %FILES_OWNER_LEAVE
 */
gint64
files_owner_get_uid (FilesOwner *self)
{
  return get_chosen (self, &self->user);
}

/**
 * files_owner_get_gid:
 * @self: rows
 *
 * Returns: which group's it is to be, or %FILES_OWNER_LEAVE
 */
gint64
files_owner_get_gid (FilesOwner *self)
{
  return get_chosen (self, &self->group);
}

static void
selected_cb (FilesOwner *self)
{
  if (!self->is_filling)
    g_signal_emit (self, signals[CHANGE], 0);
}

static void
choice_clear (Choice *choice)
{
  g_clear_pointer (&choice->ids, g_array_unref);
  g_clear_pointer (&choice->current_name, g_free);
}

static void
files_owner_dispose (GObject *object)
{
  g_clear_pointer (&FILES_OWNER (object)->scope, thaw_scope_unref);
  G_OBJECT_CLASS (files_owner_parent_class)->dispose (object);
}

static void
files_owner_finalize (GObject *object)
{
  choice_clear (&FILES_OWNER (object)->user);
  choice_clear (&FILES_OWNER (object)->group);
  G_OBJECT_CLASS (files_owner_parent_class)->finalize (object);
}

static void
files_owner_class_init (FilesOwnerClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = files_owner_dispose;
  G_OBJECT_CLASS (klass)->finalize = files_owner_finalize;
  signals[CHANGE] = g_signal_new ("change",
                                  FILES_TYPE_OWNER,
                                  G_SIGNAL_RUN_LAST,
                                  0,
                                  NULL,
                                  NULL,
                                  NULL,
                                  G_TYPE_NONE,
                                  0);
}

static void
choice_init (FilesOwner *self, Choice *choice, GtkWidget *group, const char *title)
{
  g_autoptr (GtkExpression) shown
      = gtk_property_expression_new (GTK_TYPE_STRING_OBJECT, NULL, "string");

  choice->ids = g_array_new (FALSE, FALSE, sizeof (guint32));
  choice->current = FILES_OWNER_LEAVE;
  choice->row = adw_combo_row_new ();
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (choice->row), title);
  adw_combo_row_set_expression (ADW_COMBO_ROW (choice->row), shown);
  adw_combo_row_set_enable_search (ADW_COMBO_ROW (choice->row), TRUE);
  adw_combo_row_set_search_match_mode (ADW_COMBO_ROW (choice->row),
                                       GTK_STRING_FILTER_MATCH_MODE_SUBSTRING);
  gtk_widget_set_sensitive (choice->row, FALSE);
  g_signal_connect_object (choice->row,
                           "notify::selected",
                           G_CALLBACK (selected_cb),
                           self,
                           G_CONNECT_SWAPPED);
  adw_preferences_group_add (ADW_PREFERENCES_GROUP (group), choice->row);
}

static void
files_owner_init (FilesOwner *self)
{
  GtkWidget *group = adw_preferences_group_new ();

  adw_preferences_group_set_title (ADW_PREFERENCES_GROUP (group), _ ("Ownership"));
  choice_init (self, &self->user, group, _ ("Owner"));
  choice_init (self, &self->group, group, _ ("Group"));
  adw_bin_set_child (ADW_BIN (self), group);
  gtk_widget_set_visible (GTK_WIDGET (self), FALSE);
}

/**
 * files_owner_new:
 * @leaves: whether it begins with leaving all as it is
 *
 * Returns: (transfer floating): rows, hidden until they are set
 */
GtkWidget *
files_owner_new (gboolean leaves)
{
  FilesOwner *self = g_object_new (FILES_TYPE_OWNER, NULL);

  self->leaves = leaves;
  return GTK_WIDGET (self);
}
