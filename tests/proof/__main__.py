"""Runs every proof of the warehouse at length and writes its half of `docs/reliability.md`.

`python -m tests.proof [SHARE]`: SHARE of the kills, 1 by default; then with less than 1 nothing is written.
`NACRE_EXAMPLES` says how many examples each property tries, 200 by default.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.faults.harness import ROOT
from tests.faults.report import machine
from tests.faults.syscalls import why_not
from tests.proof.counting import read_counts
from tests.proof.forks import PLANTS
from tests.proof.kills import Killed, command_killed, killed
from tests.proof.scenes import SCENES, Scene
from tests.reliability_page import write_proofs

HEAD = """Whatever arrives, in whatever order, the typed tables say what the lake says; whatever dies, the next run
finishes. A process is killed before a system call that changes the disk (strace), or at a random moment. Then the
published file must open and be, whole, the one before or the one after. Then the same is done again, and must lead to
the contents of an undisturbed rebuild, to the same deliveries in the lake, and to nothing that `nacre verify --full`
objects to. `make proof` runs all this and writes this half of the page; a short form of each is part of `make test` or
`make thorough`.
"""
EXAMPLES = int(os.environ.get("NACRE_EXAMPLES", "200"))
FORKS = {SCENES[0]: (30, 6), SCENES[1]: (50, 12), SCENES[2]: (40, 12), SCENES[3]: (40, 12), SCENES[4]: (24, 6)}
COMMANDS = {SCENES[1]: (8, 4), SCENES[2]: (5, 3), SCENES[3]: (6, 4)}
BUGS = dict(zip(list(PLANTS)[1:], (SCENES[1], SCENES[1], SCENES[2]), strict=True))


@dataclass
class Page:
    """The lines of the tables, and whether everything holds."""

    lines: list[str]
    holds: bool = True

    def say(self, line: str, *, holds: bool = True) -> None:
        """Keep and print a line."""
        self.lines.append(line)
        self.holds = self.holds and holds
        sys.stdout.write(line + "\n")
        sys.stdout.flush()


def main(arguments: Sequence[str]) -> int:
    """Run, print, write; 1 when a proof does not hold."""
    began, share, page = time.monotonic(), float(arguments[0]) if arguments else 1.0, Page([])
    searched(page)
    page.say("\n| killed | by system call | at random | wrong | remarks |\n|---|---:|---:|---:|---|")
    total = 0
    for scene, counts in FORKS.items():
        total += kills(page, scene, counts, share, killed)
    for scene, counts in COMMANDS.items():
        total += kills(page, scene, counts, share, command_killed)
    page.say(f"\n{total:,} kills. Each proof can fail: the same with a bug planted.\n")
    page.say("| planted bug | killed | found wrong |\n|---|---:|---:|")
    for bug, scene in BUGS.items():
        with tempfile.TemporaryDirectory() as folder:
            found = killed(Path(folder), scene, 16, 0, bug)
        page.say(f"| {bug} | {found.kills:,} | {len(found.wrong):,} |", holds=bool(found.wrong))
    text = "\n".join(
        [HEAD, *page.lines, "", f"{machine().strip()} It took {(time.monotonic() - began) / 60:.0f} minutes."]
    )
    if share >= 1:
        write_proofs(text)
    return 0 if page.holds else 1


def searched(page: Page) -> None:
    """The random search and the long tests."""
    page.say("| proof | count | holds | remarks |\n|---|---:|---|---|")
    counts, seconds, ended = tests(
        "tests/warehouse", "tests/ingest", "tests/proof", "-m", "not long", NACRE_EXAMPLES=str(EXAMPLES)
    )
    holds = ended == 0 and counts["failed"] == 0
    each = f"up to {EXAMPLES:,} for each property"
    for name, what, remark in (
        ("examples", "examples tried by properties, generated at random", each),
        ("leaves", "leaves of bodies worked out by the oracle and found in their typed place", ""),
        ("planted damages", "planted damages that verify found and named", ""),
        ("passed", "tests of lake and warehouse with that many examples", f"{seconds:.0f} s"),
    ):
        page.say(f"| {what} | {counts[name]:,} | {'yes' if holds else '**no**'} | {remark} |", holds=holds)
    counts, seconds, ended = tests("tests", "--ignore=tests/faults", "-m", "long and not bi")
    holds = ended == 0 and counts["failed"] == 0
    page.say(f"| long tests | {counts['passed']:,} | {'yes' if holds else '**no**'} | {seconds:.0f} s |", holds=holds)


def tests(*arguments: str, **environment: str) -> tuple[Counter[str], float, int]:
    """Run tests with the counting plugin: what was counted, the seconds, and how pytest ended."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "pytest", "-p", "tests.proof.counting", "--timeout=3600", *arguments]
        named = {**os.environ, **environment, "NACRE_COUNTS": folder}
        ended = subprocess.run(command, env=named, cwd=ROOT, check=False).returncode
        return read_counts(Path(folder)), time.monotonic() - began, ended


def kills(
    page: Page, scene: Scene, counts: tuple[int, int], share: float, kill: Callable[[Path, Scene, int, int], Killed]
) -> int:
    """One row of kills; how many there were."""
    began = time.monotonic()
    at_calls, at_random = (max(1, round(count * share)) for count in counts)
    if missing := why_not():
        at_calls, at_random = 0, at_calls + at_random
    with tempfile.TemporaryDirectory() as folder:
        found = kill(Path(folder), scene, at_calls, at_random)
    what = f"`nacre {scene.doing}`: {scene.name}" if kill is command_killed else scene.name
    remarks = [*([missing] if missing else []), *found.wrong[:3], f"{time.monotonic() - began:.0f} s"]
    page.say(
        f"| {what} | {found.at_calls:,} | {found.at_random:,} | {len(found.wrong):,} | {'; '.join(remarks)} |",
        holds=found.holds,
    )
    return found.kills


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
