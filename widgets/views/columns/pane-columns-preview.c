/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The last column: what is in the file that the user is at, as far as it can be shown, and below it
 * what it is called, what it is, how large and from when. Loop's thread only; touches no file.
 */
#include "pane-columns-private.h"
#include "pane-details.h"

#include <glib/gi18n-lib.h>

#define MARGIN 18

struct _PaneColumnsPreview {
  GtkWidget parent_instance;

  GtkWidget *box;
  PanePreview *preview;
  GtkLabel *name, *kind, *status, *modified;
  ThawEntryStore *store; /* owned */
  guint32 id;
};

G_DEFINE_FINAL_TYPE (PaneColumnsPreview, pane_columns_preview, GTK_TYPE_WIDGET)

static void
set_line (GtkLabel *label, const char *text)
{
  gtk_label_set_label (label, text);
  gtk_widget_set_visible (GTK_WIDGET (label), *text != '\0');
}

/* What is beside it in a line may run the other way. */
static char *
isolate (const char *text)
{
  return *text != '\0' ? g_strdup_printf ("\u2068%s\u2069", text) : g_strdup ("");
}

static char *
dup_kind (const char *type, const char *size)
{
  g_autofree char *first = isolate (type), *second = isolate (size);

  return g_strjoin (*type != '\0' && *size != '\0' ? " · " : "", first, second, NULL);
}

/* Again whenever more is known. */
static void
update (PaneColumnsPreview *self)
{
  PaneDetails *details = pane_details_get_default ();
  char size[PANE_DETAIL_SIZE], modified[PANE_DETAIL_SIZE];
  g_autofree char *name = NULL, *kind = NULL, *about = NULL, *when = NULL;
  const char *type, *status = pane_preview_get_status (self->preview);

  if (self->store == NULL)
    return;
  name = thaw_entry_store_dup_display_name (self->store, self->id);
  type
      = pane_details_describe_type (details,
                                    pane_details_get_content_type (details, self->store, self->id));
  pane_details_format_size (details, self->store, self->id, size);
  pane_details_format_modified (details, self->store, self->id, modified);
  kind = dup_kind (type, size);
  /* Translators: when a file was modified: “Modified yesterday” */
  when = *modified != '\0' ? g_strdup_printf (_ ("Modified %s"), modified) : g_strdup ("");
  set_line (self->name, name);
  set_line (self->kind, kind);
  about = isolate (strstr (kind, status) == NULL ? status : "");
  set_line (self->status, about);
  set_line (self->modified, when);
}

gboolean
pane_columns_preview_show (PaneColumnsPreview *self, GFile *file, ThawEntryStore *store, guint32 id)
{
  GFile *old = pane_preview_get_file (self->preview);
  gboolean is_other = file != NULL && (old == NULL || !g_file_equal (old, file));

  g_clear_pointer (&self->store, thaw_entry_store_release);
  if (file != NULL && store != NULL)
    self->store = thaw_entry_store_ref (store);
  self->id = id;
  pane_preview_set_file (self->preview, file);
  update (self);
  return is_other;
}

/* However much room there is. */
static void
measure (GtkWidget *widget,
         GtkOrientation orientation,
         int for_size,
         int *minimum,
         int *natural,
         int *minimum_baseline,
         int *natural_baseline)
{
  gtk_widget_measure (PANE_COLUMNS_PREVIEW (widget)->box,
                      orientation,
                      -1,
                      minimum,
                      natural,
                      NULL,
                      NULL);
  *minimum = 0;
}

static void
size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  GtkWidget *box = PANE_COLUMNS_PREVIEW (widget)->box;
  int least_width, least_height;

  gtk_widget_measure (box, GTK_ORIENTATION_HORIZONTAL, -1, &least_width, NULL, NULL, NULL);
  width = MAX (width, least_width);
  gtk_widget_measure (box, GTK_ORIENTATION_VERTICAL, width, &least_height, NULL, NULL, NULL);
  gtk_widget_size_allocate (box, &(GtkAllocation){ 0, 0, width, MAX (height, least_height) }, -1);
}

static void
pane_columns_preview_dispose (GObject *object)
{
  PaneColumnsPreview *self = PANE_COLUMNS_PREVIEW (object);

  g_clear_pointer (&self->box, gtk_widget_unparent);
  g_clear_pointer (&self->store, thaw_entry_store_release);
  G_OBJECT_CLASS (pane_columns_preview_parent_class)->dispose (object);
}

static void
pane_columns_preview_class_init (PaneColumnsPreviewClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = pane_columns_preview_dispose;
  widget_class->measure = measure;
  widget_class->size_allocate = size_allocate;
}

static GtkLabel *
add_line (GtkWidget *box, const char *style_class, int n_lines)
{
  GtkWidget *label = gtk_label_new (NULL);

  gtk_label_set_ellipsize (GTK_LABEL (label), PANGO_ELLIPSIZE_MIDDLE);
  gtk_label_set_wrap (GTK_LABEL (label), n_lines > 1);
  gtk_label_set_wrap_mode (GTK_LABEL (label), PANGO_WRAP_WORD_CHAR);
  gtk_label_set_lines (GTK_LABEL (label), n_lines);
  gtk_label_set_justify (GTK_LABEL (label), GTK_JUSTIFY_CENTER);
  gtk_widget_add_css_class (label, style_class);
  gtk_box_append (GTK_BOX (box), label);
  return GTK_LABEL (label);
}

static void
add_lines (PaneColumnsPreview *self)
{
  GtkWidget *lines = gtk_box_new (GTK_ORIENTATION_VERTICAL, 3);

  self->name = add_line (lines, "title-4", 3);
  self->kind = add_line (lines, "dim-label", 2);
  self->status = add_line (lines, "dim-label", 1);
  self->modified = add_line (lines, "dim-label", 1);
  gtk_box_append (GTK_BOX (self->box), lines);
}

static void
pane_columns_preview_init (PaneColumnsPreview *self)
{
  self->box = gtk_box_new (GTK_ORIENTATION_VERTICAL, MARGIN);
  self->preview = pane_preview_new ();
  gtk_widget_set_margin_start (self->box, MARGIN);
  gtk_widget_set_margin_end (self->box, MARGIN);
  gtk_widget_set_margin_top (self->box, MARGIN);
  gtk_widget_set_margin_bottom (self->box, MARGIN);
  gtk_box_append (GTK_BOX (self->box), GTK_WIDGET (self->preview));
  add_lines (self);
  gtk_widget_set_parent (self->box, GTK_WIDGET (self));
  gtk_widget_set_overflow (GTK_WIDGET (self), GTK_OVERFLOW_HIDDEN);
  g_signal_connect_object (self->preview,
                           "notify::status",
                           G_CALLBACK (update),
                           self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (pane_details_get_default (),
                           "changed",
                           G_CALLBACK (update),
                           self,
                           G_CONNECT_SWAPPED);
}

/* Floating. */
PaneColumnsPreview *
pane_columns_preview_new (void)
{
  return g_object_new (PANE_TYPE_COLUMNS_PREVIEW, NULL);
}
