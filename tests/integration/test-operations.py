# SPDX-License-Identifier: GPL-3.0-or-later
"""What changes files, with real keys and clicks: cut, copy, paste, trash, rename, drop, conflicts, undo, the panel, properties,
and what a killed process leaves behind."""

import grp
import os
import shutil
import signal
import subprocess
import tempfile
import threading
import unittest
from pathlib import Path

import gi

gi.require_version('Atspi', '2.0')
from gi.repository import Atspi, Gio, GLib  # noqa: E402

from faultfs import FaultFs, needs_faultfs
from window import is_showing, PatientTestCase, wait_for, walk, Window


try:
    gi.require_version('Gtk', '4.0')
    HAS_GTK = True
except ValueError:
    HAS_GTK = False

# Another program, with something on the clipboard: types and texts by turns.
OFFER = """
import sys, gi
gi.require_version('Gtk', '4.0')
from gi.repository import Gdk, GLib, Gtk
Gtk.init()
providers = [Gdk.ContentProvider.new_for_bytes(sys.argv[i], GLib.Bytes.new(sys.argv[i + 1].encode()))
             for i in range(1, len(sys.argv), 2)]
Gdk.Display.get_default().get_clipboard().set_content(Gdk.ContentProvider.new_union(providers))
GLib.MainLoop().run()
"""
# Another one that takes what is there as one type. It needs a window: the clipboard is who has the focus's on some displays.
TAKE = """
import sys, gi
gi.require_version('Gtk', '4.0')
from gi.repository import Gdk, GLib, Gio, Gtk
Gtk.init()
loop = GLib.MainLoop()
def read(clipboard, result):
    stream, _ = clipboard.read_finish(result)
    out = Gio.MemoryOutputStream.new_resizable()
    out.splice_async(stream, Gio.OutputStreamSpliceFlags.CLOSE_TARGET, 0, None, spliced)
def spliced(out, result):
    out.splice_finish(result)
    sys.stdout.buffer.write(out.steal_as_bytes().get_data())
    loop.quit()
clipboard = Gdk.Display.get_default().get_clipboard()
def look():
    if clipboard.get_formats().contain_mime_type(sys.argv[1]):
        clipboard.read_async([sys.argv[1]], 0, None, read)
        return False
    return True
GLib.timeout_add(20, look)
loop.run()
"""


# Made up by gvfs, which the bus starts.
HAS_TRASH = Path('/usr/share/gvfs/mounts/trash.mount').exists()


class NotificationServer:
    """The desktop's, which shows one at a time."""
    INTERFACE = 'org.freedesktop.Notifications'
    XML = """<node><interface name='org.freedesktop.Notifications'>
      <method name='Notify'><arg type='s' direction='in'/><arg type='u' direction='in'/><arg type='s' direction='in'/>
        <arg type='s' direction='in'/><arg type='s' direction='in'/><arg type='as' direction='in'/>
        <arg type='a{sv}' direction='in'/><arg type='i' direction='in'/><arg type='u' direction='out'/></method>
      <method name='CloseNotification'><arg type='u' direction='in'/></method>
    </interface></node>"""

    def __init__(self):
        self.shown, self.context = None, GLib.MainContext()
        self.loop = GLib.MainLoop.new(self.context, False)
        self.ready = threading.Event()
        self.thread = threading.Thread(target=self.run)
        self.thread.start()
        self.ready.wait(10)

    def run(self):
        self.context.push_thread_default()
        self.bus = Gio.DBusConnection.new_for_address_sync(
            os.environ['DBUS_SESSION_BUS_ADDRESS'],
            Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT | Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION)
        interface = Gio.DBusNodeInfo.new_for_xml(self.XML).interfaces[0]
        self.bus.register_object('/org/freedesktop/Notifications', interface, self.call)
        self.bus.call_sync('org.freedesktop.DBus', '/org/freedesktop/DBus', 'org.freedesktop.DBus', 'RequestName',
                           GLib.Variant('(su)', (self.INTERFACE, 4)), None, 0, -1)
        self.ready.set()
        self.loop.run()
        self.bus.close_sync()

    def call(self, bus, sender, path, interface, method, arguments, invocation):
        if method == 'Notify':
            self.shown = arguments[3], arguments[4]
            invocation.return_value(GLib.Variant('(u)', (7,)))
        else:
            self.shown = None
            invocation.return_value(None)

    def click(self):
        self.bus.emit_signal(None, '/org/freedesktop/Notifications', self.INTERFACE, 'ActionInvoked',
                             GLib.Variant('(us)', (7, 'default')))

    def stop(self):
        self.loop.quit()
        self.thread.join()


class OperationsTest(PatientTestCase):
    def setUp(self):
        self.top = Path(tempfile.mkdtemp(prefix='thaw-operations-'))
        self.addCleanup(shutil.rmtree, self.top, ignore_errors=True)
        self.folder = self.top / 'place'
        (self.folder / 'inner').mkdir(parents=True)
        for name in ('a.txt', 'b.txt', 'c.txt'):
            (self.folder / name).write_text(f'this is {name}')
        # What is remembered, undone and thrown away is each test's own.
        self.env = {}
        for name in ('XDG_STATE_HOME', 'XDG_DATA_HOME', 'XDG_CONFIG_HOME'):
            (self.top / name).mkdir()
            self.env[name] = str(self.top / name)

    def open(self, folder=None):
        window = Window(folder or self.folder, env=self.env)
        self.addCleanup(window.__exit__)
        wait_for('the rows', window.rows)
        return window

    def select(self, window, name):
        """As the keyboard does."""
        names = wait_for('the rows', lambda: [row.split(',')[0] for row in window.rows()])

        def press():
            """Again if it has to be: a window that has just come may not have the keyboard yet."""
            window.keys('Home', *['Down'] * names.index(name))
            try:
                return wait_for(name, lambda: [n.split(',')[0] for n in window.selected()] == [name], 3)
            except AssertionError:
                return False
        wait_for(f'{name} to be selected', press)

    def expect(self, **contents):
        """Files by name, with _ for the dot; None: isn't there."""
        for name, text in contents.items():
            path = self.folder / name.replace('__', '/').replace('_', '.')
            wait_for(f'{path.name} with {text!r}',
                     lambda: not path.exists() if text is None else path.is_file() and path.read_text() == text)

    def undo(self, window):
        window.keys('ctrl+z')

    @staticmethod
    def shows(window, name):
        return any(node.get_name() == name and is_showing(node) for node in window.nodes())

    def press(self, window, name):
        """Clicks a button, and goes on when it is gone."""
        wait_for(f'“{name}”', lambda: self.shows(window, name))
        window.activate(name)

    # Clipboard

    def test_copies_and_pastes(self):
        window = self.open()
        self.select(window, 'a.txt')
        window.keys('ctrl+c')
        window.expect_text('1 item is ready to be pasted')
        self.select(window, 'inner')
        window.keys('Return')
        window.expect_text('Folder Is Empty')
        window.keys('ctrl+v')
        self.expect(inner__a_txt='this is a.txt', a_txt='this is a.txt')
        window.expect_rows(['a.txt'])
        wait_for('what was pasted to be selected', window.selected)
        self.undo(window)
        window.expect_text('Folder Is Empty')
        window.keys('ctrl+shift+z')
        self.expect(inner__a_txt='this is a.txt')

    def test_cuts_and_pastes(self):
        window = self.open()
        self.select(window, 'b.txt')
        window.keys('ctrl+x')
        window.expect_text('1 item is ready to be moved')
        self.select(window, 'inner')
        window.keys('Return')
        window.expect_text('Folder Is Empty')
        window.keys('ctrl+v')
        self.expect(inner__b_txt='this is b.txt', b_txt=None)
        self.press(window, 'Undo')
        self.expect(inner__b_txt=None, b_txt='this is b.txt')

    def test_pastes_text_as_a_file(self):
        window = self.open()
        self.select(window, 'a.txt')
        window.keys('ctrl+shift+c')
        window.expect_text('Path copied')
        window.keys('ctrl+v')
        wait_for('the text', lambda: (self.folder / 'Pasted text.txt').exists()
                 and (self.folder / 'Pasted text.txt').read_text() == str(self.folder / 'a.txt'))

    def offer(self, *types_and_texts):
        """What another program has on the clipboard."""
        offer = subprocess.Popen(['/usr/bin/python3', '-c', OFFER, *types_and_texts])
        self.addCleanup(offer.wait)
        self.addCleanup(offer.kill)

    @unittest.skipUnless(HAS_GTK, 'needs GTK for python')
    def test_moves_what_another_program_has_cut(self):
        (self.top / 'other').mkdir()
        (self.top / 'other' / 'd e.txt').write_text('elsewhere')
        window = self.open()
        self.offer('x-special/gnome-copied-files', f'cut\nfile://{self.top}/other/d%20e.txt')
        self.paste_until(window, self.folder / 'd e.txt')
        self.assertEqual((self.folder / 'd e.txt').read_text(), 'elsewhere')
        wait_for('it to be gone there', lambda: not (self.top / 'other' / 'd e.txt').exists())

    @unittest.skipUnless(HAS_GTK, 'needs GTK for python')
    def test_moves_what_kde_has_cut(self):
        (self.top / 'other').mkdir()
        for name in ('d.txt', 'e.txt'):
            (self.top / 'other' / name).write_text('elsewhere')
        window = self.open()
        self.offer('text/uri-list', f'file://{self.top}/other/d.txt\r\n', 'application/x-kde-cutselection', '1')
        self.paste_until(window, self.folder / 'd.txt')
        wait_for('it to be gone there', lambda: not (self.top / 'other' / 'd.txt').exists())
        self.offer('text/uri-list', f'file://{self.top}/other/e.txt\r\n', 'application/x-kde-cutselection', '0')
        self.paste_until(window, self.folder / 'e.txt')
        self.assertTrue((self.top / 'other' / 'e.txt').exists())

    def take(self, content_type):
        """What another program gets from the clipboard."""
        return subprocess.run(['/usr/bin/python3', '-c', TAKE, content_type], capture_output=True, timeout=20,
                              check=True).stdout.decode()

    @unittest.skipUnless(HAS_GTK, 'needs GTK for python')
    def test_tells_others_what_is_cut(self):
        window = self.open()
        self.select(window, 'a.txt')
        window.keys('ctrl+x')
        window.expect_text('1 item is ready to be moved')
        uri = f'file://{self.folder}/a.txt'
        self.assertEqual(self.take('application/x-kde-cutselection'), '1')
        self.assertEqual(self.take('x-special/gnome-copied-files'), f'cut\n{uri}')
        window.keys('ctrl+c')
        window.expect_text('1 item is ready to be pasted')
        self.assertEqual(self.take('application/x-kde-cutselection'), '0')
        self.assertEqual(self.take('x-special/gnome-copied-files'), f'copy\n{uri}')
        self.assertEqual(self.take('text/uri-list'), f'{uri}\r\n')

    @unittest.skipUnless(HAS_GTK, 'needs GTK for python')
    def test_pastes_an_image_as_a_file(self):
        window = self.open()
        self.offer('image/png', 'not really one')
        self.paste_until(window, self.folder / 'Pasted image.png')

    def paste_until(self, window, path):
        """The other program is ready when it is."""
        def paste():
            if not path.exists():
                window.keys('ctrl+v')
            return wait_for(path.name, path.exists, 1)

        def is_there():
            try:
                return paste()
            except AssertionError:
                return False
        wait_for(path.name, is_there)

    # Names

    def test_renames_but_the_extension(self):
        window = self.open()
        self.select(window, 'a.txt')
        window.keys('F2')
        window.expect_text('Name of the File')
        window.type('b')
        window.expect_text('Something here has this name already')
        window.type('x')
        window.keys('Return')
        self.expect(bx_txt='this is a.txt', a_txt=None)
        window.expect_rows(['inner', 'b.txt', 'bx.txt', 'c.txt'])
        self.undo(window)
        self.expect(a_txt='this is a.txt', bx_txt=None)

    def test_renames_what_has_the_focus(self):
        window = self.open()
        window.keys('Home', 'ctrl+space')
        wait_for('nothing to be selected', lambda: not window.selected())
        window.keys('ctrl+Down')
        window.expect_focus('a.txt')
        window.keys('F2')
        window.expect_text('Name of the File')
        window.type('new')
        window.keys('Return')
        self.expect(new_txt='this is a.txt', a_txt=None)

    def test_new_folder_and_duplicate(self):
        window = self.open()
        self.select(window, 'c.txt')
        window.keys('ctrl+shift+d')
        wait_for('a second one', lambda: len([p for p in self.folder.iterdir() if p.is_file()
                                              and p.read_text() == 'this is c.txt']) == 2)
        window.keys('ctrl+shift+n')
        wait_for('the name', lambda: self.shows(window, 'Create'))
        window.type('fresh')
        window.keys('Return')
        wait_for('the folder', (self.folder / 'fresh').is_dir)
        wait_for('it to be selected', lambda: [n.split(',')[0] for n in window.selected()] == ['fresh'])

    def test_proposes_a_name_that_is_free(self):
        (self.folder / 'New Folder').mkdir()
        window = self.open()
        window.keys('ctrl+shift+n')
        wait_for('the name', lambda: self.shows(window, 'Create'))
        window.keys('Return')
        wait_for('the folder', (self.folder / 'New Folder 2').is_dir)
        window.keys('ctrl+shift+n')
        wait_for('the name', lambda: self.shows(window, 'Create'))
        window.type('third')
        window.keys('Return')
        wait_for('the folder', lambda: [p for p in self.folder.iterdir() if p.name.endswith('third')])
        self.assertTrue((self.folder / 'third').is_dir())

    def test_renames_many(self):
        window = self.open()
        window.keys('ctrl+a', 'F2')
        window.expect_text('Rename 4 Items')
        window.expect_text('No name changes')
        window.type('x')
        window.expect_text('Two would have this name')
        window.type('[')
        window.expect_text('“]” is missing')
        window.keys('BackSpace')
        window.type(' [n]')
        window.expect_text('4 names change')
        self.press(window, 'Rename')
        wait_for('the new names', lambda: sorted(p.name for p in self.folder.iterdir()) ==
                 ['x 1', 'x 2.txt', 'x 3.txt', 'x 4.txt'])
        window.expect_rows(['x 1', 'x 2.txt', 'x 3.txt', 'x 4.txt'])
        self.undo(window)
        window.expect_rows(['inner', 'a.txt', 'b.txt', 'c.txt'])
        self.expect(c_txt='this is c.txt')

    def test_new_folder_with_selection(self):
        window = self.open()
        self.select(window, 'a.txt')
        window.keys('shift+Down', 'shift+F10')
        wait_for('the menu', window.menu_items)
        window.keys('w')
        wait_for('the name', lambda: self.shows(window, 'Create'))
        window.type('both')
        window.keys('Return')
        self.expect(both__a_txt='this is a.txt', both__b_txt='this is b.txt', a_txt=None)
        window.expect_rows(['both', 'inner', 'c.txt'])

    def test_compresses_into_the_chosen_kind(self):
        window = self.open()
        self.select(window, 'a.txt')
        window.keys('shift+F10')
        wait_for('the menu', window.menu_items)
        window.keys('m')
        window.expect_text('Name of the Archive')
        window.type('all')
        window.keys('Tab', 'space')
        wait_for('the kinds', lambda: self.shows(window, '.tar.gz'))
        window.keys('Down', 'Return')
        wait_for('it to close', lambda: not self.shows(window, '.tar.xz'))
        self.press(window, 'Compress')
        wait_for('the archive', (self.folder / 'all.tar.gz').is_file)

    # Removing

    def test_trashes_and_takes_back_by_the_toast(self):
        window = self.open()
        self.select(window, 'a.txt')
        window.keys('Delete')
        window.expect_text('“a.txt” moved to trash')
        self.expect(a_txt=None)
        window.expect_rows(['inner', 'b.txt', 'c.txt'])
        self.press(window, 'Undo')
        self.expect(a_txt='this is a.txt')
        window.expect_rows(['inner', 'a.txt', 'b.txt', 'c.txt'])

    def test_says_what_cannot_be_undone(self):
        info = os.statvfs(self.folder)
        size = min(info.f_blocks * info.f_frsize // 10, 64 << 30) + (64 << 20)  # more than is kept on a volume
        large = self.folder / 'large'
        if info.f_bavail * info.f_frsize < size + (1 << 30) \
                or subprocess.run(['fallocate', '-l', str(size), large], capture_output=True, check=False).returncode != 0:
            self.skipTest('needs room, and a file system that gives it at once')
        window = self.open()
        self.select(window, 'large')
        window.keys('shift+Delete')
        window.expect_text('Delete “large” for Good?')
        window.expect_text('This can’t be undone.')
        window.keys('Escape')
        wait_for('the question to go', lambda: not self.shows(window, 'Delete “large” for Good?'))
        self.assertTrue(large.exists())
        window.keys('shift+Delete')
        self.press(window, 'Delete')
        window.expect_text('“large” deleted for good')
        self.assertFalse(self.shows(window, 'Undo'))
        self.assertFalse(large.exists())
        window.keys('ctrl+shift+o')
        window.expect_text('Can’t be undone')

    @unittest.skipUnless(HAS_TRASH, 'needs gvfs')
    def test_drops_on_the_trash_and_empties_it(self):
        del self.env['XDG_DATA_HOME']  # gvfs has the display's
        window = self.open()
        wait_for('the place', lambda: self.shows(window, 'Trash'))
        self.drag(window, self.find_row(window, 'a.txt'), self.find_named(window, 'Trash'))
        window.expect_text('“a.txt” moved to trash')
        self.expect(a_txt=None)
        number = subprocess.run(['xdotool', 'getactivewindow'], capture_output=True, text=True, check=True).stdout.strip()
        x, y = self.find_named(window, 'Trash')
        self.hand('mousemove', '--window', number, x, y, 'click', '1')
        window.expect_rows(['a.txt'])
        self.hand('mousemove', '--window', number, x, y, 'click', '3')
        wait_for('the menu', window.menu_items)
        window.keys('e')
        self.press(window, 'Empty Trash')
        window.expect_text('Trash emptied')
        self.assertFalse(self.shows(window, 'Undo'))
        wait_for('the rows to go', lambda: not window.rows())

    # Conflicts

    def conflict(self, *names):
        for name in names:
            (self.folder / 'inner' / name).write_text('old')
        window = self.open()
        self.select(window, names[0])
        window.keys(*['shift+Down'] * (len(names) - 1), 'ctrl+c')
        window.expect_text(' ready to be pasted')
        self.select(window, 'inner')
        window.keys('Return')
        window.expect_rows(list(names))
        window.keys('ctrl+v')
        window.expect_text('There is already “')
        window.expect_text('Already there')
        return window

    def test_conflict_replaces_and_can_be_undone(self):
        window = self.conflict('a.txt')
        self.press(window, 'Replace')
        self.expect(inner__a_txt='this is a.txt')
        window.keys('Escape')
        self.undo(window)
        self.expect(inner__a_txt='old')

    def test_conflict_keeps_both_then_leaves_out(self):
        window = self.conflict('a.txt', 'b.txt')
        self.press(window, 'Keep Both')
        window.expect_text('There is already “b.txt”')
        self.press(window, 'Leave It Out')
        wait_for('a second one', lambda: len(list((self.folder / 'inner').iterdir())) == 3)
        self.expect(inner__a_txt='old', inner__b_txt='old')

    def test_conflict_answered_for_all(self):
        window = self.conflict('a.txt', 'b.txt', 'c.txt')
        window.focus('Do the same with all others')
        window.keys('Return')
        self.press(window, 'Replace')
        self.expect(inner__a_txt='this is a.txt', inner__b_txt='this is b.txt', inner__c_txt='this is c.txt')

    @needs_faultfs
    def test_tells_the_end_of_a_long_one_that_nobody_sees(self):
        server = NotificationServer()
        self.addCleanup(server.stop)
        self.assertEqual(self.copy_unseen(server, '100'), ('Copy “from” to “to”', 'Done'))
        server.click()
        window = self.windows[-1]
        window.expect_text('Earlier')  # the panel, which is only shown in a window that is there
        number = wait_for('the window to be in front', self.find_active)
        self.assertEqual(number, self.number)
        window.__exit__()
        self.assertIsNone(self.copy_unseen(server, '100000'))

    def find_active(self):
        return subprocess.run(['xdotool', 'getactivewindow'], capture_output=True, text=True, check=False).stdout.strip()

    def copy_unseen(self, server, long_msec):
        """Copies for half a second in a window that is minimized; what was told when it was over."""
        server.shown = None
        slow = FaultFs(self)
        (slow.real / 'from').mkdir()
        (slow.real / 'to').mkdir()
        for i in range(20):
            (slow.real / 'from' / f'{i}').write_text('x')
        self.env['THAW_LONG_OPERATION_MSEC'] = long_msec
        window = self.open(slow.mount)
        self.windows = [window]
        self.number = self.find_active()
        self.select(window, 'from')
        window.keys('ctrl+c')
        self.select(window, 'to')
        window.keys('Return')
        window.expect_text('Folder Is Empty')
        slow.order('add op=write delay=60')
        window.keys('ctrl+v')
        wait_for('it to begin', lambda: list((slow.real / 'to').rglob('*')))
        subprocess.run(['xdotool', 'windowminimize', self.number], check=True)
        target = slow.real / 'to' / 'from'
        wait_for('the end', lambda: target.is_dir() and len(list(target.iterdir())) == 20)
        if long_msec == '100':
            return wait_for('the notification', lambda: server.shown)
        # What isn't told can't be waited for, but the window knows of the end when its process has.
        window.__exit__()
        return server.shown

    def test_asks_by_a_notification_when_there_is_no_window(self):
        server = NotificationServer()
        self.addCleanup(server.stop)
        window = self.conflict('a.txt')
        window.keys('Escape')
        wait_for('the page to close', lambda: not self.shows(window, 'Already there'))
        window.activate('Close')
        title, body = wait_for('the notification', lambda: server.shown)
        self.assertEqual((title, body), ('Copy “a.txt” to “inner”', 'Needs an answer'))
        self.assertIsNone(window.process.poll())
        server.click()
        window.expect_text('Already there')
        self.press(window, 'Replace')
        self.expect(inner__a_txt='this is a.txt')
        wait_for('the notification to go', lambda: server.shown is None)

    # Drag and drop

    def find_row(self, window, name):
        node = wait_for(name, lambda: next((n for n in window.nodes() if n.get_name().split(',')[0] == name
                                            and n.get_role() in (Atspi.Role.LIST_ITEM, Atspi.Role.TABLE_CELL)
                                            and is_showing(n)), None))
        box = node.get_extents(Atspi.CoordType.WINDOW)
        return box.x + min(60, box.width // 2), box.y + box.height // 2

    def find_named(self, window, name):
        """The middle of a place of the sidebar or a folder of the path."""
        node = wait_for(name, lambda: next((n for n in window.nodes() if n.get_name() == name and is_showing(n)
                                            and n.get_role() in (Atspi.Role.LIST_ITEM, Atspi.Role.BUTTON)), None))
        box = node.get_extents(Atspi.CoordType.WINDOW)
        return box.x + box.width // 2, box.y + box.height // 2 + 8  # GTK leaves out what is around the header

    @staticmethod
    def hand(*words):
        subprocess.run(['xdotool', *map(str, words), 'sleep', '0.1'], check=True)  # as fast as a hand

    def drag(self, window, start, end, key=None, lets_go=True):
        number = subprocess.run(['xdotool', 'getactivewindow'], capture_output=True, text=True, check=True).stdout.strip()
        (x, y), (to_x, to_y) = start, end
        self.hand('mousemove', '--window', number, x, y)
        self.hand('mousedown', '1')
        for i in range(1, 7):
            self.hand('mousemove', '--window', number, x + (to_x - x) * i // 6, y + (to_y - y) * i // 6)
            if i == 3 and key:
                self.hand('keydown', key)
        self.hand('mousemove_relative', '--', 1, 0)
        if lets_go:
            self.hand('mouseup', '1')
        if key:
            self.hand('keyup', key)

    def test_drops_into_a_folder(self):
        window = self.open()
        self.drag(window, self.find_row(window, 'c.txt'), self.find_row(window, 'inner'))
        self.expect(inner__c_txt='this is c.txt', c_txt=None)

    def test_drops_by_key(self):
        window = self.open()
        inner = self.find_row(window, 'inner')
        self.drag(window, self.find_row(window, 'a.txt'), inner, 'ctrl')
        self.expect(inner__a_txt='this is a.txt', a_txt='this is a.txt')
        self.drag(window, self.find_row(window, 'b.txt'), inner, 'alt')
        wait_for('a link', (self.folder / 'inner' / 'b.txt').is_symlink)
        self.drag(window, self.find_row(window, 'c.txt'), inner, 'shift')
        self.expect(inner__c_txt='this is c.txt', c_txt=None)

    def test_springs_open_and_drops_on_the_path(self):
        window = self.open()
        self.drag(window, self.find_row(window, 'a.txt'), self.find_row(window, 'inner'), lets_go=False)
        window.expect_text('Folder Is Empty')
        self.hand('mousemove_relative', '--', 0, 60)
        self.hand('mouseup', '1')
        self.expect(inner__a_txt='this is a.txt', a_txt=None)
        window.expect_rows(['a.txt'])
        self.drag(window, self.find_row(window, 'a.txt'), self.find_named(window, 'place'))
        self.expect(inner__a_txt=None, a_txt='this is a.txt')

    def test_drops_on_a_place(self):
        home = self.top / 'home'
        home.mkdir()
        self.env['HOME'] = str(home)
        window = self.open()
        self.drag(window, self.find_row(window, 'a.txt'), self.find_named(window, 'Home'), 'ctrl')
        wait_for('a copy at home', (home / 'a.txt').is_file)
        self.expect(a_txt='this is a.txt')

    # The panel

    def test_history_undoes(self):
        window = self.open()
        self.select(window, 'a.txt')
        window.keys('ctrl+shift+d')
        wait_for('a second one', lambda: len(list(self.folder.iterdir())) == 5)
        window.keys('ctrl+shift+o')
        window.expect_text('Duplicate “a.txt”')
        self.press(window, 'Undo')
        wait_for('it to go', lambda: len(list(self.folder.iterdir())) == 4)
        window.expect_text('Undone')
        window.keys('Escape')
        wait_for('the panel to close', lambda: not self.shows(window, 'Undone'))
        window.keys('Home')
        window.expect_focus('inner')

    @needs_faultfs
    def test_pauses_and_cancels(self):
        slow = FaultFs(self)
        (slow.real / 'from').mkdir()
        (slow.real / 'to').mkdir()
        for i in range(200):
            (slow.real / 'from' / f'{i}').write_text('x')
        window = self.open(slow.mount)
        self.select(window, 'from')
        window.keys('ctrl+c')
        self.select(window, 'to')
        window.keys('Return')
        window.expect_text('Folder Is Empty')
        slow.order('add op=write delay=100')
        window.keys('ctrl+v', 'ctrl+shift+o')
        window.expect_text('Copy “from” to “to”')
        self.press(window, 'Pause')
        wait_for('it to pause', lambda: self.shows(window, 'Continue'))
        self.press(window, 'Continue')
        wait_for('it to go on', lambda: self.shows(window, 'Pause'))
        self.press(window, 'Cancel')
        window.expect_text('Cancelled')
        wait_for('nothing to be left', lambda: not list((slow.real / 'to').iterdir()))

    @staticmethod
    def job_rows(window):
        """Those of the panel, by what is duplicated, in their order."""
        return {node.get_name().split('“')[1].split('”')[0]: node for node in window.nodes()
                if node.get_name().startswith('Duplicate “') and node.get_role() == Atspi.Role.LIST_ITEM and is_showing(node)}

    def move_job(self, window, name, where, expected):
        button = wait_for(where, lambda: next((node for node in walk(self.job_rows(window)[name]) if node.get_name() == where
                                               and node.get_state_set().contains(Atspi.StateType.SENSITIVE)), None))
        button.do_action(0)
        wait_for(f'the order {expected}', lambda: list(self.job_rows(window)) == expected)

    @needs_faultfs
    def test_order_can_be_changed(self):
        slow = FaultFs(self)
        for name in ('one', 'two', 'zero'):
            (slow.real / name).mkdir()
            for i in range(20):
                (slow.real / name / f'{i}').write_text('x')
        window = self.open(slow.mount)
        slow.order('add op=write delay=1500')
        for name in ('one', 'two', 'zero'):
            self.select(window, name)
            window.keys('ctrl+shift+d')
        window.keys('ctrl+shift+o')
        wait_for('all three', lambda: list(self.job_rows(window)) == ['one', 'two', 'zero'])
        self.move_job(window, 'zero', 'Earlier', ['one', 'zero', 'two'])
        self.move_job(window, 'zero', 'Later', ['one', 'two', 'zero'])
        self.move_job(window, 'two', 'Later', ['one', 'zero', 'two'])
        slow.order('clear')
        copies = wait_for('all copies', lambda: (found := {name: next(slow.real.glob(f'{name}?*'), None) for name in ('two', 'zero')})
                          and all(found.values()) and found)
        begun = {name: (copies[name] / '0').stat().st_ctime_ns for name in copies}
        self.assertLess(begun['zero'], begun['two'])

    # Problems

    @needs_faultfs
    def test_tries_again_and_leaves_out(self):
        broken = FaultFs(self)
        (broken.real / 'from').mkdir()
        (broken.real / 'to').mkdir()
        for name in ('bad 1', 'bad 2', 'good'):
            (broken.real / 'from' / name).write_text(name)
        window = self.open(broken.mount)
        self.select(window, 'from')
        window.keys('ctrl+c')
        self.select(window, 'to')
        window.keys('Return')
        window.expect_text('Folder Is Empty')
        broken.order('add op=read path=*/bad* errno=EIO count=-1')
        window.keys('ctrl+v')
        window.expect_text('2 items were left out')
        target = broken.real / 'to' / 'from'
        wait_for('the rest', lambda: (target / 'good').is_file())
        self.press(window, 'Details')
        window.expect_text('bad 1')
        window.expect_text('Something went wrong')
        broken.order('clear')
        window.activate('Leave It Out')
        window.expect_text('1 item was left out')
        self.press(window, 'Try Again')
        wait_for('one of them', lambda: len(list(target.iterdir())) == 2)

    # Properties

    def test_properties(self):
        (self.folder / 'a.txt').chmod(0o644)
        window = self.open()
        self.select(window, 'a.txt')
        window.keys('alt+Return')
        window.expect_text('Size on Disk')
        window.expect_text('13 bytes')
        window.focus('Others')
        window.keys('Return')
        wait_for('the switches', lambda: self.shows(window, 'Write'))
        window.focus('Write')
        window.keys('Return')
        wait_for('the right to write', lambda: (self.folder / 'a.txt').stat().st_mode & 0o777 == 0o646)
        window.keys('Escape')
        wait_for('it to close', lambda: not self.shows(window, 'Size on Disk'))
        self.undo(window)
        wait_for('the old rights', lambda: (self.folder / 'a.txt').stat().st_mode & 0o777 == 0o644)

    @unittest.skipUnless(os.geteuid() == 0, 'needs root')
    def test_changes_the_group(self):
        window = self.open()
        self.select(window, 'a.txt')
        window.keys('alt+Return')
        window.expect_text('Ownership')
        window.focus('Others')
        window.keys('Tab', 'Tab')
        window.expect_focus('Group')
        window.keys('Return')
        window.type('daemon')
        wait_for('only one to be left', lambda: not self.shows(window, 'adm'))
        window.keys('Down', 'Return')
        daemon = grp.getgrnam('daemon').gr_gid
        wait_for('the group', lambda: (self.folder / 'a.txt').stat().st_gid == daemon)
        window.keys('Escape')
        wait_for('it to close', lambda: not self.shows(window, 'Ownership'))
        self.undo(window)
        wait_for('the old group', lambda: (self.folder / 'a.txt').stat().st_gid == 0)

    def test_properties_of_a_folder(self):
        window = self.open()
        window.keys('alt+Return')
        window.expect_text('4 items')
        window.expect_text('Change Permissions Inside…')

    # After a crash

    def crash(self):
        """A copy that was killed in the middle; the file system of it."""
        slow = FaultFs(self)
        (slow.real / 'from').mkdir()
        (slow.real / 'to').mkdir()
        for i in range(100):
            (slow.real / 'from' / f'{i}').write_text(f'{i}')
        window = self.open(slow.mount)
        self.select(window, 'from')
        window.keys('ctrl+c')
        self.select(window, 'to')
        window.keys('Return')
        window.expect_text('Folder Is Empty')
        slow.order('add op=write delay=100')
        window.keys('ctrl+v')
        wait_for('some to be written', lambda: len(list((slow.real / 'to').rglob('*'))) > 3)
        window.process.send_signal(signal.SIGKILL)
        window.process.wait(5)
        slow.order('clear')
        return slow

    @needs_faultfs
    def test_after_a_crash_it_can_be_finished(self):
        slow = self.crash()
        window = self.open(slow.mount)
        window.expect_text('Copy “from” to “to” was interrupted')
        self.press(window, 'Finish')
        target = slow.real / 'to' / 'from'
        wait_for('the rest', lambda: target.is_dir() and len(list(target.iterdir())) == 100)
        self.assertEqual([p.name for p in (slow.real / 'to').iterdir()], ['from'])

    @needs_faultfs
    def test_after_a_crash_it_can_be_rolled_back(self):
        slow = self.crash()
        window = self.open(slow.mount)
        window.expect_text('Copy “from” to “to” was interrupted')
        self.press(window, 'Roll Back')
        wait_for('nothing to be left', lambda: not list((slow.real / 'to').iterdir()))
        wait_for('the button to be quiet', lambda: not self.shows(window, 'Operations were interrupted'))


if __name__ == '__main__':
    unittest.main(verbosity=2)
