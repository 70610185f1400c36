/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Threads and memory of the process while a run lasts. */
#pragma once

#include "files-lab-run.h"

G_BEGIN_DECLS

typedef struct _FilesLabMeter FilesLabMeter;

/* Loop's thread. Until stopped, or until the Lab is closed. */
FilesLabMeter *files_lab_meter_new (FilesLabBench *bench);
/* Most at once, since the start. */
void files_lab_meter_get (FilesLabMeter *self, guint *n_threads, guint64 *memory_bytes);
void files_lab_meter_stop (FilesLabMeter *self); /* frees it */

G_END_DECLS
