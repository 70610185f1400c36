# SPDX-License-Identifier: GPL-3.0-or-later
"""What changes files, with real keys and clicks: cut, copy, paste, trash, rename, drop, conflicts, undo, the panel, properties,
and what a killed process leaves behind."""

import shutil
import signal
import subprocess
import tempfile
import unittest
from pathlib import Path

import gi

gi.require_version('Atspi', '2.0')
from gi.repository import Atspi  # noqa: E402

from faultfs import FaultFs, needs_faultfs
from window import Window, is_showing, wait_for


class OperationsTest(unittest.TestCase):
    def setUp(self):
        self.top = Path(tempfile.mkdtemp(prefix='thaw-operations-'))
        self.addCleanup(shutil.rmtree, self.top, ignore_errors=True)
        self.folder = self.top / 'place'
        (self.folder / 'inner').mkdir(parents=True)
        for name in ('a.txt', 'b.txt', 'c.txt'):
            (self.folder / name).write_text(f'this is {name}')
        # What is remembered, undone and thrown away is each test's own.
        self.env = {}
        for name in ('XDG_STATE_HOME', 'XDG_DATA_HOME', 'XDG_CONFIG_HOME'):
            (self.top / name).mkdir()
            self.env[name] = str(self.top / name)

    def open(self, folder=None):
        window = Window(folder or self.folder, env=self.env)
        self.addCleanup(window.__exit__)
        wait_for('the rows', window.rows)
        return window

    def select(self, window, name):
        """As the keyboard does."""
        names = wait_for('the rows', lambda: [row.split(',')[0] for row in window.rows()])
        window.keys('Home', *['Down'] * names.index(name))
        wait_for(f'{name} to be selected', lambda: [n.split(',')[0] for n in window.selected()] == [name])

    def expect(self, **contents):
        """Files by name, with _ for the dot; None: isn't there."""
        for name, text in contents.items():
            path = self.folder / name.replace('__', '/').replace('_', '.')
            wait_for(f'{path.name} with {text!r}',
                     lambda: not path.exists() if text is None else path.is_file() and path.read_text() == text)

    def undo(self, window):
        window.keys('ctrl+z')

    @staticmethod
    def shows(window, name):
        return any(node.get_name() == name and is_showing(node) for node in window.nodes())

    def press(self, window, name):
        """Clicks a button, and goes on when it is gone."""
        wait_for(f'“{name}”', lambda: self.shows(window, name))
        window.activate(name)

    # Clipboard

    def test_copies_and_pastes(self):
        window = self.open()
        self.select(window, 'a.txt')
        window.keys('ctrl+c')
        window.expect_text('1 item copied')
        self.select(window, 'inner')
        window.keys('Return')
        window.expect_text('Folder Is Empty')
        window.keys('ctrl+v')
        self.expect(inner__a_txt='this is a.txt', a_txt='this is a.txt')
        window.expect_rows(['a.txt'])
        wait_for('what was pasted to be selected', window.selected)
        self.undo(window)
        window.expect_text('Folder Is Empty')
        window.keys('ctrl+shift+z')
        self.expect(inner__a_txt='this is a.txt')

    def test_cuts_and_pastes(self):
        window = self.open()
        self.select(window, 'b.txt')
        window.keys('ctrl+x')
        window.expect_text('1 item cut')
        self.select(window, 'inner')
        window.keys('Return')
        window.expect_text('Folder Is Empty')
        window.keys('ctrl+v')
        self.expect(inner__b_txt='this is b.txt', b_txt=None)
        self.press(window, 'Undo')
        self.expect(inner__b_txt=None, b_txt='this is b.txt')

    def test_pastes_text_as_a_file(self):
        window = self.open()
        self.select(window, 'a.txt')
        window.keys('ctrl+shift+c')
        window.expect_text('Path copied')
        window.keys('ctrl+v')
        wait_for('the text', lambda: (self.folder / 'Pasted text.txt').exists()
                 and (self.folder / 'Pasted text.txt').read_text() == str(self.folder / 'a.txt'))

    # Names

    def test_renames_but_the_extension(self):
        window = self.open()
        self.select(window, 'a.txt')
        window.keys('F2')
        window.expect_text('Name of the File')
        window.type('b')
        window.expect_text('Something here has this name already')
        window.type('x')
        window.keys('Return')
        self.expect(bx_txt='this is a.txt', a_txt=None)
        window.expect_rows(['inner', 'b.txt', 'bx.txt', 'c.txt'])
        self.undo(window)
        self.expect(a_txt='this is a.txt', bx_txt=None)

    def test_new_folder_and_duplicate(self):
        window = self.open()
        self.select(window, 'c.txt')
        window.keys('ctrl+shift+d')
        wait_for('a second one', lambda: len([p for p in self.folder.iterdir() if p.is_file()
                                              and p.read_text() == 'this is c.txt']) == 2)
        window.keys('ctrl+shift+n')
        wait_for('the name', lambda: self.shows(window, 'Create'))
        window.type('fresh')
        window.keys('Return')
        wait_for('the folder', (self.folder / 'fresh').is_dir)
        wait_for('it to be selected', lambda: [n.split(',')[0] for n in window.selected()] == ['fresh'])

    def test_renames_many(self):
        window = self.open()
        window.keys('ctrl+a', 'F2')
        window.expect_text('Rename 4 Items')
        window.expect_text('No name changes')
        window.type('x')
        window.expect_text('Two would have this name')
        window.type('[')
        window.expect_text('“]” is missing')
        window.keys('BackSpace')
        window.type(' [n]')
        window.expect_text('4 names change')
        self.press(window, 'Rename')
        wait_for('the new names', lambda: sorted(p.name for p in self.folder.iterdir()) ==
                 ['x 1', 'x 2.txt', 'x 3.txt', 'x 4.txt'])
        window.expect_rows(['x 1', 'x 2.txt', 'x 3.txt', 'x 4.txt'])
        self.undo(window)
        window.expect_rows(['inner', 'a.txt', 'b.txt', 'c.txt'])
        self.expect(c_txt='this is c.txt')

    def test_new_folder_with_selection(self):
        window = self.open()
        self.select(window, 'a.txt')
        window.keys('shift+Down', 'shift+F10')
        wait_for('the menu', window.menu_items)
        window.keys('w')
        wait_for('the name', lambda: self.shows(window, 'Create'))
        window.type('both')
        window.keys('Return')
        self.expect(both__a_txt='this is a.txt', both__b_txt='this is b.txt', a_txt=None)
        window.expect_rows(['both', 'inner', 'c.txt'])

    # Removing

    def test_trashes_and_takes_back_by_the_toast(self):
        window = self.open()
        self.select(window, 'a.txt')
        window.keys('Delete')
        window.expect_text('“a.txt” moved to trash')
        self.expect(a_txt=None)
        window.expect_rows(['inner', 'b.txt', 'c.txt'])
        self.press(window, 'Undo')
        self.expect(a_txt='this is a.txt')
        window.expect_rows(['inner', 'a.txt', 'b.txt', 'c.txt'])

    # Conflicts

    def conflict(self, *names):
        for name in names:
            (self.folder / 'inner' / name).write_text('old')
        window = self.open()
        self.select(window, names[0])
        window.keys(*['shift+Down'] * (len(names) - 1), 'ctrl+c')
        window.expect_text(' copied')
        self.select(window, 'inner')
        window.keys('Return')
        window.expect_rows(list(names))
        window.keys('ctrl+v')
        window.expect_text('There is already “')
        window.expect_text('Already there')
        return window

    def test_conflict_replaces_and_can_be_undone(self):
        window = self.conflict('a.txt')
        self.press(window, 'Replace')
        self.expect(inner__a_txt='this is a.txt')
        window.keys('Escape')
        self.undo(window)
        self.expect(inner__a_txt='old')

    def test_conflict_keeps_both_then_leaves_out(self):
        window = self.conflict('a.txt', 'b.txt')
        self.press(window, 'Keep Both')
        window.expect_text('There is already “b.txt”')
        self.press(window, 'Leave It Out')
        wait_for('a second one', lambda: len(list((self.folder / 'inner').iterdir())) == 3)
        self.expect(inner__a_txt='old', inner__b_txt='old')

    def test_conflict_answered_for_all(self):
        window = self.conflict('a.txt', 'b.txt', 'c.txt')
        window.focus('Do the same with all others')
        window.keys('Return')
        self.press(window, 'Replace')
        self.expect(inner__a_txt='this is a.txt', inner__b_txt='this is b.txt', inner__c_txt='this is c.txt')

    # Drag and drop

    def find_row(self, window, name):
        node = wait_for(name, lambda: next((n for n in window.nodes() if n.get_name().split(',')[0] == name
                                            and n.get_role() in (Atspi.Role.LIST_ITEM, Atspi.Role.TABLE_CELL)
                                            and is_showing(n)), None))
        box = node.get_extents(Atspi.CoordType.WINDOW)
        return box.x + min(60, box.width // 2), box.y + box.height // 2

    def test_drops_into_a_folder(self):
        window = self.open()
        x, y = self.find_row(window, 'c.txt')
        to_x, to_y = self.find_row(window, 'inner')
        number = subprocess.run(['xdotool', 'getactivewindow'], capture_output=True, text=True, check=True).stdout.strip()

        def do(*words):
            subprocess.run(['xdotool', *map(str, words), 'sleep', '0.1'], check=True)  # as fast as a hand

        do('mousemove', '--window', number, x, y)
        do('mousedown', '1')
        for i in range(1, 13):
            do('mousemove', '--window', number, x + (to_x + 10 - x) * i // 12, y + (to_y - y) * i // 12)
        do('sleep', '0.3')
        do('mouseup', '1')
        self.expect(inner__c_txt='this is c.txt', c_txt=None)

    # The panel

    def test_history_undoes(self):
        window = self.open()
        self.select(window, 'a.txt')
        window.keys('ctrl+shift+d')
        wait_for('a second one', lambda: len(list(self.folder.iterdir())) == 5)
        window.keys('ctrl+shift+o')
        window.expect_text('Duplicate “a.txt”')
        self.press(window, 'Undo')
        wait_for('it to go', lambda: len(list(self.folder.iterdir())) == 4)
        window.expect_text('Undone')

    @needs_faultfs
    def test_pauses_and_cancels(self):
        slow = FaultFs(self)
        (slow.real / 'from').mkdir()
        (slow.real / 'to').mkdir()
        for i in range(200):
            (slow.real / 'from' / f'{i}').write_text('x')
        window = self.open(slow.mount)
        self.select(window, 'from')
        window.keys('ctrl+c')
        self.select(window, 'to')
        window.keys('Return')
        window.expect_text('Folder Is Empty')
        slow.order('add op=write delay=100')
        window.keys('ctrl+v', 'ctrl+shift+o')
        window.expect_text('Copy “from” to “to”')
        self.press(window, 'Pause')
        wait_for('it to pause', lambda: self.shows(window, 'Continue'))
        self.press(window, 'Continue')
        wait_for('it to go on', lambda: self.shows(window, 'Pause'))
        self.press(window, 'Cancel')
        window.expect_text('Cancelled')
        wait_for('nothing to be left', lambda: not list((slow.real / 'to').iterdir()))

    # Properties

    def test_properties(self):
        (self.folder / 'a.txt').chmod(0o644)
        window = self.open()
        self.select(window, 'a.txt')
        window.keys('alt+Return')
        window.expect_text('Size on Disk')
        window.expect_text('13 bytes')
        window.focus('Others')
        window.keys('Return')
        wait_for('the switches', lambda: self.shows(window, 'Write'))
        window.focus('Write')
        window.keys('Return')
        wait_for('the right to write', lambda: (self.folder / 'a.txt').stat().st_mode & 0o777 == 0o646)
        window.keys('Escape')
        wait_for('it to close', lambda: not self.shows(window, 'Size on Disk'))
        self.undo(window)
        wait_for('the old rights', lambda: (self.folder / 'a.txt').stat().st_mode & 0o777 == 0o644)

    def test_properties_of_a_folder(self):
        window = self.open()
        window.keys('alt+Return')
        window.expect_text('4 items')
        window.expect_text('Change Permissions Inside…')

    # After a crash

    def crash(self):
        """A copy that was killed in the middle; the file system of it."""
        slow = FaultFs(self)
        (slow.real / 'from').mkdir()
        (slow.real / 'to').mkdir()
        for i in range(100):
            (slow.real / 'from' / f'{i}').write_text(f'{i}')
        window = self.open(slow.mount)
        self.select(window, 'from')
        window.keys('ctrl+c')
        self.select(window, 'to')
        window.keys('Return')
        window.expect_text('Folder Is Empty')
        slow.order('add op=write delay=100')
        window.keys('ctrl+v')
        wait_for('some to be written', lambda: len(list((slow.real / 'to').rglob('*'))) > 3)
        window.process.send_signal(signal.SIGKILL)
        window.process.wait(5)
        slow.order('clear')
        return slow

    @needs_faultfs
    def test_after_a_crash_it_can_be_finished(self):
        slow = self.crash()
        window = self.open(slow.mount)
        window.expect_text('An operation was interrupted')
        window.activate('Show')
        window.expect_text('Interrupted')
        self.press(window, 'Finish')
        target = slow.real / 'to' / 'from'
        wait_for('the rest', lambda: target.is_dir() and len(list(target.iterdir())) == 100)
        self.assertEqual([p.name for p in (slow.real / 'to').iterdir()], ['from'])

    @needs_faultfs
    def test_after_a_crash_it_can_be_rolled_back(self):
        slow = self.crash()
        window = self.open(slow.mount)
        window.expect_text('An operation was interrupted')
        window.activate('Show')
        self.press(window, 'Roll Back')
        wait_for('nothing to be left', lambda: not list((slow.real / 'to').iterdir()))
        wait_for('the button to be quiet', lambda: not self.shows(window, 'Operations were interrupted'))


if __name__ == '__main__':
    unittest.main(verbosity=2)
