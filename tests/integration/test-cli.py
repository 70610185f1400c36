#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""thaw-files-cli from outside: `test-cli.py PROGRAM`. Exit statuses, text and JSON, conflicts, undo, Ctrl+C, a kill at
every changing system call (with the kit's fault file system, if it is there), and that it needs neither a bus nor a display.
A TAP program."""
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PROGRAM = os.path.abspath(sys.argv[1])
points = []
TESTS = []


def test(function):
    TESTS.append(function)
    return function


class Place:
    """A folder with a source tree and a state folder of its own, and no bus or display near it."""

    def __init__(self):
        self.root = Path(tempfile.mkdtemp(prefix='thaw-cli-'))
        self.source, self.target = self.root / 'source', self.root / 'target'
        (self.source / 'sub').mkdir(parents=True)
        self.target.mkdir()
        for i in range(3):
            (self.source / f'f{i}').write_text(f'content {i}\n')
            (self.source / 'sub' / f'g{i}').write_bytes(os.urandom(5000))
        self.environment = {name: value for name, value in os.environ.items()
                            if name not in ('DISPLAY', 'WAYLAND_DISPLAY', 'DBUS_SESSION_BUS_ADDRESS')}
        self.environment.update(HOME=str(self.root), XDG_STATE_HOME=str(self.root / 'state-home'),
                                XDG_DATA_HOME=str(self.root / 'data-home'), LC_ALL='C.UTF-8',
                                DBUS_SYSTEM_BUS_ADDRESS='unix:path=/nonexistent')

    def command(self, *words):
        return [PROGRAM, *map(os.fspath, words), '--state', os.fspath(self.root / 'state')]

    def run(self, *words, status=0):
        result = subprocess.run(self.command(*words), env=self.environment, cwd=self.root, timeout=60,
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        assert result.returncode == status, (words, result.returncode, result.stdout, result.stderr)
        return result.stdout.decode(errors='surrogateescape'), result.stderr.decode(errors='surrogateescape')

    def json(self, *words, status=0):
        return [json.loads(line) for line in self.run(*words, '--json', status=status)[0].splitlines()]

    def remove(self):
        shutil.rmtree(self.root, ignore_errors=True)


def tree(folder):
    """Everything below, with its bytes."""
    return {os.path.relpath(os.path.join(base, name), folder):
            Path(base, name).read_bytes() if not os.path.isdir(os.path.join(base, name)) else None
            for base, folders, files in os.walk(folder) for name in folders + files}


@test
def bad_arguments(place):
    for words in (['foo'], [], ['copy'], ['copy', 'a'], ['rename', 'a'], ['undo', 'x'], ['history', 'x'],
                  ['copy', 'a', 'b', '--bogus'], ['copy', 'a', 'b', '--hard'], ['copy', 'a', 'b', '--on-conflict', 'what'],
                  ['attributes', 'a', '--uid', 'me'], ['plan', 'history'], ['copy', 'a', 'b', '--verify=1']):
        output, errors = place.run(*words, status=2)
        assert output == '' and len(errors.splitlines()) == 1 and errors.startswith('thaw-files-cli: '), (words, errors)


@test
def help_is_complete(place):
    """Whatever a command takes is in its help, and nothing else is taken."""
    commands = [line.split()[0] for line in place.run('--help')[0].splitlines()
                if line.startswith('  ') and line[2:3].isalpha()]
    assert 'copy' in commands and 'extract' in commands, commands
    texts = {name: place.run('help', name)[0] for name in commands}
    taken = {name: {word for line in text.splitlines() for word in line.split()[:1] if word.startswith('--')}
             for name, text in texts.items()}
    every = set().union(*taken.values())
    for name in commands:
        assert place.run(name, '--help')[0] == texts[name] and f'thaw-files-cli {name} ' in texts[name], name
        for option in every - taken[name]:
            value = '@1' if option in ('--mtime', '--atime') else '1'
            assert f'takes no {option}' in place.run(name, option, value, status=2)[1], (name, option)
    assert {'--level', '--remove-originals', '--format'} <= taken['compress'], taken['compress']
    assert {'--charset', '--password', '--max-ratio'} <= taken['extract'], taken['extract']
    place.run('help', 'nothing', status=2)


@test
def options_of_archives(place):
    for words in (['compress', 'a.zip', 'source', '--level', 'high'], ['extract', 'a', 'b', '--max-bytes', '3X'],
                  ['attributes', 'a', '--mtime', 'yesterday'], ['copy', 'a', 'b', '--level', '3'],
                  ['copy', 'a', 'b', '--service', '--state', 'x']):
        assert place.run(*words, status=2)[0] == '', words
    place.run('attributes', 'source/f0', '--mtime', '@1000000000')
    assert (place.source / 'f0').stat().st_mtime == 1000000000
    place.run('attributes', 'source/f0', '--mtime=2026-11-21T18:00:00Z')
    assert (place.source / 'f0').stat().st_mtime == 1795284000


@test
def copy_and_undo(place):
    before = tree(place.source)
    output, errors = place.run('copy', 'source', 'target')
    assert output == errors == '', (output, errors)
    assert tree(place.target / 'source') == before
    place.run('undo')
    assert tree(place.target) == {}
    place.run('redo')
    assert tree(place.target / 'source') == before
    place.run('undo', status=0)
    assert 'nothing to undo' in place.run('undo', status=1)[1]


@test
def plans(place):
    events = place.json('plan', 'copy', 'source', 'target')
    assert events == [{'event': 'plan', 'bytes': 15000 + 30, 'entries': 8, 'findings': []}], events
    assert tree(place.target) == {} and place.json('history') == []
    place.run('copy', 'source', 'target')
    finding, = place.json('plan', 'copy', 'source', 'target')[0]['findings']
    assert finding['type'] == 'conflict' and finding['path'] == str(place.target / 'source'), finding
    finding = place.json('plan', 'copy', 'source', 'source/sub', status=1)[0]['findings'][0]
    assert finding['fatal'], finding


@test
def conflicts(place):
    (place.target / 'f0').write_text('old\n')
    output, errors = place.run('copy', 'source/f0', 'source/f1', 'target', status=1)
    assert errors.count('\n') == 1 and str(place.target / 'f0') in errors, errors
    assert (place.target / 'f0').read_text() == 'old\n' and (place.target / 'f1').exists()
    place.run('copy', 'source/f0', 'target', '--on-conflict', 'skip')
    place.run('copy', 'source/f0', 'target', '--on-conflict=keep-both')
    assert (place.target / 'f0 (2)').read_text() == 'content 0\n'
    place.run('copy', 'source/f0', 'target', '--on-conflict', 'replace')
    assert (place.target / 'f0').read_text() == 'content 0\n'
    place.run('undo')
    assert (place.target / 'f0').read_text() == 'old\n'


@test
def names_are_bytes(place):
    name = b'\xff\xfe odd\n"name"'
    path = os.path.join(os.fsencode(place.source), name)
    Path(os.fsdecode(path)).write_bytes(b'odd')
    place.run('rename', os.fsdecode(path), os.fsdecode(b'\x80new'))
    assert b'\x80new' in os.listdir(os.fsencode(place.source))
    place.run('undo')
    events = place.json('copy', os.fsdecode(path), 'target')
    assert events[-1]['state'] == 'done' and events[-1]['results'][0].endswith('%FF%FE%20odd%0A%22name%22'), events
    assert name in os.listdir(os.fsencode(place.target))


@test
def all_the_commands(place):
    place.run('create', '--folder', 'new')
    place.run('create', '--content', 'hello', 'new/text')
    assert (place.root / 'new' / 'text').read_text() == 'hello'
    place.run('duplicate', 'new')
    place.run('link', 'source/f0', 'new')
    assert (place.root / 'new' / 'f0').is_symlink()
    place.run('link', '--hard', 'source/f1', 'new')
    assert (place.root / 'new' / 'f1').samefile(place.source / 'f1')
    place.run('attributes', '--mode', '600', 'source/f2')
    assert (place.source / 'f2').stat().st_mode & 0o777 == 0o600
    place.run('move', 'source/f2', 'renamed')
    assert (place.root / 'renamed').exists() and not (place.source / 'f2').exists()
    place.run('delete', 'new')
    assert not (place.root / 'new').exists()
    place.run('undo')
    assert (place.root / 'new' / 'text').exists()
    history = place.json('history')
    assert [row['kind'] for row in history][:3] == ['undo', 'delete', 'move'], history
    assert history[1]['undone'] and not history[0]['interrupted']


@test
def problems_once(place):
    before = tree(place.source)
    events = place.json('delete', 'source/f0', 'source/nothing', 'source/f1', status=1)
    problems = [event for event in events if event['event'] == 'problem']
    failed = [event for event in events if event['event'] == 'end'][0]
    assert failed['state'] == 'failed' and len(problems) <= 1, events
    assert problems or failed['message'], events
    assert tree(place.source).items() <= before.items()


@test
def moved_to_another_device(place):
    if not os.path.isdir('/dev/shm') or os.stat('/dev/shm').st_dev == os.stat(place.root).st_dev:
        return 'there is no other device'
    elsewhere = Path(tempfile.mkdtemp(prefix='thaw-cli-', dir='/dev/shm'))
    try:
        before = tree(place.root / 'source')
        place.run('move', 'source', elsewhere)
        for _ in range(2):
            assert not place.source.exists() and tree(elsewhere / 'source') == before
            place.run('undo')
            assert tree(place.source) == before and not os.listdir(elsewhere)
            place.run('redo')
        (elsewhere / 'source').rename(elsewhere / 'other')
        place.run('undo', status=1)
        assert tree(elsewhere / 'other') == before
    finally:
        shutil.rmtree(elsewhere)


def wait_for(condition, seconds=30):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, 'waited in vain'
        time.sleep(0.005)


def big_file(place):
    with open(place.source / 'big', 'wb') as file:
        for _ in range(300):
            file.write(os.urandom(1 << 20))


@test
def interrupt(place):
    big_file(place)
    process = subprocess.Popen(place.command('copy', 'source', 'target'), env=place.environment, cwd=place.root,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    wait_for(lambda: os.listdir(place.target) or process.poll() is not None)
    process.send_signal(signal.SIGINT)
    begun = time.monotonic()
    errors = process.communicate(timeout=30)[1].decode()
    if process.returncode == 0:
        return 'it was quicker than the signal'
    assert process.returncode == 1 and 'cancelled' in errors, (process.returncode, errors)
    assert os.listdir(place.target) == [], os.listdir(place.target)
    assert time.monotonic() - begun < 5
    assert place.json('history')[0]['state'] == 'cancelled'
    assert place.json('resume') == []


@test
def kill_and_go_on(place):
    big_file(place)
    before = tree(place.source)
    for command, left in (('resume', before), ('rollback', {})):
        process = subprocess.Popen(place.command('copy', 'source', 'target'), env=place.environment, cwd=place.root)
        wait_for(lambda: os.listdir(place.target) or process.poll() is not None)
        process.kill()
        if process.wait(30) == 0:
            return 'it was quicker than the signal'
        # Nothing that isn't whole has its name.
        assert all(name.startswith('.thaw-') for name in os.listdir(place.target)), os.listdir(place.target)
        end, = [event for event in place.json(command) if event['event'] == 'end']
        assert end['state'] == 'done', end
        assert tree(place.target / 'source') == left, command
        assert not [name for name in os.listdir(place.target) if name.startswith('.thaw-')]
        assert place.json(command) == []
        shutil.rmtree(place.target / 'source', ignore_errors=True)


@test
def two_at_once(place):
    for i in range(4):
        (place.root / f't{i}').mkdir()
    processes = [subprocess.Popen(place.command('copy', 'source', f't{i}'), env=place.environment, cwd=place.root)
                 for i in range(4)]
    assert [process.wait(60) for process in processes] == [0] * 4
    assert len(place.json('history')) == 4
    for i in range(4):
        assert tree(place.root / f't{i}' / 'source') == tree(place.source)


class Mount:
    """The kit's fault file system over a folder."""

    def __init__(self, backing, mount):
        self.mount = mount
        # A killed one leaves its log in the pipe: nobody reads it, so it goes nowhere.
        self.process = subprocess.Popen([os.environ['THAW_FAULTFS'], '-f', os.fspath(backing), os.fspath(mount)],
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_for(lambda: os.path.ismount(mount) or self.process.poll() is not None)
        assert os.path.ismount(mount), 'no FUSE here'

    def rule(self, text):
        with open(self.mount / '.faultfs', 'w', encoding='utf-8') as control:
            control.write(text)

    def close(self):
        subprocess.run(['fusermount3', '-uz', os.fspath(self.mount)], stderr=subprocess.DEVNULL, check=False)
        self.process.wait(10)


@test
def killed_at_any_operation(place):
    if 'THAW_FAULTFS' not in os.environ or not shutil.which('fusermount3') or not os.path.exists('/dev/fuse'):
        return 'no fault file system'
    before, mount = tree(place.source), place.root / 'mount'
    mount.mkdir()
    for number in range(1, 200, 3):
        backing = place.root / f'backing{number}'
        backing.mkdir()
        try:
            fault = Mount(backing, mount)
        except AssertionError as error:
            return str(error)
        try:
            fault.rule(f'add op=mutate nth={number} kill')
            status = subprocess.run(place.command('copy', 'source', 'mount'), env=place.environment, cwd=place.root,
                                    timeout=60, check=False).returncode
        finally:
            fault.close()
        whole = [name for name in os.listdir(backing) if not name.startswith('.thaw-')]
        assert whole == [] or tree(backing / 'source') == before, (number, whole)
        if status == 0:
            return None
        # Without its volume the job must not go on: there is another, empty folder now.
        place.run('resume', status=1)
        assert os.listdir(mount) == [], number
        fault = Mount(backing, mount)
        try:
            place.run('resume')
        finally:
            fault.close()
        assert tree(backing) == {'source': None, **{f'source/{name}': data for name, data in before.items()}}, number
        shutil.rmtree(backing)
    assert False, 'it never came to an end'


def without_stores(folder):
    return {name: data for name, data in tree(folder).items() if not name.startswith('.thaw-kept-')}


@test
def retry(place):
    """By another process, from the journal alone: what failed, in the same job."""
    (place.target / 'f1').write_text('in the way\n')
    end = place.json('copy', 'source/f0', 'source/f1', 'target', status=1)[-1]
    assert end['problems'] == 1, end
    place.run('retry', status=2)
    again = place.json('retry', str(end['id']), status=1)[-1]
    assert (again['id'], again['problems']) == (end['id'], 1), again
    (place.target / 'f1').unlink()
    again = place.json('retry', str(end['id']))[-1]
    assert (again['id'], again['state'], again['problems']) == (end['id'], 'done', 0), again
    assert sorted(tree(place.target)) == ['f0', 'f1']
    assert 'nothing' in place.run('retry', str(end['id']), status=1)[1].lower()
    assert len(place.json('history')) == 1
    place.run('undo')
    assert tree(place.target) == {}


@test
def retry_killed(place):
    """Anywhere: it is finished, or still to be tried, and undone with the rest."""
    if 'THAW_FAULTFS' not in os.environ or not shutil.which('fusermount3') or not os.path.exists('/dev/fuse'):
        return 'no fault file system'
    mount, backing = place.root / 'mount', place.root / 'backing'
    mount.mkdir()
    for number in range(1, 60):
        (backing / 'source/sub').mkdir(parents=True)
        (backing / 'source/sub/g1').write_text('in the way\n')
        try:
            fault = Mount(backing, mount)
        except AssertionError as error:
            return str(error)
        try:
            end = place.json('copy', '--on-conflict', 'folder=merge', 'source', 'mount', status=1)[-1]
            assert end['problems'] == 1, end
            (mount / 'source/sub/g1').unlink()
            fault.rule(f'add op=mutate nth={number} kill')
            status = subprocess.run(place.command('retry', str(end['id'])), env=place.environment, cwd=place.root,
                                    timeout=60, check=False).returncode
        finally:
            fault.close()
        fault = Mount(backing, mount)
        try:
            place.run('resume')
            if not (mount / 'source/sub/g1').exists():
                place.run('retry', str(end['id']))
            assert tree(backing / 'source') == tree(place.source), number
            place.run('undo')
        finally:
            fault.close()
        found = without_stores(backing)
        assert found == {'source': None, 'source/sub': None}, (number, found)
        if status == 0:
            assert number > 2, number
            return None
        shutil.rmtree(backing)
    assert False, 'it never came to an end'


@test
def deleted_for_good(place):
    finding, = place.json('plan', 'delete', '--forget', 'source/f0', 'source/f1')[0]['findings']
    assert finding['type'] == 'no undo' and not finding['fatal'], finding
    place.run('delete', '--forget', 'source/f0')
    assert 'nothing to undo' in place.run('undo', status=1)[1]
    place.run('delete', 'source/f1')
    place.run('undo')
    assert sorted(os.listdir(place.source)) == ['f1', 'f2', 'sub']


@test
def restore_taken_back(place):
    """Killed anywhere while it makes the folder of origin again: rolled back, all is in the trash, and no folder is there."""
    if 'THAW_FAULTFS' not in os.environ or not shutil.which('fusermount3') or not os.path.exists('/dev/fuse'):
        return 'no fault file system'
    mount, number = place.root / 'mount', 0
    mount.mkdir()
    for number in range(1, 60):
        backing = place.root / f'backing{number}'
        (backing / 'gone/deep').mkdir(parents=True)
        (backing / 'gone/deep/x').write_text('x\n')
        try:
            fault = Mount(backing, mount)
        except AssertionError as error:
            return str(error)
        try:
            place.run('trash', 'mount/gone/deep/x')
            shutil.rmtree(mount / 'gone')
            before = without_stores(backing)
            thing, = mount.glob('.Trash-*/files/x')
            fault.rule(f'add op=mutate nth={number} kill')
            status = subprocess.run(place.command('restore', os.fspath(thing)), env=place.environment, cwd=place.root,
                                    timeout=60, check=False).returncode
        finally:
            fault.close()
        if status == 0:
            assert number > 5, number
            return None
        fault = Mount(backing, mount)
        try:
            place.run('rollback')
        finally:
            fault.close()
        assert without_stores(backing) == before, (number, without_stores(backing), before)
        shutil.rmtree(backing)
    assert False, 'it never came to an end'


def main():
    print(f'1..{len(TESTS)}')
    for number, function in enumerate(TESTS, 1):
        place = Place()
        try:
            skipped = function(place)
            print(f'ok {number} {function.__name__}' + (f' # SKIP {skipped}' if skipped else ''), flush=True)
        except Exception as error:  # pylint: disable=broad-except
            import traceback
            for line in traceback.format_exc().splitlines():
                print('# ' + line)
            print(f'not ok {number} {function.__name__} {type(error).__name__}', flush=True)
            points.append(number)
        finally:
            place.remove()
    return 1 if points else 0


sys.exit(main())
