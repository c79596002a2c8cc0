"""A child: a closed day of so many deliveries, each a segment of its own, through the lake's own writer.

`python -m tests.benchmarks.day HOME COUNT [at-once]`; with `at-once`, all of them are one segment. The files are those
of an endpoint that gets one delivery at a time; only fsync is off, which leaves no trace in them.
"""

import itertools
import os
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ingest.envelope import parse
from ingest.lake import EventRow, Lake
from ingest.simulator import Traffic

DAY_SECONDS = 86_400


def main() -> None:
    home, count = Path(sys.argv[1]), int(sys.argv[2])
    os.fsync = lambda _: None  # type: ignore[assignment]
    lake = Lake(home)
    midnight = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=1)
    rows = []
    bodies = itertools.chain.from_iterable(Traffic(count, 11).bodies())
    for number, raw in enumerate(itertools.islice(bodies, count)):
        envelope = parse(raw)
        received_at = (int(midnight.timestamp()) + number * DAY_SECONDS // count) * 1_000_000
        rows.append(EventRow(envelope.id, envelope.event_name, envelope.company_id, received_at, raw))
        if sys.argv[3:] != ["at-once"]:
            lake.write_events([rows.pop()], "bench")
    if rows:
        lake.write_events(rows, "bench")


if __name__ == "__main__":
    main()
