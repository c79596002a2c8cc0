"""A child: load the whole lake of a home into an empty build, and print the seconds of that alone.

`python -m tests.benchmarks.loading HOME`.
"""

import json
import sys
import time
from pathlib import Path

from pipelines.home import Home
from pipelines.pending import lake_segments
from warehouse.build import open_build
from warehouse.load import load


def main() -> None:
    home = Home(Path(sys.argv[1]))
    connection = open_build(home.build)
    began = time.perf_counter()
    report = load(connection, lake_segments(home))
    seconds = time.perf_counter() - began
    connection.close()
    sys.stdout.write(json.dumps({"seconds": seconds, "rows": report.delivered}))


if __name__ == "__main__":
    main()
