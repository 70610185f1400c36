/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The asking side of a question, and mounting, for this folder. */
#pragma once

#include "thaw-mount-question.h"
#include "thaw-scope.h"

G_BEGIN_DECLS

typedef enum {
  THAW_MOUNT_OPEN,
  THAW_MOUNT_ANSWERED,
  THAW_MOUNT_ANONYMOUS,
  THAW_MOUNT_CHOSEN,
  THAW_MOUNT_REFUSED,
} ThawMountVerdict;

typedef struct {
  ThawMountVerdict verdict;
  char *user;
  char *domain;
  char *password;
  GPasswordSave save;
  guint choice;
} ThawMountAnswer;

/* Posts a question. It lives in two halves: who asks keeps the one returned, and learns by @context
 * being woken up that there is an answer to take. NULL when there is nobody to ask. */
typedef struct _ThawMountAsked ThawMountAsked;
ThawMountAsked *thaw_mount_question_ask (ThawMountQuestionKind kind,
                                         GFile *location,
                                         const char *message,
                                         const char *user,
                                         const char *domain,
                                         GAskPasswordFlags flags,
                                         const char *const *choices,
                                         GMainContext *context);
/* FALSE while it is open. */
gboolean thaw_mount_asked_take (ThawMountAsked *self, ThawMountAnswer *answer);
void thaw_mount_answer_clear (ThawMountAnswer *answer);
/* Closes the question: an answer that comes later goes nowhere. */
void thaw_mount_asked_free (ThawMountAsked *self);

/* Lane: mounts what @location lies on. @alive is called now and then while the user is being asked,
 * who may take his time without the server being to blame. */
gboolean thaw_vfs_mount (GFile *location,
                         ThawJob *job,
                         void (*alive) (gpointer),
                         gpointer user_data,
                         GError **error);

G_END_DECLS
