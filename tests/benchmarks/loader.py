"""Against dlt, the best-known Python loader with schema inference; it takes a slice, and is compared per event."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from .builds import MEGABYTE, build
from .figures import Budget, Row, Samples, Section
from .processes import Child, ChildFailed, python, run
from .rival_environment import dlt_python
from .sizes import Sizes
from .workplace import fill, forget_warehouse, traffic, workplace

JOB = Path(__file__).with_name("dlt_load.py")
SPEED, MEMORY = Budget(60, at_most=False), Budget(0.1, at_most=True)


def measure(sizes: Sizes, say: Callable[[str], None]) -> Section:
    """The rows against dlt; where it does not install or run here, the reason instead of figures."""
    section = Section("dlt", "Against dlt")
    try:
        say("dlt: installing it in an environment of its own")
        interpreter = dlt_python()
        with workplace("dlt") as folder:
            _measure(section, sizes, interpreter, folder, say)
    except ChildFailed as failure:
        section.rows = [Row("dlt-speed", "events per second ÷ dlt's", "1/s", None, None, SPEED, str(failure))]
    return section


def _measure(section: Section, sizes: Sizes, interpreter: Path, folder: Path, say: Callable[[str], None]) -> None:
    home = folder / "home"
    home.mkdir()
    whole, part = traffic(folder, sizes.events, seed=1), traffic(folder, sizes.slice_events, seed=1)
    whole_home = folder / "whole"
    whole_home.mkdir()
    delivered, slice_delivered = fill(whole_home, whole), fill(home, part)
    sides: dict[str, list[Child]] = {"append": [], "merge": [], "whole": [], "library": [], "slice": []}
    for number in range(sizes.slice_rounds):
        say(f"dlt: round {number + 1} of {sizes.slice_rounds}")
        for side in sorted(sides, reverse=number % 2 == 1):
            sides[side].append(_run(side, interpreter, folder, (whole_home, home), part))
    _fill_in(section, sides, delivered, slice_delivered)


def _run(side: str, interpreter: Path, folder: Path, homes: tuple[Path, Path], part: Path) -> Child:
    if side in {"append", "merge"}:
        return run([interpreter, JOB, part, new_folder(folder, side), side], {"RUNTIME__DLTHUB_TELEMETRY": "false"})
    home = homes[1] if side == "slice" else homes[0]
    forget_warehouse(home)
    return build(home) if side == "whole" else python("tests.benchmarks.library", home)


def new_folder(folder: Path, side: str) -> Path:
    """A new empty folder for one run of dlt."""
    number = len(list(folder.glob(f"{side}-*")))
    made = folder / f"{side}-{number}"
    made.mkdir()
    return made


def _fill_in(section: Section, sides: dict[str, list[Child]], delivered: int, slice_delivered: int) -> None:
    def rates(side: str) -> Samples:
        return Samples(tuple(slice_delivered / json.loads(child.output)["seconds"] for child in sides[side]))

    ours = Samples(tuple(delivered / child.seconds for child in sides["whole"]))
    library = Samples(tuple(delivered / child.seconds for child in sides["library"]))
    on_slice = Samples(tuple(slice_delivered / child.seconds for child in sides["slice"]))
    peaks = {side: Samples(tuple(child.peak_bytes / MEGABYTE for child in found)) for side, found in sides.items()}
    of = f"(ours of {delivered:,}, dlt's of {slice_delivered:,})"
    section.rows = [
        Row(
            "dlt-speed",
            f"deliveries per second of `nacre build` ÷ dlt's with its dedupe by id, `merge` {of}",
            "1/s",
            ours,
            rates("merge"),
            SPEED,
        ),
        Row("dlt-library", f"the library's ÷ dlt's, `merge` {of}", "1/s", library, rates("merge")),
        Row("dlt-append", f"`nacre build` ÷ dlt without any dedupe, `append` {of}", "1/s", ours, rates("append")),
        Row(
            "dlt-slice",
            f"the library's ÷ dlt's, both of {slice_delivered:,}, our process's start included",
            "1/s",
            on_slice,
            rates("merge"),
        ),
        Row(
            "dlt-memory",
            f"peak memory of the library ÷ dlt's, both of {slice_delivered:,}",
            "MB",
            peaks["slice"],
            peaks["merge"],
            MEMORY,
        ),
        Row("dlt-memory-whole", f"peak memory of `nacre build` ÷ dlt's {of}", "MB", peaks["whole"], peaks["merge"]),
    ]
    section.notes = ["dlt's clock starts after its imports; ours includes the start of the process."]
