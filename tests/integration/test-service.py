# SPDX-License-Identifier: GPL-3.0-or-later
"""One queue for windows and thaw-files-cli: the service on a session bus of its own, which starts it as a desktop's would. What the
command line does there, who sees it, what a killed one leaves behind, and what is refused."""

import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
import unittest
from pathlib import Path

import gi

gi.require_version('Gio', '2.0')
from gi.repository import Gio, GLib  # noqa: E402

PROGRAM = os.environ.get('THAW_FILES', 'thaw-files')
CLI = os.environ.get('THAW_FILES_CLI', 'thaw-files-cli')
NAME, PATH, INTERFACE = 'org.thaw.Files', '/org/thaw/Files/Operations', 'org.thaw.Files.Operations1'
VARIABLES = ('XDG_STATE_HOME', 'XDG_DATA_HOME', 'XDG_CONFIG_HOME')
CONFIGURATION = """<busconfig><type>session</type><listen>unix:tmpdir={0}</listen>
<servicedir>{0}/services</servicedir><standard_session_servicedirs/>
<policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy>
</busconfig>"""


NOTIFICATIONS = """<node><interface name='org.freedesktop.Notifications'><method name='Notify'>
<arg type='s' direction='in'/><arg type='u' direction='in'/><arg type='s' direction='in'/><arg type='s' direction='in'/>
<arg type='s' direction='in'/><arg type='as' direction='in'/><arg type='a{sv}' direction='in'/><arg type='i' direction='in'/>
<arg type='u' direction='out'/></method></interface></node>"""


class Bus:
    """A session bus that knows the Thaw Files of this build."""

    def __init__(self):
        self.folder = Path(tempfile.mkdtemp(prefix='thaw-bus-'))
        (self.folder / 'services').mkdir()
        (self.folder / 'services' / f'{NAME}.service').write_text(
            f'[D-BUS Service]\nName={NAME}\nExec={PROGRAM} --gapplication-service\n')
        (self.folder / 'bus.conf').write_text(CONFIGURATION.format(self.folder))
        self.daemon = subprocess.Popen(['dbus-daemon', f'--config-file={self.folder}/bus.conf', '--nofork', '--nopidfile',
                                        '--print-address=1'], stdout=subprocess.PIPE, text=True)
        self.address = self.daemon.stdout.readline().strip()

    def stop(self):
        self.daemon.terminate()
        self.daemon.wait()
        self.daemon.stdout.close()
        shutil.rmtree(self.folder, ignore_errors=True)


# Before AT-SPI is used: what reads windows has to be on the bus that they are on.
BUS = Bus()
os.environ['DBUS_SESSION_BUS_ADDRESS'] = BUS.address

from faultfs import FaultFs, needs_faultfs  # noqa: E402
from window import is_showing, PatientTestCase, wait_for, Window  # noqa: E402


def setUpModule():  # pylint: disable=invalid-name
    """Otherwise the first window starts the accessibility bus, and goes without it if that takes long."""
    subprocess.run(['gdbus', 'call', '--session', '--dest', 'org.a11y.Bus', '--object-path', '/org/a11y/bus', '--method',
                    'org.a11y.Bus.GetAddress'], stdout=subprocess.DEVNULL, check=True)


def tearDownModule():  # pylint: disable=invalid-name
    BUS.stop()


def tree(folder):
    return {str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None for path in folder.rglob('*')}


def has_ended(pid):
    """Who has adopted it may not have looked at its end yet."""
    try:
        return Path(f'/proc/{pid}/stat').read_text().rpartition(')')[2].split()[0] == 'Z'
    except OSError:
        return True


class ServiceTest(PatientTestCase):
    def setUp(self):
        self.top = Path(tempfile.mkdtemp(prefix='thaw-service-'))
        self.addCleanup(shutil.rmtree, self.top, ignore_errors=True)
        self.source, self.target = self.top / 'source', self.top / 'target'
        self.source.mkdir()
        self.target.mkdir()
        for name in ('a.txt', 'b.txt', 'c.txt'):
            (self.source / name).write_text(f'this is {name}')
        self.env = {name: str(self.top / name) for name in VARIABLES}
        self.env['THAW_SERVICE_IDLE_MSEC'] = '10000'
        for name in VARIABLES:
            (self.top / name).mkdir()
        self.bus = Gio.DBusConnection.new_for_address_sync(
            BUS.address, Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT | Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION, None, None)
        self.addCleanup(self.bus.close_sync, None)
        self.addCleanup(self.end_service)
        self.set_environment(self.env)

    # The bus

    def call(self, method, arguments=None, name=NAME, path=PATH, interface=INTERFACE):
        reply = self.bus.call_sync(name, path, interface, method, arguments, None, Gio.DBusCallFlags.NONE, 20000, None)
        return reply.unpack()

    def daemon(self, method, arguments):
        return self.call(method, arguments, 'org.freedesktop.DBus', '/org/freedesktop/DBus', 'org.freedesktop.DBus')

    def set_environment(self, variables):
        self.daemon('UpdateActivationEnvironment', GLib.Variant('(a{ss})', (variables,)))

    def service_pid(self):
        try:
            return self.daemon('GetConnectionUnixProcessID', GLib.Variant('(s)', (NAME,)))[0]
        except GLib.Error:
            return None

    def end_service(self):
        pid = self.service_pid()
        if pid is not None:
            os.kill(pid, signal.SIGKILL)
        wait_for('the service to be gone', lambda: self.service_pid() is None)

    def operations(self):
        return self.call('List')[0]

    def states(self):
        return [facts['state'] for _, facts in self.operations()]

    def assert_refused(self, error, method, arguments):
        with self.assertRaises(GLib.Error) as caught:
            self.call(method, arguments)
        self.assertEqual(Gio.dbus_error_get_remote_error(caught.exception), f'org.thaw.Files.Error.{error}')

    # The command line

    def start(self, *words, env=None, **more):
        return subprocess.Popen([CLI, *map(str, words)], env={**os.environ, **self.env, **(env or {})}, cwd=self.top, text=True,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, **more)

    def cli(self, *words, status=0, typed='', service=True, **more):
        process = self.start(*words, *(['--service'] if service else []), stdin=subprocess.PIPE, **more)
        output, errors = process.communicate(typed, timeout=60)
        self.assertEqual(process.returncode, status, (words, output, errors))
        return output, errors

    def events(self, *words, **more):
        return [json.loads(line) for line in self.cli(*words, '--json', **more)[0].splitlines()]

    def big(self, mebibytes=200):
        path = self.source / 'big'
        block = os.urandom(1 << 20)
        with path.open('wb') as file:
            for _ in range(mebibytes):
                file.write(block)

    def slow(self, n=12, delay=50):
        """A device on which each of n files takes that many milliseconds."""
        fault = FaultFs(self)
        for i in range(n):
            (self.source / f'{i}').write_text('x')
        fault.order(f'add op=write delay={delay}')
        return fault

    # What it does

    def test_it_does_the_same(self):
        def essence(events):
            return [{key: value for key, value in event.items() if key != 'id'} for event in events if event['event'] != 'progress']
        here = {'service': False, 'env': {'DBUS_SESSION_BUS_ADDRESS': ''}}
        for words, status in (('copy', 'source', 'target'), 0), (('copy', 'source/a.txt', 'source/b.txt', 'target'), 1), \
                (('copy', 'source/nothing', 'target'), 1), (('create', 'target/new'), 0), (('attributes', '--mode', '600', 'target/a.txt'), 0):
            outcomes = []
            for how in ({}, here):
                shutil.rmtree(self.target)
                self.target.mkdir()
                (self.target / 'a.txt').write_text('old')
                outcomes.append((essence(self.events(*words, status=status, **how)), tree(self.target)))
            self.assertEqual(*outcomes)
            self.assertEqual(outcomes[0][0][-1]['event'], 'end')

    def test_undo_is_shared(self):
        before = tree(self.source)
        self.cli('copy', 'source', 'target')
        self.cli('undo', '--no-service', service=False)
        self.assertEqual(tree(self.target), {})
        self.cli('redo')
        self.assertEqual(tree(self.target / 'source'), before)
        self.assertIn('nothing to redo', self.cli('redo', status=1)[1])

    def test_it_is_found_or_done_without(self):
        self.assertIn('in the service', self.cli('copy', 'source/a.txt', 'target', '--verbose', service=False)[1])
        self.assertIn('its umask', self.cli('create', 'new', '--verbose', service=False, umask=0o077)[1])
        self.assertEqual((self.top / 'new').stat().st_mode & 0o777, 0o600)
        self.assertIn('in the service', self.cli('trash', 'new', '--verbose', service=False, umask=0o077)[1])
        self.assertIn('its state', self.cli('duplicate', 'source/a.txt', '--verbose', service=False,
                                            env={'XDG_STATE_HOME': str(self.top / 'other')})[1])
        no_bus = {'DBUS_SESSION_BUS_ADDRESS': 'unix:path=/nonexistent'}
        self.assertIn('without the service', self.cli('copy', 'source/b.txt', 'target', '--verbose', service=False, env=no_bus)[1])
        self.assertEqual(self.cli('copy', 'source/c.txt', 'target', service=False, env=no_bus), ('', ''))
        self.assertIn('There is no service', self.cli('copy', 'source', 'target', status=3, env=no_bus)[1])
        self.cli('copy', 'a', 'b', '--state', 'x', status=2)

    def test_one_that_hangs_is_not_waited_for(self):
        self.call('Hello')
        os.kill(self.service_pid(), signal.SIGSTOP)
        begun = time.monotonic()
        self.assertIn("doesn't answer", self.cli('copy', 'source', 'target', '--verbose', service=False)[1])
        self.assertLess(time.monotonic() - begun, 10)
        self.assertEqual(tree(self.target / 'source'), tree(self.source))

    def test_it_ends_by_itself(self):
        self.set_environment({'THAW_SERVICE_IDLE_MSEC': '200'})
        self.cli('copy', 'source', 'target')
        wait_for('it to end', lambda: self.service_pid() is None)

    # Interruptions

    def test_interrupt(self):
        self.big()
        process = self.start('copy', 'source', 'target', '--service')
        wait_for('it to begin', lambda: os.listdir(self.target))
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=20)
        if process.returncode == 0:
            self.skipTest('it was quicker than the signal')
        self.assertEqual((process.returncode, errors), (1, 'thaw-files-cli: cancelled\n'))
        self.assertEqual(os.listdir(self.target), [])
        self.assertEqual(self.states(), ['cancelled'])

    def test_the_service_is_killed(self):
        self.big()
        process = self.start('copy', 'source', 'target', '--service')
        wait_for('it to begin', lambda: os.listdir(self.target))
        os.kill(self.service_pid(), signal.SIGKILL)
        _, errors = process.communicate(timeout=20)
        if process.returncode == 0:
            self.skipTest('it was quicker than the signal')
        self.assertEqual(process.returncode, 3)
        self.assertIn('Thaw Files has ended in the middle of it', errors)
        self.assertEqual(errors.count('\n'), 1)
        self.assertEqual([name for name in os.listdir(self.target) if not name.startswith('.thaw-')], [])
        end, = [event for event in self.events('resume') if event['event'] == 'end']
        self.assertEqual(end['state'], 'done')
        self.assertEqual(tree(self.target), {'source': None, **{f'source/{name}': data for name, data in tree(self.source).items()}})
        self.assertEqual(self.events('resume'), [])

    def test_the_caller_is_killed(self):
        self.big(100)
        process = self.start('copy', 'source', 'target', '--service')
        wait_for('it to begin', lambda: os.listdir(self.target))
        process.kill()
        process.communicate()
        wait_for('it to go on to its end', lambda: self.states() == ['done'])
        self.assertEqual(tree(self.target / 'source'), tree(self.source))

    def test_the_end_of_a_long_one_is_told(self):
        """Without a window, and with nobody who listens: by a notification, which the service stays for."""
        told = []
        interface = Gio.DBusNodeInfo.new_for_xml(NOTIFICATIONS).interfaces[0]
        context = GLib.MainContext.default()

        def called(_bus, _sender, _path, _interface, _method, arguments, invocation):
            told.append((arguments[3], arguments[4]))
            invocation.return_value(GLib.Variant('(u)', (1,)))
        self.addCleanup(self.bus.unregister_object, self.bus.register_object('/org/freedesktop/Notifications', interface, called))
        self.daemon('RequestName', GLib.Variant('(su)', ('org.freedesktop.Notifications', 4)))
        self.set_environment({'THAW_LONG_OPERATION_MSEC': '1', 'THAW_SERVICE_IDLE_MSEC': '1000'})
        self.addCleanup(self.set_environment, {'THAW_LONG_OPERATION_MSEC': '10000'})
        self.big(50)
        self.cli('copy', 'source', 'target', '--title', 'Listened to')
        self.submit('duplicate', sources=('as', [(self.source / 'big').as_uri()]), title='Nobody listens')
        wait_for('the notification', lambda: (context.iteration(False), told)[1])
        self.assertEqual([title for title, _ in told], ['Nobody listens'])
        wait_for('it to end', lambda: (context.iteration(False), self.service_pid() is None)[1])

    # What can be asked

    def submit(self, kind, options=None, title=None, **request):
        options = {**(options or {}), **({'title': GLib.Variant('s', title)} if title else {})}
        request = {key: GLib.Variant(kinds, value) for key, (kinds, value) in request.items()}
        return self.call('Submit', GLib.Variant('(a{sv}a{sv})', ({'kind': GLib.Variant('s', kind), **request}, options)))[0]

    def test_nonsense_is_refused(self):
        def request(**values):
            return GLib.Variant('(a{sv}a{sv})', ({'kind': GLib.Variant('s', 'copy'), **values}, {}))
        string, strings = lambda s: GLib.Variant('s', s), lambda s: GLib.Variant('as', s)
        for values in ({'kind': string('frobnicate')}, {'kind': string('')}, {'kind': GLib.Variant('u', 1)},
                       {'sources': strings(['relative'])}, {'sources': string('file:///tmp')}, {'target': string('nowhere')},
                       {'rules': GLib.Variant('au', [99])}, {'names': GLib.Variant('aay', [b'not ended'])}, {'names': GLib.Variant('aay', [b'../up\0'])}):
            self.assert_refused('BadRequest', 'Submit', request(**values))
        self.assert_refused('BadRequest', 'Submit', GLib.Variant('(a{sv}a{sv})', ({}, {})))
        self.assert_refused('BadRequest', 'Submit', GLib.Variant('(a{sv}a{sv})', ({'kind': string('trash')}, {'title': GLib.Variant('u', 1)})))
        for method in ('Get', 'Follow', 'Unfollow', 'Pause', 'Resume', 'Cancel', 'StopWaiting'):
            self.assert_refused('NoSuchOperation', method, GLib.Variant('(t)', (12345,)))
        self.assert_refused('NoSuchOperation', 'Move', GLib.Variant('(tu)', (12345, 0)))
        self.assert_refused('BadRequest', 'Finish', GLib.Variant('(xa{sv})', (-1, {})))
        self.assert_refused('BadRequest', 'Undo', GLib.Variant('(xa{sv})', (-1, {})))
        with self.assertRaises(GLib.Error):
            self.call('Cancel', GLib.Variant('(s)', ('no number',)))
        done = self.submit('copy', sources=('as', [self.source.as_uri()]), target=('s', self.target.as_uri()))
        wait_for('the good one', lambda: self.call('Get', GLib.Variant('(t)', (done,)))[0]['state'] == 'done')
        self.assert_refused('NotAsking', 'Answer', GLib.Variant('(taysb)', (done, b'', 'skip', False)))
        self.assertEqual([row['kind'] for row in self.call('ListHistory', GLib.Variant('(u)', (9,)))[0]], ['copy'])

    def test_questions(self):
        (self.target / 'a.txt').write_text('old')
        output, errors = self.cli('copy', 'source/a.txt', 'target', '--ask', typed='what\nkeep-both\n')
        self.assertEqual((self.target / 'a.txt').read_text(), 'old')
        self.assertEqual((self.target / 'a (2).txt').read_text(), 'this is a.txt', (output, errors))
        self.cli('copy', 'source/a.txt', 'target', '--ask', typed='r\n')
        self.assertEqual((self.target / 'a.txt').read_text(), 'this is a.txt')
        # Whoever doesn't say that it can be asked isn't.
        self.assertIn('exists already', self.cli('copy', 'source/a.txt', 'target', status=1)[1])

    def test_somebody_else_answers(self):
        for name in ('a.txt', 'b.txt'):
            (self.target / name).write_text('old')
        process = self.start('copy', 'source/a.txt', 'source/b.txt', 'target', '--ask', '--service', stdin=subprocess.PIPE)
        wait_for('the question', lambda: self.states() == ['asking'])
        (number, facts), = self.operations()
        self.assertEqual(bytes(facts['question']['source']).rstrip(b'\0'), os.fsencode(self.source / 'a.txt'))
        self.assert_refused('BadRequest', 'Answer', GLib.Variant('(taysb)', (number, b'', 'merge', False)))
        # An answer to another question than this one is none.
        self.assert_refused('NotAsking', 'Answer', GLib.Variant('(taysb)', (number, os.fsencode(self.source / 'b.txt') + b'\0', 'skip', False)))
        self.call('Answer', GLib.Variant('(taysb)', (number, os.fsencode(self.source / 'a.txt') + b'\0', 'replace', True)))
        _, errors = process.communicate('', timeout=20)
        self.assertEqual(process.returncode, 0, errors)
        self.assertEqual((self.target / 'b.txt').read_text(), 'this is b.txt')

    @needs_faultfs
    def test_control_and_order(self):
        fault = self.slow()
        (fault.real / 'others').mkdir()
        follow, numbers = {'follow': GLib.Variant('b', True)}, []
        for name in (b'one\0', b'two\0', b'three\0'):
            numbers.append(self.submit('copy', follow, sources=('as', [self.source.as_uri()]), names=('aay', [name]),
                                       target=('s', fault.mount.as_uri())))
            # Whoever is planned first runs first.
            wait_for('the first to run', lambda: self.states()[0] == 'running')
        first, second, third = numbers
        told = []
        self.bus.signal_subscribe(None, INTERFACE, None, PATH, None, Gio.DBusSignalFlags.NONE,
                                  lambda *signal: told.append((time.monotonic(), signal[4], signal[5].unpack())))
        wait_for('the others to wait', lambda: self.states() == ['running', 'queued', 'queued'])
        self.call('Move', GLib.Variant('(tu)', (third, 1)))
        self.assertEqual([number for number, _ in self.operations()], [first, third, second])
        self.call('Pause', GLib.Variant('(t)', (first,)))
        wait_for('the next one', lambda: self.states() == ['paused', 'running', 'queued'])
        self.call('Cancel', GLib.Variant('(t)', (third,)))
        self.call('Resume', GLib.Variant('(t)', (first,)))
        wait_for('them to end', lambda: self.states() == ['done', 'cancelled', 'done'], 30)
        context = GLib.MainContext.default()
        wait_for('the signals', lambda: context.iteration(False) and False
                 or len([1 for _, name, _ in told if name == 'Ended']) == 3)
        times = [at for at, name, (number, _) in told if name == 'Changed' and number == second]
        self.assertEqual(sorted(number for _, name, (number, _) in told if name == 'Ended'), [first, second, third])
        self.assertGreater(len(times), 2)

    # With windows

    def open(self, *places):
        window = Window(*places, env=self.env)
        self.addCleanup(window.__exit__)
        return window

    @staticmethod
    def shows(window, name):
        return any(node.get_name() == name and is_showing(node) for node in window.nodes())

    def test_a_window_shares_it(self):
        window = self.open(self.top)
        window.expect_rows(['source', 'target', *sorted(VARIABLES)])
        self.assertEqual(self.service_pid(), window.process.pid)
        self.cli('copy', 'source', 'target', '--title', 'Told by a terminal')
        window.keys('ctrl+shift+o')
        window.expect_text('Told by a terminal')
        window.keys('Escape')
        window.keys('ctrl+z')
        wait_for('the window to undo it', lambda: not list(self.target.iterdir()))
        self.cli('redo')
        self.assertEqual(tree(self.target / 'source'), tree(self.source))

    @needs_faultfs
    def test_a_window_comes_later_and_goes_before(self):
        fault = self.slow(30)
        process = self.start('copy', 'source', fault.mount, '--service', '--title', 'A long one')
        wait_for('it to begin', lambda: self.states() == ['running'])
        pid = self.service_pid()
        opener = subprocess.run([PROGRAM, str(self.top)], env={**os.environ, **self.env}, timeout=20, check=False)
        self.assertEqual(opener.returncode, 0)
        self.assertEqual(self.service_pid(), pid)
        window = Window.__new__(Window)
        window.process = type('Running', (), {'pid': pid, 'poll': lambda _: None})()
        window.application = wait_for('the window', window._find_application, 20)  # pylint: disable=protected-access
        window.keys('ctrl+shift+o')
        window.expect_text('A long one')
        window.keys('Escape', 'ctrl+w')
        _, errors = process.communicate(timeout=60)
        self.assertEqual((process.returncode, errors), (0, ''))
        self.assertEqual(tree(fault.real / 'source'), tree(self.source))
        # Its windows are gone, and nobody calls.
        wait_for('it to end', lambda: has_ended(pid), 6)

    def test_a_closed_window_ends_soon_after_a_call(self):
        window = self.open(self.top)
        window.expect_rows(['source', 'target', *sorted(VARIABLES)])
        self.cli('copy', 'source', 'target', '--service')
        window.keys('ctrl+w')
        wait_for('it to end', lambda: window.process.poll() is not None, 1.5)

    @needs_faultfs
    def test_one_slow_device_one_at_a_time(self):
        fault = self.slow(6, 80)
        for name in ('one', 'two', 'three'):
            (fault.real / name).mkdir()
        window = self.open(self.top)
        window.expect_rows(['source', 'target', *sorted(VARIABLES)])
        # The window's, by its keys.
        window.keys('Home', 'ctrl+c')
        window.expect_text('1 item is ready to be pasted')
        window.keys('ctrl+l')
        window.type(str(fault.mount / 'three'))
        window.keys('Return')
        window.expect_text('Folder Is Empty')
        processes = [self.start('copy', 'source', fault.mount / name, '--service') for name in ('one', 'two')]
        wait_for('them to be there', lambda: len(self.states()) == 2)
        window.keys('ctrl+v')
        seen = []

        def is_over():
            seen.append(self.states())
            return len(seen[-1]) == 3 and set(seen[-1]) == {'done'}
        wait_for('all three', is_over, 60)
        self.assertLessEqual(max(states.count('running') for states in seen), 1, seen)
        self.assertTrue([states for states in seen if states.count('running') == 1 and 'queued' in states], seen)
        self.assertEqual([process.wait(20) for process in processes], [0, 0])
        for process in processes:
            process.communicate()
        for name in ('one', 'two', 'three'):
            self.assertEqual(tree(fault.real / name / 'source'), tree(self.source))

    def test_without_a_display(self):
        """It works, and who wants a window from it opens it by itself."""
        self.set_environment({'DISPLAY': '', 'WAYLAND_DISPLAY': ''})
        self.addCleanup(self.set_environment, {'DISPLAY': os.environ['DISPLAY']})
        self.cli('copy', 'source', 'target')
        window = self.open(self.source)
        window.expect_rows(['a.txt', 'b.txt', 'c.txt'])
        self.assertNotEqual(self.service_pid(), window.process.pid)


if __name__ == '__main__':
    unittest.main(verbosity=2)
