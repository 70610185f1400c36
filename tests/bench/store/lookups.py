# SPDX-License-Identifier: LGPL-2.1-or-later
"""500 look-ups in flight in asyncio, as aiosqlite does them: one thread for the database. For each
line on its input it runs one round and prints microseconds."""
import asyncio
import concurrent.futures
import sqlite3
import sys
import time

N = 500


def look_up(database, key):
    return database.execute("SELECT name, age FROM users WHERE id = ?", (key,)).fetchone()


async def main(path):
    loop = asyncio.get_running_loop()
    pool = concurrent.futures.ThreadPoolExecutor(1)
    database = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
    for line in sys.stdin:
        first = int(line)
        start = time.perf_counter()
        rows = await asyncio.gather(
            *(loop.run_in_executor(pool, look_up, database, first + i) for i in range(N)))
        usec = (time.perf_counter() - start) * 1e6
        assert all(row is not None for row in rows)
        print(round(usec), flush=True)


asyncio.run(main(sys.argv[1]))
