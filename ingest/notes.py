"""What is written down of each delivery, whichever way it took: one line in the log, one count of its outcome."""

import itertools

from ingest.logs import DeliveryLine, LineSink
from ingest.metrics import Metrics


class Notes:
    """The record of one server process. Every request gets the next number of its writer."""

    def __init__(self, writer: str, metrics: Metrics, sink: LineSink) -> None:
        """Write lines into the sink, counts into the metrics."""
        self._writer = writer
        self._metrics = metrics
        self._sink = sink
        self._ids = map(f"{writer}-{{:x}}".format, itertools.count(1))

    def next_id(self) -> str:
        """The id of the next request."""
        return next(self._ids)

    def note(
        self, request_id: str, status: int, outcome: str, *, size: int, received_at: int, secret: int, seconds: float
    ) -> None:
        """Write down how one delivery ended; `secret` is the position of the one that proved it, or 0."""
        metrics = self._metrics
        metrics.outcomes[outcome] += 1
        if secret:
            metrics.secrets[secret] += 1
        if status == 202:
            metrics.ack_seconds.tally(seconds)
        self._sink.delivery(
            DeliveryLine(self._writer, request_id, status, outcome, size, received_at, secret, round(seconds * 1000, 3))
        )
