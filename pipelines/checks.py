"""What must hold before anything is built on the events (blocking), and what a person should look at (warning)."""

from collections.abc import Iterator
from typing import Any

import duckdb
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
from pipelines.statements import rows_of

PRIORITY = {"dagster/priority": "15"}
BLOCKING = {
    "ids_unique": "No event_id of the last load is there twice.",
    "accounting": "delivered = events + duplicates + conflicts, and every event of the ledger is in the store.",
}
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
        for name in BLOCKING:
            yield _result(build_file.connection, name, AssetKey(EVENTS), AssetCheckSeverity.ERROR)

    return events_hold


def _events() -> AssetChecksDefinition:
    @multi_asset_check(name="events_watch", specs=_specs(WARNINGS, blocking=False), pool=POOL, op_tags=PRIORITY)
    def events_watch(build_file: BuildFile) -> Iterator[AssetCheckResult]:
        for name in WARNINGS:
            yield _result(build_file.connection, name, AssetKey(EVENTS), AssetCheckSeverity.WARN)

    return events_watch


def _tables() -> AssetChecksDefinition:
    spec = AssetCheckSpec("misfits", asset=TABLES, description="Every value fits the column declared for it.")

    @multi_asset_check(name="tables_watch", specs=[spec], pool=POOL)
    def tables_watch(build_file: BuildFile) -> Iterator[AssetCheckResult]:
        yield _result(build_file.connection, "misfits", TABLES, AssetCheckSeverity.WARN)

    return tables_watch


def _specs(sentences: dict[str, str], *, blocking: bool) -> list[AssetCheckSpec]:
    return [
        AssetCheckSpec(name, asset=EVENTS, description=sentence, blocking=blocking)
        for name, sentence in sentences.items()
    ]


def _result(
    connection: duckdb.DuckDBPyConnection, name: str, key: AssetKey, severity: AssetCheckSeverity
) -> AssetCheckResult:
    """Run `sql/<name>.sql`: it returns one row, whose column `wrong` counts what is wrong; the others explain it."""
    found = {column: _plain(value) for column, value in rows_of(connection, name)[0].items()}
    return AssetCheckResult(
        check_name=name, asset_key=key, passed=found["wrong"] == 0, severity=severity, metadata=found
    )


def _plain(value: Any) -> Any:
    return value if isinstance(value, int | float | str) else str(value)
