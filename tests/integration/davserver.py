# SPDX-License-Identifier: GPL-3.0-or-later
"""A WebDAV server on this machine's own address, just enough of one for gvfs to list a folder, and gvfs' daemons."""

import base64
import http.server
import os
import signal
import ssl
import subprocess
import threading
import unittest
from pathlib import Path

NEEDED = ('/usr/share/dbus-1/services/org.gtk.vfs.Daemon.service', '/usr/share/gvfs/mounts/dav.mount')
needs_gvfs = unittest.skipUnless(all(os.path.exists(path) for path in NEEDED), 'gvfs is not installed')


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'

    def log_message(self, *_):
        pass

    def answer(self):
        self.rfile.read(int(self.headers.get('Content-Length', 0)))
        secret = self.server.secret
        if secret is not None and self.headers.get('Authorization') != secret:
            self.reply(401, b'', ('WWW-Authenticate', 'Basic realm="the vault"'))
        elif self.command == 'PROPFIND':
            self.reply(207, self.listing().encode(), ('Content-Type', 'application/xml'))
        else:
            self.reply(200, b'')

    do_GET = do_HEAD = do_OPTIONS = do_PROPFIND = answer

    def reply(self, status, body, *headers):
        self.send_response(status)
        for name, value in (('DAV', '1, 2'), ('Allow', 'OPTIONS, PROPFIND'), ('Content-Length', str(len(body))), *headers):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def listing(self):
        names = self.server.names if self.headers.get('Depth') == '1' else ()
        entries = [('', '<D:collection/>'), *((name, '') for name in names)]
        return ('<?xml version="1.0" encoding="utf-8"?><D:multistatus xmlns:D="DAV:">' + ''.join(
            f'<D:response><D:href>/{name}</D:href><D:propstat><D:prop><D:resourcetype>{kind}</D:resourcetype>'
            '<D:getcontentlength>7</D:getcontentlength></D:prop><D:status>HTTP/1.1 200 OK</D:status></D:propstat></D:response>'
            for name, kind in entries) + '</D:multistatus>')


class DavServer:
    """A folder with names in it, for everybody or for "me" with the password "secret"."""

    def __init__(self, test, names, asks=False, certificate=None):
        self.server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Handler)
        self.server.daemon_threads = True
        self.server.names = names
        self.server.secret = 'Basic ' + base64.b64encode(b'me:secret').decode() if asks else None
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        scheme = 'davs' if certificate else 'dav'
        self.uri = f'{scheme}://127.0.0.1:{self.server.server_port}/'
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        test.addCleanup(self.server.server_close)
        test.addCleanup(self.server.shutdown)


def make_certificate(folder):
    """One that nobody has signed."""
    path = Path(folder, 'certificate.pem')
    subprocess.run(['openssl', 'req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=127.0.0.1',
                    '-keyout', path, '-out', f'{path}.public'], check=True, capture_output=True)
    path.write_text(path.read_text() + Path(f'{path}.public').read_text())
    return path


def end_daemons():
    """Those of this display only: some of gvfs' daemons outlive their bus."""
    ours = f'XDG_RUNTIME_DIR={os.environ["XDG_RUNTIME_DIR"]}'.encode()
    for process in Path('/proc').glob('[0-9]*'):
        try:
            if (process / 'comm').read_text().startswith('gvfs') and ours in (process / 'environ').read_bytes().split(b'\0'):
                os.kill(int(process.name), signal.SIGKILL)
        except OSError:
            pass
