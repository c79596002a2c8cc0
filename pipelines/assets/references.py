"""`core/holidays` and `core/rates`: what the operator knows, from two files in the home.

No other step depends on these: a mistyped line must be seen, but must not hold back the events.
"""

from collections.abc import Iterator

from dagster import AssetsDefinition, AssetSpec, Failure, MaterializeResult, multi_asset

from pipelines.assets.events import OWNER, POOL
from pipelines.describe import describe_table
from pipelines.resources import BuildFile
from warehouse.references import ReferenceFileError

TABLES = {
    "holidays": "Days on which nobody works, from $NACRE_HOME/holidays.csv: country (empty: everywhere), day, name.",
    "rates": "What a currency is worth, from $NACRE_HOME/rates.csv: currency, base, day, rate.",
}


def references_assets() -> AssetsDefinition:
    """Return the assets of the two files; one step reads both, after the tables they fill are there."""

    @multi_asset(
        name="references",
        specs=[_spec(name, sentence) for name, sentence in TABLES.items()],
        pool=POOL,
        op_tags={"dagster/priority": "5"},
    )
    def references(build_file: BuildFile) -> Iterator[MaterializeResult[None]]:
        try:
            build_file.take_references()
        except ReferenceFileError as error:
            description = f"{error}; what was read before stays. Mend the line: the next build reads it again."
            raise Failure(description, allow_retries=False) from error
        for name in TABLES:
            yield MaterializeResult(
                asset_key=["core", name], metadata=describe_table(build_file.connection, "core", name)
            )

    return references


def _spec(name: str, sentence: str) -> AssetSpec:
    return AssetSpec(
        ["core", name],
        deps=[["core", "process_events"]],
        group_name="core",
        kinds={"duckdb", "csv"},
        owners=[OWNER],
        description=sentence,
    )
