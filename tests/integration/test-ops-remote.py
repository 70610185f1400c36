# SPDX-License-Identifier: GPL-3.0-or-later
"""Operations on what gvfs reaches, from the command line: sftp and WebDAV servers of this machine, the trash, recent files.

There is neither a network nor an ssh in it: gvfs' own daemons, on a bus of their own, start sftpserver.py for "ssh", and davtree.py is
asked over http. The folders behind both servers are read directly, so that what stands there is known for certain. Skipped without gvfs.
With $THAW_REMOTE_FULL the tree has hundreds of files more and the big one 200 MB."""

import os
import shutil
import signal
import subprocess
import sys
import time
import unittest
import urllib.parse

from remote_world import IS_FULL, MTIME, RemoteCase, hidden_in, hidden_in_names, tree, wait_for

BIG = (200 if IS_FULL else 24) << 20


class Remote(RemoteCase):
    # --- taken back ---

    def test_undone_there(self):
        for kind, real, uri in self.places:
            with self.subTest(kind):
                self.end('create', '--folder', uri + '/new')
                for word, names in (('undo', []), ('redo', ['new']), ('undo', []), ('redo', ['new'])):
                    self.end(word)
                    self.assertEqual(os.listdir(real), names)
                source = self.local / f'tree {kind}'
                source.mkdir()
                self.make_tree(source, kind == 'sftp')
                self.end('copy', source, uri + '/new/')
                self.end('undo')
                self.assertEqual((os.listdir(real / 'new'), hidden_in(real)), ([], []))
                self.end('redo', status=1)
                self.end('copy', source, uri + '/new/')
                self.end('move', self.uri(uri + '/new', source.name), uri + '/')
                self.end('undo')
                self.assert_same(source, real / 'new' / source.name)
                self.end('redo')
                self.assertEqual(os.listdir(real / 'new'), [])
                self.end('undo')
                self.end('undo')
                self.assertEqual((os.listdir(real / 'new'), hidden_in(real)), ([], []))

    def test_names_undone_there(self):
        for kind, real, uri in self.places:
            with self.subTest(kind):
                for name, content in (('one', '1'), ('two', 'II'), ('three', '3rd')):
                    (real / name).write_text(content)
                before = tree(real)
                self.end('rename', uri + '/one', 'two', uri + '/two', 'one', uri + '/three', 'four')
                after = tree(real)
                self.assertEqual((after[b'one'], after[b'four']), (b'II', b'3rd'))
                for word, wanted in (('undo', before), ('redo', after), ('undo', before), ('redo', after)):
                    self.end(word)
                    self.assertEqual(tree(real), wanted)
                # What somebody has made since is in the way, and stays.
                (real / 'three').write_text('another')
                self.assertIn('another', self.end('undo', status=1)['message'])
                self.assertEqual(tree(real), {**after, b'three': b'another'})
                (real / 'three').unlink()
                (real / 'two').write_text('edited')
                self.assertIn('changed since', self.end('undo', status=1)['message'])
                self.assertEqual(tree(real), {**after, b'two': b'edited'})

    def test_changed_since_there(self):
        for kind, real, uri in self.places:
            for change in ('content', 'more', 'less'):
                with self.subTest(kind, change=change):
                    source = self.local / f'{kind} {change}'
                    source.mkdir()
                    self.make_tree(source, False)
                    self.end('copy', source, uri + '/')
                    leaf = real / source.name / 'deep/er/still/leaf'
                    if change == 'content':
                        leaf.write_text('LEAF')
                        os.utime(leaf, (time.time() + 2, time.time() + 2))  # servers count in seconds
                    elif change == 'more':
                        (leaf.parent / 'mine').touch()
                    else:
                        leaf.unlink()
                    wanted = tree(real)
                    self.assertIn('changed since', self.end('undo', status=1)['message'])
                    self.assertEqual(tree(real), wanted)

    def test_merge_undone_there(self):
        for kind, real, uri in self.places:
            with self.subTest(kind):
                for path, content in (('a/both/inner/x', 'x'), ('a/both/y', 'y'), ('b/both/inner/old', 'old'), ('b/both/z', 'z')):
                    (real / path).parent.mkdir(parents=True, exist_ok=True)
                    (real / path).write_text(content)
                before = tree(real)
                self.end('move', uri + '/a/both', uri + '/b/', '--on-conflict', 'folder=merge,file=skip')
                after = tree(real)
                self.assertEqual((os.listdir(real / 'a'), after[b'b/both/inner/x']), ([], b'x'))
                for word, wanted in (('undo', before), ('redo', after), ('undo', before)):
                    self.end(word)
                    self.assertEqual(tree(real), wanted)

    def test_undo_killed_there(self):
        """In the middle of renaming in circles, of undoing that, and of rolling it back."""
        names = [f'f{i}' for i in range(24)]
        words = [word for i, name in enumerate(names) for word in (f'{self.sftp_uri}/{name}', names[(i + 1) % len(names)])]
        for i, name in enumerate(names):
            (self.sftp / name).write_text(name * (i + 1))
        before = tree(self.sftp)
        self.end('rename', *words)
        after = tree(self.sftp)
        self.end('undo')
        self.assertEqual(tree(self.sftp), before)
        for what, command, resume, wanted in (('undo', ['undo'], ['resume'], before), ('redo', ['redo'], ['resume'], after),
                                              ('roll back', ['undo'], ['rollback'], after)):
            for n_changes in (1, 7, 19):
                with self.subTest(what, n_changes=n_changes):
                    if tree(self.sftp) == wanted and what != 'roll back':
                        self.end('redo' if what == 'undo' else 'undo')
                    process = self.start(*command)
                    wait_for('some of it', lambda: process.poll() is not None or len(hidden_in_names(self.sftp)) >= n_changes)
                    process.kill()
                    self.finish(process, None)
                    if process.returncode != 0:
                        self.end(*resume)
                    elif what == 'roll back':
                        self.end('redo')
                    self.assertEqual(tree(self.sftp), wanted)

    # --- trees ---

    def test_tree_there_and_back(self):
        for kind, real, uri in self.places:
            with self.subTest(kind):
                source = self.local / f'tree {kind}'
                source.mkdir()
                self.make_tree(source, kind == 'sftp')
                plan, = self.run_cli('plan', 'copy', source, uri + '/')
                self.assertIn('loss', [finding['type'] for finding in plan['findings']])
                self.assertEqual(plan['entries'], len(tree(source)) + 1)
                end = self.end('copy', source, uri + '/')
                self.assertEqual((end['state'], end['problems'], end['losses']), ('done', 0, 0))
                self.assertEqual(end['entries-done'], plan['entries'])
                self.assertEqual(end['bytes-done'], plan['bytes'])
                self.assert_same(source, real / source.name)
                if kind == 'sftp':
                    self.assertEqual((real / source.name / 'plain').stat().st_mtime, MTIME)
                    self.assertEqual((real / source.name / 'private').stat().st_mode & 0o777, 0o600)
                    self.assertEqual((real / source.name / 'script').stat().st_mode & 0o777, 0o755)
                back = self.local / f'back {kind}'
                back.mkdir()
                self.end('copy', self.uri(uri, source.name), back)
                self.assert_same(source, back / source.name)
                if kind == 'sftp':
                    self.assertEqual((back / source.name / 'private').stat().st_mode & 0o777, 0o600)
                    self.assertEqual((back / source.name / 'deep/er/still/leaf').stat().st_mtime, MTIME)
                self.assertEqual(hidden_in(real) + hidden_in(self.local), [])
                self.run_cli('undo')
                self.assertEqual(os.listdir(back), [])

    def test_many_to_dav(self):
        """gvfs' WebDAV backend loses a connection with each move, and has some thirty."""
        source = self.local / 'many'
        source.mkdir()
        for i in range(40):
            (source / f'{i}').write_text(f'{i}')
        self.end('copy', *(source / f'{i}' for i in range(40)), self.dav_uri + '/')
        self.assert_same(source, self.dav)

    def test_between_servers(self):
        source = self.local / 'tree'
        source.mkdir()
        self.make_tree(source, False)
        self.end('copy', source, self.sftp_uri + '/')
        self.end('copy', self.uri(self.sftp_uri, 'tree'), self.dav_uri + '/')
        self.assert_same(source, self.dav / 'tree')
        for uri, real in ((self.sftp_uri, self.sftp), (self.dav_uri, self.dav)):
            self.end('copy', self.uri(uri, 'tree'), self.uri(uri, 'again'))
            self.assert_same(source, real / 'again')
        self.end('move', self.uri(self.dav_uri, 'again'), self.sftp_uri + '/moved')
        self.assert_same(source, self.sftp / 'moved')
        self.assertFalse((self.dav / 'again').exists())

    def test_moves(self):
        for kind, real, uri in self.places:
            with self.subTest(kind):
                source = self.local / kind
                source.mkdir()
                self.make_tree(source, kind == 'sftp')
                shutil.copytree(source, self.local / f'kept {kind}', symlinks=True)
                self.end('move', source, uri + '/')
                self.assertFalse(source.exists())
                self.assert_same(self.local / f'kept {kind}', real / kind)
                number = (real / kind).stat().st_ino
                (real / 'sub').mkdir()
                self.end('move', self.uri(uri, kind), uri + '/sub/')
                self.assertEqual((real / 'sub' / kind).stat().st_ino, number)
                end = self.end('move', f'{uri}/sub/{kind}', self.local)
                self.assertEqual(end['state'], 'done')
                self.assert_same(self.local / f'kept {kind}', source)
                self.assertEqual(os.listdir(real / 'sub'), [])
                self.assertIn('on a server', self.end('undo', str(end['id']), status=1)['message'])

    def test_small_changes(self):
        for kind, real, uri in self.places:
            with self.subTest(kind):
                end = self.end('create', '--folder', uri + '/new')
                self.assertEqual(end['results'], [uri + '/new'])
                self.end('create', '--content', 'hello', uri + '/new/text')
                self.assertEqual((real / 'new/text').read_text(), 'hello')
                self.end('create', '--content', 'two', uri + '/new/other')
                self.end('duplicate', uri + '/new/text')
                self.assertEqual((real / 'new/text (2)').read_text(), 'hello')
                self.end('rename', uri + '/new/text', 'other', uri + '/new/other', 'text')
                self.assertEqual(((real / 'new/text').read_text(), (real / 'new/other').read_text()), ('two', 'hello'))
                self.end('rename', uri + '/new/text', 'other', status=1)
                self.assertEqual((real / 'new/text').read_text(), 'two')
                problems = [event for event in self.run_cli('trash', uri + '/new/text', status=1) if event['event'] == 'problem']
                self.assertEqual(len(problems), 1)
                self.assertTrue((real / 'new/text').exists())
                if kind == 'sftp':
                    self.end('attributes', '--mode', '600', '--recursive', uri + '/new/text')
                    self.assertEqual((real / 'new/text').stat().st_mode & 0o777, 0o600)
                self.end('delete', uri + '/new')
                self.assertEqual(os.listdir(real), [])

    def test_conflicts(self):
        for kind, real, uri in self.places:
            with self.subTest(kind):
                here = self.local / kind
                (here / 'both/inner').mkdir(parents=True)
                (here / 'file').write_text('new')
                (here / 'both/one').write_text('new one')
                (here / 'both/inner/three').write_text('three')
                (real / 'both').mkdir()
                (real / 'file').write_text('old there')
                (real / 'both/two').write_text('two')
                (real / 'both/one').write_text('old one')
                self.end('copy', here / 'file', uri + '/', status=1)
                self.assertEqual((real / 'file').read_text(), 'old there')
                self.end('copy', here / 'file', uri + '/', '--on-conflict', 'keep-both')
                self.assertEqual((real / 'file (2)').read_text(), 'new')
                self.end('copy', here / 'file', uri + '/', '--on-conflict', 'replace')
                self.assertEqual((real / 'file').read_text(), 'new')
                self.end('copy', here / 'both', uri + '/', '--on-conflict', 'folder=merge,file=skip')
                self.assertEqual(tree(real / 'both'), {b'one': b'old one', b'two': b'two', b'inner': None, b'inner/three': b'three'})
                self.end('copy', here / 'both', uri + '/', '--on-conflict', 'folder=merge,file=replace')
                self.assertEqual((real / 'both/one').read_text(), 'new one')
                # And the other way: what is replaced here can be brought back.
                (real / 'file').write_text('from there')
                (real / 'both/one').write_text('from there')
                self.end('copy', uri + '/file', uri + '/both', here, '--on-conflict', 'folder=merge,file=replace,type=skip')
                self.assertEqual(((here / 'file').read_text(), (here / 'both/one').read_text()), ('from there', 'from there'))
                self.assertEqual((here / 'both/two').read_text(), 'two')
                self.end('undo')
                self.assertEqual(tree(here), {b'file': b'new', b'both': None, b'both/one': b'new one', b'both/inner': None,
                                              b'both/inner/three': b'three'})
                self.assertEqual(hidden_in(real) + hidden_in(here), [])

    def test_trash_and_recent(self):
        """What an entry there stands for is a local file, and is treated as one."""
        thing = self.local / 'letter & more.txt'
        thing.write_text('dear')
        data = self.world.root / 'data'
        (data / 'recently-used.xbel').write_text(f'''<?xml version="1.0" encoding="UTF-8"?>
<xbel version="1.0" xmlns:bookmark="http://www.freedesktop.org/standards/desktop-bookmarks"
      xmlns:mime="http://www.freedesktop.org/standards/shared-mime-info">
  <bookmark href="{thing.as_uri()}" added="2026-01-01T00:00:00Z" modified="2026-01-01T00:00:00Z" visited="2026-01-01T00:00:00Z">
    <info><metadata owner="http://freedesktop.org"><mime:mime-type type="text/plain"/>
      <bookmark:applications><bookmark:application name="test" exec="test %u" modified="2026-01-01T00:00:00Z" count="1"/>
      </bookmark:applications></metadata></info>
  </bookmark>
</xbel>''')
        listing = subprocess.run(['gio', 'list', '-u', 'recent:///'], env={**self.world.environment, 'GIO_USE_VFS': 'gvfs'},
                                 stdout=subprocess.PIPE, text=True, check=True).stdout.split()
        there = self.local / 'there'
        there.mkdir()
        self.end('copy', *listing, there)
        self.assertEqual((there / thing.name).read_text(), 'dear')
        self.end('copy', *listing, self.sftp_uri + '/')
        self.assertEqual((self.sftp / thing.name).read_text(), 'dear')
        shutil.rmtree(there)
        there.mkdir()
        self.end('trash', thing)
        self.assertFalse(thing.exists())
        address = 'trash:///' + urllib.parse.quote(thing.name)
        wait_for('the trash', lambda: self.end('copy', address, there, status=None)['state'] == 'done')
        self.assertEqual((there / thing.name).read_text(), 'dear')
        self.end('copy', address, self.dav_uri + '/')
        self.assertEqual((self.dav / thing.name).read_text(), 'dear')
        self.end('restore', address)
        self.assertEqual(thing.read_text(), 'dear')

    # --- things that go wrong ---

    def make_big(self):
        path = self.local / 'big'
        block = os.urandom(1 << 20)
        with open(path, 'wb') as file:
            for i in range(BIG >> 20):
                file.write(block[i:] + block[:i])
        return path

    def test_full_server(self):
        """What is there already stays, and there is no half of the new one."""
        (self.local / 'file').write_bytes(b'n' * 300_000)
        (self.sftp / 'file').write_text('old')
        full = self.world.root / 'control' / 'full'
        full.touch()
        try:
            end = self.end('copy', self.local / 'file', self.sftp_uri + '/', '--on-conflict', 'replace', status=1)
        finally:
            full.unlink()
        self.assertEqual((end['state'], end['problems']), ('failed', 1))
        self.assertEqual(tree(self.sftp), {b'file': b'old'})

    def test_one_bad_entry(self):
        """One that can't be read is told, the rest arrives."""
        source = self.local / 'source'
        source.mkdir()
        for name in 'abc':
            (source / name).write_text(name)
        os.mkfifo(source / 'fifo')
        problems = [event for event in self.run_cli('copy', source, self.sftp_uri + '/', status=1) if event['event'] == 'problem']
        self.assertEqual([os.path.basename(problem['path']) for problem in problems], ['fifo'])
        self.assertEqual(tree(self.sftp / 'source'), {b'a': b'a', b'b': b'b', b'c': b'c'})

    def big_commands(self):
        """There and back, with the folder where the hidden copy grows and the final name."""
        big = self.make_big()
        shutil.copy(big, self.sftp / 'remote big')
        shutil.copy(big, self.dav / 'remote big')
        down = self.local / 'down'
        down.mkdir()
        for kind, real, uri in self.places:
            yield f'to {kind}', ('copy', big, uri + '/'), real, real / 'big'
            yield f'from {kind}', ('copy', uri + '/remote%20big', down), down, down / 'remote big'

    def test_big_and_cancelled(self):
        for what, words, folder, final in self.big_commands():
            with self.subTest(what):
                process = self.start(*words)
                wait_for('progress', lambda: process.poll() is not None or hidden_in_names(folder))
                process.send_signal(signal.SIGINT)
                begun = time.monotonic()
                events = self.finish(process, None)
                took = time.monotonic() - begun
                if process.returncode != 0:
                    self.assertEqual(events[-1]['state'], 'cancelled', events[-1])
                    self.assertLess(took, 2)
                    self.assertFalse(final.exists())
                    wait_for('the last of it to go', lambda: not hidden_in(folder))
                    self.end(*words)
                self.assertEqual(final.stat().st_size, BIG)
                self.assert_file(final)
                final.unlink()

    def assert_file(self, path):
        with open(self.local / 'big', 'rb') as a, open(path, 'rb') as b:
            while block := a.read(1 << 20):
                self.assertEqual(block, b.read(1 << 20))
            self.assertEqual(b.read(1), b'')

    def test_killed_and_resumed(self):
        for what, words, folder, final in self.big_commands():
            with self.subTest(what):
                process = self.start(*words)
                wait_for('progress', lambda: process.poll() is not None or hidden_in_names(folder))
                process.kill()
                self.finish(process, None)
                if process.returncode != 0:
                    self.assertFalse(final.exists())
                    end = self.end('resume')
                    self.assertEqual(end['state'], 'done')
                self.assert_file(final)
                self.assertEqual(hidden_in_names(folder), [])
                self.assertEqual(self.run_cli('resume'), [])
                final.unlink()


    def under_way(self, *words, folder):
        process = self.start(*words)
        wait_for('progress', lambda: process.poll() is not None or hidden_in_names(folder))
        return process

    def test_server_comes_back(self):
        """The connection is cut in the middle: it is made again, and the file sent again."""
        big = self.make_big()
        process = self.under_way('copy', big, self.sftp_uri + '/', folder=self.sftp)
        os.kill(self.world.sftp_pid(), signal.SIGKILL)
        events = self.finish(process)
        self.assertEqual(events[-1]['state'], 'done')
        self.assert_file(self.sftp / 'big')
        self.assertEqual(hidden_in_names(self.sftp), [])

    def test_server_dies(self):
        """For good: one error and not one for each file, at once; and nothing under the final name."""
        source = self.local / 'source'
        source.mkdir()
        self.make_big().rename(source / 'big')
        for i in range(200):
            (source / f'n{i}').write_text('n')
        ssh = self.world.root / 'bin' / 'ssh'
        process = self.under_way('copy', source, self.sftp_uri + '/', folder=self.sftp)
        ssh.rename(ssh.with_name('away'))
        try:
            os.kill(self.world.sftp_pid(), signal.SIGKILL)
            begun = time.monotonic()
            events = self.finish(process, None)
            took = time.monotonic() - begun
        finally:
            ssh.with_name('away').rename(ssh)
        if process.returncode != 0:
            self.assertEqual(events[-1]['state'], 'failed', events[-1])
            self.assertLessEqual(events[-1]['problems'], 1)
            self.assertLess(took, 15)
            self.assertFalse((self.sftp / 'source').exists())

    def test_server_hangs(self):
        """Cancelling is obeyed all the same, others go on, and what was left there is swept by the next resume."""
        for what, words, folder, final in self.big_commands():
            with self.subTest(what):
                process = self.under_way(*words, folder=folder)
                pid = self.world.dav_server.pid if 'dav' in what else self.world.sftp_pid()
                os.kill(pid, signal.SIGSTOP)
                try:
                    other = self.dav_uri if 'sftp' in what else self.sftp_uri
                    self.end('create', '--folder', other + '/meanwhile')
                    self.end('delete', other + '/meanwhile')
                    process.send_signal(signal.SIGINT)
                    begun = time.monotonic()
                    events = self.finish(process, None, timeout=20)
                    took = time.monotonic() - begun
                finally:
                    os.kill(pid, signal.SIGCONT)
                print(f'{what}: cancelled after {took:.3f} s', file=sys.stderr)
                if process.returncode != 0:
                    self.assertEqual(events[-1]['state'], 'cancelled', events[-1])
                    self.assertLess(took, 4)
                    self.assertFalse(final.exists())
                    self.run_cli('resume', status=None)
                    self.assertEqual(hidden_in_names(folder), [])
                    self.assertEqual(self.run_cli('resume'), [])


if __name__ == '__main__':
    unittest.main(verbosity=2)
