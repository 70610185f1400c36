/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* logind's inhibitor: a file descriptor that holds back sleep as long as it is open, asked for and
 * given back on the loop by asynchronous D-Bus calls. The bus itself is found on a thread:
 * g_bus_get() waits on this one until a thread of GTask's pool has started. Without a bus, without
 * logind, or if it refuses, operations simply run without; a job that was interrupted by sleep goes
 * on afterwards, or is found by the next start. What was asked for may arrive when it isn't wanted
 * any more: then it is closed at once. */

#include "thaw-inhibit-private.h"

#include <gio/gunixfdlist.h>
#include <unistd.h>

struct _ThawInhibit {
  gint ref_count; /* the loop's: one for the owner, one for each call under way */
  gboolean is_wanted, is_asking;
  int fd; /* -1: none */
};

static void
inhibit_unref (ThawInhibit *self)
{
  if (--self->ref_count > 0)
    return;
  if (self->fd >= 0)
    close (self->fd);
  g_free (self);
}

ThawInhibit *
thaw_inhibit_new (void)
{
  ThawInhibit *self = g_new0 (ThawInhibit, 1);

  self->ref_count = 1;
  self->fd = -1;
  return self;
}

static void
let_go (ThawInhibit *self)
{
  if (self->fd >= 0)
    close (self->fd);
  self->fd = -1;
}

static void
take_descriptor (ThawInhibit *self, GVariant *reply, GUnixFDList *descriptors)
{
  gint32 handle = -1;

  g_variant_get (reply, "(h)", &handle);
  if (descriptors != NULL && handle >= 0 && handle < g_unix_fd_list_get_length (descriptors))
    self->fd = g_unix_fd_list_get (descriptors, handle, NULL);
}

static void
on_inhibited (GObject *source, GAsyncResult *result, gpointer user_data)
{
  ThawInhibit *self = user_data;
  g_autoptr (GUnixFDList) descriptors = NULL;
  g_autoptr (GVariant) reply
      = g_dbus_connection_call_with_unix_fd_list_finish (G_DBUS_CONNECTION (source),
                                                         &descriptors,
                                                         result,
                                                         NULL);

  self->is_asking = FALSE;
  if (reply != NULL)
    take_descriptor (self, reply, descriptors);
  if (!self->is_wanted)
    let_go (self);
  inhibit_unref (self);
}

typedef struct {
  ThawInhibit *inhibit; /* untouched by the thread */
  GMainContext *context;
  GDBusConnection *bus; /* atomic: handed over by the thread, which touches nothing here from then
                           on; NULL: there is none */
} Search;

static void
search_free (gpointer data)
{
  Search *search = data;

  g_main_context_unref (search->context);
  g_clear_object (&search->bus);
  g_free (search);
}

static gboolean
on_bus (gpointer user_data)
{
  Search *search = user_data;
  ThawInhibit *self = search->inhibit;
  GDBusConnection *bus = __atomic_load_n (&search->bus, __ATOMIC_ACQUIRE);

  if (bus == NULL || !self->is_wanted)
    {
      self->is_asking = FALSE;
      inhibit_unref (self);
      return G_SOURCE_REMOVE;
    }
  g_dbus_connection_call_with_unix_fd_list (
      bus,
      "org.freedesktop.login1",
      "/org/freedesktop/login1",
      "org.freedesktop.login1.Manager",
      "Inhibit",
      g_variant_new ("(ssss)", "sleep", "Thaw Files", "Files are being changed", "block"),
      G_VARIANT_TYPE ("(h)"),
      G_DBUS_CALL_FLAGS_NO_AUTO_START,
      -1,
      NULL,
      NULL,
      on_inhibited,
      self);
  return G_SOURCE_REMOVE;
}

static gpointer
search_thread (gpointer data)
{
  Search *search = data;
  g_autoptr (GMainContext) context = g_main_context_ref (search->context);
  g_autoptr (GSource) source = g_idle_source_new ();

  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_callback (source, on_bus, search, search_free);
  __atomic_store_n (&search->bus, g_bus_get_sync (G_BUS_TYPE_SYSTEM, NULL, NULL), __ATOMIC_RELEASE);
  g_source_attach (source, context);
  return NULL;
}

static void
find_bus (ThawInhibit *self)
{
  Search *search = g_new0 (Search, 1);

  search->inhibit = self;
  search->context = g_main_context_ref_thread_default ();
  g_thread_unref (g_thread_new ("thaw-inhibit", search_thread, search));
}

void
thaw_inhibit_set (ThawInhibit *self, gboolean active)
{
  if (self->is_wanted == active)
    return;
  self->is_wanted = active;
  if (!active)
    let_go (self);
  else if (!self->is_asking)
    {
      self->is_asking = TRUE;
      self->ref_count++;
      find_bus (self);
    }
}

gboolean
thaw_inhibit_is_held (ThawInhibit *self)
{
  return self->fd >= 0;
}

void
thaw_inhibit_free (ThawInhibit *self)
{
  self->is_wanted = FALSE;
  let_go (self);
  inhibit_unref (self);
}
