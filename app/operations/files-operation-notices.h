/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is said of operations: toasts in the window that is used, a notification when none is. */
#pragma once

#include "files-application.h"

G_BEGIN_DECLS

/* Loop's thread. For the application's life. */
void files_operation_notices_start (FilesApplication *application);

G_END_DECLS
