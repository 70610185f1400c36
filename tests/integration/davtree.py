# SPDX-License-Identifier: GPL-3.0-or-later
"""A WebDAV server over a folder: `davtree.py FOLDER` prints its address and serves until it is killed. It can read, write, move,
copy and delete; it keeps no times, no rights and no links, as most of them. What is cut off
while it is written stays as it is."""

import http.server
import os
import shutil
import sys
import urllib.parse
from email.utils import formatdate
from xml.sax.saxutils import escape

ROOT = os.fsencode(os.path.realpath(sys.argv[1]))


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'
    disable_nagle_algorithm = True

    def log_message(self, *_):
        pass

    def local(self, address):
        parts = [part for part in urllib.parse.unquote_to_bytes(urllib.parse.urlsplit(address).path).split(b'/') if part]
        if b'..' in parts:
            raise PermissionError(13, 'outside')
        return os.path.join(ROOT, *parts)

    def reply(self, status, body=b'', *headers):
        self.send_response(status)
        for name, value in (('DAV', '1'), ('Content-Length', str(len(body))), *headers):
            self.send_header(name, value)
        self.end_headers()
        if self.command != 'HEAD':
            self.wfile.write(body)

    def entry(self, path):
        st, is_folder = os.stat(path), os.path.isdir(path)
        href = '/' + urllib.parse.quote(os.path.relpath(path, ROOT)) if path != ROOT else '/'
        return (f'<D:response><D:href>{escape(href)}{"/" if is_folder and path != ROOT else ""}</D:href><D:propstat><D:prop>'
                f'<D:resourcetype>{"<D:collection/>" if is_folder else ""}</D:resourcetype>'
                f'<D:getlastmodified>{formatdate(st.st_mtime, usegmt=True)}</D:getlastmodified>'
                f'<D:getetag>"{st.st_ino}-{st.st_mtime_ns}"</D:getetag>'
                + ('' if is_folder else f'<D:getcontentlength>{st.st_size}</D:getcontentlength>')
                + '</D:prop><D:status>HTTP/1.1 200 OK</D:status></D:propstat></D:response>')

    def do_PROPFIND(self):
        paths = [self.path_here]
        if self.headers.get('Depth') == '1' and os.path.isdir(self.path_here):
            paths += [os.path.join(self.path_here, name) for name in os.listdir(self.path_here)]
        body = ('<?xml version="1.0" encoding="utf-8"?><D:multistatus xmlns:D="DAV:">'
                + ''.join(self.entry(path) for path in paths if os.path.exists(path)) + '</D:multistatus>').encode()
        if not os.path.exists(self.path_here):
            raise FileNotFoundError(2, 'nothing')
        self.reply(207, body, ('Content-Type', 'application/xml'))

    def do_GET(self):
        if os.path.isdir(self.path_here):
            self.reply(200)
            return
        with open(self.path_here, 'rb') as file:
            self.send_response(200)
            self.send_header('Content-Length', str(os.fstat(file.fileno()).st_size))
            self.send_header('Last-Modified', formatdate(os.fstat(file.fileno()).st_mtime, usegmt=True))
            self.end_headers()
            if self.command == 'GET':
                shutil.copyfileobj(file, self.wfile, 1 << 18)

    do_HEAD = do_GET

    def body(self):
        if self.headers.get('Transfer-Encoding', '') == 'chunked':
            while size := int(self.rfile.readline().split(b';')[0], 16):
                yield self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
            return
        left = int(self.headers.get('Content-Length', 0))
        while left > 0:
            data = self.rfile.read(min(left, 1 << 18))
            if not data:
                raise ConnectionError('cut')
            left -= len(data)
            yield data

    def do_PUT(self):
        existed = os.path.exists(self.path_here)
        if existed and self.headers.get('If-None-Match') == '*':
            for _ in self.body():
                pass
            self.reply(412)
            return
        with open(self.path_here, 'wb', buffering=0) as file:
            for data in self.body():
                file.write(data)
        self.reply(204 if existed else 201)

    def do_MKCOL(self):
        os.mkdir(self.path_here)
        self.reply(201)

    def do_DELETE(self):
        if os.path.isdir(self.path_here):
            shutil.rmtree(self.path_here)
        else:
            os.unlink(self.path_here)
        self.reply(204)

    def transfer(self, function):
        target = self.local(self.headers['Destination'])
        existed = os.path.exists(target)
        if existed and self.headers.get('Overwrite', 'T') == 'F':
            self.reply(412)
            return
        function(self.path_here, target)
        self.reply(204 if existed else 201)

    def do_MOVE(self):
        self.transfer(os.rename)

    def do_COPY(self):
        self.transfer(lambda a, b: (shutil.copytree if os.path.isdir(a) else shutil.copyfile)(a, b))

    def do_OPTIONS(self):
        self.reply(200, b'', ('Allow', 'OPTIONS, GET, HEAD, PUT, PROPFIND, MKCOL, DELETE, MOVE, COPY'))

    def handle_one_request(self):
        self.raw_requestline = self.rfile.readline(65537)
        if not self.raw_requestline or not self.parse_request():
            self.close_connection = True
            return
        try:
            self.path_here = self.local(self.path)
            if self.command != 'PUT':
                for _ in self.body():
                    pass
            getattr(self, 'do_' + self.command, lambda: self.reply(405))()
        except ConnectionError:
            self.close_connection = True
        except OSError as error:
            self.reply({FileNotFoundError: 404, PermissionError: 403, FileExistsError: 405}.get(type(error), 409))
        self.wfile.flush()


def main():
    server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Handler)
    server.daemon_threads = True
    print(f'dav://127.0.0.1:{server.server_port}/', flush=True)
    server.serve_forever()


if __name__ == '__main__':
    main()
