/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Python is there only when a plugin in Python is, and nothing here is linked with it: its few
 * functions are looked up in the library that libpeas has brought in. What nobody catches is told
 * to the plugin's host, instead of only being printed; a call that hangs is ended by an exception
 * thrown into its thread; threads hand Python's lock on after half a millisecond, not after five,
 * because the loop may want it for a plugin's widget. Not on the loop's thread. */

#include "files-plugin-python.h"
#include "pane-plugin-registry.h"

#include <dlfcn.h>
#include <link.h>
#include <string.h>

typedef struct {
  int (*ensure) (void);
  void (*release) (int);
  int (*is_initialized) (void);
  int (*run) (const char *text);
  int (*throw) (unsigned long thread, void *exception);
  void **keyboard_interrupt;
} Python;

static Python python;

/* sys.exit() would end the program, not the plugin; in a child of it that is meant. */
static const char prepare_text[]
    = "def _thaw_prepare():\n"
      "    import builtins, gc, os, sys, threading\n"
      "    import gi\n"
      "    gi.require_version('Pane', '1')\n"
      "    from gi.repository import Pane\n"
      "    def tell(kind, value, trace):\n"
      "        path = None\n"
      "        while trace is not None:\n"
      "            path = trace.tb_frame.f_code.co_filename\n"
      "            trace = trace.tb_next\n"
      "        if kind is not KeyboardInterrupt:\n"
      "            Pane.plugin_note_exception(f'{kind.__name__}: {value}'[:200], path)\n"
      "    def show(kind, value, trace):\n" /* sys.__excepthook__() reads the source, on the loop */
      "        lines = ['Traceback:\\n']\n"
      "        while trace is not None:\n"
      "            code = trace.tb_frame.f_code\n"
      "            lines.append(f'  File \"{code.co_filename}\", line {trace.tb_lineno}, in {code.co_name}\\n')\n"
      "            trace = trace.tb_next\n"
      "        sys.stderr.write(''.join(lines) + f'{kind.__name__}: {value}\\n')\n"
      "    def hook(kind, value, trace):\n"
      "        tell(kind, value, trace)\n"
      "        if kind is not KeyboardInterrupt:\n"
      "            show(kind, value, trace)\n"
      "    def unraisable(what):\n"
      "        tell(what.exc_type, what.exc_value, what.exc_traceback)\n"
      "        show(what.exc_type, what.exc_value, what.exc_traceback)\n"
      "    process = os.getpid()\n"
      "    def refuse(end):\n"
      "        def call(*status):\n"
      "            if os.getpid() != process:\n"
      "                end(*status)\n"
      "            raise RuntimeError('a plugin must not end the program')\n"
      "        return call\n"
      "    def forget(name):\n"
      "        for known in [k for k in sys.modules if k == name or k.startswith(name + '.')]:\n"
      "            del sys.modules[known]\n"
      "        for hooks in gc.get_objects():\n"
      "            if type(hooks).__name__ == 'Hooks' and hasattr(hooks, '_Hooks__module_cache'):\n"
      "                cache = hooks._Hooks__module_cache\n"
      "                for key in [k for k, m in cache.items() if m is None or m.__name__ == "
      "name]:\n"
      "                    hooks._Hooks__extension_cache.pop(cache.pop(key), None)\n"
      "    sys.excepthook = hook\n"
      "    sys.unraisablehook = unraisable\n"
      "    threading.excepthook = lambda what: hook(what.exc_type, what.exc_value, "
      "what.exc_traceback)\n"
      "    sys.exit = builtins.exit = builtins.quit = refuse(sys.exit)\n"
      "    os._exit = refuse(os._exit)\n"
      "    sys.setswitchinterval(0.0005)\n"
      "    sys._thaw_forget = forget\n"
      "_thaw_prepare()\n"
      "del _thaw_prepare\n";

static int
find_library (struct dl_phdr_info *info, size_t size, void *path)
{
  const char *base = info->dlpi_name != NULL ? strrchr (info->dlpi_name, '/') : NULL;

  if (base == NULL || !g_str_has_prefix (base, "/libpython3."))
    return 0;
  *(char **) path = g_strdup (info->dlpi_name);
  return 1;
}

/* Whether there is a Python that runs. */
static gboolean
find_python (void)
{
  g_autofree char *path = NULL;
  void *library;

  if (python.run != NULL)
    return TRUE;
  dl_iterate_phdr (find_library, &path);
  library = path != NULL ? dlopen (path, RTLD_NOW | RTLD_NOLOAD | RTLD_GLOBAL) : NULL;
  if (library == NULL)
    return FALSE;
  python.ensure = (int (*) (void)) dlsym (library, "PyGILState_Ensure");
  python.release = (void (*) (int)) dlsym (library, "PyGILState_Release");
  python.is_initialized = (int (*) (void)) dlsym (library, "Py_IsInitialized");
  python.throw = (int (*) (unsigned long, void *)) dlsym (library, "PyThreadState_SetAsyncExc");
  python.keyboard_interrupt = dlsym (library, "PyExc_KeyboardInterrupt");
  if (python.ensure == NULL || python.release == NULL || python.is_initialized == NULL
      || python.throw == NULL || python.keyboard_interrupt == NULL || !python.is_initialized ())
    return FALSE;
  python.run = (int (*) (const char *)) dlsym (library, "PyRun_SimpleString");
  return python.run != NULL;
}

static void
run (const char *text)
{
  int state = python.ensure ();

  python.run (text);
  python.release (state);
}

/* It comes when the thread next runs a line of Python; a call in C has to return first. FALSE: it
 * runs none. */
static gboolean
interrupt_cb (gulong thread)
{
  int state = python.ensure ();
  int n_threads = python.throw (thread, *python.keyboard_interrupt);

  python.release (state);
  return n_threads > 0;
}

/**
 * files_plugin_python_prepare:
 *
 * Has Python tell what nobody catches, and end what hangs. To be called after each plugin that was
 * loaded: it does something when the first one in Python was.
 *
 * - **Thread**: that on which plugins are loaded.
 */
void
files_plugin_python_prepare (void)
{
  if (python.run != NULL || !find_python ())
    return;
  run (prepare_text);
  pane_plugin_set_interrupt_func (interrupt_cb);
}

/**
 * files_plugin_python_forget:
 * @module: the name of a plugin
 *
 * Makes Python read the plugin's source again when it is loaded the next time.
 *
 * - **Thread**: that on which plugins are loaded.
 */
void
files_plugin_python_forget (const char *module)
{
  g_autofree char *text = NULL;

  if (python.run == NULL || strpbrk (module, "'\\\n") != NULL)
    return;
  text = g_strdup_printf ("__import__('sys')._thaw_forget('%s')\n", module);
  run (text);
}
