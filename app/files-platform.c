/* SPDX-License-Identifier: GPL-3.0-or-later */
/* GTK's environment. Without a GPU, GTK probes GL for 35 ms and then paints through llvmpipe, which
 * costs more than cairo does: so say cairo before gtk_init() when there is no render node.
 * libadwaita asks the settings portal synchronously on the window's thread, and GTK the session bus
 * for the accessibility bus: FilesBus asks both from its own thread instead. Whatever the user has
 * set stays. Main thread, before gtk_init(). */

#include "files-platform.h"

static gboolean
has_render_node (void)
{
  g_autoptr (GDir) nodes = g_dir_open ("/dev/dri", 0, NULL);
  const char *name;

  while (nodes != NULL && (name = g_dir_read_name (nodes)) != NULL)
    if (g_str_has_prefix (name, "renderD"))
      return TRUE;
  return FALSE;
}

/**
 * files_platform_prepare:
 *
 * Chooses the renderer, and keeps libadwaita off the settings portal. To be called before there are
 * threads.
 */
void
files_platform_prepare (void)
{
  if (g_getenv ("GSK_RENDERER") == NULL && g_getenv ("GDK_DISABLE") == NULL && !has_render_node ())
    {
      g_setenv ("GSK_RENDERER", "cairo", TRUE);
      g_setenv ("GDK_DISABLE", "gl,vulkan,dmabuf", TRUE);
    }
  g_setenv ("ADW_DISABLE_PORTAL", "1", FALSE);
}

/**
 * files_platform_set_accessibility:
 * @address: (nullable): the D-Bus address of the accessibility bus, or %NULL for none
 *
 * Tells GTK where the accessibility bus is, so that it doesn't ask. With %NULL it runs without, as
 * asking could hold the window for 25 s.
 */
void
files_platform_set_accessibility (const char *address)
{
  if (address != NULL)
    g_setenv ("AT_SPI_BUS_ADDRESS", address, TRUE);
  else
    g_setenv ("GTK_A11Y", "none", FALSE);
}
