/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a place asks before it can be shown: a password, or whether its server is to be trusted. */
#pragma once

#include "thaw-mailbox.h"

#include <gio/gio.h>

G_BEGIN_DECLS

#define THAW_TYPE_MOUNT_QUESTION (thaw_mount_question_get_type ())
typedef struct _ThawMountQuestion ThawMountQuestion;
THAW_API GType thaw_mount_question_get_type (void); /* boxed, refcounted */

typedef enum {
  THAW_MOUNT_ASKS_FOR_PASSWORD, /* and what else the flags name */
  THAW_MOUNT_ASKS_TO_CHOOSE,    /* one of the choices, such as "Log In Anyway" */
} ThawMountQuestionKind;

/* Who is asked: questions are posted there, as references of their own. NULL, and in the beginning:
 * nobody, and places that ask stay unmounted. Any thread. */
THAW_API void thaw_mount_question_set_mailbox (ThawMailbox *mailbox);

/* Any thread, all of it. Dropping the last reference to an open question refuses it. */
THAW_API ThawMountQuestion *thaw_mount_question_ref (ThawMountQuestion *self);
THAW_API void thaw_mount_question_unref (ThawMountQuestion *self);
THAW_API ThawMountQuestionKind thaw_mount_question_get_kind (ThawMountQuestion *self);
THAW_API GFile *
thaw_mount_question_get_location (ThawMountQuestion *self); /* the place that was opened */
THAW_API const char *
thaw_mount_question_get_message (ThawMountQuestion *self); /* the server's own words */
THAW_API GAskPasswordFlags thaw_mount_question_get_flags (ThawMountQuestion *self);
THAW_API const char *
thaw_mount_question_get_user (ThawMountQuestion *self); /* to begin with; may be NULL */
THAW_API const char *
thaw_mount_question_get_domain (ThawMountQuestion *self); /* to begin with; may be NULL */
THAW_API const char *const *
thaw_mount_question_get_choices (ThawMountQuestion *self); /* never NULL */
/* FALSE once it is answered, or nobody waits for the answer any more. */
THAW_API gboolean thaw_mount_question_is_open (ThawMountQuestion *self);

/* The first answer counts. NULL for what the flags don't ask for. */
THAW_API void thaw_mount_question_answer_password (ThawMountQuestion *self,
                                                   const char *user,
                                                   const char *domain,
                                                   const char *password,
                                                   GPasswordSave save);
THAW_API void thaw_mount_question_answer_anonymous (ThawMountQuestion *self);
THAW_API void thaw_mount_question_choose (ThawMountQuestion *self, guint choice);
THAW_API void thaw_mount_question_refuse (ThawMountQuestion *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThawMountQuestion, thaw_mount_question_unref)

G_END_DECLS
