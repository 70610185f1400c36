/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Mailboxes of variants: what they hand on, and when they let go of what the handler needs. */
#include "thaw-mailbox.h"

#include "pump-testing.h"

typedef struct {
  GMainContext *context;
  ThawMailbox *mailbox;
  GString *got;
  guint n_destroyed;
  gboolean close_in_handler;
} Fixture;

static void
on_message (GVariant *message, gpointer user_data)
{
  Fixture *self = user_data;

  g_string_append (self->got, g_variant_get_string (message, NULL));
  if (!self->close_in_handler)
    return;
  thaw_mailbox_close (self->mailbox);
  g_assert_cmpuint (self->n_destroyed, ==, 0); /* this call still needs it */
}

static void
on_destroy (gpointer user_data)
{
  Fixture *self = user_data;

  self->n_destroyed++;
}

static void
set_up (Fixture *self, GObject *owner, guint capacity)
{
  *self = (Fixture){ .context = g_main_context_new (), .got = g_string_new (NULL) };
  g_main_context_push_thread_default (self->context);
  self->mailbox = thaw_mailbox_new_for_variants ("variants",
                                                 NULL,
                                                 owner,
                                                 capacity,
                                                 on_message,
                                                 self,
                                                 on_destroy);
}

static void
tear_down (Fixture *self)
{
  g_clear_pointer (&self->mailbox, thaw_mailbox_unref);
  g_assert_cmpuint (self->n_destroyed, ==, 1);
  g_main_context_pop_thread_default (self->context);
  g_main_context_unref (self->context);
  g_string_free (self->got, TRUE);
}

static void
test_post (void)
{
  g_autoptr (GVariant) held = g_variant_ref_sink (g_variant_new_string ("b"));
  Fixture self;

  set_up (&self, NULL, 2);
  g_assert_true (thaw_mailbox_post_variant (self.mailbox, g_variant_new_string ("a")));
  g_assert_true (thaw_mailbox_post_variant (self.mailbox, held));
  g_assert_false (thaw_mailbox_post_variant (self.mailbox, g_variant_new_string ("full")));
  test_run_all (self.context);
  g_assert_cmpstr (self.got->str, ==, "ab");
  g_assert_cmpuint (self.n_destroyed, ==, 0);
  thaw_mailbox_close (self.mailbox);
  g_assert_cmpuint (self.n_destroyed, ==, 1);
  g_assert_false (thaw_mailbox_post_variant (self.mailbox, held));
  tear_down (&self);
}

static void
test_close_in_handler (void)
{
  Fixture self;

  set_up (&self, NULL, 2);
  self.close_in_handler = TRUE;
  g_assert_true (thaw_mailbox_post_variant (self.mailbox, g_variant_new_string ("a")));
  g_assert_true (thaw_mailbox_post_variant (self.mailbox, g_variant_new_string ("never")));
  test_run_all (self.context);
  g_assert_cmpstr (self.got->str, ==, "a");
  tear_down (&self);
}

static gpointer
dispose_thread (gpointer owner)
{
  g_object_unref (owner);
  return NULL;
}

static gboolean
is_destroyed (gpointer data)
{
  Fixture *self = data;

  return self->n_destroyed > 0;
}

/* The owner goes, here or on another thread: the handler's data is freed on this one. */
static void
test_owner (gconstpointer elsewhere)
{
  GObject *owner = g_object_new (G_TYPE_OBJECT, NULL);
  Fixture self;

  set_up (&self, owner, 2);
  g_assert_true (thaw_mailbox_post_variant (self.mailbox, g_variant_new_string ("never")));
  if (elsewhere)
    g_thread_join (g_thread_new ("owner", dispose_thread, owner));
  else
    g_object_unref (owner);
  test_run_until (self.context, is_destroyed, &self);
  g_assert_cmpstr (self.got->str, ==, "");
  tear_down (&self);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/mailbox-variant/post", test_post);
  g_test_add_func ("/mailbox-variant/close-in-handler", test_close_in_handler);
  g_test_add_data_func ("/mailbox-variant/owner", NULL, test_owner);
  g_test_add_data_func ("/mailbox-variant/owner-elsewhere", GINT_TO_POINTER (1), test_owner);
  return g_test_run ();
}
