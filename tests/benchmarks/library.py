"""A child: the warehouse's library alone, from the lake of a home to its published file, phase by phase."""

import json
import sys
import time
from functools import partial
from pathlib import Path

from pipelines.home import Home
from pipelines.pending import lake_segments
from warehouse.build import open_build
from warehouse.flatten import flatten_all
from warehouse.load import load
from warehouse.processes import advance
from warehouse.publish import publish
from warehouse.views import refresh


def main() -> None:
    home = Home(Path(sys.argv[1]))
    marks = [("start", time.perf_counter())]

    def done(phase: str) -> None:
        marks.append((phase, time.perf_counter()))

    connection = open_build(home.build)
    done("open")
    report = load(connection, lake_segments(home), meanwhile=partial(refresh, connection))
    done("load")
    flatten_all(connection)
    done("flatten")
    advance(connection)
    done("processes")
    publish(connection, home.build, home.published)
    done("publish")
    connection.close()
    phases = {phase: at - marks[number][1] for number, (phase, at) in enumerate(marks[1:])}
    sys.stdout.write(json.dumps({"delivered": report.delivered, "events": report.events, "phases": phases}))


if __name__ == "__main__":
    main()
