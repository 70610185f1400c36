/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The popover in which a name is typed. What can't be a name, or is taken, is said while it is typed, and can't be confirmed;
 * what only looks wrong (a dot in front, a space at the end) is said too, and can be. Whether it is
 * taken is asked, since a folder of a million entries isn't searched in a moment: who confirms
 * before the answer is there has it confirmed then. Loop's thread; no file is touched. */

#include "files-rename.h"

#include <adwaita.h>
#include <glib/gi18n.h>
#include <string.h>

#define MAX_NAME 255
#define PROPOSED_AT_ONCE 100

const char *const files_archive_extensions[] = { ".zip", ".tar.gz", ".tar.xz", ".tar.zst", ".7z", NULL };

typedef struct {
  GtkWidget *popover, *entry, *button, *remark;
  GtkWidget *extensions; /* NULL: the name is whole */
  char *old_name; /* NULL: there is none yet */
  ThawScope *scope;
  ThawFuture *asked;     /* whether names are taken; NULL: nothing is asked */
  char *known;           /* the name last asked about, whether that is taken is known or not */
  gboolean known_taken;  /* and known only if nothing is asked */
  gboolean is_confirmed; /* as soon as it is known */
  char *proposed;        /* NULL: the user's to choose */
  guint n_proposed;      /* numbers that are taken, or asked about */
  FilesNamesFindFunc find;
  FilesNameFunc func;
  gpointer user_data;
  GDestroyNotify destroy;
} Rename;

static void
rename_free (gpointer data)
{
  Rename *self = data;

  thaw_scope_cancel (self->scope);
  thaw_scope_unref (self->scope);
  g_clear_pointer (&self->asked, thaw_future_unref);
  if (self->destroy != NULL)
    self->destroy (self->user_data);
  g_free (self->old_name);
  g_free (self->known);
  g_free (self->proposed);
  g_free (self);
}

/**
 * files_archive_find_extension:
 * @name: the name of an archive
 *
 * Returns: (nullable): its extension, with the dot, %NULL if it has none that says what it is
 */
const char *
files_archive_find_extension (const char *name)
{
  for (guint i = 0; files_archive_extensions[i] != NULL; i++)
    {
      gsize length = strlen (name), of_extension = strlen (files_archive_extensions[i]);

      if (length > of_extension && g_ascii_strcasecmp (name + length - of_extension, files_archive_extensions[i]) == 0)
        return files_archive_extensions[i];
    }
  return NULL;
}

/* What was typed, with what was chosen beside it. An extension that was typed is chosen. */
static char *
dup_name (Rename *self)
{
  const char *text = gtk_editable_get_text (GTK_EDITABLE (self->entry));

  if (self->extensions == NULL || *text == '\0' || files_archive_find_extension (text) != NULL)
    return g_strdup (text);
  return g_strconcat (text,
                      files_archive_extensions[gtk_drop_down_get_selected (GTK_DROP_DOWN (self->extensions))],
                      NULL);
}

static gboolean
is_asking (Rename *self)
{
  return self->asked != NULL && thaw_future_get_state (self->asked) == THAW_FUTURE_PENDING;
}

/* Why @name can't be taken: NULL if it can, as far as that is known. */
static const char *
refuse (Rename *self, const char *name)
{
  if (*name == '\0')
    return "";
  if (strchr (name, '/') != NULL)
    return _ ("A name can’t contain “/”");
  if (g_str_equal (name, ".") || g_str_equal (name, ".."))
    return _ ("This name means a folder already");
  if (strlen (name) > MAX_NAME)
    return _ ("This name is too long");
  if (g_strcmp0 (name, self->known) == 0 && !is_asking (self) && self->known_taken)
    return _ ("Something here has this name already");
  return NULL;
}

static const char *
warn (const char *name)
{
  if (*name == '.')
    return _ ("It will be hidden: its name begins with a dot");
  if (g_str_has_suffix (name, " "))
    return _ ("The name ends with a space");
  return "";
}

static void
update (Rename *self, const char *name)
{
  const char *reason = refuse (self, name);
  const char *remark = reason != NULL ? reason : warn (name);

  gtk_widget_set_sensitive (self->button, reason == NULL);
  gtk_label_set_text (GTK_LABEL (self->remark), remark);
  gtk_widget_set_visible (self->remark, *remark != '\0');
  if (reason != NULL && *reason != '\0')
    gtk_widget_add_css_class (self->entry, "error");
  else
    gtk_widget_remove_css_class (self->entry, "error");
}

/* Asking whether names are taken */

static void confirm_cb (GtkWidget *widget, gpointer user_data);

static void
stop_asking (Rename *self)
{
  if (self->asked != NULL)
    thaw_future_cancel (self->asked);
  g_clear_pointer (&self->asked, thaw_future_unref);
}

static void
ask (Rename *self, const char *const *names, ThawDoneFunc func)
{
  stop_asking (self);
  self->asked = self->find != NULL ? self->find (names, self->scope, self->user_data) : NULL;
  if (self->asked != NULL)
    thaw_future_done (self->asked, self->scope, func, self, NULL);
}

/* NULL: this is no answer to what is asked now, or there is none. */
static GArray *
get_answer (Rename *self, ThawFuture *completed)
{
  const GError *error = thaw_future_get_error (completed);

  return completed == self->asked && error == NULL ? thaw_future_get_pointer (completed, NULL)
                                                   : NULL;
}

static void
answered_cb (ThawFuture *completed, gpointer user_data)
{
  Rename *self = user_data;
  GArray *ids = get_answer (self, completed);

  if (completed != self->asked)
    return;
  self->known_taken = ids != NULL && g_array_index (ids, guint32, 0) != THAW_NO_ENTRY;
  update (self, self->known);
  if (self->is_confirmed)
    confirm_cb (self->entry, self);
}

static void
ask_name (Rename *self, const char *name)
{
  const char *names[] = { name, NULL };

  if (g_strcmp0 (name, self->known) == 0)
    return;
  g_set_str (&self->known, name);
  self->known_taken = FALSE;
  if (*name == '\0' || g_strcmp0 (name, self->old_name) == 0)
    stop_asking (self);
  else
    ask (self, names, answered_cb);
}

static void
changed_cb (GtkWidget *widget, gpointer user_data)
{
  Rename *self = user_data;
  g_autofree char *name = dup_name (self);

  self->is_confirmed = FALSE;
  g_clear_pointer (&self->proposed, g_free);
  ask_name (self, name);
  update (self, name);
}

static void
extension_chosen_cb (GtkWidget *extensions, GParamSpec *pspec, gpointer user_data)
{
  changed_cb (extensions, user_data);
}

static void
confirm_cb (GtkWidget *widget, gpointer user_data)
{
  Rename *self = user_data;
  g_autofree char *name = dup_name (self);

  self->is_confirmed = is_asking (self);
  if (self->is_confirmed || refuse (self, name) != NULL)
    return;
  if (g_strcmp0 (name, self->old_name) != 0 && self->func != NULL)
    g_steal_pointer (&self->func) (name, self->user_data);
  gtk_popover_popdown (GTK_POPOVER (self->popover));
}

/* Proposing a name that isn't taken */

static void ask_proposed (Rename *self);

static char *
dup_proposed (Rename *self, guint number)
{
  return number > 0 ? g_strdup_printf ("%s %u", self->proposed, number + 1)
                    : g_strdup (self->proposed);
}

/* It is known to be free. The text stays as it is where it can, with what is selected of it. */
static void
propose (Rename *self, guint number)
{
  g_autofree char *name = dup_proposed (self, number);
  gboolean is_confirmed = self->is_confirmed;
  int at = g_utf8_strlen (self->proposed, -1);

  g_set_str (&self->known, name);
  self->known_taken = FALSE;
  if (number > 0)
    {
      gtk_editable_insert_text (GTK_EDITABLE (self->entry),
                                name + strlen (self->proposed),
                                -1,
                                &at);
      gtk_editable_select_region (GTK_EDITABLE (self->entry), 0, -1);
    }
  g_clear_pointer (&self->proposed, g_free);
  if (is_confirmed)
    confirm_cb (self->entry, self);
}

static void
proposed_cb (ThawFuture *completed, gpointer user_data)
{
  Rename *self = user_data;
  GArray *ids = get_answer (self, completed);
  guint n_before = self->n_proposed;

  if (completed != self->asked || self->proposed == NULL)
    return;
  for (guint i = 0; ids != NULL && i < ids->len; i++)
    if (g_array_index (ids, guint32, i) == THAW_NO_ENTRY)
      {
        propose (self, n_before + i);
        return;
      }
  self->n_proposed += ids != NULL ? ids->len : 0;
  if (ids != NULL)
    ask_proposed (self);
  else
    propose (self, 0);
}

static void
ask_proposed (Rename *self)
{
  g_auto (GStrv) names = g_new0 (char *, PROPOSED_AT_ONCE + 1);

  for (guint i = 0; i < PROPOSED_AT_ONCE; i++)
    names[i] = dup_proposed (self, self->n_proposed + i);
  ask (self, (const char *const *) names, proposed_cb);
}

static gboolean
unparent_cb (gpointer popover)
{
  gtk_widget_unparent (popover);
  return G_SOURCE_REMOVE;
}

/* Nothing has the focus any more if it was in the popover: then the parent gets it. */
static void
give_focus_back (GtkWidget *popover)
{
  GtkRoot *root = gtk_widget_get_root (popover);
  GtkWidget *focus = root != NULL ? gtk_root_get_focus (root) : NULL;

  if (focus == NULL || focus == popover || gtk_widget_is_ancestor (focus, popover))
    gtk_widget_grab_focus (gtk_widget_get_parent (popover));
}

/* Not at once: the popover is in the middle of closing. */
static void
closed_cb (GtkWidget *popover, gpointer user_data)
{
  give_focus_back (popover);
  g_idle_add_full (G_PRIORITY_DEFAULT, unparent_cb, g_object_ref (popover), g_object_unref);
}

/* How much of a name is its stem: "a.tar.gz" and "photo.jpg" without what follows; in characters, -1 for all. */
static int
get_stem_length (const char *name, gboolean is_folder)
{
  const char *dot = is_folder ? NULL : strrchr (name, '.');

  if (dot == NULL || dot == name || dot[1] == '\0')
    return -1;
  if (dot - name > 4 && strncmp (dot - 4, ".tar", 4) == 0)
    dot -= 4;
  return g_utf8_pointer_to_offset (name, dot);
}

static GtkWidget *
make_extensions (Rename *self)
{
  self->extensions = gtk_drop_down_new_from_strings (files_archive_extensions);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->extensions),
                                  GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Kind of Archive"),
                                  -1);
  g_signal_connect (self->extensions, "notify::selected", G_CALLBACK (extension_chosen_cb), self);
  return self->extensions;
}

static GtkWidget *
make_line (Rename *self, FilesNameFlags flags)
{
  GtkWidget *line = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);

  gtk_widget_set_hexpand (self->entry, TRUE);
  gtk_box_append (GTK_BOX (line), self->entry);
  if ((flags & FILES_NAME_IS_ARCHIVE) != 0)
    gtk_box_append (GTK_BOX (line), make_extensions (self));
  return line;
}

static GtkWidget *
make_content (Rename *self, const char *title, const char *button, FilesNameFlags flags)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 12);
  GtkWidget *heading = gtk_label_new (title);

  self->entry = gtk_entry_new ();
  self->remark = gtk_label_new (NULL);
  self->button = gtk_button_new_with_mnemonic (button);
  gtk_widget_add_css_class (heading, "heading");
  gtk_widget_add_css_class (self->remark, "caption");
  gtk_widget_add_css_class (self->button, "suggested-action");
  gtk_widget_set_halign (self->button, GTK_ALIGN_END);
  gtk_label_set_wrap (GTK_LABEL (self->remark), TRUE);
  gtk_label_set_xalign (GTK_LABEL (self->remark), 0);
  gtk_editable_set_width_chars (GTK_EDITABLE (self->entry), (flags & FILES_NAME_IS_ARCHIVE) != 0 ? 22 : 30);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->entry), GTK_ACCESSIBLE_PROPERTY_LABEL, title, -1);
  gtk_widget_set_margin_start (box, 12);
  gtk_widget_set_margin_end (box, 12);
  gtk_widget_set_margin_top (box, 12);
  gtk_widget_set_margin_bottom (box, 12);
  gtk_box_append (GTK_BOX (box), heading);
  gtk_box_append (GTK_BOX (box), make_line (self, flags));
  gtk_box_append (GTK_BOX (box), self->remark);
  gtk_box_append (GTK_BOX (box), self->button);
  return box;
}

static void
place (GtkWidget *popover, GtkWidget *parent, const graphene_rect_t *bounds)
{
  GdkRectangle rectangle = {
    bounds->origin.x,
    bounds->origin.y,
    MAX (1, bounds->size.width),
    MAX (1, bounds->size.height),
  };

  /* A row is as wide as the window: point to where its name is. */
  if (rectangle.width > 2 * rectangle.height && rectangle.width > 240)
    {
      if (gtk_widget_get_direction (parent) == GTK_TEXT_DIR_RTL)
        rectangle.x += rectangle.width - 240;
      rectangle.width = 240;
    }
  gtk_popover_set_pointing_to (GTK_POPOVER (popover), &rectangle);
}

static void
begin (Rename *self, const char *name, FilesNameFlags flags)
{
  if ((flags & FILES_NAME_IS_PROPOSED) == 0)
    {
      changed_cb (self->entry, self);
      return;
    }
  update (self, name);
  self->proposed = g_strdup (name);
  ask_proposed (self);
}

/**
 * files_rename_popup:
 * @parent: where it pops up
 * @bounds: what it points to, in the coordinates of @parent
 * @title: what is typed
 * @button: what confirms it
 * @name: what stands there at first
 * @flags: what it is a name of
 * @find: (nullable): finds names that are taken
 * @func: takes the new name; not called when nothing was changed
 * @user_data: for both
 * @destroy: frees @user_data
 *
 * Lets the user type a name.
 */
void
files_rename_popup (GtkWidget *parent,
                    const graphene_rect_t *bounds,
                    const char *title,
                    const char *button,
                    const char *name,
                    FilesNameFlags flags,
                    FilesNamesFindFunc find,
                    FilesNameFunc func,
                    gpointer user_data,
                    GDestroyNotify destroy)
{
  Rename *self = g_new0 (Rename, 1);

  self->old_name = g_strdup ((flags & FILES_NAME_IS_NEW) != 0 ? NULL : name);
  self->find = find;
  self->scope = thaw_scope_new ("a name", NULL);
  self->func = func;
  self->user_data = user_data;
  self->destroy = destroy;
  self->popover = gtk_popover_new ();
  gtk_popover_set_child (GTK_POPOVER (self->popover), make_content (self, title, button, flags));
  gtk_widget_set_parent (self->popover, parent);
  place (self->popover, parent, bounds);
  g_object_set_data_full (G_OBJECT (self->popover), "files-rename", self, rename_free);
  gtk_editable_set_text (GTK_EDITABLE (self->entry), name);
  g_signal_connect (self->entry, "changed", G_CALLBACK (changed_cb), self);
  g_signal_connect (self->entry, "activate", G_CALLBACK (confirm_cb), self);
  g_signal_connect (self->button, "clicked", G_CALLBACK (confirm_cb), self);
  g_signal_connect (self->popover, "closed", G_CALLBACK (closed_cb), NULL);
  begin (self, name, flags);
  gtk_popover_popup (GTK_POPOVER (self->popover));
  gtk_widget_grab_focus (self->entry);
  gtk_editable_select_region (GTK_EDITABLE (self->entry), 0, get_stem_length (name, (flags & FILES_NAME_IS_FOLDER) != 0));
}
