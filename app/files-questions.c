/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What places ask before they can be shown, from io's mailbox to the application. The first folder
 * is started before GTK is, and its server may ask before there is a window: such a question waits
 * here, since io would take it for refused if nobody held it. Loop's thread. */

#include "files-questions.h"

struct _FilesQuestions {
  ThawMailbox *mailbox;
  GPtrArray *early; /* ThawMountQuestion, asked before there was anybody to answer */
  FilesQuestionFunc func;
  gpointer user_data;
};

static void
question_cb (gpointer message, gpointer user_data)
{
  FilesQuestions *self = user_data;
  g_autoptr (ThawMountQuestion) question = message;

  if (self->func != NULL)
    self->func (question, self->user_data);
  else
    g_ptr_array_add (self->early, g_steal_pointer (&question));
}

/**
 * files_questions_new:
 *
 * Makes io ask here.
 *
 * Returns: (transfer full): the questions
 */
FilesQuestions *
files_questions_new (void)
{
  FilesQuestions *self = g_new0 (FilesQuestions, 1);

  self->early = g_ptr_array_new_with_free_func ((GDestroyNotify) thaw_mount_question_unref);
  self->mailbox = thaw_mailbox_new ("questions of places",
                                    NULL,
                                    NULL,
                                    THAW_MAILBOX_UNBOUNDED,
                                    question_cb,
                                    self,
                                    (GDestroyNotify) thaw_mount_question_unref);
  thaw_mount_question_set_mailbox (self->mailbox);
  return self;
}

/**
 * files_questions_serve:
 * @self: the questions
 * @func: (scope notified): gets each question
 * @user_data: for @func; has to outlive @self
 *
 * Passes questions on from now on, and those that have waited for it.
 */
void
files_questions_serve (FilesQuestions *self, FilesQuestionFunc func, gpointer user_data)
{
  self->func = func;
  self->user_data = user_data;
  for (guint i = 0; i < self->early->len; i++)
    func (g_ptr_array_index (self->early, i), user_data);
  g_ptr_array_set_size (self->early, 0);
}

/**
 * files_questions_free:
 * @self: (transfer full): the questions
 *
 * Refuses what is still waiting, and lets io ask nobody.
 */
void
files_questions_free (FilesQuestions *self)
{
  thaw_mount_question_set_mailbox (NULL);
  thaw_mailbox_close (self->mailbox);
  thaw_mailbox_unref (self->mailbox);
  g_ptr_array_unref (self->early);
  g_free (self);
}
