# SPDX-License-Identifier: GPL-3.0-or-later
"""What tests of operations on servers share: a bus of its own with gvfs' daemons, an sftp and a WebDAV server of this machine, the folders
behind both, and thaw-files-cli on them."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.parse
from pathlib import Path

HERE = Path(__file__).resolve().parent
CLI = os.environ.get('THAW_FILES_CLI', '')
IS_FULL = bool(os.environ.get('THAW_REMOTE_FULL'))
NEEDED = ['/usr/share/dbus-1/services/org.gtk.vfs.Daemon.service', *(f'/usr/share/gvfs/mounts/{name}.mount' for name in ('sftp', 'dav'))]
MISSING = [path for path in NEEDED if not os.path.exists(path)] + [
    name for name in ('dbus-daemon',) if not shutil.which(name)]
# What a WebDAV address can't carry is left to sftp.
HOSTILE = ['plain', 'with space', 'per%41cent', 'über—ß', '日本語', "quote's", 'double"quote', '-dash', '.hidden', 'a&b<c>', 'semi;colon',
           'q?uestion', 'ha#sh', 'star*', 'back\\slash', 'x' * 200]
HOSTILE_BYTES = ['new\nline', os.fsdecode(b'\xff\xfebytes'), ' space ', 'tab\t']
MTIME = 1_000_000_007


def wait_for(what, condition, seconds=20):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f'waited in vain for {what}'
        time.sleep(0.005)


def tree(folder):
    """Everything below with its bytes; folders are None, links their text."""
    found = {}
    for base, folders, files in os.walk(os.fsencode(folder)):
        for name in folders + files:
            path = os.path.join(base, name)
            key = os.path.relpath(path, os.fsencode(folder))
            if os.path.islink(path):
                found[key] = os.readlink(path)
            else:
                found[key] = None if os.path.isdir(path) else Path(os.fsdecode(path)).read_bytes()
    return found


def hidden_in(folder):
    return [name for name in tree(folder) if b'.thaw-' in name]


def hidden_in_names(folder):
    return [name for base, folders, files in os.walk(folder) for name in folders + files if name.startswith('.thaw-')]


class World:
    """The bus, the servers and the folders behind them."""

    def __init__(self):
        self.root = Path(tempfile.mkdtemp(prefix='thaw-remote-'))
        self.sftp, self.dav = self.root / 'behind-sftp', self.root / 'behind-dav'
        for name in ('behind-sftp', 'behind-dav', 'bin', 'home', 'data', 'config', 'cache', 'state', 'control'):
            (self.root / name).mkdir()
        (self.root / 'run').mkdir(mode=0o700)
        ssh = self.root / 'bin' / 'ssh'
        ssh.write_text('#!/bin/sh\ncase "$*" in *-V*) echo "OpenSSH_9.9, nothing" >&2; exit 0;; esac\n'
                       f'exec {sys.executable} -S -B {HERE}/sftpserver.py {self.root}/control\n')
        ssh.chmod(0o755)
        self.environment = {
            'PATH': f'{self.root}/bin:{os.environ["PATH"]}', 'HOME': f'{self.root}/home', 'XDG_DATA_HOME': f'{self.root}/data',
            'XDG_CONFIG_HOME': f'{self.root}/config', 'XDG_CACHE_HOME': f'{self.root}/cache', 'XDG_STATE_HOME': f'{self.root}/state',
            'XDG_RUNTIME_DIR': f'{self.root}/run', 'LC_ALL': 'C.UTF-8', 'GVFS_DISABLE_FUSE': '1', 'GIO_USE_VFS': 'local',
            'GSETTINGS_BACKEND': 'memory', 'DBUS_SYSTEM_BUS_ADDRESS': 'unix:path=/nonexistent'}
        for name, value in os.environ.items():
            if name.endswith('SAN_OPTIONS') or name in ('LD_PRELOAD', 'THAW_KIT', 'G_MESSAGES_DEBUG'):
                self.environment.setdefault(name, value)
        bus_environment = {**self.environment, 'GIO_USE_VFS': 'gvfs'}
        bus_environment.pop('LD_PRELOAD', None)
        self.bus = subprocess.Popen(['dbus-daemon', '--session', '--nofork', '--nopidfile', '--print-address=1'],
                                    env=bus_environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.environment['DBUS_SESSION_BUS_ADDRESS'] = self.bus.stdout.readline().strip()
        self.start_dav()

    def start_dav(self):
        self.dav_server = subprocess.Popen([sys.executable, '-B', HERE / 'davtree.py', self.dav], stdout=subprocess.PIPE, text=True)
        self.dav_uri = self.dav_server.stdout.readline().strip()

    def sftp_pid(self):
        return int((self.root / 'control' / 'pid').read_text())

    def close(self):
        self.dav_server.kill()
        self.dav_server.wait()
        self.bus.terminate()
        self.bus.wait()
        ours = f'XDG_RUNTIME_DIR={self.root}/run'.encode()
        for process in Path('/proc').glob('[0-9]*'):
            try:
                if ours in (process / 'environ').read_bytes().split(b'\0'):
                    os.kill(int(process.name), signal.SIGKILL)
            except OSError:
                pass
        shutil.rmtree(self.root, ignore_errors=True)


@unittest.skipIf(MISSING or not CLI, f'not installed: {", ".join(MISSING)}')
class RemoteCase(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.world = World()

    @classmethod
    def tearDownClass(cls):
        cls.world.close()

    def setUp(self):
        self.local = Path(tempfile.mkdtemp(prefix='case-', dir=self.world.root))
        self.state = self.local / 'state'
        self.name = self.local.name
        self.sftp, self.dav = self.world.sftp / self.name, self.world.dav / self.name
        for folder in (self.sftp, self.dav):
            folder.mkdir()
        self.sftp_uri = 'sftp://localhost' + urllib.parse.quote(str(self.sftp))
        self.dav_uri = self.world.dav_uri + self.name
        self.places = [('sftp', self.sftp, self.sftp_uri), ('dav', self.dav, self.dav_uri)]

    def command(self, *words):
        return [CLI, *map(os.fspath, words), '--json', '--state', self.state]

    def start(self, *words):
        return subprocess.Popen(self.command(*words), env=self.world.environment, cwd=self.local, stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def finish(self, process, status=0, timeout=60):
        output, errors = process.communicate(timeout=timeout)
        said = output.decode() + errors.decode()
        if status is not None:
            self.assertEqual(process.returncode, status, said)
        return [json.loads(line) for line in output.decode().splitlines()]

    def run_cli(self, *words, status=0, timeout=60):
        return self.finish(self.start(*words), status, timeout)

    def end(self, *words, status: int | None = 0):
        return [event for event in self.run_cli(*words, status=status) if event['event'] == 'end'][-1]

    @staticmethod
    def uri(base, name):
        return f'{base}/{urllib.parse.quote(os.fsencode(name))}'

    def make_tree(self, top, for_sftp):
        (top / 'empty/within').mkdir(parents=True)
        (top / 'deep/er/still').mkdir(parents=True)
        for i, name in enumerate(HOSTILE + (HOSTILE_BYTES if for_sftp else [])):
            (top / name).write_bytes(bytes([i]) * (i * 700))
        (top / 'deep/er/still/leaf').write_text('leaf')
        for i in range(400 if IS_FULL else 30):
            (top / f'deep/er/n{i}').write_text(f'{i}\n' * i)
        (top / 'zero').touch()
        (top / 'private').write_text('x')
        (top / 'private').chmod(0o600)
        (top / 'script').write_text('x')
        (top / 'script').chmod(0o755)
        for path in ('plain', 'deep/er/still/leaf', 'private'):
            os.utime(top / path, (MTIME, MTIME))
        if for_sftp:
            (top / 'link').symlink_to('plain')
            (top / 'broken').symlink_to('no/where')

    def assert_same(self, a, b):
        first, second = tree(a), tree(b)
        self.assertEqual(sorted(first), sorted(second))
        self.assertEqual([name for name in first if first[name] != second[name]], [])
