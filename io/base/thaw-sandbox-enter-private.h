/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The walls, one by one: for thaw-sandbox-enter.c. */
#pragma once

#include "thaw-sandbox-enter.h"

/* thaw-sandbox-land.c: which files. FALSE: the kernel has no landlock, or a rule failed. */
bool thaw_sandbox_lock_land (const ThawSandboxRules *rules);
/* thaw-sandbox-calls.c: which system calls. FALSE: not to be had here. */
bool thaw_sandbox_filter_calls (const ThawSandboxRules *rules);
