#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Thaw and Pane from Python, as any program would use them: mailboxes, scopes, a folder and its model. A TAP program; the
folder's model is left out without a display."""
import gc
import os
import shutil
import sys
import tempfile
import threading
import time
import traceback
import weakref

import gi
gi.require_version('Thaw', '1')
from gi.repository import Gio, GLib, GObject, Thaw  # noqa: E402

PATIENCE = 30


def run_until(condition):
    """Runs the loop; it is woken now and then to look."""
    context = GLib.MainContext.default()
    deadline = time.monotonic() + PATIENCE
    tick = GLib.timeout_add(5, lambda: GLib.SOURCE_CONTINUE)
    while not condition():
        assert time.monotonic() < deadline, 'it takes too long'
        context.iteration(True)
    GLib.source_remove(tick)


def run_for(seconds):
    end = time.monotonic() + seconds
    run_until(lambda: time.monotonic() > end)


def test_mailbox():
    owner, got = GObject.Object(), []
    mailbox = Thaw.Mailbox.new_for_variants('python', None, owner, 4, lambda message: got.append(message.unpack()))
    assert mailbox.post_variant(GLib.Variant('s', 'one'))
    assert mailbox.post_variant(GLib.Variant('(sa{sv})', ('two', {'n': GLib.Variant('i', 2)})))
    assert got == [], 'never from inside a post'
    run_until(lambda: len(got) == 2)
    assert got == ['one', ('two', {'n': 2})], got
    assert all(mailbox.post_variant(GLib.Variant('i', i)) for i in range(4))
    assert not mailbox.post_variant(GLib.Variant('i', 4)), 'it is full'
    mailbox.close()
    assert not mailbox.post_variant(GLib.Variant('i', 5)), 'it is closed'
    run_for(0.02)
    assert len(got) == 2, 'never after it was closed'


def test_mailbox_owner():
    class Owner(GObject.Object):
        def __init__(self):
            super().__init__()
            self.mailbox = Thaw.Mailbox.new_for_variants('owner', None, None, 4, self.on_message)

        def on_message(self, message):
            self.mailbox.close()  # lets go of what calls this

    owner = Owner()
    gone = weakref.ref(owner)
    assert owner.mailbox.post_variant(GLib.Variant('b', True))
    run_until(owner.mailbox.is_closed)
    del owner
    gc.collect()
    assert gone() is None, 'a closed mailbox keeps its handler'


def test_mailbox_threads():
    got, loop = [], threading.get_ident()

    def on_message(message):
        assert threading.get_ident() == loop
        got.append(message.unpack())

    def post(mailbox, number):
        for i in range(200):
            while not mailbox.post_variant(GLib.Variant('(ii)', (number, i))):
                time.sleep(0.001)

    mailbox = Thaw.Mailbox.new_for_variants('threads', None, None, 50, on_message)
    threads = [threading.Thread(target=post, args=(mailbox, n)) for n in range(4)]
    for thread in threads:
        thread.start()
    run_until(lambda: len(got) == 800)
    for thread in threads:
        thread.join()
    for n in range(4):
        assert [i for number, i in got if number == n] == list(range(200)), 'in the order of posting'
    mailbox.close()


def test_delay():
    scope, done = Thaw.Scope.new('python', None), []
    started = time.monotonic()
    Thaw.delay(20000).done(scope, lambda future: done.append(future.get_state()))
    run_until(lambda: done)
    assert done == [Thaw.FutureState.RESOLVED] and time.monotonic() - started >= 0.02
    scope.cancel()


def test_compute():
    scope, done, loop = Thaw.Scope.new('python', None), [], threading.get_ident()

    def compute(job):
        assert threading.get_ident() != loop
        job.return_int64(sum(range(1000)))
        return True

    def fail(job):
        raise GLib.Error.new_literal(Gio.io_error_quark(), 'not today', Gio.IOErrorEnum.FAILED)

    scope.compute('sum', Thaw.Priority.DEFAULT, compute).done(scope, lambda future: done.append(future.get_int64()))
    run_until(lambda: done)
    assert done == [499500], done
    scope.compute('fail', Thaw.Priority.DEFAULT, fail).done(scope, lambda future: done.append(future.get_error()))
    run_until(lambda: len(done) == 2)
    assert done[1].matches(Gio.io_error_quark(), Gio.IOErrorEnum.FAILED) and done[1].message == 'not today', done
    chained = Thaw.Future.new_int64(20).then(scope, lambda future: Thaw.Future.new_int64(future.get_int64() + 1))
    chained.done(scope, lambda future: done.append(future.get_int64()))
    run_until(lambda: len(done) == 3)
    assert done[2] == 21, done
    scope.cancel()


def test_cancel():
    scope, called, release = Thaw.Scope.new('python', None), [], threading.Event()

    def compute(job):
        release.wait(PATIENCE)
        return True

    delay = Thaw.delay(1000)
    delay.done(scope, lambda future: called.append('delay'))
    job = scope.compute('wait', Thaw.Priority.DEFAULT, compute)
    job.done(scope, lambda future: called.append('job'))
    scope.cancel()
    release.set()
    joined = []
    scope.join().done(None, lambda future: joined.append(True))
    run_until(lambda: joined)
    run_for(0.02)
    assert called == [], called
    assert scope.is_cancelled() and job.get_state() == Thaw.FutureState.REJECTED


def test_owner():
    class Window(GObject.Object):
        pass

    window, called = Window(), []
    scope = Thaw.Scope.new_for_owner('window', window, None)
    Thaw.delay(1000).done(scope, lambda future: called.append(True))
    del window
    gc.collect()
    run_for(0.02)
    assert scope.is_cancelled() and called == [], 'a callback came after its window was gone'


def make_folder():
    path = tempfile.mkdtemp(prefix='thaw-python-')
    for name in ('10', '9', 'b', 'a', 'Ä'):
        open(os.path.join(path, name), 'wb').close()
    os.mkdir(os.path.join(path, 'z'))
    return path


NAMES = ['z', '9', '10', 'a', 'Ä', 'b']


def names_of(order):
    store = order.get_store()
    return [store.dup_display_name(order.get_id(i)) for i in range(order.get_n())]


def test_folder():
    path = make_folder()
    folder = Thaw.Folder.new(Gio.File.new_for_path(path))
    changes = []
    folder.connect('order-changed', lambda folder, order: changes.append(names_of(order)))
    folder.start()
    run_until(lambda: folder.get_state() == Thaw.FolderState.READY and changes and len(changes[-1]) == len(NAMES))
    assert changes[-1] == NAMES and names_of(folder.get_order()) == NAMES, changes
    store = folder.get_store()
    assert store.is_folder(folder.get_order().get_id(0))
    open(os.path.join(path, 'new'), 'wb').close()
    run_until(lambda: 'new' in changes[-1])
    for i in range(100):
        folder.get_order(), folder.get_store(), folder.get_lane()  # borrowed: counted right
    del folder
    gc.collect()
    shutil.rmtree(path)


def test_folder_model():
    gi.require_version('Gtk', '4.0')
    gi.require_version('Pane', '1')
    from gi.repository import Gtk, Pane
    assert Gtk.init_check()
    path = make_folder()
    folder, model = Thaw.Folder.new(Gio.File.new_for_path(path)), Pane.FolderModel.new()
    model.set_folder(folder)
    folder.start()
    run_until(lambda: model.get_n_items() == len(NAMES))

    def name(row):
        return model.get_store().dup_display_name(row.get_id())
    assert [name(model.get_item(i)) for i in range(model.get_n_items())] == NAMES
    assert [name(row) for row in model] == NAMES
    model.select_item(2, True)
    assert model.get_n_selected() == 1 and model.is_selected(2) and model.is_id_selected(model.get_id(2))
    label = Gtk.Label()
    row = model.get_item(1)
    row.connect('changed', lambda row: label.set_text(name(row)))
    os.unlink(os.path.join(path, '9'))
    run_until(lambda: model.get_n_items() == len(NAMES) - 1)
    assert model.is_selected(1), 'the selection stays with the entry'
    shutil.rmtree(path)


def main():
    tests = [(name, function) for name, function in globals().items() if name.startswith('test_')]
    print(f'1..{len(tests)}')
    failed = 0
    for i, (name, function) in enumerate(tests, 1):
        if name == 'test_folder_model' and 'DISPLAY' not in os.environ:
            print(f'ok {i} {name} # SKIP there is no display')
            continue
        try:
            function()
            print(f'ok {i} {name}', flush=True)
        except Exception:  # pylint: disable=broad-except
            failed += 1
            print(f'not ok {i} {name}')
            print('# ' + traceback.format_exc().replace('\n', '\n# '), flush=True)
    return 1 if failed else 0


sys.exit(main())
