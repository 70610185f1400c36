# SPDX-License-Identifier: GPL-3.0-or-later
"""A random user of Thaw Files, and the hostile tree that it is let loose on.

The tree lies in a folder of its own, which is HOME too; contain() makes that the one place on the machine that can be written
to, for the test as for the program, so that whatever is deleted, moved or extracted is the monkey's own. What it does comes
from a seed alone: the same one gives the same actions, though not the same moments. world_actions are what other programs
do to the tree meanwhile."""

import io
import os
import shutil
import socket
import struct
import subprocess
import sys
import tarfile
import tempfile
import zipfile
import zlib
from pathlib import Path

CONTAINED = 'THAW_MONKEY_TOP'

# Everything but the monkey's folder is read-only, and no application that files are opened with is real.
CONTAINER = '''
top=$1; shift
mount --make-rprivate / && mount --bind "$top" "$top" || exit 77
sed 's/^[^ ]* \\([^ ]*\\) .*/\\1/' /proc/self/mounts | sort -u | while read -r point; do
  point=$(printf '%b' "$point")
  [ "$point" = "$top" ] || mount -o remount,bind,ro "$point" 2>/dev/null || :
done
! touch /usr/.thaw-monkey 2>/dev/null || exit 77
[ ! -d /usr/share/applications ] || mount -t tmpfs -o ro none /usr/share/applications || :
exec "$@"
'''


def contain():
    """Runs the test that called once more, where nothing but a folder of its own can be written to, and ends with that one's
    status. Returns only in that one: the folder, or None where no such place can be made."""
    if CONTAINED in os.environ:
        return Path(os.environ[CONTAINED])
    top = tempfile.mkdtemp(prefix='thaw-m-')
    try:
        names = ['unshare', '--mount'] + ([] if os.geteuid() == 0 else ['--user', '--map-root-user'])
        process = subprocess.run([*names, 'sh', '-c', CONTAINER, 'sh', top, sys.executable, *sys.orig_argv[1:]],
                                 env={**os.environ, CONTAINED: top, 'TMPDIR': top}, check=False)
        if process.returncode in (1, 77) and not os.listdir(top):
            return None
    finally:
        subprocess.run(['chmod', '-R', 'u+rwX', top], stderr=subprocess.DEVNULL, check=False)
        shutil.rmtree(top, ignore_errors=True)
    sys.exit(process.returncode)


def environment(top):
    """All that the program keeps is in the folder."""
    folders = {'HOME': 'home', 'XDG_STATE_HOME': 'home/.state', 'XDG_DATA_HOME': 'home/.data', 'XDG_CONFIG_HOME': 'home/.config',
               'XDG_CACHE_HOME': 'home/.cache', 'XDG_RUNTIME_DIR': 'run', 'TMPDIR': 'tmp'}
    for path in folders.values():
        (top / path).mkdir(mode=0o700, parents=True, exist_ok=True)
    return {**os.environ, **{name: str(top / path) for name, path in folders.items()}}


# What lies in it

def png(width, height):
    def chunk(kind, data):
        return struct.pack('>I', len(data)) + kind + data + struct.pack('>I', zlib.crc32(kind + data))
    rows = b''.join(b'\0' + bytes((x * 7 + y * 3) & 255 for x in range(width * 3)) for y in range(height))
    return (b'\x89PNG\r\n\x1a\n' + chunk(b'IHDR', struct.pack('>IIBBBBB', width, height, 8, 2, 0, 0, 0))
            + chunk(b'IDAT', zlib.compress(rows)) + chunk(b'IEND', b''))


def archive(kind):
    data = io.BytesIO()
    if kind == 'zip':
        with zipfile.ZipFile(data, 'w') as file:
            for i in range(5):
                file.writestr(f'in/{i}.txt', 'x' * i)
    else:
        with tarfile.open(fileobj=data, mode='w:gz') as file:
            file.addfile(tarfile.TarInfo('in'), None)
    return data.getvalue()


HOSTILE_NAMES = [b'new\nline.txt', 'שלום \u202etxt.exe'.encode(), b'bad\xff\xfe.txt', b'x' * 251 + b'.txt', b'%s%n%d', b'<b>&amp;"\'.md',
                 b' spaces ', b'tab\t.c', 'e\u0301\u0301\u0301.txt'.encode(), '日本語のファイル.txt'.encode(), '👩‍👩‍👧‍👦.png'.encode(), b'-rf', b'~',
                 b'a_b_c', b'.hidden', b'UPPER.TXT', b'upper.txt', b'file10', b'file9', b'.png', b'con', 'ﬃ'.encode(), b'\x01\x02']


def folder_of_files(folder):
    contents = [b'', b'text\n' * 50, b'\0\1\2' * 99, png(8, 8)]
    for i, name in enumerate(HOSTILE_NAMES):
        Path(os.fsdecode(os.fsencode(folder) + b'/' + name)).write_bytes(contents[i % len(contents)])


def plant(home):
    """Makes what isn't there of the tree."""
    for path in ('a/b/c', 'many', 'empty', 'names', 'shut', 'pics', 'pics/more'):
        (home / path).mkdir(parents=True, exist_ok=True)
    folder_of_files(home / 'names')
    for i in range(400):
        (home / 'many' / f'n{i:03}.{("txt", "png", "zip", "c")[i % 4]}').write_bytes(b'' if i % 3 else b'x' * i)
    for path in ('', 'a', 'a/b', 'a/b/c'):
        for name in ('one.txt', 'two.md', 'main.c'):
            (home / path / name).write_text(f'{path}/{name}\n' * 20)
    for i, size in enumerate([(1, 1), (64, 48), (300, 200), (2000, 3), (3, 2000), (640, 480)]):
        (home / 'pics' / f'p{i}.png').write_bytes(png(*size))
        (home / 'pics/more' / f'q{i}.png').write_bytes(png(*size)[:-20 * i or None])
    (home / 'pics/broken.jpg').write_bytes(b'\xff\xd8\xff\xe0broken')
    (home / 'pics/v.svg').write_text('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect width="5" height="5"/></svg>')
    for name, data in (('a.zip', archive('zip')), ('b.tar.gz', archive('tar')), ('c.zip', b'PK\3\4broken'), ('d.pdf', b'%PDF-1.4\nbroken')):
        (home / 'a' / name).write_bytes(data)
    for name, target in (('loop1', 'loop2'), ('loop2', 'loop1'), ('dangling', 'nowhere'), ('self', '.'), ('a/up', '..'), ('abs', str(home / 'pics'))):
        if not os.path.lexists(home / name):
            (home / name).symlink_to(target)
    if not os.path.lexists(home / 'pipe'):
        os.mkfifo(home / 'pipe')
    os.utime(home / 'a/one.txt', (0, 0))
    os.utime(home / 'a/two.md', (4e9, 4e9))
    (home / 'one.txt').chmod(0o000)
    (home / 'shut').chmod(0o000)


# What other programs do to it

def folders_of(home):
    found = []
    for path, folders, _ in os.walk(home):
        folders[:] = sorted(name for name in folders if path != str(home) or not name.startswith('.'))[:20]
        found.append(Path(path))
        if len(found) >= 60:
            break
    return found


def entries_of(folder):
    return [folder / name for name in sorted(os.listdir(folder)) if folder.name != 'home' or not name.startswith('.')]


def remove(path):
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink()


def create_outside(random, home, folder):
    for _ in range(random.choice((1, 3, 50))):
        (folder / f'new {random.randrange(1000)}.txt').write_bytes(b'x' * random.randrange(5000))


def write_outside(random, home, folder):
    for path in random.sample(entries_of(folder), k=min(len(entries_of(folder)), 5)):
        if path.is_file() and not path.is_symlink():
            path.write_bytes(random.choice((b'', b'changed\n' * 30, png(9, 9))))


def rename_outside(random, home, folder):
    for path in random.sample(entries_of(folder), k=min(len(entries_of(folder)), random.choice((1, 8)))):
        name = random.choice((b'renamed ', b'\xff', b'\n', 'שלום'.encode(), b'aaa')) + str(random.randrange(99)).encode()
        os.rename(path, os.fsencode(folder) + b'/' + name)


def delete_outside(random, home, folder):
    for path in random.sample(entries_of(folder), k=min(len(entries_of(folder)), random.choice((1, 5, 100)))):
        remove(path)


def replace_outside(random, home, folder):
    """Another thing of the same name: a folder, a file, a link."""
    if folder == home or not entries_of(folder):
        return
    path = random.choice([folder, *entries_of(folder)])
    remove(path)
    kind = random.randrange(3)
    if kind == 0:
        path.mkdir()
        (path / 'another').write_text('')
    elif kind == 1:
        path.write_text('a file now')
    else:
        path.symlink_to('..')


def move_folder_outside(random, home, folder):
    if folder != home:
        folder.rename(random.choice(folders_of(home)) / f'moved {random.randrange(99)}')


def chmod_outside(random, home, folder):
    random.choice([folder, *entries_of(folder)][:50] if folder != home else entries_of(home)).chmod(random.choice((0o000, 0o700, 0o300, 0o400)))


def churn_outside(random, home, folder):
    for i in range(200):
        (folder / f'churn{i}').write_text('x')
    for i in range(0, 200, random.choice((1, 2))):
        (folder / f'churn{i}').unlink()


def socket_outside(random, home, folder):
    os.chdir(folder)  # a socket's path is short
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(f'socket{random.randrange(9)}')
    os.chdir('/')


def replant_outside(random, home, folder):
    for path in folders_of(home):
        path.chmod(0o700)
    if len(entries_of(home)) > 60:
        for path in entries_of(home):
            remove(path)
    plant(home)


WORLD = [(6, create_outside), (6, write_outside), (6, rename_outside), (5, delete_outside), (3, replace_outside), (2, move_folder_outside),
         (2, chmod_outside), (3, churn_outside), (1, socket_outside), (6, replant_outside)]


def disturb(random, home):
    """Does one thing to the tree, and says what. What is in its way is the tree's own doing."""
    change = random.choices([change for _, change in WORLD], [weight for weight, _ in WORLD])[0]
    folder = random.choice(folders_of(home) or [home])
    try:
        home.mkdir(exist_ok=True)
        change(random, home, folder)
    except OSError as error:
        return f'{change.__name__} {str(folder)!r}: {error.strerror}'
    return f'{change.__name__} {str(folder)!r}'


# What the user does: words for xdotool, made of a seed alone. Each is one hand's movement.

def keys(*names):
    return ['key', '--clearmodifiers', '--delay', '8', *names]


def typed(text):
    return ['type', '--clearmodifiers', '--delay', '4', '--args', '1', text]


def some_keys(*names, most=3):
    return lambda random: keys(*[random.choice(names) for _ in range(random.randint(1, most))])


PLACES = ['~', '~/a', '~/a/b/c', '~/many', '~/names', '~/pics', '~/empty', '~/self/self/a', '~/nowhere', '~/one.txt', '~/shut', '~/a/a.zip',
          '~/pics/p1.png', 'trash:///', '/', 'recent:///', 'computer:///', '~/mnt', '~/mnt/inner']
WORDS = ['a', 'one', 'n1', 'p', 'x y', 'new', '.', '..', 'a/b', 'zz', '*', '%', 'file', '(', '[0-9', 'A' * 60]


def go_somewhere(random):
    return [*keys('ctrl+l'), *typed(random.choice(PLACES)), *keys(random.choice(('Return', 'Return', 'Return', 'Escape', 'Down', 'Tab')))]


def go_home(random):
    return [*keys('Escape', 'Escape', 'ctrl+l'), *typed(random.choice(PLACES[:6])), *keys('Return')]


def rename(random):
    return [*keys('F2'), *typed(random.choice(WORDS) + str(random.randrange(30))), *keys(random.choice(('Return', 'Escape', 'Tab')))]


def new_folder(random):
    return [*keys('ctrl+shift+n'), *typed(random.choice(WORDS) + str(random.randrange(30))), *keys(random.choice(('Return', 'Return', 'Escape')))]


def filter_rows(random):
    return [*keys('ctrl+f'), *typed(random.choice(WORDS)), *keys(random.choice(('Escape', 'Return', 'Down', 'BackSpace', 'Tab')))]


def type_ahead(random):
    return typed(random.choice(('a', 'n1', 'p', 'one', 'x', 'f', 'z', 'm')))


def open_menu(random):
    return [*keys(random.choice(('shift+F10', 'Menu', 'F10', 'alt+Down'))), 'sleep', '0.05',
            *keys(*['Down'] * random.randrange(14), random.choice(('Return', 'Return', 'Escape', 'Right', 'space')))]


def look_quickly(random):
    return [*keys('space'), 'sleep', '0.05', *keys(*[random.choice(('Down', 'Right', 'Left', 'Up', 'space', 'Escape')) for _ in range(4)])]


def batch_rename(random):
    return [*keys('ctrl+a', 'F2'), 'sleep', '0.1', *typed(random.choice(WORDS)), *keys(random.choice(('Return', 'Escape', 'Tab')))]


def fill_in(random):
    return [*keys(*['Tab'] * random.randrange(4)), *typed(random.choice(WORDS)), *keys(random.choice(('Return', 'Escape', 'space', 'Tab')))]


def resize(random):
    return ['getactivewindow', 'windowsize', str(random.choice((360, 400, 640, 900, 1240))), str(random.choice((300, 480, 700)))]


def at(random):
    """A place in the window, in parts of 1000: mostly where the rows are. The runner makes pixels of it."""
    if random.random() < 0.8:
        return ['mousemove', '--window', '%1', f'@x{random.randint(250, 950)}', f'@y{random.randint(150, 950)}']
    return ['mousemove', '--window', '%1', f'@x{random.randint(30, 970)}', f'@y{random.randint(30, 970)}']


def point(random):
    return ['getactivewindow', *at(random)]


def held(random, words):
    """With a modifier held, now and then."""
    key = random.choice((None, None, None, 'ctrl', 'shift', 'alt'))
    return words if key is None else ['keydown', key, *words, 'keyup', key]


def click(random):
    return [*point(random), *held(random, ['click', *random.choice(([], ['--repeat', '2', '--delay', '40'], ['--repeat', '3', '--delay', '40'])),
                                           random.choice('1111123')])]


def context_menu(random):
    return [*point(random), 'click', '3', 'sleep', '0.08',
            *keys(*['Down'] * random.randrange(18), random.choice(('Return', 'Return', 'Escape', 'Right')))]


def wheel(random):
    return [*point(random), *held(random, ['click', '--repeat', str(random.randint(1, 12)), '--delay', '8', random.choice('4567')])]


def drag(random):
    """Between any two places: rows, panes, tabs, the side bar, or a rubber band."""
    moves = []
    for _ in range(random.randint(3, 8)):
        moves += [*at(random), 'sleep', '0.03']
    ends = random.choice(([], [], [], keys('Escape'), ['sleep', '0.9']))
    return [*point(random), 'mousedown', '1', 'sleep', '0.02', *held(random, [*moves, *ends]), 'mouseup', '1']


USER = [
    (10, some_keys(*[f'ctrl+{n}' for n in range(1, 8)], most=2)),
    (4, some_keys('ctrl+shift+g')),
    (5, some_keys('F3', 'F6', 'shift+F3', 'shift+F5', 'shift+F6', 'ctrl+shift+Return', 'F8')),
    (6, some_keys('ctrl+t', 'ctrl+w', 'ctrl+shift+t', 'ctrl+Page_Up', 'ctrl+Page_Down', 'ctrl+Tab')),
    (1, some_keys('ctrl+n', 'shift+Return', most=1)),
    (10, some_keys('Return', 'alt+Up', 'alt+Left', 'alt+Right', 'alt+Home', 'ctrl+Return', 'BackSpace')),
    (6, go_somewhere), (4, go_home),
    (10, some_keys('Right', 'Left', 'Up', 'Down', 'Home', 'End', 'Page_Down', 'Page_Up', 'Tab', 'shift+Tab', most=8)),
    (8, some_keys('shift+Down', 'shift+Up', 'shift+End', 'shift+Right', 'ctrl+Down', 'ctrl+space', 'ctrl+a', 'ctrl+shift+i', most=5)),
    (4, type_ahead), (4, filter_rows), (4, rename), (4, new_folder), (3, batch_rename), (3, fill_in),
    (8, some_keys('ctrl+x', 'ctrl+c', 'ctrl+v', 'ctrl+m', 'ctrl+shift+d', 'ctrl+shift+c', most=4)),
    (3, some_keys('Delete', 'shift+Delete', most=1)),
    (5, some_keys('ctrl+z', 'ctrl+shift+z', most=3)),
    (6, look_quickly),
    (3, some_keys('alt+Return', 'ctrl+shift+o', 'ctrl+question', 'ctrl+shift+p', most=1)),
    (5, some_keys('ctrl+plus', 'ctrl+minus', 'ctrl+0', 'ctrl+h', 'F9', most=4)),
    (4, some_keys('F5', 'ctrl+r', 'ctrl+d')),
    (8, some_keys('Escape', most=3)),
    (6, open_menu), (6, context_menu), (10, click), (4, wheel), (8, drag), (3, resize),
]


def next_action(random):
    return random.choices([action for _, action in USER], [weight for weight, _ in USER])[0](random)
