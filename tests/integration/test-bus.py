# SPDX-License-Identifier: GPL-3.0-or-later
"""A session bus that hangs, or isn't there, must not hold the window."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
import unittest
from pathlib import Path

PROGRAM = os.environ.get('THAW_FILES', 'thaw-files')
PATIENCE = 15.0


class BusTest(unittest.TestCase):
    def setUp(self):
        self.scratch = Path(tempfile.mkdtemp(prefix='thaw-bus-'))
        self.folder = self.scratch / 'place'
        self.folder.mkdir()
        for i in range(50):
            (self.folder / f'file {i}').write_text('')

    def tearDown(self):
        shutil.rmtree(self.scratch, ignore_errors=True)

    def start(self, address):
        trace = self.scratch / 'trace'
        environment = {**os.environ, 'DBUS_SESSION_BUS_ADDRESS': address, 'THAW_TRACE_START': str(trace)}
        environment.pop('ADW_DISABLE_PORTAL', None)
        environment.pop('GDK_DEBUG', None)
        trace.unlink(missing_ok=True)
        begin = time.monotonic()
        process = subprocess.Popen([PROGRAM, str(self.folder)], env=environment)
        try:
            while time.monotonic() < begin + PATIENCE:
                marks = trace.read_text() if trace.exists() else ''
                if 'frame ' in marks and 'rows ' in marks:
                    return time.monotonic() - begin
                self.assertIsNone(process.poll(), 'Thaw Files ended')
                time.sleep(0.01)
            self.fail(f'no frame with rows within {PATIENCE} s; there is: {marks!r}')
        finally:
            process.terminate()
            process.wait(10)

    def check(self, address):
        """A second, or on a machine that is busy, as long as with a bus that works and the deadline for the other."""
        usual = self.start(os.environ['DBUS_SESSION_BUS_ADDRESS'])
        took = self.start(address)
        self.assertLess(took, max(1.0, 2 * usual + 0.5), f'with a bus that works it took {usual:.2f} s')

    def test_no_bus(self):
        self.check('unix:path=/nonexistent/bus')

    def test_address_that_is_none(self):
        self.check('disabled:')

    def test_bus_that_hangs(self):
        daemon = subprocess.Popen(['dbus-daemon', '--session', '--nofork', '--nopidfile', '--print-address=1'],
                                  stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        try:
            address = daemon.stdout.readline().strip()
            daemon.send_signal(signal.SIGSTOP)
            self.check(address)
        finally:
            daemon.send_signal(signal.SIGCONT)
            daemon.terminate()
            daemon.wait()
            daemon.stdout.close()


if __name__ == '__main__':
    unittest.main(verbosity=2)
