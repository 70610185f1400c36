/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One place of the sidebar. Plain data on the loop's thread; the place is never looked at, only its
 * lane's state. */

#include "pane-place-private.h"

struct _PanePlace {
  GObject parent_instance;

  PanePlaceKind kind;
  GFile *location;
  char *title;
  const char *icon_name;
  ThawLane *lane;
  gboolean silent;
};

enum {
  PROP_0,
  PROP_ICON_NAME,
  PROP_SILENT,
  N_PROPS,
};

static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (PanePlace, pane_place, G_TYPE_OBJECT)

PanePlace *
pane_place_new (PanePlaceKind kind, GFile *location, const char *title, const char *icon_name)
{
  PanePlace *self = g_object_new (PANE_TYPE_PLACE, NULL);

  self->kind = kind;
  self->location = g_object_ref (location);
  self->title = g_strdup (title);
  self->icon_name = icon_name;
  return self;
}

/* The icon may change: it isn't what makes it another place. */
gboolean
pane_place_equal (PanePlace *self, PanePlace *other)
{
  return self->kind == other->kind && g_file_equal (self->location, other->location)
         && g_str_equal (self->title, other->title);
}

void
pane_place_set_icon_name (PanePlace *self, const char *icon_name)
{
  if (g_str_equal (self->icon_name, icon_name))
    return;
  self->icon_name = icon_name;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_ICON_NAME]);
}

ThawLane *
pane_place_get_lane (PanePlace *self)
{
  return self->lane;
}

void
pane_place_take_lane (PanePlace *self, ThawLane *lane)
{
  g_clear_pointer (&self->lane, thaw_lane_unref);
  self->lane = lane;
}

void
pane_place_set_silent (PanePlace *self, gboolean silent)
{
  if (self->silent == silent)
    return;
  self->silent = silent;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_SILENT]);
}

/**
 * pane_place_get_kind:
 * @self: a place
 *
 * Returns: what kind of place it is
 */
PanePlaceKind
pane_place_get_kind (PanePlace *self)
{
  return self->kind;
}

/**
 * pane_place_get_location:
 * @self: a place
 *
 * Returns: (transfer none): where it is
 */
GFile *
pane_place_get_location (PanePlace *self)
{
  return self->location;
}

/**
 * pane_place_get_title:
 * @self: a place
 *
 * Returns: (transfer none): what it is called
 */
const char *
pane_place_get_title (PanePlace *self)
{
  return self->title;
}

/**
 * pane_place_get_icon_name: (get-property icon-name)
 * @self: a place
 *
 * Returns: (transfer none): the name of its symbolic icon
 */
const char *
pane_place_get_icon_name (PanePlace *self)
{
  return self->icon_name;
}

/**
 * pane_place_get_silent: (get-property silent)
 * @self: a place
 *
 * Returns: whether its mount or host isn't answering now
 */
gboolean
pane_place_get_silent (PanePlace *self)
{
  return self->silent;
}

static void
pane_place_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  switch (id)
    {
    case PROP_ICON_NAME:
      g_value_set_static_string (value, pane_place_get_icon_name (PANE_PLACE (object)));
      break;
    case PROP_SILENT:
      g_value_set_boolean (value, pane_place_get_silent (PANE_PLACE (object)));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
pane_place_finalize (GObject *object)
{
  PanePlace *self = PANE_PLACE (object);

  g_clear_object (&self->location);
  g_clear_pointer (&self->lane, thaw_lane_unref);
  g_free (self->title);
  G_OBJECT_CLASS (pane_place_parent_class)->finalize (object);
}

static void
pane_place_class_init (PanePlaceClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = pane_place_get_property;
  object_class->finalize = pane_place_finalize;
  properties[PROP_ICON_NAME] = g_param_spec_string ("icon-name",
                                                    NULL,
                                                    NULL,
                                                    NULL,
                                                    G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  properties[PROP_SILENT] = g_param_spec_boolean ("silent",
                                                  NULL,
                                                  NULL,
                                                  FALSE,
                                                  G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
pane_place_init (PanePlace *self)
{
}
