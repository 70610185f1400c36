/* SPDX-License-Identifier: GPL-3.0-or-later */
/* New names for many files. First something is searched for and replaced in the old name; then the
 * pattern is filled in with what came of it; then the letters are changed, but not the extension's.
 * A pattern is read once into pieces, so that a name costs about a microsecond. What is wrong with
 * the names is found for all of them together: two of the same, or one that something else has,
 * unless that is renamed itself. Pure: any thread, nothing is touched. */

#include "files-rename-pattern.h"

#include <gio/gio.h>
#include <glib/gi18n.h>
#include <string.h>

#define MAX_NAME 255 /* bytes */
#define MAX_WIDTH 20
#define STOP_EVERY 1024

typedef enum {
  PIECE_TEXT,
  PIECE_NAME,
  PIECE_EXTENSION,
  PIECE_NUMBER,
  PIECE_DATE,
  PIECE_TIME,
  PIECE_TAKEN,
  PIECE_TAKEN_TIME,
  PIECE_CAMERA,
} PieceType;

typedef struct {
  PieceType type;
  char *text; /* of TEXT */
} Piece;

struct _FilesRenamePattern {
  gint ref_count;
  GArray *pieces;
  gboolean has_extension, needs_date, needs_taken, needs_camera;
  guint64 start;
  guint width;
  GRegex *search; /* nullable */
  char *replacement;
  FilesRenameCase letters;
};

static void
piece_clear (gpointer data)
{
  g_free (((Piece *) data)->text);
}

/* Reading the pattern */

static void
add_text (FilesRenamePattern *self, const char *text, gsize length)
{
  Piece piece = { .type = PIECE_TEXT, .text = g_strndup (text, length) };

  if (length > 0)
    g_array_append_val (self->pieces, piece);
  else
    g_free (piece.text);
}

static gboolean
add_tag (FilesRenamePattern *self, const char *tag, GError **error)
{
  static const char *const tags[] = {
    [PIECE_NAME] = "name", [PIECE_EXTENSION] = "ext", [PIECE_NUMBER] = "n",
    [PIECE_DATE] = "date", [PIECE_TIME] = "time",     [PIECE_TAKEN] = "taken",
    [PIECE_TAKEN_TIME] = "taken time", [PIECE_CAMERA] = "camera",
  };

  for (guint i = PIECE_NAME; i < G_N_ELEMENTS (tags); i++)
    if (g_str_equal (tag, tags[i]))
      {
        Piece piece = { .type = i };

        g_array_append_val (self->pieces, piece);
        self->has_extension |= i == PIECE_EXTENSION;
        self->needs_date |= i == PIECE_DATE || i == PIECE_TIME;
        self->needs_taken |= i == PIECE_TAKEN || i == PIECE_TAKEN_TIME;
        self->needs_camera |= i == PIECE_CAMERA;
        return TRUE;
      }
  g_set_error (error,
               G_IO_ERROR,
               G_IO_ERROR_INVALID_ARGUMENT,
               _ ("There is no “[%s]”; write “[[” for a bracket"),
               tag);
  return FALSE;
}

static gboolean
read_pattern (FilesRenamePattern *self, const char *text, GError **error)
{
  const char *bracket;

  while ((bracket = strchr (text, '[')) != NULL)
    {
      const char *end = strchr (bracket, ']');
      g_autofree char *tag = NULL;

      if (bracket[1] == '[')
        {
          add_text (self, text, bracket + 1 - text);
          text = bracket + 2;
          continue;
        }
      add_text (self, text, bracket - text);
      tag = end != NULL ? g_strndup (bracket + 1, end - bracket - 1) : g_strdup (bracket + 1);
      if (end == NULL)
        g_set_error (error,
                     G_IO_ERROR,
                     G_IO_ERROR_INVALID_ARGUMENT,
                     _ ("“]” is missing after “[%s”"),
                     tag);
      if (end == NULL || !add_tag (self, tag, error))
        return FALSE;
      text = end + 1;
    }
  add_text (self, text, strlen (text));
  return TRUE;
}

/* Plain text is searched for as an expression that stands for itself: one way for both. */
static gboolean
read_search (FilesRenamePattern *self, const FilesRenameRules *rules, GError **error)
{
  g_autofree char *plain = NULL;
  g_autoptr (GError) local = NULL;

  self->replacement = g_strdup (rules->replacement != NULL ? rules->replacement : "");
  if (rules->search == NULL || *rules->search == '\0')
    return TRUE;
  if (!rules->is_regex)
    {
      g_autoptr (GString) escaped = g_string_new (self->replacement);

      plain = g_regex_escape_string (rules->search, -1);
      g_string_replace (escaped, "\\", "\\\\", 0);
      g_set_str (&self->replacement, escaped->str);
    }
  self->search = g_regex_new (plain != NULL ? plain : rules->search,
                              G_REGEX_OPTIMIZE | (rules->ignores_case ? G_REGEX_CASELESS : 0),
                              0,
                              &local);
  if (self->search != NULL && g_regex_check_replacement (self->replacement, NULL, &local))
    return TRUE;
  g_set_error (error,
               G_IO_ERROR,
               G_IO_ERROR_INVALID_ARGUMENT,
               _ ("The expression can’t be used: %s"),
               local->message);
  return FALSE;
}

/**
 * files_rename_pattern_new:
 * @rules: how names are to change
 * @error: return location; its message is translated
 *
 * - **Thread**: any.
 *
 * Returns: (transfer full) (nullable): the rules, made ready
 */
FilesRenamePattern *
files_rename_pattern_new (const FilesRenameRules *rules, GError **error)
{
  g_autoptr (FilesRenamePattern) self = g_new0 (FilesRenamePattern, 1);

  self->ref_count = 1;
  self->pieces = g_array_new (FALSE, FALSE, sizeof (Piece));
  g_array_set_clear_func (self->pieces, piece_clear);
  self->start = rules->start;
  self->width = MIN (rules->width, MAX_WIDTH);
  self->letters = rules->letters;
  if (!read_pattern (self, rules->pattern, error) || !read_search (self, rules, error))
    return NULL;
  return g_steal_pointer (&self);
}

FilesRenamePattern *
files_rename_pattern_ref (FilesRenamePattern *self)
{
  g_atomic_int_inc (&self->ref_count);
  return self;
}

void
files_rename_pattern_unref (FilesRenamePattern *self)
{
  if (!g_atomic_int_dec_and_test (&self->ref_count))
    return;
  g_array_unref (self->pieces);
  g_clear_pointer (&self->search, g_regex_unref);
  g_free (self->replacement);
  g_free (self);
}

/**
 * files_rename_pattern_needs_date:
 * @self: a pattern
 *
 * Returns: whether it asks for when files were modified
 */
gboolean
files_rename_pattern_needs_date (FilesRenamePattern *self)
{
  return self->needs_date;
}

/**
 * files_rename_pattern_needs_photo:
 * @self: a pattern
 *
 * Returns: whether it asks for what photos say of themselves
 */
gboolean
files_rename_pattern_needs_photo (FilesRenamePattern *self)
{
  return self->needs_taken || self->needs_camera;
}

/* One name */

/* Where the extension begins, at its dot; at the end if there is none. "a.tar.gz" has a long one.
 */
static gsize
find_extension (const char *name, gboolean is_folder)
{
  const char *dot = is_folder ? NULL : strrchr (name, '.');

  if (dot == NULL || dot == name || dot[1] == '\0')
    return strlen (name);
  if (dot - name > 4 && strncmp (dot - 4, ".tar", 4) == 0)
    dot -= 4;
  return dot - name;
}

static char *
make_title (const char *text)
{
  GString *title = g_string_sized_new (strlen (text));
  gboolean in_word = FALSE;

  for (; *text != '\0'; text = g_utf8_next_char (text))
    {
      gunichar c = g_utf8_get_char (text);
      gboolean is_letter = g_unichar_isalnum (c) || g_unichar_ismark (c);

      g_string_append_unichar (title, in_word ? g_unichar_tolower (c) : g_unichar_totitle (c));
      in_word = is_letter || (in_word && (c == '\'' || c == 0x2019));
    }
  return g_string_free (title, FALSE);
}

static char *
change_letters (FilesRenamePattern *self, const char *text)
{
  switch (self->letters)
    {
    case FILES_CASE_LOWER:
      return g_utf8_strdown (text, -1);
    case FILES_CASE_UPPER:
      return g_utf8_strup (text, -1);
    case FILES_CASE_TITLE:
      return make_title (text);
    case FILES_CASE_KEEP:
    default:
      return g_strdup (text);
    }
}

static char *
format_time (const FilesRenameItem *item, GTimeZone *zone, const char *format)
{
  g_autoptr (GDateTime) utc
      = item->mtime_sec != FILES_NO_TIME ? g_date_time_new_from_unix_utc (item->mtime_sec) : NULL;
  g_autoptr (GDateTime) local = utc != NULL ? g_date_time_to_timezone (utc, zone) : NULL;

  return local != NULL ? g_date_time_format (local, format) : NULL;
}

typedef struct {
  char *stem;
  const char *extension; /* without its dot */
  char *number;
  char *date, *time; /* NULL: not known */
  const FilesPhoto *photo; /* nullable */
} Values;

static void
values_clear (Values *self)
{
  g_free (self->stem);
  g_free (self->number);
  g_free (self->date);
  g_free (self->time);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Values, values_clear)

static void
append_piece (GString *name, const Piece *piece, const Values *values)
{
  const char *const texts[] = {
    [PIECE_TEXT] = piece->text,
    [PIECE_NAME] = values->stem,
    [PIECE_EXTENSION] = values->extension,
    [PIECE_NUMBER] = values->number,
    [PIECE_DATE] = values->date,
    [PIECE_TIME] = values->time,
    [PIECE_TAKEN] = values->photo != NULL ? values->photo->taken_date : NULL,
    [PIECE_TAKEN_TIME] = values->photo != NULL ? values->photo->taken_time : NULL,
    [PIECE_CAMERA] = values->photo != NULL ? values->photo->camera : NULL,
  };

  /* Without an extension there is no dot either. */
  if (piece->type == PIECE_EXTENSION && *values->extension == '\0'
      && g_str_has_suffix (name->str, "."))
    g_string_truncate (name, name->len - 1);
  g_string_append (name, texts[piece->type] != NULL ? texts[piece->type] : "");
}

static char *
fill_in (FilesRenamePattern *self, const Values *values, gboolean is_folder)
{
  g_autoptr (GString) name = g_string_new (NULL);
  g_autofree char *stem = NULL;
  g_autofree char *changed = NULL;
  gsize end;

  for (guint i = 0; i < self->pieces->len; i++)
    append_piece (name, &g_array_index (self->pieces, Piece, i), values);
  if (!self->has_extension && *values->extension != '\0')
    g_string_append_printf (name, ".%s", values->extension);
  if (self->letters == FILES_CASE_KEEP)
    return g_string_free (g_steal_pointer (&name), FALSE);
  end = find_extension (name->str, is_folder);
  stem = g_strndup (name->str, end);
  changed = change_letters (self, stem);
  return g_strconcat (changed, name->str + end, NULL);
}

static FilesRenameStatus
judge (const char *old, const char *name)
{
  if (*name == '\0')
    return FILES_RENAME_EMPTY;
  if (strchr (name, '/') != NULL || g_str_equal (name, ".") || g_str_equal (name, ".."))
    return FILES_RENAME_ILLEGAL;
  if (strlen (name) > MAX_NAME)
    return FILES_RENAME_TOO_LONG;
  return g_str_equal (old, name) ? FILES_RENAME_UNCHANGED : FILES_RENAME_CHANGED;
}

static gboolean
lacks_photo (FilesRenamePattern *self, const FilesPhoto *photo)
{
  if (!files_rename_pattern_needs_photo (self))
    return FALSE;
  return photo == NULL || (self->needs_taken && *photo->taken_date == '\0')
         || (self->needs_camera && *photo->camera == '\0');
}

/* NULL: searching took too much. */
static char *
replace (FilesRenamePattern *self, const char *name)
{
  return self->search != NULL
             ? g_regex_replace (self->search, name, -1, 0, self->replacement, 0, NULL)
             : g_strdup (name);
}

/**
 * files_rename_pattern_apply:
 * @self: a pattern
 * @item: a file
 * @index: which of them it is, from 0 on
 * @zone: the user's
 * @status: (out): what is wrong with the new name alone
 *
 * - **Thread**: any.
 *
 * Returns: (transfer full): the new name
 */
char *
files_rename_pattern_apply (FilesRenamePattern *self,
                            const FilesRenameItem *item,
                            guint index,
                            GTimeZone *zone,
                            FilesRenameStatus *status)
{
  g_autofree char *old = g_utf8_validate (item->name, -1, NULL) ? replace (self, item->name) : NULL;
  g_auto (Values) values = { 0 };
  gsize end;
  char *name;

  *status = FILES_RENAME_NOT_TEXT;
  if (old == NULL)
    return g_strdup (item->name);
  end = find_extension (old, item->is_folder);
  values.stem = g_strndup (old, end);
  values.extension = old[end] == '.' ? old + end + 1 : "";
  values.number = g_strdup_printf ("%0*" G_GUINT64_FORMAT, (int) self->width, self->start + index);
  values.date = self->needs_date ? format_time (item, zone, "%Y-%m-%d") : NULL;
  values.time = self->needs_date ? format_time (item, zone, "%H-%M-%S") : NULL;
  values.photo = item->photo;
  name = fill_in (self, &values, item->is_folder);
  if (self->needs_date && values.date == NULL)
    *status = FILES_RENAME_NO_DATE;
  else if (lacks_photo (self, item->photo))
    *status = FILES_RENAME_NO_PHOTO;
  else
    *status = judge (item->name, name);
  return name;
}

/**
 * files_rename_status_describe:
 * @status: a status
 *
 * Returns: (transfer none): what is wrong, translated; "" if nothing is
 */
const char *
files_rename_status_describe (FilesRenameStatus status)
{
  switch (status)
    {
    case FILES_RENAME_NOT_TEXT:
      return _ ("The old name is not text: it stays");
    case FILES_RENAME_EMPTY:
      return _ ("No name is left");
    case FILES_RENAME_ILLEGAL:
      return _ ("This can’t be a name");
    case FILES_RENAME_TOO_LONG:
      return _ ("This name is too long");
    case FILES_RENAME_NO_DATE:
      return _ ("Its date is not known");
    case FILES_RENAME_NO_PHOTO:
      return _ ("It does not say when or with what it was taken");
    case FILES_RENAME_TWICE:
      return _ ("Two would have this name");
    case FILES_RENAME_TAKEN:
      return _ ("Something else has this name");
    case FILES_RENAME_CHANGED:
    case FILES_RENAME_UNCHANGED:
    default:
      return "";
    }
}

/* All of them */

void
files_rename_preview_free (FilesRenamePreview *self)
{
  for (guint i = 0; i < self->n; i++)
    g_free (self->names[i]);
  g_free (self->names);
  g_free (self->statuses);
  g_free (self);
}

typedef struct {
  FilesRenamePreview *preview;
  FilesRenameStopFunc stop;
  gpointer user_data;
} Making;

static gboolean
is_stopped (Making *self, guint i)
{
  return i % STOP_EVERY == 0 && self->stop != NULL && self->stop (self->user_data);
}

/* Each new name, and whose it is; the first two of the same are both marked. */
static GHashTable *
find_doubles (Making *self)
{
  FilesRenamePreview *preview = self->preview;
  g_autoptr (GHashTable) owners = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint i = 0; i < preview->n; i++)
    {
      gpointer other;

      if (is_stopped (self, i))
        return NULL;
      if (files_rename_status_blocks (preview->statuses[i]))
        continue;
      if (!g_hash_table_lookup_extended (owners, preview->names[i], NULL, &other))
        {
          g_hash_table_insert (owners, preview->names[i], GUINT_TO_POINTER (i));
          continue;
        }
      preview->statuses[i] = FILES_RENAME_TWICE;
      preview->statuses[GPOINTER_TO_UINT (other)] = FILES_RENAME_TWICE;
    }
  return g_steal_pointer (&owners);
}

static gboolean
find_taken (Making *self,
            GHashTable *owners,
            const FilesRenameItem *items,
            const char *const *others,
            guint n_others)
{
  FilesRenamePreview *preview = self->preview;
  g_autoptr (GHashTable) leaving = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint i = 0; i < preview->n; i++)
    g_hash_table_add (leaving, (gpointer) items[i].name);
  for (guint i = 0; i < n_others; i++)
    {
      gpointer owner;

      if (is_stopped (self, i))
        return FALSE;
      if (g_hash_table_lookup_extended (owners, others[i], NULL, &owner)
          && preview->statuses[GPOINTER_TO_UINT (owner)] == FILES_RENAME_CHANGED
          && !g_hash_table_contains (leaving, others[i]))
        preview->statuses[GPOINTER_TO_UINT (owner)] = FILES_RENAME_TAKEN;
    }
  return TRUE;
}

static gboolean
fill_names (Making *self,
            FilesRenamePattern *pattern,
            const FilesRenameItem *items,
            guint n_items,
            GTimeZone *zone)
{
  FilesRenamePreview *preview = self->preview;

  for (; preview->n < n_items; preview->n++)
    {
      FilesRenameStatus status;

      if (is_stopped (self, preview->n))
        return FALSE;
      preview->names[preview->n]
          = files_rename_pattern_apply (pattern, &items[preview->n], preview->n, zone, &status);
      preview->statuses[preview->n] = status;
    }
  return TRUE;
}

static void
tally (FilesRenamePreview *self)
{
  for (guint i = 0; i < self->n; i++)
    {
      self->n_changed += self->statuses[i] == FILES_RENAME_CHANGED;
      if (!files_rename_status_blocks (self->statuses[i]))
        continue;
      if (self->n_blocked++ == 0)
        self->first_blocked = i;
    }
}

/**
 * files_rename_preview_new:
 * @pattern: how names change
 * @items: (array length=n_items): the files, in the order in which they are numbered
 * @n_items: how many
 * @others: (array length=n_others): every name in the folder
 * @n_others: how many
 * @zone: the user's
 * @stop: (nullable): whether it is still wanted
 * @user_data: for @stop
 *
 * - **Thread**: any; takes about a second for a million.
 *
 * Returns: (transfer full) (nullable): the new names, %NULL if it was stopped
 */
FilesRenamePreview *
files_rename_preview_new (FilesRenamePattern *pattern,
                          const FilesRenameItem *items,
                          guint n_items,
                          const char *const *others,
                          guint n_others,
                          GTimeZone *zone,
                          FilesRenameStopFunc stop,
                          gpointer user_data)
{
  g_autoptr (FilesRenamePreview) preview = g_new0 (FilesRenamePreview, 1);
  g_autoptr (GHashTable) owners = NULL;
  Making making = { preview, stop, user_data };

  preview->names = g_new0 (char *, n_items);
  preview->statuses = g_new0 (guint8, n_items);
  if (!fill_names (&making, pattern, items, n_items, zone))
    return NULL;
  owners = find_doubles (&making);
  if (owners == NULL || !find_taken (&making, owners, items, others, n_others))
    return NULL;
  tally (preview);
  return g_steal_pointer (&preview);
}
