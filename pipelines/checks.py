"""What must hold before anything is built on the events (blocking), and what a person should look at (warning)."""

from collections.abc import Iterator
from typing import Any

from dagster import (
    AssetCheckResult,
    AssetChecksDefinition,
    AssetCheckSeverity,
    AssetCheckSpec,
    AssetKey,
    multi_asset_check,
)

from pipelines.assets.events import KEY as EVENTS
from pipelines.assets.events import POOL
from pipelines.assets.tables import TABLES
from pipelines.resources import BuildFile
from pipelines.stages import BLOCKING, Finding, finding, holds

PRIORITY = {"dagster/priority": "15"}
WARNINGS = {
    "conflicts": "No id came with two bodies: the first won, both are in ops.conflicts.",
    "quarantine_growing": "The last load brought no unusable deliveries.",
    "damaged_segments": "No segment of the lake is damaged.",
    "silence": "No event_name has been silent for twice as long as its longest gaps; those too young are not judged.",
}


def all_checks() -> list[AssetChecksDefinition]:
    """Return the checks of events and of tables."""
    return [_blocking(), _events(), _tables()]


def _blocking() -> AssetChecksDefinition:
    @multi_asset_check(name="events_hold", specs=_specs(BLOCKING, blocking=True), pool=POOL, op_tags=PRIORITY)
    def events_hold(build_file: BuildFile) -> Iterator[AssetCheckResult]:
        for name, found in build_file.judge().items():
            yield _result(name, found, AssetKey(EVENTS), AssetCheckSeverity.ERROR)

    return events_hold


def _events() -> AssetChecksDefinition:
    @multi_asset_check(name="events_watch", specs=_specs(WARNINGS, blocking=False), pool=POOL, op_tags=PRIORITY)
    def events_watch(build_file: BuildFile) -> Iterator[AssetCheckResult]:
        for name in WARNINGS:
            yield _result(name, finding(build_file.connection, name), AssetKey(EVENTS), AssetCheckSeverity.WARN)

    return events_watch


def _tables() -> AssetChecksDefinition:
    spec = AssetCheckSpec("misfits", asset=TABLES, description="Every value fits the column declared for it.")

    @multi_asset_check(name="tables_watch", specs=[spec], pool=POOL)
    def tables_watch(build_file: BuildFile) -> Iterator[AssetCheckResult]:
        yield _result("misfits", finding(build_file.connection, "misfits"), TABLES, AssetCheckSeverity.WARN)

    return tables_watch


def _specs(sentences: dict[str, str], *, blocking: bool) -> list[AssetCheckSpec]:
    return [
        AssetCheckSpec(name, asset=EVENTS, description=sentence, blocking=blocking)
        for name, sentence in sentences.items()
    ]


def _result(name: str, found: Finding, key: AssetKey, severity: AssetCheckSeverity) -> AssetCheckResult:
    metadata = {column: _plain(value) for column, value in found.items()}
    return AssetCheckResult(check_name=name, asset_key=key, passed=holds([found]), severity=severity, metadata=metadata)


def _plain(value: Any) -> Any:
    return value if isinstance(value, int | float | str) else str(value)
