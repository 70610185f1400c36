#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What bench-async compares with: asyncio. Prints nanoseconds of CPU time for one task, and for one await."""
import asyncio
import sys
import time

N_TASKS, N_AWAITS = int(sys.argv[1]), int(sys.argv[2])


async def nothing():
    pass


async def spawn():
    start = time.process_time_ns()
    await asyncio.gather(*[asyncio.create_task(nothing()) for _ in range(N_TASKS)])
    return (time.process_time_ns() - start) / N_TASKS


async def awaits():
    loop = asyncio.get_running_loop()
    start = time.process_time_ns()
    for _ in range(N_AWAITS):
        future = loop.create_future()
        loop.call_soon(future.set_result, None)
        await future
    return (time.process_time_ns() - start) / N_AWAITS


print(asyncio.run(spawn()), asyncio.run(awaits()))
