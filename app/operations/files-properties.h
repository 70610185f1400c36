/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What there is to know of files, and who may do what with them. */
#pragma once

#include "files-operations.h"
#include "files-selection.h"

#include <adwaita.h>

G_BEGIN_DECLS

#define FILES_TYPE_PROPERTIES (files_properties_get_type ())
G_DECLARE_FINAL_TYPE (FilesProperties, files_properties, FILES, PROPERTIES, AdwDialog)

/* Loop's thread. @files: at least one. */
AdwDialog *files_properties_new (FilesOperations *operations, FilesSelection *files);

G_END_DECLS
