/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The command line: thaw-files [--view ID] [--new-window] [--version] [URI…], or for the bus
 * thaw-files --gapplication-service, which shows nothing before somebody asks. It is read before
 * there is a window, so that a bad argument costs one line and no flash of a window. Whether a
 * place exists, and whether it is a folder, is not asked here: that would touch it. Pure: argv in,
 * a record or an error out. */

#include "files-arguments.h"
#include <glib/gi18n.h>

/**
 * files_arguments_free:
 * @self: (transfer full): arguments
 */
void
files_arguments_free (FilesArguments *self)
{
  g_free (self->view_id);
  g_ptr_array_unref (self->locations);
  g_free (self);
}

static GOptionContext *
make_context (FilesArguments *self, GStrv *rest)
{
  const GOptionEntry entries[] = {
    { "help", 'h', 0, G_OPTION_ARG_NONE, &self->help, N_ ("Show this help"), NULL },
    { "new-window", 'w', 0, G_OPTION_ARG_NONE, &self->new_window, N_ ("Open a new window"), NULL },
    /* What the bus starts, as GApplication calls it. */
    { "gapplication-service",
      0,
      G_OPTION_FLAG_HIDDEN,
      G_OPTION_ARG_NONE,
      &self->is_service,
      NULL,
      NULL },
    { "version", 0, 0, G_OPTION_ARG_NONE, &self->version, N_ ("Show the version"), NULL },
    { "view",
      0,
      0,
      G_OPTION_ARG_STRING,
      &self->view_id,
      N_ ("Show folders in this view"),
      N_ ("ID") },
    { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, rest, NULL, N_ ("[URI…]") },
    { NULL },
  };
  GOptionContext *context = g_option_context_new (NULL);

  g_option_context_set_help_enabled (context, FALSE);
  g_option_context_set_translation_domain (context, GETTEXT_PACKAGE);
  g_option_context_add_main_entries (context, entries, GETTEXT_PACKAGE);
  return context;
}

/* "file:///tmp" has a scheme, "a:b.txt" is a file name unless it is really a URI with a path. */
static gboolean
looks_like_uri (const char *text)
{
  g_autofree char *scheme = g_uri_parse_scheme (text);

  return scheme != NULL && text[strlen (scheme) + 1] == '/';
}

static GFile *
parse_location (const char *text, GError **error)
{
  g_autoptr (GError) uri_error = NULL;
  g_autofree char *path = NULL;

  if (*text == '\0')
    {
      g_set_error_literal (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, _ ("A place is empty"));
      return NULL;
    }
  if (!looks_like_uri (text))
    {
      path = g_canonicalize_filename (text, NULL);
      return g_file_new_for_path (path);
    }
  if (!g_uri_is_valid (text, G_URI_FLAGS_NONE, &uri_error))
    {
      g_set_error (error,
                   G_OPTION_ERROR,
                   G_OPTION_ERROR_BAD_VALUE,
                   /* Translators: a URI, and what is wrong with it */
                   _ ("“%s” is not a URI: %s"),
                   text,
                   uri_error->message);
      return NULL;
    }
  return g_file_new_for_uri (text);
}

static gboolean
parse_locations (FilesArguments *self, const char *const *texts, GError **error)
{
  for (guint i = 0; texts != NULL && texts[i] != NULL; i++)
    {
      GFile *location = parse_location (texts[i], error);

      if (location == NULL)
        return FALSE;
      g_ptr_array_add (self->locations, location);
    }
  return TRUE;
}

/**
 * files_arguments_parse:
 * @argv: (array zero-terminated=1): the command line, the program's name first
 * @has_view: says whether a view of an id exists
 *
 * Reads the command line.
 *
 * - **Errors**: `G_OPTION_ERROR`, with one translated line that names what is bad.
 *
 * Returns: (transfer full) (nullable): what it asks for, or %NULL with @error set
 */
FilesArguments *
files_arguments_parse (const char *const *argv, FilesHasView has_view, GError **error)
{
  g_autoptr (FilesArguments) self = g_new0 (FilesArguments, 1);
  g_auto (GStrv) copy = g_strdupv ((char **) argv);
  g_auto (GStrv) rest = NULL;
  g_autoptr (GOptionContext) context = make_context (self, &rest);

  self->locations = g_ptr_array_new_with_free_func (g_object_unref);
  if (!g_option_context_parse_strv (context, &copy, error))
    return NULL;
  if (self->view_id != NULL && !has_view (self->view_id))
    {
      g_set_error (error,
                   G_OPTION_ERROR,
                   G_OPTION_ERROR_BAD_VALUE,
                   /* Translators: the id of a view, as in --view=ID */
                   _ ("There is no view “%s”"),
                   self->view_id);
      return NULL;
    }
  if (!parse_locations (self, (const char *const *) rest, error))
    return NULL;
  return g_steal_pointer (&self);
}

/**
 * files_arguments_dup_help:
 *
 * Returns: (transfer full): what --help prints
 */
char *
files_arguments_dup_help (void)
{
  FilesArguments self = { 0 };
  g_auto (GStrv) rest = NULL;
  g_autoptr (GOptionContext) context = make_context (&self, &rest);

  return g_option_context_get_help (context, TRUE, NULL);
}
