"""Read a folder of the lake again and again until stdin has a line; run as a process of its own.

`lake_reader.py FOLDER`: each pass lists every file first and opens them afterwards, as tools do
that know nothing of us.
"""

import json
import select
import sys
from pathlib import Path

import pyarrow.parquet as pq


def main() -> None:
    """Print how many passes there were, every error, and how many ids each pass found."""
    folder, seen, errors, passes, last = Path(sys.argv[1]), [], [], 0, False
    while not last:
        last = bool(select.select([sys.stdin], [], [], 0)[0])
        try:
            files = sorted(folder.glob("*/*.parquet"))
            ids = {
                one
                for path in files
                for one in pq.read_table(path, columns=["id"], partitioning=None)["id"].to_pylist()
            }
        except OSError as error:
            errors.append(str(error))
            continue
        seen.append(len(ids))
        passes += 1
        if passes == 1:
            sys.stdout.write("reading\n")
            sys.stdout.flush()
    sys.stdout.write(json.dumps({"passes": passes, "errors": errors, "seen": seen}) + "\n")


if __name__ == "__main__":
    main()
