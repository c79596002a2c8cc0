"""A child: read the whole lake of a home with DuckDB, some times, and print the median of all but the first.

`python -m tests.benchmarks.reading HOME`. DuckDB is given the list of files, since a glob would be part of the time.
"""

import json
import sys
import time
from pathlib import Path
from statistics import median

import duckdb

from ingest.lake import Lake

MANY_TIMES, MANY_FILES = 12, 100
QUERY = "select count(*), sum(octet_length(body)), max(received_at) from read_parquet(?, hive_partitioning = false)"


def main() -> None:
    files = [str(segment.path) for segment in Lake(Path(sys.argv[1])).segments()]
    connection = duckdb.connect()
    seconds = []
    for _ in range(MANY_TIMES if len(files) < MANY_FILES else 2):
        began = time.perf_counter()
        rows, size, _last = connection.execute(QUERY, [files]).fetchall()[0]
        seconds.append(time.perf_counter() - began)
    found = {"seconds": median(seconds[1:]), "files": len(files), "rows": rows, "bytes": size}
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    main()
