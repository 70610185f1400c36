/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a tab's place asks before it can be shown. The page for it is made with the first question;
 * files-tab-page.c puts it up for as long as the question is open. The tab holds the question, so
 * whoever leaves the place, or closes the tab, has refused it. Loop's thread. */

#include "files-question-page.h"
#include "files-tab-private.h"

static void
answered_cb (FilesTab *self)
{
  g_clear_pointer (&self->answered, thaw_mount_question_unref);
  self->answered = g_steal_pointer (&self->question);
  files_tab_asked_changed (self);
  /* What was waited for was the user: the next moment need not pass in silence. */
  self->hint_is_due = TRUE;
  files_tab_update_page (self);
}

/* An answer that isn't accepted comes back as the same question, or for less than before: gvfs
 * takes the user's name for settled. A server may also ask for one thing after the other. */
static gboolean
is_asked_again (FilesTab *self, ThawMountQuestion *question)
{
  const GAskPasswordFlags needs
      = G_ASK_PASSWORD_NEED_USERNAME | G_ASK_PASSWORD_NEED_DOMAIN | G_ASK_PASSWORD_NEED_PASSWORD;
  GAskPasswordFlags now = thaw_mount_question_get_flags (question) & needs;
  GAskPasswordFlags before
      = self->answered != NULL ? thaw_mount_question_get_flags (self->answered) & needs : 0;

  if (now == 0 || (now & ~before) != 0)
    return FALSE;
  return now != before
         || g_str_equal (thaw_mount_question_get_message (question),
                         thaw_mount_question_get_message (self->answered));
}

static void
ensure_page (FilesTab *self)
{
  if (self->question_page != NULL)
    return;
  self->question_page = g_object_new (FILES_TYPE_QUESTION_PAGE, NULL);
  g_signal_connect_object (self->question_page,
                           "answered",
                           G_CALLBACK (answered_cb),
                           self,
                           G_CONNECT_SWAPPED);
  gtk_stack_add_named (self->stack, GTK_WIDGET (self->question_page), "question");
}

/**
 * files_tab_is_asked:
 * @self: a tab
 *
 * Returns: whether its place waits for an answer
 */
gboolean
files_tab_is_asked (FilesTab *self)
{
  return self->question != NULL && thaw_mount_question_is_open (self->question);
}

/**
 * files_tab_drop_question:
 * @self: a tab
 *
 * Refuses what is still open, and forgets what was answered.
 */
void
files_tab_drop_question (FilesTab *self)
{
  if (self->question_page != NULL)
    files_question_page_forget (self->question_page);
  g_clear_pointer (&self->question, thaw_mount_question_unref);
  g_clear_pointer (&self->answered, thaw_mount_question_unref);
  files_tab_asked_changed (self);
}

/**
 * files_tab_ask:
 * @self: a tab
 * @question: what a place asks
 *
 * Shows a question if it is about the tab's place.
 *
 * Returns: whether it is; each question is for one tab only
 */
gboolean
files_tab_ask (FilesTab *self, ThawMountQuestion *question)
{
  gboolean was_wrong;

  g_return_val_if_fail (FILES_IS_TAB (self), FALSE);

  if (self->folder == NULL || files_tab_is_asked (self)
      || !g_file_equal (thaw_mount_question_get_location (question),
                        thaw_folder_get_location (self->folder)))
    return FALSE;
  ensure_page (self);
  was_wrong = is_asked_again (self, question);
  files_tab_drop_question (self);
  self->question = thaw_mount_question_ref (question);
  files_question_page_ask (self->question_page, question, was_wrong);
  files_tab_asked_changed (self);
  files_tab_update_page (self);
  return TRUE;
}
