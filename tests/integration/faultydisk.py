# SPDX-License-Identifier: GPL-3.0-or-later
"""A disk that breaks to order, and thaw-files-cli working on it: what is on it is read as a world, path → what stands there."""

import hashlib
import os
import re
import shutil
import stat
import subprocess
import tempfile
import time
from pathlib import Path

CLI = os.environ.get('THAW_FILES_CLI', '')
KIT = os.environ.get('THAW_KIT', '')
FAULTFS = os.environ.get('THAW_FAULTFS', '')
HAS_FUSE = bool(CLI) and os.access(FAULTFS, os.X_OK) and os.access('/dev/fuse', os.W_OK)

# What the user never sees: what operations build, what they keep for undo, faultfs's own, and that there is a trash at all.
HIDDEN = re.compile(r'(^|/)(\.thaw-[^/]*|\.faultfs[^/]*)(/|$)|^data/thaw(/|$)|^data/Trash(/files|/info)?$')
LITTER = re.compile(r'(^|/)\.thaw-(?!kept)')
KEPT = re.compile(r'(^|/)\.thaw-kept[^/]*(/|$)|^data/thaw(/|$)')


def describe(path, with_times):
    status = os.lstat(path)
    kind = stat.S_IFMT(status.st_mode)
    if kind == stat.S_IFLNK:
        return ('link', os.readlink(path))
    if kind == stat.S_IFDIR:
        return ('folder', stat.S_IMODE(status.st_mode))
    if kind != stat.S_IFREG:
        return ('special', kind)
    data = Path(path).read_bytes()
    # When a thing went to the trash differs from run to run; that it is said, and whole, doesn't.
    if path.endswith('.trashinfo'):
        data = re.sub(rb'\nDeletionDate=....-..-..T..:..:..\n$', b'\nDeletionDate\n', data)
    digest = data if len(data) < 40 else hashlib.sha1(data).hexdigest()
    times = status.st_mtime_ns if with_times and not path.endswith('.trashinfo') else None
    return ('file', digest, stat.S_IMODE(status.st_mode), times)


def scan(top, with_times=False):
    """All of it, the hidden too."""
    world = {}
    for folder, folders, files in os.walk(top):
        for name in folders + files:
            path = os.path.join(folder, name)
            world[os.path.relpath(path, top)] = describe(path, with_times)
    return world


def visible(world):
    return {path: what for path, what in world.items() if not HIDDEN.search(path)}


def litter(world):
    return sorted(path for path in world if LITTER.search(path) and not KEPT.search(path))


def contents(world):
    """Of files, the .trashinfo aside."""
    return {what[1] for path, what in world.items() if what[0] == 'file' and not path.endswith('.trashinfo')}


class Disk:
    """`mount` shows `real`, both below a scratch folder of their own, where the journal is too, on sound ground."""

    def __init__(self, *options):
        self.scratch = Path(tempfile.mkdtemp(prefix='thaw-disk-'))
        self.real, self.mount, self.sound = (self.scratch / name for name in ('real', 'mount', 'sound'))
        for folder in (self.real, self.mount, self.sound):
            folder.mkdir()
        self.options = list(options)
        if os.geteuid() == 0:
            self.options.append('--allow-other')
        self.server = None
        self.n = 0
        self.data_home = self.sound / 'data'

    def open(self, *more):
        self.server = subprocess.Popen([FAULTFS, '-f', *self.options, *more, self.real, self.mount],
                                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        end = time.monotonic() + 10
        while not os.path.ismount(self.mount):
            if self.server.poll() is not None or time.monotonic() > end:
                raise RuntimeError('no FUSE here')
            time.sleep(0.002)

    def close(self):
        if self.server is None:
            return
        for word in ('clear', 'alive', 'release'):
            try:
                self.order(word)
            except OSError:
                pass
        if subprocess.run(['fusermount3', '-u', self.mount], stderr=subprocess.DEVNULL, check=False).returncode != 0:
            subprocess.run(['fusermount3', '-uz', self.mount], stderr=subprocess.DEVNULL, check=False)
        try:
            self.server.wait(5)
        except subprocess.TimeoutExpired:
            self.server.kill()
            self.server.wait()
        self.server = None

    def remove(self):
        self.close()
        subprocess.run(['chmod', '-R', 'u+rwX', self.scratch], stderr=subprocess.DEVNULL, check=False)
        shutil.rmtree(self.scratch, ignore_errors=True)

    def order(self, text):
        with open(self.mount / '.faultfs', 'w', encoding='utf-8') as control:
            control.write(text + '\n')

    def rules(self):
        return (self.mount / '.faultfs').read_text()

    def n_hits(self):
        return sum(int(n) for n in re.findall(r'\bhits=(\d+)', self.rules()))

    def fresh(self):
        """Empty, with an empty journal. The disk is open afterwards."""
        self.close()
        for folder in (self.real, self.sound):
            for path in folder.iterdir():
                subprocess.run(['rm', '-rf', path], check=True)
        (self.real / 'data').mkdir()
        (self.sound / 'data').mkdir()
        self.n += 1

    def cli(self, *words, timeout=60):
        """What it says, and its status; killed if it hangs."""
        environment = {**os.environ, 'XDG_DATA_HOME': os.fspath(self.data_home)}
        return subprocess.run([CLI, '--state', self.sound / 'state', *words], env=environment, text=True, errors='replace',
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              timeout=timeout, check=False)
