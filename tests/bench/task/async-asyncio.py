# SPDX-License-Identifier: GPL-3.0-or-later
"""The jobs of bench-async in asyncio: FOLDER N-FILES URI DATABASE.

Answers lines `JOB N FIRST` with microseconds by the clock and of CPU time. What blocks goes to threads as
asyncio's documentation has it: to_thread() for each file (which is what aiofiles does), and one thread for the
database (aiosqlite). GETs are aiohttp's where that is installed, otherwise asyncio's streams with the heads read
by the standard library's parser, since every other contender hands over headers too.
"""
import asyncio
import concurrent.futures
import http.client
import io
import os
import sqlite3
import sys
import time
from urllib.parse import urlsplit

try:
    import aiohttp
except ImportError:
    aiohttp = None

READ_AT_ONCE, GET_AT_ONCE, FILE_BYTES, BODY_BYTES = 64, 10, 4096, 1024


async def nothing():
    pass


async def spawn(n, first):
    await asyncio.gather(*[asyncio.create_task(nothing()) for _ in range(n)])


async def wait(n, first):
    loop = asyncio.get_running_loop()
    for _ in range(n):
        future = loop.create_future()
        loop.call_soon(future.set_result, None)
        await future


def read(path):
    with open(path, 'rb', buffering=0) as file:
        return file.read()


def check_all(contents):
    assert all(len(one) == FILE_BYTES for one in contents)
    return contents


async def read_each(n, first):
    return check_all(await asyncio.gather(*(asyncio.to_thread(read, path) for path in paths[:n])))


def read_share(share):
    return [read(path) for path in share]


async def read_many(n, first):
    """A thread for each processor, and each reads its share."""
    threads = os.cpu_count() or 1
    shares = await asyncio.gather(*(asyncio.to_thread(read_share, paths[i:n:threads]) for i in range(threads)))
    return [check_all(share) for share in shares]


def length_of(head):
    lines = io.BytesIO(head)
    version, status, _ = lines.readline().split(None, 2)
    assert version == b'HTTP/1.1' and status == b'200'
    return int(http.client.parse_headers(lines)['Content-Length'])


async def get_with_streams(n, first):
    where = urlsplit(uri)
    while len(links) < GET_AT_ONCE:
        links.append(await asyncio.open_connection(where.hostname, where.port))
    request = f'GET / HTTP/1.1\r\nHost: {where.netloc}\r\nAccept-Encoding: gzip\r\n\r\n'.encode()
    left = iter(range(n))

    async def work(reader, writer):
        for _ in left:
            writer.write(request)
            head = await reader.readuntil(b'\r\n\r\n')
            assert len(await reader.readexactly(length_of(head))) == BODY_BYTES
    await asyncio.gather(*(work(*link) for link in links))


async def get_with_aiohttp(n, first):
    if not links:
        links.append(aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=GET_AT_ONCE)))

    async def get():
        async with links[0].get(uri) as response:
            assert len(await response.read()) == BODY_BYTES
    await asyncio.gather(*(get() for _ in range(n)))


def look_up_one(key):
    if not database:
        database.append(sqlite3.connect(path_of_database, check_same_thread=False, isolation_level=None))
    return database[0].execute('SELECT name, age FROM users WHERE id = ?', (key,)).fetchone()


async def look_up(n, first):
    loop = asyncio.get_running_loop()
    rows = await asyncio.gather(*(loop.run_in_executor(database_thread, look_up_one, first + i) for i in range(n)))
    assert all(row is not None for row in rows)


async def main():
    jobs = {'spawn': spawn, 'await': wait, 'read-each': read_each, 'read-many': read_many,
            'get': get_with_aiohttp if aiohttp else get_with_streams, 'look-up': look_up}
    for line in sys.stdin:
        name, n, first = line.split()
        start, start_cpu = time.monotonic_ns(), time.process_time_ns()
        result = await jobs[name](int(n), int(first))
        print((time.monotonic_ns() - start) // 1000, (time.process_time_ns() - start_cpu) // 1000, flush=True)
        del result
    if aiohttp and links:
        await links[0].close()


folder, n_files, uri, path_of_database = sys.argv[1:]
paths = [os.path.join(folder, f'file-{i:05}') for i in range(int(n_files))]
links, database = [], []
database_thread = concurrent.futures.ThreadPoolExecutor(1)
asyncio.run(main())
