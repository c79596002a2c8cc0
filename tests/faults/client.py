"""The oracle's witness: a process of its own that delivers without pause and writes down each answer it got.

`python -m tests.faults.client PORT LEDGER CONNECTIONS PREFIX SECRET`; every line of the ledger is `id status time`,
written when the whole answer is here. It outlives the server, reconnects by itself, and ends on SIGTERM.
"""

import asyncio
import itertools
import os
import signal
import sys
import time

PAUSE = 0.005


async def deliver(port: int, ledger: int, ids: "itertools.count[int]", prefix: str, secret: str) -> None:
    """Deliver on one connection after another."""
    while True:
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(PAUSE)
            continue
        try:
            while True:
                await one(reader, writer, ledger, f"wh_{prefix}{next(ids):012d}", secret)
        except (OSError, asyncio.IncompleteReadError):
            await asyncio.sleep(PAUSE)
        finally:
            writer.close()


async def one(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, ledger: int, delivery_id: str, secret: str
) -> None:
    """Deliver one event and write down its answer."""
    body = f'{{"event_name":"a.b","id":"{delivery_id}","company_id":"c","data":{{"expenseId":"zxbhh9d8"}}}}'
    writer.write(
        f"POST /webhooks/oyster HTTP/1.1\r\nHost: t\r\nAuthorization: Bearer {secret}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()
    )
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    length = int(head.lower().partition("content-length: ")[2].partition("\r")[0])
    await reader.readexactly(length)
    os.write(ledger, f"{delivery_id} {head.split(' ')[1]} {time.monotonic_ns()}\n".encode())
    if "connection: close" in head.lower():
        raise ConnectionResetError


async def main(port: int, path: str, connections: int, prefix: str, secret: str) -> None:
    """Deliver on many connections until SIGTERM."""
    ledger = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    ids = itertools.count()
    stopped = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopped.set)
    tasks = [asyncio.create_task(deliver(port, ledger, ids, prefix, secret)) for _ in range(connections)]
    await stopped.wait()
    for task in tasks:
        task.cancel()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), sys.argv[2], int(sys.argv[3]), sys.argv[4], sys.argv[5]))
