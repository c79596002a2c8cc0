"""Simulated traffic over HTTP to a running endpoint, as patient as a sender that must not lose anything."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random

from ingest.settings import Settings

from .connection import Answer, Connection, Target
from .traffic import Traffic

Answered = Callable[[bytes, int], None]
"""Called for each delivery that was answered for good, with its body and the status."""

_AGAIN = frozenset({408, 429, 500, 502, 503, 504})
_FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 5.0
_ANSWER_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class SendReport:
    """What became of the deliveries: accepted, refused for good (by status), and how often one had to be repeated."""

    accepted: int
    refused: dict[int, int]
    retries: int
    seconds: float

    @property
    def deliveries(self) -> int:
        """All that were answered."""
        return self.accepted + sum(self.refused.values())


class Undelivered(Exception):  # noqa: N818 - it names what happened to a delivery
    """A delivery found no answer within the patience allowed; `report` counts those before it."""

    def __init__(self, url: str, patience: float, cause: str, report: SendReport) -> None:
        super().__init__(
            f"{url} gave no final answer within {patience:g} s ({cause}), after {report.accepted} accepted deliveries; "
            "start it with `nacre serve` and send again with the same seed: what arrives twice counts once."
        )
        self.url = url
        self.patience = patience
        self.cause = cause
        self.report = report


def endpoint_url(settings: Settings) -> str:
    """Where the endpoint of these settings answers, from this machine."""
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(settings.host, settings.host)  # noqa: S104 - recognised, not bound
    return f"http://{f'[{host}]' if ':' in host and host[0] != '[' else host}:{settings.port}/webhooks/oyster"


def send(
    url: str,
    secret: str,
    traffic: Traffic,
    *,
    rate: float | None = None,
    concurrency: int = 32,
    patience: float = 30.0,
    answered: Answered | None = None,
) -> SendReport:
    """Post a traffic's bodies, at most `rate` a second; on 503 or a lost connection again, for `patience` seconds.

    Raises `Undelivered` when a delivery had no final answer by then, `UnusableUrl` for a URL that is none.
    """
    sender = _Sender(Target(url, secret), traffic, rate, patience, answered)
    return asyncio.run(sender.run(concurrency))


class _Sender:
    """Connections that take bodies from one stream."""

    def __init__(
        self, target: Target, traffic: Traffic, rate: float | None, patience: float, answered: Answered | None
    ) -> None:
        self._target, self._patience, self._answered = target, patience, answered
        self._bodies: Iterator[bytes] = (body for day in traffic.bodies() for body in day)
        self._gap = 1 / rate if rate else 0.0
        self._statuses: Counter[int] = Counter()
        self._retries = 0
        self._started = self._slot = time.monotonic()
        self._jitter = Random().random  # noqa: S311 - spreads repetitions, decides nothing

    async def run(self, concurrency: int) -> SendReport:
        """Send everything over so many connections at once."""
        try:
            async with asyncio.TaskGroup() as workers:
                for _ in range(concurrency):
                    workers.create_task(self._work())
        except* Undelivered as several:
            raise several.exceptions[0] from None
        return self._report()

    async def _work(self) -> None:
        connection = Connection(self._target)
        try:
            for body in self._bodies:
                if self._gap:
                    await self._pace()
                status = await self._deliver(connection, body)
                self._statuses[status] += 1
                if self._answered is not None:
                    self._answered(body, status)
        finally:
            connection.close()

    async def _pace(self) -> None:
        """Wait for this delivery's place in the rate; time in which nothing could be sent is not made up for."""
        self._slot = max(self._slot + self._gap, time.monotonic())
        ahead = self._slot - time.monotonic()
        if ahead > 0:
            await asyncio.sleep(ahead)

    async def _deliver(self, connection: Connection, body: bytes) -> int:
        """Post a body until it has a final answer; returns its status."""
        deadline, pause = time.monotonic() + self._patience, _FIRST_PAUSE
        while True:
            answer: Answer | None = None
            try:
                answer = await connection.post(body, _ANSWER_SECONDS)
                if answer.status not in _AGAIN:
                    return answer.status
                cause = f"status {answer.status}"
            except OSError as error:
                cause = str(error) or type(error).__name__
            wait = pause * (0.5 + self._jitter())
            if answer is not None and answer.retry_after is not None:
                wait = max(wait, answer.retry_after)
            if time.monotonic() + wait > deadline:
                raise Undelivered(self._target.url, self._patience, cause, self._report())
            self._retries += 1
            await asyncio.sleep(wait)
            pause = min(pause * 2, _LONGEST_PAUSE)

    def _report(self) -> SendReport:
        refused = {status: count for status, count in sorted(self._statuses.items()) if status >= 300}
        accepted = sum(count for status, count in self._statuses.items() if status < 300)
        return SendReport(accepted, refused, self._retries, time.monotonic() - self._started)
