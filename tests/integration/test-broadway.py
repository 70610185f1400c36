# SPDX-License-Identifier: GPL-3.0-or-later
"""`make run` on a machine without a display: the window is painted for a browser that comes after it.

The browser is a WebSocket that takes what it is sent. With a renderer that isn't Broadway's own the window would be
empty, and broadwayd would abort as soon as somebody connects."""

import os
import re
import shutil
import socket
import subprocess
import tempfile
import unittest
from pathlib import Path

RUN = Path(__file__).resolve().parent.parent.parent / 'data' / 'packaging' / 'run'
BUILD = Path(os.environ.get('THAW_FILES', 'app/thaw-files')).resolve().parent.parent
PATIENCE = 20
QUIET = 0.7
WINDOW_BYTES = 8000  # far less than a window with rows, far more than greetings
# Set for the other tests' display, and not what a user who has none would have.
NOT_OURS = ('DISPLAY', 'WAYLAND_DISPLAY', 'GDK_BACKEND', 'GSK_RENDERER', 'GDK_DISABLE', 'GDK_DEBUG')
HANDSHAKE = ('GET /socket HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n'
             'Origin: http://127.0.0.1:{port}\r\nSec-WebSocket-Key: dGhhdyBmaWxlcyB0ZXN0IQ==\r\n'
             'Sec-WebSocket-Protocol: broadway\r\nSec-WebSocket-Version: 13\r\n\r\n')


@unittest.skipUnless(shutil.which('gtk4-broadwayd'), 'needs gtk4-broadwayd')
class BroadwayTest(unittest.TestCase):
    def setUp(self):
        self.scratch = Path(tempfile.mkdtemp(prefix='thaw-broadway-'))
        self.addCleanup(shutil.rmtree, self.scratch, ignore_errors=True)
        for name in ('a', 'b', 'c'):
            (self.scratch / name).write_text('')
        environment = {name: value for name, value in os.environ.items() if name not in NOT_OURS}
        self.process = subprocess.Popen([RUN, BUILD, self.scratch], env=environment, stdin=subprocess.DEVNULL,
                                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.addCleanup(self.process.stdout.close)
        self.addCleanup(self.process.wait, PATIENCE)
        self.addCleanup(self.process.terminate)
        for line in self.process.stdout:
            found = re.search(r'http://127\.0\.0\.1:(\d+)/', line)
            if found:
                self.port = int(found[1])
                break
        else:
            self.fail('no address was printed')

    def receive_all(self):
        """What a browser is sent until no more comes."""
        with socket.create_connection(('127.0.0.1', self.port), PATIENCE) as browser:
            browser.sendall(HANDSHAKE.format(port=self.port).encode())
            received = b''
            while True:
                # The first frame may take its time.
                browser.settimeout(PATIENCE if len(received) < WINDOW_BYTES else QUIET)
                try:
                    piece = browser.recv(65536)
                except TimeoutError:
                    return received
                self.assertTrue(piece, f'broadwayd has hung up after {len(received)} bytes')
                received += piece

    def test_a_window_for_whoever_comes(self):
        # The first one may come before the window does, the others certainly don't.
        for _ in range(3):
            received = self.receive_all()
            self.assertIn(b'101 Switching Protocols', received)
            self.assertGreater(len(received), WINDOW_BYTES)
            self.assertIsNone(self.process.poll())


if __name__ == '__main__':
    unittest.main(verbosity=2)
