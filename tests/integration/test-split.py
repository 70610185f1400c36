# SPDX-License-Identifier: GPL-3.0-or-later
"""Two panes in a tab, with real keys and clicks: opening and closing, which is active, copying and moving into the other and taking
it back, a view for each, the divider, narrow windows, and what is opened again after the window was closed."""

import configparser
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

import gi

gi.require_version('Atspi', '2.0')
from gi.repository import Atspi  # noqa: E402

from faultfs import FaultFs, needs_faultfs
from window import is_showing, PatientTestCase, wait_for, walk, Window

ROWS = (Atspi.Role.LIST_ITEM, Atspi.Role.TABLE_CELL, Atspi.Role.TREE_ITEM)


class SplitTest(PatientTestCase):
    def setUp(self):
        self.top = Path(tempfile.mkdtemp(prefix='thaw-split-'))
        self.addCleanup(shutil.rmtree, self.top, ignore_errors=True)
        self.here, self.there = self.top / 'here', self.top / 'there'
        (self.here / 'inner').mkdir(parents=True)
        self.there.mkdir()
        for name in ('a.txt', 'b.txt'):
            (self.here / name).write_text(f'this is {name}')
        (self.here / 'inner' / 'deep.txt').write_text('')
        (self.there / 'z.txt').write_text('')
        self.rows = ['inner', 'a.txt', 'b.txt']
        self.env = {}
        for name in ('XDG_STATE_HOME', 'XDG_DATA_HOME', 'XDG_CONFIG_HOME'):
            (self.top / name).mkdir()
            self.env[name] = str(self.top / name)

    # What is there

    def state(self):
        path = self.top / 'XDG_STATE_HOME' / 'thaw-files' / 'state.ini'
        parser = configparser.ConfigParser(interpolation=None)
        parser.read(path)
        return parser

    def open(self, folder=None):
        window = Window(folder or self.here, env=self.env)
        self.addCleanup(window.__exit__)
        wait_for('the rows', window.rows)
        return window

    @staticmethod
    def pane(window, name):
        return next((n for n in window.nodes() if n.get_name() == f'{name} pane' and is_showing(n)), None)

    def pane_rows(self, window, name):
        pane = self.pane(window, name)
        return None if pane is None else [n.get_name().split(',')[0] for n in walk(pane)
                                          if n.get_role() in ROWS and n.get_name() and is_showing(n)]

    def expect(self, window, **panes):
        for name, rows in panes.items():
            wait_for(f'{name} {rows}', lambda name=name, rows=rows: self.pane_rows(window, name.capitalize()) == rows)

    def find(self, window, pane, name):
        """Where an entry of a pane is, or with no name its empty part."""
        at = self.pane(window, pane)
        node = at if name is None else next(n for n in walk(at) if n.get_name().split(',')[0] == name
                                            and n.get_role() in ROWS and is_showing(n))
        box = node.get_extents(Atspi.CoordType.WINDOW)
        return box.x + min(box.width // 2, 60), box.y + box.height // 2  # toasts come up at the lower end

    @staticmethod
    def hand(*words):
        subprocess.run(['xdotool', *map(str, words), 'sleep', '0.1'], check=True)  # as fast as a hand

    def click_in(self, window, pane, name, button=1):
        number = subprocess.run(['xdotool', 'getactivewindow'], capture_output=True, text=True, check=True).stdout.strip()
        x, y = self.find(window, pane, name)
        subprocess.run(['xdotool', 'mousemove', '--window', number, str(x), str(y), 'click', str(button)], check=True)

    def drag(self, window, start, end):
        number = subprocess.run(['xdotool', 'getactivewindow'], capture_output=True, text=True, check=True).stdout.strip()
        (x, y), (to_x, to_y) = start, end
        self.hand('mousemove', '--window', number, x, y)
        self.hand('mousedown', '1')
        for i in range(1, 7):
            self.hand('mousemove', '--window', number, x + (to_x - x) * i // 6, y + (to_y - y) * i // 6)
        self.hand('mousemove_relative', '--', 1, 0)
        self.hand('mouseup', '1')

    def split(self, window):
        """Two panes: here on the left, there on the right."""
        window.keys('F3')
        self.expect(window, left=self.rows, right=self.rows)
        window.keys('F6')
        wait_for('the focus there', lambda: self.has_focus(window, 'Right'))
        window.keys('alt+Up')
        wait_for('the folder above', lambda: 'there' in (self.pane_rows(window, 'Right') or []))
        window.keys('t', 'Return')
        self.expect(window, left=self.rows, right=['z.txt'])

    def has_focus(self, window, pane):
        at = self.pane(window, pane)
        return at is not None and any(n.get_state_set().contains(Atspi.StateType.FOCUSED) for n in walk(at))

    def has_columns(self, window, pane):
        return any(node.get_name() == 'Size' for node in walk(self.pane(window, pane)))

    @staticmethod
    def go(window, folder):
        window.keys('ctrl+l')
        window.type(str(folder))
        window.keys('Return')
        window.expect_title(Path(folder).name)

    # The tests

    def test_opens_closes_and_swaps_each_with_its_view(self):
        window = self.open()
        window.keys('a')
        window.expect_focus('a.txt')
        window.keys('F3')
        self.expect(window, left=self.rows, right=self.rows)
        window.expect_focus('a.txt')  # who only looks loses nothing
        self.assertTrue(self.has_focus(window, 'Left'))
        window.keys('F3')
        wait_for('one pane', lambda: self.pane(window, 'Left') is None)
        window.expect_focus('a.txt')
        window.keys('Home')
        window.expect_focus('inner')
        window.keys('ctrl+shift+Return')
        self.expect(window, left=self.rows, right=['deep.txt'])
        window.expect_focus('inner')
        window.keys('shift+F3')
        self.expect(window, left=['deep.txt'], right=self.rows)
        window.expect_focus('inner')
        window.keys('ctrl+2')
        wait_for('another view', lambda: not self.has_columns(window, 'Right') and self.has_columns(window, 'Left'))
        window.keys('F6', 'alt+Up')
        self.expect(window, left=self.rows, right=self.rows)
        window.keys('ctrl+1')
        wait_for('a list', lambda: self.has_columns(window, 'Left'))
        window.keys('ctrl+h', 'ctrl+h')  # what goes for all folders leaves alone how each is shown
        self.expect(window, left=self.rows, right=self.rows)
        self.assertTrue(self.has_columns(window, 'Left') and not self.has_columns(window, 'Right'))
        window.keys('F3')  # what has the focus is what stays
        wait_for('one pane', lambda: self.pane(window, 'Right') is None)
        wait_for('its view', lambda: any(node.get_name() == 'Size' for node in window.nodes()))

    def test_the_window_acts_on_the_active_pane(self):
        window = self.open()
        self.split(window)
        self.click_in(window, 'Left', 'a.txt')
        window.expect_title('here')
        wait_for('the focus', lambda: self.has_focus(window, 'Left'))
        self.click_in(window, 'Right', None)  # into the empty part
        window.expect_title('there')
        wait_for('the focus', lambda: self.has_focus(window, 'Right'))
        window.keys('alt+Up')
        wait_for('up', lambda: 'here' in (self.pane_rows(window, 'Right') or []))
        self.expect(window, left=self.rows)  # each has its own history
        window.keys('alt+Left')
        self.expect(window, right=['z.txt'])
        self.click_in(window, 'Left', 'inner', button=3)
        wait_for('its menu', window.menu_items)
        window.expect_title('here')
        window.keys('Escape')
        window.keys('ctrl+f')
        window.type('b.t')
        self.expect(window, left=['b.txt'], right=['z.txt'])
        window.keys('Escape')
        self.expect(window, left=self.rows)
        self.click_in(window, 'Right', None, button=3)
        wait_for('the menu of the folder', window.menu_items)
        window.keys('y')  # Synchronise With Other Pane
        window.expect_text('there → here')
        window.expect_text('1 to copy')

    def test_copies_moves_and_drags_to_the_other_and_takes_it_back(self):
        window = self.open()
        self.split(window)
        self.click_in(window, 'Left', 'a.txt')
        window.expect_focus('a.txt')
        window.keys('shift+F5')
        self.expect(window, right=['a.txt', 'z.txt'])
        self.assertEqual((self.there / 'a.txt').read_text(), 'this is a.txt')
        self.assertTrue(self.has_focus(window, 'Left'))
        window.keys('ctrl+z')
        self.expect(window, right=['z.txt'])
        self.click_in(window, 'Left', 'b.txt', button=3)
        wait_for('its menu', window.menu_items)
        window.keys('v')  # Move to Other Pane
        self.expect(window, left=['inner', 'a.txt'], right=['b.txt', 'z.txt'])
        window.keys('ctrl+z')
        self.expect(window, left=self.rows, right=['z.txt'])
        self.drag(window, self.find(window, 'Left', 'a.txt'), self.find(window, 'Right', None))
        self.expect(window, left=['inner', 'b.txt'], right=['a.txt', 'z.txt'])
        window.keys('F6', 'alt+Up')
        wait_for('the folder above', lambda: 'here' in (self.pane_rows(window, 'Right') or []))
        window.keys('h', 'Return')
        self.expect(window, left=['inner', 'b.txt'], right=['inner', 'b.txt'])
        window.keys('b', 'shift+F6')
        window.expect_text('Both panes show the same folder')

    def test_the_divider_moves_and_narrow_windows_have_them_one_above_the_other(self):
        window = self.open()
        window.keys('F3')
        self.expect(window, left=self.rows, right=self.rows)
        wait_for('the focus', lambda: self.has_focus(window, 'Left'))
        before = self.pane(window, 'Left').get_extents(Atspi.CoordType.WINDOW).width
        window.keys('F8', 'Right')
        wait_for('a wider pane', lambda: self.pane(window, 'Left').get_extents(Atspi.CoordType.WINDOW).width > before)
        window.keys('Return')
        wait_for('the focus', lambda: self.has_focus(window, 'Left'))
        subprocess.run(['xdotool', 'getactivewindow', 'windowsize', '460', '640'], check=True)
        self.expect(window, upper=self.rows, lower=self.rows)
        upper, lower = (self.pane(window, name).get_extents(Atspi.CoordType.WINDOW) for name in ('Upper', 'Lower'))
        self.assertEqual(upper.x, lower.x)
        self.assertLessEqual(upper.y + upper.height, lower.y)
        wait_for('where the divider is to be remembered', lambda: self.state().has_section('window')
                 and float(self.state().get('window', 'divider', fallback='0.5')) > 0.5)

    def test_what_was_closed_is_opened_again(self):
        window = self.open()
        self.split(window)
        window.keys('ctrl+2')
        window.keys('ctrl+t')
        window.keys('ctrl+w')  # a tab beside it, so that there are several
        window.keys('ctrl+t')
        wait_for('one pane', lambda: self.pane(window, 'Left') is None)
        window.keys('ctrl+Page_Up')
        self.expect(window, left=self.rows, right=['z.txt'])
        window.keys('ctrl+w')
        wait_for('one pane', lambda: self.pane(window, 'Left') is None)
        window.keys('ctrl+shift+t')
        self.expect(window, left=self.rows, right=['z.txt'])
        wait_for('the focus', lambda: self.has_focus(window, 'Right'))
        window.keys('ctrl+q')
        self.assertEqual(window.process.wait(5), 0)
        state = self.state()
        split = [state[name] for name in state if name.startswith('tab ') and 'other-uri' in state[name]]
        self.assertEqual([(tab['uri'], tab['other-uri'], tab['active'], tab['current']) for tab in split],
                         [(self.here.as_uri(), self.there.as_uri(), '1', 'true')])
        window = self.open(self.here / 'inner')
        window.keys('ctrl+shift+t')
        self.expect(window, left=self.rows, right=['z.txt'])
        wait_for('the focus', lambda: self.has_focus(window, 'Right'))
        window.expect_title('there')

    def test_what_was_open_at_a_kill_is_offered(self):
        window = self.open()
        self.split(window)
        wait_for('the panes to be remembered', lambda: any('other-uri' in self.state()[name] for name in self.state()))
        window.process.kill()
        window.process.wait()
        window = self.open(self.here / 'inner')
        window.expect_text('The tabs of last time were not closed')
        window.activate('Open Again')
        self.expect(window, left=self.rows, right=['z.txt'])
        window.keys('ctrl+q')
        self.assertEqual(window.process.wait(5), 0)
        self.assertNotIn('open', self.state()['window'])
        window = self.open(self.here / 'inner')
        window.keys('ctrl+shift+t')
        self.expect(window, left=self.rows, right=['z.txt'])
        self.assertFalse(window.has_text('The tabs of last time were not closed'))

    @needs_faultfs
    def test_a_dead_pane_leaves_the_other_alone(self):
        fault = FaultFs(self)
        (fault.real / 'far').mkdir()
        window = self.open()
        self.split(window)
        fault.order('add op=opendir path=* hang')
        self.go(window, fault.mount)
        wait_for('the hang', lambda: window.has_text('Still Waiting'))
        self.click_in(window, 'Left', 'inner')
        window.keys('Return')
        self.expect(window, left=['deep.txt'])
        window.keys('alt+Left')
        self.expect(window, left=self.rows)
        window.keys('F3')  # the dead one goes
        wait_for('one pane', lambda: self.pane(window, 'Left') is None)
        window.expect_rows(self.rows)


if __name__ == '__main__':
    unittest.main(verbosity=2)
