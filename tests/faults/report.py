"""Runs the long form of every row and writes its half of `docs/reliability.md` from what this run found.

`python -m tests.faults.report [SHARE] [ROW…]`: SHARE of the long form's counts, 1 by default but never
less than 30 or the whole; only some rows are
printed, not written.
"""

import os
import platform
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from tests.faults.harness import Result
from tests.faults.rows import PLANTED, ROWS, Row
from tests.reliability_page import write_faults

HEAD = """# Reliability

What was answered with 2xx is in the lake after any crash, power cut or disk fault. What could not be stored never gets
a 2xx. A client process of its own writes down every answer it got; after each fault its ledger is held against what
the lake's sound segments contain. `make faults` runs every row and writes this page; a short form of each row is part
of `make test` or `make thorough`.

A kill before a system call comes as the thread enters it, and the kernel leaves the call undone; a kill after it comes
while the thread is held between the call's return and its next instruction. The calls are all those by which two
deliveries, one to a new lake and one to a known folder, change anything outside the process. A power cut ends the file
system at once, without flushing; a prefix of the block writes is what a disk holds that stops in the middle of them.

"""


def main(arguments: list[str]) -> int:
    """Run, print, write; 1 when a row does not hold."""
    share = float(arguments[0]) if arguments else 1.0
    chosen = [row for row in ROWS if len(arguments) < 2 or row.name in arguments[1:]]
    lines = ["| row | tried | acknowledged | lost | holds | remarks |", "|---|---:|---:|---:|---|---|"]
    results = [say(lines, line(row, share)) for row in chosen]
    planted = ["| planted bug | caught by | acknowledged | lost |", "|---|---|---:|---:|"]
    caught = [say(planted, bug_line(bug)) for bug in PLANTED] if len(arguments) < 2 else []
    if len(arguments) < 2:
        tables = "\n".join(
            [*lines, "", "Each proof can fail: the same rows on a server with a bug planted in it.", "", *planted]
        )
        write_faults(f"{HEAD}{tables}\n\n{machine()}")
    return 0 if all(results) and all(caught) else 1


def say(lines: list[str], found: tuple[str, bool]) -> bool:
    """Keep and print one line of a table."""
    lines.append(found[0])
    sys.stdout.write(found[0] + "\n")
    sys.stdout.flush()
    return found[1]


def line(row: Row, share: float) -> tuple[str, bool]:
    """Run one row; its line, and whether it holds."""
    missing = row.why_not()
    if missing:
        return f"| {row.name} | 0 | 0 | 0 | not run | {missing} |", True
    started = time.monotonic()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        try:
            result = row.run(Path(folder), max(min(row.long, 30), round(row.long * share)))
        except (AssertionError, OSError, subprocess.SubprocessError) as failure:
            result = Result(row.name, 1, wrong=[str(failure).split("\n")[0]])
    remarks = "; ".join([*([result.note] if result.note else []), *sorted(set(result.wrong))[:3]])
    holds = "yes" if result.holds else "**no**"
    spent = f"{time.monotonic() - started:.0f} s"
    figures = f"{result.tried:,} | {result.acknowledged:,} | {result.lost} | {holds}"
    return f"| {result.row} | {figures} | {remarks + '; ' if remarks else ''}{spent} |", result.holds


def bug_line(bug: str) -> tuple[str, bool]:
    """Run the row that must catch a bug; its line, and whether it did."""
    row, run, why_not = PLANTED[bug]
    missing = why_not()
    if missing:
        return f"| {bug} | not run: {missing} | 0 | 0 |", True
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        result = run(Path(folder), bug)
    return f"| {bug} | {row} | {result.acknowledged:,} | {result.lost:,} |", result.lost > 0


def machine() -> str:
    """Where and when this run was made."""
    when = datetime.now(UTC).date().isoformat()
    system = f"{platform.system()} {platform.release()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    return f"Run on {when}: {system}.\n"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
