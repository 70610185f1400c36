# SPDX-License-Identifier: GPL-3.0-or-later
"""Thaw Files on real folders: opens, goes places, finds, sorts, keeps tabs, and says what is wrong."""

import os
import shutil
import stat
import subprocess
import tempfile
import unittest
import unittest.mock
from pathlib import Path

from window import Atspi, Gio, GLib, PROGRAM, PatientTestCase, Window, wait_for


class WindowTest(PatientTestCase):
    def setUp(self):
        self.folder = Path(tempfile.mkdtemp(prefix='thaw-window-')) / 'place'
        self.folder.mkdir()
        # What one test has left on, another must not find.
        state = unittest.mock.patch.dict(os.environ, {'XDG_STATE_HOME': str(self.folder.parent / 'state')})
        state.start()
        self.addCleanup(state.stop)
        for name in ('b.txt', 'a 2.txt', 'a 10.txt', 'Ärger.txt'):
            (self.folder / name).write_text('x' * len(name))
        (self.folder / 'inner').mkdir()
        (self.folder / 'inner' / 'deep.txt').write_text('')
        (self.folder / '.secret').write_text('')
        self.rows = ['inner', 'a 2.txt', 'a 10.txt', 'Ärger.txt', 'b.txt']

    def tearDown(self):
        shutil.rmtree(self.folder.parent, ignore_errors=True)

    def test_shows_a_folder_in_natural_order(self):
        with Window(self.folder) as window:
            window.expect_rows(self.rows)
            window.expect_title('place')
            window.expect_text('5 items')

    def test_goes_in_back_forward_and_up(self):
        with Window(self.folder) as window:
            window.expect_rows(self.rows)
            window.keys('i', 'Return')
            window.expect_rows(['deep.txt'])
            window.expect_title('inner')
            window.keys('alt+Left')
            window.expect_rows(self.rows)
            window.keys('alt+Right')
            window.expect_rows(['deep.txt'])
            window.keys('alt+Up')
            window.expect_rows(self.rows)
            wait_for('the folder that was left', lambda: [n.split(',')[0] for n in window.selected()] == ['inner'])

    def test_the_history_has_a_menu_for_keys(self):
        with Window(self.folder) as window:
            window.expect_rows(self.rows)
            window.keys('i', 'Return')
            window.expect_rows(['deep.txt'])
            window.focus('Back')
            window.keys('alt+Down')
            wait_for('the menu', window.menu_items)
            window.keys('Return')
            window.expect_rows(self.rows)

    def test_type_ahead_selects_and_moves_on(self):
        with Window(self.folder) as window:
            window.expect_rows(self.rows)
            window.keys('a')
            first = wait_for('a selection', lambda: [n.split(',')[0] for n in window.selected()])
            self.assertEqual(first, ['a 2.txt'])
            window.keys('a')
            wait_for('the next one', lambda: [n.split(',')[0] for n in window.selected()] == ['a 10.txt'])

    def test_filters_as_you_type(self):
        with Window(self.folder) as window:
            window.expect_rows(self.rows)
            window.keys('ctrl+f')
            window.type('arg')
            window.expect_rows(['Ärger.txt'])
            window.expect_text('1 match')
            window.type('zz')
            window.expect_text('No Match')
            window.keys('Escape')
            window.expect_rows(self.rows)

    def test_sorts(self):
        with Window(self.folder) as window:
            window.expect_rows(self.rows)
            window.activate('Size')
            by_size = ['inner', 'b.txt', 'a 2.txt', 'a 10.txt', 'Ärger.txt']
            sizes = [row for row in by_size if row != 'inner']
            wait_for('order by size', lambda: sorted(row.split(',')[0] for row in window.rows()) == sorted(by_size)
                     and [row.split(',')[0] for row in window.rows()][0] == 'inner'
                     and [row.split(',')[0] for row in window.rows()][1:] in (sizes, sizes[::-1],
                                                                             ['b.txt', 'a 2.txt', 'Ärger.txt', 'a 10.txt'],
                                                                             ['a 10.txt', 'Ärger.txt', 'a 2.txt', 'b.txt'],
                                                                             ['Ärger.txt', 'a 10.txt', 'a 2.txt', 'b.txt']))

    def test_hidden_files(self):
        with Window(self.folder) as window:
            window.expect_rows(self.rows)
            window.keys('ctrl+h')
            wait_for('the hidden file', lambda: any(row.startswith('.secret') for row in window.rows()))
            window.keys('ctrl+h')
            window.expect_rows(self.rows)

    def test_tabs(self):
        with Window(self.folder) as window:
            window.expect_rows(self.rows)
            window.keys('i')
            wait_for('the selection', window.selected)
            window.keys('ctrl+Return')
            window.keys('ctrl+Page_Down')
            window.expect_rows(['deep.txt'])
            window.keys('ctrl+w')
            window.expect_rows(self.rows)
            window.keys('ctrl+shift+t')
            window.expect_rows(['deep.txt'])
            window.keys('ctrl+t', 'ctrl+w', 'ctrl+w', 'ctrl+w')
            self.assertEqual(window.process.wait(5), 0)

    def test_location_entry_completes(self):
        with Window(self.folder) as window:
            window.expect_rows(self.rows)
            window.keys('ctrl+l')
            window.type(f'{self.folder}/inn')
            window.expect_text('Completions')
            window.keys('Tab', 'Return')
            window.expect_rows(['deep.txt'])

    def test_follows_changes(self):
        with Window(self.folder) as window:
            window.expect_rows(self.rows)
            (self.folder / 'c.txt').write_text('')
            window.expect_rows(self.rows + ['c.txt'])
            (self.folder / 'c.txt').unlink()
            window.expect_rows(self.rows)
            shutil.rmtree(self.folder)
            window.expect_text('deleted, renamed or disconnected')

    def test_the_focus_stays_when_the_folder_goes(self):
        inner = self.folder / 'inner'
        with Window(inner) as window:
            window.expect_rows(['deep.txt'])
            window.keys('Down')
            window.expect_focus('deep.txt')
            (inner / 'deep.txt').unlink()
            window.expect_focus('Folder Is Empty')
            (inner / 'again.txt').write_text('')
            window.expect_focus('again.txt')
            (inner / 'again.txt').unlink()
            window.expect_focus('Folder Is Empty')
            inner.rmdir()
            window.expect_focus('Folder Is Gone')
            window.keys('BackSpace')
            window.expect_rows([row for row in self.rows if row != 'inner'])

    def test_a_dialog_keeps_the_keys(self):
        """What came up behind one could neither be used nor be closed, and then the dialog couldn't either."""
        with Window(self.folder) as window:
            window.expect_rows(self.rows)
            window.keys('alt+Return')
            window.expect_text('Properties')
            # What comes up behind it or in front of it, and what takes the focus.
            window.keys('F10', 'ctrl+shift+n', 'ctrl+shift+o', 'ctrl+question', 'alt+Return')
            window.keys('ctrl+2', 'ctrl+1', 'ctrl+f', 'ctrl+l', 'ctrl+t', 'Escape')
            wait_for('the dialog to go', lambda: not window.has_text('Properties'))
            self.assertFalse(window.has_text('Close Tab'))
            window.keys('b')
            wait_for('the focus to be back', lambda: [n.split(',')[0] for n in window.selected()] == ['b.txt'])
            window.keys('alt+Return')
            window.expect_text('Properties')
            window.keys('ctrl+2', 'ctrl+q')
            self.assertEqual(window.process.wait(5), 0)

    def test_a_dialog_closes_the_menu_that_was_open(self):
        """It comes when the plan is there, before the menu or after."""
        info = os.statvfs(self.folder)
        size = min(info.f_blocks * info.f_frsize // 10, 64 << 30) + (64 << 20)  # more than is kept on a volume
        if info.f_bavail * info.f_frsize < size + (1 << 30) \
                or subprocess.run(['fallocate', '-l', str(size), self.folder / 'large'], capture_output=True, check=False).returncode != 0:
            self.skipTest('needs room, and a file system that gives it at once')
        with Window(self.folder) as window:
            wait_for('the rows', window.rows)
            window.keys('l')
            wait_for('a selection', window.selected)
            window.keys('shift+Delete', 'F10')
            window.expect_text('Delete “large” for Good?')
            wait_for('the menu to go', lambda: not window.menu_items())
            window.keys('Escape')
            wait_for('the dialog to go', lambda: not window.has_text('Delete “large” for Good?'))
            window.keys('i', 'Return')
            window.expect_rows(['deep.txt'])

    def test_a_question_waits_for_a_dialog(self):
        def call(name, arguments=None):
            return Gio.bus_get_sync(Gio.BusType.SESSION).call_sync(
                'org.thaw.Files', '/org/thaw/Files/Operations', 'org.thaw.Files.Operations1', name, arguments, None,
                Gio.DBusCallFlags.NO_AUTO_START, 5000).unpack()
        (self.folder / 'inner' / 'b.txt').write_text('old')
        request = {'kind': GLib.Variant('s', 'copy'), 'sources': GLib.Variant('as', [(self.folder / 'b.txt').as_uri()]),
                   'target': GLib.Variant('s', (self.folder / 'inner').as_uri())}
        with Window(self.folder) as window:
            window.expect_rows(self.rows)
            wait_for('the name on the bus', lambda: call('List'))
            window.keys('alt+Return')
            window.expect_text('Properties')
            call('Submit', GLib.Variant('(a{sv}a{sv})', (request, {'can-ask': GLib.Variant('b', True)})))
            wait_for('the question', lambda: [facts['state'] for _, facts in call('List')[0]] == ['asking'])
            wait_for('the button', lambda: window.has_text('An operation needs an answer'))
            self.assertFalse(window.has_text('There is already “'))
            window.keys('Escape')
            wait_for('the dialog to go', lambda: not window.has_text('Properties'))
            window.expect_text('There is already “b.txt”')
            window.keys('Escape')
            wait_for('the question to go', lambda: not window.has_text('There is already “'))

    def test_a_narrow_window_has_room_for_its_header(self):
        """With all that comes into it: the button of the operations, and the entry for the place."""
        said = (self.folder.parent / 'said').open('w+')
        self.addCleanup(said.close)
        with Window(self.folder, stderr=said) as window:
            window.expect_rows(self.rows)
            window.keys('b', 'ctrl+shift+d')
            window.expect_text('Operations')
            subprocess.run(['xdotool', 'getactivewindow', 'windowsize', '--sync', '360', '480'], check=True)
            window.expect_text('Parent Folder')
            window.keys('ctrl+l')
            window.expect_focus('Location')
            window.type('/')
        said.seek(0)
        self.assertNotIn('exceeds', said.read())

    def test_what_comes_late_leaves_the_entry_its_focus(self):
        with Window(self.folder) as window:
            window.expect_rows(self.rows)
            window.keys('ctrl+f')
            window.type('qq')
            window.expect_text('No Match')
            (self.folder / 'qq.txt').write_text('')
            window.expect_rows(['qq.txt'])
            window.type('z')
            window.expect_text('No Match')

    def test_an_empty_folder_has_its_menu(self):
        empty = self.folder / 'empty'
        empty.mkdir()
        with Window(empty) as window:
            window.expect_focus('Folder Is Empty')
            window.keys('shift+F10')
            wait_for('the menu', window.menu_items)
            window.keys('Escape')
            wait_for('the menu to close', lambda: not window.menu_items())
            window.expect_focus('Folder Is Empty')
            window.click('Folder Is Empty', 3)
            wait_for('the menu', window.menu_items)

    def test_selects_all_and_inverts(self):
        with Window(self.folder) as window:
            window.expect_rows(self.rows)
            window.keys('ctrl+a')
            window.expect_text('5 of 5 items selected')
            window.keys('ctrl+shift+i')
            window.expect_text('5 items')

    def test_keys_of_gtk_inspector_are_ours(self):
        """Duplicate and Invert Selection; where they mean nothing they do nothing."""
        with Window(self.folder) as window:
            window.expect_rows(self.rows)
            window.keys('ctrl+l', 'ctrl+shift+d', 'ctrl+shift+i', 'Escape', 'ctrl+a')
            window.expect_text('5 of 5 items selected')
            self.assertEqual(window.application.get_child_count(), 1)

    def test_other_view(self):
        with Window('--view', 'grid', self.folder) as window:
            window.expect_rows(self.rows)
            window.keys('ctrl+1')
            window.expect_rows(self.rows)

    def test_a_file_shows_its_folder(self):
        with Window(self.folder / 'b.txt') as window:
            window.expect_rows(self.rows)
            window.expect_title('place')
            wait_for('the file', lambda: [n.split(',')[0] for n in window.selected()] == ['b.txt'])

    def test_missing_folder(self):
        with Window(self.folder / 'nowhere') as window:
            window.expect_text('Folder Not Found')
            window.expect_text(str(self.folder / 'nowhere'))
            window.activate('Go to Parent Folder')
            window.expect_rows(self.rows)

    def test_not_a_folder(self):
        with Window(self.folder / 'b.txt' / 'below') as window:
            window.expect_text('Not a Folder')
            window.expect_text('below” is not a folder')
            (self.folder / 'b.txt').unlink()
            (self.folder / 'b.txt' / 'below').mkdir(parents=True)
            window.activate('Try Again')
            window.expect_text('Folder Is Empty')

    @unittest.skipIf(os.geteuid() == 0, 'root may read everything')
    def test_no_permission(self):
        (self.folder / 'inner').chmod(0)
        try:
            with Window(self.folder / 'inner') as window:
                window.expect_text('No Permission')
        finally:
            (self.folder / 'inner').chmod(stat.S_IRWXU)

    def test_empty_folder(self):
        empty = self.folder / 'empty'
        empty.mkdir()
        (empty / '.hidden').write_text('')
        with Window(empty) as window:
            window.expect_text('Folder Is Empty')
            window.expect_text('1 hidden file')
            window.activate('Show Hidden Files')
            window.expect_rows(['.hidden'])

    def test_a_thousand_entries(self):
        many = self.folder / 'many'
        many.mkdir()
        for i in range(1000):
            (many / f'file {i}').write_text('')
        with Window(many) as window:
            window.expect_text('1000 items' if not any(',' in n for n in window.names() if 'items' in n) else '1,000 items')
            window.type('file 99')
            wait_for('file 99', lambda: [n.split(',')[0] for n in window.selected()] == ['file 99'])

    def test_remembers(self):
        with Window(self.folder) as window:
            window.expect_rows(self.rows)
            window.keys('ctrl+h')
            wait_for('the hidden file', lambda: any(row.startswith('.secret') for row in window.rows()))
            window.keys('ctrl+q')
            self.assertEqual(window.process.wait(5), 0)
        with Window(self.folder) as window:
            wait_for('the hidden file', lambda: any(row.startswith('.secret') for row in window.rows()))
            window.keys('ctrl+h')
            window.expect_rows(self.rows)
            window.keys('ctrl+q')
            self.assertEqual(window.process.wait(5), 0)

    def test_groups(self):
        with Window(self.folder) as window:
            window.expect_rows(self.rows)
            window.keys('ctrl+shift+g')
            window.expect_rows(['Folders', 'inner', 'A', 'a 2.txt', 'a 10.txt', 'Ärger.txt', 'B', 'b.txt'])
            window.expect_text('5 items')
            window.keys('Home', 'Down', 'Down')
            window.expect_focus('a 10.txt')
            window.keys('ctrl+2')
            window.expect_text('A, 3 items')
            window.keys('ctrl+q')
            self.assertEqual(window.process.wait(5), 0)
        with Window(self.folder) as window:
            window.expect_text('A, 3 items')
            window.keys('ctrl+shift+g')
            window.expect_rows(self.rows)

    def test_a_view_has_settings_in_the_menu(self):
        with Window(self.folder) as window:
            window.expect_rows(self.rows)
            window.keys('ctrl+5')
            window.expect_focus('inner')
            button = [node for node in window.nodes() if node.get_name() == 'How Folders Are Shown'
                      and node.get_role() == Atspi.Role.TOGGLE_BUTTON][0]
            button.do_action(0)
            window.expect_text('Show As')
            window.keys('a')  # Show N_ames
            wait_for('the menu to go', lambda: not window.has_text('Show As'))
            window.keys('ctrl+1')
            window.expect_rows(self.rows)
            window.keys('ctrl+q')
            self.assertEqual(window.process.wait(5), 0)
        state = self.folder.parent / 'state' / 'thaw-files' / 'state.ini'
        self.assertIn('names=0', state.read_text())

    def test_a_second_process_hands_over(self):
        with Window(self.folder) as window:
            window.expect_rows(self.rows)

            def hand_over():
                subprocess.run([PROGRAM, self.folder / 'inner'], timeout=3, check=True)
                return True
            wait_for('the name on the bus', lambda: b'org.thaw.Files' in subprocess.run(
                ['dbus-send', '--session', '--print-reply', '--dest=org.freedesktop.DBus', '/',
                 'org.freedesktop.DBus.ListNames'], capture_output=True).stdout)
            hand_over()
            wait_for('a second window', lambda: window.application.get_child_count() == 2)


class BadArguments(unittest.TestCase):
    def check(self, *arguments):
        result = subprocess.run([PROGRAM, *arguments], capture_output=True, text=True, timeout=10)
        self.assertEqual(result.returncode, 2, result)
        self.assertEqual(len(result.stderr.splitlines()), 1, result.stderr)
        return result.stderr

    def test_bad_arguments_get_one_line(self):
        self.assertIn('--nonsense', self.check('--nonsense'))
        self.assertIn('nowhere', self.check('--view', 'nowhere', '/'))
        self.assertIn('file:///%zz', self.check('file:///%zz'))
        self.check('--view')
        self.check('')

    def test_version(self):
        result = subprocess.run([PROGRAM, '--version'], capture_output=True, text=True, timeout=10)
        self.assertEqual(result.returncode, 0)
        self.assertRegex(result.stdout, r'^thaw-files \d+\.\d+')


if __name__ == '__main__':
    unittest.main(verbosity=2)
