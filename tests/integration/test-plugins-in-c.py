# SPDX-License-Identifier: GPL-3.0-or-later
"""Plugins in C that do what they must not, in the real window. What hangs, leaks or talks nonsense is named, and the
window goes on; what ends the program is named at the next start, and what was open is open again."""

import os
import unittest
from pathlib import Path

from plugin_tools import Pings, PING_SECONDS, PluginTestCase, ROUNDS
from window import wait_for


class PluginsInCTest(PluginTestCase):
    def test_bad_ones_are_named_and_the_window_goes_on(self):
        bad = ['c_sleeps', 'c_loops', 'c_late', 'c_rubbish']
        with self.window('good_c', *bad) as window:
            pings = Pings(window)
            window.expect_text('C is well')
            window.expect_text('a.txt, Plain text document, 5 bytes')
            wait_for('all of them to be out', lambda: set(self.states()) >= set(bad), 20)
            longest = pings.stop()
            print(f'# {pings.n} pings, the longest {longest * 1000:.1f} ms')
            self.assertLess(longest, PING_SECONDS)
            states = self.states()
            for name in bad:
                self.assertTrue(states[name].startswith(f'out “{name}”'), states)
            self.assertIn('make no sense', states['c_rubbish'])
            self.assertIn("doesn't answer", states['c_loops'])
            self.assertNotIn('good_c', states)
            wait_for('what the good one says', lambda: any(', seen by C' in row for row in window.rows()))

    def test_one_that_eats_memory_is_out_at_once(self):
        with self.window('c_leaks') as window:
            window.expect_text('“c_leaks” uses too much memory; it was turned off')

    def start_and_end(self, name, act=None):
        """The window may be gone before anything of it has been seen."""
        with self.window('good_c', name, waits=act is not None) as window:
            if act is not None:
                act(window)
            wait_for('the program to end', lambda: window.process.poll() is not None)
            self.assertNotEqual(window.process.returncode, 0)

    def expect_blame(self, window, name):
        window.expect_text(f'“{name}” was turned off because Thaw Files crashed while it ran')
        window.expect_text('C is well')
        wait_for('it to be remembered', lambda: self.states().get(name, '').startswith('out '))
        self.assertNotIn('good_c', self.states())

    def test_one_that_crashes_in_a_widget_is_named_and_tabs_are_back(self):
        (self.folder / 'second').mkdir()

        def explode(window):
            window.expect_rows(['second', 'a.txt', 'b.txt'])
            window.keys('Home', 'ctrl+Return')
            wait_for('a tab', lambda: window.has_text('second'))
            self.choose(window, 'z')
            state = self.state / 'thaw-files' / 'state.ini'
            wait_for('the tabs to be written', lambda: state.exists() and state.read_text().count('[tab ') == 2)
            window.activate('Explode')

        self.start_and_end('c_explodes', explode)
        with self.window() as window:
            self.expect_blame(window, 'c_explodes')
            wait_for('the tab to be back', lambda: window.has_text('second'))
            window.activate('Turn On Again')
            wait_for('it to be on', lambda: self.states().get('c_explodes') == 'on')

    def test_one_that_crashes_is_named_at_the_next_start(self):
        """By a bad address; the other ways to end with more rounds."""
        names = ['c_crashes', 'c_exits', 'c_aborts', 'c_recurses', 'c_dies_at_once']
        for name in names if ROUNDS >= 100 else names[:1]:
            with self.subTest(name):
                self.start_and_end(name)
                with self.window() as window:
                    self.expect_blame(window, name)
                (self.plugins / f'{name}.plugin').unlink()

    def test_a_kill_is_nobodys_fault(self):
        with self.window('good_c') as window:
            window.expect_text('C is well')
            window.process.kill()
            window.process.wait()
        with self.window() as window:
            window.expect_text('C is well')
            self.assertFalse(window.has_text('crashed while'))
            self.assertEqual(self.states(), {})

    def test_reloaded_a_hundred_times(self):
        rounds = max(ROUNDS // 2, 3) if ROUNDS < 100 else ROUNDS
        with self.window('good_c') as window:
            window.expect_text('C is well')
            process = Path(f'/proc/{window.process.pid}')

            def resident():
                return int((process / 'statm').read_text().split()[1]) * 4096

            self.turn(window, 'good_c')
            wait_for('it to be off', lambda: not window.has_text('C is well'))
            for i in range(rounds):
                self.turn(window, 'good_c')
                window.expect_text('C is well')
                window.activate('Reload')
                self.turn(window, 'good_c')
                wait_for('it to be off', lambda: not window.has_text('C is well'))
                if i == rounds // 4:
                    before, n_threads = resident(), len(os.listdir(process / 'task'))
            grown = (resident() - before) / (rounds - rounds // 4)
            n_threads = len(os.listdir(process / 'task')) - n_threads
            print(f'# {grown / 1024:.1f} KiB a round, {n_threads} threads more')
            self.assertLess(grown, 400 * 1024)
            self.assertLessEqual(n_threads, 2)


if __name__ == '__main__':
    unittest.main(verbosity=2)
