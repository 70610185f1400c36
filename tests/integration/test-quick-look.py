# SPDX-License-Identifier: GPL-3.0-or-later
"""Quick look in the real program: by keys and what a screen reader reads, over harmless and harmful files."""

import os
import shutil
import tempfile
import unittest
from pathlib import Path

from faultfs import FaultFs, needs_faultfs
from window import PatientTestCase, wait_for, Window


class QuickLookTest(PatientTestCase):
    def setUp(self):
        self.folder = Path(tempfile.mkdtemp(prefix='thaw-look-'))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def test_keys(self):
        for name in ('a', 'b', 'c'):
            (self.folder / f'{name}.txt').write_text(f'this is {name}\n')
        with Window(self.folder) as window:
            window.expect_rows(['a.txt', 'b.txt', 'c.txt'])
            window.keys('Down', 'Home', 'space')
            window.expect_text('1 of 3')
            window.keys('Right')
            window.expect_text('2 of 3')
            window.keys('Down')
            window.expect_text('3 of 3')
            window.keys('Right')
            window.keys('Left')
            window.expect_text('2 of 3')
            window.keys('space')
            wait_for('it is closed', lambda: not window.has_text('2 of 3'))
            self.assertEqual([name.split(',')[0] for name in window.selected()], ['b.txt'])
            window.keys('space')
            window.expect_text('2 of 3')
            window.keys('Escape')
            wait_for('it is closed', lambda: not window.has_text('2 of 3'))

    def test_bad_files(self):
        (self.folder / 'a.png').write_bytes(b'\x89PNG\r\n\x1a\nnothing of the kind')
        os.mkfifo(self.folder / 'b.pdf')
        (self.folder / 'c.zip').write_bytes(b'PK\3\4 nonsense')
        (self.folder / 'd.txt').write_text('fine')
        with Window(self.folder) as window:
            window.expect_rows(['a.png', 'b.pdf', 'c.zip', 'd.txt'])
            window.keys('Down', 'Home', 'space')
            window.expect_text('“a.png” can’t be shown')
            window.keys('Right')
            window.expect_text('“b.pdf” can’t be shown')
            window.keys('Right')
            window.expect_text('“c.zip” can’t be shown')
            window.keys('Right')
            window.expect_text('4 of 4')
            wait_for('the text', lambda: not window.has_text('can’t be shown'))

    @needs_faultfs
    def test_a_file_that_hangs(self):
        fault = FaultFs(self)
        for name in ('a.txt', 'b.txt'):
            (fault.real / name).write_text('hello')
        with Window(fault.mount) as window:
            window.expect_rows(['a.txt', 'b.txt'])
            fault.order('add op=open path=a.txt hang')
            window.keys('Down', 'Home', 'space')
            window.expect_text('takes long to read')
            fault.order('clear')
            window.keys('Right')
            window.expect_text('2 of 2')
            fault.order('release')
            window.keys('Escape')


if __name__ == '__main__':
    unittest.main(verbosity=2)
