/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What places ask before they can be shown, on its way to whoever shows it. */
#pragma once

#include "thaw.h"
#include "thaw-mount-question.h"

G_BEGIN_DECLS

typedef struct _FilesQuestions FilesQuestions;

/* Borrows @question; one that it doesn't take a reference to is refused. */
typedef void (*FilesQuestionFunc) (ThawMountQuestion *question, gpointer user_data);

/* Loop's thread, all of it. One at a time: it is who io asks. Before the first folder is started.
 */
FilesQuestions *files_questions_new (void);
/* Once there are windows. What has been asked meanwhile is passed on at once. */
void files_questions_serve (FilesQuestions *self, FilesQuestionFunc func, gpointer user_data);
/* From now on every place that asks is refused. */
void files_questions_free (FilesQuestions *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (FilesQuestions, files_questions_free)

G_END_DECLS
