"""What the endpoint counts, for Prometheus. No label carries a value from a sender."""

import os
from bisect import bisect_left
from collections import Counter as Tally

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

_FAST = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
_SIZES = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 4096)


class TalliedHistogram(Histogram):
    """A histogram that takes an observation in a list and a sum, and carries them over now and then."""

    _counts: list[int]
    _seconds = 0.0

    def tally(self, amount: float) -> None:
        """Observe an amount."""
        self._counts[bisect_left(self._upper_bounds, amount)] += 1
        self._seconds += amount

    def carry_over(self) -> None:
        """Hand on what was tallied since the last time."""
        for bucket, count in zip(self._buckets, self._counts, strict=True):
            if count:
                bucket.inc(count)
        self._sum.inc(self._seconds)
        self._counts, self._seconds = [0] * len(self._upper_bounds), 0.0

    def _metric_init(self) -> None:
        super()._metric_init()
        self._counts = [0] * len(self._upper_bounds)


class Metrics:
    """The instruments of one server process, in a registry of their own."""

    def __init__(self) -> None:
        """Create every instrument; several workers share their figures where PROMETHEUS_MULTIPROC_DIR is set."""
        self.registry = CollectorRegistry()
        self.outcomes: Tally[str] = Tally()
        self.secrets: Tally[int] = Tally()
        self._deliveries = self._counter("nacre_deliveries", "Requests to the webhook path, by outcome.", "outcome")
        self.quarantined = self._counter("nacre_quarantined", "Deliveries kept in quarantine, by reason.", "reason")
        self._secret_used = self._counter(
            "nacre_secret_used", "Proven deliveries, by position of the secret.", "position"
        )
        self.commit_failures = self._counter(
            "nacre_commit_failures", "Segments not made durable, by step.", "operation"
        )
        self.body_bytes = Counter("nacre_body_bytes", "Bytes of durable bodies.", registry=self.registry)
        self.log_lines_lost = Counter(
            "nacre_log_lines_lost", "Log lines the sink did not take.", registry=self.registry
        )
        self.ack_seconds = TalliedHistogram(
            "nacre_ack_seconds", "From the head of a request to its 202.", buckets=_FAST, registry=self.registry
        )
        self.commit_seconds = self._histogram("nacre_commit_seconds", "To make one batch durable.", _FAST)
        self.commit_rows = self._histogram("nacre_commit_rows", "Deliveries in one batch.", _SIZES)
        self.queue_deliveries = self._gauge("nacre_queue_deliveries", "Deliveries waiting for the disk.", "livesum")
        self.queue_bytes = self._gauge("nacre_queue_bytes", "Bytes of bodies waiting for the disk.", "livesum")
        self.ready = self._gauge("nacre_ready", "1 while deliveries can be made durable.", "livemin")
        self.last_durable_append = self._gauge(
            "nacre_last_durable_append_timestamp_seconds", "When the lake last took a segment.", "max"
        )

    def flush(self) -> None:
        """Carry over what was tallied since the last time: a dictionary counts faster than an instrument."""
        for outcome, count in self.outcomes.items():
            self._deliveries.labels(outcome).inc(count)
        for position, count in self.secrets.items():
            self._secret_used.labels(str(position)).inc(count)
        self.outcomes.clear()
        self.secrets.clear()
        self.ack_seconds.carry_over()

    def render(self) -> bytes:
        """The figures as text, of all workers together where there are several."""
        self.flush()
        if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
            return generate_latest(self.registry)
        shared = CollectorRegistry()
        MultiProcessCollector(shared)  # type: ignore[no-untyped-call]
        return generate_latest(shared)

    def _counter(self, name: str, text: str, label: str) -> Counter:
        return Counter(name, text, (label,), registry=self.registry)

    def _histogram(self, name: str, text: str, buckets: tuple[float, ...]) -> Histogram:
        return Histogram(name, text, buckets=buckets, registry=self.registry)

    def _gauge(self, name: str, text: str, mode: str) -> Gauge:
        return Gauge(name, text, registry=self.registry, multiprocess_mode=mode)  # type: ignore[arg-type]
