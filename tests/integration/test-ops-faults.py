#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every kind of operation from the command line, broken in every way at any of its changes of the disk.

    test-ops-faults.py [--full] [--kind NAME]… [--mode NAME]… [--seed N] [--list]

Without --full some kinds are broken at a few places, which the seed picks; with it all at every single one, in every mode:
that takes half an hour. What must hold, whatever happens: each name is as it was or as it is to be, no content is lost, and after
going on all is as it was to be, after going back as it was, with nothing left behind. Prints TAP."""

import argparse
import gzip
import io
import json
import os
import random
import sys
import tarfile
import time

from faultydisk import HAS_FUSE, Disk, contents, litter, scan, visible

# Failing to remove what is in the way of nobody is another matter than failing to make something.
MAKING = 'create,write,truncate,mkdir,symlink,link,rename,fsync,fsyncdir,chmod,chown,utimens,setxattr,fallocate,tmpfile,mknod'
KINDS = {}
ERRORS = ('EIO', 'ENOSPC', 'EDQUOT', 'EROFS')
MODES = ['kill-resume', 'kill-rollback', 'kill-twice-resume', 'kill-twice-rollback', *(f'{error}-once' for error in ERRORS), *(f'{error}-sticky' for error in ERRORS),
         'dead', 'powercut', 'powercut-names', 'short', 'close-fails']
# What the kit's power cut gets wrong: tests/io/ops/README.md.
SHORT_MODES = [mode for mode in MODES if mode != 'powercut-names']
ENDING_MODES = [mode for mode in MODES if mode.startswith(('kill', 'powercut')) or mode == 'dead']


class Failed(Exception):
    pass


class Kind:
    def __init__(self, name, prepare, words, **options):
        self.name, self.prepare, self.words = name, prepare, words
        self.loses = options.get('loses', False)        # what was there is meant to go
        self.may_lose = options.get('may_lose', False)  # and may be, where it can't be kept for undo
        self.trash = options.get('trash', False)        # the home is on the disk
        self.with_times = options.get('times', False)   # times of modification are known
        self.source_is_elsewhere = options.get('elsewhere', False)
        self.modes = options.get('modes', MODES)        # that tell anything about it
        KINDS[name] = self


def put(path, text, mode=0o644):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    path.chmod(mode)
    os.utime(path, ns=(10**18, 10**18 + 123456789))


def make_tree(top, tag):
    """Small, with every content only once."""
    put(top / 'one', f'{tag} one')
    put(top / 'sub' / 'two', f'{tag} two', 0o600)
    put(top / 'sub' / 'large', (tag * 30000)[:100000])
    (top / 'sub' / 'empty').mkdir()
    (top / 'link').symlink_to('sub/two')


# --- the kinds ---

def prepare_source(disk):
    make_tree(disk.mount / 'source', 'new')
    put(disk.mount / 'single', 'a single one')
    (disk.mount / 'target').mkdir()


def prepare_conflict(disk):
    prepare_source(disk)
    make_tree(disk.mount / 'target' / 'source', 'old')
    put(disk.mount / 'target' / 'single', 'an old one')
    put(disk.mount / 'target' / 'source' / 'other', 'of nobody else')


def prepare_elsewhere(disk):
    make_tree(disk.sound / 'source', 'new')
    put(disk.sound / 'single', 'a single one')
    (disk.mount / 'target').mkdir()


def prepare_going(disk):
    """The faults are where it leaves, not where it arrives."""
    prepare_source(disk)
    (disk.sound / 'target').mkdir()


def prepare_names(disk):
    for name in 'abcde':
        put(disk.mount / 'names' / name, f'content {name}')


def prepare_modes(disk):
    make_tree(disk.mount / 'source', 'new')


def make_archive(path, *entries):
    """The same bytes each time. An entry is its name, and its content or, with its type, what it links to."""
    with gzip.GzipFile(path, 'wb', mtime=0) as file, tarfile.open(fileobj=file, mode='w') as archive:
        for name, text, *types in entries:
            entry = tarfile.TarInfo(name)
            entry.mtime = 1500000000
            if types:
                entry.type, entry.linkname, entry.mode = types[0], text, 0o755
            else:
                entry.size = len(text)
            archive.addfile(entry, None if types else io.BytesIO(text.encode()))


def prepare_archive(disk):
    prepare_source(disk)
    make_archive(disk.mount / 'a.tar.gz', ('x/1', 'first'), ('x/y/2', 'second' * 5000), ('x/y/z/3', ''), ('4', 'fourth'),
                 ('l', 'x/1', tarfile.SYMTYPE))


def prepare_single(disk):
    """One thing at the top, which is what is placed; and of one file two names."""
    prepare_source(disk)
    make_archive(disk.mount / 'a.tar.gz', ('x', '', tarfile.DIRTYPE), ('x/1', 'first'), ('x/h', 'x/1', tarfile.LNKTYPE),
                 ('x/l', '1', tarfile.SYMTYPE))


def prepare_twins(disk):
    prepare_source(disk)
    make_archive(disk.mount / 'a.tar.gz', ('1', 'first'), ('1', 'another'), ('y/1', 'third'), ('1', 'fourth'))


def after(prepare, *commands):
    """Something done before, well."""
    def run(disk):
        prepare(disk)
        for words in commands:
            result = disk.cli(*resolve(disk, words))
            assert result.returncode == 0, result.stdout
    return run


def resolve(disk, words):
    return [word.replace('{m}', str(disk.mount)).replace('{s}', str(disk.sound)) for word in words]


COPY = ['copy', '{m}/source', '{m}/single', '{m}/target']
MOVE = ['move', '{m}/source', '{m}/single', '{m}/target']
OVER = ['copy', '--on-conflict', 'replace', '{m}/source', '{m}/single', '{m}/target']
TRASH = ['trash', '{m}/source', '{m}/single']
CIRCLE = ['rename'] + [word for a, b in zip('abcde', 'bcdea') for word in ('{m}/names/' + a, b)]

Kind('copy', prepare_source, COPY, times=True)
Kind('copy-from-elsewhere', prepare_elsewhere, ['copy', '{s}/source', '{s}/single', '{m}/target'], times=True)
Kind('overwrite', prepare_conflict, OVER, times=True)
Kind('overwrite-forget', prepare_conflict, [*OVER, '--forget'], times=True, loses=True)
Kind('keep-both', prepare_conflict, ['copy', '--on-conflict', 'keep-both', '{m}/source', '{m}/single', '{m}/target'])
Kind('duplicate', prepare_source, ['duplicate', '{m}/source', '{m}/single'])
Kind('move', prepare_source, MOVE, times=True)
Kind('move-merge', prepare_conflict, ['move', '--on-conflict', 'replace', '{m}/source', '{m}/single', '{m}/target'])
Kind('move-here', prepare_elsewhere, ['move', '{s}/source', '{s}/single', '{m}/target'], times=True, elsewhere=True)
Kind('move-away', prepare_going, ['move', '{m}/source', '{m}/single', '{s}/target'], times=True, elsewhere=True)
Kind('rename', prepare_source, ['rename', '{m}/single', 'renamed'])
Kind('batch-rename', prepare_names, CIRCLE)
Kind('create-file', prepare_source, ['create', '--content', 'made', '{m}/target/new'])
Kind('create-folder', prepare_source, ['create', '--folder', '{m}/target/new'])
Kind('create-template', prepare_source, ['create', '--template', '{m}/source/sub/large', '{m}/target/new'])
Kind('link', prepare_source, ['link', '{m}/source', '{m}/single', '{m}/target'])
Kind('link-hard', prepare_source, ['link', '--hard', '{m}/single', '{m}/source/one', '{m}/target'])
Kind('trash', prepare_source, TRASH, trash=True)
Kind('restore', after(prepare_source, TRASH), ['restore', '{m}/data/Trash/files/source', '{m}/data/Trash/files/single'],
     trash=True)
Kind('empty-trash', after(prepare_source, TRASH),
     ['empty-trash', '{m}/data/Trash/files/source', '{m}/data/Trash/files/single'], trash=True, loses=True)
Kind('delete', prepare_source, ['delete', '{m}/source', '{m}/single'], may_lose=True)
Kind('delete-forget', prepare_source, ['delete', '--forget', '{m}/source', '{m}/single'], loses=True)
Kind('attributes', prepare_modes, ['attributes', '--mode', 'u=rwX,go=', '--recursive', '{m}/source'])
Kind('compress', prepare_source, ['compress', '{m}/target/p.zip', '{m}/source'])
Kind('extract', prepare_archive, ['extract', '{m}/a.tar.gz', '{m}/target'], times=False)
Kind('extract-single', prepare_single, ['extract', '{m}/a.tar.gz', '{m}/target'])
# Where the first one fails the second has its name, which is right.
Kind('extract-twins', prepare_twins, ['extract', '{m}/a.tar.gz', '{m}/target'], modes=ENDING_MODES)
Kind('undo-copy', after(prepare_source, COPY), ['undo'])
Kind('undo-overwrite', after(prepare_conflict, OVER), ['undo'])
Kind('undo-move', after(prepare_source, MOVE), ['undo'])
Kind('undo-move-here', after(prepare_elsewhere, ['move', '{s}/source', '{s}/single', '{m}/target']), ['undo'], elsewhere=True)
Kind('undo-trash', after(prepare_source, TRASH), ['undo'], trash=True)
Kind('undo-rename', after(prepare_names, CIRCLE), ['undo'])
Kind('undo-delete', after(prepare_source, ['delete', '{m}/source', '{m}/single']), ['undo'])
Kind('undo-extract', after(prepare_archive, ['extract', '{m}/a.tar.gz', '{m}/target']), ['undo'])
Kind('redo-copy', after(prepare_source, COPY, ['undo']), ['redo'])
Kind('redo-trash', after(prepare_source, TRASH, ['undo']), ['redo'], trash=True)

class Matrix:
    def __init__(self, disk, kind):
        self.disk, self.kind = disk, kind
        self.before = self.after = self.n = None
        self.is_failing = False

    # --- the disk ---

    def prepare(self, *options):
        self.is_failing = False
        self.disk.fresh()
        self.disk.open(*options)
        self.disk.data_home = (self.disk.mount if self.kind.trash else self.disk.sound) / 'data'
        if self.kind.trash:
            # There was a trash before: else another one may do.
            for part in ('files', 'info'):
                (self.disk.real / 'data' / 'Trash' / part).mkdir(mode=0o700, parents=True)
        self.kind.prepare(self.disk)

    def world(self):
        """Of both sides, if it goes from one to the other."""
        world = scan(self.disk.real, self.kind.with_times)
        if self.kind.source_is_elsewhere:
            elsewhere = scan(self.disk.sound, self.kind.with_times)
            world.update({f'{path}@sound': what for path, what in elsewhere.items()
                          if path.split('/')[0] in ('source', 'single', 'target') or path.startswith('.thaw-')})
        return world

    def run(self, *words):
        return self.disk.cli(*(words or resolve(self.disk, self.kind.words)))

    def measure(self):
        """The world before and after, and how many changes of the disk lie between."""
        self.prepare()
        self.before = self.world()
        self.disk.order('add op=mutate nth=1 count=-1 delay=0')
        result = self.run()
        check(result.returncode == 0, f'it fails on a sound disk: {result.stdout}')
        self.n = self.disk.n_hits()
        check(self.n > 1, f'it makes {self.n} changes')
        self.disk.order('clear')
        self.after = self.world()
        check(not litter(self.after), f'litter on a sound disk: {litter(self.after)}')

    # --- the judgement ---

    def is_promised(self, path, what, losses):
        known = (visible(self.before).get(path), visible(self.after).get(path))
        # An archive has times in it.
        return (what in known or (path.endswith('.zip') and known[1] is not None)
                or is_told_loss(path, what, known[1], losses))

    def check_now(self, where, may_litter, losses=''):
        now = self.world()
        shown, was, is_to_be = visible(now), visible(self.before), visible(self.after)
        for path, what in shown.items():
            check(self.is_promised(path, what, losses), f'{where}: {path} is {what}, was {was.get(path)}, is to be {is_to_be.get(path)}')
        for path, what in was.items():
            check(is_to_be.get(path) != what or path in shown, f'{where}: {path} is gone')
        if not self.kind.loses and not (self.kind.may_lose and self.is_failing):
            lost = contents(self.before) - contents(now)
            check(not lost, f'{where}: lost {lost}')
        check(may_litter or not litter(now), f'{where}: left behind {litter(now)}')
        return shown

    def check_end(self, where, wanted, losses=''):
        """All of it is as in that world, but for attributes that were said to be lost."""
        now, wanted = self.check_now(where, False, losses), visible(wanted)
        different = {path: (now.get(path), wanted.get(path)) for path in now.keys() | wanted.keys()
                     if now.get(path) != wanted.get(path) and not (path.endswith('.zip') and path in now and path in wanted)
                     and not is_told_loss(path, now.get(path), wanted.get(path), losses)}
        check(not different, f'{where}: {different}')

    def go_on(self, where, way):
        result = self.run(way)
        check(result.returncode == 0 or (self.kind.loses and way == 'rollback' and result.stdout),
              f'{where}, {way}: status {result.returncode}: {result.stdout}')
        if way == 'rollback' and self.kind.loses:
            # What wasn't to be kept may be gone already, and then it says so.
            self.check_now(f'{where}, {way}', False)
        else:
            self.check_end(f'{where}, {way}', self.after if way == 'resume' else self.before)
        result = self.run('resume', '--json')
        check(result.returncode == 0 and result.stdout == '', f'{where}, {way}: interrupted still: {result.stdout}')

    # --- the modes ---

    def killed(self, k, way):
        self.prepare()
        self.disk.order(f'add op=mutate nth={k} kill')
        status = self.run().returncode
        self.disk.order('clear')
        where = f'killed at change {k}'
        if status < 0:
            self.check_now(where, True)
            self.go_on(where, way)
        else:
            # It hit a program of its own: that is a failure like any other.
            check(status == 1, f'{where}: status {status}')
            self.check_now(where, False)

    def killed_twice(self, k, way):
        """Going on, or back, is killed too, at some change, and begun again."""
        self.prepare()
        self.disk.order(f'add op=mutate nth={k} kill')
        status = self.run().returncode
        self.disk.order('clear')
        if status >= 0:
            return
        again = random.randint(1, self.n)
        self.disk.order(f'add op=mutate nth={again} kill')
        status = self.run(way).returncode
        self.disk.order('clear')
        where = f'killed at change {k}, and when it went on at {again}'
        if status < 0:
            self.check_now(where, True)
            self.go_on(where, way)

    def failed(self, k, error, is_sticky):
        self.prepare()
        self.is_failing = True
        self.disk.order(f'add op={MAKING} nth={k} errno={error}' + (' count=-1' if is_sticky else ''))
        result = self.run()
        self.disk.order('clear')
        where = f'{error} at change {k}{" and after" if is_sticky else ""}'
        if result.returncode == 0:
            self.check_end(f'{where}, done', self.after, result.stdout)
        else:
            check(result.returncode == 1 and result.stdout.strip(), f'{where}: status {result.returncode}: {result.stdout}')
            self.check_now(where, True, result.stdout)
            self.recover(where, result.stdout)

    def recover(self, where, losses=''):
        """The disk is well again. What was left half done is finished; what was done and isn't all can be taken back."""
        interrupted = self.run('history', '--json').stdout.split('\n', 1)[0]
        result = self.run('resume', '--json')
        if json.loads(interrupted)['interrupted']:
            self.check_now(f'{where}, resumed', False, losses)
            check(result.returncode == 0, f'{where}, resumed: {result.stdout}')
            self.check_end(f'{where}, resumed', self.after, losses)
            return
        check(result.stdout == '', f'{where}: {result.stdout}')
        self.check_now(where, False, losses)
        if visible(self.world()) == visible(self.before) or self.kind.loses or self.kind.may_lose or self.kind.name.startswith(('undo', 'redo')):
            return
        result = self.run('undo')
        if self.kind.source_is_elsewhere and any(word in result.stdout for word in ('exists already', 'there again')):
            # The original stayed, since its copy lost its time: both are there, and nothing goes back over it.
            self.check_now(f'{where}, undo', False, losses)
            return
        if 'nothing to undo' in result.stdout and self.only_folders_differ():
            # One that merging had emptied went, and nothing is kept on such a disk.
            return
        check(result.returncode == 0, f'{where}, undo: {result.stdout}')
        self.check_end(f'{where}, undo', self.before)

    def only_folders_differ(self):
        now, was = visible(self.world()), visible(self.before)
        return all((now.get(path) or was[path])[0] == 'folder' for path in now.keys() | was.keys() if now.get(path) != was.get(path))

    def dead(self, k):
        self.prepare()
        self.is_failing = True
        self.disk.order(f'add op=mutate nth={k} count=-1 dead')
        begun = time.monotonic()
        result = self.run()
        took = time.monotonic() - begun
        where = f'gone at change {k}'
        check(took < 5, f'{where}: ends after {took:.1f} s')
        self.disk.order('clear')
        self.disk.order('alive')
        if result.returncode == 0:
            # It went when all was over, but perhaps for something hidden.
            self.run('resume')
            self.check_end(f'{where}, done', self.after, result.stdout)
            return
        check(result.returncode == 1 and result.stdout.strip(), f'{where}: status {result.returncode}: {result.stdout}')
        self.check_now(where, True, result.stdout)
        self.recover(f'{where}, back', result.stdout)

    def power_cut(self, k, what):
        # The disk is mounted anew, and where others mount theirs meanwhile it may get another number, which is all that FUSE
        # gives to know it by: then nothing was seen.
        for _ in range(20):
            if self.try_power_cut(k, what):
                return

    def try_power_cut(self, k, what):
        self.prepare('--volatile')
        # The world before is on the device.
        self.disk.close()
        self.disk.open('--volatile')
        number = os.stat(self.disk.mount).st_dev
        self.disk.order(f'add op=mutate nth={k} kill')
        status = self.run().returncode
        self.disk.order('powercut ' + what)
        self.disk.close()
        where = f'power cut at change {k}, {what}'
        self.disk.open()
        if os.stat(self.disk.mount).st_dev != number:
            return False
        if status == 0:
            self.check_end(f'{where}, after the end', self.after)
        else:
            self.check_now(where, True)
            if status < 0:
                self.go_on(where, 'resume')
        return True

    def short(self, n):
        self.prepare()
        self.disk.order(f'add op=write short={n}')
        result = self.run()
        self.disk.order('clear')
        check(result.returncode == 0, f'short writes of {n}: {result.stdout}')
        self.check_end(f'short writes of {n}', self.after)

    def close_fails(self, k):
        """As with quotas on a network: what was written isn't, and only close() says it."""
        self.prepare()
        self.disk.order(f'add op=flush nth={k} errno=EDQUOT')
        result = self.run()
        self.disk.order('clear')
        where = f'close {k} fails'
        if result.returncode == 0:
            self.check_end(f'{where}, done', self.after)
        else:
            self.check_now(where, False)

    def points(self, mode, spread):
        """What there is to break in that mode."""
        if mode == 'short':
            return [(self.short, n) for n in (1, 1000, 65536)][:3 if spread == 0 else 1]
        if mode == 'close-fails':
            return [(self.close_fails, k) for k in pick(range(1, 9), spread)]
        points = pick(range(1, self.n + 1), spread)
        if mode.startswith('kill-twice-'):
            return [(self.killed_twice, k, mode.removeprefix('kill-twice-')) for k in points]
        if mode.startswith('kill-'):
            return [(self.killed, k, mode.removeprefix('kill-')) for k in points]
        if mode == 'dead':
            return [(self.dead, k) for k in points]
        if mode.startswith('powercut'):
            if spread == 0:
                points = [*points, 1000000]
            return [(self.power_cut, k, 'all' if mode == 'powercut-names' else 'data') for k in points]
        error, how = mode.split('-')
        return [(self.failed, k, error, how == 'sticky') for k in points]


def is_told_loss(path, what, wanted, said):
    """Whole, but for a mode or a time that the disk refused, and that was listed."""
    if what is None or wanted is None or what[0] != wanted[0] or 'loss' not in said.lower() + ('loss' if 'keep' in said else ''):
        return False
    return os.path.basename(path).removesuffix(' (2)') in said and (what[0] == 'folder' or what[1] == wanted[1])


def pick(points, n):
    """n of them by chance, or all for 0."""
    points = list(points)
    return points if n == 0 or n >= len(points) else sorted(random.sample(points, n))


def check(condition, text):
    if not condition:
        raise Failed(text)


# What went wrong once: looked at each time.
ONCE_WRONG = (('redo-trash', 'dead', 2), ('empty-trash', 'dead', 14), ('move-merge', 'ENOSPC-once', 20),
              ('create-file', 'close-fails', 1), ('create-template', 'EIO-once', 3), ('extract-single', 'EIO-once', 17),
              ('overwrite', 'kill-twice-rollback', 46), ('move-away', 'kill-twice-rollback', 6))


def run_points(matrix, mode, spread, only=None):
    """How many were tried, and what went wrong with any."""
    failures = []
    points = [point for point in matrix.points(mode, 0) if point[1] == only] if only else matrix.points(mode, spread)
    for function, *arguments in points:
        try:
            function(*arguments)
        except Failed as failure:
            failures.append(str(failure))
        except Exception as error:  # pylint: disable=broad-except
            failures.append(f'{arguments}: {type(error).__name__}: {error}')
    return len(points), failures


def choose(options):
    """Kinds, the modes of each, and the one point of all that there are, or none in particular."""
    for name in options.kind or (KINDS if options.full else random.sample(list(KINDS), 12)):
        modes = options.mode or (MODES if options.full else random.sample(SHORT_MODES, 3))
        yield name, [mode for mode in modes if mode in KINDS[name].modes], None
    if not (options.full or options.kind or options.mode):
        for name, mode, point in ONCE_WRONG:
            yield name, [mode], point


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--full', action='store_true')
    parser.add_argument('--kind', action='append', choices=KINDS)
    parser.add_argument('--mode', action='append', choices=MODES)
    parser.add_argument('--seed', type=int, default=int(time.time()))
    parser.add_argument('--list', action='store_true')
    options = parser.parse_args()
    if options.list:
        print(*KINDS, '', *MODES, sep='\n')
        return 0
    if not HAS_FUSE:
        print('1..0 # SKIP needs faultfs and FUSE')
        return 0
    random.seed(options.seed)
    print(f'# --seed {options.seed}')
    n = n_failed = n_runs = 0
    disk = Disk()
    try:
        for name, modes, only in choose(options):
            matrix = Matrix(disk, KINDS[name])
            try:
                matrix.measure()
            except Failed as failure:
                modes, n, n_failed = [], n + 1, n_failed + 1
                print(f'# {failure}\nnot ok {n} {name}', flush=True)
            for mode in modes:
                n += 1
                n_points, failures = run_points(matrix, mode, 0 if options.full else 1, only)
                n_runs += n_points
                n_failed += bool(failures)
                for failure in failures[:5]:
                    print('# ' + failure.replace('\n', '\n# '))
                print(f'{"not ok" if failures else "ok"} {n} {name} {mode}: {n_points - len(failures)} of {n_points} runs,'
                      f' {matrix.n} changes', flush=True)
        print(f'# {n_runs} runs\n1..{n}')
    finally:
        disk.remove()
    return 1 if n_failed else 0


sys.exit(main())
