/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A draft: a file that is written beside its place under no name, or one of its own, and put there
 * when it is whole. Workers only, one at a time. */
#pragma once

#include "thaw-file-work-private.h"

G_BEGIN_DECLS

typedef struct _ThawDraft ThawDraft;

ThawDraft *thaw_draft_new (ThawJob *job,
                           ThawFilePlace *place,
                           ThawFileSaveFlags flags,
                           GError **error);
gboolean thaw_draft_write (ThawDraft *self,
                           ThawJob *job,
                           gconstpointer bytes,
                           gsize n_bytes,
                           GError **error);
/* Puts it in its place. Frees nothing; after a failure nothing has changed there. */
gboolean thaw_draft_finish (ThawDraft *self, ThawJob *job, GError **error);
/* What isn't finished is removed. */
void thaw_draft_free (ThawDraft *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThawDraft, thaw_draft_free)

G_END_DECLS
