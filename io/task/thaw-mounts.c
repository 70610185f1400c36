/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Changes of the mount table as messages: the sidebar's and the lanes' users' side of
 * thaw-mount-table.h. The table's own thread posts; who watches gets a reference of the newest
 * table on its loop and reads no file. A mailbox that closed is forgotten at the next change. */

#include "thaw-mounts.h"

#include <pthread.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* guards the next one */
static GPtrArray *mailboxes;
static const char table_key[] = "mount table"; /* its address is what counts */

static void
post (ThawMailbox *mailbox, ThawMountTable *table)
{
  if (!thaw_mailbox_post_keyed (mailbox, table_key, thaw_mount_table_ref (table)))
    thaw_mount_table_unref (table);
}

static GPtrArray *
dup_open_mailboxes (void)
{
  GPtrArray *copy = g_ptr_array_new_with_free_func ((GDestroyNotify) thaw_mailbox_unref);

  pthread_mutex_lock (&lock);
  for (guint i = mailboxes->len; i-- > 0;)
    {
      ThawMailbox *mailbox = g_ptr_array_index (mailboxes, i);

      if (thaw_mailbox_is_closed (mailbox))
        g_ptr_array_remove_index_fast (mailboxes, i);
      else
        g_ptr_array_add (copy, thaw_mailbox_ref (mailbox));
    }
  pthread_mutex_unlock (&lock);

  return copy;
}

/* The table's thread. */
static void
post_to_all (ThawMountTable *table, gpointer user_data)
{
  g_autoptr (GPtrArray) open = dup_open_mailboxes ();

  for (guint i = 0; i < open->len; i++)
    post (g_ptr_array_index (open, i), table);
}

static void
listen_once (void)
{
  static gsize listening = 0;

  if (g_once_init_enter (&listening))
    {
      pthread_mutex_lock (&lock);
      mailboxes = g_ptr_array_new_with_free_func ((GDestroyNotify) thaw_mailbox_unref);
      pthread_mutex_unlock (&lock);
      thaw_mount_table_add_listener (post_to_all, NULL);
      g_once_init_leave (&listening, 1);
    }
}

/**
 * thaw_mounts_watch:
 * @mailbox: gets table references; needs room for one message, and thaw_mount_table_unref() to free
 * them
 *
 * Asks to be told of each change of the mount table. The table that is there already comes as the
 * first message; one may come twice.
 *
 * - **Thread**: any; never blocks. Messages are handled where @mailbox is.
 * - **Cancellation**: ends when the mailbox closes.
 */
void
thaw_mounts_watch (ThawMailbox *mailbox)
{
  g_autoptr (ThawMountTable) table = NULL;

  g_return_if_fail (mailbox != NULL);

  listen_once ();
  pthread_mutex_lock (&lock);
  g_ptr_array_add (mailboxes, thaw_mailbox_ref (mailbox));
  pthread_mutex_unlock (&lock);
  table = thaw_mount_table_dup_current ();
  if (table != NULL)
    post (mailbox, table);
}
