/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the user asks for: which operation, on what, where to, and by which rules. */
#pragma once

#include "thaw-types.h"

G_BEGIN_DECLS

#define THAW_TYPE_OPERATION_REQUEST (thaw_operation_request_get_type ())
THAW_API GType thaw_operation_request_get_type (void); /* boxed, refcounted, constant once submitted */

typedef struct _ThawOperationRequest ThawOperationRequest;

typedef enum {
  THAW_RULE_ASK, /* without anybody to ask: skip, as a problem */
  THAW_RULE_SKIP,
  THAW_RULE_REPLACE,
  THAW_RULE_REPLACE_IF_NEWER,
  THAW_RULE_REPLACE_IF_DIFFERENT, /* size or time */
  THAW_RULE_REPLACE_IF_LARGER,
  THAW_RULE_KEEP_BOTH,
  THAW_RULE_MERGE, /* of folders */
} ThawRule;

typedef enum {
  THAW_CONFLICT_FILE,   /* a file is where a file should go */
  THAW_CONFLICT_FOLDER, /* a folder is where a folder should go */
  THAW_CONFLICT_TYPE,   /* one of them is a folder, the other isn't */
  THAW_N_CONFLICTS
} ThawConflict;

/* @kind: "copy", "move", "duplicate", "link", "rename", "create", "trash", "restore", "empty-trash", "delete",
 * "attributes", "compress", "extract", "download", "synchronise", … as registered. */
THAW_API ThawOperationRequest *thaw_operation_request_new (const char *kind) G_GNUC_WARN_UNUSED_RESULT;
THAW_API ThawOperationRequest *thaw_operation_request_ref (ThawOperationRequest *self);
THAW_API void thaw_operation_request_unref (ThawOperationRequest *self);
THAW_API const char *thaw_operation_request_get_kind (ThawOperationRequest *self);
THAW_API gboolean thaw_operation_request_is_known (ThawOperationRequest *self); /* whether there is such an operation */
THAW_API void thaw_operation_request_add_source (ThawOperationRequest *self, GFile *file);
/* Many at once, of one folder: @names (bytes) have a NUL after each, @length bytes in all. No GFile is made before it is asked for. */
THAW_API void thaw_operation_request_add_children (ThawOperationRequest *self, GFile *folder, const char *names, gsize length);
THAW_API guint thaw_operation_request_get_n_sources (ThawOperationRequest *self);
THAW_API GFile *thaw_operation_request_get_source (ThawOperationRequest *self, guint i); /* transfer none */
/* The folder that a source is in, if it was added as one of its children: the same object for all of them. Nullable. */
THAW_API GFile *thaw_operation_request_get_source_folder (ThawOperationRequest *self, guint i);
/* The folder that things go to, or for some kinds the new file. */
THAW_API void thaw_operation_request_set_target (ThawOperationRequest *self, GFile *target);
THAW_API GFile *thaw_operation_request_get_target (ThawOperationRequest *self);
/* New names beside the sources, one each ("rename", "link", "create" …): bytes. */
THAW_API void thaw_operation_request_add_name (ThawOperationRequest *self, const char *name);
THAW_API const char *thaw_operation_request_get_name (ThawOperationRequest *self, guint i); /* NULL if there is none */
THAW_API void thaw_operation_request_set_rule (ThawOperationRequest *self, ThawConflict conflict, ThawRule rule);
THAW_API ThawRule thaw_operation_request_get_rule (ThawOperationRequest *self, ThawConflict conflict);
/* Whatever else a kind documents: "verify" b, "symbolic" b, "format" s, "mode" u … Sinks @value. */
THAW_API void thaw_operation_request_set_option (ThawOperationRequest *self, const char *key, GVariant *value);
THAW_API GVariant *thaw_operation_request_get_option (ThawOperationRequest *self, const char *key, const GVariantType *type); /* transfer none, nullable */
THAW_API gboolean thaw_operation_request_get_flag (ThawOperationRequest *self, const char *key);
/* For the bus; URIs, so that any byte survives. */
THAW_API GVariant *thaw_operation_request_to_variant (ThawOperationRequest *self) G_GNUC_WARN_UNUSED_RESULT;
THAW_API ThawOperationRequest *thaw_operation_request_new_from_variant (GVariant *variant, GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThawOperationRequest, thaw_operation_request_unref)

G_END_DECLS
