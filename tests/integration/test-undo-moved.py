# SPDX-License-Identifier: GPL-3.0-or-later
"""Undo and redo of moves to another device, from the command line, each in a process of its own: from many folders, over files and
folders that were there, merged, partly failed, and ended by a kill at any change (with the kit's fault file system, if it is there).
/dev/shm is the other device."""

import json
import os
import shutil
import subprocess
import tempfile
import time
import unittest
from pathlib import Path

CLI = os.environ.get('THAW_FILES_CLI', '')
FAULTFS = os.environ.get('THAW_FAULTFS', '')
STEP = int(os.environ.get('THAW_KILL_STEP', '9'))
SHM = Path('/dev/shm')


def tree(*folders):
    """Everything below with bytes, modes and times of files."""
    found = {}
    for folder in folders:
        for base, inner, files in os.walk(folder):
            inner[:] = [name for name in inner if not name.startswith('.thaw-kept-')]
            for name in inner + files:
                path = Path(base, name)
                st = path.lstat()
                found[str(path)] = st.st_mode if path.is_dir() else (path.read_bytes(), st.st_mode, st.st_mtime_ns)
    return found


class Moved(unittest.TestCase):
    def setUp(self):
        if not SHM.is_dir() or SHM.stat().st_dev == Path(tempfile.gettempdir()).stat().st_dev:
            self.skipTest('there is no other device')
        self.root = Path(tempfile.mkdtemp(prefix='thaw-moved-'))
        self.addCleanup(shutil.rmtree, self.root, ignore_errors=True)
        self.there = Path(tempfile.mkdtemp(prefix='thaw-moved-', dir=SHM))
        self.addCleanup(shutil.rmtree, self.there, ignore_errors=True)
        self.here = self.root / 'here'
        self.here.mkdir()
        self.environment = {**os.environ, 'HOME': str(self.root), 'XDG_DATA_HOME': str(self.root / 'data'), 'LC_ALL': 'C.UTF-8'}

    def run_cli(self, *words, status=0):
        ended = subprocess.run([CLI, *map(os.fspath, words), '--json', '--state', self.root / 'state'], env=self.environment,
                               cwd=self.root, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60,
                               check=False)
        if status is not None:
            self.assertEqual(ended.returncode, status, (words, ended.stdout, ended.stderr))
        self.returncode = ended.returncode
        return [json.loads(line) for line in ended.stdout.decode(errors='replace').splitlines()]

    def message(self, *words):
        return [event for event in self.run_cli(*words, status=1) if event['event'] == 'end'][-1]['message']

    def make(self, *paths, content='x', under=None):
        for path in paths:
            full = (under or self.here) / path
            full.parent.mkdir(parents=True, exist_ok=True)
            full.write_text(f'{content} of {path}')
            os.utime(full, ns=(10**18, 10**18 + len(path) * 1001))

    def snapshot(self):
        return tree(self.here, self.there)

    def back_and_forth(self, before, after):
        for _ in range(2):
            self.run_cli('undo')
            self.assertEqual(self.snapshot(), before)
            self.run_cli('redo')
            self.assertEqual(self.snapshot(), after)
        self.run_cli('undo')
        self.assertEqual(self.snapshot(), before)

    def test_many_folders_of_origin(self):
        self.make('a/one', 'b/two', 'c/d/three', 'c/d/e/four', 'five')
        (self.here / 'c/d/empty').mkdir()
        self.make('same device', under=self.there)
        target = self.there / 'target'
        target.mkdir()
        before = self.snapshot()
        self.run_cli('move', self.here / 'a/one', self.here / 'b/two', self.here / 'c/d', self.there / 'same device', self.here / 'five',
                     target)
        self.assertEqual(sorted(os.listdir(target)), ['d', 'five', 'one', 'same device', 'two'])
        self.back_and_forth(before, self.snapshot())

    def test_replaced(self):
        self.make('a/file', 'b/folder/new', 'c/was folder')
        self.make('file', 'folder/old', 'was folder/inner', content='old', under=self.there)
        before = self.snapshot()
        self.run_cli('move', self.here / 'a/file', self.here / 'b/folder', self.here / 'c/was folder', self.there, '--on-conflict',
                     'file=replace,folder=replace,type=replace')
        self.assertEqual((self.there / 'file').read_text(), 'x of a/file')
        self.assertEqual(os.listdir(self.there / 'folder'), ['new'])
        self.assertTrue((self.there / 'was folder').is_file())
        self.back_and_forth(before, self.snapshot())

    def test_merged(self):
        self.make('top/one', 'top/sub/two', 'top/sub/deep/three', 'top/only here/four', 'top/twice')
        (self.here / 'top/sub/empty').mkdir()
        self.make('top/zero', 'top/sub/two', 'top/sub/other', 'top/twice', content='old', under=self.there)
        before = self.snapshot()
        self.run_cli('move', self.here / 'top', self.there, '--on-conflict', 'folder=merge,file=replace')
        self.assertFalse((self.here / 'top').exists())
        self.back_and_forth(before, self.snapshot())

    def test_partly_failed(self):
        """A file that can't be taken away stays where it is; its copy goes when the move is undone."""
        self.make('top/one', 'top/fast/stays', 'top/fast/goes', 'other/two')
        fixed = self.here / 'top/fast'
        before = self.snapshot()
        if os.geteuid() == 0:
            fixed = fixed / 'stays'
            if not shutil.which('chattr') or subprocess.run(['chattr', '+i', fixed], stderr=subprocess.DEVNULL, check=False).returncode:
                self.skipTest('nothing can be made immutable here')
            self.addCleanup(subprocess.run, ['chattr', '-i', fixed], stderr=subprocess.DEVNULL, check=False)
        else:
            fixed.chmod(0o555)
            before = self.snapshot()
        self.run_cli('move', self.here / 'top', self.here / 'other/two', self.there, status=1)
        self.assertTrue((self.here / 'top/fast/stays').exists())
        self.assertFalse((self.here / 'other/two').exists())
        if os.geteuid() == 0:
            subprocess.run(['chattr', '-i', fixed], check=True)
        else:
            fixed.chmod(0o755)
        self.run_cli('undo')
        if os.geteuid() != 0:
            fixed.chmod(0o555)
        self.assertEqual(self.snapshot(), before)

    def test_refused(self):
        self.make('a/one', 'b/two')
        words = 'move', self.here / 'a/one', self.here / 'b/two', self.there
        self.make('one', content='old', under=self.there)
        self.run_cli(*words, '--on-conflict', 'replace')
        after = self.snapshot()

        (self.there / 'two').write_text('changed by somebody')
        self.assertIn('changed', self.message('undo'))
        shutil.copy2(self.there / 'one', self.root / 'aside')
        self.make('two', content='x', under=self.there)
        (self.there / 'two').write_bytes(after[str(self.there / 'two')][0])
        os.utime(self.there / 'two', ns=(10**18, after[str(self.there / 'two')][2]))

        self.make('b/two', content='new')
        self.assertIn('there again', self.message('undo'))
        (self.here / 'b/two').unlink()

        (self.here / 'b').rename(self.here / 'other b')
        self.assertIn('gone', self.message('undo'))
        (self.here / 'b').mkdir()
        self.assertIn('another folder', self.message('undo'))
        self.assertTrue((self.there / 'one').exists())
        self.assertFalse((self.here / 'a/one').exists())

    def test_killed(self):
        """At any change of the device that things go back to: after resuming they are back, and nothing else is."""
        if not os.access(FAULTFS, os.X_OK) or not os.access('/dev/fuse', os.W_OK):
            self.skipTest('there is no fault file system')
        real, mount = self.root / 'real', self.root / 'mount'
        real.mkdir()
        mount.mkdir()
        self.here = mount
        server = subprocess.Popen([FAULTFS, '-f', real, mount], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            end = time.monotonic() + 20
            while not mount.is_mount():
                self.assertLess(time.monotonic(), end)
                time.sleep(0.005)
            for command in ('undo', 'redo'):
                self.kill_all_over(command, mount)
        finally:
            subprocess.run(['fusermount3', '-uz', mount], check=False)
            server.wait(20)

    def kill_all_over(self, command, mount):
        control = mount / '.faultfs'
        n_killed = 0
        for number in range(1, 1000, STEP):
            for place in (self.root / 'state', *mount.iterdir(), *self.there.iterdir()):
                if place.is_dir():
                    shutil.rmtree(place)
                elif place != control:
                    place.unlink(missing_ok=True)
            self.make('a/one', 'b/top/two', 'b/top/sub/three', 'c/four')
            self.make('one', 'top/sub/three', 'top/five', content='old', under=self.there)
            before = self.snapshot()
            self.run_cli('move', mount / 'a/one', mount / 'b/top', mount / 'c/four', self.there, '--on-conflict', 'folder=merge,file=replace')
            after = self.snapshot()
            if command == 'redo':
                self.run_cli('undo')
            control.write_text(f'add op=mutate nth={number} kill\n')
            self.run_cli(command, status=None)
            control.write_text('clear\n')
            was_killed = self.returncode < 0
            if was_killed:
                n_killed += 1
                self.run_cli('resume')
            wanted = before if command == 'undo' else after
            self.assertEqual(self.snapshot(), wanted, f'{command} killed at {number}')
            if not was_killed:
                break
        self.assertGreater(n_killed, 0)


if __name__ == '__main__':
    unittest.main(verbosity=2)
