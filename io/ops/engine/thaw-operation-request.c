/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the user asks for, as a value: made on the loop, constant once it is submitted, and from
 * then on read by the operation's thread too. Nothing here touches a file. In the journal and on
 * the bus it is a dictionary in which files are URIs and names are byte strings, so that names
 * which aren't UTF-8 come back bit for bit. Keys that are missing there have their default, and
 * those that aren't known are left alone: a journal may be read by an older program. */

#include "thaw-operation-request-private.h"

#include "thaw-operation-kind-private.h"

#include <string.h>

/* One of a hundred thousand children of a folder is a name until somebody asks for its GFile. */
typedef struct {
  GFile *file;      /* owned, nullable while there is @folder; set once, by any thread */
  GFile *folder;    /* borrowed from the request, nullable */
  const char *name; /* the same */
} Source;

struct _ThawOperationRequest {
  gint ref_count;
  char *kind;
  GArray *sources;    /* Source */
  GPtrArray *folders; /* GFile, of sources */
  GPtrArray *arenas;  /* char *, their names */
  GPtrArray *names;   /* char *, bytes */
  GFile *target;      /* nullable */
  ThawRule rules[THAW_N_CONFLICTS];
  GHashTable *options; /* char * → GVariant */
};

G_DEFINE_BOXED_TYPE (ThawOperationRequest,
                     thaw_operation_request,
                     thaw_operation_request_ref,
                     thaw_operation_request_unref)

/**
 * thaw_operation_request_new:
 * @kind: which operation, as registered: "copy", "move", "trash" …
 *
 * Makes a request without sources, target or options, all of whose rules are %THAW_RULE_ASK.
 *
 * - **Thread**: any, one at a time until it is submitted; after that nobody may change it.
 *
 * Returns: (transfer full): a request
 */
ThawOperationRequest *
thaw_operation_request_new (const char *kind)
{
  ThawOperationRequest *self;

  g_return_val_if_fail (kind != NULL, NULL);

  self = g_new0 (ThawOperationRequest, 1);
  self->ref_count = 1;
  self->kind = g_strdup (kind);
  self->sources = g_array_new (FALSE, FALSE, sizeof (Source));
  self->folders = g_ptr_array_new_with_free_func (g_object_unref);
  self->arenas = g_ptr_array_new_with_free_func (g_free);
  self->names = g_ptr_array_new_with_free_func (g_free);
  self->options
      = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_variant_unref);
  return self;
}

/**
 * thaw_operation_request_ref:
 * @self: a request
 *
 * - **Thread**: any.
 *
 * Returns: (transfer full): @self
 */
ThawOperationRequest *
thaw_operation_request_ref (ThawOperationRequest *self)
{
  __atomic_add_fetch (&self->ref_count, 1, __ATOMIC_RELAXED);
  return self;
}

/**
 * thaw_operation_request_unref:
 * @self: (transfer full): a request
 *
 * - **Thread**: any.
 */
void
thaw_operation_request_unref (ThawOperationRequest *self)
{
  if (__atomic_sub_fetch (&self->ref_count, 1, __ATOMIC_ACQ_REL) > 0)
    return;
  for (guint i = 0; i < self->sources->len; i++)
    g_clear_object (&g_array_index (self->sources, Source, i).file);
  g_array_unref (self->sources);
  g_ptr_array_unref (self->folders);
  g_ptr_array_unref (self->arenas);
  g_ptr_array_unref (self->names);
  g_hash_table_unref (self->options);
  g_clear_object (&self->target);
  g_free (self->kind);
  g_free (self);
}

/**
 * thaw_operation_request_get_kind:
 * @self: a request
 *
 * Returns: (transfer none): which operation it asks for
 */
const char *
thaw_operation_request_get_kind (ThawOperationRequest *self)
{
  return self->kind;
}

/**
 * thaw_operation_request_is_known:
 * @self: a request
 *
 * - **Thread**: any.
 *
 * Returns: whether there is an operation of its kind; one that isn't known fails when it is
 * submitted
 */
gboolean
thaw_operation_request_is_known (ThawOperationRequest *self)
{
  return thaw_operation_kind_find (self->kind) != NULL;
}

/**
 * thaw_operation_request_add_source:
 * @self: a request
 * @file: what is to be worked on
 *
 * Adds a file or folder. They are worked on in the order in which they were added.
 */
void
thaw_operation_request_add_source (ThawOperationRequest *self, GFile *file)
{
  Source source = { .file = file };

  g_return_if_fail (G_IS_FILE (file));

  g_object_ref (file);
  g_array_append_val (self->sources, source);
}

/**
 * thaw_operation_request_add_children:
 * @self: a request
 * @folder: a folder
 * @names: (array length=length) (element-type guint8): names in it, bytes, with a NUL after each
 * @length: of all of them together
 *
 * Adds many files of one folder, without making a #GFile of each: 100,000 take a millisecond or
 * two.
 */
void
thaw_operation_request_add_children (ThawOperationRequest *self,
                                     GFile *folder,
                                     const char *names,
                                     gsize length)
{
  const char *arena, *name;

  g_return_if_fail (G_IS_FILE (folder));
  g_return_if_fail (length == 0 || names[length - 1] == '\0');

  arena = g_memdup2 (names, length);
  g_ptr_array_add (self->arenas, (gpointer) arena);
  g_ptr_array_add (self->folders, g_object_ref (folder));
  for (name = arena; name < arena + length; name += strlen (name) + 1)
    {
      Source source = { .folder = folder, .name = name };

      g_array_append_val (self->sources, source);
    }
}

/**
 * thaw_operation_request_get_n_sources:
 * @self: a request
 *
 * Returns: how many sources it has
 */
guint
thaw_operation_request_get_n_sources (ThawOperationRequest *self)
{
  return self->sources->len;
}

/**
 * thaw_operation_request_get_source:
 * @self: a request
 * @i: which one, from 0 on
 *
 * Returns: (transfer none): a source
 */
GFile *
thaw_operation_request_get_source (ThawOperationRequest *self, guint i)
{
  Source *source;
  GFile *file, *expected = NULL;

  g_return_val_if_fail (i < self->sources->len, NULL);

  source = &g_array_index (self->sources, Source, i);
  file = __atomic_load_n (&source->file, __ATOMIC_ACQUIRE);
  if (file != NULL)
    return file;
  file = g_file_get_child (source->folder, source->name);
  if (__atomic_compare_exchange_n (&source->file,
                                   &expected,
                                   file,
                                   FALSE,
                                   __ATOMIC_ACQ_REL,
                                   __ATOMIC_ACQUIRE))
    return file;
  g_object_unref (file); /* another thread was quicker */
  return expected;
}

/* For whoever goes through all of them: a hundred thousand files that stay take more memory than
 * what is done with them. */
GFile *
thaw_operation_request_dup_source (ThawOperationRequest *self, guint i)
{
  Source *source = &g_array_index (self->sources, Source, i);
  GFile *file = __atomic_load_n (&source->file, __ATOMIC_ACQUIRE);

  return file != NULL ? g_object_ref (file) : g_file_get_child (source->folder, source->name);
}

/**
 * thaw_operation_request_get_source_folder:
 * @self: a request
 * @i: which one, from 0 on
 *
 * Returns: (transfer none) (nullable): the folder that was given with it, %NULL if it was added by
 * itself
 */
GFile *
thaw_operation_request_get_source_folder (ThawOperationRequest *self, guint i)
{
  g_return_val_if_fail (i < self->sources->len, NULL);

  return g_array_index (self->sources, Source, i).folder;
}

/**
 * thaw_operation_request_set_target:
 * @self: a request
 * @target: (nullable): the folder that things go to, or for some kinds the new file
 *
 * Says where to.
 */
void
thaw_operation_request_set_target (ThawOperationRequest *self, GFile *target)
{
  g_set_object (&self->target, target);
}

/**
 * thaw_operation_request_get_target:
 * @self: a request
 *
 * Returns: (transfer none) (nullable): where to
 */
GFile *
thaw_operation_request_get_target (ThawOperationRequest *self)
{
  return self->target;
}

/**
 * thaw_operation_request_add_name:
 * @self: a request
 * @name: (type filename): a new name, bytes without a slash
 *
 * Adds a name for the source of the same number.
 */
void
thaw_operation_request_add_name (ThawOperationRequest *self, const char *name)
{
  g_return_if_fail (name != NULL);

  g_ptr_array_add (self->names, g_strdup (name));
}

/**
 * thaw_operation_request_get_name:
 * @self: a request
 * @i: which one, from 0 on
 *
 * Returns: (transfer none) (nullable) (type filename): a name, %NULL past the last one
 */
const char *
thaw_operation_request_get_name (ThawOperationRequest *self, guint i)
{
  return i < self->names->len ? g_ptr_array_index (self->names, i) : NULL;
}

/**
 * thaw_operation_request_set_rule:
 * @self: a request
 * @conflict: where it applies
 * @rule: what to do then
 *
 * Says beforehand what is to be done about a kind of conflict.
 */
void
thaw_operation_request_set_rule (ThawOperationRequest *self, ThawConflict conflict, ThawRule rule)
{
  g_return_if_fail (conflict < THAW_N_CONFLICTS);

  self->rules[conflict] = rule;
}

/**
 * thaw_operation_request_get_rule:
 * @self: a request
 * @conflict: a kind of conflict
 *
 * Returns: what is to be done about it
 */
ThawRule
thaw_operation_request_get_rule (ThawOperationRequest *self, ThawConflict conflict)
{
  g_return_val_if_fail (conflict < THAW_N_CONFLICTS, THAW_RULE_ASK);

  return self->rules[conflict];
}

/**
 * thaw_operation_request_set_option:
 * @self: a request
 * @key: as the kind documents it
 * @value: (nullable): its value; a floating one is taken, %NULL takes the option away
 *
 * Sets something that only this kind of operation knows.
 */
void
thaw_operation_request_set_option (ThawOperationRequest *self, const char *key, GVariant *value)
{
  g_return_if_fail (key != NULL);

  if (value != NULL)
    g_hash_table_replace (self->options, g_strdup (key), g_variant_ref_sink (value));
  else
    g_hash_table_remove (self->options, key);
}

/**
 * thaw_operation_request_get_option:
 * @self: a request
 * @key: as the kind documents it
 * @type: (nullable): what it must be, or %NULL for any
 *
 * Returns: (transfer none) (nullable): the value, %NULL if there is none of that type
 */
GVariant *
thaw_operation_request_get_option (ThawOperationRequest *self,
                                   const char *key,
                                   const GVariantType *type)
{
  GVariant *value = g_hash_table_lookup (self->options, key);

  if (value == NULL || (type != NULL && !g_variant_is_of_type (value, type)))
    return NULL;
  return value;
}

/**
 * thaw_operation_request_get_flag:
 * @self: a request
 * @key: as the kind documents it
 *
 * Returns: whether that option is there and is %TRUE
 */
gboolean
thaw_operation_request_get_flag (ThawOperationRequest *self, const char *key)
{
  GVariant *value = thaw_operation_request_get_option (self, key, G_VARIANT_TYPE_BOOLEAN);

  return value != NULL && g_variant_get_boolean (value);
}

/* An array of strings as it is stored: they, each with its NUL, and where each ends, in as few
 * bytes as the whole needs. A builder has a variant for each of them, which for a hundred thousand
 * names takes more memory than the operation. Takes @text. */
static GVariant *
pack_strings (GString *text, const GVariantType *type)
{
  g_autoptr (GBytes) bytes = NULL;
  gsize n = 0, length = text->len, width = 1;

  for (gsize i = 0; i < length; i++)
    n += text->str[i] == '\0';
  while (width < 8 && length + n * width > (G_GUINT64_CONSTANT (1) << (8 * width)) - 1)
    width *= 2;
  for (gsize i = 0; i < length; i++)
    if (text->str[i] == '\0')
      {
        guint64 end = GUINT64_TO_LE (i + 1);

        g_string_append_len (text, (const char *) &end, (gssize) width);
      }
  bytes = g_string_free_to_bytes (text);
  return g_variant_new_from_bytes (type, bytes, TRUE);
}

static GVariant *
sources_to_variant (ThawOperationRequest *self)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < self->sources->len; i++)
    {
      g_autoptr (GFile) file = thaw_operation_request_dup_source (self, i);
      g_autofree char *uri = g_file_get_uri (file);

      g_string_append_len (text, uri, (gssize) strlen (uri) + 1);
    }
  return pack_strings (text, G_VARIANT_TYPE_STRING_ARRAY);
}

static GVariant *
names_to_variant (ThawOperationRequest *self)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < self->names->len; i++)
    {
      const char *name = g_ptr_array_index (self->names, i);

      g_string_append_len (text, name, (gssize) strlen (name) + 1);
    }
  return pack_strings (text, G_VARIANT_TYPE_BYTESTRING_ARRAY);
}

static GVariant *
rules_to_variant (ThawOperationRequest *self)
{
  g_auto (GVariantBuilder) builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("au"));

  for (guint i = 0; i < THAW_N_CONFLICTS; i++)
    g_variant_builder_add (&builder, "u", (guint32) self->rules[i]);
  return g_variant_builder_end (&builder);
}

/* What is nobody's business but the user's isn't written to a disk, only that there was something.
 */
static GVariant *
options_to_variant (ThawOperationRequest *self, gboolean with_password)
{
  g_auto (GVariantBuilder) builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);
  GHashTableIter iter;
  gpointer key, value;

  g_hash_table_iter_init (&iter, self->options);
  while (g_hash_table_iter_next (&iter, &key, &value))
    if (with_password || strcmp (key, "password") != 0)
      g_variant_builder_add (&builder, "{sv}", (const char *) key, (GVariant *) value);
    else
      g_variant_builder_add (&builder, "{sv}", "had-password", g_variant_new_boolean (TRUE));
  return g_variant_builder_end (&builder);
}

void
thaw_operation_request_copy_options (ThawOperationRequest *self, ThawOperationRequest *from)
{
  GHashTableIter iter;
  gpointer key, value;

  g_hash_table_iter_init (&iter, from->options);
  while (g_hash_table_iter_next (&iter, &key, &value))
    thaw_operation_request_set_option (self, key, value);
}

static GVariant *
to_variant (ThawOperationRequest *self, gboolean with_password)
{
  g_auto (GVariantBuilder) builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);

  g_variant_builder_add (&builder, "{sv}", "kind", g_variant_new_string (self->kind));
  g_variant_builder_add (&builder, "{sv}", "sources", sources_to_variant (self));
  if (self->target != NULL)
    g_variant_builder_add (&builder,
                           "{sv}",
                           "target",
                           g_variant_new_take_string (g_file_get_uri (self->target)));
  g_variant_builder_add (&builder, "{sv}", "names", names_to_variant (self));
  g_variant_builder_add (&builder, "{sv}", "rules", rules_to_variant (self));
  g_variant_builder_add (&builder, "{sv}", "options", options_to_variant (self, with_password));
  return g_variant_ref_sink (g_variant_builder_end (&builder));
}

/**
 * thaw_operation_request_to_variant:
 * @self: a request
 *
 * Writes it down for the bus, with all that it has: a password too.
 *
 * Returns: (transfer full): a dictionary, of type `a{sv}`
 */
GVariant *
thaw_operation_request_to_variant (ThawOperationRequest *self)
{
  return to_variant (self, TRUE);
}

GVariant *
thaw_operation_request_to_journal (ThawOperationRequest *self)
{
  return to_variant (self, FALSE);
}

static void
read_files (ThawOperationRequest *self, GVariantDict *dict)
{
  g_autoptr (GVariant) sources
      = g_variant_dict_lookup_value (dict, "sources", G_VARIANT_TYPE_STRING_ARRAY);
  const char *uri;

  for (gsize i = 0; sources != NULL && i < g_variant_n_children (sources); i++)
    {
      g_autoptr (GFile) file = NULL;

      g_variant_get_child (sources, i, "&s", &uri);
      file = g_file_new_for_uri (uri);
      thaw_operation_request_add_source (self, file);
    }
  if (g_variant_dict_lookup (dict, "target", "&s", &uri))
    self->target = g_file_new_for_uri (uri);
}

static void
read_names (ThawOperationRequest *self, GVariantDict *dict)
{
  g_autoptr (GVariant) names
      = g_variant_dict_lookup_value (dict, "names", G_VARIANT_TYPE_BYTESTRING_ARRAY);
  const char *name;

  for (gsize i = 0; names != NULL && i < g_variant_n_children (names); i++)
    {
      g_variant_get_child (names, i, "^&ay", &name);
      thaw_operation_request_add_name (self, name);
    }
}

static void
read_rules (ThawOperationRequest *self, GVariantDict *dict)
{
  g_autoptr (GVariant) rules = g_variant_dict_lookup_value (dict, "rules", G_VARIANT_TYPE ("au"));
  guint32 rule;

  for (gsize i = 0; rules != NULL && i < MIN (g_variant_n_children (rules), THAW_N_CONFLICTS); i++)
    {
      g_variant_get_child (rules, i, "u", &rule);
      self->rules[i] = rule <= THAW_RULE_MERGE ? (ThawRule) rule : THAW_RULE_ASK;
    }
}

static void
read_options (ThawOperationRequest *self, GVariantDict *dict)
{
  g_autoptr (GVariant) options
      = g_variant_dict_lookup_value (dict, "options", G_VARIANT_TYPE_VARDICT);
  GVariantIter iter;
  const char *key;
  GVariant *value;

  if (options == NULL)
    return;
  g_variant_iter_init (&iter, options);
  while (g_variant_iter_next (&iter, "{&sv}", &key, &value))
    {
      thaw_operation_request_set_option (self, key, value);
      g_variant_unref (value);
    }
}

/**
 * thaw_operation_request_new_from_variant:
 * @variant: what [method@Thaw.OperationRequest.to_variant] made
 * @error: return location for an error
 *
 * Reads a request back. Nothing that @variant says is trusted: it may come from the bus.
 *
 * - **Errors**: %G_IO_ERROR_INVALID_DATA if it is something else.
 *
 * Returns: (transfer full): a request, or %NULL with @error set
 */
ThawOperationRequest *
thaw_operation_request_new_from_variant (GVariant *variant, GError **error)
{
  g_autoptr (ThawOperationRequest) self = NULL;
  g_auto (GVariantDict) dict = { 0 };
  const char *kind;

  if (!g_variant_is_of_type (variant, G_VARIANT_TYPE_VARDICT))
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "That is no request");
      return NULL;
    }
  g_variant_dict_init (&dict, variant);
  if (!g_variant_dict_lookup (&dict, "kind", "&s", &kind) || *kind == '\0')
    {
      g_set_error_literal (error,
                           G_IO_ERROR,
                           G_IO_ERROR_INVALID_DATA,
                           "The request doesn't say what to do");
      return NULL;
    }
  self = thaw_operation_request_new (kind);
  read_files (self, &dict);
  read_names (self, &dict);
  read_rules (self, &dict);
  read_options (self, &dict);
  return g_steal_pointer (&self);
}
