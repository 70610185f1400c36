# SPDX-License-Identifier: GPL-3.0-or-later
"""Files in folders that are expanded in the list, in the real program: what is done to them is done to them, and not to what
has the same name in the folder around them."""

import shutil
import tempfile
import unittest
from pathlib import Path

from window import PatientTestCase, wait_for, Window


class TreeTest(PatientTestCase):
    def setUp(self):
        self.top = Path(tempfile.mkdtemp(prefix='thaw-tree-'))
        self.addCleanup(shutil.rmtree, self.top, ignore_errors=True)
        self.folder = self.top / 'place'
        for name in ('inner/deep/bottom', 'inner/a', 'inner/b', 'other/c', 'a', 'b'):
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(name)
        self.env = env = {}
        for name in ('XDG_STATE_HOME', 'XDG_DATA_HOME', 'XDG_CONFIG_HOME'):
            (self.top / name).mkdir()
            env[name] = str(self.top / name)
        self.window = Window(self.folder, env=env)
        self.addCleanup(self.window.__exit__)
        self.window.expect_rows(['inner', 'other', 'a', 'b'])
        self.window.keys('Home')
        wait_for('the first to be selected', lambda: [n.split(',')[0] for n in self.window.selected()] == ['inner'])
        self.window.keys('Right')
        self.window.expect_rows(['inner', 'deep', 'a', 'b', 'other', 'a', 'b'])

    def go_to(self, position):
        self.window.keys('Home', *['Down'] * position)
        names = [row.split(',')[0] for row in self.window.rows()]
        wait_for('one to be selected', lambda: [n.split(',')[0] for n in self.window.selected()] == [names[position]])

    def contents(self):
        return sorted(str(p.relative_to(self.folder)) for p in self.folder.rglob('*') if p.is_file())

    def expect_contents(self, *names):
        wait_for(f'{names}', lambda: self.contents() == sorted(names))

    def test_is_expanded_again(self):
        """In the same window and at the next start; what the user has collapsed isn't."""
        self.go_to(1)
        self.window.keys('Right')
        rows = ['inner', 'deep', 'bottom', 'a', 'b', 'other', 'a', 'b']
        self.window.expect_rows(rows)
        self.window.keys('End', 'alt+Up')
        wait_for('the folder above', lambda: 'place' in [row.split(',')[0] for row in self.window.rows()])
        self.window.keys('alt+Left')
        self.window.expect_rows(rows)
        state = Path(self.env['XDG_STATE_HOME']) / 'thaw-files' / 'state.ini'
        wait_for('it to be written', lambda: state.exists() and 'inner/deep' in state.read_text())
        self.window.__exit__()
        with Window(self.folder, env=self.env) as window:
            window.expect_rows(rows)
            window.keys('Home')
            wait_for('the first', lambda: [n.split(',')[0] for n in window.selected()] == ['inner'])
            window.keys('Left')
            window.expect_rows(['inner', 'other', 'a', 'b'])
            wait_for('it to be written', lambda: 'expanded=inner' not in state.read_text())
        with Window(self.folder, env=self.env) as window:
            window.expect_rows(['inner', 'other', 'a', 'b'])

    def test_renames_where_it_is(self):
        self.go_to(2)
        self.window.keys('F2')
        self.window.expect_text('Name of the File')
        self.window.type('b')
        self.window.expect_text('Something here has this name already')
        self.window.type('ottom')
        self.window.keys('Return')
        self.expect_contents('inner/deep/bottom', 'inner/bottom', 'inner/b', 'other/c', 'a', 'b')
        self.assertEqual((self.folder / 'inner/bottom').read_text(), 'inner/a')
        self.window.expect_rows(['inner', 'deep', 'b', 'bottom', 'other', 'a', 'b'])
        self.window.keys('ctrl+z')
        self.expect_contents('inner/deep/bottom', 'inner/a', 'inner/b', 'other/c', 'a', 'b')

    def test_deletes_in_several_folders(self):
        """What is in a folder that is selected too is not deleted twice."""
        self.go_to(1)
        self.window.keys('Right')
        self.window.expect_rows(['inner', 'deep', 'bottom', 'a', 'b', 'other', 'a', 'b'])
        self.window.keys('shift+Down', 'shift+Down')  # deep, bottom, inner/a
        self.window.keys('ctrl+Down', 'ctrl+Down', 'ctrl+Down', 'ctrl+space')  # a
        wait_for('four to be selected', lambda: len(self.window.selected()) == 4)
        self.window.keys('shift+Delete')
        self.expect_contents('inner/b', 'other/c', 'b')
        self.window.expect_rows(['inner', 'b', 'other', 'b'])

    def test_copies_and_pastes(self):
        self.go_to(3)
        self.window.keys('ctrl+c')
        self.window.expect_text('1 item is ready to be pasted')
        self.go_to(4)
        self.window.keys('Return')
        self.window.expect_rows(['c'])
        self.window.keys('ctrl+v')
        self.expect_contents('inner/deep/bottom', 'inner/a', 'inner/b', 'other/b', 'other/c', 'a', 'b')
        self.assertEqual((self.folder / 'other/b').read_text(), 'inner/b')

    def test_other_views_are_flat(self):
        self.go_to(2)
        self.window.keys('ctrl+2')
        self.window.expect_rows(['inner', 'other', 'a', 'b'])
        self.window.keys('ctrl+1')
        self.window.expect_rows(['inner', 'deep', 'a', 'b', 'other', 'a', 'b'])

    def test_status_counts_files(self):
        self.window.expect_text('7 items')
        (self.folder / 'hollow').mkdir()
        self.window.expect_rows(['hollow', 'inner', 'deep', 'a', 'b', 'other', 'a', 'b'])
        self.window.keys('Home', 'Right')
        self.window.expect_rows(['hollow', 'Empty', 'inner', 'deep', 'a', 'b', 'other', 'a', 'b'])
        self.window.keys('ctrl+a')
        self.window.expect_text('8 of 8 items selected')


if __name__ == '__main__':
    unittest.main(verbosity=2)
