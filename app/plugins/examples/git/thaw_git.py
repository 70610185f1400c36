# SPDX-License-Identifier: LGPL-2.1-or-later
"""What Git says of files. All of this runs on the plugin's own thread; git itself is a child process, once for each
folder that is looked at and again when something in it changes. Without git, or outside of a repository, there is
nothing. A status that takes longer than the window waits is shown when it is there."""
import os
import time

import gi
gi.require_version('Pane', '1')
from gi.repository import Gio, GLib, GObject, Pane  # noqa: E402

WORDS = {'?': ('Untracked', 'dialog-question-symbolic'), 'A': ('Added', 'list-add-symbolic'),
         'M': ('Modified', 'document-edit-symbolic'), 'U': ('Conflict', 'dialog-warning-symbolic')}
RANK = '?AMU'  # what a folder says of all that is in it: the last of these
FRESH_SECONDS = 0.3
PATIENCE_MSEC = 600


def find_root(path):
    while not os.path.exists(os.path.join(path, '.git')):
        path, before = os.path.dirname(path), path
        if path == before:
            return None
    return path


def parse(output, prefix):
    """The branch, and a letter for each name right below the prefix, of `git status --porcelain=v2 -z --branch`."""
    branch, letters, fields = None, {}, iter(output.split(b'\0'))
    for field in fields:
        kind = field[:1].decode()
        if field.startswith(b'# branch.head '):
            branch = field[14:].decode(errors='replace')
        if kind not in ('1', '2', 'u', '?'):
            continue
        path = field.split(b' ', {'1': 8, '2': 9, 'u': 10, '?': 1}[kind])[-1]
        letter = {'u': 'U', '?': '?'}.get(kind) or ('A' if field[2:3] == b'A' else 'M')
        if kind == '2':
            next(fields, None)  # what it was called before
        if path.startswith(prefix):
            name = os.fsdecode(path[len(prefix):].split(b'/')[0])
            letters[name] = max(letters.get(name, letter), letter, key=RANK.index)
    return branch, letters


class Folder:
    branch, letters, at, is_late = None, {}, 0, False

    def __init__(self):
        self.waiting = []


class Git(GObject.Object, Pane.Plugin):
    def do_activate(self, host):
        self.host, self.folders, self.monitors = host, {}, {}
        if GLib.find_program_in_path('git'):
            host.add_badges(lambda request: self.ask(request, self.say_badges))
            host.add_column('status', 'Git', lambda request: self.ask(request, self.say_column))
            host.add_label(lambda request: self.ask(request, self.say_label))

    def do_deactivate(self):
        for monitor in self.monitors.values():
            monitor.cancel()

    def say_badges(self, request, folder):
        for name in set(request.get_names()) & set(folder.letters):
            word, icon = WORDS[folder.letters[name]]
            request.set_badge(name, icon, word)

    def say_column(self, request, folder):
        for name in set(request.get_names()) & set(folder.letters):
            request.set_text(name, WORDS[folder.letters[name]][0])

    def say_label(self, request, folder):
        request.set_label(folder.branch, None)

    def ask(self, request, say):
        path = request.get_path()
        root = path and find_root(path)
        if not root:
            return
        folder = self.folders.setdefault(path, Folder())
        if time.monotonic() - folder.at < FRESH_SECONDS:
            say(request, folder)
            return
        request.hold()
        folder.waiting.append((request, say))
        if len(folder.waiting) == 1:
            self.watch(root)
            self.run(path, root, folder)

    def answer(self, folder):
        waiting, folder.waiting = folder.waiting, []
        for request, say in waiting:
            say(request, folder)
            request.finish()

    def run(self, path, root, folder):
        command = ['git', '--no-optional-locks', '-C', path, 'status', '--porcelain=v2', '-z', '--branch', '.']
        git = Gio.Subprocess.new(command, Gio.SubprocessFlags.STDOUT_PIPE | Gio.SubprocessFlags.STDERR_SILENCE)
        prefix = os.fsencode(os.path.relpath(path, root) + '/') if path != root else b''

        def done(git, result):
            _, output, _ = git.communicate_finish(result)
            folder.branch, folder.letters = parse(output.get_data() or b'', prefix)
            folder.at = time.monotonic()
            if folder.is_late:
                self.host.changed(Gio.File.new_for_path(path))
            self.answer(folder)
            folder.is_late = False

        def late():
            folder.is_late = bool(folder.waiting)
            self.answer(folder)

        git.communicate_async(None, None, done)
        timer = GLib.timeout_source_new(PATIENCE_MSEC)  # GLib.timeout_add() would be the window's
        timer.set_callback(lambda *_: late())
        timer.attach(GLib.MainContext.get_thread_default())

    def watch(self, root):
        def changed(_monitor, file, _other, _event):
            if file.get_basename() in ('index', 'HEAD'):
                self.host.changed(None)

        if root not in self.monitors:
            monitor = Gio.File.new_for_path(os.path.join(root, '.git')).monitor_directory(Gio.FileMonitorFlags.NONE, None)
            monitor.connect('changed', changed)
            self.monitors[root] = monitor
