# SPDX-License-Identifier: GPL-3.0-or-later
"""Two folders synchronised where one is on a server, or both: sftp and WebDAV as in test-ops-remote.py. What stands behind the servers is
read directly. WebDAV keeps neither times nor rights nor links. With $THAW_REMOTE_FULL the trees are larger, and a server dies for good."""

import os
import shutil
import signal
import time
import unittest
from pathlib import Path

from remote_world import IS_FULL, MTIME, RemoteCase, hidden_in, hidden_in_names, tree, wait_for

N_FILES = 300 if IS_FULL else 30


def write(path, text, mtime=MTIME):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    os.utime(path, (mtime, mtime))


def times(folder):
    return {path.relative_to(folder): int(path.lstat().st_mtime) for path in folder.rglob('*') if path.is_file() and not path.is_symlink()}


def between(*pairs):
    """The test, once for each pair of places."""
    def decorate(function):
        def test(self):
            for what in pairs:
                with self.subTest(what):
                    function(self, what, *self.make_pair(what))
        test.__doc__ = function.__doc__
        return test
    return decorate


ALL = ('local sftp', 'sftp local', 'local dav', 'dav local', 'sftp dav')


def some(*pairs):
    return ALL if IS_FULL else pairs


class Sync(RemoteCase):
    def make_pair(self, what):
        """The folder and the address of A and of B."""
        places = {'sftp': (self.sftp, self.sftp_uri), 'dav': (self.dav, self.dav_uri), 'local': (self.local, str(self.local))}
        sides = []
        for side, kind in zip('ab', what.split()):
            real, address = places[kind]
            name = f'{side} of {what}'
            (real / name).mkdir()
            sides += [real / name, f'{address}/{name}' if kind == 'local' else self.uri(address, name)]
        return sides

    def sync(self, *words, status: int | None = 0):
        return self.end('sync', *words, status=status)

    def plan(self, *words):
        plan, = self.run_cli('plan', 'sync', *words)
        return plan

    def findings(self, plan):
        return {os.path.basename(finding['path']): finding['type'] for finding in plan['findings']}

    def assert_alike(self, a, b, *words):
        """There is nothing left to do."""
        plan = self.plan(*words)
        self.assertEqual((plan['findings'], plan['entries'], plan['bytes']), ([], 0, 0))
        self.assert_same(a, b)
        self.assertEqual(hidden_in(a) + hidden_in(b), [])

    @staticmethod
    def make_different(a, b, newer=MTIME + 100):
        write(a / 'same', 'same')
        write(b / 'same', 'same', MTIME + 1)  # within what servers round to
        write(a / 'only-a', 'a')
        write(b / 'only-b', 'b')
        write(a / 'newer-a', 'newer a', newer)
        write(b / 'newer-a', 'old')
        write(a / 'newer-b', 'old')
        write(b / 'newer-b', 'newer b', newer)
        write(a / 'sized', 'one')
        write(b / 'sized', 'two!')
        write(a / 'kind/within', 'x')
        write(b / 'kind', 'a file')
        write(a / 'both/inner/deep-a', 'deep')
        write(b / 'both/inner/deep-b', 'deep')
        write(b / 'both/old/of/b', 'gone')
        write(a / '.thaw-0123456789abcdef-7', 'of another job')

    EXPECTED = {'only-a': 'only in the first', 'only-b': 'only in the second', 'newer-a': 'newer in the first',
                'newer-b': 'newer in the second', 'sized': 'different', 'kind': 'different', 'deep-a': 'only in the first',
                'deep-b': 'only in the second', 'old': 'only in the second'}

    # --- what differs ---

    @between(*some('sftp dav'))
    def test_compare(self, what, a, a_word, b, b_word):
        self.make_different(a, b)
        before = tree(a), tree(b)
        compared, = self.run_cli('sync', a_word, b_word, '--mode', 'compare')
        self.assertEqual(self.findings(compared), self.EXPECTED)
        self.assertEqual((tree(a), tree(b)), before)

    def test_refused(self):
        (self.sftp / 'in/it').mkdir(parents=True)
        (self.sftp / 'file').touch()
        for a, b in ((self.sftp_uri, self.sftp_uri + '/in/it'), (self.sftp_uri + '/in/it', self.sftp_uri),
                     (self.sftp_uri + '/none', self.local), (self.local, self.sftp_uri + '/none'), (self.local, self.sftp_uri + '/file')):
            plan = self.run_cli('plan', 'sync', a, b, status=None)[-1]
            self.assertTrue([finding for finding in plan['findings'] if finding['fatal']], plan)
            self.sync(a, b, status=1)

    # --- modes ---

    @between(*some('local sftp', 'sftp local', 'local dav'))
    def test_mirror(self, what, a, a_word, b, b_word):
        self.make_tree(a, 'dav' not in what)
        self.make_different(a, b)
        (a / '.thaw-0123456789abcdef-7').unlink()
        before = tree(b)
        words = (a_word, b_word, '--mode', 'mirror')
        plan = self.plan(*words)
        types = [finding['type'] for finding in plan['findings']]
        self.assertEqual('no undo' in types, not what.endswith('local'))
        end = self.sync(*words)
        self.assertEqual((end['problems'], end['entries-done'], end['bytes-done']), (0, plan['entries'], plan['bytes']))
        self.assert_alike(a, b, *words)
        if not what.endswith('dav'):
            self.assertEqual(times(a), {name: at - (name == Path('same')) for name, at in times(b).items()})
        if what.startswith('local s') or what.startswith('sftp l'):
            self.assertEqual((b / 'script').stat().st_mode & 0o777, 0o755)
        again = self.sync(*words)
        self.assertEqual((again['entries-done'], again['bytes-done']), (0, 0))
        if what.endswith('local'):
            self.end('undo', str(end['id']))
            self.assertEqual(tree(b), before)
        else:
            self.assertIn('on a server', self.end('undo', str(end['id']), status=1)['message'])

    @between(*some('sftp local', 'dav local'))
    def test_update(self, what, a, a_word, b, b_word):
        # The time of what lies on WebDAV is that of its arrival.
        self.make_different(a, b)
        wanted = {**tree(b), b'only-a': b'a', b'newer-a': b'newer a', b'sized': b'one', b'kind': None, b'kind/within': b'x',
                  b'both/inner/deep-a': b'deep'}
        end = self.sync(a_word, b_word, '--mode', 'update', '--on-conflict', 'type=replace')
        self.assertEqual((end['state'], end['problems']), ('done', 0))
        self.assertEqual(tree(b), wanted)
        again = self.sync(a_word, b_word, '--mode', 'update')
        self.assertEqual((again['entries-done'], hidden_in(b)), (0, []))

    @between('local sftp', 'sftp local')
    def test_rights(self, what, a, a_word, b, b_word):
        for side in (a, b):
            write(side / 'folder/file', 'x')
        (a / 'folder/file').chmod(0o640)
        (a / 'folder').chmod(0o750)
        os.utime(a / 'folder', (MTIME, MTIME))
        end = self.sync(a_word, b_word, '--mode', 'mirror')
        self.assertEqual([(b / name).stat().st_mode & 0o777 for name in ('folder', 'folder/file')], [0o750, 0o640])
        self.assertEqual((b / 'folder').stat().st_mtime, MTIME)
        self.assert_alike(a, b, a_word, b_word, '--mode', 'mirror')
        if what.endswith('local'):
            self.end('undo', str(end['id']))
            self.assertNotEqual((b / 'folder/file').stat().st_mode & 0o777, 0o640)

    @between('local dav', 'sftp local')
    def test_by_content(self, what, a, a_word, b, b_word):
        write(a / 'file', 'one')
        write(b / 'file', 'two')
        words = (a_word, b_word, '--mode', 'mirror')
        self.assertEqual(self.plan(*words)['entries'], 0)
        self.sync(*words, '--by-content')
        self.assert_same(a, b)

    # --- both ways ---

    @between(*some('local sftp', 'local dav'))
    def test_both(self, what, a, a_word, b, b_word):
        words = (a_word, b_word, '--mode', 'both')
        write(a / 'tree/leaf', 'leaf')
        (b / 'empty').mkdir()
        write(a / 'from-a', 'a')
        write(b / 'from-b', 'b')
        write(b / 'clash', 'of b', MTIME + 100)
        write(a / 'clash', 'a')
        self.sync(*words)
        self.assertEqual((b / 'clash').read_text(), 'of b')
        self.assert_alike(a, b, *words)
        now = time.time() + 3  # servers count in seconds
        write(a / 'from-a', 'changed in a', now)
        write(b / 'from-b', 'changed in b', now)
        write(a / 'clash', 'mine', now)
        write(b / 'clash', 'theirs', now + 3)
        self.assertEqual(self.findings(self.plan(*words))['clash'], 'conflict')
        end = self.sync(*words, status=1)
        self.assertEqual((end['problems'], (a / 'clash').read_text(), (b / 'clash').read_text()), (1, 'mine', 'theirs'))
        self.assertEqual(((a / 'from-b').read_text(), (b / 'from-a').read_text()), ('changed in b', 'changed in a'))
        self.sync(*words, '--on-conflict', 'keep-both')
        for side in (a, b):
            self.assertEqual(((side / 'clash').read_text(), (side / 'clash (2)').read_text()), ('theirs', 'mine'))
        if 'dav' in what:  # where what was changed in the future is older than that
            self.assert_same(a, b)
        else:
            self.assert_alike(a, b, *words)

    @between('local sftp')
    def test_both_undone(self, what, a, a_word, b, b_word):
        """What was only made on a server, or only here, is taken back; what went both ways isn't, and that is said."""
        write(a / 'one/two', 'a')
        self.sync(a_word, b_word, '--mode', 'both')
        self.end('undo')
        self.assertEqual(tree(b), {})
        write(b / 'three', 'b')
        end = self.sync(a_word, b_word, '--mode', 'both')
        self.assertIn('on a server', self.end('undo', str(end['id']), status=1)['message'])
        self.assert_same(a, b)

    # --- things that go wrong ---

    def make_many(self, a, b):
        for i in range(N_FILES):
            write(a / f'f{i % 7}/n{i}', f'{i}' * 40_000)
            if i % 3 == 0:
                write(b / f'f{i % 7}/n{i}', 'old', MTIME - 100)
            if i % 5 == 0:
                write(b / f'f{i % 7}/gone{i}', 'gone')

    def kill_within(self, folder, *words):
        """Once it is well under way; what was killed is still to be done."""
        process = self.start('sync', *words)
        wait_for('progress', lambda: process.poll() is not None or hidden_in_names(folder))
        n_before = len(list(folder.rglob('*')))
        wait_for('more', lambda: process.poll() is not None or len(list(folder.rglob('*'))) > n_before + N_FILES // 8)
        process.kill()
        self.finish(process, None)
        self.assertNotEqual(process.returncode, 0, 'it was too quick')

    @between(*some('local sftp', 'sftp local'))
    def test_killed_and_resumed(self, what, a, a_word, b, b_word):
        self.make_many(a, b)
        before = tree(b)
        self.kill_within(b, a_word, b_word, '--mode', 'mirror')
        end = self.end('resume')
        self.assertEqual((end['state'], end['problems']), ('done', 0))
        self.assert_alike(a, b, a_word, b_word, '--mode', 'mirror')
        self.assertEqual(self.run_cli('resume'), [])
        if what.endswith('local'):
            self.end('undo')
            self.assertEqual(tree(b), before)

    @between('sftp local', 'local sftp')
    def test_killed_and_rolled_back(self, what, a, a_word, b, b_word):
        self.make_many(a, b)
        if what.endswith('sftp'):
            shutil.rmtree(b)
            b.mkdir()
        before = tree(b)
        self.kill_within(b, a_word, b_word, '--mode', 'update')
        self.end('rollback')
        self.assertEqual(tree(b), before)

    @between('local sftp')
    def test_full_server(self, what, a, a_word, b, b_word):
        full = self.world.root / 'control' / 'full'
        write(a / 'file', 'new' * 100_000, MTIME + 100)
        write(b / 'file', 'old')
        full.touch()
        try:
            end = self.sync(a_word, b_word, '--mode', 'mirror', status=1)
        finally:
            full.unlink()
        self.assertEqual((end['state'], end['problems']), ('failed', 1))
        self.assertEqual(tree(b), {b'file': b'old'})
        self.end('sync', a_word, b_word, '--mode', 'mirror')
        self.assert_same(a, b)

    @between('sftp local', 'local sftp')
    def test_locked_folder(self, what, a, a_word, b, b_word):
        """It is told, what it would have to do with stays, and the rest is done."""
        locked = self.world.root / 'control' / 'locked'
        for name in 'abc':
            write(a / name / 'file', name)
            write(b / name / 'old', 'old')
        locked.write_bytes(os.fsencode((a if what.startswith('sftp') else b) / 'b'))
        try:
            self.assertIn('no permission', self.findings(self.plan(a_word, b_word, '--mode', 'mirror')).values())
            events = self.run_cli('sync', a_word, b_word, '--mode', 'mirror', status=1)
        finally:
            locked.unlink()
        problems = [os.path.basename(event['path']) for event in events if event['event'] == 'problem']
        self.assertEqual(problems, ['b'])
        self.assertEqual({name: content for name, content in tree(b).items() if content is not None},
                         {b'a/file': b'a', b'b/old': b'old', b'c/file': b'c'})

    @unittest.skipUnless(IS_FULL, 'only with $THAW_REMOTE_FULL')
    @between('sftp local')
    def test_server_dies(self, what, a, a_word, b, b_word):
        """For good: one error, at once, and nothing is taken for what isn't there."""
        ssh = self.world.root / 'bin' / 'ssh'
        self.make_many(a, b)
        process = self.start('sync', a_word, b_word, '--mode', 'mirror')
        wait_for('progress', lambda: process.poll() is not None or hidden_in_names(b))
        ssh.rename(ssh.with_name('away'))
        try:
            os.kill(self.world.sftp_pid(), signal.SIGKILL)
            begun = time.monotonic()
            events = self.finish(process, None)
            took = time.monotonic() - begun
        finally:
            ssh.with_name('away').rename(ssh)
        self.assertEqual(events[-1]['state'], 'failed', events[-1])
        self.assertLessEqual(events[-1]['problems'], 1)
        self.assertLess(took, 15)
        self.sync(a_word, b_word, '--mode', 'mirror')
        self.assert_same(a, b)


if __name__ == '__main__':
    unittest.main(verbosity=2)
