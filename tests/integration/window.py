# SPDX-License-Identifier: GPL-3.0-or-later
"""Drives the real Thaw Files as a user and a screen reader would.

A Window is one process on a display of its own (tests/support/with-display): keys and clicks go in through
xdotool, what is shown is read back through AT-SPI. Nothing waits for a fixed time: every expectation is
polled until a deadline."""

import os
import subprocess
import sys
import time
import unittest

import gi

gi.require_version('Atspi', '2.0')
from gi.repository import Atspi, Gio, GLib  # noqa: E402

PATIENCE = 10.0
PROGRAM = os.environ.get('THAW_FILES', 'thaw-files')


class Timeout(AssertionError):
    pass


def wait_for(what, condition, patience=PATIENCE):
    """Polls until condition() is true, and returns what it returned."""
    deadline = time.monotonic() + patience
    while True:
        try:
            result = condition()
        except GLib.Error:  # the tree changes while it is read
            result = None
        if result:
            return result
        if time.monotonic() > deadline:
            raise Timeout(f'waited {patience:g} s for {what}')
        time.sleep(0.03)


class PatientTestCase(unittest.TestCase):
    """A key that a busy machine's window manager has swallowed makes a test late: what was late is tried once more, at once, in a
    window of its own, and said to have been. Whatever else fails has failed."""

    def run(self, result=None):
        first = unittest.TestResult()
        super().run(first)
        texts = [text for _, text in first.failures + first.errors]
        if texts and all('window.Timeout' in text or 'TimeoutExpired' in text for text in texts):
            print(f'# once more, it was late: {self.id()}\n{texts[0]}', file=sys.stderr)
            return super().run(result)
        result.startTest(self)
        for test, reason in first.skipped:
            result.addSkip(test, reason)
        result.failures += first.failures
        result.errors += first.errors
        if not texts and not first.skipped:
            result.addSuccess(self)
        result.stopTest(self)
        return result


def walk(node, depth=40):
    if node is None or depth == 0:
        return
    yield node
    try:
        for i in range(node.get_child_count()):
            yield from walk(node.get_child_at_index(i), depth - 1)
    except GLib.Error:
        return


def is_showing(node):
    return node.get_state_set().contains(Atspi.StateType.SHOWING)


class Window:
    def __init__(self, *arguments, env=None, waits=True, stderr=None):
        # What GLib or GTK calls critical is a fault, and ends the program.
        self.process = subprocess.Popen([PROGRAM, *map(str, arguments)],
                                        env={**os.environ, 'G_DEBUG': 'fatal-criticals', **(env or {})}, stderr=stderr)
        self.application = wait_for('the application', self._find_application, 20) if waits else None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            # One with a thread stuck in the kernel ends only when that is let go.
            self.process.kill()

    def _find_application(self):
        if self.process.poll() is not None:
            raise AssertionError(f'Thaw Files ended with status {self.process.returncode}')
        desktop = Atspi.get_desktop(0)
        for i in range(desktop.get_child_count()):
            application = desktop.get_child_at_index(i)
            if application and application.get_process_id() == self.process.pid \
                    and application.get_child_count() > 0:
                return application
        return None

    # What is shown

    def nodes(self):
        Atspi.Accessible.clear_cache(self.application)
        return (node for node in walk(self.application))

    def names(self):
        return [node.get_name() for node in self.nodes() if node.get_name() and is_showing(node)]

    def title(self):
        return self.application.get_child_at_index(self.application.get_child_count() - 1).get_name()

    def rows(self):
        """The names of the entries on the screen, in their order."""
        roles = (Atspi.Role.LIST_ITEM, Atspi.Role.TABLE_CELL)
        found = []
        for node in self.nodes():
            if node.get_role() not in roles or not is_showing(node) or self.in_sidebar(node):
                continue
            name = node.get_name()
            if name:
                found.append(name)
        return found

    @staticmethod
    def in_sidebar(node):
        parent = node.get_parent()
        while parent is not None:
            if parent.get_name() == 'Places':
                return True
            parent = parent.get_parent()
        return False

    def selected(self):
        return [node.get_name() for node in self.nodes()
                if node.get_state_set().contains(Atspi.StateType.SELECTED) and not self.in_sidebar(node)
                and node.get_name() and is_showing(node)]

    def has_text(self, text):
        return any(text in name for name in self.names())

    def expect_rows(self, names, patience=PATIENCE):
        try:
            wait_for(f'rows {names}', lambda: [row.split(',')[0] for row in self.rows()] == names, patience)
        except Timeout as error:
            raise Timeout(f'{error}; shown are {self.rows()}') from None

    def expect_text(self, text, patience=PATIENCE):
        try:
            wait_for(f'“{text}”', lambda: self.has_text(text), patience)
        except Timeout as error:
            raise Timeout(f'{error}; shown are {self.names()}') from None

    def expect_title(self, title):
        try:
            wait_for(f'title {title}', lambda: self.title() == title)
        except Timeout as error:
            raise Timeout(f'{error}; it is {self.title()}') from None

    def menu_items(self):
        """Those of an open menu."""
        roles = (Atspi.Role.MENU_ITEM, Atspi.Role.CHECK_MENU_ITEM, Atspi.Role.RADIO_MENU_ITEM)
        return [node for node in self.nodes() if node.get_role() in roles and is_showing(node)]

    def focused(self):
        """What has the keyboard focus, by its name without details."""
        for node in self.nodes():
            if node.get_state_set().contains(Atspi.StateType.FOCUSED):
                return node.get_name().split(',')[0] or str(node.get_role_name())
        return None

    def expect_focus(self, name):
        try:
            wait_for(f'the focus on {name}', lambda: self.focused() == name)
        except Timeout as error:
            raise Timeout(f'{error}; it is on {self.focused()}') from None

    # What the user does

    def keys(self, *keys):
        subprocess.run(['xdotool', 'key', '--clearmodifiers', '--delay', '20', *keys], check=True)

    def type(self, text):
        subprocess.run(['xdotool', 'type', '--clearmodifiers', '--delay', '20', text], check=True)

    def click(self, name, button=1):
        """Clicks into the middle of what has this name."""
        node = wait_for(f'“{name}”', lambda: next((n for n in self.nodes() if n.get_name() == name and is_showing(n)), None))
        box = node.get_extents(Atspi.CoordType.WINDOW)
        window = subprocess.run(['xdotool', 'getactivewindow'], capture_output=True, text=True, check=True).stdout.strip()
        subprocess.run(['xdotool', 'mousemove', '--window', window, str(box.x + box.width // 2), str(box.y + box.height // 2),
                        'click', str(button)], check=True)

    def focus(self, name):
        """Goes on with Tab until what has this name has the focus."""
        for _ in range(30):
            before = self.focused()
            if before == name:
                return
            self.keys('Tab')
            # A busy machine takes its time: what isn't waited for would be passed over.
            try:
                wait_for('the focus to move', lambda before=before: self.focused() != before, 1)
            except Timeout:
                pass
        raise Timeout(f'no way to {name} with Tab; the focus is on {self.focused()}')

    def activate(self, name):
        """Presses the button with this name."""
        def find():
            for node in self.nodes():
                if node.get_name() == name and is_showing(node) and node.get_n_actions() > 0:
                    return node
            return None
        node = wait_for(f'a button “{name}”', find)
        node.do_action(0)
