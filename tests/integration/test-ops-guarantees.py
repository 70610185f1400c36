#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What operations promise, from the command line, one test a promise that no other test shows: tests/io/ops/README.md has the
list. $THAW_FULL makes the trees as large as the kit makes them, and breaks at every place."""

import errno
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import unittest
from pathlib import Path

from faultydisk import CLI, HAS_FUSE, KIT, Disk, litter, scan, visible

TREECMP = os.environ.get('THAW_TREECMP', '')
FULL = bool(os.environ.get('THAW_FULL'))
SEED = int(os.environ.get('THAW_SEED', time.time()))
needs_faults = unittest.skipUnless(HAS_FUSE and KIT, 'needs the kit, faultfs and FUSE')
needs_trees = unittest.skipUnless(CLI and KIT and os.access(TREECMP, os.X_OK), 'needs the kit and treecmp')


def put(path, content, mode=0o644):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    path.chmod(mode)


class Test(unittest.TestCase):
    def setUp(self):
        self.disk = Disk()
        self.addCleanup(self.disk.remove)
        self.disk.fresh()
        self.mount, self.sound = self.disk.mount, self.disk.sound

    def open(self, *options):
        self.disk.close()
        self.disk.open(*options)

    def good(self, *words):
        result = self.disk.cli(*words)
        self.assertEqual(result.returncode, 0, (words, result.stdout))
        return result.stdout

    def bad(self, *words):
        result = self.disk.cli(*words)
        self.assertEqual(result.returncode, 1, (words, result.stdout))
        return result.stdout

    def start(self, *words):
        """In the background."""
        environment = {**os.environ, 'XDG_DATA_HOME': str(self.disk.data_home)}
        process = subprocess.Popen([CLI, '--state', self.sound / 'state', *map(str, words)], env=environment, text=True,
                                   stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.addCleanup(process.kill)
        return process

    def wait_for(self, condition, seconds=20):
        end = time.monotonic() + seconds
        while not condition():
            self.assertLess(time.monotonic(), end, 'waited in vain')
            time.sleep(0.002)

    def assert_no_litter(self):
        self.assertEqual(litter(scan(self.disk.real)), [])


# --- the order of things (1, 5, 10, 21) ---

@needs_faults
class Order(Test):
    def setUp(self):
        super().setUp()
        self.log = self.disk.scratch / 'log'
        for name, size in (('one', 3), ('sub/two', 70000), ('sub/three', 0)):
            put(self.sound / 'source' / name, bytes(size))
        put(self.sound / 'single', 'single')

    def log_of(self, *words):
        """What was done on the disk: number, time, process, operation, path, …"""
        self.open('--log', str(self.log))
        self.good(*words)
        self.disk.close()
        return [line.split() for line in self.log.read_text(errors='replace').splitlines()
                if not line.startswith('#') and line.rstrip().endswith('= ok')]

    def check_order(self, *options):
        """What is below a hidden name is hidden itself."""
        lines = [line for line in self.log.read_text(errors='replace').splitlines(True)
                 if not re.search(r'\s\S*\.thaw-[^/\s]*/\S+(?! -> )', line) or ' rename ' in line]
        self.log.write_text(''.join(lines))
        said = subprocess.run([f'{KIT}/oplog-check', *options, self.log], text=True, stdout=subprocess.PIPE, check=False)
        self.assertEqual(said.returncode, 0, said.stdout)

    def test_copy(self):
        (self.disk.real / 'target').mkdir()
        self.log_of('copy', self.sound / 'source', self.sound / 'single', self.mount / 'target')
        self.check_order('--durable')

    def test_overwrite(self):
        for name in ('source/one', 'source/sub/two', 'single'):
            put(self.disk.real / 'target' / name, 'old')
        self.log_of('copy', '--on-conflict', 'replace', self.sound / 'source', self.sound / 'single', self.mount / 'target')
        self.check_order('--durable')

    def test_create(self):
        self.log_of('create', '--content', 'made', self.mount / 'new')
        self.check_order('--durable')

    def test_move_is_one_rename(self):
        put(self.disk.real / 'here' / 'sub' / 'file', 'content')
        (self.disk.real / 'there').mkdir()
        log = self.log_of('move', self.mount / 'here', self.mount / 'there')
        changes = [line[3] for line in log if line[3] in ('create', 'write', 'mkdir', 'rename', 'unlink', 'rmdir', 'link')]
        self.assertEqual(changes, ['rename'])

    def test_hidden_names(self):
        """All that is made is made under a name that has sixteen characters of chance, for its owner alone."""
        (self.disk.real / 'target').mkdir()
        log = self.log_of('copy', self.sound / 'single', self.mount / 'target')
        made = [line[4] for line in log if line[3] in ('create', 'mkdir', 'tmpfile')]
        self.assertTrue(made)
        for path in made:
            self.assertRegex(path, r'/\.thaw-[a-z0-9]{16}-\d+$|^\.thaw-kept')


# --- others at work at the same time (11, 12, 13, 20, 24, 30, 31) ---

@needs_faults
class Others(Test):
    def setUp(self):
        super().setUp()
        self.disk.open()

    def check_not_replaced(self, *options):
        """Somebody makes a file of that name while it is about to be placed."""
        self.open(*options)
        put(self.sound / 'file', 'mine')
        (self.mount / 'target').mkdir(exist_ok=True)
        self.disk.order('add op=rename,link delay=300 count=1')
        process = self.start('copy', self.sound / 'file', self.mount / 'target')
        self.wait_for(lambda: 'fired=1' in self.disk.rules() or process.poll() is not None)
        put(self.disk.real / 'target' / 'file', 'theirs')
        said = process.communicate(timeout=30)[0]
        self.disk.order('clear')
        self.assertEqual((self.disk.real / 'target' / 'file').read_text(), 'theirs')
        self.assertEqual(process.returncode, 1, said)
        self.assertIn('file', said)
        self.assert_no_litter()

    def test_appears(self):
        self.check_not_replaced()

    def test_appears_where_links_place(self):
        self.check_not_replaced('--no-rename2')

    def check_changing(self, change, kind):
        """The source changes while it is read."""
        put(self.mount / 'file', os.urandom(3_000_000))
        (self.sound / 'target').mkdir()
        self.disk.order('add op=read path=*file delay=60')
        process = self.start(kind, self.mount / 'file', self.sound / 'target')
        self.wait_for(lambda: re.search(r'fired=[2-9]', self.disk.rules()) or process.poll() is not None)
        change(self.disk.real / 'file')
        said = process.communicate(timeout=60)[0]
        self.assertEqual(process.returncode, 1, said)
        self.assertTrue((self.disk.real / 'file').exists())
        self.assertEqual(list((self.sound / 'target').iterdir()), [])
        self.assertIn('file', said)

    @staticmethod
    def append(path):
        with open(path, 'ab') as file:
            file.write(b'more')

    def test_grows_while_copied(self):
        self.check_changing(self.append, 'copy')

    def test_grows_while_moved(self):
        self.check_changing(self.append, 'move')

    def test_ends_early(self):
        self.check_changing(lambda path: os.truncate(path, 1_000_000), 'move')

    def test_two_engines(self):
        """What a living process builds isn't swept by another one's resuming."""
        put(self.sound / 'big', os.urandom(4_000_000))
        (self.mount / 'target').mkdir()
        self.disk.order('add op=write delay=40')
        process = self.start('copy', self.sound / 'big', self.mount / 'target')
        self.wait_for(lambda: os.listdir(self.disk.real / 'target') or process.poll() is not None)
        self.good('resume')
        self.good('rollback')
        self.assertEqual(len(os.listdir(self.disk.real / 'target')), 1)
        self.disk.order('clear')
        said = process.communicate(timeout=60)[0]
        self.assertEqual(process.returncode, 0, said)
        self.assertEqual((self.mount / 'target' / 'big').read_bytes(), (self.sound / 'big').read_bytes())

    def test_hung_path(self):
        """It holds up its own operation; another one goes on, and cancelling lets go of it."""
        put(self.mount / 'file', 'content')
        put(self.sound / 'other', 'other')
        (self.sound / 'target').mkdir()
        self.disk.order('add op=read path=*file hang')
        hanging = self.start('copy', self.mount / 'file', self.sound / 'target')
        self.wait_for(lambda: 'fired=1' in self.disk.rules() or hanging.poll() is not None)
        begun = time.monotonic()
        self.good('copy', self.sound / 'other', self.sound / 'target')
        self.assertLess(time.monotonic() - begun, 5)
        self.assertIsNone(hanging.poll())
        self.assertFalse((self.sound / 'target' / 'file').exists())
        self.disk.order('release')
        said = hanging.communicate(timeout=30)[0]
        self.assertEqual(hanging.returncode, 0, said)

    def test_vanishes(self):
        for i in range(4):
            put(self.mount / 'source' / f'f{i}', f'content {i}')
        (self.sound / 'target').mkdir()
        self.disk.order('add op=lookup path=source/f2 nth=2 unlink')
        result = self.disk.cli('copy', self.mount / 'source', self.sound / 'target')
        names = sorted(os.listdir(self.sound / 'target' / 'source'))
        if names == ['f0', 'f1', 'f2', 'f3']:
            self.assertEqual(result.returncode, 0)
            self.skipTest('it was looked up once only')
        self.assertEqual(names, ['f0', 'f1', 'f3'])
        self.assertEqual(result.returncode, 1)
        self.assertEqual(result.stdout.count('f2:'), 1, result.stdout)

    def test_verified(self):
        """One bit that the disk changes is found by reading back."""
        put(self.sound / 'file', os.urandom(500_000))
        (self.mount / 'target').mkdir()
        self.disk.order('add op=write nth=2 flip')
        said = self.bad('copy', '--verify', self.sound / 'file', self.mount / 'target')
        self.assertIn('other bytes', said)
        self.assertEqual(os.listdir(self.disk.real / 'target'), [])
        self.disk.order('clear')
        self.disk.order('add op=write flip')
        self.bad('compress', self.mount / 'target' / 'a.zip', self.sound / 'file')
        self.assertEqual(os.listdir(self.disk.real / 'target'), [])


# --- swapped links (14, 15) ---

@needs_faults
class Swapped(Test):
    def attack(self, *command):
        state = self.disk.scratch / 'state'
        said = subprocess.run([f'{KIT}/toctou', '--', CLI, '--state', state, *command], text=True, check=False,
                              env={**os.environ, 'FAULTKIT_BIN': os.path.dirname(os.environ['THAW_FAULTFS']),
                                   'XDG_DATA_HOME': str(self.sound)},
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.assertEqual(said.returncode, 0, said.stdout)
        self.assertIn('safe', said.stdout)

    def test_copy(self):
        self.attack('copy', '{src}', '{dstdir}')

    def test_move(self):
        self.attack('move', '{src}', '{dstdir}')

    def test_delete(self):
        self.attack('delete', '--forget', '{src}')

    def test_attributes(self):
        self.attack('attributes', '--recursive', '--mode', 'u=rwX,go=', '{src}')

    def test_compress(self):
        self.attack('compress', '{dstdir}/a.tar', '{src}')


# --- going on (22, 23) ---

@needs_faults
class GoingOn(Test):
    def check_resumed(self, words, size, expected):
        """What a kill costs: at most 64 MiB are written again, wherever it comes: with $THAW_FULL at 20 moments, each anywhere in
        its twentieth of all."""
        log = self.disk.scratch / 'log'
        chance = random.Random(SEED)
        moments = [size * i // 20 + chance.randrange(size // 20) for i in range(20)] if FULL else [size * 15 // 16]
        for moment in moments:
            shutil.rmtree(self.sound / 'state', ignore_errors=True)
            shutil.rmtree(self.disk.real / 'target', ignore_errors=True)
            (self.disk.real / 'target').mkdir()
            log.unlink(missing_ok=True)
            self.open('--log', str(log))
            self.disk.order(f'add op=write path=*.thaw-* after={moment} kill')
            self.assertEqual(self.disk.cli(*words, self.mount / 'target').returncode, -signal.SIGKILL)
            self.disk.order('clear')
            self.disk.order('mark resumed')
            self.good('resume')
            self.disk.close()
            before, after = log.read_text(errors='replace').split('# mark resumed')
            again = self.written(before) + self.written(after) - size
            print(f'{words[0]} killed at {moment / (1 << 20):.1f} of {size >> 20} MiB: {again / (1 << 20):.1f} MiB written again'
                  f' (seed {SEED})', file=sys.stderr)
            self.assertLessEqual(again, 64 << 20)
            self.assertGreaterEqual(again, 0)
            self.assertEqual(os.listdir(self.disk.real / 'target'), [expected.name])
            self.assertEqual(subprocess.run(['diff', '-r', expected, self.disk.real / 'target' / expected.name],
                                            check=False).returncode, 0)

    def make_large(self, path, n_mib):
        path.parent.mkdir(parents=True, exist_ok=True)
        with open(path, 'wb') as file:
            for i in range(n_mib):
                file.write(bytes([(i + n_mib) & 0xff]) * (1 << 20))

    def test_resumed_large_file(self):
        self.make_large(self.sound / 'large', 320 if FULL else 144)
        self.check_resumed(['copy', self.sound / 'large'], (320 if FULL else 144) << 20, self.sound / 'large')

    def make_large_tree(self):
        """Files that are no pieces by themselves, and don't fit well into 64 MiB. Returns its size."""
        sizes = [30, 1, 29, 33, 2, 63, 30, 7, 50, 31, 44] if FULL else [30, 31, 30]
        for i, n_mib in enumerate(sizes):
            self.make_large(self.sound / 'tree' / f'{i % 3}' / f'{i}', n_mib)
        return sum(sizes) << 20

    def test_resumed_tree(self):
        size = self.make_large_tree()
        self.check_resumed(['copy', self.sound / 'tree'], size, self.sound / 'tree')

    def test_resumed_extraction(self):
        size = self.make_large_tree()
        subprocess.run(['tar', '-C', self.sound, '-cf', self.sound / 'tree.tar', 'tree'], check=True)
        self.check_resumed(['extract', self.sound / 'tree.tar'], size, self.sound / 'tree')

    @staticmethod
    def written(log):
        """Bytes, of those that succeeded."""
        return sum(int(n) for n in re.findall(r'^\d+ \S+ \d+ write .* len=(\d+) = ok$', log, re.M))

    def test_cancel_slow_disk(self):
        """Within a second, when each write takes 50 ms."""
        put(self.sound / 'file', os.urandom(8_000_000))
        (self.disk.real / 'target').mkdir()
        self.open()
        self.disk.order('add op=write delay=50')
        process = self.start('copy', self.sound / 'file', self.mount / 'target')
        self.wait_for(lambda: re.search(r'fired=[3-9]', self.disk.rules()) or process.poll() is not None)
        begun = time.monotonic()
        process.send_signal(signal.SIGINT)
        said = process.communicate(timeout=20)[0]
        self.assertLess(time.monotonic() - begun, 1)
        self.assertEqual(process.returncode, 1, said)
        self.assertEqual(os.listdir(self.disk.real / 'target'), [])

    def test_undo_refuses(self):
        """What was changed since isn't taken away, also by another process."""
        put(self.sound / 'file', 'content')
        (self.sound / 'target').mkdir()
        self.good('copy', self.sound / 'file', self.sound / 'target')
        (self.sound / 'target' / 'file').write_text('changed')
        self.assertIn('file', self.bad('undo'))
        self.assertEqual((self.sound / 'target' / 'file').read_text(), 'changed')

    def test_batch_rename_of_many(self):
        """A thousand names in a circle, killed now and then: all or none."""
        n = 1000
        self.open()
        names = [f'n{i:04}' for i in range(n)]
        (self.mount / 'names').mkdir()
        for name in names:
            (self.disk.real / 'names' / name).write_text(name)
        pairs = [word for i, name in enumerate(names)
                 for word in (str(self.mount / 'names' / name), names[(i + 1) % n])]
        old = {name: name for name in names}
        new = {names[(i + 1) % n]: name for i, name in enumerate(names)}
        for k in ([1, 2, 3, *range(50, n, 97), n, n + 1, n + 2, n + 3] if FULL else [500]):
            self.disk.order(f'add op=mutate nth={k} kill')
            status = self.disk.cli('rename', *pairs).returncode
            self.disk.order('clear')
            way = 'rollback' if k % 2 == 0 else 'resume'
            self.good(way)
            found = {path.name: path.read_text() for path in (self.disk.real / 'names').iterdir()}
            self.assertEqual(found, old if status < 0 and way == 'rollback' else new, k)
            if found == new:
                self.good('undo')
                found = {path.name: path.read_text() for path in (self.disk.real / 'names').iterdir()}
                self.assertEqual(found, old)

    def test_full_disk(self):
        """Full until somebody makes room: nothing is lost, and once more does it."""
        for i in range(6):
            put(self.sound / 'source' / f'f{i}', os.urandom(100_000))
        (self.disk.real / 'target').mkdir()
        self.open()
        self.disk.order('add op=write after=250000 errno=ENOSPC')
        said = self.bad('copy', self.sound / 'source', self.mount / 'target')
        self.assertIn('No space left', said)
        self.assert_no_litter()
        self.disk.order('clear')
        self.good('copy', '--on-conflict', 'replace', self.sound / 'source', self.mount / 'target')
        self.assertEqual(contents_of(self.sound / 'source'), contents_of(self.disk.real / 'target' / 'source'))


def contents_of(top):
    return {str(path.relative_to(top)): path.read_bytes() for path in top.rglob('*') if path.is_file()}


# --- poor file systems (8, 34) ---

@needs_faults
class Poor(Test):
    """Copy, overwrite, move, rename, trash and delete work there, and what can't be kept is listed."""

    def check(self, *options, lost=(), refused=(), twins=('sub/Other',)):
        for name in ('plain', 'sub/other', *twins):
            put(self.sound / 'source' / name, f'content of {name}')
        (self.sound / 'source' / 'link').symlink_to('plain')
        put(self.sound / 'source' / 'private', 'private', 0o600)
        os.link(self.sound / 'source' / 'plain', self.sound / 'source' / 'second')
        try:
            os.setxattr(self.sound / 'source' / 'plain', 'user.note', b'noted')
        except OSError as error:
            if error.errno != errno.ENOTSUP:
                raise
            lost = [what for what in lost if what != 'user.note']
        (self.disk.real / 'target').mkdir()
        self.open(*options)
        target = self.mount / 'target'
        result = self.disk.cli('copy', self.sound / 'source', target)
        self.assertEqual(result.returncode, 1 if refused else 0, result.stdout)
        for what in (*lost, *refused):
            self.assertIn(what, result.stdout)
        wanted = contents_of(self.sound / 'source')
        self.assertEqual({name: data for name, data in contents_of(target / 'source').items()},
                         {name: data for name, data in wanted.items() if name not in refused})
        self.assert_no_litter()
        # All else.
        (self.sound / 'source' / 'plain').write_text('newer')
        self.disk.cli('copy', '--on-conflict', 'replace', self.sound / 'source', target)
        self.assertEqual((target / 'source' / 'plain').read_text(), 'newer')
        self.good('rename', target / 'source' / 'plain', 'PLAIN', target / 'source' / 'private', 'public')
        self.assertIn('PLAIN', os.listdir(target / 'source'))
        self.good('undo')
        self.assertIn('plain', os.listdir(target / 'source'))
        self.good('move', target / 'source', self.mount)
        self.assertTrue((self.mount / 'source' / 'sub' / 'other').exists())
        self.good('trash', self.mount / 'source')
        self.assertFalse((self.mount / 'source').exists())
        self.good('undo')
        self.good('delete', '--forget', self.mount / 'source')
        self.assertEqual(os.listdir(target), [])
        self.assert_no_litter()

    def test_no_rename2(self):
        self.check('--no-rename2')

    def test_no_links(self):
        self.check('--no-link', '--no-rename2', lost=['hard link'])

    def test_no_xattrs(self):
        self.check('--no-xattr', lost=['user.note'])

    def test_no_modes(self):
        self.check('--no-chmod')

    def test_no_symbolic_links(self):
        self.check('--no-symlink', refused=['link'])

    def test_fat(self):
        self.check('--no-rename2', '--no-link', '--no-xattr', '--no-chmod', '--fat-names', '--nocase', twins=())

    def test_twins(self):
        """Where cases aren't told apart one of two arrives, whole, and the other is named."""
        for name in ('other', 'Other'):
            put(self.sound / 'source' / name, name)
        self.open('--nocase')
        said = self.bad('copy', self.sound / 'source', self.mount)
        name, = os.listdir(self.mount / 'source')
        self.assertEqual((self.mount / 'source' / name).read_text(), name)
        self.assertIn({'other': 'source/Other:', 'Other': 'source/other:'}[name], said)

    def test_case_only(self):
        put(self.disk.real / 'name', 'content')
        self.open('--nocase')
        self.good('rename', self.mount / 'name', 'Name')
        self.assertEqual([name for name in os.listdir(self.mount) if name.lower() == 'name'], ['Name'])

    def test_fat_names(self):
        """Names that can't be are told, the others arrive."""
        for name in ('good', 'a:b', 'what?', 'dot.'):
            put(self.sound / 'source' / name, name)
        self.open('--fat-names')
        said = self.bad('copy', self.sound / 'source', self.mount)
        self.assertEqual(os.listdir(self.mount / 'source'), ['good'])
        for name in ('a:b', 'what?', 'dot.'):
            self.assertIn(name, said)

    def test_long_names(self):
        """255 bytes, which leave no room for a suffix."""
        name = 'ä' * 125 + 'x.txt'
        put(self.sound / name, 'content')
        self.open()
        (self.mount / 'target').mkdir()
        for _ in range(3):
            self.good('copy', '--on-conflict', 'keep-both', self.sound / name, self.mount / 'target')
        names = os.listdir(self.disk.real / 'target')
        self.assertEqual(len(names), 3)
        self.assertTrue(all(len(name.encode()) <= 255 for name in names), names)
        self.disk.data_home = self.mount / 'data'
        self.good('trash', *[self.mount / 'target' / name for name in names])
        self.good('undo')
        self.assertEqual(sorted(os.listdir(self.disk.real / 'target')), sorted(names))

    def test_small_files_only(self):
        put(self.sound / 'source' / 'large', bytes(100_000))
        put(self.sound / 'source' / 'small', bytes(1000))
        self.open('--max-file', '50000')
        said = self.bad('copy', self.sound / 'source', self.mount)
        self.assertIn('large', said)
        self.assertEqual(os.listdir(self.mount / 'source'), ['small'])


# --- any tree (8, 18, 28, 29, 30, 31, 33, 36) ---

@needs_trees
class Trees(unittest.TestCase):
    SIZES = [] if FULL else ['--many', '300', '--depth', '150', '--hole', '16']

    def setUp(self):
        self.scratch = Path(tempfile.mkdtemp(prefix='thaw-trees-'))
        self.scratch.chmod(0o755)
        self.addCleanup(self.clean_up)
        self.tree = self.scratch / 'hostile'
        self.user = []
        self.places = [self.tree]

    def clean_up(self):
        for place in self.places:
            subprocess.run([f'{KIT}/mktree-hostile', '--remove', place], stdout=subprocess.DEVNULL,
                           stderr=subprocess.DEVNULL, check=False)
        subprocess.run(['rm', '-rf', self.scratch], check=False)

    def make(self, *options):
        subprocess.run([f'{KIT}/mktree-hostile', *self.SIZES, *options, self.tree], check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def cli(self, *words):
        state = self.scratch / ('state-nobody' if self.user else 'state')
        for folder in (state, state / 'data'):
            folder.mkdir(exist_ok=True)
            if self.user:
                os.chown(folder, 65534, 65534)
        command = [*self.user, 'env', f'XDG_DATA_HOME={state}/data', 'HOME=/nonexistent', CLI, '--state', state, *map(str, words)]
        return subprocess.run(command, text=True, errors='replace', stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=600, check=False)

    def compare(self, a, b, *options):
        # What is longer than any path is compared by those who can.
        said = subprocess.run([TREECMP, *options, a, b], text=True, errors='replace', stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, check=False)
        return said.returncode, said.stdout

    def assert_equal_trees(self, a, b, *options):
        code, said = self.compare(a, b, *options)
        self.assertEqual(code, 0, said)
        self.assertIn('EQUAL', said)

    def target(self, name='target'):
        folder = self.scratch / name
        folder.mkdir()
        if self.user:
            os.chown(folder, 65534, 65534)
        self.places.append(folder / 'hostile')
        return folder

    @unittest.skipUnless(os.geteuid() == 0, 'needs root, who may read all')
    def test_hostile_as_root(self):
        self.make()
        target = self.target()
        begun = time.monotonic()
        result = self.cli('copy', self.tree, target)
        print(f'copied in {time.monotonic() - begun:.1f} s', file=sys.stderr)
        self.assertEqual(result.returncode, 0, result.stdout)
        self.assert_equal_trees(self.tree, target / 'hostile')
        code, said = self.compare(self.tree, target / 'hostile')
        print(said.splitlines()[-1], file=sys.stderr)

    @unittest.skipUnless(os.geteuid() == 0, 'needs root, to become somebody else')
    def test_hostile_as_nobody(self):
        """Only what nobody may not read is missing, and each of it is named once."""
        self.user = ['setpriv', '--reuid=nobody', '--regid=nogroup', '--clear-groups']
        if subprocess.run([*self.user, CLI, '--version'], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                          check=False).returncode != 0:
            self.skipTest('nobody can run it')
        self.make()
        target = self.target()
        result = self.cli('copy', '--json', self.tree, target)
        self.assertEqual(result.returncode, 1, result.stdout[-2000:])
        events = [json.loads(line) for line in result.stdout.split('\n') if line.startswith('{')]
        named = [event['path'] for event in events if event['event'] == 'problem']
        losses = {event['path'] for event in events if event['event'] == 'loss'}
        code, said = self.compare(self.tree, target / 'hostile', '--ignore', 'owner')
        missing = [os.fsencode(str(self.tree / line.split(None, 1)[1].rsplit(':', 1)[0])) for line in said.splitlines()
                   if line.startswith('ONLY-A')]
        print(f'{len(named)} problems, {len(missing)} missing, {len(losses)} with losses', file=sys.stderr)
        self.assertEqual(len(named), len(set(named)))
        self.assertTrue(named)
        for path in named:
            # Root may read it, nobody may not: or make it.
            tried = subprocess.run([*self.user, 'test', '-r', path], check=False) if os.path.isfile(path) else None
            self.assertTrue(tried is None or tried.returncode != 0, path)
        for line in said.splitlines():
            if line.startswith('ONLY-A'):
                name = line.split(None, 1)[1]
                self.assertTrue(any(name.startswith(path[len(str(self.tree)) + 1:]) for path in named), line)
        self.assertNotIn('ONLY-B', said)

    def test_names_everywhere(self):
        """Bytes are bytes: copied, moved, trashed, restored, renamed and undone, in and out of an archive."""
        self.make('--only', 'names,twins')
        before = self.scratch / 'before'
        subprocess.run(['cp', '-a', self.tree, before], check=True)
        target = self.target()
        same = ('--ignore', 'dirmtime')
        for words in (['copy', self.tree, target], ['trash', target / 'hostile'], ['undo'], ['undo'], ['redo'],
                      ['delete', target / 'hostile'], ['undo'], ['move', target / 'hostile', self.scratch / 'moved'],
                      ['undo']):
            result = self.cli(*words)
            self.assertEqual(result.returncode, 0, (words, result.stdout))
        self.assert_equal_trees(before, target / 'hostile', *same)
        names = [os.path.join(folder, name) for folder, _, files in os.walk(os.fsencode(target / 'hostile')) for name in files]
        pairs = [word for i, path in enumerate(names) for word in (os.fsdecode(path), f'plain {i}')]
        for words in (['rename', *pairs], ['undo'], ['trash', *map(os.fsdecode, names)], ['undo']):
            result = self.cli(*words)
            self.assertEqual(result.returncode, 0, result.stdout)
        self.assert_equal_trees(before, target / 'hostile', *same)
        result = self.cli('compress', self.scratch / 'a.tar', target / 'hostile')
        self.assertEqual(result.returncode, 0, result.stdout)
        (self.scratch / 'out').mkdir()
        result = self.cli('extract', self.scratch / 'a.tar', self.scratch / 'out')
        self.assertEqual(result.returncode, 0, result.stdout)
        top = next((self.scratch / 'out').iterdir())
        self.assert_equal_trees(before, top if top.name == 'hostile' else top / 'hostile', *same, '--ignore', 'mtime',
                                '--ignore', 'mode', '--ignore', 'owner')

    def test_specials(self):
        """Never opened: made anew, each within a moment."""
        self.make('--only', 'special')
        begun = time.monotonic()
        result = self.cli('copy', self.tree, self.target())
        self.assertLess(time.monotonic() - begun, 10)
        if os.geteuid() == 0:
            self.assertEqual(result.returncode, 0, result.stdout)
            self.assert_equal_trees(self.tree, self.scratch / 'target' / 'hostile')

    def test_deep(self):
        """Beyond any path, with little stack."""
        self.make('--only', 'deep')
        target = self.target()
        for words in (['copy', self.tree, target], ['delete', '--forget', target / 'hostile']):
            command = ['prlimit', '--stack=262144', CLI, '--state', str(self.scratch / 'state'), *map(str, words)]
            if words[0] == 'copy':
                result = self.cli(*words)
                self.assertEqual(result.returncode, 0, result.stdout)
                self.assert_equal_trees(self.tree, target / 'hostile')
            else:
                result = subprocess.run(command, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
                self.assertEqual(result.returncode, 0, result.stdout)
        self.assertFalse((target / 'hostile').exists())

    def test_sparse(self):
        self.make('--only', 'sparse')
        target = self.target()
        begun = time.monotonic()
        result = self.cli('copy', self.tree, target)
        took = time.monotonic() - begun
        print(f'holes copied in {took:.2f} s', file=sys.stderr)
        self.assertEqual(result.returncode, 0, result.stdout)
        self.assert_equal_trees(self.tree, target / 'hostile')

    @unittest.skipUnless(os.geteuid() == 0, 'needs root, for immutable files')
    def test_locked(self):
        """What can't be deleted is named and stays, the rest goes, and nothing that links lead to."""
        self.make('--only', 'immutable,unreadable,symlinks')
        outside = self.scratch / 'outside'
        put(outside / 'file', 'precious')
        (self.tree / 'lead').symlink_to(outside)
        flags = subprocess.run(['lsattr', '-R', self.tree], text=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False)
        locked = [line.split(None, 1)[1] for line in flags.stdout.splitlines() if re.match(r'\S*i\S* ', line)]
        if not locked:
            self.skipTest('nothing can be locked here')
        result = self.cli('delete', '--forget', self.tree)
        self.assertEqual(result.returncode, 1)
        self.assertEqual((outside / 'file').read_text(), 'precious')
        for path in locked:
            self.assertIn(os.path.basename(path), result.stdout)
            self.assertTrue(os.path.lexists(path), (path, result.stdout))
        left = [path for path in self.tree.rglob('*') if not path.is_dir()]
        self.assertEqual(sorted(map(str, left)), sorted(path for path in locked if not os.path.isdir(path)))


if __name__ == '__main__':
    unittest.main(verbosity=2)
