/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the four styles share: small, and nothing that waits. */
#include "lookup.h"

gint64
lookup_parse_id (GBytes *contents)
{
  g_autofree char *text = g_strndup (g_bytes_get_data (contents, NULL), g_bytes_get_size (contents));

  return g_ascii_strtoll (text, NULL, 10);
}

JsonNode *
lookup_make_question (const char *name)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();

  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "name");
  json_builder_add_string_value (builder, name);
  json_builder_end_object (builder);
  return json_builder_get_root (builder);
}

void
lookup_show (Lookup *self, JsonNode *answer, const GError *error)
{
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  self->show (error != NULL ? error->message
                            : json_object_get_string_member_with_default (json_node_get_object (answer),
                                                                          "greeting",
                                                                          ""),
              self->user_data);
}
