/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One call of thaw-files-cli: a queue, the operations of this call, and a loop until they are over.
 */
#pragma once

#include "files-cli-arguments.h"

G_BEGIN_DECLS

/* Returns the exit status. */
int files_cli_session_run (FilesCliArguments *arguments);

G_END_DECLS
