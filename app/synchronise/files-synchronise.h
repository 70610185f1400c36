/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The dialog that compares two folders and makes them alike. */
#pragma once

#include <adwaita.h>
#include "files-differences.h"

G_BEGIN_DECLS

#define FILES_TYPE_SYNCHRONISE (files_synchronise_get_type ())
G_DECLARE_FINAL_TYPE (FilesSynchronise, files_synchronise, FILES, SYNCHRONISE, AdwDialog)

/* Loop's thread. ::start (ThawOperationRequest *request, char *title): it is to be done. */
AdwDialog *files_synchronise_new (GFile *a, GFile *b);

G_END_DECLS
