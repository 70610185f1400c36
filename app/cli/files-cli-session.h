/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One call of thaw-files-cli: its operations, here or in the service, and a loop until they are over.
 */
#pragma once

#include "files-cli-arguments.h"

G_BEGIN_DECLS

/* It isn't known how it ended: the service is gone. */
#define FILES_CLI_STATUS_LOST 3

/* Returns the exit status. */
int files_cli_session_run (FilesCliArguments *arguments);

G_END_DECLS
