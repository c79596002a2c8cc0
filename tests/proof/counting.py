"""A pytest plugin that counts what a run proved: examples tried, leaves compared, damages found, payloads judged.

`NACRE_COUNTS` names a folder; each process of the run leaves a file of numbers there.
"""

import json
import os
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.warehouse import oracle

counts: Counter[str] = Counter()
PASSED = {
    "test_a_changed_cell_is_named": "planted damages",
    "test_a_damaged_table_is_named": "planted damages",
    "test_damage_of_the_lake_is_named": "planted damages",
    "test_a_whole_segment_with_other_deliveries_is_named": "planted damages",
}


def pytest_configure() -> None:
    """Count the leaves that the oracle works out of bodies."""
    sent = oracle.sent

    def counted(*arguments: Any) -> Any:
        leaves = sent(*arguments)
        counts["leaves"] += leaves.total()
        return leaves

    oracle.sent = counted


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Count each example of each property, and the payloads of the conformance suite."""
    for item in items:
        handle = getattr(getattr(item, "obj", None), "hypothesis", None)
        if handle is not None and not getattr(handle.inner_test, "is_counted", False):
            handle.inner_test = counting(handle.inner_test)


def counting(test: Callable[..., Any]) -> Callable[..., Any]:
    """A property that counts how often it is tried."""

    def counted(*arguments: Any, **named: Any) -> Any:
        counts["examples"] += 1
        return test(*arguments, **named)

    counted.is_counted = True  # type: ignore[attr-defined]
    return counted


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Count what passed and what failed; with workers, each of them tells its own."""
    if hasattr(report, "node") or (report.when != "call" and report.passed):
        return
    name = report.nodeid.partition("::")[2].partition("[")[0]
    counts["passed" if report.passed else "failed"] += 1
    if report.passed and name in PASSED:
        counts[PASSED[name]] += 1


def pytest_sessionfinish() -> None:
    """Leave the numbers."""
    folder = os.environ.get("NACRE_COUNTS")
    if folder and counts:
        Path(folder, f"{os.getpid()}.json").write_text(json.dumps(counts))


def read_counts(folder: Path) -> Counter[str]:
    """The numbers of all processes together."""
    total: Counter[str] = Counter()
    for path in folder.glob("*.json"):
        total.update(json.loads(path.read_text()))
    return total
