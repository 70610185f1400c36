# SPDX-License-Identifier: GPL-3.0-or-later
"""A finger on a real window: GTK's Broadway server with a browser that shows nothing and touches.

What a touch screen needs of X11 no virtual server has; Broadway's protocol has touches of its own, and GTK makes of them
what it makes of a finger anywhere. The browser understands as much of what it is sent as it takes to answer, and to know
where surfaces are."""

import base64
import os
import socket
import struct
import subprocess
import threading
import time

from window import wait_for

EVENT_ENTER, EVENT_TOUCH, EVENT_CONFIGURE, EVENT_SCREEN_SIZE, EVENT_FOCUS, EVENT_ROUNDTRIP = 0, 5, 11, 12, 13, 14
(GRAB, UNGRAB, NEW, SHOW, HIDE, RAISE, LOWER, DESTROY, MOVE_RESIZE, TRANSIENT, DISCONNECTED, UPDATE, KEYBOARD, UPLOAD,
 RELEASE, NODES, ROUNDTRIP) = range(17)
BEGIN, UPDATE_TOUCH, END = range(3)
HANDSHAKE = ('GET /socket HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n'
             'Origin: http://127.0.0.1:{port}\r\nSec-WebSocket-Key: {key}\r\n'
             'Sec-WebSocket-Protocol: broadway\r\nSec-WebSocket-Version: 13\r\n\r\n')


def free_port():
    with socket.socket() as probe:
        probe.bind(('127.0.0.1', 0))
        return probe.getsockname()[1]


class Server:
    """gtk4-broadwayd on a port and a display of its own. `env` is for programs that are to be on it."""

    def __init__(self):
        self.port = free_port()
        display = f':{self.port}'
        self.env = {'GDK_BACKEND': 'broadway', 'GSK_RENDERER': 'broadway', 'BROADWAY_DISPLAY': display, 'GDK_DISABLE': ''}
        self.process = subprocess.Popen(['gtk4-broadwayd', '--address', '127.0.0.1', '--port', str(self.port), display],
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_for('broadwayd', self.answers)

    def answers(self):
        try:
            socket.create_connection(('127.0.0.1', self.port), 1).close()
        except OSError:
            return False
        return True

    def stop(self):
        self.process.terminate()
        self.process.wait(10)


class Browser(threading.Thread):
    """Shows what the server sends to nobody, and touches it."""

    def __init__(self, server, width, height):
        super().__init__(daemon=True)
        self.surfaces, self.serial, self.lock, self.started = {}, 0, threading.Lock(), time.monotonic()
        self.fingers = 0
        self.socket = socket.create_connection(('127.0.0.1', server.port), 10)
        self.file = self.socket.makefile('rb')
        self.socket.sendall(HANDSHAKE.format(port=server.port, key=base64.b64encode(os.urandom(16)).decode()).encode())
        assert b'101' in self.file.readline(), 'no WebSocket'
        while self.file.readline().strip():
            pass
        self.socket.settimeout(None)
        self.start()
        self.send(EVENT_SCREEN_SIZE, width, height, 1)

    def stop(self):
        try:
            self.socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.join(10)
        self.socket.close()

    # The protocol

    def send(self, event, *values):
        msec = int((time.monotonic() - self.started) * 1000)
        words = [word & 0xffffffff for word in (event, self.serial, msec, *values)]
        payload = struct.pack(f'>{len(words)}I', *words)
        mask = os.urandom(4)
        masked = bytes(byte ^ mask[i % 4] for i, byte in enumerate(payload))
        with self.lock:
            self.socket.sendall(bytes([0x82, 0x80 | len(payload)]) + mask + masked)

    def receive(self):
        head = self.file.read(2)
        if len(head) < 2:
            return None
        length = head[1] & 0x7f
        if length == 126:
            length, = struct.unpack('>H', self.file.read(2))
        elif length == 127:
            length, = struct.unpack('>Q', self.file.read(8))
        return self.file.read(length)

    def run(self):
        try:
            message = self.receive()
            while message is not None:
                self.handle(message)
                message = self.receive()
        except OSError:
            pass

    def handle(self, message):
        at = 0

        def take(form):
            nonlocal at
            values = struct.unpack_from('<' + form, message, at)
            at += struct.calcsize('<' + form)
            return values if len(values) > 1 else values[0]

        while at < len(message):
            operation, self.serial = take('BI')
            if operation == UNGRAB:
                continue
            if operation in (UPLOAD, RELEASE):
                take('I')
                length = take('I') if operation == UPLOAD else 0
                at += length
                continue
            self.handle_surface(operation, take('H'), take)
            if operation == NODES:
                length = take('I')
                at += 4 * length

    def handle_surface(self, operation, surface, take):
        if operation == NEW:
            self.surfaces[surface] = list(take('hhHH'))
        elif operation == DESTROY:
            self.surfaces.pop(surface, None)
        elif operation == ROUNDTRIP:
            self.send(EVENT_ROUNDTRIP, surface, take('I'))
        elif operation == TRANSIENT:
            take('H')
        elif operation == GRAB:
            take('B')
        elif operation == MOVE_RESIZE:
            box, flags = self.surfaces[surface], take('B')
            if flags & 1:
                box[:2] = take('hh')
            if flags & 2:
                box[2:] = take('HH')
            self.send(EVENT_CONFIGURE, surface, *box)

    # The finger

    def touch(self, kind, surface, x, y):
        left, top = self.surfaces[surface][:2]
        self.send(EVENT_TOUCH, kind, surface, self.fingers, 1, left + x, top + y, x, y, 0)

    def down(self, surface, x, y):
        self.fingers += 1
        left, top = self.surfaces[surface][:2]
        self.send(EVENT_ENTER, surface, surface, left + x, top + y, x, y, 0, 0)
        self.touch(BEGIN, surface, x, y)

    def move(self, surface, x, y):
        self.touch(UPDATE_TOUCH, surface, x, y)

    def up(self, surface, x, y):
        self.touch(END, surface, x, y)

    def tap(self, surface, x, y):
        self.down(surface, x, y)
        self.up(surface, x, y)
