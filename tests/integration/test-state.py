# SPDX-License-Identifier: GPL-3.0-or-later
"""What is remembered, when the disk is full and when the program is killed in the middle of its work."""

import configparser
import os
import shutil
import signal
import subprocess
import tempfile
import unittest
from pathlib import Path

from faultfs import FaultFs, needs_faultfs
from window import PatientTestCase, PROGRAM, wait_for, Window

LAST_STEP = 40  # more changes than writing the file makes


def read_state(folder):
    """The file's text, parsed; fails if it is only half there."""
    parser = configparser.ConfigParser(interpolation=None, comment_prefixes=('#',))
    parser.read_string((folder / 'thaw-files' / 'state.ini').read_text())
    assert parser.has_option('window', 'folders-first'), 'the state file is not whole'
    return parser


def leftovers(folder):
    if not (folder / 'thaw-files').exists():
        return []
    ours = ('state.ini', 'plugin-crashes')
    return [name for name in os.listdir(folder / 'thaw-files') if name not in ours]


class PlaceTest(PatientTestCase):
    def setUp(self):
        self.folder = Path(tempfile.mkdtemp(prefix='thaw-state-')) / 'place'
        self.folder.mkdir()
        for name in ('.hidden', 'a', 'b'):
            (self.folder / name).write_text('')
        self.addCleanup(shutil.rmtree, self.folder.parent, ignore_errors=True)


@needs_faultfs
class StateTest(PlaceTest):
    def setUp(self):
        super().setUp()
        self.fault = FaultFs(self)
        self.state = self.fault.mount

    def open(self):
        return Window(self.folder, env={'XDG_STATE_HOME': str(self.state)})

    def test_a_full_disk_is_said_once_and_loses_nothing(self):
        with self.open() as window:
            window.expect_rows(['a', 'b'])
            window.keys('ctrl+h')
            wait_for('the first state', lambda: (self.state / 'thaw-files' / 'state.ini').exists()
                     and read_state(self.state)['window']['show-hidden'] == 'true'
                     and 'tab 0' in read_state(self.state))
            before = read_state(self.state)
            self.fault.order('add op=write path=*/state.ini.* errno=ENOSPC count=-1')
            window.keys('ctrl+2')
            window.expect_text('The disk is full')
            window.expect_text(f'{self.state}/thaw-files/state.ini')
            window.activate('Dismiss')
            wait_for('the banner to go', lambda: not window.has_text('Dismiss'))
            tried = self.fault.n_hits()
            window.keys('ctrl+1', 'ctrl+2')
            window.expect_rows(['.hidden', 'a', 'b'])
            wait_for('another try', lambda: self.fault.n_hits() > tried)
            self.assertFalse(window.has_text('Dismiss'), 'it is said again')
            self.assertEqual(read_state(self.state), before)
            self.assertEqual(leftovers(self.state), [])
            self.fault.order('clear')
            window.keys('ctrl+q')
            self.assertEqual(window.process.wait(5), 0)
        self.assertEqual(read_state(self.state)['folder 0']['view'], 'grid')

    def test_killed_at_any_step_of_writing(self):
        """Before the first change that writing makes, before the second, … until it is done."""
        littered = 0
        for step in range(1, LAST_STEP):
            with self.subTest(step=step), self.open() as window:
                wait_for('rows', lambda: len(window.rows()) >= 2)
                known = (self.state / 'thaw-files' / 'state.ini').exists()
                if known:
                    self.assertEqual(leftovers(self.state), [])
                self.fault.order(f'add op=mutate path=*thaw-files* nth={step} kill')
                window.keys('ctrl+h')
                window.keys('ctrl+q')
                status = window.process.wait(10)
                if (self.state / 'thaw-files' / 'state.ini').exists():
                    read_state(self.state)
                else:
                    self.assertFalse(known, 'the state file is gone')
                self.fault.order('clear')
                littered += len(leftovers(self.state))
                if status == 0:
                    break
                self.assertEqual(status, -signal.SIGKILL)
        else:
            self.fail(f'never written in {LAST_STEP} steps')
        self.assertGreater(littered, 0, 'nothing was ever left behind: what is tested here?')
        with self.open() as window:
            wait_for('rows', lambda: len(window.rows()) >= 2)
            self.assertEqual(leftovers(self.state), [])


class LoadingTest(PlaceTest):
    N_FILES = 100_000

    def kill_at(self, mark, folder):
        trace = self.folder.parent / f'trace-{mark}'
        process = subprocess.Popen([PROGRAM, folder], env={**os.environ, 'THAW_TRACE_START': str(trace)})
        wait_for(mark, lambda: trace.exists() and f'{mark} ' in trace.read_text())
        process.kill()
        self.assertEqual(process.wait(10), -signal.SIGKILL)

    def test_killed_while_it_loads(self):
        many = self.folder / 'many'
        many.mkdir()
        descriptor = os.open(many, os.O_RDONLY | os.O_DIRECTORY)
        for i in range(self.N_FILES):
            os.close(os.open(f'file {i}', os.O_CREAT | os.O_WRONLY, dir_fd=descriptor))
        os.close(descriptor)
        for mark in ('window', 'rows', 'frame'):
            self.kill_at(mark, many)
        with Window(many) as window:
            wait_for('all of it', lambda: window.has_text('100000 items') or window.has_text('100,000 items'))
            window.keys('alt+Up')
            window.expect_rows(['many', 'a', 'b'])
            window.keys('ctrl+q')
            self.assertEqual(window.process.wait(5), 0)


if __name__ == '__main__':
    unittest.main(verbosity=2)
