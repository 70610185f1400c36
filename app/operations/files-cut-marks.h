/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What was cut is drawn fainter until it is pasted. */
#pragma once

#include "files-tab.h"

G_BEGIN_DECLS

/* Loop's thread. For the tab's life. */
void files_cut_marks_attach (FilesTab *tab);

G_END_DECLS
