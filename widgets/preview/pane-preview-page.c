/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The base of what renderers show: it keeps the few words that stand beside the file's name. What
 * the page looks like is its own business. Loop's thread. */

#include "pane-preview-page.h"

typedef struct {
  char *status;
} PanePreviewPagePrivate;

enum {
  PROP_STATUS = 1,
  N_PROPS,
};

static GParamSpec *props[N_PROPS];

G_DEFINE_ABSTRACT_TYPE_WITH_PRIVATE (PanePreviewPage, pane_preview_page, GTK_TYPE_WIDGET)

static PanePreviewPagePrivate *
get_private (PanePreviewPage *self)
{
  return pane_preview_page_get_instance_private (self);
}

/**
 * pane_preview_page_get_status:
 * @self: a [class@Pane.PreviewPage]
 *
 * - **Thread**: the loop's.
 *
 * Returns: (transfer none): what is said of the file, in a few words
 */
const char *
pane_preview_page_get_status (PanePreviewPage *self)
{
  g_return_val_if_fail (PANE_IS_PREVIEW_PAGE (self), "");

  return get_private (self)->status;
}

/**
 * pane_preview_page_set_status:
 * @self: a [class@Pane.PreviewPage]
 * @status: (nullable): a few words: “4000 × 3000”, “Page 2 of 9”; %NULL for none
 *
 * Says something of the file, beside its name.
 *
 * - **Thread**: the loop's.
 */
void
pane_preview_page_set_status (PanePreviewPage *self, const char *status)
{
  g_return_if_fail (PANE_IS_PREVIEW_PAGE (self));

  if (g_set_str (&get_private (self)->status, status != NULL ? status : ""))
    g_object_notify_by_pspec (G_OBJECT (self), props[PROP_STATUS]);
}

static void
pane_preview_page_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  if (prop_id == PROP_STATUS)
    g_value_set_string (value, pane_preview_page_get_status (PANE_PREVIEW_PAGE (object)));
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
}

static void
pane_preview_page_finalize (GObject *object)
{
  g_free (get_private (PANE_PREVIEW_PAGE (object))->status);
  G_OBJECT_CLASS (pane_preview_page_parent_class)->finalize (object);
}

static void
pane_preview_page_class_init (PanePreviewPageClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = pane_preview_page_get_property;
  object_class->finalize = pane_preview_page_finalize;
  /**
   * PanePreviewPage:preview-status:
   *
   * What is said of the file: the size of an image, the page of a document, the name of a font.
   */
  props[PROP_STATUS] = g_param_spec_string ("preview-status",
                                            NULL,
                                            NULL,
                                            "",
                                            G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, props);
}

static void
pane_preview_page_init (PanePreviewPage *self)
{
  get_private (self)->status = g_strdup ("");
}
