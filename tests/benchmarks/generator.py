"""The load, for both sides the same: kept-alive connections, each posting the next body once it was answered.

A process of its own, that prints what it saw as JSON, with the share of one core that it took: well below 1, it is not
what limits the servers.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import sys
import time
from collections.abc import Iterator
from typing import cast

import uvloop

from ingest.simulator import Traffic

from .figures import quantile

WARM_SECONDS = 0.5
BODIES = 5_000
STATUS = slice(9, 12)


class Sender(asyncio.Protocol):
    """One connection; no request is sent before the last one was answered whole."""

    def __init__(self, requests: Iterator[bytes], seen: Seen) -> None:
        self._requests, self._seen = requests, seen
        self._part, self._sent = b"", 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._send()

    def data_received(self, data: bytes) -> None:
        answered = time.perf_counter()
        whole = self._left(data)
        if whole is None:
            return
        self._seen.answer(whole, answered, answered - self._sent)
        self._send()

    def connection_lost(self, _: Exception | None) -> None:
        self._seen.lost += not self._seen.over

    def _send(self) -> None:
        if not self._seen.over:
            self._sent = time.perf_counter()
            self._transport.write(next(self._requests))

    def _left(self, data: bytes) -> bytes | None:
        """The answer, once its body is there; None while a part is missing."""
        self._part += data
        head, end, body = self._part.partition(b"\r\n\r\n")
        length = head.lower().partition(b"content-length: ")[2].partition(b"\r")[0]
        if not end or len(body) < int(length or 0):
            return None
        whole, self._part = self._part, b""
        return whole


class Seen:
    """What all connections saw between `begins` and `ends`."""

    def __init__(self, begins: float, ends: float) -> None:
        self.begins, self.ends = begins, ends
        self.accepted = self.other = self.lost = 0
        self.latencies: list[float] = []

    @property
    def over(self) -> bool:
        return time.perf_counter() >= self.ends

    def answer(self, data: bytes, at: float, latency: float) -> None:
        if not self.begins <= at < self.ends:
            return
        if data[STATUS] == b"202":
            self.accepted += 1
            self.latencies.append(latency)
        else:
            self.other += 1


def requests(secret: str) -> list[bytes]:
    head = (
        f"POST /webhooks/oyster HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {secret}\r\n"
        "Content-Type: application/json\r\nContent-Length: "
    )
    bodies = itertools.chain.from_iterable(Traffic(BODIES, 7).bodies())
    return [f"{head}{len(body)}\r\n\r\n".encode() + body for body in bodies]


async def load(port: int, secret: str, connections: int, seconds: float) -> dict[str, float]:
    """Post for some seconds; answers per second, latencies in milliseconds, and the CPU share that it took."""
    bodies = itertools.cycle(requests(secret))
    begins = time.perf_counter() + WARM_SECONDS
    seen = Seen(begins, begins + seconds)
    loop = asyncio.get_running_loop()
    pairs = [await loop.create_connection(lambda: Sender(bodies, seen), "127.0.0.1", port) for _ in range(connections)]
    await asyncio.sleep(max(0.0, begins - time.perf_counter()))
    cpu = time.process_time()
    await asyncio.sleep(max(0.0, seen.ends - time.perf_counter()))
    cpu = time.process_time() - cpu
    for transport, _ in pairs:
        transport.abort()
    ordered = sorted(seen.latencies)
    return {
        "accepted": seen.accepted,
        "other": seen.other,
        "lost": seen.lost,
        "rate": seen.accepted / seconds,
        "p50": 1000 * quantile(ordered, 0.5),
        "p99": 1000 * quantile(ordered, 0.99),
        "cpu": cpu / seconds,
    }


def main() -> None:
    port, secret, connections, seconds = sys.argv[1:]
    found = uvloop.run(load(int(port), secret, int(connections), float(seconds)))
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    main()
