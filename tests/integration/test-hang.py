# SPDX-License-Identifier: GPL-3.0-or-later
"""A file system that stops answering: the window says what is silent and since when, and goes on."""

import os
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

from window import Window, wait_for

FAULTFS = os.environ.get('THAW_FAULTFS', '')


@unittest.skipUnless(os.access(FAULTFS, os.X_OK) and os.access('/dev/fuse', os.W_OK), 'needs faultfs and FUSE')
class HangTest(unittest.TestCase):
    def setUp(self):
        self.scratch = Path(tempfile.mkdtemp(prefix='thaw-hang-'))
        self.real, self.mount = self.scratch / 'real', self.scratch / 'mnt'
        for folder in (self.real / 'inner', self.mount):
            folder.mkdir(parents=True)
        for name in ('a', 'b'):
            (self.real / name).write_text('')
        self.server = subprocess.Popen([FAULTFS, '-f', self.real, self.mount], stderr=subprocess.DEVNULL)
        wait_for('the mount', self.mount.is_mount)
        self.addCleanup(self.clean_up)

    def clean_up(self):
        try:
            self.order('release')
        except OSError:
            pass
        subprocess.run(['fusermount3', '-uz', self.mount], check=False)
        self.server.terminate()
        self.server.wait(10)
        shutil.rmtree(self.scratch, ignore_errors=True)

    def order(self, text):
        (self.mount / '.faultfs').write_text(text + '\n')

    def test_a_folder_that_hangs(self):
        self.order('add op=opendir path=* hang')
        with Window(self.mount) as window:
            window.expect_text('Still Waiting')
            window.expect_text(f'{self.mount}')
            window.expect_text('has not answered since')
            window.keys('ctrl+l')
            window.type('/usr')
            window.keys('Escape')
            window.activate('Cancel')
            window.expect_text('Stopped')
            self.order('clear')
            self.order('release')
            window.activate('Try Again')
            window.expect_rows(['inner', 'a', 'b'])

    def test_it_comes_back_by_itself(self):
        self.order('add op=opendir path=* hang')
        with Window(self.mount) as window:
            window.expect_text('Still Waiting')
            self.order('clear')
            self.order('release')
            window.expect_rows(['inner', 'a', 'b'])

    def test_others_go_on(self):
        with Window(self.mount) as window:
            window.expect_rows(['inner', 'a', 'b'])
            self.order('add op=opendir path=* hang')
            window.keys('i', 'Return')
            window.expect_text('Still Waiting')
            window.keys('alt+Home')
            wait_for('home', lambda: not window.has_text('Still Waiting'))


if __name__ == '__main__':
    unittest.main(verbosity=2)
