/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reading a future: making complete ones, looking at a value or an error, taking a value over. Any
 * thread. What is read never changes once the future is complete, except that one taker may carry
 * a pointer away. */

#include "thaw-future-private.h"

static ThawFuture *
new_complete (const char *name, ThawFutureState state, ThawResult result)
{
  ThawFuture *self = thaw_future_new (name);

  self->result = result;
  self->state = state;
  return self;
}

/**
 * thaw_future_new_resolved:
 *
 * Makes a future that is resolved with nothing but success. Any thread.
 *
 * Returns: (transfer full): a complete future
 */
ThawFuture *
thaw_future_new_resolved (void)
{
  return new_complete ("resolved", THAW_FUTURE_RESOLVED, (ThawResult){ THAW_RESULT_NOTHING });
}

/**
 * thaw_future_new_pointer:
 * @value: (transfer full): what it resolves to
 * @destroy: (nullable): frees @value unless a consumer has taken it
 *
 * Makes a future that is resolved with a pointer. Any thread.
 *
 * Returns: (transfer full): a complete future
 */
ThawFuture *
thaw_future_new_pointer (gpointer value, GDestroyNotify destroy)
{
  ThawResult result = { .kind = THAW_RESULT_POINTER, .pointer = value, .destroy = destroy };

  return new_complete ("resolved", THAW_FUTURE_RESOLVED, result);
}

/**
 * thaw_future_new_int64:
 * @value: what it resolves to
 *
 * Makes a future that is resolved with an integer. Any thread.
 *
 * Returns: (transfer full): a complete future
 */
ThawFuture *
thaw_future_new_int64 (gint64 value)
{
  ThawResult result = { .kind = THAW_RESULT_INT64, .int64 = value };

  return new_complete ("resolved", THAW_FUTURE_RESOLVED, result);
}

/**
 * thaw_future_new_rejected:
 * @error: (transfer full): why
 *
 * Makes a future that is rejected. Any thread.
 *
 * Returns: (transfer full): a complete future
 */
ThawFuture *
thaw_future_new_rejected (GError *error)
{
  ThawResult result = { .kind = THAW_RESULT_ERROR, .error = error };

  return new_complete ("rejected", THAW_FUTURE_REJECTED, result);
}

/**
 * thaw_future_get_name:
 * @self: a future
 *
 * Returns: (transfer none): the name it was made with
 */
const char *
thaw_future_get_name (ThawFuture *self)
{
  return self->name;
}

/**
 * thaw_future_get_state:
 * @self: a future
 *
 * Any thread. Anything but %THAW_FUTURE_PENDING is final.
 *
 * Returns: how far it is
 */
ThawFutureState
thaw_future_get_state (ThawFuture *self)
{
  return thaw_future_peek_state (self);
}

/* The future that holds the result of a complete one. */
static ThawFuture *
get_holder (ThawFuture *self)
{
  return self->result.kind == THAW_RESULT_FORWARD ? self->result.future : self;
}

/* The holder of a resolved future; otherwise @error is set. */
static ThawFuture *
get_resolved (ThawFuture *self, GError **error)
{
  ThawFutureState state = thaw_future_peek_state (self);
  ThawFuture *holder;

  g_return_val_if_fail (state != THAW_FUTURE_PENDING, NULL);

  holder = get_holder (self);
  if (state == THAW_FUTURE_RESOLVED)
    return holder;
  thaw_future_mark_taken (self);
  g_propagate_error (error, g_error_copy (holder->result.error));
  return NULL;
}

static void
fill_view (GValue *view, const ThawResult *result)
{
  switch (result->kind)
    {
    case THAW_RESULT_INT64:
      g_value_init (view, G_TYPE_INT64);
      g_value_set_int64 (view, result->int64);
      break;
    case THAW_RESULT_POINTER:
      g_value_init (view, G_TYPE_POINTER);
      g_value_set_pointer (view, result->pointer);
      break;
    case THAW_RESULT_OBJECT:
      g_value_init (view, result->object ? G_OBJECT_TYPE (result->object) : G_TYPE_OBJECT);
      g_value_set_object (view, result->object);
      break;
    default:
      g_value_init (view, G_TYPE_BOOLEAN);
      g_value_set_boolean (view, TRUE);
    }
}

/* Two threads may make a view at once: the first one stays. */
static const GValue *
get_view (ThawFuture *holder)
{
  GValue *view = __atomic_load_n (&holder->view, __ATOMIC_ACQUIRE), *made;

  if (view)
    return view;
  made = g_new0 (GValue, 1);
  fill_view (made, &holder->result);
  if (__atomic_compare_exchange_n (&holder->view,
                                   &view,
                                   made,
                                   FALSE,
                                   __ATOMIC_ACQ_REL,
                                   __ATOMIC_ACQUIRE))
    return made;
  g_value_unset (made);
  g_free (made);
  return view;
}

/**
 * thaw_future_get_value:
 * @self: a complete future
 * @error: why it was rejected
 *
 * The value as a `GValue`: a `gboolean` %TRUE if it was resolved with nothing. Any thread.
 *
 * Returns: (transfer none) (nullable): the value, which lives as long as @self does; %NULL when
 * rejected
 */
const GValue *
thaw_future_get_value (ThawFuture *self, GError **error)
{
  ThawFuture *holder = get_resolved (self, error);

  if (!holder)
    return NULL;
  return holder->result.kind == THAW_RESULT_VALUE ? holder->result.value : get_view (holder);
}

/**
 * thaw_future_get_pointer:
 * @self: a complete future
 * @error: why it was rejected
 *
 * What @self was resolved with: a pointer, an object, or the boxed, string or object contents of a
 * `GValue`; %NULL for anything else. Any thread.
 *
 * Returns: (transfer none) (nullable): the pointer, which lives as long as @self does, unless
 *   [method@Thaw.Future.take_pointer] has carried it away
 */
gpointer
thaw_future_get_pointer (ThawFuture *self, GError **error)
{
  ThawFuture *holder = get_resolved (self, error);

  if (!holder)
    return NULL;
  switch (holder->result.kind)
    {
    case THAW_RESULT_POINTER:
      return holder->result.pointer;
    case THAW_RESULT_OBJECT:
      return holder->result.object;
    case THAW_RESULT_VALUE:
      return g_value_fits_pointer (holder->result.value)
                 ? g_value_peek_pointer (holder->result.value)
                 : NULL;
    default:
      return NULL;
    }
}

/**
 * thaw_future_get_int64:
 * @self: a complete future
 * @error: why it was rejected
 *
 * What @self was resolved with: an integer, a number in a `GValue`, or 1 for nothing but success.
 * Any thread.
 *
 * Returns: the integer; -1 when rejected, or when it is none
 */
gint64
thaw_future_get_int64 (ThawFuture *self, GError **error)
{
  ThawFuture *holder = get_resolved (self, error);
  g_auto (GValue) number = G_VALUE_INIT;

  if (!holder)
    return -1;
  if (holder->result.kind == THAW_RESULT_INT64)
    return holder->result.int64;
  if (holder->result.kind == THAW_RESULT_NOTHING)
    return 1;
  g_value_init (&number, G_TYPE_INT64);
  if (holder->result.kind == THAW_RESULT_VALUE && g_value_transform (holder->result.value, &number))
    return g_value_get_int64 (&number);
  return -1;
}

/**
 * thaw_future_get_error:
 * @self: a future
 *
 * The error of a rejected future. Asking counts as having dealt with it. Any thread.
 *
 * Returns: (transfer none) (nullable): the error, or %NULL if @self is pending or resolved
 */
const GError *
thaw_future_get_error (ThawFuture *self)
{
  if (thaw_future_peek_state (self) != THAW_FUTURE_REJECTED)
    return NULL;
  thaw_future_mark_taken (self);
  return get_holder (self)->result.error;
}

GError *
thaw_future_dup_error (ThawFuture *self)
{
  return g_error_copy (thaw_future_get_error (self));
}

/* The first taker gets the pointer: it can't be copied, and a copy that two own would be freed
 * twice. */
static gpointer
steal_pointer (ThawFuture *holder, GError **error)
{
  guint8 flags;

  if (!holder->result.destroy)
    return holder->result.pointer;
  flags = __atomic_fetch_or (&holder->flags, THAW_FUTURE_STOLEN, __ATOMIC_RELAXED);
  if ((flags & THAW_FUTURE_STOLEN) == 0)
    return holder->result.pointer;
  g_set_error (error,
               G_IO_ERROR,
               G_IO_ERROR_CLOSED,
               "The value of %s was taken before",
               holder->name);
  return NULL;
}

static gpointer
copy_value (const GValue *value)
{
  if (G_VALUE_HOLDS_OBJECT (value))
    return g_value_dup_object (value);
  if (G_VALUE_HOLDS_BOXED (value))
    return g_value_dup_boxed (value);
  if (G_VALUE_HOLDS_STRING (value))
    return g_value_dup_string (value);
  return G_VALUE_HOLDS_POINTER (value) ? g_value_get_pointer (value) : NULL;
}

/**
 * thaw_future_take_pointer:
 * @self: a complete future
 * @error: why it was rejected
 *
 * As [method@Thaw.Future.get_pointer], for keeps: an object is referenced, a boxed value or string
 * of a `GValue` is copied, and a plain pointer that has a destroy function changes hands. It does
 * so once: a second taker gets %G_IO_ERROR_CLOSED, and those that only borrowed it must be done by
 * then. Any thread.
 *
 * Returns: (transfer full) (nullable): the pointer
 */
gpointer
thaw_future_take_pointer (ThawFuture *self, GError **error)
{
  ThawFuture *holder = get_resolved (self, error);

  if (!holder)
    return NULL;
  switch (holder->result.kind)
    {
    case THAW_RESULT_POINTER:
      return steal_pointer (holder, error);
    case THAW_RESULT_OBJECT:
      return holder->result.object ? g_object_ref (holder->result.object) : NULL;
    case THAW_RESULT_VALUE:
      return copy_value (holder->result.value);
    default:
      return NULL;
    }
}
