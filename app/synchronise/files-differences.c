/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The differences of two folders, as a list of which only what is seen is made: a row's object is
 * made when GTK asks for it, from the plan. What would be done is shown by an arrow to the folder
 * that changes, and in words. A list never changes; a new plan is a new list. Loop's thread. */

#include "files-differences.h"
#include "pane-location.h"

#include <glib/gi18n.h>
#include <string.h>

#define FILES_TYPE_DIFFERENCE (files_difference_get_type ())
G_DECLARE_FINAL_TYPE (FilesDifference, files_difference, FILES, DIFFERENCE, GObject)

struct _FilesDifference {
  GObject parent_instance;
  FilesDifferences *list;
  guint i;
};

G_DEFINE_FINAL_TYPE (FilesDifference, files_difference, G_TYPE_OBJECT)

struct _FilesDifferences {
  GObject parent_instance;
  ThawPlan *plan;
  FilesSyncMode mode;
  GFile *a, *b;
};

static void
files_difference_finalize (GObject *object)
{
  g_object_unref (FILES_DIFFERENCE (object)->list);
  G_OBJECT_CLASS (files_difference_parent_class)->finalize (object);
}

static void
files_difference_class_init (FilesDifferenceClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = files_difference_finalize;
}

static void
files_difference_init (FilesDifference *self)
{
}

static GType
get_item_type (GListModel *model)
{
  return FILES_TYPE_DIFFERENCE;
}

static guint
get_n_items (GListModel *model)
{
  return thaw_plan_get_n_findings (FILES_DIFFERENCES (model)->plan);
}

static gpointer
get_item (GListModel *model, guint position)
{
  FilesDifference *row;

  if (position >= get_n_items (model))
    return NULL;
  row = g_object_new (FILES_TYPE_DIFFERENCE, NULL);
  row->list = g_object_ref (FILES_DIFFERENCES (model));
  row->i = position;
  return row;
}

static void
list_model_init (GListModelInterface *iface)
{
  iface->get_item_type = get_item_type;
  iface->get_n_items = get_n_items;
  iface->get_item = get_item;
}

G_DEFINE_FINAL_TYPE_WITH_CODE (FilesDifferences,
                               files_differences,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL, list_model_init))

static void
files_differences_finalize (GObject *object)
{
  FilesDifferences *self = FILES_DIFFERENCES (object);

  thaw_plan_unref (self->plan);
  g_object_unref (self->a);
  g_object_unref (self->b);
  G_OBJECT_CLASS (files_differences_parent_class)->finalize (object);
}

static void
files_differences_class_init (FilesDifferencesClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = files_differences_finalize;
}

static void
files_differences_init (FilesDifferences *self)
{
}

/**
 * files_differences_new:
 * @plan: what was found
 * @mode: what is to be done about it
 * @a: the first folder
 * @b: the second one
 *
 * Returns: (transfer full): a list of the findings
 */
FilesDifferences *
files_differences_new (ThawPlan *plan, FilesSyncMode mode, GFile *a, GFile *b)
{
  FilesDifferences *self = g_object_new (FILES_TYPE_DIFFERENCES, NULL);

  self->plan = thaw_plan_ref (plan);
  self->mode = mode;
  self->a = g_object_ref (a);
  self->b = g_object_ref (b);
  return self;
}

/* What is done */

typedef enum { TO_NOBODY, TO_A, TO_B, OUT_OF_B, ASKED } Way;

static Way
get_way (FilesSyncMode mode, ThawFindingType type)
{
  switch (type)
    {
    case THAW_FINDING_ONLY_IN_SOURCE:
    case THAW_FINDING_SOURCE_NEWER:
    case THAW_FINDING_DIFFERENT:
      return TO_B;
    case THAW_FINDING_ONLY_IN_TARGET:
      return mode == FILES_SYNC_BOTH ? TO_A : mode == FILES_SYNC_MIRROR ? OUT_OF_B : TO_NOBODY;
    case THAW_FINDING_TARGET_NEWER:
      return mode == FILES_SYNC_BOTH ? TO_A : mode == FILES_SYNC_MIRROR ? TO_B : TO_NOBODY;
    case THAW_FINDING_CONFLICT:
      return ASKED;
    default:
      return TO_NOBODY;
    }
}

static gint64
count (FilesDifferences *self, Way way)
{
  gint64 n = 0;

  for (guint type = 0; type < THAW_N_FINDINGS; type++)
    if (get_way (self->mode, (ThawFindingType) type) == way)
      n += thaw_plan_count_findings (self->plan, (ThawFindingType) type);
  return n;
}

gint64
files_differences_get_n_changes (FilesDifferences *self)
{
  return count (self, TO_A) + count (self, TO_B) + count (self, OUT_OF_B) + count (self, ASKED);
}

/* Takes @part. */
static void
append (GString *text, gint64 n, char *part)
{
  if (n > 0)
    g_string_append_printf (text, "%s%s", text->len > 0 ? " · " : "", part);
  g_free (part);
}

/**
 * files_differences_dup_summary:
 * @self: a list
 *
 * Returns: (transfer full): what would be done, in a line
 */
char *
files_differences_dup_summary (FilesDifferences *self)
{
  GString *text = g_string_new (NULL);
  gint64 bytes = thaw_plan_get_bytes (self->plan);
  guint n = (guint) (count (self, TO_A) + count (self, TO_B));

  append (text, n, g_strdup_printf (ngettext ("%'u to copy", "%'u to copy", n), n));
  n = (guint) count (self, OUT_OF_B);
  append (text, n, g_strdup_printf (ngettext ("%'u to remove", "%'u to remove", n), n));
  n = (guint) count (self, ASKED);
  append (text, n, g_strdup_printf (ngettext ("%'u conflict", "%'u conflicts", n), n));
  append (text, bytes, g_format_size (bytes));
  return g_string_free (text, FALSE);
}

/* In words */

static char *
describe_state (FilesDifferences *self, const ThawFinding *finding)
{
  g_autofree char *a = pane_location_dup_title (self->a), *b = pane_location_dup_title (self->b);

  switch (finding->type)
    {
    case THAW_FINDING_ONLY_IN_SOURCE:
      return g_strdup_printf (_ ("Only in “%s”"), a);
    case THAW_FINDING_ONLY_IN_TARGET:
      return g_strdup_printf (_ ("Only in “%s”"), b);
    case THAW_FINDING_SOURCE_NEWER:
      return g_strdup_printf (_ ("Newer in “%s”"), a);
    case THAW_FINDING_TARGET_NEWER:
      return g_strdup_printf (_ ("Newer in “%s”"), b);
    case THAW_FINDING_DIFFERENT:
      return g_strdup (_ ("Different"));
    case THAW_FINDING_CONFLICT:
      return g_strdup (_ ("Different in both"));
    default:
      return g_strdup (finding->message);
    }
}

static char *
describe_action (FilesDifferences *self, const ThawFinding *finding)
{
  gboolean is_new = finding->type == THAW_FINDING_ONLY_IN_SOURCE
                    || finding->type == THAW_FINDING_ONLY_IN_TARGET;
  Way way = get_way (self->mode, finding->type);
  g_autofree char *where = pane_location_dup_title (way == TO_A ? self->a : self->b);

  switch (way)
    {
    case TO_A:
    case TO_B:
      return g_strdup_printf (is_new ? _ ("is copied to “%s”") : _ ("replaces that in “%s”"),
                              where);
    case OUT_OF_B:
      return g_strdup_printf (_ ("is removed from “%s”"), where);
    case ASKED:
      return g_strdup (_ ("is a conflict"));
    case TO_NOBODY:
    default:
      return g_strdup (_ ("stays as it is"));
    }
}

static const char *
get_icon_name (Way way)
{
  static const char *const names[] = { [TO_NOBODY] = "list-remove-symbolic",
                                       [TO_A] = "go-previous-symbolic",
                                       [TO_B] = "go-next-symbolic",
                                       [OUT_OF_B] = "user-trash-symbolic",
                                       [ASKED] = "dialog-question-symbolic" };

  return names[way];
}

/* From the folders on. What is on a server has an address in place of a path. */
static char *
dup_shown_path (FilesDifferences *self, const char *path)
{
  g_autoptr (GFile) file = strstr (path, "://") != NULL && path[0] != '/'
                               ? g_file_new_for_uri (path)
                               : g_file_new_for_path (path);
  g_autofree char *relative = g_file_get_relative_path (self->a, file);

  if (g_file_equal (file, self->a) || g_file_equal (file, self->b))
    return pane_location_dup_title (file);
  if (relative == NULL)
    relative = g_file_get_relative_path (self->b, file);
  return g_filename_display_name (relative != NULL ? relative : path);
}

/* The widgets */

static GtkWidget *
make_label (const char *css_class, PangoEllipsizeMode mode)
{
  GtkWidget *label = gtk_label_new (NULL);

  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_ellipsize (GTK_LABEL (label), mode);
  if (css_class != NULL)
    gtk_widget_add_css_class (label, css_class);
  return label;
}

static void
setup_cb (GtkSignalListItemFactory *factory, GtkListItem *item)
{
  GtkWidget *row = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 12);
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 2);
  GtkWidget *state = make_label ("caption", PANGO_ELLIPSIZE_END);

  gtk_widget_add_css_class (state, "dim-label");
  gtk_box_append (GTK_BOX (row), gtk_image_new ());
  gtk_box_append (GTK_BOX (row), box);
  gtk_box_append (GTK_BOX (box), make_label (NULL, PANGO_ELLIPSIZE_MIDDLE));
  gtk_box_append (GTK_BOX (box), state);
  gtk_widget_set_hexpand (box, TRUE);
  gtk_widget_set_margin_start (row, 12);
  gtk_widget_set_margin_end (row, 12);
  gtk_widget_set_margin_top (row, 6);
  gtk_widget_set_margin_bottom (row, 6);
  gtk_list_item_set_child (item, row);
  gtk_list_item_set_activatable (item, FALSE);
}

static void
bind_cb (GtkSignalListItemFactory *factory, GtkListItem *item)
{
  FilesDifference *row = gtk_list_item_get_item (item);
  const ThawFinding *finding = thaw_plan_get_finding (row->list->plan, row->i);
  Way way = get_way (row->list->mode, finding->type);
  gboolean is_difference
      = finding->type >= THAW_FINDING_ONLY_IN_SOURCE || finding->type == THAW_FINDING_CONFLICT;
  g_autofree char *path = dup_shown_path (row->list, finding->path);
  g_autofree char *state = describe_state (row->list, finding);
  g_autofree char *action = describe_action (row->list, finding);
  g_autofree char *both = is_difference
                              ? g_strdup_printf (C_ ("of two folders", "%s, %s"), state, action)
                              : g_strdup (state);
  g_autofree char *label = g_strdup_printf ("%s: %s", path, both);
  GtkWidget *image = gtk_widget_get_first_child (gtk_list_item_get_child (item));
  GtkWidget *name = gtk_widget_get_first_child (gtk_widget_get_next_sibling (image));

  gtk_image_set_from_icon_name (GTK_IMAGE (image),
                                is_difference ? get_icon_name (way) : "dialog-warning-symbolic");
  gtk_widget_set_opacity (gtk_list_item_get_child (item),
                          is_difference && way == TO_NOBODY ? 0.55 : 1);
  gtk_label_set_text (GTK_LABEL (name), path);
  gtk_label_set_text (GTK_LABEL (gtk_widget_get_next_sibling (name)), both);
  gtk_list_item_set_accessible_label (item, label);
}

/**
 * files_differences_new_view:
 *
 * Returns: (transfer floating): a widget that shows such lists
 */
GtkWidget *
files_differences_new_view (void)
{
  GtkListItemFactory *factory = gtk_signal_list_item_factory_new ();
  GtkWidget *view;

  g_signal_connect (factory, "setup", G_CALLBACK (setup_cb), NULL);
  g_signal_connect (factory, "bind", G_CALLBACK (bind_cb), NULL);
  view = gtk_list_view_new (NULL, factory);
  gtk_list_view_set_show_separators (GTK_LIST_VIEW (view), TRUE);
  gtk_accessible_update_property (GTK_ACCESSIBLE (view),
                                  GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Differences"),
                                  -1);
  return view;
}
