# SPDX-License-Identifier: GPL-3.0-or-later
"""What every view gets from its host, and what a screen reader gets of it: in the real window, with real keys, over the real
accessibility bus. One process shows all views, one after the other.

By itself it takes two of them and not all that there is to be seen. All, of all that are built in and all that the examples'
plugins bring:

    THAW_ALL_VIEWS=1 meson test -C build --timeout-multiplier 10 integration-view-host    (or THAW_VIEWS=grid,tiles for these)
"""

import os
import shutil
import tempfile
import unittest
from pathlib import Path

from faultfs import FaultFs, FAULTFS
from view_host import EXAMPLES, find_contrast, FocusEvents, find_views, HostWindow, is_showing, shorten
from window import PatientTestCase, Timeout, wait_for

from gi.repository import Atspi  # noqa: E402

USUAL = ['compact', 'grid']
ALIKE = {'photo one.txt': 'the sea', 'photo two.txt': 'the sea', 'alpha.txt': 'a', 'beta.txt': 'a'}  # each with its copy
# What isn't in a view by its nature.
WITHOUT_FOLDERS = {'duplicates'}
SPANS_FOLDERS = {'columns'}
SHOWS_NO_SIZE = {'treemap'}  # a tile is as large as what it stands for
# What there is of the entry that the user is at beside its name.
SHOWS_CONTENT = {'inner': {'text': 'deep.txt', 'gallery': 'deep.txt', 'columns': 'deep.txt'}, 'photo one.txt': {}}
N_FOLDERS = 60


IS_LONG = bool(os.environ.get('THAW_ALL_VIEWS') or os.environ.get('THAW_VIEWS'))
in_full = unittest.skipUnless(IS_LONG, 'a part of the long form')


def wanted_views():
    views = find_views(plugins=bool(os.environ.get('GI_TYPELIB_PATH')))
    names = os.environ.get('THAW_VIEWS', '').split(',') if os.environ.get('THAW_VIEWS') else USUAL
    return [view for view in views if view.name in names or os.environ.get('THAW_ALL_VIEWS') == '1']


class ViewHost:
    """The tests, of one view. Those that are derived from it say which."""
    view = window = top = None

    @classmethod
    def setUpClass(cls):
        cls.place = cls.top / cls.view.name

    def setUp(self):
        shutil.rmtree(self.place, ignore_errors=True)
        (self.place / 'inner').mkdir(parents=True)
        for name, text in ALIKE.items():
            (self.place / name).write_text(text * 3000)

    @property
    def names(self):
        return list(ALIKE) + ([] if self.view.name in WITHOUT_FOLDERS else ['inner'])

    def show(self, folder, *names):
        self.window.go(folder)
        self.window.choose(self.view)
        for name in names:
            self.window.expect_entry(name)

    def select(self, name):
        """By its name."""
        self.window.type(name)
        self.window.expect_chosen([name])
        self.window.expect_focused(name)
        self.window.keys('Escape')

    # What a screen reader is told

    def test_is_read(self):
        window = self.window
        (self.place / 'inner' / 'deep.txt').write_text('x')
        self.show(self.place, *self.names)
        container = window.view_list()
        self.assertIn(container.get_name(), ('Files', self.place.name))
        self.assertCountEqual(window.entries(), self.names)
        for name, node in window.entries().items():
            states = node.get_state_set()
            self.assertTrue(states.contains(Atspi.StateType.FOCUSABLE), name)
            self.assertTrue(states.contains(Atspi.StateType.SELECTABLE), name)
            self.assertEqual(node.get_parent(), container)
        self.check_nameless()
        for name in ('inner', 'photo one.txt'):
            if name in self.names and IS_LONG:
                self.select(name)
                if self.view.name in SHOWS_CONTENT[name]:
                    window.expect_text(SHOWS_CONTENT[name][self.view.name])
                self.check_nameless()

    def check_nameless(self):
        """GTK takes its scrolled windows for what can have the focus, which they hand on."""
        nameless = [f'{node.get_role_name()} in {node.get_parent().get_role_name()} “{node.get_parent().get_name()}”'
                    for node in self.window.nodes() if is_showing(node) and not node.get_name()
                    and node.get_state_set().contains(Atspi.StateType.FOCUSABLE)
                    and node.get_role() != Atspi.Role.SCROLL_PANE]
        self.assertEqual(nameless, [], 'what can have the focus has a name')

    def test_focus_and_selection_are_told(self):
        window = self.window
        self.show(self.place, *self.names)
        names = list(window.entries())
        window.keys('End')
        wait_for('one to be selected', lambda: len(window.chosen()) == 1)
        before = window.chosen()
        events = FocusEvents()
        self.addCleanup(events.stop)
        window.keys('Home')
        wait_for('another to be selected', lambda: len(window.chosen()) == 1 and window.chosen() != before)
        first = window.chosen()[0]
        events.expect(first)
        window.expect_focused(first)
        window.keys('End')
        wait_for('the last to be selected', lambda: window.chosen() not in ([], [first]))
        last = window.chosen()[0]
        events.expect(last)
        window.expect_focused(last)
        self.assertEqual({first, last} - set(names), set())
        window.keys('ctrl+a')
        window.expect_chosen(names)
        window.expect_text(f'{len(names)} of ')
        window.keys('ctrl+shift+i')
        window.expect_chosen([])
        self.check_selection_interface(first)

    def check_selection_interface(self, name):
        """GTK has it for its own lists, and lets no other widget have it: there are the states."""
        container = self.window.view_list()
        if container.get_selection_iface() is None:
            return
        self.select(name)
        wait_for('one selected child', lambda: container.get_n_selected_children() == 1)
        self.assertEqual(shorten(container.get_selected_child(0).get_name()), name)

    # Names

    @in_full
    def test_type_ahead(self):
        window = self.window
        self.show(self.place, 'alpha.txt')
        window.type('ph')
        wait_for('a photo', lambda: window.chosen() and window.chosen()[0].startswith('photo') and len(window.chosen()) == 1)
        window.type('oto t')
        window.expect_chosen(['photo two.txt'])
        window.expect_focused('photo two.txt')
        window.keys('Escape')

    def test_rename_in_place(self):
        window = self.window
        self.show(self.place, *self.names)
        self.select('beta.txt')
        window.keys('F2')
        window.expect_text('Name of the File')
        window.type('never')
        window.keys('Escape')
        wait_for('the popover to go', lambda: not window.has_text('Name of the File'))
        self.assertTrue((self.place / 'beta.txt').exists())
        window.expect_focused('beta.txt')
        window.keys('F2')
        window.expect_text('Name of the File')
        window.type('gamma')
        window.keys('Return')
        wait_for('the new name', (self.place / 'gamma.txt').exists)
        self.assertFalse((self.place / 'beta.txt').exists())
        window.expect_entry('gamma.txt')
        window.expect_no_entry('beta.txt')
        window.expect_focused('gamma.txt')

    # What is done to files

    def faintness(self, name):
        """How much an entry stands out of what it is drawn on; a tile out of black, it has its own ground."""
        pixels = self.window.pixels(self.window.box(self.window.entries()[name]))
        colours = [pixels[i:i + 3] for i in range(0, len(pixels), 3)]
        ground = max(set(colours), key=colours.count) if self.view.name not in SHOWS_NO_SIZE else bytes(3)
        return sum(abs(a - b) for colour in colours for a, b in zip(colour, ground))

    @in_full
    def test_cut_is_marked_until_it_is_pasted(self):
        window = self.window
        self.show(self.place, *self.names)
        self.select('alpha.txt')
        # What is selected and has the focus looks different by itself.
        def look():
            self.select('photo one.txt')
            return self.settle(lambda: self.faintness('alpha.txt'))
        before = look()
        self.select('alpha.txt')
        window.keys('ctrl+x')
        window.expect_text('1 item is ready to be moved')
        cut = look()
        if self.view.name in SHOWS_NO_SIZE:
            self.assertNotEqual(cut, before, 'what is cut looks as if it weren’t')
        else:
            self.assertLess(cut, before * 0.8, 'what is cut looks as if it weren’t')
        window.go(self.place / 'inner')
        window.expect_text('Folder Is Empty' if self.view.name not in SPANS_FOLDERS else 'inner')
        window.keys('ctrl+v')
        wait_for('it to be moved', (self.place / 'inner' / 'alpha.txt').exists)
        self.assertFalse((self.place / 'alpha.txt').exists())
        self.undo_until(self.place / 'alpha.txt')
        window.go(self.place)
        window.forget()
        window.expect_entry('alpha.txt')
        self.assertAlmostEqual(look() / before, 1, delta=0.05, msg='what was pasted looks as if it were cut')

    @staticmethod
    def settle(look):
        """What two pictures in a row say."""
        before, now = None, look()
        for _ in range(40):
            if now == before:
                return now
            before, now = now, look()
        raise AssertionError('the picture never stays the same')

    def undo_until(self, path):
        """There is nothing to undo before the operation has come to its end, which a file doesn't tell."""
        def undo():
            self.window.keys('ctrl+z')
            try:
                return wait_for(f'{path.name} to be back', path.exists, 3)
            except Timeout:
                return False
        wait_for(f'{path.name} to be back', undo)

    @in_full
    def test_delete_and_undo(self):
        window = self.window
        self.show(self.place, *self.names)
        self.select('photo two.txt')
        window.keys('Delete')
        wait_for('it to be gone', lambda: not (self.place / 'photo two.txt').exists())
        window.expect_no_entry('photo two.txt')
        self.undo_until(self.place / 'photo two.txt')
        window.expect_entry('photo two.txt')

    # Going and coming back

    def fill(self):
        """More than fits on the screen."""
        many = self.place / 'many'
        many.mkdir()
        for i in range(N_FOLDERS):
            (many / f'entry {i:02}').mkdir()
        return many

    def expect_as_left(self, many, name, place, chosen):
        window = self.window
        window.forget()
        window.expect_title(many.name)
        window.expect_focused(name)
        window.expect_chosen(chosen)

        def is_there():
            return window.box(window.entries()[name]) == place
        try:
            wait_for(f'“{name}” at {place}', is_there, 3)
        except Timeout as error:
            raise Timeout(f'{error}; it is at {window.box(window.entries()[name])}') from None

    def scroll_away(self):
        """From the ends, so that where an entry is doesn't follow from what it is."""
        self.window.keys('End')
        wait_for('the last to be selected', self.window.chosen)
        self.select('entry 25')
        return self.settle(lambda: self.window.box(self.window.entries()['entry 25']))

    def test_comes_back_to_what_was_left(self):
        if self.view.name in WITHOUT_FOLDERS:
            self.skipTest('what it shows is looked for anew each time')
        window, many = self.window, self.fill()
        self.show(many, 'entry 00')
        place = self.scroll_away()
        for back in ('alt+Left', 'BackSpace'):
            window.keys('Return')
            window.expect_title('entry 25')
            window.keys(back)
            self.expect_as_left(many, 'entry 25', place, ['entry 25'])
        window.keys('ctrl+a')
        wait_for('all to be selected', lambda: len(window.chosen()) > 2)
        chosen = window.chosen()
        window.keys('alt+Up')
        window.expect_title(self.place.name)
        window.keys('alt+Left')
        self.expect_as_left(many, 'entry 25', place, chosen)

    @in_full
    def test_size_and_view_are_kept_of_a_folder(self):
        window = self.window
        self.show(self.place, *self.names)
        self.select('alpha.txt')

        def size():
            return self.settle(lambda: window.box(window.expect_entry('alpha.txt'))[2:])
        before = size()
        window.keys('ctrl+plus')
        if self.view.name not in SHOWS_NO_SIZE:
            wait_for('larger entries', lambda: window.box(window.expect_entry('alpha.txt'))[2:] != before)
        larger = size()
        window.go(self.place.parent)
        window.keys('ctrl+1')
        window.forget()
        window.go(self.place)
        window.forget()
        self.select('alpha.txt')
        self.assertEqual(window.shown_view(), self.view.name)
        if self.view.name not in SHOWS_NO_SIZE:
            self.assertEqual(size(), larger)
        window.keys('ctrl+0')

    # In place of entries

    def expect_page(self, title, *texts):
        window = self.window
        for text in (title, *texts):
            window.expect_text(text)
        window.expect_focus(title)
        self.check_nameless()

    @in_full
    def test_empty_and_gone(self):
        window, empty = self.window, self.place / 'inner'
        self.show(empty)
        if self.view.name not in SPANS_FOLDERS:
            self.expect_page('Folder Is Empty')
        else:
            window.expect_text('Folder is Empty')
        empty.rmdir()
        self.expect_page('Folder Is Gone', f'{empty}” was deleted, renamed or disconnected', 'Go to Parent Folder')
        window.keys('BackSpace')
        window.expect_title(self.place.name)

    @in_full
    def test_states_of_a_place(self):
        if not (os.access(FAULTFS, os.X_OK) and os.access('/dev/fuse', os.W_OK)):
            self.skipTest('needs faultfs and FUSE')
        window, fault = self.window, FaultFs(self)
        for name in ('alpha.txt', 'beta.txt'):
            (fault.real / name).write_text('a' * 3000)
        self.show(fault.mount, 'alpha.txt')
        self.no_permission(fault)
        self.hangs(fault)
        window.go(self.top)

    def no_permission(self, fault):
        fault.order('add op=opendir path=* errno=EACCES count=-1')
        self.window.go(self.top)
        self.window.keys('alt+Left')
        self.expect_page('No Permission', 'You are not allowed to see what is in', 'Try Again')
        fault.order('clear')
        self.window.activate('Try Again')
        self.window.forget()
        self.window.expect_entry('alpha.txt')

    def hangs(self, fault):
        window = self.window
        for cancels in (True, False):
            fault.order('add op=opendir path=* hang')
            window.go(self.top)
            window.keys('alt+Left')
            window.expect_text('Still Waiting')
            window.expect_text('has not answered since')
            self.check_nameless()
            if cancels:
                window.activate('Cancel')
                self.expect_page('Stopped', 'was not opened')
            fault.order('clear')
            fault.order('release')
            if cancels:
                window.activate('Try Again')
            window.forget()
            window.expect_entry('alpha.txt')


class LooksTest(PatientTestCase):
    """What is selected can be read, whatever the desktop's colours are."""
    THEMES = {
        'high contrast': {'ADW_DEBUG_HIGH_CONTRAST': '1'},
        'dark': {'ADW_DEBUG_COLOR_SCHEME': 'prefer-dark'},
        'dark and high contrast': {'ADW_DEBUG_COLOR_SCHEME': 'prefer-dark', 'ADW_DEBUG_HIGH_CONTRAST': '1'},
    }
    @classmethod
    def setUpClass(cls):
        ViewHost.window.close()

    LEAST = 4.5  # of WCAG for text; high contrast is to have more
    NAME = 'photo one.txt'

    def setUp(self):
        self.folder = Path(tempfile.mkdtemp(prefix='thaw-looks-')) / 'place'
        self.addCleanup(shutil.rmtree, self.folder.parent, ignore_errors=True)
        (self.folder / 'inner').mkdir(parents=True)
        for name, text in ALIKE.items():
            (self.folder / name).write_text(text * 3000)

    @staticmethod
    def find_text(view, box):
        """Where an entry has its name, and not its icon."""
        x, y, width, height = box
        if view.name == 'treemap':
            return x + 8, y + 4, min(width - 16, 120), 30
        if height > width * 0.6:
            return x, y + height * 2 // 3, width, height // 3
        return x + height, y, min(width - height, 160), height

    def look(self, window, view, theme):
        window.choose(view)
        window.expect_entry(self.NAME)
        window.type(self.NAME)
        window.expect_focused(self.NAME)
        window.keys('Escape')
        box = ViewHost.settle(lambda: window.box(window.expect_entry(self.NAME)))
        pixels = ViewHost.settle(lambda: window.pixels(self.find_text(view, box)))
        if os.environ.get('THAW_SCREENSHOTS'):
            window.screenshot(Path(os.environ['THAW_SCREENSHOTS']) / f'{view.name} {theme}.png')
        contrast = find_contrast(pixels)
        print(f'# {view.name}, {theme}: {contrast:.1f}')
        self.assertGreater(contrast, self.LEAST, f'{view.name}, {theme}')

    @in_full
    def test_contrast(self):
        themes = list(self.THEMES.items())
        for theme, env in themes if os.environ.get('THAW_ALL_VIEWS') == '1' else themes[:1]:
            plugins = {'THAW_PLUGIN_PATH': str(EXAMPLES)} if os.environ.get('GI_TYPELIB_PATH') else {}
            env = {**env, **plugins, 'XDG_STATE_HOME': str(self.folder.parent / theme)}
            with HostWindow(self.folder, env=env) as window:
                for view in wanted_views():
                    with self.subTest(view=view.name, theme=theme):
                        self.look(window, view, theme)


def make_cases():
    for view in wanted_views():
        yield type(f'{view.name.capitalize()}ViewTest', (ViewHost, PatientTestCase), {'view': view, '__module__': __name__})


def load_tests(loader, tests, pattern):
    return unittest.TestSuite(loader.loadTestsFromTestCase(case) for case in [*make_cases(), LooksTest])


def setUpModule():
    ViewHost.top = Path(tempfile.mkdtemp(prefix='tv'))
    env = {'THAW_PLUGIN_PATH': str(EXAMPLES)} if os.environ.get('GI_TYPELIB_PATH') else {}
    for name in ('XDG_STATE_HOME', 'XDG_DATA_HOME', 'XDG_CONFIG_HOME'):
        env[name] = str(ViewHost.top / f'.{name}')
        Path(env[name]).mkdir()
    ViewHost.window = HostWindow(ViewHost.top, env=env)


def tearDownModule():
    ViewHost.window.close()
    shutil.rmtree(ViewHost.top, ignore_errors=True)


if __name__ == '__main__':
    unittest.main(verbosity=2)
