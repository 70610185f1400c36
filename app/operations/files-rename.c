/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The popover in which a name is typed. What can't be a name, or is taken, is said while it is typed, and can't be confirmed;
 * what only looks wrong (a dot in front, a space at the end) is said too, and can be. Loop's thread; no file is touched. */

#include "files-rename.h"

#include <adwaita.h>
#include <glib/gi18n.h>
#include <string.h>

#define MAX_NAME 255

const char *const files_archive_extensions[] = { ".zip", ".tar.gz", ".tar.xz", ".tar.zst", ".7z", NULL };

typedef struct {
  GtkWidget *popover, *entry, *button, *remark;
  GtkWidget *extensions; /* NULL: the name is whole */
  char *old_name; /* NULL: there is none yet */
  FilesNameTakenFunc taken;
  FilesNameFunc func;
  gpointer user_data;
  GDestroyNotify destroy;
} Rename;

static void
rename_free (gpointer data)
{
  Rename *self = data;

  if (self->destroy != NULL)
    self->destroy (self->user_data);
  g_free (self->old_name);
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

/* Why @name can't be taken: NULL if it can. */
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
  if (g_strcmp0 (name, self->old_name) != 0 && self->taken != NULL && self->taken (name, self->user_data))
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
changed_cb (GtkWidget *widget, gpointer user_data)
{
  Rename *self = user_data;
  g_autofree char *name = dup_name (self);
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

  if (refuse (self, name) != NULL)
    return;
  if (g_strcmp0 (name, self->old_name) != 0 && self->func != NULL)
    g_steal_pointer (&self->func) (name, self->user_data);
  gtk_popover_popdown (GTK_POPOVER (self->popover));
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

/**
 * files_rename_popup:
 * @parent: where it pops up
 * @bounds: what it points to, in the coordinates of @parent
 * @title: what is typed
 * @button: what confirms it
 * @name: what stands there at first
 * @flags: what it is a name of
 * @taken: (nullable): whether a name is taken
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
                    FilesNameTakenFunc taken,
                    FilesNameFunc func,
                    gpointer user_data,
                    GDestroyNotify destroy)
{
  Rename *self = g_new0 (Rename, 1);

  self->old_name = g_strdup ((flags & FILES_NAME_IS_NEW) != 0 ? NULL : name);
  self->taken = taken;
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
  changed_cb (self->entry, self);
  gtk_popover_popup (GTK_POPOVER (self->popover));
  gtk_widget_grab_focus (self->entry);
  gtk_editable_select_region (GTK_EDITABLE (self->entry), 0, get_stem_length (name, (flags & FILES_NAME_IS_FOLDER) != 0));
}
