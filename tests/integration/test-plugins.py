# SPDX-License-Identifier: GPL-3.0-or-later
"""Plugins of every bad sort in the real window: none of them keeps it waiting, each is named, and three strikes are
remembered. The window's pings are calls that its own loop answers."""

import os
import subprocess
import unittest
from pathlib import Path

from plugin_tools import EXAMPLES, HEAD, Pings, PING_SECONDS, PluginTestCase, ROUNDS
from window import wait_for

PLUGINS = {
    'sleeps': '''
    def do_activate(self, host):
        host.add_badges(lambda request: time.sleep(5))
        host.add_label(lambda request: time.sleep(5))
''',
    'loops': '''
    def do_activate(self, host):
        host.add_badges(self.loop)
    def loop(self, request):
        while True:
            pass
''',
    'throws': '''
    def do_activate(self, host):
        self.host = host
        host.add_badges(lambda request: 1 / 0)
        host.add_label(self.label)
    def label(self, request):
        self.host.changed(None)
        raise ZeroDivisionError('again')
''',
    'rubbish': '''
    def do_activate(self, host):
        self.host = host
        host.add_badges(lambda request: request.set_badge('no such file', 'x' * 9999, 'y' * 9999))
        host.add_label(self.label)
    def label(self, request):
        self.host.changed(None)
        request.set_label('l' * 9999, '../../etc/passwd')
''',
    'silent': '''
    def do_activate(self, host):
        host.add_badges(lambda request: request.hold())
        host.add_label(lambda request: request.hold())
''',
    'leaks': '''
    def do_activate(self, host):
        host.add_badges(lambda request: hog.append(bytearray(b'x') * (300 << 20)))
''',
    'hangs': '''
    def do_activate(self, host):
        while True:
            time.sleep(0.01)
''',
    'blocks': '''
    def do_activate(self, host):
        host.add_side_panel('slow', '_Zlow Panel', None, self.panel)
    def panel(self, request):
        time.sleep(0.25)
        return Gtk.Label(label='at last')
''',
    'ends': '''
    def do_activate(self, host):
        self.host = host
        host.add_label(self.leave)
    def leave(self, request):
        import os, sys
        self.first = not hasattr(self, 'first')
        self.host.changed(None)
        os._exit(3) if self.first else sys.exit(3)
''',
    'good': '''
    def do_activate(self, host):
        self.host = host
        host.add_label(lambda request: request.set_label('all is well', None))
        host.add_operation('shout', 'Shout', self.shout)
        host.add_menu(Pane.PluginPlace.FILE, self.menu)
        host.add_menu(Pane.PluginPlace.FILE, self.menu)
        host.add_side_panel('panel', 'Good Panel', None, lambda request: Gtk.Label(label='a good panel'))
        host.add_property_page('page', 'Good Page', lambda request: Gtk.Label(label='page of ' + request.get_names()[0]))
    def menu(self, request):
        for name in request.get_names():
            request.add_item('shout', '_Zhout', None)
    def shout(self, request):
        request.say('Shouted at ' + ' and '.join(request.get_names()))
''',
    'late': '''
    def do_activate(self, host):
        host.add_operation('never', 'Never', print)
        host.add_menu(Pane.PluginPlace.FILE, self.menu)
    def menu(self, request):
        time.sleep(0.3)
        request.add_item('never', 'Too late', None)
''',
    'broken': None,
}


class PluginsTest(PluginTestCase):
    plugins_in_python = PLUGINS

    def test_bad_ones_are_named_and_the_window_goes_on(self):
        bad = ['sleeps', 'loops', 'throws', 'rubbish', 'silent', 'ends', 'hangs']
        with self.window('good', *bad) as window:
            pings = Pings(window)
            window.expect_text('all is well')
            wait_for('all of them to be out', lambda: set(self.states()) >= {'bad_' + name for name in bad}, 20)
            longest = pings.stop()
            print(f'# {pings.n} pings, the longest {longest * 1000:.1f} ms')
            self.assertLess(longest, PING_SECONDS)
            states = self.states()
            for name in bad:
                self.assertTrue(states['bad_' + name].startswith('out “' + name.capitalize() + '”'), states)
            self.assertIn('ZeroDivisionError', states['bad_throws'])
            self.assertIn('make no sense', states['bad_rubbish'])
            self.assertIn("doesn't answer", states['bad_loops'])
            self.assertIn('must not end', states['bad_ends'])
            self.assertNotIn('good_one', states)
            window.expect_text('all is well')
            window.keys('a')
            wait_for('the window to obey', lambda: [n.split(',')[0] for n in window.selected()] == ['a.txt'])
        # What is out stays out.
        with self.window() as window:
            window.expect_text('all is well')
            self.choose(window, 'g')
            window.expect_text('Turned off after faults')
            self.assertEqual(set(self.states()), {'bad_' + name for name in bad})

    def test_one_that_blocks_the_loop_is_named(self):
        with self.window('blocks', 'good', THAW_GUARD='') as window:  # it blocks on purpose
            window.expect_text('all is well')
            self.choose(window, 'z')
            window.expect_text('at last')
            window.expect_text('“Blocks” held up the window')
            wait_for('the stall monitor to name it', lambda: any(
                'bad_blocks' in file.read_text() for file in self.state.glob('thaw/stalls-*.txt')))
            window.activate('Turn Off')
            wait_for('the panel to go', lambda: not window.has_text('at last'))
            wait_for('it to be remembered', lambda: self.states().get('bad_blocks') == 'off')

    def test_one_that_eats_memory_is_out_at_once(self):
        with self.window('leaks') as window:
            window.expect_text('“Leaks” uses too much memory')
            window.activate('Turn On Again')
            window.expect_text('“Leaks” uses too much memory; it was turned off')

    def test_one_that_cannot_be_loaded_is_named(self):
        with self.window('broken', 'good') as window:
            window.expect_text('all is well')
            window.expect_text('“Broken” could not be loaded')

    def count_items(self, window):
        window.keys('shift+F10')
        wait_for('the menu', window.menu_items)
        n = len(window.menu_items())
        window.keys('Escape')
        wait_for('the menu to go', lambda: not window.menu_items())
        return n

    def test_menus_have_what_is_there_in_time(self):
        with self.window('late') as window:
            window.expect_rows(['a.txt', 'b.txt'])
            window.keys('a')
            wait_for('the selection', window.selected)
            n = self.count_items(window)
        with self.window('good') as window:
            window.expect_text('all is well')
            window.keys('a')
            wait_for('the selection', window.selected)
            # A machine that is busy with something else may be late once.
            wait_for('one item more', lambda: self.count_items(window) == n + 1)
            self.choose(window, 'z', 'shift+F10')
            window.expect_text('Shouted at a.txt')

    def test_reloaded_a_hundred_times(self):
        """New source counts at once; nothing stays of the old but its Python types."""
        with self.window('good') as window:
            window.expect_text('all is well')
            threads = Path(f'/proc/{window.process.pid}/task')

            def resident():
                return int(Path(f'/proc/{window.process.pid}/statm').read_text().split()[1]) * 4096

            self.choose(window, 'g')
            window.expect_text('Good')
            for i in range(ROUNDS):
                (self.plugins / 'good_one.py').write_text(HEAD + PLUGINS['good'].replace('all is well', f'edition {i}'))
                window.activate('Reload')
                window.expect_text(f'edition {i}')
                if i == ROUNDS // 4:
                    before, n_threads = resident(), len(list(threads.iterdir()))
            grown = (resident() - before) / (ROUNDS - ROUNDS // 4)
            print(f'# {grown / 1024:.1f} KiB a reload, {len(list(threads.iterdir())) - n_threads} threads more')
            # What the allocator keeps by the way counts once, what leaks counts each time.
            self.assertLess(resident() - before, 8 * 1024 * 1024 + (ROUNDS - ROUNDS // 4) * 400 * 1024)
            self.assertLessEqual(len(list(threads.iterdir())), n_threads + 2)

    def test_git(self):
        environment = {**os.environ, 'HOME': str(self.top), 'GIT_CONFIG_GLOBAL': '/dev/null'}
        for command in (['init', '-q', '-b', 'trunk'], ['add', 'a.txt'],
                        ['-c', 'user.name=A', '-c', 'user.email=a@b', 'commit', '-q', '-m', 'one']):
            subprocess.run(['git', *command], cwd=self.folder, env=environment, check=True)
        with self.window(path=EXAMPLES / 'git') as window:
            window.expect_text('trunk')
            subprocess.run(['git', 'checkout', '-q', '-b', 'sprout'], cwd=self.folder, env=environment, check=True)
            window.expect_text('sprout')


if __name__ == '__main__':
    unittest.main(verbosity=2)
