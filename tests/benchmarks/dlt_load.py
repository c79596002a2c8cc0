"""A child in dlt's own environment: the same lines, inferred and loaded into DuckDB, one table an event_name.

`dlt_load.py FILE FOLDER append|merge`. dlt is imported before the clock starts. It runs as its documentation sets it
up: rows handed over in lists, orjson to read the lines.
"""

import json as plain_json
import sys
import time
from pathlib import Path

import dlt
from dlt.common import json

PAGE = 1_000


def main() -> None:
    file, folder, disposition = sys.argv[1:]
    key = {"primary_key": "id"} if disposition == "merge" else {}

    @dlt.resource(name="events", table_name=lambda event: event["event_name"], write_disposition=disposition, **key)
    def events():  # noqa: ANN202
        page = []
        with Path(file).open("rb") as lines:
            for line in lines:
                page.append(json.loadb(line))
                if len(page) == PAGE:
                    yield page
                    page = []
        yield page

    began = time.perf_counter()
    destination = dlt.destinations.duckdb(str(Path(folder) / "dlt.duckdb"))
    pipeline = dlt.pipeline(
        "bench", destination=destination, dataset_name="raw", pipelines_dir=str(Path(folder) / "state")
    )
    pipeline.run(events()).raise_on_failed_jobs()
    sys.stdout.write(plain_json.dumps({"seconds": time.perf_counter() - began}))


if __name__ == "__main__":
    main()
