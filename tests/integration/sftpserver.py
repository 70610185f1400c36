# SPDX-License-Identifier: GPL-3.0-or-later
"""An SFTP server (version 3) on its standard input and output, as `ssh -s host sftp` would reach one: what gvfs needs and no more.

`sftpserver.py FOLDER` serves the whole file system; in FOLDER it writes its process id into "pid", and looks for "full": while that is
there nothing can be written; and for "locked": the folder whose path is in it can't be listed."""

import os
import stat
import struct
import sys

INIT, OPEN, CLOSE, READ, WRITE, LSTAT, FSTAT, SETSTAT, FSETSTAT, OPENDIR, READDIR, REMOVE, MKDIR, RMDIR, REALPATH, STAT, RENAME, \
    READLINK, SYMLINK = 1, *range(3, 21)
EXTENDED = 200
OK, EOF, NO_SUCH_FILE, PERMISSION_DENIED, FAILURE, UNSUPPORTED = 0, 1, 2, 3, 4, 8


class Packet:
    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, form):
        values = struct.unpack_from('>' + form, self.data, self.at)
        self.at += struct.calcsize('>' + form)
        return values[0]

    def string(self):
        size = self.take('I')
        self.at += size
        return self.data[self.at - size:self.at]

    def attributes(self):
        flags, found = self.take('I'), {}
        if flags & 1:
            found['size'] = self.take('Q')
        if flags & 2:
            found['owner'] = (self.take('I'), self.take('I'))
        if flags & 4:
            found['mode'] = self.take('I')
        if flags & 8:
            found['times'] = (self.take('I'), self.take('I'))
        return found


def string(data):
    return struct.pack('>I', len(data)) + data


def attributes(st):
    return struct.pack('>IQIIIII', 15, st.st_size, st.st_uid, st.st_gid, st.st_mode, int(st.st_atime), int(st.st_mtime))


class Server:
    def __init__(self, folder):
        self.handles, self.count = {}, 0
        self.full, self.locked = os.path.join(folder, 'full'), os.path.join(folder, 'locked')
        with open(os.path.join(folder, 'pid'), 'w', encoding='ascii') as file:
            file.write(str(os.getpid()))

    def send(self, kind, payload):
        sys.stdout.buffer.write(struct.pack('>IB', len(payload) + 1, kind) + payload)
        sys.stdout.buffer.flush()

    def status(self, number, code, text=b''):
        self.send(101, struct.pack('>II', number, code) + string(text) + string(b'en'))

    def name(self, number, entries):
        self.send(104, struct.pack('>II', number, len(entries)) + b''.join(
            string(name) + string(name) + more for name, more in entries))

    def handle(self, number, thing):
        self.count += 1
        key = b'%d' % self.count
        self.handles[key] = thing
        self.send(102, struct.pack('>I', number) + string(key))

    def set_attributes(self, path, wanted):
        follow = {} if isinstance(path, int) else {'follow_symlinks': False}
        if 'size' in wanted:
            os.truncate(path, wanted['size'])
        if 'owner' in wanted:
            os.chown(path, *wanted['owner'], **follow)
        if 'mode' in wanted and (isinstance(path, int) or not os.path.islink(path)):
            os.chmod(path, stat.S_IMODE(wanted['mode']))
        if 'times' in wanted:
            os.utime(path, wanted['times'], **follow)

    def open(self, number, packet):
        path, flags, wanted = packet.string(), packet.take('I'), packet.attributes()
        how = os.O_RDWR if flags & 3 == 3 else os.O_WRONLY if flags & 2 else os.O_RDONLY
        for bit, flag in ((4, os.O_APPEND), (8, os.O_CREAT), (16, os.O_TRUNC), (32, os.O_EXCL)):
            how |= flag if flags & bit else 0
        self.handle(number, os.open(path, how | os.O_CLOEXEC, stat.S_IMODE(wanted.get('mode', 0o666))))

    def read(self, number, packet):
        handle, offset, size = self.handles[packet.string()], packet.take('Q'), packet.take('I')
        data = os.pread(handle, min(size, 1 << 18), offset)
        if data:
            self.send(103, struct.pack('>I', number) + string(data))
        else:
            self.status(number, EOF)

    def write(self, number, packet):
        handle, offset = self.handles[packet.string()], packet.take('Q')
        if os.path.exists(self.full):
            self.status(number, FAILURE, b'No space left on device')
            return
        os.pwrite(handle, packet.string(), offset)
        self.status(number, OK)

    def check_lock(self, folder):
        if os.path.exists(self.locked):
            with open(self.locked, 'rb') as file:
                if file.read() == os.path.realpath(folder):
                    raise PermissionError(13, 'Permission denied')

    def read_folder(self, number, packet):
        entries = self.handles[packet.string()]
        chunk, found = entries[:100], []
        del entries[:100]
        for folder, name in chunk:
            try:
                found.append((name, attributes(os.lstat(os.path.join(folder, name)))))
            except OSError:
                pass
        if found:
            self.name(number, found)
        else:
            self.status(number, EOF)

    def extended(self, number, packet):
        what = packet.string()
        if what == b'posix-rename@openssh.com':
            os.rename(packet.string(), packet.string())
            self.status(number, OK)
        elif what == b'statvfs@openssh.com':
            st = os.statvfs(packet.string())
            self.send(201, struct.pack('>I11Q', number, st.f_bsize, st.f_frsize, st.f_blocks, st.f_bfree, st.f_bavail, st.f_files,
                                       st.f_ffree, st.f_favail, st.f_fsid & (2**64 - 1), 0, st.f_namemax))
        else:
            self.status(number, UNSUPPORTED)

    def change(self, kind, packet):
        if kind == CLOSE:
            thing = self.handles.pop(packet.string())
            if isinstance(thing, int):
                os.close(thing)
        elif kind == SETSTAT:
            self.set_attributes(packet.string(), packet.attributes())
        elif kind == FSETSTAT:
            self.set_attributes(self.handles[packet.string()], packet.attributes())
        elif kind == REMOVE:
            os.unlink(packet.string())
        elif kind == MKDIR:
            path = packet.string()
            os.mkdir(path, stat.S_IMODE(packet.attributes().get('mode', 0o777)))
        elif kind == RMDIR:
            os.rmdir(packet.string())
        elif kind == RENAME:
            old, new = packet.string(), packet.string()
            # As OpenSSH does it: never over anything.
            if os.path.lexists(new):
                raise FileExistsError(17, 'exists')
            os.rename(old, new)
        elif kind == SYMLINK:
            target = packet.string()
            os.symlink(target, packet.string())
        else:
            return False
        return True

    def answer(self, kind, number, packet):
        if kind in (STAT, LSTAT, FSTAT):
            what = packet.string()
            st = os.fstat(self.handles[what]) if kind == FSTAT else os.stat(what, follow_symlinks=kind == STAT)
            self.send(105, struct.pack('>I', number) + attributes(st))
        elif kind == OPEN:
            self.open(number, packet)
        elif kind == READ:
            self.read(number, packet)
        elif kind == WRITE:
            self.write(number, packet)
        elif kind == OPENDIR:
            folder = packet.string()
            self.check_lock(folder)
            self.handle(number, [(folder, name) for name in os.listdir(folder)])
        elif kind == READDIR:
            self.read_folder(number, packet)
        elif kind == REALPATH:
            self.name(number, [(os.path.realpath(packet.string()), struct.pack('>I', 0))])
        elif kind == READLINK:
            self.name(number, [(os.readlink(packet.string()), struct.pack('>I', 0))])
        elif kind == EXTENDED:
            self.extended(number, packet)
        elif self.change(kind, packet):
            self.status(number, OK)
        else:
            self.status(number, UNSUPPORTED)

    def run(self):
        while head := sys.stdin.buffer.read(5):
            size, kind = struct.unpack('>IB', head)
            packet = Packet(sys.stdin.buffer.read(size - 1))
            if kind == INIT:
                self.send(2, struct.pack('>I', 3) + b''.join(string(name) + string(version) for name, version in (
                    (b'posix-rename@openssh.com', b'1'), (b'statvfs@openssh.com', b'2'))))
                continue
            number = packet.take('I')
            try:
                self.answer(kind, number, packet)
            except OSError as error:
                codes = {FileNotFoundError: NO_SUCH_FILE, PermissionError: PERMISSION_DENIED}
                self.status(number, codes.get(type(error), FAILURE), str(error.strerror).encode())


if __name__ == '__main__':
    Server(sys.argv[1]).run()
