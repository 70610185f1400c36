# SPDX-License-Identifier: GPL-3.0-or-later
"""What tests of plugins share: writing them, the window's pings, and finding out what became of them."""

import configparser
import os
import shutil
import subprocess
import tempfile
import threading
import time
from pathlib import Path

from window import is_showing, PatientTestCase, wait_for, Window

from gi.repository import Atspi, Gio, GLib  # noqa: E402

# Of a window that has the machine to itself 50 ms: THAW_PING_SECONDS. Here others run beside it, and a plugin that hangs
# would hold it up for a second at least.
PING_SECONDS = float(os.environ.get('THAW_PING_SECONDS', 0.4))
EXAMPLES = Path(os.environ['THAW_PLUGIN_EXAMPLES'])
IN_C = Path(os.environ['THAW_PLUGIN_IN_C'])
ROUNDS = int(os.environ.get('THAW_PLUGIN_RELOADS', 8))
HEAD = '''
import gi, time
gi.require_version('Gtk', '4.0')
gi.require_version('Pane', '1')
from gi.repository import GLib, GObject, Gtk, Pane
hog = []
class Plugin(GObject.Object, Pane.Plugin):
'''


def write_plugin(folder, name, body):
    module = 'bad_' + name if name not in ('good', 'extras') else name + '_one'
    title = name.capitalize()
    (folder / f'{module}.plugin').write_text(f'[Plugin]\nModule={module}\nLoader=python\nName={title}\nDescription={name}\n')
    (folder / f'{module}.py').write_text(HEAD + body if body else 'import nothing_of_this_name\n')
    return module


def write_plugin_in_c(folder, name):
    """The library does what its name says."""
    (folder / f'{name}.plugin').write_text(f'[Plugin]\nModule={name}\nName={name}\nDescription={name}\n')
    shutil.copy(IN_C, folder / f'lib{name}.so')


class Pings(threading.Thread):
    """Asks the window's loop for something small, again and again, over a connection of its own."""

    def __init__(self, window):
        super().__init__(daemon=True)
        self.longest, self.n, self.end, self.failed = 0, 0, threading.Event(), False
        address = subprocess.run(['gdbus', 'call', '--session', '--dest', 'org.a11y.Bus', '--object-path', '/org/a11y/bus',
                                  '--method', 'org.a11y.Bus.GetAddress'], capture_output=True, text=True, check=True).stdout
        self.bus = Gio.DBusConnection.new_for_address_sync(
            address.split("'")[1], Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT | Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION,
            None, None)
        self.name = self.find(window.process.pid)
        self.start()

    def call(self, name, path, interface, method, arguments):
        return self.bus.call_sync(name, path, interface, method, arguments, None, 0, 10000, None)

    def find(self, pid):
        bus = 'org.freedesktop.DBus'
        for name in self.call(bus, '/', bus, 'ListNames', None).unpack()[0]:
            if name.startswith(':') and self.call(bus, '/', bus, 'GetConnectionUnixProcessID',
                                                  GLib.Variant('(s)', (name,))).unpack()[0] == pid:
                return name
        raise AssertionError('the window is not on the accessibility bus')

    def run(self):
        while not self.end.wait(0.01):
            before = time.monotonic()
            try:
                self.call(self.name, '/org/a11y/atspi/accessible/root', 'org.freedesktop.DBus.Properties', 'Get',
                          GLib.Variant('(ss)', ('org.a11y.atspi.Accessible', 'ChildCount')))
            except GLib.Error:
                self.failed = True
                return
            self.longest = max(self.longest, time.monotonic() - before)
            self.n += 1

    def stop(self):
        self.end.set()
        self.join()
        assert not self.failed, 'the window has gone'
        return self.longest


class PluginTestCase(PatientTestCase):
    plugins_in_python = {}

    def setUp(self):
        self.top = Path(tempfile.mkdtemp(prefix='thaw-plugins-'))
        self.folder, self.plugins, self.state = self.top / 'place', self.top / 'plugins', self.top / 'state'
        for folder in (self.folder, self.plugins, self.state):
            folder.mkdir()
        for name in ('a.txt', 'b.txt'):
            (self.folder / name).write_text(name)

    def tearDown(self):
        shutil.rmtree(self.top, ignore_errors=True)

    def window(self, *names, path=None, waits=True, **env):
        for name in names:
            self.write(name)
        env = {'THAW_PLUGIN_PATH': str(path or self.plugins), 'XDG_STATE_HOME': str(self.state), **env}
        return Window(self.folder, env=env, waits=waits)

    def write(self, name):
        if name in self.plugins_in_python:
            write_plugin(self.plugins, name, self.plugins_in_python[name])
        else:
            write_plugin_in_c(self.plugins, name)

    def states(self):
        file = configparser.ConfigParser(interpolation=None)
        file.read(self.state / 'thaw-files' / 'state.ini')
        return {name[len('plugin '):]: file[name]['state'] for name in file.sections() if name.startswith('plugin ')}

    def choose(self, window, key, menu='F10'):
        """By its mnemonic: items of a menu have no names."""
        window.keys(menu)
        wait_for('the menu', window.menu_items)
        n = len(window.menu_items())
        window.keys(key)
        wait_for('the menu to go', lambda: not window.menu_items())
        return n

    def turn(self, window, title):
        """The plugin's switch, in the list of plugins."""
        if not window.has_text('fails three times'):
            self.choose(window, 'g')
            window.expect_text('fails three times')

        def find():
            return next((node for node in window.nodes() if node.get_name() == title and is_showing(node)
                         and node.get_role() in (Atspi.Role.CHECK_BOX, Atspi.Role.SWITCH, Atspi.Role.TOGGLE_BUTTON)), None)

        wait_for(f'the switch of {title}', find).do_action(0)
