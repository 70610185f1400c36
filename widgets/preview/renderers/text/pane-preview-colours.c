/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* GtkSourceView, loaded when the first text is shown: no program starts later for it, and where it
 * isn't installed text is plain. Loading the library, its languages and its schemes takes a hundred
 * milliseconds at the first time and reads files, so a thread of its own does that, one job at a
 * time; the loop uses only what has been loaded. A language's rules live as long as a buffer has
 * them: one empty buffer for each language is kept. */

#include "pane-preview-colours-private.h"

#include <adwaita.h>
#include <dlfcn.h>

#if __has_include(<gtksourceview/gtksource.h>)

#include <gtksourceview/gtksource.h>

#define LIBRARY "libgtksourceview-5.so.0"
#define SCHEMES                                                                                    \
  {                                                                                                \
    "Adwaita", "Adwaita-dark"                                                                      \
  }

/* What is used of it. */
static struct {
  __typeof__ (gtk_source_init) *init;
  __typeof__ (gtk_source_buffer_get_type) *buffer_get_type;
  __typeof__ (gtk_source_view_get_type) *view_get_type;
  __typeof__ (gtk_source_language_manager_get_default) *get_languages;
  __typeof__ (gtk_source_language_manager_guess_language) *guess_language;
  __typeof__ (gtk_source_language_manager_get_language) *get_language;
  __typeof__ (gtk_source_language_get_id) *get_language_id;
  __typeof__ (gtk_source_style_scheme_manager_get_default) *get_schemes;
  __typeof__ (gtk_source_style_scheme_manager_get_scheme) *get_scheme;
  __typeof__ (gtk_source_buffer_set_style_scheme) *set_scheme;
} source;

static gboolean is_loaded; /* the worker's until its first job is over */
static GHashTable *kept;   /* language id -> buffer; the worker's */

static gboolean
find (gpointer library, gpointer address, const char *name)
{
  gpointer found = dlsym (library, name);

  *(gpointer *) address = found;
  return found != NULL;
}

static gboolean
load (void)
{
  gpointer library = dlopen (LIBRARY, RTLD_NOW | RTLD_LOCAL);

  return library != NULL && find (library, &source.init, "gtk_source_init")
         && find (library, &source.buffer_get_type, "gtk_source_buffer_get_type")
         && find (library, &source.view_get_type, "gtk_source_view_get_type")
         && find (library, &source.get_languages, "gtk_source_language_manager_get_default")
         && find (library, &source.guess_language, "gtk_source_language_manager_guess_language")
         && find (library, &source.get_language, "gtk_source_language_manager_get_language")
         && find (library, &source.get_language_id, "gtk_source_language_get_id")
         && find (library, &source.get_schemes, "gtk_source_style_scheme_manager_get_default")
         && find (library, &source.get_scheme, "gtk_source_style_scheme_manager_get_scheme")
         && find (library, &source.set_scheme, "gtk_source_buffer_set_style_scheme");
}

static void
load_once (void)
{
  static gboolean was_tried;
  const char *const schemes[] = SCHEMES;

  if (was_tried)
    return;
  was_tried = TRUE;
  if (!load ())
    return;
  source.init ();
  for (guint i = 0; i < G_N_ELEMENTS (schemes); i++)
    source.get_scheme (source.get_schemes (), schemes[i]);
  g_type_class_ref (source.view_get_type ());
  kept = g_hash_table_new (g_str_hash, g_str_equal);
  is_loaded = TRUE;
}

typedef struct {
  char *name, *content_type;
} Question;

static void
question_free (gpointer data)
{
  Question *question = data;

  g_free (question->name);
  g_free (question->content_type);
  g_free (question);
}

static gboolean
prepare_lane (ThawJob *job, gpointer data, GError **error)
{
  const Question *question = data;
  GtkSourceLanguage *language = NULL;
  const char *id = "";

  load_once ();
  if (is_loaded)
    language
        = source.guess_language (source.get_languages (), question->name, question->content_type);
  if (language != NULL)
    id = g_intern_string (source.get_language_id (language));
  if (language != NULL && !g_hash_table_contains (kept, id))
    g_hash_table_insert (kept,
                         (gpointer) id,
                         g_object_new (source.buffer_get_type (),
                                       "highlight-syntax",
                                       FALSE,
                                       "language",
                                       language,
                                       NULL));
  thaw_job_return_pointer (job, (gpointer) id, NULL);
  return TRUE;
}

ThawFuture *
pane_preview_colours_prepare (ThawScope *scope, const char *name, const char *content_type)
{
  static ThawLane *lane;
  Question *question = g_new (Question, 1);

  if (lane == NULL)
    lane = thaw_lane_new_private ("text colours", 1, NULL);
  *question = (Question){ g_strdup (name), g_strdup (content_type) };
  return thaw_lane_run (lane,
                        scope,
                        "prepare colours",
                        THAW_PRIORITY_HIGH,
                        -1,
                        prepare_lane,
                        question,
                        question_free);
}

static void
dark_cb (GtkTextBuffer *buffer)
{
  const char *const schemes[] = SCHEMES;
  gboolean is_dark = adw_style_manager_get_dark (adw_style_manager_get_default ());

  source.set_scheme ((GtkSourceBuffer *) buffer,
                     source.get_scheme (source.get_schemes (), schemes[is_dark ? 1 : 0]));
}

GtkWidget *
pane_preview_colours_make_view (const char *language_id)
{
  g_autoptr (GtkTextBuffer) buffer = NULL;
  gboolean is_code = *language_id != '\0';

  if (!is_loaded)
    return gtk_text_view_new ();
  buffer
      = g_object_new (source.buffer_get_type (),
                      "highlight-syntax",
                      is_code,
                      "highlight-matching-brackets",
                      FALSE,
                      "implicit-trailing-newline",
                      FALSE,
                      "language",
                      is_code ? source.get_language (source.get_languages (), language_id) : NULL,
                      NULL);
  dark_cb (buffer);
  g_signal_connect_object (adw_style_manager_get_default (),
                           "notify::dark",
                           G_CALLBACK (dark_cb),
                           buffer,
                           G_CONNECT_SWAPPED);
  return g_object_new (source.view_get_type (),
                       "buffer",
                       buffer,
                       "show-line-numbers",
                       is_code,
                       NULL);
}

#else

ThawFuture *
pane_preview_colours_prepare (ThawScope *scope, const char *name, const char *content_type)
{
  return thaw_future_new_pointer ((gpointer) "", NULL);
}

GtkWidget *
pane_preview_colours_make_view (const char *language_id)
{
  return gtk_text_view_new ();
}

#endif
