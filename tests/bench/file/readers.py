# SPDX-License-Identifier: LGPL-2.1-or-later
"""Reads the files of a folder in asyncio, as aiofiles does: a call in a thread for each. For each
line on its input it runs one round and prints microseconds."""
import asyncio
import os
import sys
import time


def read(path):
    with open(path, 'rb', buffering=0) as file:
        return file.read()


async def main(folder):
    paths = [entry.path for entry in os.scandir(folder)]
    for _ in sys.stdin:
        start = time.perf_counter()
        contents = await asyncio.gather(*(asyncio.to_thread(read, path) for path in paths))
        usec = (time.perf_counter() - start) * 1e6
        assert len(contents) == len(paths) and contents[0]
        print(round(usec), flush=True)


asyncio.run(main(sys.argv[1]))
