# SPDX-License-Identifier: GPL-3.0-or-later
"""A file system that stops answering: the window says what is silent and since when, and goes on."""

import unittest

from faultfs import FaultFs, needs_faultfs
from window import Window, wait_for


@needs_faultfs
class HangTest(unittest.TestCase):
    def setUp(self):
        fault = FaultFs(self)
        self.mount, self.order = fault.mount, fault.order
        (fault.real / 'inner').mkdir()
        for name in ('a', 'b'):
            (fault.real / name).write_text('')

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
