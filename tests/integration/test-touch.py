# SPDX-License-Identifier: GPL-3.0-or-later
"""Fingers on views: a tap selects, two open, a long one is the menu, and a moving one scrolls and does none of it.

The views are shown by this program: GTK speaks to no assistive technology on Broadway, where alone there are fingers
without a touch screen. Those of THAW_VIEWS=grid,compact, or of all that are built in with THAW_ALL_VIEWS=1."""

import os
import shutil
import tempfile
import time
import unittest
from pathlib import Path

from broadway import Browser, Server

N_FOLDERS = 300
WIDTH, HEIGHT = 900, 600
WITHOUT = {'duplicates', 'treemap'}  # of empty folders there is nothing to be seen
SIDEWAYS = {'compact', 'gallery'}
PATIENCE = 10
USUAL = 'grid,compact'


def start_gtk(server):
    """With the display in the environment: GTK looks for it when it is loaded."""
    os.environ.update(server.env)
    import gi
    for name, version in (('Gtk', '4.0'), ('Adw', '1'), ('Thaw', '1'), ('Pane', '1')):
        gi.require_version(name, version)
    from gi.repository import Adw, Gio, GLib, Gtk, Pane, Thaw
    Adw.init()
    return Gio, GLib, Gtk, Pane, Thaw


def wanted_views():
    from view_host import find_views
    names = os.environ.get('THAW_VIEWS', USUAL).split(',')
    return [view.name for view in find_views(plugins=False)
            if view.name not in WITHOUT and (view.name in names or os.environ.get('THAW_ALL_VIEWS') == '1')]


@unittest.skipUnless(shutil.which('gtk4-broadwayd') and os.environ.get('GI_TYPELIB_PATH'), 'needs gtk4-broadwayd and the typelibs')
class TouchTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = Path(tempfile.mkdtemp(prefix='thaw-touch-'))
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        for i in range(N_FOLDERS):
            (cls.folder / f'entry {i:03}').mkdir()
        cls.server = Server()
        cls.addClassCleanup(cls.server.stop)
        cls.browser = Browser(cls.server, WIDTH + 100, HEIGHT + 100)
        cls.addClassCleanup(cls.browser.stop)
        cls.Gio, cls.GLib, cls.Gtk, cls.Pane, cls.Thaw = start_gtk(cls.server)

    def turn(self, condition, patience=PATIENCE):
        """Runs the loop until it is so."""
        deadline = time.monotonic() + patience
        while not condition():
            if time.monotonic() > deadline:
                return False
            if not self.GLib.MainContext.default().iteration(False):
                time.sleep(0.002)
        return True

    def expect(self, what, condition):
        self.assertTrue(self.turn(condition), what)

    def rest(self, seconds):
        self.turn(lambda: False, seconds)

    def open(self, name):
        self.view, self.model = self.Pane.ViewRegistry.create(name), self.Pane.FolderModel.new()
        self.opened, self.menus, self.dragged = [], [], []
        self.view.connect('activate', lambda view, entry: self.opened.append(entry))
        self.view.connect('menu', lambda view, entry, x, y: self.menus.append(entry))
        self.view.connect('drag', lambda view: self.dragged.append(True))
        self.view.set_model(self.model)
        self.folder_shown = self.Thaw.Folder.new(self.Gio.File.new_for_path(str(self.folder)))
        self.model.set_folder(self.folder_shown)
        self.folder_shown.start()
        self.window = self.Gtk.Window(default_width=WIDTH, default_height=HEIGHT, decorated=False, child=self.view)
        before = set(self.browser.surfaces)
        self.window.present()
        self.expect('entries', lambda: self.model.get_n_items() == N_FOLDERS and self.view.get_visible_range()[0])
        self.expect('a surface', lambda: set(self.browser.surfaces) - before)
        self.surface = (set(self.browser.surfaces) - before).pop()
        self.rest(0.3)

    def middle(self, position):
        found, box = self.view.get_entry_bounds(self.model.get_id(position))
        self.assertTrue(found, f'{position} is not in sight')
        point = self.view.compute_point(self.window, box.get_center())[1]
        return round(point.x), round(point.y)

    def touch(self, function, *arguments):
        """The loop goes on while the finger is on the way."""
        function(self.surface, *arguments)
        self.rest(0.05)

    def pan(self, start, end, steps=12):
        self.touch(self.browser.down, *start)
        for i in range(1, steps + 1):
            self.touch(self.browser.move, *(round(a + (b - a) * i / steps) for a, b in zip(start, end)))
        self.rest(0.2)  # a finger that rests before it goes leaves no swing behind
        self.touch(self.browser.up, *end)

    def test_fingers(self):
        for name in wanted_views():
            with self.subTest(view=name):
                self.open(name)
                self.tap_selects()
                self.pan_scrolls(name in SIDEWAYS)
                self.long_press_is_menu()
                self.two_taps_open()
                self.window.destroy()
                self.rest(0.1)

    def tap_selects(self):
        for position in (2, 4):
            entry = self.model.get_id(position)
            self.touch(self.browser.tap, *self.middle(position))
            self.expect(f'{position} to be selected', lambda: self.model.is_id_selected(entry))
            self.assertEqual(self.model.get_n_selected(), 1)
            self.assertEqual(self.model.get_focus_id(), entry)
        self.assertEqual(self.opened, [])

    def first(self):
        return self.view.get_visible_range()[1]

    def pan_scrolls(self, is_sideways):
        """Along the view; across it a finger drags. What was selected stays so, and nothing is dragged or opened."""
        x, y = self.middle(4)
        ends = [(600, y), (350, y)] if is_sideways else [(x, 450), (x, 200)]
        before = self.first()
        self.pan(*ends)
        self.expect('it to be scrolled', lambda: self.first() != before)
        self.pan(*reversed(ends))
        self.expect('it to be scrolled back', lambda: self.first() == before)
        self.assertEqual((self.opened, self.menus, self.dragged), ([], [], []))

    def long_press_is_menu(self):
        self.touch(self.browser.down, *self.middle(3))
        self.expect('the menu', lambda: self.menus)
        self.touch(self.browser.up, *self.middle(3))
        self.assertEqual(self.menus, [self.model.get_id(3)])
        self.assertTrue(self.model.is_id_selected(self.model.get_id(3)))
        self.assertEqual(self.opened, [])

    def two_taps_open(self):
        self.rest(0.6)
        for _ in range(2):
            self.touch(self.browser.tap, *self.middle(2))
        self.expect('it to be opened', lambda: self.opened)
        self.assertEqual(self.opened, [self.model.get_id(2)])


if __name__ == '__main__':
    unittest.main(verbosity=2)
