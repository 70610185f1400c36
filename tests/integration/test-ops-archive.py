# SPDX-License-Identifier: GPL-3.0-or-later
"""Archives and the trash from the command line: the kit's hostile archives, and kills at every change of the disk.

$THAW_KILL_RUNS break points each, 0 for every one of them."""

import io
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import unittest
from pathlib import Path
from urllib.parse import unquote_to_bytes

from faultfs import FaultFs, needs_faultfs

CLI = os.environ.get('THAW_FILES_CLI', '')
KIT = os.environ.get('THAW_KIT', '')
RUNS = int(os.environ.get('THAW_KILL_RUNS', '12'))


def spread(n):
    """Break points over 1…n, the first and the last among them."""
    if not RUNS or RUNS >= n:
        return range(1, n + 1)
    return sorted({1 + i * (n - 1) // (RUNS - 1) for i in range(RUNS)})


def read_tree(top):
    """What is below, but for what is hidden: path → bytes, link or None for a folder."""
    tree = {}
    for path in sorted(top.rglob('*')):
        name = str(path.relative_to(top))
        if path.is_symlink():
            tree[name] = ('link', os.readlink(path))
        else:
            tree[name] = None if path.is_dir() else path.read_bytes()
    return tree


def hidden(top):
    return [str(path) for path in top.rglob('.thaw-*') if not path.name.startswith('.thaw-kept')]


@unittest.skipUnless(KIT, 'needs the kit')
class Hostile(unittest.TestCase):
    def test_archives(self):
        """None of the 76 escapes, harms, leaves half a file, loses a good one or is wrong in silence."""
        scratch = Path(tempfile.mkdtemp(prefix='thaw-hostile-'))
        self.addCleanup(shutil.rmtree, scratch, ignore_errors=True)
        scratch.chmod(0o755)
        archives = scratch / 'archives'
        subprocess.run([sys.executable, f'{KIT}/mkarchive-hostile', archives], check=True, stdout=subprocess.DEVNULL)
        state = scratch / 'state'
        state.mkdir(mode=0o777)
        state.chmod(0o777)
        script = scratch / 'extract'
        script.write_text(f'#!/bin/sh\nstate=$(mktemp -d {state}/XXXXXX)\n'
                          f'{CLI} --state "$state" extract "$1" "$2"\n')
        script.chmod(0o755)
        # Root may make devices and keeps owners: somebody else is harder to protect from less.
        user = ['--user', 'nobody'] if os.geteuid() == 0 and self.nobody_can_run(script) else []
        result = subprocess.run([f'{KIT}/extractcheck', archives, '--timeout', '60', *user,
                                 '--', script, '{archive}', '{out}'], text=True, stdout=subprocess.PIPE)
        *lines, last = result.stdout.splitlines()
        self.assertEqual([line for line in lines if line.split()[1] != 'SAFE'], [])
        self.assertEqual(last, '== SAFE 76')

    @staticmethod
    def nobody_can_run(script):
        """The program may lie below a folder of root's own, and so may the scratch folder."""
        return all(subprocess.run(
            ['setpriv', '--reuid=nobody', '--clear-groups', *command], check=False,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0
            for command in ([CLI, '--version'], ['test', '-x', script]))


@needs_faultfs
class Kill(unittest.TestCase):
    """Everything that changes, the journal aside, is on the faulty mount."""

    def setUp(self):
        self.fs = FaultFs(self)
        self.state = Path(tempfile.mkdtemp(prefix='thaw-state-'))
        self.addCleanup(shutil.rmtree, self.state, ignore_errors=True)
        self.top = self.fs.mount / 'work'
        self.trash = self.fs.mount / 'data' / 'Trash'
        self.environment = {**os.environ, 'XDG_DATA_HOME': str(self.fs.mount / 'data')}
        self.n = 0

    def fresh(self):
        """An empty disk and an empty journal, in the same mount."""
        self.fs.order('clear')
        for folder in (self.top, self.fs.mount / 'data'):
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
        self.n += 1

    def cli(self, *words):
        return subprocess.run([CLI, '--state', self.state / str(self.n), *words], env=self.environment,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors='replace', timeout=60)

    def count(self, prepare, *words):
        """How many changes of the disk it takes."""
        self.fresh()
        prepare()
        self.fs.order('add op=mutate nth=1 count=-1 delay=0')
        self.assertEqual(self.cli(*words).returncode, 0)
        n = self.fs.n_hits()
        self.fs.order('clear')
        return n

    def check_each(self, prepare, words, between, after, ways=('resume', 'rollback')):
        n = self.count(prepare, *words)
        self.assertGreater(n, 3)
        for k in spread(n):
            for way in ways:
                with self.subTest(k=k, of=n, way=way):
                    self.fresh()
                    prepare()
                    self.fs.order(f'add op=mutate nth={k} kill')
                    status = self.cli(*words).returncode
                    self.assertNotEqual(status, 0)
                    self.fs.order('clear')
                    between()
                    result = self.cli(way)
                    self.assertEqual(result.returncode, 0, result.stdout)
                    # It may be the program that writes archives that was hit: that is a failure like any other.
                    after(way if status < 0 else 'rollback')
                    self.assertEqual(hidden(self.fs.mount), [])

    # --- trash ---

    def make_doc(self):
        (self.top / 'papers').mkdir()
        (self.top / 'papers' / 'doc').write_text('precious')

    def is_home(self):
        path = self.top / 'papers' / 'doc'
        return path.exists() and path.read_text() == 'precious'

    def is_trashed(self):
        """In the trash, and its .trashinfo is whole."""
        path, info = self.trash / 'files' / 'doc', self.trash / 'info' / 'doc.trashinfo'
        if not path.exists():
            return False
        self.assertEqual(path.read_text(), 'precious')
        lines = info.read_text().split('\n')
        self.assertEqual(lines[0], '[Trash Info]')
        self.assertEqual(unquote_to_bytes(lines[1].removeprefix('Path=')), os.fsencode(self.top / 'papers' / 'doc'))
        self.assertRegex(lines[2], '^DeletionDate=....-..-..T..:..:..$')
        return True

    def infos(self):
        return list((self.trash / 'info').iterdir()) if (self.trash / 'info').exists() else []

    def test_trash(self):
        def after(way):
            self.assertEqual((self.is_home(), self.is_trashed()), (way == 'rollback', way == 'resume'))
            self.assertEqual(len(self.infos()), way == 'resume')

        self.check_each(self.make_doc, ['trash', self.top / 'papers' / 'doc'],
                        lambda: self.assertTrue(self.is_home() != self.is_trashed()), after)

    def make_trashed(self):
        self.make_doc()
        self.assertEqual(self.cli('trash', self.top / 'papers' / 'doc').returncode, 0)

    def check_restore(self, prepare, ways):
        def after(way):
            self.assertEqual((self.is_home(), self.is_trashed()), (way == 'resume', way == 'rollback'))
            self.assertEqual(len(self.infos()), way == 'rollback')

        self.check_each(prepare, ['restore', self.trash / 'files' / 'doc'],
                        lambda: self.assertTrue(self.is_home() != self.is_trashed()), after, ways)

    def test_restore(self):
        self.check_restore(self.make_trashed, ('resume', 'rollback'))

    def test_restore_folder_gone(self):
        def prepare():
            self.make_trashed()
            shutil.rmtree(self.top / 'papers')

        self.check_restore(prepare, ('resume',))

    def test_other_device(self):
        """What isn't on the home's mount goes to that mount's trash, of the two kinds that there are."""
        home = self.state / 'home'
        self.environment['XDG_DATA_HOME'] = str(home)
        own = self.fs.mount / f'.Trash-{os.getuid()}'
        shared = self.fs.mount / '.Trash'
        for mode, trash in ((None, own), (0o777, own), (0o1777, shared / str(os.getuid()))):
            self.fresh()
            shutil.rmtree(own, ignore_errors=True)
            self.make_doc()
            if mode is not None:
                shared.mkdir(exist_ok=True)
                shared.chmod(mode)
            self.assertEqual(self.cli('trash', self.top / 'papers' / 'doc').returncode, 0)
            info = (trash / 'info' / 'doc.trashinfo').read_text()
            self.assertIn('\nPath=work/papers/doc\n', info)
            self.assertEqual(self.cli('restore', trash / 'files' / 'doc').returncode, 0)
            self.assertTrue(self.is_home())
            self.assertEqual(list((trash / 'info').iterdir()), [])
        self.assertFalse((home / 'Trash' / 'files' / 'doc').exists())

    # --- extract ---

    def make_archive(self):
        with tarfile.open(self.top / 'a.tar.gz', 'w:gz') as archive:
            for name, size in (('x/1', 10), ('x/y/2', 100_000), ('x/y/z/3', 0), ('4', 5)):
                entry = tarfile.TarInfo(name)
                entry.size = size
                archive.addfile(entry, io.BytesIO(bytes(size)))
            link = tarfile.TarInfo('l')
            link.type, link.linkname = tarfile.SYMTYPE, 'x/1'
            archive.addfile(link)

    def extracted(self):
        tree = read_tree(self.top / 'a') if (self.top / 'a').exists() else None
        if tree is not None:
            self.assertEqual(tree, {'4': bytes(5), 'l': ('link', 'x/1'), 'x': None, 'x/1': bytes(10), 'x/y': None,
                                    'x/y/2': bytes(100_000), 'x/y/z': None, 'x/y/z/3': b''})
        return tree is not None

    def test_extract(self):
        self.check_each(self.make_archive, ['extract', self.top / 'a.tar.gz', self.top],
                        self.extracted,
                        lambda way: self.assertEqual(self.extracted(), way == 'resume'))

    def test_extract_disk_full(self):
        """Whatever write fails, the folder is whole or isn't there, and nothing is left behind."""
        n = self.count(self.make_archive, 'extract', self.top / 'a.tar.gz', self.top)
        for k in spread(n):
            for sticky in ('', ' count=-1'):
                with self.subTest(k=k, sticky=sticky):
                    self.fresh()
                    self.make_archive()
                    self.fs.order(f'add op=write nth={k}{sticky} errno=ENOSPC')
                    status = self.cli('extract', self.top / 'a.tar.gz', self.top).returncode
                    self.fs.order('clear')
                    self.assertEqual(self.extracted(), status == 0)
                    self.assertEqual(hidden(self.fs.mount), [])

    # --- compress ---

    def test_compress(self):
        def prepare():
            self.make_doc()
            (self.top / 'papers' / 'more').write_bytes(os.urandom(50_000))

        def whole():
            path = self.top / 'p.zip'
            if path.exists():
                subprocess.run(['unzip', '-tq', path], check=True, stdout=subprocess.DEVNULL)
            return path.exists()

        self.check_each(prepare, ['compress', self.top / 'p.zip', self.top / 'papers'], whole,
                        lambda way: self.assertEqual(whole(), way == 'resume'))


if __name__ == '__main__':
    unittest.main()
