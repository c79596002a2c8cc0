"""Structured logs: one JSON object a line, never a body, a token or personal data, never in the way of a delivery."""

import logging
import os
import threading
from collections.abc import Callable, MutableMapping
from datetime import UTC, datetime
from typing import Any

import msgspec
import structlog

Log = structlog.typing.FilteringBoundLogger


class DeliveryLine(msgspec.Struct, gc=False):
    """The line of one delivery. `writer` and `received_at` are together the key of its row in the lake."""

    writer: str
    request_id: str
    status: int
    outcome: str
    bytes: int
    received_at: int
    secret: int
    milliseconds: float
    event: str = "delivery"
    level: str = "info"
    time: datetime = msgspec.field(default_factory=lambda: datetime.now(UTC))


_MOST_WAITING_BYTES = 8 * 1024 * 1024


class LineSink:
    """Lines gathered and written by a thread of its own, so that a slow reader of the log never delays an answer."""

    def __init__(self, descriptor: int, on_lost: Callable[[int], None] = lambda _: None) -> None:
        """Write to an open descriptor. Lines beyond 8 MiB waiting are counted by `on_lost`, not kept."""
        self._descriptor = descriptor
        self._on_lost = on_lost
        self._lines: list[bytes] = []
        self._waiting = 0
        self._wake = threading.Event()
        self._closing = False
        self._thread = threading.Thread(target=self._run, name="log", daemon=True)
        self._thread.start()

    def msg(self, line: bytes) -> None:
        """Take one line."""
        if self._waiting > _MOST_WAITING_BYTES:
            self._on_lost(1)
            return
        self._waiting += len(line)
        self._lines.append(line)
        if not self._wake.is_set():
            self._wake.set()

    def delivery(self, line: DeliveryLine) -> None:
        """Take the line of a delivery: the same form as every other line, without the way through the logger."""
        self.msg(_encode(line))

    debug = info = warning = error = critical = exception = msg

    def close(self, timeout: float = 2.0) -> None:
        """Write what is left."""
        self._closing = True
        self._wake.set()
        self._thread.join(timeout)

    def _run(self) -> None:
        pause = threading.Event()
        while not self._closing:
            self._wake.wait()
            pause.wait(0.05)  # gather: one write for many lines
            self._wake.clear()
            self._flush()
        self._flush()

    def _flush(self) -> None:
        lines, self._lines = self._lines, []
        if not lines:
            return
        rest = memoryview(b"\n".join(lines) + b"\n")
        try:
            while rest:
                rest = rest[os.write(self._descriptor, rest) :]
        except OSError:
            self._on_lost(len(lines))
        self._waiting = 0


def open_log(sink: LineSink, **bound: Any) -> Log:
    """A logger that writes JSON lines into a sink, with fixed fields."""
    log: Log = structlog.wrap_logger(
        sink,
        processors=[_time, structlog.processors.add_log_level, structlog.processors.format_exc_info, _json],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        cache_logger_on_first_use=True,
    ).bind(**bound)
    return log


class ToStructlog(logging.Handler):
    """Carries records of libraries that use the standard logging into the structured log."""

    def __init__(self, log: Log) -> None:
        """Forward warnings and errors to `log`."""
        super().__init__(logging.WARNING)
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        """Write one record; the text of libraries carries no body."""
        self._log.log(record.levelno, record.getMessage(), logger=record.name, exc_info=record.exc_info or None)


def _time(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    event["time"] = datetime.now(UTC)
    return event


def _json(_: Any, __: str, event: MutableMapping[str, Any]) -> bytes:
    return _encode(event)


_encode = msgspec.json.Encoder(enc_hook=str).encode
