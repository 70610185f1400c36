/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A plugin's host: through it the plugin registers what it offers, and all is removed with it. */
#pragma once

#include "pane-plugin-request.h"

G_BEGIN_DECLS

typedef struct _PanePluginHost PanePluginHost;
#define PANE_TYPE_PLUGIN_HOST (pane_plugin_host_get_type ())
PANE_API GType pane_plugin_host_get_type (void); /* boxed, refcounted */
PANE_API PanePluginHost *pane_plugin_host_ref (PanePluginHost *self);
PANE_API void pane_plugin_host_unref (PanePluginHost *self);
PANE_API const char *pane_plugin_host_get_name (PanePluginHost *self); /* of the module, interned */
PANE_API const char *pane_plugin_host_get_title (PanePluginHost *self); /* for people */
PANE_API const char *
pane_plugin_host_get_folder (PanePluginHost *self); /* where the plugin's files are; nullable */

/* Answers on the plugin's thread. */
typedef void (*PanePluginFunc) (PanePluginRequest *request, gpointer user_data);
/* Makes a widget, on the loop's thread: quickly. NULL: none for these files. */
typedef GtkWidget *(*PanePluginWidgetFunc) (PanePluginRequest *request, gpointer user_data);

/* Where in a menu. */
typedef enum {
  PANE_PLUGIN_PLACE_OPEN,   /* of files: right behind what opens them */
  PANE_PLUGIN_PLACE_FILE,   /* of files: at the end */
  PANE_PLUGIN_PLACE_FOLDER, /* of the folder: at the end */
} PanePluginPlace;

/* What a plugin calls. Any thread; from its activate() or later. @id: the plugin's own, one of a
 * kind among its columns, among its operations, …; what is registered again under the same id
 * replaces the former. */
PANE_API void pane_plugin_host_add_badges (PanePluginHost *self,
                                           PanePluginFunc func,
                                           gpointer user_data,
                                           GDestroyNotify destroy);
PANE_API void pane_plugin_host_add_column (PanePluginHost *self,
                                           const char *id,
                                           const char *title,
                                           PanePluginFunc func,
                                           gpointer user_data,
                                           GDestroyNotify destroy);
/* What a column holds. */
typedef enum {
  PANE_PLUGIN_COLUMN_TEXT,   /* sorted as the language sorts texts */
  PANE_PLUGIN_COLUMN_NUMBER, /* by numbers, the largest first at the first click */
  PANE_PLUGIN_COLUMN_TIME,   /* by numbers, the latest first at the first click */
} PanePluginColumnType;
PANE_API void pane_plugin_host_add_typed_column (PanePluginHost *self,
                                                 const char *id,
                                                 const char *title,
                                                 PanePluginColumnType type,
                                                 PanePluginFunc func,
                                                 gpointer user_data,
                                                 GDestroyNotify destroy);
PANE_API void pane_plugin_host_add_label (PanePluginHost *self,
                                          PanePluginFunc func,
                                          gpointer user_data,
                                          GDestroyNotify destroy);
PANE_API void pane_plugin_host_add_menu (PanePluginHost *self,
                                         PanePluginPlace place,
                                         PanePluginFunc func,
                                         gpointer user_data,
                                         GDestroyNotify destroy);
PANE_API void pane_plugin_host_add_operation (PanePluginHost *self,
                                              const char *id,
                                              const char *title,
                                              PanePluginFunc func,
                                              gpointer user_data,
                                              GDestroyNotify destroy);
PANE_API void pane_plugin_host_add_property_page (PanePluginHost *self,
                                                  const char *id,
                                                  const char *title,
                                                  PanePluginWidgetFunc func,
                                                  gpointer user_data,
                                                  GDestroyNotify destroy);
PANE_API void pane_plugin_host_add_side_panel (PanePluginHost *self,
                                               const char *id,
                                               const char *title,
                                               const char *icon_name,
                                               PanePluginWidgetFunc func,
                                               gpointer user_data,
                                               GDestroyNotify destroy);
/* A kind of PaneView. */
PANE_API void pane_plugin_host_add_view (PanePluginHost *self,
                                         GType type,
                                         const char *id,
                                         const char *title,
                                         const char *icon_name,
                                         guint needs);
/* A kind of PanePreviewRenderer: one is made, on the loop's thread, where it renders too. */
PANE_API void pane_plugin_host_add_preview (PanePluginHost *self, GType type, const char *id);
/* What badges, columns and labels said of a folder (NULL: of all) is out of date: they are asked
 * again. */
PANE_API void pane_plugin_host_changed (PanePluginHost *self, GFile *location);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PanePluginHost, pane_plugin_host_unref)

G_END_DECLS
