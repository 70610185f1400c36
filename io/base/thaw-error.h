/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "thaw-types.h"

G_BEGIN_DECLS

#define THAW_ERROR (thaw_error_quark ())

/**
 * ThawError:
 * @THAW_ERROR_NOT_ANSWERING: the lane's circuit breaker is open: jobs of this mount or host stopped
 *   coming back, so this one was not even tried
 * @THAW_ERROR_MAILBOX_FULL: a bounded mailbox refused a message
 * @THAW_ERROR_MAILBOX_CLOSED: the mailbox's owner is gone
 * @THAW_ERROR_DEADLINE: the deadline passed before the work was done
 * @THAW_ERROR_TOO_MANY_STUCK: so many threads of the lane are stuck in the kernel that none is left
 * @THAW_ERROR_OTHER_MOUNT: a symbolic link leads from the lane's mount to another one: go on in that one's lane
 *
 * Only where a caller would act differently; everything else is passed on as %G_IO_ERROR.
 */
typedef enum {
  THAW_ERROR_NOT_ANSWERING,
  THAW_ERROR_MAILBOX_FULL,
  THAW_ERROR_MAILBOX_CLOSED,
  THAW_ERROR_DEADLINE,
  THAW_ERROR_TOO_MANY_STUCK,
  THAW_ERROR_OTHER_MOUNT,
} ThawError;

THAW_API GQuark thaw_error_quark (void);

G_END_DECLS
