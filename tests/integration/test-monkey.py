# SPDX-License-Identifier: GPL-3.0-or-later
"""A random user at the real window, on a hostile tree that others change meanwhile. Whatever the monkey does, the program neither
ends, nor hangs, nor says anything critical, and it goes when it is told to. With a sanitizer this finds what no one thought of.

Short by itself, and of one seed. By hand: THAW_MONKEY_SEED=… THAW_MONKEY_STEPS=… [THAW_MONKEY_FAULTS=1, a folder of a
file system that hangs is in the tree]; a failure says the seed and what was done last. The same seed does the same again, at other
moments, so that what hangs on those may want several runs. THAW_MONKEY_VERBOSE=1 says each action
before it is done; THAW_MONKEY_STRICT=1 counts warnings, leaks and a ctrl+q that is not heard too, and THAW_MONKEY_GOES_ON=1 only
says what is critical and goes on."""

import os
import random
import re
import subprocess
import time
import unittest
from pathlib import Path

import gi

gi.require_version('Atspi', '2.0')
from gi.repository import Atspi, Gio, GLib  # noqa: E402

from faultfs import FAULTFS, FaultFs
from monkey import contain, disturb, environment, next_action, plant
from window import PROGRAM, is_showing, wait_for, walk

SEED = int(os.environ.get('THAW_MONKEY_SEED') or 7)
STEPS = int(os.environ.get('THAW_MONKEY_STEPS') or 15)
GOES_ON = bool(os.environ.get('THAW_MONKEY_GOES_ON'))
STRICT = bool(os.environ.get('THAW_MONKEY_STRICT'))
N_SHOWN = 30
ANSWER_SECONDS = 30  # a sanitized program on a busy machine, and the wait for it isn't for one call alone
SANITIZER = re.compile(r'runtime error|(Address|Leak|Thread)Sanitizer')
BAD = re.compile(SANITIZER.pattern + ('|CRITICAL|assertion|WARNING|^ +#' if STRICT else '|CRITICAL|assertion'))
FAULTS = ['op=opendir path=* hang', 'op=lookup,getattr path=inner* hang', 'op=read path=* hang', 'op=readdir path=* errno=EIO',
          'op=any path=* delay=300', 'op=mutate path=* errno=ENOSPC', 'op=lookup path=* unlink']


class Monkey:
    def __init__(self, top, seed):
        self.top, self.home = top, top / 'home'
        self.random = random.Random(seed)
        self.environment = environment(top)
        self.environment.pop('G_DEBUG', None)
        if not STRICT:  # GTK keeps what it was asked for and has not got yet, as of a clipboard
            self.environment['ASAN_OPTIONS'] = self.environment.get('ASAN_OPTIONS', '') + ':detect_leaks=0'
        self.done = []
        self.n_started = self.n_lines = 0
        self.process = self.application = self.said = None

    def start(self):
        self.n_started += 1
        self.said = self.top / f'stderr.{self.n_started}'
        self.n_lines = 0
        # Without a capability root gets no further than its files' modes let it.
        with self.said.open('w') as said:
            self.process = subprocess.Popen(['setpriv', '--bounding-set=-all', '--inh-caps=-all', PROGRAM, self.home],
                                            env=self.environment, cwd=self.home, stderr=said)
        self.application = wait_for('the application', self.find, 60)

    def find(self):
        self.check_alive()
        desktop = Atspi.get_desktop(0)
        for i in range(desktop.get_child_count()):
            application = desktop.get_child_at_index(i)
            if application and application.get_process_id() == self.process.pid and application.get_child_count() > 0:
                return application
        return None

    def trouble(self):
        """What it has said since the last time, from the first that is bad on."""
        lines = self.said.read_text(errors='replace').splitlines()[self.n_lines:]
        bad = [i for i, line in enumerate(lines) if BAD.search(line)]
        self.n_lines += len(lines)
        return '\n'.join(lines[bad[0]:bad[0] + 120]) if bad else None

    def check_alive(self):
        trouble = self.trouble()
        if trouble and SANITIZER.search(trouble):  # it says more, and ends
            self.n_lines = 0
            wait_for('its end', lambda: self.process.poll() is not None, 60)
            trouble = self.trouble()
        status = self.process.poll()
        if status or (trouble and (not GOES_ON or SANITIZER.search(trouble))):
            raise AssertionError(f'status {status}, it said: {trouble}')
        if trouble:
            self.note(f'IT SAID {trouble}')

    def check_answers(self):
        """The loop turns: it counts its windows for a screen reader."""
        deadline = time.monotonic() + ANSWER_SECONDS
        while self.process.poll() is None:
            try:
                Atspi.Accessible.clear_cache(self.application)
                self.application.get_child_count()
                return
            except GLib.Error as error:
                if time.monotonic() > deadline:
                    raise AssertionError(f'no answer in {ANSWER_SECONDS} s: {error.message}') from None

    @staticmethod
    def activate():
        """A window that was minimized, as by the bar that shows them all."""
        clients = subprocess.run(['xprop', '-root', '_NET_CLIENT_LIST'], capture_output=True, text=True, check=False).stdout
        for number in re.findall(r'0x[0-9a-f]+', clients)[-1:]:
            subprocess.run(['xdotool', 'windowactivate', number], capture_output=True, check=False)

    def use(self, words):
        shape = subprocess.run(['xdotool', 'getactivewindow', 'getwindowgeometry', '--shell'], capture_output=True, text=True, check=False)
        size = {line[0]: int(line.partition('=')[2]) for line in shape.stdout.splitlines() if line[:2] in ('WI', 'HE')}
        scale = {'@x': size.get('W', 640), '@y': size.get('H', 480)}
        words = [str(int(word[2:]) * scale[word[:2]] // 1000) if word[:2] in scale else word for word in words]
        if not size:  # minimized, or it opens just now
            self.activate()
        subprocess.run(['xdotool', *words], capture_output=True, check=False, timeout=60)

    def note(self, text):
        self.done.append(time.strftime('%T ') + text)
        if 'THAW_MONKEY_VERBOSE' in os.environ:
            print(self.done[-1], flush=True)

    def step(self):
        if self.random.random() < 0.15:
            self.note(disturb(self.random, self.home))
        words = next_action(self.random)
        self.note(' '.join(words))
        self.use(words)
        self.check_alive()
        if self.process.poll() is not None:  # it was told to, or its last tab was closed
            self.note('started again')
            self.start()
        self.check_answers()

    def shown(self):
        try:
            return [[node.get_name() for node in walk(self.application.get_child_at_index(i)) if node.get_name() and is_showing(node)][:80]
                    for i in range(self.application.get_child_count())]
        except GLib.Error as error:
            return error.message

    def has_window(self):
        try:
            Atspi.Accessible.clear_cache(self.application)
            return self.application.get_child_count() > 0
        except GLib.Error:
            return False

    def call(self, name, arguments=None):
        return Gio.bus_get_sync(Gio.BusType.SESSION).call_sync(
            'org.thaw.Files', '/org/thaw/Files/Operations', 'org.thaw.Files.Operations1', name, arguments, None,
            Gio.DBusCallFlags.NO_AUTO_START, ANSWER_SECONDS * 1000).unpack()

    def cancel_operations(self):
        """Those that run or ask outlive the windows."""
        try:
            operations = self.call('List')[0]
            self.note(f'ctrl+q; what goes on without a window: {[facts for _, facts in operations]}')
            for number, facts in operations:
                if facts['state'] not in ('done', 'failed', 'cancelled'):
                    self.call('Cancel', GLib.Variant('(t)', (number,)))
        except GLib.Error as error:  # it has gone meanwhile
            self.note(f'ctrl+q; {error.message}')

    def quit(self):
        """By its key, whatever is up in front of the window, and whichever has the focus; else as a session's end does."""
        subprocess.run(['xdotool', 'keyup', 'ctrl', 'keyup', 'shift', 'keyup', 'alt', 'mouseup', '1'], check=False)
        for _ in range(6):
            if self.has_window():
                self.activate()
                self.use(['key', '--clearmodifiers', 'Escape', 'Escape', 'ctrl+q'])
            try:
                self.process.wait(5)
                break
            except subprocess.TimeoutExpired:
                self.note(f'ctrl+q; still shown: {self.shown()}')
                if not self.has_window():
                    self.cancel_operations()
        self.check_alive()
        if self.process.poll() is None:
            if STRICT:
                raise AssertionError('ctrl+q does not end it')
            self.process.terminate()
            self.process.wait(ANSWER_SECONDS)


class MonkeyTest(unittest.TestCase):
    def run_steps(self, monkey, n_steps, each=lambda i: None):
        print(f'# seed {SEED}, {n_steps} steps', flush=True)
        try:
            monkey.start()
            for i in range(n_steps):
                each(i)
                monkey.step()
            each(8)
            monkey.quit()
        except (AssertionError, subprocess.TimeoutExpired) as error:
            last = '\n'.join(f'  {text}' for text in monkey.done[-N_SHOWN:])
            self.fail(f'THAW_MONKEY_SEED={SEED} THAW_MONKEY_STEPS={n_steps}, at step {len(monkey.done)}; last were\n{last}\n{error}')
        finally:
            if monkey.process.poll() is None:
                monkey.process.kill()

    def test_random_use(self):
        monkey = Monkey(TOP, SEED)
        plant(monkey.home)
        each = self.make_faults(monkey) if os.environ.get('THAW_MONKEY_FAULTS') else lambda i: None
        self.run_steps(monkey, STEPS, each)

    def make_faults(self, monkey):
        """A folder of the tree hangs or fails now and then, for a few steps."""
        if not os.access(FAULTFS, os.X_OK):
            self.skipTest('needs faultfs')
        fault = FaultFs(self)
        (fault.real / 'inner').mkdir()
        for i in range(40):
            (fault.real / f'f{i}.txt').write_text('x' * i)
        (monkey.home / 'mnt').symlink_to(fault.mount)

        def each(i):
            if i % 12 == 0:
                rule = monkey.random.choice(FAULTS)
                fault.order(f'add {rule}')
                monkey.note(f'fault {rule}')
            elif i % 12 == 8:
                fault.order('clear')
                fault.order('release')
        return each


if __name__ == '__main__':
    TOP = contain()
    if TOP is None:
        print('1..0 # SKIP needs a mount namespace')
        raise SystemExit(77)
    unittest.main(verbosity=2)
