/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What every header of io needs: the export macro and the opaque types. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define THAW_API __attribute__ ((visibility ("default")))

typedef struct _ThawPump ThawPump;
typedef struct _ThawMailbox ThawMailbox;
typedef struct _ThawFuture ThawFuture;
typedef struct _ThawScope ThawScope;
typedef struct _ThawLane ThawLane;
typedef struct _ThawJob ThawJob;
typedef struct _ThawEntryStore ThawEntryStore;
typedef struct _ThawOrder ThawOrder;

G_END_DECLS
