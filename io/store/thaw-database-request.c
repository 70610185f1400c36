/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A request: one thing asked of the database, with copies of its parameters, so that nothing of the
 * caller's is looked at later. Made on the loop, run on the worker. Cancelling its future only
 * marks it, from any thread: the worker looks at the mark before it starts, every few thousand
 * steps of SQLite's machine, and while it waits for a lock. */

#include "thaw-database-private.h"

#include <string.h>

ThawDatabaseRequest *
thaw_database_request_new (ThawDatabase *database, ThawRequestKind kind, const char *sql)
{
  ThawDatabaseRequest *self = g_new (ThawDatabaseRequest, 1);

  *self = (ThawDatabaseRequest){ .ref_count = 1,
                         .kind = kind,
                         .store = thaw_store_ref (database->store),
                         .sql = g_strdup (sql) };
  self->parameters = self->few;
  if (database->transaction != NULL)
    self->transaction = thaw_transaction_ref (database->transaction);
  return self;
}

ThawDatabaseRequest *
thaw_database_request_ref (ThawDatabaseRequest *self)
{
  __atomic_add_fetch (&self->ref_count, 1, __ATOMIC_RELAXED);
  return self;
}

static void
clear_parameter (ThawParameter *parameter)
{
  if (parameter->type == THAW_CELL_TEXT)
    g_free (parameter->text);
  else if (parameter->type == THAW_CELL_BLOB)
    g_bytes_unref (parameter->bytes);
  g_free (parameter->name);
}

void
thaw_database_request_unref (ThawDatabaseRequest *self)
{
  if (__atomic_sub_fetch (&self->ref_count, 1, __ATOMIC_ACQ_REL) > 0)
    return;
  for (guint i = 0; i < self->n_parameters; i++)
    clear_parameter (&self->parameters[i]);
  if (self->parameters != self->few)
    g_free (self->parameters);
  g_clear_pointer (&self->cursor, thaw_cursor_unref);
  g_clear_pointer (&self->transaction, thaw_transaction_unref);
  g_clear_pointer (&self->future, thaw_future_unref);
  thaw_store_unref (self->store);
  g_free (self->sql);
  g_free (self);
}

/* Any thread. */
static void
on_cancelled (ThawFuture *future, gpointer request)
{
  ThawDatabaseRequest *self = request;
  ThawStore *store = self->store;

  __atomic_store_n (&self->is_cancelled, TRUE, __ATOMIC_RELEASE);
  pthread_mutex_lock (&store->lock);
  pthread_cond_broadcast (&store->cancelled);
  pthread_mutex_unlock (&store->lock);
}

ThawFuture *
thaw_database_request_add_future (ThawDatabaseRequest *self, const char *name)
{
  self->future = thaw_future_new (name);
  thaw_future_set_cancel (self->future,
                          on_cancelled,
                          thaw_database_request_ref (self),
                          (GDestroyNotify) thaw_database_request_unref);
  return thaw_future_ref (self->future);
}

gboolean
thaw_database_request_is_over (ThawDatabaseRequest *self)
{
  return __atomic_load_n (&self->is_cancelled, __ATOMIC_ACQUIRE)
         || __atomic_load_n (&self->store->is_doomed, __ATOMIC_ACQUIRE)
         || (self->transaction != NULL
             && __atomic_load_n (&self->transaction->is_doomed, __ATOMIC_ACQUIRE));
}

void
thaw_database_request_list_push (ThawRequestList *self, ThawDatabaseRequest *request)
{
  request->next = NULL;
  if (self->last != NULL)
    self->last->next = request;
  else
    self->first = request;
  self->last = request;
}

ThawDatabaseRequest *
thaw_database_request_list_pop (ThawRequestList *self)
{
  ThawDatabaseRequest *request = self->first;

  if (request == NULL)
    return NULL;
  self->first = request->next;
  if (self->first == NULL)
    self->last = NULL;
  request->next = NULL;
  return request;
}

/* Takes over @name. */
static ThawParameter *
add_parameter (ThawDatabaseRequest *self, ThawCellType type, char *name)
{
  ThawParameter *parameter;

  if (self->n_parameters >= THAW_REQUEST_N_FEW
      && (self->n_parameters & (self->n_parameters - 1)) == 0)
    {
      ThawParameter *more = g_new (ThawParameter, self->n_parameters * 2);

      memcpy (more, self->parameters, self->n_parameters * sizeof *more);
      if (self->parameters != self->few)
        g_free (self->parameters);
      self->parameters = more;
    }
  parameter = &self->parameters[self->n_parameters++];
  *parameter = (ThawParameter){ .type = type, .name = name };
  return parameter;
}

static void
add_text (ThawDatabaseRequest *self, char *name, const char *text)
{
  add_parameter (self, text != NULL ? THAW_CELL_TEXT : THAW_CELL_NULL, name)->text
      = g_strdup (text);
}

static void
add_bytes (ThawDatabaseRequest *self, char *name, GBytes *bytes)
{
  ThawParameter *parameter
      = add_parameter (self, bytes != NULL ? THAW_CELL_BLOB : THAW_CELL_NULL, name);

  parameter->bytes = bytes != NULL ? g_bytes_ref (bytes) : NULL;
}

static gint64
get_variant_int64 (GVariant *value)
{
  switch (g_variant_classify (value))
    {
    case G_VARIANT_CLASS_BOOLEAN:
      return g_variant_get_boolean (value);
    case G_VARIANT_CLASS_BYTE:
      return g_variant_get_byte (value);
    case G_VARIANT_CLASS_INT16:
      return g_variant_get_int16 (value);
    case G_VARIANT_CLASS_UINT16:
      return g_variant_get_uint16 (value);
    case G_VARIANT_CLASS_INT32:
      return g_variant_get_int32 (value);
    case G_VARIANT_CLASS_UINT32:
      return g_variant_get_uint32 (value);
    case G_VARIANT_CLASS_UINT64:
      return (gint64) g_variant_get_uint64 (value);
    default:
      return g_variant_get_int64 (value);
    }
}

static gboolean
fail_parameters (GError **error, const char *format, const char *what)
{
  g_set_error (error, THAW_DATABASE_ERROR, THAW_DATABASE_ERROR_PARAMETERS, format, what);
  return FALSE;
}

static gboolean
add_children (ThawDatabaseRequest *self, GVariant *values, GError **error)
{
  for (gsize i = 0; i < g_variant_n_children (values); i++)
    {
      g_autoptr (GVariant) child = g_variant_get_child_value (values, i);

      if (!thaw_database_request_add_variant (self, child, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean add_value (ThawDatabaseRequest *self, char *name, GVariant *value, GError **error);

static gboolean
add_dictionary (ThawDatabaseRequest *self, GVariant *values, GError **error)
{
  GVariantIter iter;
  const char *key;
  GVariant *value;

  g_variant_iter_init (&iter, values);
  while (g_variant_iter_loop (&iter, "{&sv}", &key, &value))
    if (!add_value (self, g_strdup (key), value, error))
      {
        g_variant_unref (value);
        return FALSE;
      }
  return TRUE;
}

static gboolean
add_maybe (ThawDatabaseRequest *self, char *name, GVariant *value, GError **error)
{
  g_autoptr (GVariant) inner = g_variant_get_maybe (value);

  if (inner != NULL)
    return add_value (self, name, inner, error);
  add_parameter (self, THAW_CELL_NULL, name);
  return TRUE;
}

/* Takes over @name. */
static gboolean
add_value (ThawDatabaseRequest *self, char *name, GVariant *value, GError **error)
{
  g_autoptr (GVariant) inner = NULL;
  g_autoptr (GBytes) bytes = NULL;

  if (g_variant_is_of_type (value, G_VARIANT_TYPE_STRING))
    add_text (self, name, g_variant_get_string (value, NULL));
  else if (g_variant_is_of_type (value, G_VARIANT_TYPE_DOUBLE))
    add_parameter (self, THAW_CELL_DOUBLE, name)->number = g_variant_get_double (value);
  else if (g_variant_is_of_type (value, G_VARIANT_TYPE_BYTESTRING))
    {
      bytes = g_variant_get_data_as_bytes (value);
      add_bytes (self, name, bytes);
    }
  else if (g_variant_is_of_type (value, G_VARIANT_TYPE_MAYBE))
    return add_maybe (self, name, value, error);
  else if (g_variant_is_of_type (value, G_VARIANT_TYPE_VARIANT))
    {
      inner = g_variant_get_variant (value);
      return add_value (self, name, inner, error);
    }
  else if (strchr ("bynqiuxt", g_variant_get_type_string (value)[0]) != NULL)
    add_parameter (self, THAW_CELL_INT64, name)->int64 = get_variant_int64 (value);
  else
    {
      g_free (name);
      return fail_parameters (error,
                              "A value of type %s can't be stored in a database",
                              g_variant_get_type_string (value));
    }
  return TRUE;
}

gboolean
thaw_database_request_add_variant (ThawDatabaseRequest *self, GVariant *parameters, GError **error)
{
  if (parameters == NULL)
    return TRUE;
  if (g_variant_is_of_type (parameters, G_VARIANT_TYPE_VARDICT))
    return add_dictionary (self, parameters, error);
  if (g_variant_is_of_type (parameters, G_VARIANT_TYPE_TUPLE)
      || g_variant_is_of_type (parameters, G_VARIANT_TYPE ("av")))
    return add_children (self, parameters, error);
  return add_value (self, NULL, parameters, error);
}

/* A va_list can't be passed on and used again, but a struct that holds it can. */
typedef struct {
  va_list list;
} Arguments;

/* Takes over @name. */
static gboolean
add_argument (ThawDatabaseRequest *self, char letter, char *name, Arguments *arguments, GError **error)
{
  g_autoptr (GVariant) variant = NULL;

  switch (letter)
    {
    case 'b':
    case 'i':
      add_parameter (self, THAW_CELL_INT64, name)->int64 = va_arg (arguments->list, gint);
      return TRUE;
    case 'u':
      add_parameter (self, THAW_CELL_INT64, name)->int64 = va_arg (arguments->list, guint);
      return TRUE;
    case 'x':
    case 't':
      add_parameter (self, THAW_CELL_INT64, name)->int64 = va_arg (arguments->list, gint64);
      return TRUE;
    case 'd':
      add_parameter (self, THAW_CELL_DOUBLE, name)->number = va_arg (arguments->list, double);
      return TRUE;
    case 's':
      add_text (self, name, va_arg (arguments->list, const char *));
      return TRUE;
    case 'B':
      add_bytes (self, name, va_arg (arguments->list, GBytes *));
      return TRUE;
    case 'n':
      add_parameter (self, THAW_CELL_NULL, name);
      return TRUE;
    case 'v':
      variant = g_variant_ref_sink (va_arg (arguments->list, GVariant *));
      return name != NULL ? add_value (self, name, variant, error)
                          : thaw_database_request_add_variant (self, variant, error);
    default:
      g_free (name);
      return fail_parameters (error,
                              "There is no such kind of parameter: %s",
                              (char[]){ letter, 0 });
    }
}

gboolean
thaw_database_request_add_parameters (ThawDatabaseRequest *self,
                             const char *format,
                             va_list arguments,
                             GError **error)
{
  Arguments rest;
  gboolean success = TRUE;

  va_copy (rest.list, arguments);
  for (const char *p = format; success && p != NULL && *p != '\0';)
    {
      char letter = *p++, *name = NULL;

      if (letter == ' ')
        continue;
      if (*p == ':')
        {
          gsize length = strcspn (++p, " ");

          name = g_strndup (p, length);
          p += length;
        }
      success = add_argument (self, letter, name, &rest, error);
    }
  va_end (rest.list);
  return success;
}

static int
find_index (sqlite3_stmt *statement, const char *name)
{
  char prefixed[128];

  for (const char *prefix = ":@$"; *prefix != '\0'; prefix++)
    {
      int index;

      g_snprintf (prefixed, sizeof prefixed, "%c%s", *prefix, name);
      index = sqlite3_bind_parameter_index (statement, prefixed);
      if (index > 0)
        return index;
    }
  return sqlite3_bind_parameter_index (statement, name);
}

/* The request outlives the binding, so nothing is copied once more. */
static int
bind_one (sqlite3_stmt *statement, int index, const ThawParameter *parameter)
{
  gconstpointer bytes;
  gsize size;

  switch (parameter->type)
    {
    case THAW_CELL_INT64:
      return sqlite3_bind_int64 (statement, index, parameter->int64);
    case THAW_CELL_DOUBLE:
      return sqlite3_bind_double (statement, index, parameter->number);
    case THAW_CELL_TEXT:
      return sqlite3_bind_text (statement, index, parameter->text, -1, SQLITE_STATIC);
    case THAW_CELL_BLOB:
      bytes = g_bytes_get_data (parameter->bytes, &size);
      return sqlite3_bind_blob64 (statement, index, size > 0 ? bytes : "", size, SQLITE_STATIC);
    default:
      return sqlite3_bind_null (statement, index);
    }
}

static gboolean
fail_count (ThawDatabaseRequest *self, int n_wanted, GError **error)
{
  g_set_error (error,
               THAW_DATABASE_ERROR,
               THAW_DATABASE_ERROR_PARAMETERS,
               "%s: the statement takes %d parameters, but %u were given (in: %s)",
               self->store->name,
               n_wanted,
               self->n_parameters,
               self->sql);
  return FALSE;
}

gboolean
thaw_database_request_bind (ThawDatabaseRequest *self,
                   ThawConnection *connection,
                   sqlite3_stmt *statement,
                   GError **error)
{
  int n_wanted = sqlite3_bind_parameter_count (statement), position = 0, result;

  if ((int) self->n_parameters != n_wanted)
    return fail_count (self, n_wanted, error);
  for (guint i = 0; i < self->n_parameters; i++)
    {
      const ThawParameter *parameter = &self->parameters[i];
      int index = parameter->name != NULL ? find_index (statement, parameter->name) : ++position;

      if (index == 0)
        {
          g_set_error (error,
                       THAW_DATABASE_ERROR,
                       THAW_DATABASE_ERROR_PARAMETERS,
                       "%s: the statement has no parameter “%s” (in: %s)",
                       self->store->name,
                       parameter->name,
                       self->sql);
          return FALSE;
        }
      result = bind_one (statement, index, parameter);
      if (result != SQLITE_OK)
        {
          thaw_connection_set_error (connection, result, self->sql, error);
          return FALSE;
        }
    }
  return TRUE;
}
