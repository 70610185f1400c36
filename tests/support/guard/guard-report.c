/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who made the call, and whether that is allowed. The one who made it is the innermost function
 * that isn't the C library's, GLib's or GIO's: those act for their callers. What libraries do for
 * their own sake stands in the list below, each with the reason; code of this tree is never in it.
 * Whatever the guard itself reads goes unseen. */

#include "thaw-guard.h"
#include "thaw-symbols-private.h"

#include <dlfcn.h>
#include <execinfo.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAX_FRAMES 96
#define OWN_FRAMES 2 /* guard_refuse() and the stand-in */

static const char *const transparent[] = {
  "libc.so",    "ld-linux",       "libpthread", "libglib-2.0",   "libgobject-2.0",
  "libgio-2.0", "libgmodule-2.0", "libffi",     "libthaw-guard", NULL,
};

typedef struct {
  const char *caller;   /* beginning of the name of the caller's file; "" for any */
  const char *function; /* an exported function that is among the callers, or NULL */
  const char *path;     /* beginning of the path that the call is about, or NULL */
  const char *reason;
} Allowance;

static const Allowance allowances[] = {
  { "", NULL, "/proc/", "the kernel's own text: there is no disk behind it" },
  { "", NULL, "/sys/", "the kernel's own text: there is no disk behind it" },
  { "", NULL, "/dev/", "devices of the session: X, shared memory, DRM" },
  { "libgtk-4", NULL, "/.flatpak-info", "GTK asks at the root whether it is in a sandbox" },
  { "libgtk-4",
    "g_dbus_connection_new_for_address_sync",
    NULL,
    "GTK has no other way to reach the accessibility bus, at its first window" },
  { "libgtk-4",
    "gdk_paintable_snapshot",
    NULL,
    "GTK waits for its own thread, which reads an icon that is to be painted" },
  { "libgtk-4", "g_socket_condition_timed_wait", NULL, "the Broadway server's answers" },
  { "libgtk-4", NULL, "/usr/share/", "GTK's icons, style sheets and tables, from the system" },
  { "libgtk-4", NULL, "/usr/local/share/", "where GTK looks for the former" },
  { "libgtk-4",
    "gtk_icon_theme_lookup_icon",
    NULL,
    "GTK looks for an icon when it is first shown" },
  { "libgtk-4",
    "gtk_icon_theme_lookup_by_gicon",
    NULL,
    "GTK looks for an icon when it is first shown" },
  { "libgtk-4", "gtk_icon_theme_has_icon", NULL, "GTK reads the folders of its icon themes once" },
  { "libgtk-4",
    "gtk_settings_get_for_display",
    NULL,
    "GTK reads its settings when a display opens" },
  { "libgtk-4", "gtk_css_provider_load_named", NULL, "GTK loads its theme when a display opens" },
  { "libadwaita", NULL, "/usr/share/", "libadwaita's style sheets and icons" },
  { "libadwaita", "adw_style_manager_get_default", NULL, "libadwaita looks for its settings once" },
  { "libfontconfig", NULL, NULL, "fontconfig reads its own caches, from the first label on" },
  { "libpango", NULL, NULL, "Pango loads fonts when a script is first drawn" },
  { "libdatrie", NULL, "/usr/share/", "Pango's table of Thai words, read once" },
  { "libfreetype", NULL, NULL, "FreeType maps a font when it is first drawn" },
  { "libharfbuzz", NULL, NULL, "HarfBuzz maps a font when it is first drawn" },
  { "libcairo", NULL, NULL, "cairo's surfaces are shared memory" },
  { "libgdk_pixbuf", NULL, "/usr/", "the list of image loaders, read once" },
  { "librsvg", NULL, "/usr/", "an icon of the system's" },
  { "libX", NULL, NULL, "the X server's answers and Xlib's own tables" },
  { "libxcb", NULL, NULL, "the X server's answers" },
  { "libxkb", NULL, NULL, "the tables of keyboards, read when a display opens" },
  { "libwayland", NULL, NULL, "the compositor's answers" },
  { "libEGL", NULL, NULL, "Mesa and its drivers start with the first window" },
  { "libGL", NULL, NULL, "Mesa and its drivers start with the first window" },
  { "libvulkan", NULL, NULL, "Mesa and its drivers start with the first window" },
  { "libgallium", NULL, NULL, "Mesa and its drivers start with the first window" },
  { "libatk", NULL, NULL, "the bridge to the accessibility bus" },
};

static const char *
base_name (const char *path)
{
  const char *slash = strrchr (path, '/');

  return slash != NULL ? slash + 1 : path;
}

static bool
starts_with (const char *text, const char *beginning)
{
  return strncmp (text, beginning, strlen (beginning)) == 0;
}

static bool
is_transparent (const char *module)
{
  for (unsigned i = 0; transparent[i] != NULL; i++)
    if (starts_with (module, transparent[i]))
      return true;
  return false;
}

/* The name of the file that the caller's code is in. */
static const char *
find_caller (void *const *frames, int n)
{
  Dl_info info;

  for (int i = OWN_FRAMES; i < n; i++)
    if (dladdr ((char *) frames[i] - 1, &info) != 0 && info.dli_fname != NULL
        && !is_transparent (base_name (info.dli_fname)))
      return base_name (info.dli_fname);
  return "";
}

/* The call itself counts. */
static bool
has_function (void *const *frames, int n, const char *function)
{
  Dl_info info;

  for (int i = 1; i < n; i++)
    if (dladdr ((char *) frames[i] - 1, &info) != 0 && info.dli_sname != NULL
        && strcmp (info.dli_sname, function) == 0)
      return true;
  return false;
}

static bool
is_allowed (void *const *frames, int n, const char *path)
{
  const char *caller = find_caller (frames, n);

  for (unsigned i = 0; i < sizeof (allowances) / sizeof (allowances[0]); i++)
    {
      const Allowance *allowance = &allowances[i];

      if (starts_with (caller, allowance->caller)
          && (allowance->path == NULL || (path != NULL && starts_with (path, allowance->path)))
          && (allowance->function == NULL || has_function (frames, n, allowance->function)))
        return true;
    }
  return false;
}

static void
print_report (int fd, const char *call, const char *path, void *const *frames, int n)
{
  ThawSymbols *symbols = thaw_symbols_new ();

  dprintf (fd,
           "\nThe guard refuses %s%s%s%s on the loop's thread, process %d:\n",
           call,
           path != NULL ? " (" : "",
           path != NULL ? path : "",
           path != NULL ? ")" : "",
           (int) getpid ());
  for (int i = OWN_FRAMES; symbols != NULL && i < n; i++)
    {
      ThawSymbol symbol;
      char text[512];

      thaw_symbols_find (symbols, (char *) frames[i] - 1, &symbol);
      thaw_symbol_format (&symbol, frames[i], text, sizeof (text));
      dprintf (fd, "  #%-2d %s\n", i - OWN_FRAMES, text);
    }
  if (symbols != NULL)
    thaw_symbols_free (symbols);
}

__attribute__ ((noinline)) void
guard_refuse (const char *call, const char *path)
{
  const char *log = getenv ("THAW_GUARD_LOG");
  void *frames[MAX_FRAMES];
  bool was_blind = guard_set_blind (true);
  int n = backtrace (frames, MAX_FRAMES);
  int fd;

  if (!is_allowed (frames, n, path))
    {
      fd = log != NULL ? open (log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600) : -1;
      print_report (fd >= 0 ? fd : STDERR_FILENO, call, path, frames, n);
      if (log == NULL)
        abort ();
      close (fd);
    }
  guard_set_blind (was_blind);
}
