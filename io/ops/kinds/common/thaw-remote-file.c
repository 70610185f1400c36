/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One file of a server: finding gvfs' own GFile, looking at it, mounting what it lies on, renaming.
 * On the thread of the run. GIO is kept off gvfs on the loop, so what a request holds may only be
 * an address; whoever works with it resolves it first. Mounting here asks nobody: where a password
 * or a decision is needed the place has to be opened in a window before. */

#include "thaw-remote-private.h"

#include "thaw-vfs.h"

#include <string.h>

#define N_TRIES 7
#define FIRST_PAUSE_USEC (50 * 1000) /* each is twice as long as the last: 3 s in all */

static GCancellable *
get_cancellable (ThawRun *run)
{
  return run != NULL ? thaw_run_get_cancellable (run) : NULL;
}

gboolean
thaw_remote_is_target (ThawRun *run)
{
  GFile *target = thaw_operation_request_get_target (thaw_run_get_request (run));

  return target != NULL && !thaw_kind_file_is_local (target);
}

char *
thaw_remote_dup_shown (GFile *file)
{
  return thaw_kind_file_is_local (file) ? g_file_get_path (file) : g_file_get_parse_name (file);
}

/* --- mounting --- */

typedef struct {
  gboolean done, was_asked;
  GError *error;
} Mounting;

static void
refuse (GMountOperation *operation, const char *signal, Mounting *self)
{
  g_signal_stop_emission_by_name (operation, signal);
  self->was_asked = TRUE;
  g_mount_operation_reply (operation, G_MOUNT_OPERATION_ABORTED);
}

static void
on_ask_password (GMountOperation *operation,
                 const char *message,
                 const char *user,
                 const char *domain,
                 GAskPasswordFlags flags,
                 Mounting *self)
{
  refuse (operation, "ask-password", self);
}

static void
on_ask_question (GMountOperation *operation,
                 const char *message,
                 const char *const *choices,
                 Mounting *self)
{
  refuse (operation, "ask-question", self);
}

static void
on_mounted (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Mounting *self = user_data;

  g_file_mount_enclosing_volume_finish (G_FILE (source), result, &self->error);
  self->done = TRUE;
}

static void
wait_for_mount (Mounting *self, ThawRun *run, GFile *file)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  g_autoptr (GMountOperation) operation = g_mount_operation_new ();

  g_main_context_push_thread_default (context);
  g_signal_connect (operation, "ask-password", G_CALLBACK (on_ask_password), self);
  g_signal_connect (operation, "ask-question", G_CALLBACK (on_ask_question), self);
  g_file_mount_enclosing_volume (file,
                                 G_MOUNT_MOUNT_NONE,
                                 operation,
                                 get_cancellable (run),
                                 on_mounted,
                                 self);
  while (!self->done)
    g_main_context_iteration (context, TRUE);
  g_signal_handlers_disconnect_by_data (operation, self);
  g_clear_object (&operation);
  /* What the operation's D-Bus object left behind is freed in this context. */
  while (g_main_context_iteration (context, FALSE))
    ;
  g_main_context_pop_thread_default (context);
}

static gboolean
mount (ThawRun *run, GFile *file, GError **error)
{
  Mounting self = { 0 };
  g_autofree char *shown = NULL;

  wait_for_mount (&self, run, file);
  if (self.error == NULL || g_error_matches (self.error, G_IO_ERROR, G_IO_ERROR_ALREADY_MOUNTED))
    {
      g_clear_error (&self.error);
      return TRUE;
    }
  if (!self.was_asked || thaw_kind_is_cancelled (self.error))
    {
      g_propagate_error (error, self.error);
      return FALSE;
    }
  g_error_free (self.error);
  shown = g_file_get_parse_name (file);
  g_set_error (error,
               G_IO_ERROR,
               G_IO_ERROR_NOT_MOUNTED,
               "%s isn't mounted, and its server asks something: open it in a window first",
               shown);
  return FALSE;
}

/* Some backends, WebDAV's, mount only what is a folder and is there; @file may be neither. */
static gboolean
mount_around (ThawRun *run, GFile *file, GError **error)
{
  g_autoptr (GFile) folder = g_file_get_parent (file);
  g_autoptr (GError) local = NULL;

  if (folder == NULL)
    return mount (run, file, error);
  if (mount (run, folder, &local))
    return TRUE;
  if (!thaw_kind_is_cancelled (local)
      && !g_error_matches (local, G_IO_ERROR, G_IO_ERROR_NOT_MOUNTED) && mount (run, file, NULL))
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}

/* --- looking --- */

static GFileInfo *
query (ThawRun *run, GFile *file, gboolean *has_mounted, GError **error)
{
  g_autoptr (GFile) resolved = thaw_vfs_resolve (file);
  g_autoptr (GError) local = NULL;
  GFileInfo *info;

  for (guint i = 0; i < 2; i++)
    {
      info = g_file_query_info (resolved,
                                THAW_REMOTE_ATTRIBUTES,
                                G_FILE_QUERY_INFO_NOFOLLOW_SYMLINKS,
                                get_cancellable (run),
                                &local);
      if (info != NULL)
        return info;
      if (i > 0 || run == NULL || !g_error_matches (local, G_IO_ERROR, G_IO_ERROR_NOT_MOUNTED))
        break;
      g_clear_error (&local);
      if (!mount_around (run, resolved, error))
        return NULL;
      *has_mounted = TRUE;
    }
  g_propagate_error (error, g_steal_pointer (&local));
  return NULL;
}

GFileInfo *
thaw_remote_query (ThawRun *run, GFile *file, GError **error)
{
  gboolean has_mounted = FALSE;

  return query (run, file, &has_mounted, error);
}

gboolean
thaw_remote_exists (ThawRun *run, GFile *file)
{
  g_autoptr (GFileInfo) info = thaw_remote_query (run, file, NULL);

  return info != NULL;
}

gint64
thaw_remote_get_size (GFileInfo *info)
{
  return g_file_info_has_attribute (info, G_FILE_ATTRIBUTE_STANDARD_SIZE)
             ? g_file_info_get_size (info)
             : 0;
}

gint64
thaw_remote_get_mtime_usec (GFileInfo *info)
{
  return (gint64) g_file_info_get_attribute_uint64 (info, G_FILE_ATTRIBUTE_TIME_MODIFIED)
             * G_USEC_PER_SEC
         + g_file_info_get_attribute_uint32 (info, G_FILE_ATTRIBUTE_TIME_MODIFIED_USEC);
}

gboolean
thaw_remote_is_folder (GFileInfo *info)
{
  return g_file_info_has_attribute (info, G_FILE_ATTRIBUTE_STANDARD_TYPE)
         && g_file_info_get_file_type (info) == G_FILE_TYPE_DIRECTORY;
}

/* Errors that only a server can give that is there. */
static gboolean
is_answer (const GError *error)
{
  return g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND)
         || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED)
         || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NOT_DIRECTORY);
}

/* That a backend has died is known a moment later, and only then can it be started again. */
gboolean
thaw_remote_reach (ThawRun *run, GFile *file, gboolean *has_reconnected, GError **error)
{
  g_autoptr (GFile) parent = g_file_get_parent (file);
  g_autoptr (GError) local = NULL;

  *has_reconnected = FALSE;
  if (thaw_kind_file_is_local (file))
    return TRUE;
  for (guint i = 0; i < N_TRIES; i++)
    {
      g_autoptr (GFileInfo) info = NULL;

      g_clear_error (&local);
      if (i > 0)
        g_usleep (FIRST_PAUSE_USEC << (i - 1));
      info = query (run, parent != NULL ? parent : file, has_reconnected, &local);
      if (info != NULL || is_answer (local))
        return TRUE;
      if (!thaw_run_check (run, error))
        return FALSE;
    }
  g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}

gboolean
thaw_remote_tell (ThawRun *run, GFile *file, GError *problem, GError **error)
{
  g_autofree char *shown = thaw_remote_dup_shown (file);
  g_autoptr (GError) lost = NULL;
  gboolean has_reconnected;

  if (thaw_kind_is_cancelled (problem) || thaw_remote_reach (run, file, &has_reconnected, &lost))
    return thaw_kind_problem (run, shown, problem, error);
  g_error_free (problem);
  g_propagate_error (error, g_steal_pointer (&lost));
  return FALSE;
}

/* --- names --- */

/* Each move on a WebDAV server costs gvfs 1.57 one connection, which it never gives back: after
 * some thirty the mount answers nothing any more. Giving another name in the same folder doesn't.
 */
static char *
dup_new_name (GFile *from, GFile *to)
{
  g_autoptr (GFile) folder = g_file_get_parent (from);
  g_autofree char *name = g_file_get_basename (to);

  if ((!g_file_has_uri_scheme (from, "dav") && !g_file_has_uri_scheme (from, "davs"))
      || folder == NULL || !g_file_has_parent (to, folder) || !g_utf8_validate (name, -1, NULL))
    return NULL;
  return g_steal_pointer (&name);
}

gboolean
thaw_remote_rename_to (ThawRun *run, GFile *from, GFile *to, GError **error)
{
  g_autofree char *name = dup_new_name (from, to);
  g_autoptr (GFile) renamed = NULL;

  if (name != NULL)
    {
      renamed = g_file_set_display_name (from, name, get_cancellable (run), error);
      return renamed != NULL;
    }
  return g_file_move (from,
                      to,
                      G_FILE_COPY_NO_FALLBACK_FOR_MOVE | G_FILE_COPY_NOFOLLOW_SYMLINKS,
                      get_cancellable (run),
                      NULL,
                      NULL,
                      error);
}

static gsize
measure_server (const char *uri)
{
  const char *host = strstr (uri, "://");

  return host != NULL ? host + 3 - uri + strcspn (host + 3, "/") : strlen (uri);
}

gboolean
thaw_remote_share_server (GFile *a, GFile *b)
{
  g_autofree char *first = g_file_get_uri (a), *second = g_file_get_uri (b);
  gsize length = measure_server (first);

  return length == measure_server (second) && strncmp (first, second, length) == 0;
}

char *
thaw_remote_dup_free_name (ThawRun *run, GFile *folder, const char *name, GError **error)
{
  g_autoptr (GFile) taken = g_file_get_child (folder, name);
  g_autoptr (GFileInfo) there = thaw_remote_query (run, taken, NULL);
  gboolean is_folder = there != NULL && thaw_remote_is_folder (there);

  for (guint number = 2;; number++)
    {
      g_autofree char *candidate = thaw_name_dup_numbered (name, !is_folder, &number);
      g_autoptr (GFile) file = g_file_get_child (folder, candidate);
      g_autoptr (GError) local = NULL;
      g_autoptr (GFileInfo) info = NULL;

      if (!thaw_run_check (run, error))
        return NULL;
      info = thaw_remote_query (run, file, &local);
      if (g_error_matches (local, G_IO_ERROR, G_IO_ERROR_NOT_FOUND))
        return g_steal_pointer (&candidate);
      if (local != NULL)
        {
          g_propagate_error (error, g_steal_pointer (&local));
          return NULL;
        }
    }
}

static gboolean
has_settable (GFileAttributeInfoList *list, const char *name)
{
  return list != NULL && g_file_attribute_info_list_lookup (list, name) != NULL;
}

void
thaw_remote_find_abilities (ThawRun *run, GFile *folder, ThawRemoteAbilities *self)
{
  g_autoptr (GFileAttributeInfoList) list = NULL;

  if (self->is_known)
    return;
  self->is_known = TRUE;
  if (thaw_kind_file_is_local (folder))
    {
      self->keeps_mode = self->keeps_times = TRUE;
      return;
    }
  list = g_file_query_settable_attributes (folder, get_cancellable (run), NULL);
  self->keeps_mode = has_settable (list, G_FILE_ATTRIBUTE_UNIX_MODE);
  self->keeps_times = has_settable (list, G_FILE_ATTRIBUTE_TIME_MODIFIED);
  self->keeps_owner = has_settable (list, G_FILE_ATTRIBUTE_UNIX_UID);
}

GFile *
thaw_remote_dup_meant (ThawRun *run, GFile *file)
{
  g_autoptr (GFile) resolved = NULL;
  g_autoptr (GFileInfo) info = NULL;
  const char *uri;

  if (!g_file_has_uri_scheme (file, "trash") && !g_file_has_uri_scheme (file, "recent"))
    return NULL;
  resolved = thaw_vfs_resolve (file);
  info = g_file_query_info (resolved,
                            G_FILE_ATTRIBUTE_STANDARD_TARGET_URI,
                            G_FILE_QUERY_INFO_NOFOLLOW_SYMLINKS,
                            get_cancellable (run),
                            NULL);
  uri = info != NULL ? g_file_info_get_attribute_string (info, G_FILE_ATTRIBUTE_STANDARD_TARGET_URI)
                     : NULL;
  return uri != NULL && g_str_has_prefix (uri, "file:///") ? g_file_new_for_uri (uri) : NULL;
}
