# SPDX-License-Identifier: GPL-3.0-or-later
"""Operations from the command line, broken at every step: killed, the disk full, the device gone, the power cut.

The kit's killcopy breaks and judges; what was interrupted is gone on with by `thaw-files-cli resume`, on the same mount.
$THAW_KILL_RUNS break points each, 0 for every one of them."""

import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

CLI = os.environ.get('THAW_FILES_CLI', '')
KIT = os.environ.get('THAW_KIT', '')
FAULTFS = os.environ.get('THAW_FAULTFS', '')
RUNS = os.environ.get('THAW_KILL_RUNS', '5')

needs_kit = unittest.skipUnless(os.access(FAULTFS, os.X_OK) and os.access('/dev/fuse', os.W_OK) and KIT,
                                'needs the kit, faultfs and FUSE')

# The mount is gone after the break: here it comes back, sound, for the resuming, and so does the source's.
RESUME = '''
back={dstdir}; top=$(dirname "$back"); options=%(options)s
%(faultfs)s $options "$back" "$top/mnt" || exit 9
test -d "$top/smnt" && %(faultfs)s $options "$top/src" "$top/smnt"
%(cli)s resume; status=$?
fusermount3 -u "$top/mnt"; test -d "$top/smnt" && fusermount3 -u "$top/smnt"
exit $status
'''


@needs_kit
class Kill(unittest.TestCase):
    def setUp(self):
        self.scratch = Path(tempfile.mkdtemp(prefix='thaw-kill-'))
        self.addCleanup(shutil.rmtree, self.scratch, ignore_errors=True)
        self.bin, self.state, self.data = (self.scratch / name for name in ('bin', 'state', 'data'))
        for folder in (self.bin, self.state, self.data):
            folder.mkdir()
        (self.bin / 'faultfs').symlink_to(FAULTFS)
        self.source = self.scratch / 'tree'
        self.make_source(self.source)
        self.cli = f'{shlex.quote(CLI)} --state {shlex.quote(str(self.state))}'

    @staticmethod
    def make_source(top):
        for folder in ('a/b/c', 'd', 'empty'):
            (top / folder).mkdir(parents=True)
        for i in range(8):
            (top / 'a' / f'file {i}').write_bytes(bytes([i]) * (1000 + 3000 * i))
        (top / 'a/b/c/deep').write_text('deep\n')
        (top / 'd/zero').touch()
        (top / 'd/large').write_bytes(os.urandom(3_000_000))
        (top / 'd/link').symlink_to('../a/b')
        (top / 'a/file 1').chmod(0o600)
        os.utime(top / 'a/file 2', ns=(10**18, 10**18 + 123456789))

    def break_it(self, command, *options, recovers=False, good=()):
        words = [KIT + '/killcopy', '--src', str(self.source), '--runs', RUNS, '--work', str(self.scratch), *options]
        if recovers:
            allow = '--allow-other' if os.geteuid() == 0 else '""'
            words += ['--recover', RESUME % {'faultfs': shlex.quote(FAULTFS), 'cli': self.cli, 'options': allow}]
        words += ['--', *shlex.split(self.cli), *command]
        environment = dict(os.environ, FAULTKIT_BIN=str(self.bin), XDG_DATA_HOME=str(self.data))
        ended = subprocess.run(words, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                               check=False, timeout=1200)
        print(' '.join(options) + '\n' + ended.stdout, file=sys.stderr)
        self.assertEqual(ended.returncode, 0, ended.stdout)
        self.assertIn('unharmed: exit 0', ended.stdout)
        if recovers:
            told = [line for line in ended.stdout.splitlines() if line.startswith('after running again:')][0]
            self.assertNotIn('NOT:', told, ended.stdout)
        return ended.stdout

    COPY = ('copy', '{src}', '{dstdir}/')
    OVER = ('copy', '--forget', '--on-conflict', 'replace', '{src}', '{dstdir}/')
    MOVE = ('move', '{src}', '{dstdir}/')

    def test_copy_killed(self):
        self.break_it(self.COPY, '--mode', 'kill', recovers=True)

    def test_overwriting_killed(self):
        self.break_it(self.OVER, '--mode', 'kill', '--over', recovers=True)

    def test_move_killed(self):
        self.break_it(self.MOVE, '--mode', 'kill', '--move', '--srcfault', recovers=True)

    def test_full(self):
        for error in ('ENOSPC', 'EIO', 'EDQUOT'):
            for sticky in ([], ['--sticky']):
                said = self.break_it(self.COPY, '--mode', error, *sticky)
                self.assertNotIn('litter', said.splitlines()[-1])

    def test_overwriting_full(self):
        self.break_it(self.OVER, '--mode', 'ENOSPC', '--over', '--sticky')

    def test_dead(self):
        self.break_it(self.COPY, '--mode', 'dead', '--timeout', '20')

    def test_power(self):
        for meta in ([], ['--meta']):
            said = self.break_it(self.COPY, '--mode', 'powercut', *meta)
            self.assertIn('complete@after-exit', said)

    def test_power_of_move(self):
        for meta in ([], ['--meta']):
            self.break_it(self.MOVE, '--mode', 'powercut', '--move', '--srcfault', *meta)

    def test_rename_killed(self):
        """A circle of names and two more, killed at every change: after resuming all have their new names, or none."""
        names = [f'n{i}' for i in range(5)]
        wanted = {**{name: names[(i + 1) % 5] for i, name in enumerate(names)}, 'x': 'y', 'z': 'x'}
        after = {new: old for old, new in wanted.items()}
        allow = ['--allow-other'] if os.geteuid() == 0 else []
        back, mount = self.scratch / 'back', self.scratch / 'mnt'
        environment = dict(os.environ, XDG_DATA_HOME=str(self.data))
        mount.mkdir()
        n_killed = 0
        for k in range(1, 100):
            shutil.rmtree(back, ignore_errors=True)
            back.mkdir()
            for name in wanted:
                (back / name).write_text(name)
            pairs = [word for old, new in wanted.items() for word in (str(mount / old), new)]
            for command in ([*shlex.split(self.cli), 'rename', *pairs], [*shlex.split(self.cli), 'resume']):
                subprocess.run([FAULTFS, *allow, back, mount], check=True)
                try:
                    if 'rename' in command:
                        (mount / '.faultfs').write_text(f'add op=mutate nth={k} kill\n')
                    ended = subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                           check=False, timeout=60)
                finally:
                    subprocess.run(['fusermount3', '-u', mount], check=False)
                if 'rename' in command:
                    was_killed = ended.returncode < 0
            found = {path.name: path.read_text() for path in back.iterdir()}
            self.assertIn(found, (after, {name: name for name in wanted}), f'killed at {k}')
            if not was_killed:
                self.assertEqual(found, after)
                break
            n_killed += 1
        self.assertGreater(n_killed, 7)


if __name__ == '__main__':
    unittest.main(verbosity=2)
