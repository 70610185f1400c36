# SPDX-License-Identifier: GPL-3.0-or-later
# URI REQUESTS WARM-UP: gets URI so often, ten at a time on connections that are kept, and prints the
# milliseconds and what did it. With aiohttp where that is installed, otherwise on asyncio's streams, with the heads read by
# the standard library's parser, since every other contender hands over headers too. STREAMS=bare leaves
# that out: nothing but the length is looked for then.
import asyncio
import http.client
import io
import os
import sys
import time
from urllib.parse import urlsplit

try:
    import aiohttp
except ImportError:
    aiohttp = None

URI, REQUESTS, WARM_UP = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
AT_ONCE = 10
BARE = os.environ.get('STREAMS') == 'bare'


def length_of(head):
    if BARE:
        return int(head.lower().split(b'content-length:')[1].split(b'\r\n')[0])
    lines = io.BytesIO(head)
    version, status, _ = lines.readline().split(None, 2)
    assert version == b'HTTP/1.1' and status == b'200'
    return int(http.client.parse_headers(lines)['Content-Length'])


async def get_on_stream(reader, writer, host):
    writer.write(f'GET / HTTP/1.1\r\nHost: {host}\r\nAccept-Encoding: gzip\r\n\r\n'.encode())
    head = await reader.readuntil(b'\r\n\r\n')
    assert len(await reader.readexactly(length_of(head))) == 1024


async def with_streams():
    where = urlsplit(URI)
    links = [await asyncio.open_connection(where.hostname, where.port) for _ in range(AT_ONCE)]

    async def run(n):
        left = iter(range(n))

        async def work(reader, writer):
            for _ in left:
                await get_on_stream(reader, writer, where.netloc)
        await asyncio.gather(*(work(*link) for link in links))
    return await measure(run)


async def with_aiohttp():
    connector = aiohttp.TCPConnector(limit=AT_ONCE)
    async with aiohttp.ClientSession(connector=connector) as session:
        async def get():
            async with session.get(URI) as response:
                assert len(await response.read()) == 1024

        async def run(n):
            await asyncio.gather(*(get() for _ in range(n)))
        return await measure(run)


async def measure(run):
    await run(WARM_UP)
    start = time.monotonic()
    await run(REQUESTS)
    return (time.monotonic() - start) * 1000

if aiohttp:
    print(asyncio.run(with_aiohttp()), f'asyncio with aiohttp {aiohttp.__version__}')
else:
    print(asyncio.run(with_streams()), "asyncio's streams,", 'no parser' if BARE else "http.client's parser")
