/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Inside of the scope: how fibers, jobs and callbacks belong to one. All of it is the loop's
 * thread's, but for the flag that says that the scope has ended. */
#pragma once

#include "thaw-scope.h"
#include "thaw-task-loop-private.h"

G_BEGIN_DECLS

/* Embedded in whatever must hear that its scope ends. */
typedef struct _ThawScopeMember ThawScopeMember;
struct _ThawScopeMember {
  ThawScopeMember *next, *prev;
  /* Called once, after the member was taken out of its list. */
  void (*ended) (ThawScopeMember *self, const GError *reason);
};

/* In the order in which they hear of the end: no handler may run because of what the next ones do.
 */
typedef enum {
  THAW_MEMBER_CALLBACK, /* not a task: join doesn't wait for it */
  THAW_MEMBER_JOB,
  THAW_MEMBER_FIBER,
} ThawMemberKind;
#define THAW_N_MEMBER_KINDS 3

void thaw_scope_add_member (ThawScope *self, ThawMemberKind kind, ThawScopeMember *member);
/* No-op for a member that has been told of the end. */
void thaw_scope_remove_member (ThawScope *self, ThawMemberKind kind, ThawScopeMember *member);
/* Counts a job or fiber from its start to its very end, which may come after the scope's. Holds the
 * scope meanwhile. */
void thaw_scope_enter (ThawScope *self);
void thaw_scope_leave (ThawScope *self);

ThawTaskLoop *thaw_scope_get_loop (ThawScope *self);
ThawRecord *thaw_scope_get_record (ThawScope *self); /* in the loop's ledger */
/* Of a scope that has ended: why. */
const GError *thaw_scope_get_reason (ThawScope *self);

G_END_DECLS
