# SPDX-License-Identifier: GPL-3.0-or-later
"""Synchronising and downloading from the command line: killed at every change, trees compared by the kit, a server that means harm.

$THAW_KILL_RUNS break points each, 0 for every one of them. $THAW_SYNC_ROUNDS random pairs of trees. $THAW_FULL=1: also what takes
its time."""

import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.request
from pathlib import Path

CLI = os.environ.get('THAW_FILES_CLI', '')
KIT = os.environ.get('THAW_KIT', '')
FAULTFS = os.environ.get('THAW_FAULTFS', '')
TREECMP = os.environ.get('THAW_TREECMP') or os.path.join(os.path.dirname(FAULTFS), 'treecmp')
FULL = bool(os.environ.get('THAW_FULL'))
RUNS = int(os.environ.get('THAW_KILL_RUNS', '3'))
ROUNDS = int(os.environ.get('THAW_SYNC_ROUNDS', '3'))
SEED = int(os.environ.get('THAW_SEED', random.randrange(10**9)))

needs_kit = unittest.skipUnless(os.access(FAULTFS, os.X_OK) and os.access('/dev/fuse', os.W_OK) and KIT,
                                'needs the kit, faultfs and FUSE')
needs_server = unittest.skipUnless(KIT and os.access(f'{KIT}/httpd-hostile', os.X_OK), 'needs the kit')


def snapshot(top):
    """Everything below that is the user's: type, mode, time of what isn't a folder, content."""
    found = {}
    for base, folders, files in os.walk(os.fsencode(top)):
        folders[:] = [name for name in folders if not name.startswith(b'.thaw-')]
        for name in folders + [name for name in files if not name.startswith(b'.thaw-')]:
            path = os.path.join(base, name)
            status = os.lstat(path)
            is_folder, is_link = os.path.isdir(path) and not os.path.islink(path), os.path.islink(path)
            content = os.readlink(path) if is_link else None if is_folder else Path(os.fsdecode(path)).read_bytes()
            found[os.path.relpath(path, os.fsencode(top))] = (status.st_mode, None if is_folder else status.st_mtime_ns, content)
    return found


def litter(top):
    return [os.path.join(base, name) for base, folders, files in os.walk(top) for name in folders + files
            if name.startswith('.thaw-') and not name.startswith('.thaw-kept-') and '.thaw-kept-' not in base]


class Place(unittest.TestCase):
    def setUp(self):
        self.scratch = Path(tempfile.mkdtemp(prefix='thaw-sync-'))
        self.addCleanup(shutil.rmtree, self.scratch, ignore_errors=True)
        self.environment = {name: value for name, value in os.environ.items() if name != 'DBUS_SESSION_BUS_ADDRESS'}
        self.environment.update(XDG_DATA_HOME=str(self.scratch / 'data'), HOME=str(self.scratch), LC_ALL='C.UTF-8',
                                GIO_USE_PROXY_RESOLVER='dummy')

    def command(self, *words):
        return [CLI, *map(os.fspath, words), '--no-service', '--state', str(self.scratch / 'state')]

    def run_cli(self, *words, status=0):
        ended = subprocess.run(self.command(*words), env=self.environment, stdin=subprocess.DEVNULL, text=True, errors='replace',
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=120, check=False)
        if status is not None:
            self.assertEqual(ended.returncode, status, (words, ended.stdout, ended.stderr))
        return ended

    def end_of(self, *words, status=0):
        lines = [json.loads(line) for line in self.run_cli(*words, '--json', status=status).stdout.splitlines()]
        return lines[-1]


def make_random(top, rand, depth=2):
    names = ['x', 'y', 'Z', 'z', 'café', '-n', 'sp ace', os.fsdecode(b'bad\xff'), 'new\nline', 'q?*']
    linked = []
    top.mkdir(exist_ok=True)
    for name in names:
        what, path = rand.randrange(10), top / name
        if what < 3:
            continue
        if what < 5 and depth:
            make_random(path, rand, depth - 1)
            path.chmod(rand.choice((0o755, 0o700)))
        elif what == 5:
            path.symlink_to(rand.choice(('nowhere', '.', 'x')))
        elif what == 6 and linked:
            os.link(rand.choice(linked), path)
        else:
            path.write_bytes(bytes([rand.randrange(3)]) * rand.randrange(5000))
            path.chmod(rand.choice((0o644, 0o600)))
            os.utime(path, ns=(10**18, 10**18 + rand.randrange(3) * 1_000_000_001))
            linked.append(path)


class Sync(Place):
    def setUp(self):
        super().setUp()
        self.a, self.b = self.scratch / 'a', self.scratch / 'b'

    def test_arguments(self):
        self.a.mkdir()
        self.b.mkdir()
        for words in (['sync'], ['sync', 'a'], ['sync', 'a', 'b', 'c'], ['sync', 'a', 'b', '--hard'],
                      ['sync', 'a', 'b', '--mode', 'sideways']):
            self.assertIn(self.run_cli(*words, status=None).returncode, (1, 2), words)
        said = subprocess.run([CLI, '--help'], stdout=subprocess.PIPE, text=True, check=True).stdout
        self.assertIn('sync', said)
        self.assertIn('download', said)

    def test_plan_and_compare(self):
        make_random(self.a, random.Random(1))
        make_random(self.b, random.Random(2))
        before = snapshot(self.a), snapshot(self.b)
        compared = self.end_of('sync', self.a, self.b, '--mode', 'compare')
        planned = self.end_of('plan', 'sync', self.a, self.b, '--mode', 'mirror')
        self.assertEqual((snapshot(self.a), snapshot(self.b)), before)
        kinds = {finding['type'] for finding in compared['findings']}
        self.assertLessEqual({'only in the first', 'only in the second', 'different'}, kinds)
        self.assertGreater(planned['bytes'], 0)
        self.assertGreater(planned['entries'], 0)

    @unittest.skipUnless(os.access(TREECMP, os.X_OK), "needs the kit's treecmp")
    def test_mirror_random(self):
        """After mirroring the kit finds no difference, hard links and times of folders included; after undoing all is as before."""
        for seed in range(SEED, SEED + ROUNDS):
            for folder in (self.a, self.b):
                shutil.rmtree(folder, ignore_errors=True)
            rand = random.Random(seed)
            make_random(self.a, rand)
            make_random(self.b, rand)
            before = snapshot(self.a), snapshot(self.b)
            with self.subTest(f'THAW_SEED={seed} THAW_SYNC_ROUNDS=1'):
                self.run_cli('sync', self.a, self.b, '--mode', 'mirror', '--by-content')
                compared = subprocess.run([TREECMP, self.a, self.b], text=True, errors='replace', stdout=subprocess.PIPE, check=False)
                self.assertEqual(compared.returncode, 0, compared.stdout)
                self.run_cli('undo')
                self.assertEqual((snapshot(self.a), snapshot(self.b)), before)
                self.assertEqual(litter(self.scratch), [])

    @needs_kit
    def test_killed(self):
        """Killed at every change: each name is the old or the new one; going on ends in the same as if nothing had happened, and
        taking it back in what was there before."""
        for mode in ('mirror', 'both'):
            for settle in ('resume', 'rollback'):
                n = self.kill_all(mode, settle)
                print(f'{mode}, {settle}: {n} kills', file=sys.stderr)
                self.assertGreater(n, 2)

    def make_pair(self, a, b):
        for top in (a, b):
            shutil.rmtree(top, ignore_errors=True)
            top.mkdir()
        for top, text, when in ((a, 'of a', 2), (b, 'of b, older', 1)):
            (top / 'd/e').mkdir(parents=True)
            for name in ('changed', 'd/changed', 'd/e/changed'):
                (top / name).write_text(text + name)
                os.utime(top / name, (when * 10**9, when * 10**9))
        (a / 'new/deep').mkdir(parents=True)
        (a / 'new/deep/f').write_text('new')
        (a / 'd/new').write_bytes(b'x' * 300_000)
        (b / 'gone/deep').mkdir(parents=True)
        (b / 'gone/deep/f').write_text('old')
        (b / 'd/gone').write_text('old')
        (a / 'd/link').symlink_to('new')
        for path in (a / 'new/deep/f', a / 'd/new', b / 'gone/deep/f', b / 'd/gone', a / 'd/link'):
            os.utime(path, (3 * 10**8, 3 * 10**8), follow_symlinks=False)

    def kill_all(self, mode, settle):
        back, mount, a = self.scratch / 'back', self.scratch / 'mnt', self.scratch / 'a'
        allow = ['--allow-other'] if os.geteuid() == 0 else []
        mount.mkdir(exist_ok=True)
        wanted = self.sync_unharmed(mode, a, back)
        for n_killed, k in enumerate(range(1, 10000, max(1, 60 // RUNS) if RUNS else 1)):
            self.make_pair(a, back)
            before = snapshot(a), snapshot(back)
            shutil.rmtree(self.scratch / 'state', ignore_errors=True)
            subprocess.run([FAULTFS, *allow, back, mount], check=True)
            try:
                was_killed = self.run_at(mount, ['sync', a, mount, '--mode', mode], k)
                self.check_each(before, wanted, (snapshot(a), snapshot(back)), k)
                if was_killed:
                    self.run_at(mount, [settle], 0)
            finally:
                subprocess.run(['fusermount3', '-u', mount], check=False)
            expected = before if was_killed and settle == 'rollback' else wanted
            self.assertEqual((snapshot(a), snapshot(back)), expected, f'{mode} killed at {k}, {settle}')
            self.assertEqual(litter(a) + litter(back), [], f'{mode} killed at {k}, {settle}')
            if not was_killed:
                return n_killed

    def sync_unharmed(self, mode, a, back):
        self.make_pair(a, back)
        self.run_cli('sync', a, back, '--mode', mode)
        return snapshot(a), snapshot(back)

    def check_each(self, before, wanted, found, k):
        for side in (0, 1):
            for path, entry in found[side].items():
                if path.endswith((b'deep', b'deep/f', b'new', b'd', b'e', b'gone')) and entry[2] is None:
                    continue
                self.assertIn(entry, (before[side].get(path), wanted[side].get(path)), f'{path} killed at {k}')

    def run_at(self, mount, words, kill_at):
        (mount / '.faultfs').write_text(f'add op=mutate nth={kill_at} kill\n' if kill_at else 'clear\n')
        ended = subprocess.run(self.command(*words), env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                               text=True, check=False, timeout=60)
        if ended.returncode >= 0:
            self.assertEqual(ended.returncode, 0, (words, kill_at, ended.stdout))
        return ended.returncode < 0


@needs_server
class Download(Place):
    def setUp(self):
        super().setUp()
        self.folder = self.scratch / 'to'
        self.folder.mkdir()
        ready = self.scratch / 'url'
        self.server = subprocess.Popen([f'{KIT}/httpd-hostile', '--seconds', '170', '--ready', ready], stdout=subprocess.DEVNULL)
        self.addCleanup(self.server.wait)
        self.addCleanup(self.server.kill)
        deadline = time.monotonic() + 10
        while not (ready.exists() and ready.read_text().strip()):
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.02)
        self.base = ready.read_text().strip().rstrip('/')

    def ask(self, path):
        with urllib.request.urlopen(self.base + path, timeout=10) as answer:
            return answer.read().decode()

    def sums(self):
        return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in self.folder.iterdir()
                if not path.name.startswith('.thaw-kept-')}

    def assert_nothing(self):
        self.assertEqual([path.name for path in self.folder.iterdir() if not path.name.startswith('.thaw-kept-')], [])

    def test_honest(self):
        end = self.end_of('download', f'{self.base}/file/300000', f'{self.base}/cd?name=report.pdf', self.folder)
        self.assertEqual(end['state'], 'done')
        self.assertEqual(set(self.sums()), {'300000', 'report.pdf'})
        self.assertEqual(self.sums()['300000'], self.ask('/sha/300000').strip())
        self.run_cli('undo')
        self.assert_nothing()
        self.run_cli('redo')
        self.assertEqual(set(self.sums()), {'300000', 'report.pdf'})

    def test_plan(self):
        plan = self.end_of('plan', 'download', f'{self.base}/file/12345', self.folder)
        self.assertEqual((plan['bytes'], plan['entries']), (12345, 1))
        self.assert_nothing()

    def test_conflicts(self):
        (self.folder / '1000').write_text('mine')
        self.run_cli('download', f'{self.base}/file/1000', self.folder)
        self.assertEqual({name for name in self.sums()}, {'1000', '1000 (2)'})
        self.assertEqual((self.folder / '1000').read_text(), 'mine')
        self.run_cli('download', f'{self.base}/file/1000', self.folder, '--on-conflict', 'replace')
        self.assertEqual((self.folder / '1000').stat().st_size, 1000)
        self.run_cli('undo')
        self.assertEqual((self.folder / '1000').read_text(), 'mine')
        self.run_cli('download', f'{self.base}/file/1000', self.folder, '--on-conflict', 'skip')
        self.run_cli('download', f'{self.base}/file/1000', self.folder, '--on-conflict', 'fail', status=1)
        self.assertEqual({name for name in self.sums()}, {'1000', '1000 (2)'})

    def test_broken(self):
        """No file, and an error, where length, end of stream, checksum or address are wrong."""
        bad = ['/length-negative', '/gzip-bad', '/chunked-bad', '/status/404', '/redirect-loop', '/redirect-to?u=file:///etc/passwd']
        if FULL:  # these are tried again, each time later
            bad += ['/chunked-cut/5000', '/length-huge', '/length-long/5000', '/redirect-to?u=ftp://localhost/x', '/endless-head',
                    '/bad-status-line', '/early-close']
        for path in bad:
            ended = self.run_cli('download', self.base + path, self.folder, status=None)
            self.assertEqual(ended.returncode, 1, (path, ended.stderr))
            self.assert_nothing()
        self.run_cli('download', f'{self.base}/file/1000', self.folder, '--sha256', '0' * 64, status=1)
        self.assert_nothing()
        self.run_cli('download', f'{self.base}/file/1000', self.folder, '--sha256', self.ask('/sha/1000').strip())
        self.run_cli('download', 'file:///etc/passwd', self.folder, status=2)
        self.run_cli('download', f'{self.base}/file/1000', status=2)

    def test_limits(self):
        """Guarantee 44: heads, redirects, schemes, what unpacks beyond measure, and servers that want to be waited for."""
        bad = ['/big-head', '/redirect/11', '/redirect-to?u=javascript:alert(1)', '/gzip-bomb', '/retry-absurd', '/http09']
        if FULL:
            bad += ['/stall/5000', '/stall-head', '/endless-head']
        at = time.monotonic()
        end = self.end_of('download', *[self.base + path for path in bad], self.folder, status=1)
        self.assertEqual(end['problems'], len(bad))
        self.assertLess(time.monotonic() - at, 240 if FULL else 30)
        self.assert_nothing()
        self.run_cli('download', f'{self.base}/redirect/10', self.folder)

    def test_many(self):
        """Guarantee 46: a thousand small files, at most six connections at a time, all of them right."""
        n = 1000 if FULL else 60
        self.run_cli('download', *[f'{self.base}/many/{i}' for i in range(n)], self.folder)
        self.assertEqual({name: path.stat().st_size for path in self.folder.iterdir() for name in [path.name]
                          if not name.startswith('.thaw-kept-')}, {str(i): i + 1 for i in range(n)})
        most = json.loads(self.ask('/concurrent'))['most']
        self.assertLessEqual(most, 6)
        self.assertGreater(most, 1)
        self.run_cli('undo')
        self.assert_nothing()

    def test_unproven(self):
        """Nothing says where it ends: it is kept, and said."""
        end = self.run_cli('download', f'{self.base}/no-length/70000', self.folder)
        self.assertIn('Nothing tells whether this is all', end.stdout + end.stderr)
        self.assertEqual(self.sums(), {'70000': self.ask('/sha/70000').strip()})
        end = self.run_cli('download', f'{self.base}/no-length/70000', self.folder, '--sha256', self.ask('/sha/70000').strip())
        self.assertNotIn('Nothing tells', end.stdout + end.stderr)

    def test_resuming(self):
        """A connection that breaks is gone on with; what can't be is begun anew, never mixed."""
        for path, size in (('/drop/400000?k=a', 400000), ('/norange/70000', 70000), ('/no-length/70000', 70000)):
            if '/drop/' in path:  # the plan's HEAD isn't what is to be dropped
                self.run_cli('download', *[f'{self.base}/many/{i}' for i in range(9)], self.base + path, self.folder)
                self.assertEqual(self.sums()[str(size)], self.ask(f'/sha/{size}').strip())
                self.run_cli('undo')
                continue
            self.run_cli('download', self.base + path, self.folder, '--sha256', self.ask(f'/sha/{size}').strip())
        asked = [line for line in json.loads(self.ask('/log')) if '/drop/' in json.dumps(line) and 'bytes=' in json.dumps(line)]
        self.assertTrue(asked, 'the rest was never asked for')

    def test_names(self):
        kinds = ['traversal', 'absolute', 'dotdot', 'empty', 'long', 'nul', 'newline', 'backslash', 'control', 'rtl', 'dotfile', 'slash']
        self.run_cli('download', *[f'{self.base}/cd/{kind}' for kind in kinds], f'{self.base}/name/%2e%2e%2fx', self.folder, status=None)
        self.assertFalse((self.scratch / 'x').exists())
        for path in self.folder.iterdir():
            self.assertFalse(path.name.startswith('.') and not path.name.startswith('.thaw-kept-'), path)
            self.assertTrue(path.name.isprintable() or path.name.startswith('.thaw'), path)
        self.assertEqual([path.name for path in self.scratch.iterdir() if path.name == 'passwd'], [])

    def test_killed(self):
        """kill -9 in the middle: the next process goes on from what is on the device, with a request for the rest."""
        size = 60_000_000
        process = subprocess.Popen(self.command('download', f'{self.base}/file/{size}', self.folder), env=self.environment,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 60
        while not any(path.stat().st_size > 20_000_000 for path in self.folder.glob('.thaw-*-*')):
            self.assertIsNone(process.poll(), 'it was too quick')
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.005)
        process.send_signal(signal.SIGKILL)
        process.wait()
        self.assertEqual([path.name for path in self.folder.iterdir() if not path.name.startswith('.thaw-')], [])
        self.run_cli('resume')
        self.assertEqual(self.sums(), {str(size): self.ask(f'/sha/{size}').strip()})
        ranges = [line for line in json.loads(self.ask('/log')) if 'bytes=' in json.dumps(line)]
        self.assertTrue(ranges)
        self.assertNotIn('bytes=0-', json.dumps(ranges))
        self.run_cli('undo')
        self.assert_nothing()

    def test_rolled_back(self):
        process = subprocess.Popen(self.command('download', f'{self.base}/stall/4000000', self.folder), env=self.environment,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 30
        while not any(path.stat().st_size > 1_000_000 for path in self.folder.glob('.thaw-*-*')):
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.01)
        process.kill()
        process.wait()
        self.run_cli('rollback')
        self.assert_nothing()

    def test_cancelled(self):
        process = subprocess.Popen(self.command('download', f'{self.base}/stall/4000000', self.folder), env=self.environment,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 30
        while not any(path.stat().st_size > 1_000_000 for path in self.folder.glob('.thaw-*-*')):
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.01)
        at = time.monotonic()
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(20), 1)
        self.assertLess(time.monotonic() - at, 5)
        self.assert_nothing()


if __name__ == '__main__':
    unittest.main(verbosity=2)
