/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Questions of servers, on their way from the lane's thread that mounts to whoever answers.
 *
 * Both sides share a slot, under a lock that is held for a few instructions only: the question's
 * references are the answering side, ThawMountAsked is the asking one. The asking side is woken up
 * through its main context and takes the answer from there, so that an answer given by the loop
 * never waits for a worker. A question nobody holds any more is refused, which is what becomes of
 * it when the mailbox closes with its window. */

#include "thaw-mount-question-private.h"

#include <pthread.h>
#include <string.h>

typedef struct {
  int ref_count; /* atomic, visible to ThreadSanitizer */
  pthread_mutex_t lock;
  gboolean closed;        /* lock: the asking side is gone */
  ThawMountAnswer answer; /* lock */
  GMainContext *context;
} Slot;

struct _ThawMountQuestion {
  int ref_count;
  Slot *slot;
  ThawMountQuestionKind kind;
  GFile *location;
  char *message;
  char *user;
  char *domain;
  GAskPasswordFlags flags;
  char **choices;
};

struct _ThawMountAsked {
  Slot *slot;
};

G_DEFINE_BOXED_TYPE (ThawMountQuestion,
                     thaw_mount_question,
                     thaw_mount_question_ref,
                     thaw_mount_question_unref)

static pthread_mutex_t asked_lock = PTHREAD_MUTEX_INITIALIZER;
static ThawMailbox *asked_mailbox; /* asked_lock */

static void
slot_unref (Slot *self)
{
  if (__atomic_sub_fetch (&self->ref_count, 1, __ATOMIC_ACQ_REL) > 0)
    return;
  pthread_mutex_destroy (&self->lock);
  thaw_mount_answer_clear (&self->answer);
  g_main_context_unref (self->context);
  g_free (self);
}

static Slot *
slot_new (GMainContext *context)
{
  Slot *self = g_new0 (Slot, 1);

  self->ref_count = 1;
  self->context = g_main_context_ref (context);
  pthread_mutex_init (&self->lock, NULL);
  return self;
}

/* Takes over what @answer holds; the first one counts. */
static void
slot_put (Slot *self, ThawMountAnswer *answer)
{
  gboolean is_first;

  pthread_mutex_lock (&self->lock);
  is_first = !self->closed && self->answer.verdict == THAW_MOUNT_OPEN;
  if (is_first)
    self->answer = *answer;
  pthread_mutex_unlock (&self->lock);
  if (is_first)
    g_main_context_wakeup (self->context);
  else
    thaw_mount_answer_clear (answer);
}

void
thaw_mount_answer_clear (ThawMountAnswer *answer)
{
  /* It must not turn up in a core file. */
  if (answer->password)
    explicit_bzero (answer->password, strlen (answer->password));
  g_clear_pointer (&answer->password, g_free);
  g_clear_pointer (&answer->user, g_free);
  g_clear_pointer (&answer->domain, g_free);
}

/* The asking side */

static ThawMailbox *
dup_mailbox (void)
{
  ThawMailbox *mailbox;

  pthread_mutex_lock (&asked_lock);
  mailbox = asked_mailbox ? thaw_mailbox_ref (asked_mailbox) : NULL;
  pthread_mutex_unlock (&asked_lock);
  return mailbox;
}

static ThawMountQuestion *
question_new (Slot *slot, ThawMountQuestionKind kind, GFile *location, const char *message)
{
  ThawMountQuestion *self = g_new0 (ThawMountQuestion, 1);

  __atomic_add_fetch (&slot->ref_count, 1, __ATOMIC_RELAXED);
  self->ref_count = 1;
  self->slot = slot;
  self->kind = kind;
  self->location = g_object_ref (location);
  self->message = g_strdup (message ? message : "");
  return self;
}

ThawMountAsked *
thaw_mount_question_ask (ThawMountQuestionKind kind,
                         GFile *location,
                         const char *message,
                         const char *user,
                         const char *domain,
                         GAskPasswordFlags flags,
                         const char *const *choices,
                         GMainContext *context)
{
  static const char *const no_choices[] = { NULL };
  ThawMailbox *mailbox = dup_mailbox ();
  ThawMountAsked *asked;
  ThawMountQuestion *question;

  if (mailbox == NULL)
    return NULL;
  asked = g_new (ThawMountAsked, 1);
  asked->slot = slot_new (context);
  question = question_new (asked->slot, kind, location, message);
  question->user = g_strdup (user);
  question->domain = g_strdup (domain);
  question->flags = flags;
  question->choices = g_strdupv ((char **) (choices ? choices : no_choices));
  if (!thaw_mailbox_post (mailbox, question))
    thaw_mount_question_unref (question); /* refuses it */
  thaw_mailbox_unref (mailbox);
  return asked;
}

gboolean
thaw_mount_asked_take (ThawMountAsked *self, ThawMountAnswer *answer)
{
  gboolean is_answered;

  pthread_mutex_lock (&self->slot->lock);
  is_answered = self->slot->answer.verdict != THAW_MOUNT_OPEN;
  if (is_answered)
    {
      *answer = self->slot->answer;
      self->slot->answer = (ThawMountAnswer){ .verdict = THAW_MOUNT_REFUSED };
    }
  pthread_mutex_unlock (&self->slot->lock);
  return is_answered;
}

void
thaw_mount_asked_free (ThawMountAsked *self)
{
  pthread_mutex_lock (&self->slot->lock);
  self->slot->closed = TRUE;
  pthread_mutex_unlock (&self->slot->lock);
  slot_unref (self->slot);
  g_free (self);
}

/* The answering side */

/**
 * thaw_mount_question_set_mailbox:
 * @mailbox: (nullable): who answers from now on
 *
 * Says where questions of servers go: each is posted to @mailbox as a reference to a
 * [struct@Thaw.MountQuestion]. Without a mailbox, and when it is full or closed, places that ask
 * stay unmounted.
 *
 * - **Thread**: any.
 */
void
thaw_mount_question_set_mailbox (ThawMailbox *mailbox)
{
  ThawMailbox *before;

  pthread_mutex_lock (&asked_lock);
  before = asked_mailbox;
  asked_mailbox = mailbox ? thaw_mailbox_ref (mailbox) : NULL;
  pthread_mutex_unlock (&asked_lock);
  g_clear_pointer (&before, thaw_mailbox_unref);
}

/**
 * thaw_mount_question_ref:
 * @self: a question
 *
 * Returns: (transfer full): @self
 */
ThawMountQuestion *
thaw_mount_question_ref (ThawMountQuestion *self)
{
  __atomic_add_fetch (&self->ref_count, 1, __ATOMIC_RELAXED);
  return self;
}

/**
 * thaw_mount_question_unref:
 * @self: (transfer full): a question
 *
 * Drops a reference; the last one refuses what is still open.
 */
void
thaw_mount_question_unref (ThawMountQuestion *self)
{
  if (__atomic_sub_fetch (&self->ref_count, 1, __ATOMIC_ACQ_REL) > 0)
    return;
  thaw_mount_question_refuse (self);
  slot_unref (self->slot);
  g_object_unref (self->location);
  g_free (self->message);
  g_free (self->user);
  g_free (self->domain);
  g_strfreev (self->choices);
  g_free (self);
}

ThawMountQuestionKind
thaw_mount_question_get_kind (ThawMountQuestion *self)
{
  return self->kind;
}

/**
 * thaw_mount_question_get_location:
 * @self: a question
 *
 * Returns: (transfer none): the place that was opened
 */
GFile *
thaw_mount_question_get_location (ThawMountQuestion *self)
{
  return self->location;
}

const char *
thaw_mount_question_get_message (ThawMountQuestion *self)
{
  return self->message;
}

GAskPasswordFlags
thaw_mount_question_get_flags (ThawMountQuestion *self)
{
  return self->flags;
}

const char *
thaw_mount_question_get_user (ThawMountQuestion *self)
{
  return self->user;
}

const char *
thaw_mount_question_get_domain (ThawMountQuestion *self)
{
  return self->domain;
}

const char *const *
thaw_mount_question_get_choices (ThawMountQuestion *self)
{
  return (const char *const *) self->choices;
}

/**
 * thaw_mount_question_is_open:
 * @self: a question
 *
 * Returns: whether an answer would still reach the server
 */
gboolean
thaw_mount_question_is_open (ThawMountQuestion *self)
{
  gboolean is_open;

  pthread_mutex_lock (&self->slot->lock);
  is_open = !self->slot->closed && self->slot->answer.verdict == THAW_MOUNT_OPEN;
  pthread_mutex_unlock (&self->slot->lock);
  return is_open;
}

/**
 * thaw_mount_question_answer_password:
 * @self: a question for a password
 * @user: (nullable): if it asks for a user's name
 * @domain: (nullable): if it asks for a domain
 * @password: (nullable): if it asks for a password
 * @save: for how long it may be remembered, if that can be chosen
 */
void
thaw_mount_question_answer_password (ThawMountQuestion *self,
                                     const char *user,
                                     const char *domain,
                                     const char *password,
                                     GPasswordSave save)
{
  ThawMountAnswer answer
      = { THAW_MOUNT_ANSWERED, g_strdup (user), g_strdup (domain), g_strdup (password), save, 0 };

  slot_put (self->slot, &answer);
}

/**
 * thaw_mount_question_answer_anonymous:
 * @self: a question for a password whose flags allow that
 */
void
thaw_mount_question_answer_anonymous (ThawMountQuestion *self)
{
  slot_put (self->slot, &(ThawMountAnswer){ .verdict = THAW_MOUNT_ANONYMOUS });
}

/**
 * thaw_mount_question_choose:
 * @self: a question with choices
 * @choice: the index of one of them
 */
void
thaw_mount_question_choose (ThawMountQuestion *self, guint choice)
{
  slot_put (self->slot, &(ThawMountAnswer){ .verdict = THAW_MOUNT_CHOSEN, .choice = choice });
}

/**
 * thaw_mount_question_refuse:
 * @self: a question
 *
 * The place stays unmounted: listing it fails with %G_IO_ERROR_NOT_MOUNTED.
 */
void
thaw_mount_question_refuse (ThawMountQuestion *self)
{
  slot_put (self->slot, &(ThawMountAnswer){ .verdict = THAW_MOUNT_REFUSED });
}
