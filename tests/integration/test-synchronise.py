# SPDX-License-Identifier: GPL-3.0-or-later
"""Two folders synchronised from the window, and a pasted link that is offered for downloading."""

import http.server
import shutil
import subprocess
import tempfile
import threading
import unittest
from pathlib import Path

import gi

try:
    gi.require_version('Gtk', '4.0')
    HAS_GTK = True
except ValueError:
    HAS_GTK = False

from window import Window, is_showing, wait_for

# Another program, with something on the clipboard.
OFFER = """
import sys, gi
gi.require_version('Gtk', '4.0')
gi.require_version('Gdk', '4.0')
from gi.repository import Gdk, GLib, Gtk
Gtk.init()
provider = Gdk.ContentProvider.new_for_bytes('text/plain;charset=utf-8', GLib.Bytes.new(sys.argv[1].encode()))
Gdk.Display.get_default().get_clipboard().set_content(provider)
GLib.MainLoop().run()
"""


class Server(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header('Content-Length', '7')
        self.end_headers()
        if self.command == 'GET':
            self.wfile.write(b'fetched')

    do_HEAD = do_GET

    def log_message(self, *arguments):
        pass


class SynchroniseTest(unittest.TestCase):
    def setUp(self):
        self.top = Path(tempfile.mkdtemp(prefix='thaw-synchronise-'))
        self.addCleanup(shutil.rmtree, self.top, ignore_errors=True)
        self.folder = self.top / 'place'
        for name in ('first/new', 'second/gone'):
            (self.folder / name).mkdir(parents=True)
        (self.folder / 'first/new/f').write_text('new')
        (self.folder / 'second/gone/f').write_text('gone')
        self.env = {'GIO_USE_PROXY_RESOLVER': 'dummy'}
        for name in ('XDG_STATE_HOME', 'XDG_DATA_HOME', 'XDG_CONFIG_HOME'):
            (self.top / name).mkdir()
            self.env[name] = str(self.top / name)
        self.window = Window(self.folder, env=self.env)
        self.addCleanup(self.window.__exit__)
        wait_for('the rows', self.window.rows)

    def press(self, name):
        wait_for(f'“{name}”', lambda: any(node.get_name() == name and is_showing(node) for node in self.window.nodes()))
        self.window.activate(name)

    def test_updates_and_undoes(self):
        self.window.keys('Home', 'ctrl+a', 'Menu', 'y')
        self.window.expect_text('Synchronise Folders')
        self.window.expect_text('1 to copy')
        self.press('Start')
        wait_for('the copy', (self.folder / 'second/new/f').is_file)
        self.assertTrue((self.folder / 'second/gone/f').is_file())
        wait_for('the dialog to be gone', lambda: not any(node.get_name() == 'Start' and is_showing(node) for node in self.window.nodes()))
        self.window.keys('ctrl+z')
        wait_for('the copy to be gone', lambda: not (self.folder / 'second/new').exists())

    @unittest.skipUnless(HAS_GTK, 'needs GTK for python')
    def test_downloads_a_link(self):
        server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Server)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        self.addCleanup(thread.join)
        self.addCleanup(server.shutdown)
        offer = subprocess.Popen(['/usr/bin/python3', '-c', OFFER, f'http://127.0.0.1:{server.server_port}/some%20file.txt\n'])
        self.addCleanup(offer.wait)
        self.addCleanup(offer.kill)
        self.window.keys('Home')

        def is_asked():
            """The other program has its clipboard when it has it."""
            if any((node.get_name() or '').startswith('Download 1 File') and is_showing(node) for node in self.window.nodes()):
                return True
            self.window.keys('ctrl+v')
            return False

        wait_for('the question', is_asked)
        self.press('Download')
        wait_for('the file', lambda: (self.folder / 'some file.txt').is_file())
        self.assertEqual((self.folder / 'some file.txt').read_text(), 'fetched')


if __name__ == '__main__':
    unittest.main(verbosity=2)
