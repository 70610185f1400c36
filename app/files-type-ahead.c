/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Type-ahead. Keys typed within a second of each other are one prefix; the entry that begins with
 * it is looked for by a job on the CPU pool, from the focused entry on, so that a folder of a
 * million names doesn't hold a key. The same letter again and again goes from one entry that begins
 * with it to the next. Loop's thread. */

#include "files-type-ahead.h"
#include "files-find.h"

#define RESET_MSEC 1000

struct _FilesTypeAhead {
  GtkWidget parent_instance;

  GtkLabel *label;
  PaneFolderModel *model;
  PaneView *view; /* weak */
  ThawScope *scope;
  ThawFuture *question;
  GString *typed;
  guint reset_source;
};

enum {
  FOUND,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (FilesTypeAhead, files_type_ahead, GTK_TYPE_WIDGET)

/**
 * files_type_ahead_reset:
 * @self: a type-ahead
 *
 * Forgets what was typed.
 */
void
files_type_ahead_reset (FilesTypeAhead *self)
{
  g_clear_handle_id (&self->reset_source, g_source_remove);
  g_string_truncate (self->typed, 0);
  gtk_widget_set_visible (GTK_WIDGET (self), FALSE);
}

static void
reset_cb (gpointer user_data)
{
  FilesTypeAhead *self = user_data;

  self->reset_source = 0;
  files_type_ahead_reset (self);
}

static void
found_cb (ThawFuture *completed, gpointer user_data)
{
  FilesTypeAhead *self = user_data;
  gint64 id = THAW_NO_ENTRY;

  if (completed != self->question)
    return;
  if (thaw_future_get_error (completed) == NULL)
    id = thaw_future_get_int64 (completed, NULL);
  if (id == THAW_NO_ENTRY)
    {
      gtk_widget_add_css_class (GTK_WIDGET (self->label), "error");
      return;
    }
  gtk_widget_remove_css_class (GTK_WIDGET (self->label), "error");
  g_signal_emit (self, signals[FOUND], 0, (guint) id);
}

/* "aaa" is three times "a": the next one, not a name that begins with three of them. */
static gboolean
is_one_letter (const char *typed)
{
  gunichar first = g_utf8_get_char (typed);

  for (; *typed != '\0'; typed = g_utf8_next_char (typed))
    if (g_utf8_get_char (typed) != first)
      return FALSE;
  return TRUE;
}

static void
ask (FilesTypeAhead *self)
{
  ThawOrder *order = pane_folder_model_get_order (self->model);
  guint32 focus = pane_folder_model_get_focus_id (self->model);
  guint from = focus != THAW_NO_ENTRY ? pane_folder_model_find (self->model, focus)
                                      : GTK_INVALID_LIST_POSITION;
  g_autofree char *prefix = g_strdup (self->typed->str);

  if (order == NULL)
    return;
  if (from == GTK_INVALID_LIST_POSITION)
    from = 0;
  else if (is_one_letter (prefix))
    from++;
  if (is_one_letter (prefix))
    *g_utf8_next_char (prefix) = '\0';
  if (self->question != NULL)
    thaw_future_cancel (self->question);
  g_clear_pointer (&self->question, thaw_future_unref);
  self->question = files_find_prefix (self->scope,
                                      order,
                                      prefix,
                                      from,
                                      self->view != NULL ? pane_view_dup_shown (self->view) : NULL);
  thaw_future_done (self->question, self->scope, found_cb, self, NULL);
}

static void
show_typed (FilesTypeAhead *self)
{
  gtk_label_set_text (self->label, self->typed->str);
  gtk_widget_set_visible (GTK_WIDGET (self), TRUE);
  g_clear_handle_id (&self->reset_source, g_source_remove);
  self->reset_source = g_timeout_add_once (RESET_MSEC, reset_cb, self);
}

static gboolean
erase (FilesTypeAhead *self)
{
  const char *last;

  if (self->typed->len == 0)
    return FALSE;
  last = g_utf8_find_prev_char (self->typed->str, self->typed->str + self->typed->len);
  g_string_truncate (self->typed, last - self->typed->str);
  if (self->typed->len == 0)
    files_type_ahead_reset (self);
  else
    show_typed (self);
  return TRUE;
}

/**
 * files_type_ahead_key:
 * @self: a type-ahead
 * @keyval: a key
 * @state: the modifiers held
 *
 * Takes a key, if it is one of a name. A space only goes on with a name, it doesn't begin one.
 *
 * Returns: whether the key was used
 */
gboolean
files_type_ahead_key (FilesTypeAhead *self, guint keyval, GdkModifierType state)
{
  gunichar letter = gdk_keyval_to_unicode (keyval);

  if (state & (GDK_CONTROL_MASK | GDK_ALT_MASK | GDK_SUPER_MASK | GDK_META_MASK))
    return FALSE;
  if (keyval == GDK_KEY_BackSpace)
    return erase (self);
  if (keyval == GDK_KEY_Escape && self->typed->len > 0)
    {
      files_type_ahead_reset (self);
      return TRUE;
    }
  if (letter == 0 || !g_unichar_isprint (letter) || (letter == ' ' && self->typed->len == 0))
    return FALSE;
  g_string_append_unichar (self->typed, letter);
  show_typed (self);
  ask (self);
  return TRUE;
}

/**
 * files_type_ahead_set_model:
 * @self: a type-ahead
 * @model: what is looked through
 */
void
files_type_ahead_set_model (FilesTypeAhead *self, PaneFolderModel *model)
{
  g_set_object (&self->model, model);
}

/**
 * files_type_ahead_set_view:
 * @self: a type-ahead
 * @view: (nullable): what shows the model: what it doesn't show isn't found. It isn't kept
 */
void
files_type_ahead_set_view (FilesTypeAhead *self, PaneView *view)
{
  g_set_weak_pointer (&self->view, view);
}

static void
files_type_ahead_dispose (GObject *object)
{
  FilesTypeAhead *self = FILES_TYPE_AHEAD (object);

  thaw_scope_cancel (self->scope);
  g_clear_handle_id (&self->reset_source, g_source_remove);
  g_clear_pointer (&self->question, thaw_future_unref);
  g_clear_object (&self->model);
  g_clear_weak_pointer (&self->view);
  if (self->label != NULL)
    gtk_widget_unparent (GTK_WIDGET (self->label));
  self->label = NULL;
  G_OBJECT_CLASS (files_type_ahead_parent_class)->dispose (object);
}

static void
files_type_ahead_finalize (GObject *object)
{
  FilesTypeAhead *self = FILES_TYPE_AHEAD (object);

  thaw_scope_unref (self->scope);
  g_string_free (self->typed, TRUE);
  G_OBJECT_CLASS (files_type_ahead_parent_class)->finalize (object);
}

static void
files_type_ahead_class_init (FilesTypeAheadClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = files_type_ahead_dispose;
  object_class->finalize = files_type_ahead_finalize;
  signals[FOUND] = g_signal_new ("found",
                                 FILES_TYPE_TYPE_AHEAD,
                                 G_SIGNAL_RUN_LAST,
                                 0,
                                 NULL,
                                 NULL,
                                 NULL,
                                 G_TYPE_NONE,
                                 1,
                                 G_TYPE_UINT);
  gtk_widget_class_set_layout_manager_type (GTK_WIDGET_CLASS (klass), GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_css_name (GTK_WIDGET_CLASS (klass), "typeahead");
}

static void
files_type_ahead_init (FilesTypeAhead *self)
{
  self->typed = g_string_new (NULL);
  self->scope = thaw_scope_new_for_owner ("type-ahead", G_OBJECT (self), NULL);
  self->label = GTK_LABEL (gtk_label_new (NULL));
  gtk_widget_set_parent (GTK_WIDGET (self->label), GTK_WIDGET (self));
  gtk_widget_set_can_target (GTK_WIDGET (self), FALSE);
  gtk_widget_set_visible (GTK_WIDGET (self), FALSE);
}
