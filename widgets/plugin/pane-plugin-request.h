/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a plugin is asked, and how it answers. */
#pragma once

#include "pane-folder-model.h"

G_BEGIN_DECLS

/* All of it: any thread, but for the loop's; a request is meant to be handled on the thread that
 * got it. */
typedef struct _PanePluginRequest PanePluginRequest;
#define PANE_TYPE_PLUGIN_REQUEST (pane_plugin_request_get_type ())
PANE_API GType pane_plugin_request_get_type (void); /* boxed, refcounted */
PANE_API PanePluginRequest *pane_plugin_request_ref (PanePluginRequest *self);
PANE_API void pane_plugin_request_unref (PanePluginRequest *self);

/* The folder, and the names of the entries in it that it is about; none: about the folder itself.
 */
PANE_API GFile *pane_plugin_request_get_location (PanePluginRequest *self);
PANE_API const char *pane_plugin_request_get_uri (PanePluginRequest *self);
PANE_API const char *
pane_plugin_request_get_path (PanePluginRequest *self); /* NULL: it isn't a local folder */
PANE_API const char *const *
pane_plugin_request_get_names (PanePluginRequest *self); /* bytes, as in the folder */
PANE_API guint pane_plugin_request_get_n_names (PanePluginRequest *self);
PANE_API GFile *pane_plugin_request_dup_file (PanePluginRequest *self, guint i);

/* What comes later than this (monotonic; -1: no limit) isn't waited for and counts as a missed
 * deadline. */
PANE_API gint64 pane_plugin_request_get_deadline_usec (PanePluginRequest *self);
PANE_API GCancellable *pane_plugin_request_get_cancellable (PanePluginRequest *self);
PANE_API gboolean pane_plugin_request_is_cancelled (PanePluginRequest *self);

/* The answer. Each kind of provider has its own. */
PANE_API void
pane_plugin_request_set_text (PanePluginRequest *self, const char *name, const char *text);
/* The same with a number that the entry sorts by instead of the text. */
PANE_API void pane_plugin_request_set_value (PanePluginRequest *self,
                                             const char *name,
                                             const char *text,
                                             double sort_key);
PANE_API void pane_plugin_request_set_badge (PanePluginRequest *self,
                                             const char *name,
                                             const char *icon_name,
                                             const char *word);
PANE_API void pane_plugin_request_add_item (PanePluginRequest *self,
                                            const char *operation,
                                            const char *label,
                                            const char *icon_name);
PANE_API void
pane_plugin_request_set_label (PanePluginRequest *self, const char *text, const char *icon_name);

/* Of operations. */
PANE_API void
pane_plugin_request_set_progress (PanePluginRequest *self, double fraction, const char *text);
PANE_API void pane_plugin_request_submit (PanePluginRequest *self,
                                          ThawOperationRequest *operation,
                                          const char *title);
PANE_API void pane_plugin_request_say (PanePluginRequest *self, const char *text);

/* A request is answered when its function returns, unless it is held: then when it is finished, has
 * failed, or what it follows is complete. */
PANE_API void pane_plugin_request_hold (PanePluginRequest *self);
PANE_API void pane_plugin_request_follow (PanePluginRequest *self, ThawFuture *future);
PANE_API void pane_plugin_request_finish (PanePluginRequest *self);
PANE_API void pane_plugin_request_fail (PanePluginRequest *self, const char *message);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PanePluginRequest, pane_plugin_request_unref)

G_END_DECLS
