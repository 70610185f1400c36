/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the service and who calls it say to each other: names, the interface, and values as they
 * travel. */
#pragma once

#include "files-facts.h"

G_BEGIN_DECLS

#define FILES_WIRE_NAME "org.thaw.Files"
#define FILES_WIRE_PATH "/org/thaw/Files/Operations"
#define FILES_WIRE_INTERFACE "org.thaw.Files.Operations1"
/* Of the interface: goes up when something is added; what breaks callers is another interface. */
#define FILES_WIRE_VERSION 1u

#define FILES_WIRE_ERROR_NO_OPERATION "org.thaw.Files.Error.NoSuchOperation"
#define FILES_WIRE_ERROR_NOT_ASKING "org.thaw.Files.Error.NotAsking"
#define FILES_WIRE_ERROR_BAD_REQUEST "org.thaw.Files.Error.BadRequest"
#define FILES_WIRE_ERROR_NO_DISPLAY "org.thaw.Files.Error.NoDisplay"
#define FILES_WIRE_ERROR_FAILED "org.thaw.Files.Error.Failed"

extern const char files_wire_introspection[];

/* Floating, a{sv}. Any thread. */
GVariant *files_wire_pack_facts (const FilesFacts *facts, gboolean all);
/* Nothing that @variant says is trusted. What isn't there has its default. */
FilesFacts *files_wire_unpack_facts (GVariant *variant, GError **error);
/* Floating, aa{sv}. @records: ThawOperationRecord. */
GVariant *files_wire_pack_records (GPtrArray *records);
GPtrArray *files_wire_unpack_records (GVariant *variant);
/* "skip", "replace" …; "ask" for a full disk means to try again. */
const char *files_wire_get_rule_name (ThawRule rule);
gboolean files_wire_parse_rule (const char *name, ThawRule *rule);
/* A request from elsewhere: whether there is any sense in it. */
const char *files_wire_get_bytes (GVariant *variant); /* NULL: they don't end as they should */
ThawOperationRequest *files_wire_unpack_request (GVariant *variant, GError **error);
/* What paths and new files depend on besides the request: a{ss}, full. Two processes in which it is
 * the same are as good as one. Reads /proc: not on the loop's thread of a window. */
GVariant *files_wire_dup_surroundings (void);
/* The first in which they differ and that matters to @kind (nullable: any), or NULL. */
const char *files_wire_compare_surroundings (GVariant *a, GVariant *b, const char *kind);
/* The session bus, if there is one: GDBus alone would start one where there is none. Looks at the
 * disk. */
char *files_wire_find_bus (void);

G_END_DECLS
