/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The gallery: the entry that the user is at, as large as it can be, above a strip of all of them.
 * Loop's thread only.
 */
#include "pane-canvas-view.h"
#include "pane-preview.h"

#include <glib/gi18n-lib.h>

#define MARGIN 6

#define PANE_TYPE_GALLERY_VIEW (pane_gallery_view_get_type ())
G_DECLARE_FINAL_TYPE (PaneGalleryView, pane_gallery_view, PANE, GALLERY_VIEW, PaneCanvasView)

struct _PaneGalleryView {
  PaneCanvasView parent_instance;

  PanePreview *preview;
};

G_DEFINE_FINAL_TYPE (PaneGalleryView, pane_gallery_view, PANE_TYPE_CANVAS_VIEW)

static void
show_current (PaneGalleryView *self)
{
  PaneFolderModel *model = pane_view_get_model (PANE_VIEW (self));
  guint32 id = pane_folder_model_get_focus_id (model);
  g_autoptr (GFile) file
      = pane_view_dup_file (PANE_VIEW (self),
                            id != THAW_NO_ENTRY ? id : pane_folder_model_get_id (model, 0));

  pane_preview_set_file (self->preview, file);
}

static void
set_model (PaneView *view, PaneFolderModel *model)
{
  PANE_VIEW_CLASS (pane_gallery_view_parent_class)->set_model (view, model);
  g_signal_connect_object (model,
                           "focus-changed",
                           G_CALLBACK (show_current),
                           view,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (model, "published", G_CALLBACK (show_current), view, G_CONNECT_SWAPPED);
  show_current (PANE_GALLERY_VIEW (view));
}

static void
measure_cell (PaneView *view, const PaneCellStyle *style, int *width, int *height)
{
  GtkWidget *strip = pane_canvas_view_get_scrolled (PANE_CANVAS_VIEW (view));

  *width = style->icon_size + 2 * MARGIN;
  *height = style->icon_size + 2 * MARGIN;
  if (pane_view_get_setting (view, "names"))
    *height += style->line_height + MARGIN;
  gtk_widget_set_size_request (strip, -1, *height + 4 * MARGIN);
}

static void
draw_cell (PaneView *view, PaneCell *cell, GtkSnapshot *snapshot)
{
  int size = pane_cell_get_style (cell)->icon_size;
  int width = gtk_widget_get_width (GTK_WIDGET (cell));

  pane_cell_snapshot_icon (cell, snapshot, (width - size) / 2, MARGIN, size);
  if (pane_view_get_setting (view, "names"))
    pane_cell_snapshot_name (cell, snapshot, MARGIN, size + 2 * MARGIN, width - 2 * MARGIN, 1, 0.5);
}

/* The strip is below what it leads to, or above. */
static void
setting_changed (PaneView *view, const char *id)
{
  GtkWidget *strip = pane_canvas_view_get_scrolled (PANE_CANVAS_VIEW (view));
  GtkWidget *preview = GTK_WIDGET (PANE_GALLERY_VIEW (view)->preview);

  if (pane_view_get_setting (view, "strip") == 1)
    gtk_widget_insert_before (strip, GTK_WIDGET (view), preview);
  else
    gtk_widget_insert_after (strip, GTK_WIDGET (view), preview);
  pane_canvas_view_restyle (PANE_CANVAS_VIEW (view));
}

static void
pane_gallery_view_class_init (PaneGalleryViewClass *klass)
{
  PANE_VIEW_CLASS (klass)->set_model = set_model;
  PANE_VIEW_CLASS (klass)->measure_cell = measure_cell;
  PANE_VIEW_CLASS (klass)->draw_cell = draw_cell;
  PANE_VIEW_CLASS (klass)->setting_changed = setting_changed;
  PANE_VIEW_CLASS (klass)->can_group = NULL; /* no headings above the strip */
  PANE_VIEW_CLASS (klass)->set_grouped = NULL;
}

static void
pane_gallery_view_init (PaneGalleryView *self)
{
  GtkWidget *strip = pane_canvas_view_get_scrolled (PANE_CANVAS_VIEW (self));

  gtk_widget_set_layout_manager (GTK_WIDGET (self), gtk_box_layout_new (GTK_ORIENTATION_VERTICAL));
  pane_canvas_view_set_orientation (PANE_CANVAS_VIEW (self), GTK_ORIENTATION_HORIZONTAL);
  gtk_widget_set_vexpand (strip, FALSE);
  self->preview = pane_preview_new ();
  gtk_widget_set_vexpand (GTK_WIDGET (self->preview), TRUE);
  gtk_widget_insert_before (GTK_WIDGET (self->preview), GTK_WIDGET (self), strip);
  pane_view_add_choice (PANE_VIEW (self),
                        "strip",
                        _ ("_Filmstrip"),
                        (const char *const[]){ "below", "above", NULL },
                        (const char *const[]){ _ ("_Below"), _ ("_Above"), NULL },
                        0);
  pane_view_add_toggle (PANE_VIEW (self), "names", _ ("Show N_ames"), TRUE);
  pane_view_set_icon_sizes (PANE_VIEW (self), (const int[]){ 64, 96, 128 }, 3, 0);
}

const PaneViewInfo pane_gallery_view_info = {
  .id = "gallery",
  .title = N_ ("Gallery"),
  .icon_name = "image-x-generic-symbolic",
  .accelerator = "<Control>5",
  .rank = 50,
  .needs = PANE_NEEDS_STAT | PANE_NEEDS_THUMBNAIL,
  .get_type = pane_gallery_view_get_type,
};
