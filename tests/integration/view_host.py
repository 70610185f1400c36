# SPDX-License-Identifier: GPL-3.0-or-later
"""What tests of views in the real window share: which views there are, choosing one, reading its entries as a screen reader
does, and looking at the screen."""

import itertools
import re
import subprocess
import time
from pathlib import Path

from window import is_showing, Timeout, wait_for, Window

from gi.repository import Atspi, GLib  # noqa: E402

ROOT = Path(__file__).resolve().parent.parent.parent
EXAMPLES = ROOT / 'app' / 'plugins' / 'examples'
CONTAINERS = (Atspi.Role.LIST, Atspi.Role.LIST_BOX, Atspi.Role.TABLE, Atspi.Role.TREE, Atspi.Role.TREE_TABLE)
ENTRIES = (Atspi.Role.LIST_ITEM, Atspi.Role.TABLE_CELL, Atspi.Role.TABLE_ROW, Atspi.Role.TREE_ITEM)
PATH_DELAY = '4'
PLUGIN_RANK = 1000


class View:
    """One that is registered: its name, the key that chooses it, if it has one, and where it is in the menu."""

    def __init__(self, name, source):
        text = source.read_text()
        key = re.search(r'\.accelerator = "<Control>(.)"', text)
        rank = re.search(r'\.rank = (\d+)', text)
        self.name, self.key = name, 'ctrl+' + key[1] if key else None
        self.rank = int(rank[1]) if rank else PLUGIN_RANK


def find_views(plugins):
    """All that are built in, and those of the examples if plugins are loaded, in the order of the menu."""
    views = [View(path.parent.name, path.parent / f'pane-{path.parent.name}-view.c')
             for path in (ROOT / 'widgets' / 'views').glob('*/meson.build')]
    if plugins:
        views += [View(path.parent.name, path) for path in EXAMPLES.glob('*/thaw_*.py') if 'add_view' in path.read_text()]
    return sorted(views, key=lambda view: (view.rank, view.name))


def shorten(name):
    """An entry's name, of what it is called."""
    return name.split(',')[0]


class FocusEvents:
    """What the accessibility bus says has got the focus."""

    def __init__(self):
        self.names = []
        self.listener = Atspi.EventListener.new(self.heard)
        self.listener.register('object:state-changed:focused')

    def heard(self, event):
        if event.detail1 and event.source:
            self.names.append(shorten(event.source.get_name() or ''))

    def expect(self, name):
        def is_heard():
            while GLib.MainContext.default().iteration(False):
                pass
            return name in self.names
        try:
            wait_for(f'the focus event of “{name}”', is_heard)
        except AssertionError as error:
            raise type(error)(f'{error}; heard were {self.names}') from None

    def stop(self):
        self.listener.deregister('object:state-changed:focused')


class HostWindow(Window):
    """A window whose view is asked directly: going through all of the window takes a hundred times as long."""

    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        self.has_plugins = 'THAW_PLUGIN_PATH' in (options.get('env') or {})
        Atspi.get_desktop(0).set_cache_mask(Atspi.Cache.NONE)
        self.application.set_cache_mask(Atspi.Cache.NONE)
        self.found = None

    def close(self):
        if self.process.poll() is None:
            self.__exit__()

    # Reading

    def find_list(self, node=None, depth=40):
        """What holds the entries: not the places, and of several columns the one of the open folder."""
        node = node or self.application
        if depth == 0 or (node is not self.application and node.get_name() == 'Places'):
            return []
        if node.get_role() in CONTAINERS:
            return [node] if is_showing(node) else []
        found = []
        for i in range(node.get_child_count()):
            child = node.get_child_at_index(i)
            if child is not None:
                found += self.find_list(child, depth - 1)
        return found

    def view_list(self):
        """Kept as long as it is shown: finding it is what takes long."""
        try:
            if self.found and is_showing(self.found):
                return self.found
        except GLib.Error:
            pass
        self.found = None
        found = self.find_list()
        wanted = [node for node in found if node.get_name() in ('Files', self.title())]
        self.found = (wanted or [None])[-1]
        return self.found

    def forget(self):
        self.found = None

    def entries(self):
        """What is on the screen, by its name, in order."""
        entries = {}
        container = self.view_list()
        for i in range(container.get_child_count() if container else 0):
            node = container.get_child_at_index(i)
            if node is not None and is_showing(node) and node.get_name() and node.get_role() in ENTRIES:
                entries[shorten(node.get_name())] = node
        return entries

    def expect_entry(self, name, patience=10):
        try:
            return wait_for(f'“{name}”', lambda: self.entries().get(name), patience)
        except AssertionError as error:
            raise type(error)(f'{error}; there are {list(self.entries())}') from None

    def expect_no_entry(self, name):
        wait_for(f'“{name}” to go', lambda: self.view_list() and name not in self.entries())

    def chosen(self, state=Atspi.StateType.SELECTED):
        return [name for name, node in self.entries().items() if node.get_state_set().contains(state)]

    def expect_chosen(self, names, state=Atspi.StateType.SELECTED):
        try:
            wait_for(f'{names}', lambda: sorted(self.chosen(state)) == sorted(names))
        except AssertionError as error:
            raise type(error)(f'{error} to be {state.value_nick}; that are {self.chosen(state)}') from None

    def expect_focused(self, name):
        self.expect_chosen([name], Atspi.StateType.FOCUSED)

    @staticmethod
    def box(node):
        box = node.get_extents(Atspi.CoordType.WINDOW)
        return box.x, box.y, box.width, box.height

    # Doing

    def go(self, folder):
        """By its path, so that what is remembered of a way is of the ways that tests go."""
        self.keys('ctrl+l')
        subprocess.run(['xdotool', 'type', '--clearmodifiers', '--delay', PATH_DELAY, str(folder)], check=True)
        self.keys('Return')
        self.expect_title(folder.name)

    def choose(self, view):
        """With its key, or in the menu, which has what plugins bring once they are there."""
        if view.key:
            self.keys(view.key)
        else:
            self.choose_in_menu(view)
        self.forget()

    def open_menu(self):
        """The items of the menu that are views. They have no names for a screen reader: GTK 4.18 has lost them."""
        def press():
            next(node for node in self.nodes() if node.get_name() == 'How Folders Are Shown' and is_showing(node)
                 and node.get_role() == Atspi.Role.TOGGLE_BUTTON).do_action(0)
            try:
                return wait_for('the menu', self.menu_items, 2)
            except Timeout:  # it is made after the first frame
                return None
        items = wait_for('the menu', press)
        return list(itertools.takewhile(lambda item: item.get_state_set().contains(Atspi.StateType.CHECKABLE), items))

    def close_menu(self):
        if self.menu_items():
            self.keys('Escape')
        wait_for('the menu to go', lambda: not self.menu_items())

    def choose_in_menu(self, view, patience=10):
        """What plugins bring is there when it is."""
        views, deadline = find_views(self.has_plugins), time.monotonic() + patience
        names = [other.name for other in views]
        items = self.open_menu()
        while len(items) != len(views):
            assert time.monotonic() < deadline, f'{len(items)} views in the menu, for {names}'
            self.close_menu()
            items = self.open_menu()
        items[names.index(view.name)].do_action(0)
        self.close_menu()

    def shown_view(self):
        checked = [item.get_state_set().contains(Atspi.StateType.CHECKED) for item in self.open_menu()]
        self.close_menu()
        return find_views(self.has_plugins)[checked.index(True)].name

    @staticmethod
    def x_window():
        return subprocess.run(['xdotool', 'getactivewindow'], capture_output=True, text=True, check=True).stdout.strip()

    def screenshot(self, path):
        subprocess.run(['import', '-silent', '-window', self.x_window(), str(path)], check=True)

    def pixels(self, box):
        """The colours on the screen in a box of the window, three bytes each."""
        (x, y, width, height), window = box, self.x_window()
        return subprocess.run(['import', '-silent', '-window', window, '-crop', f'{width}x{height}+{x}+{y}', '-depth', '8', 'rgb:-'],
                              capture_output=True, check=True).stdout


def luminance(colour):
    """As WCAG defines it."""
    parts = [value / 255 for value in colour]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear))


def find_contrast(pixels):
    """Between what most of the pixels are and what is farthest from it: of text, that is the middle of its strokes."""
    colours = [bytes(pixels[i:i + 3]) for i in range(0, len(pixels), 3)]
    ground = luminance(max(set(colours), key=colours.count))
    others = [luminance(colour) for colour in set(colours)]
    return max((max(ground, other) + 0.05) / (min(ground, other) + 0.05) for other in others)
