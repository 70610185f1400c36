/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The tree as JSON: dictionaries become objects, arrays arrays, numbers and strings themselves. */

#include "thaw-top-private.h"

static void append_value (GString *json, GVariant *value); /* it contains itself */

static void
append_string (GString *json, const char *text)
{
  g_string_append_c (json, '"');
  for (const char *c = text; *c != '\0'; c++)
    if (*c == '"' || *c == '\\')
      g_string_append_printf (json, "\\%c", *c);
    else if ((guchar) *c < 0x20)
      g_string_append_printf (json, "\\u%04x", (guchar) *c);
    else
      g_string_append_c (json, *c);
  g_string_append_c (json, '"');
}

static void
append_dictionary (GString *json, GVariant *dictionary)
{
  const char *separator = "";
  GVariantIter iter;
  const char *key;
  GVariant *value;

  g_string_append_c (json, '{');
  g_variant_iter_init (&iter, dictionary);
  while (g_variant_iter_loop (&iter, "{&sv}", &key, &value))
    {
      g_string_append (json, separator);
      append_string (json, key);
      g_string_append_c (json, ':');
      append_value (json, value);
      separator = ",";
    }
  g_string_append_c (json, '}');
}

static void
append_array (GString *json, GVariant *array)
{
  g_string_append_c (json, '[');
  for (gsize i = 0; i < g_variant_n_children (array); i++)
    {
      g_autoptr (GVariant) child = g_variant_get_child_value (array, i);

      g_string_append (json, i > 0 ? ",\n" : "\n");
      append_value (json, child);
    }
  g_string_append_c (json, ']');
}

static void
append_value (GString *json, GVariant *value)
{
  g_autofree char *number = NULL;

  if (g_variant_is_of_type (value, G_VARIANT_TYPE_VARDICT))
    append_dictionary (json, value);
  else if (g_variant_is_of_type (value, G_VARIANT_TYPE_ARRAY))
    append_array (json, value);
  else if (g_variant_is_of_type (value, G_VARIANT_TYPE_STRING))
    append_string (json, g_variant_get_string (value, NULL));
  else
    {
      number = g_variant_print (value, FALSE); /* true, false and decimal numbers */
      g_string_append (json, number);
    }
}

char *
thaw_top_make_json (GVariant *tree)
{
  GString *json = g_string_new (NULL);

  append_value (json, tree);
  g_string_append_c (json, '\n');
  return g_string_free_and_steal (json);
}
