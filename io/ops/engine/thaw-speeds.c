/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The memory of speeds: a key file in the state folder, a line for each pair of devices and kind of
 * operation. Losing it costs nothing but a few vague minutes, so it is neither synced nor locked:
 * it is written to a new file which takes the place of the old one, and what can't be read in it is
 * skipped. Two processes may overwrite each other's last line. */

#include "thaw-speeds-private.h"

#include <math.h>
#include <pthread.h>

#define GROUP "Speeds"

struct _ThawSpeeds {
  gint ref_count;
  char *path;
  pthread_mutex_t lock; /* guards the table */
  GHashTable *table;    /* char * → ThawSpeed * */
};

static char *
dup_path (const char *folder)
{
  if (folder != NULL)
    return g_build_filename (folder, "speeds", NULL);
  return g_build_filename (g_get_user_state_dir (), "thaw", "speeds", NULL);
}

ThawSpeeds *
thaw_speeds_new (const char *folder)
{
  ThawSpeeds *self = g_new0 (ThawSpeeds, 1);

  self->ref_count = 1;
  self->path = dup_path (folder);
  self->table = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  pthread_mutex_init (&self->lock, NULL);
  return self;
}

ThawSpeeds *
thaw_speeds_ref (ThawSpeeds *self)
{
  __atomic_add_fetch (&self->ref_count, 1, __ATOMIC_RELAXED);
  return self;
}

void
thaw_speeds_unref (ThawSpeeds *self)
{
  if (__atomic_sub_fetch (&self->ref_count, 1, __ATOMIC_ACQ_REL) > 0)
    return;
  g_hash_table_unref (self->table);
  pthread_mutex_destroy (&self->lock);
  g_free (self->path);
  g_free (self);
}

/* Keys of a key file have no '=' and no brackets; mount points and servers may have anything. */
static char *
dup_key (const char *devices, const char *kind)
{
  /* A key may not end with a space. */
  g_autofree char *key = g_strconcat (kind, devices[0] != '\0' ? " " : NULL, devices, NULL);

  return g_uri_escape_string (key, " :/<", FALSE);
}

static gboolean
is_sensible (const ThawSpeed *speed)
{
  return isfinite (speed->bytes_per_second) && speed->bytes_per_second > 0
         && isfinite (speed->seconds_per_entry) && speed->seconds_per_entry >= 0
         && isfinite (speed->weight) && speed->weight >= 0;
}

static void
load_key (ThawSpeeds *self, GKeyFile *file, const char *key)
{
  gsize n = 0;
  g_autofree double *numbers = g_key_file_get_double_list (file, GROUP, key, &n, NULL);
  ThawSpeed speed;

  if (numbers == NULL || n != 3)
    return;
  speed = (ThawSpeed){ numbers[0], numbers[1], numbers[2] };
  if (is_sensible (&speed))
    g_hash_table_replace (self->table, g_strdup (key), g_memdup2 (&speed, sizeof speed));
}

void
thaw_speeds_load (ThawSpeeds *self)
{
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_auto (GStrv) keys = NULL;

  if (!g_key_file_load_from_file (file, self->path, G_KEY_FILE_NONE, NULL))
    return;
  keys = g_key_file_get_keys (file, GROUP, NULL, NULL);
  pthread_mutex_lock (&self->lock);
  for (guint i = 0; keys != NULL && keys[i] != NULL; i++)
    load_key (self, file, keys[i]);
  pthread_mutex_unlock (&self->lock);
}

static void
fill (ThawSpeeds *self, GKeyFile *file)
{
  GHashTableIter iter;
  gpointer key, value;

  g_hash_table_iter_init (&iter, self->table);
  while (g_hash_table_iter_next (&iter, &key, &value))
    {
      const ThawSpeed *speed = value;
      double numbers[] = { speed->bytes_per_second, speed->seconds_per_entry, speed->weight };

      g_key_file_set_double_list (file, GROUP, key, numbers, G_N_ELEMENTS (numbers));
    }
}

gboolean
thaw_speeds_save (ThawSpeeds *self, GError **error)
{
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_autofree char *text = NULL;
  gsize length;

  pthread_mutex_lock (&self->lock);
  fill (self, file);
  pthread_mutex_unlock (&self->lock);
  text = g_key_file_to_data (file, &length, NULL);
  return g_file_set_contents_full (self->path,
                                   text,
                                   length,
                                   G_FILE_SET_CONTENTS_CONSISTENT,
                                   0600,
                                   error);
}

void
thaw_speeds_get (ThawSpeeds *self, const char *devices, const char *kind, ThawSpeed *speed)
{
  g_autofree char *key = dup_key (devices, kind);
  const ThawSpeed *found;

  pthread_mutex_lock (&self->lock);
  found = g_hash_table_lookup (self->table, key);
  *speed = found != NULL ? *found : (ThawSpeed){ 0 };
  pthread_mutex_unlock (&self->lock);
}

void
thaw_speeds_set (ThawSpeeds *self, const char *devices, const char *kind, const ThawSpeed *speed)
{
  if (!is_sensible (speed))
    return;
  pthread_mutex_lock (&self->lock);
  g_hash_table_replace (self->table, dup_key (devices, kind), g_memdup2 (speed, sizeof *speed));
  pthread_mutex_unlock (&self->lock);
}
