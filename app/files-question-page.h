/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The page that stands in place of a folder's rows while its place asks something. */
#pragma once

#include <adwaita.h>
#include "thaw.h"
#include "thaw-mount-question.h"

G_BEGIN_DECLS

#define FILES_TYPE_QUESTION_PAGE (files_question_page_get_type ())
G_DECLARE_FINAL_TYPE (FilesQuestionPage, files_question_page, FILES, QUESTION_PAGE, GtkWidget)

/* Shows @question, and has its answer. @was_wrong: the answer before was not accepted. */
void
files_question_page_ask (FilesQuestionPage *self, ThawMountQuestion *question, gboolean was_wrong);
/* Forgets the question and what was typed; a question that is still open is refused by whoever
 * holds it last. */
void files_question_page_forget (FilesQuestionPage *self);
/* ::answered: the question was answered, or refused */

G_END_DECLS
