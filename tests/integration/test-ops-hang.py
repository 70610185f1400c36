# SPDX-License-Identifier: GPL-3.0-or-later
"""A device that stops answering in the middle of an operation (the kit's fault file system): it is said which file is waited for and
since when, cancelling is obeyed without it, other operations go on, and when the device comes back so does the operation.

A thread that hangs in the kernel can't be killed, nor can its process: so what counts here is what the program says, and when."""

import json
import os
import shutil
import signal
import subprocess
import tempfile
import threading
import time
import unittest
from pathlib import Path

CLI = os.environ.get('THAW_FILES_CLI', '')
FAULTFS = os.environ.get('THAW_FAULTFS', '')


class Watched:
    """A call of the program, and when it said what."""

    def __init__(self, command, environment):
        self.process = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                        stderr=subprocess.DEVNULL, text=True)
        self.events = []
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()

    def read(self):
        for line in self.process.stdout:
            self.events.append((time.monotonic(), json.loads(line)))

    def wait_for(self, what, predicate, seconds=20):
        end = time.monotonic() + seconds
        while True:
            for at, event in list(self.events):
                if predicate(event):
                    return at, event
            assert time.monotonic() < end, f'waited in vain for {what}: {self.events[-3:]}'
            time.sleep(0.005)

    def wait_for_end(self):
        return self.wait_for('the end', lambda event: event['event'] == 'end')


@unittest.skipUnless(os.access(FAULTFS, os.X_OK) and os.access('/dev/fuse', os.W_OK) and CLI, 'needs faultfs and FUSE')
class Hang(unittest.TestCase):
    def setUp(self):
        self.root = Path(tempfile.mkdtemp(prefix='thaw-hang-'))
        self.addCleanup(shutil.rmtree, self.root, ignore_errors=True)
        self.real, self.mount, self.here = (self.root / name for name in ('real', 'mount', 'here'))
        for folder in (self.real, self.mount, self.here):
            folder.mkdir()
        self.file = self.here / 'file'
        self.file.write_bytes(os.urandom(3_000_000))
        self.server = subprocess.Popen([FAULTFS, '-f', self.real, self.mount], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(self.end_server)
        end = time.monotonic() + 20
        while not self.mount.is_mount():
            self.assertLess(time.monotonic(), end)
            time.sleep(0.005)
        self.environment = {**os.environ, 'HOME': str(self.root), 'XDG_DATA_HOME': str(self.root / 'data'), 'LC_ALL': 'C.UTF-8'}
        self.calls = []

    def end_server(self):
        self.release()
        for call in self.calls:
            call.process.wait(20)
            call.process.stdout.close()
        subprocess.run(['fusermount3', '-uz', self.mount], check=False)
        self.server.wait(20)

    def order(self, text):
        (self.mount / '.faultfs').write_text(text + '\n')

    def release(self):
        self.order('clear')
        self.order('release')

    def start(self, *words):
        call = Watched([CLI, *map(os.fspath, words), '--json', '--state', str(self.root / 'state')], self.environment)
        self.calls.append(call)
        return call

    def run_cli(self, *words):
        call = self.start(*words)
        call.process.wait(30)
        call.reader.join(10)
        return [event for _, event in call.events]

    @staticmethod
    def is_silent(event):
        return event['event'] == 'progress' and event['silent-seconds'] >= 1

    def visible(self):
        return [name for name in os.listdir(self.real) if not name.startswith('.thaw-')]

    def hidden(self):
        return [name for name in os.listdir(self.real) if name.startswith('.thaw-') and 'kept' not in name]

    def test_cancelled(self):
        """To the device and from it."""
        shutil.copy(self.file, self.real / 'there')
        for rule, words in (('op=write', ('copy', self.file, self.mount)), ('op=read', ('copy', self.mount / 'there', self.here))):
            with self.subTest(rule):
                self.order(f'add {rule} path=* hang')
                call = self.start(*words)
                _, silent = call.wait_for('silence', self.is_silent)
                self.assertEqual(silent['path'], str(words[1]))
                # Others go on meanwhile.
                (self.here / 'other').write_text('other')
                self.assertEqual(self.run_cli('duplicate', self.here / 'other')[-1]['state'], 'done')
                time.sleep(max(0, 2.2 - silent['silent-seconds']))
                begun = time.monotonic()
                call.process.send_signal(signal.SIGINT)
                at, end = call.wait_for_end()
                print(f'{rule}: cancelled after {at - begun:.3f} s')
                self.assertEqual(end['state'], 'cancelled')
                self.assertLess(at - begun, 1)
                self.assertNotIn('file', os.listdir(self.real))
                self.assertFalse((self.here / 'there').exists())
                self.release()
                call.process.wait(20)
                # Whoever finds it clears it away, and doesn't finish it.
                self.run_cli('resume')
                self.assertEqual((self.visible(), self.hidden()), (['there'], []))
                self.assertEqual([name for name in os.listdir(self.here) if name.startswith('.thaw-')], [])
                self.assertEqual(self.run_cli('resume'), [])

    def test_cancelled_before_it_is_known(self):
        self.order('add op=write path=* hang')
        call = self.start('copy', self.file, self.mount)
        call.wait_for('the beginning', lambda event: event['event'] == 'progress')
        begun = time.monotonic()
        call.process.send_signal(signal.SIGINT)
        at, end = call.wait_for_end()
        self.assertEqual(end['state'], 'cancelled')
        self.assertLess(at - begun, 4)

    def test_comes_back(self):
        self.order('add op=write path=* hang')
        call = self.start('copy', self.file, self.mount)
        call.wait_for('silence', self.is_silent)
        self.release()
        _, end = call.wait_for_end()
        self.assertEqual(end['state'], 'done')
        self.assertEqual((self.mount / 'file').read_bytes(), self.file.read_bytes())

    def test_planning(self):
        (self.real / 'folder/inner').mkdir(parents=True)
        self.order('add op=opendir path=* hang')
        call = self.start('copy', self.mount / 'folder', self.here)
        time.sleep(0.3)
        begun = time.monotonic()
        call.process.send_signal(signal.SIGINT)
        at, end = call.wait_for_end()
        self.assertEqual(end['state'], 'cancelled')
        self.assertLess(at - begun, 1)


if __name__ == '__main__':
    unittest.main(verbosity=2)
