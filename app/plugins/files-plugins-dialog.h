/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where plugins are turned on and off. */
#pragma once

#include "files-plugins.h"

G_BEGIN_DECLS

AdwDialog *files_plugins_dialog_new (FilesPlugins *plugins);

G_END_DECLS
