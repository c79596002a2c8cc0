"""`ops/publications`: the build, copied to the file that analysts open, in one atomic step."""

from collections.abc import Sequence

from dagster import AssetExecutionContext, AssetKey, AssetsDefinition, MaterializeResult, asset

from ingest.settings import load_settings
from pipelines.assets.events import FRESHNESS, OWNER, POOL
from pipelines.describe import describe_table
from pipelines.pending import remember_publication
from pipelines.resources import BuildFile
from warehouse.flatten import pending_event_names
from warehouse.restricted import publish_restricted


def publications_asset(deps: Sequence[AssetKey]) -> AssetsDefinition:
    """Return the asset that publishes; `deps` must have worked, a table that failed does not hold it back."""

    @asset(
        key=["ops", "publications"],
        deps=deps,
        group_name="ops",
        kinds={"duckdb"},
        owners=[OWNER],
        pool=POOL,
        op_tags={"dagster/priority": "-10"},
        freshness_policy=FRESHNESS,
        description="warehouse.duckdb, replaced atomically; readers see the old one or the new one, never a mixture.",
    )
    def publications(context: AssetExecutionContext, build_file: BuildFile) -> MaterializeResult[None]:
        home = build_file.home
        published = build_file.publish()
        done = published.publication
        if published.history_lost:
            context.log.warning("when it was published before is lost: %s", published.history_lost)
        if load_settings().publish_restricted:
            publish_restricted(home.published, home.restricted)
        behind = pending_event_names(build_file.connection)
        remember_publication(home, complete=not behind)
        context.log.info("published %s bytes in %.2f s", done.bytes, done.seconds)
        return MaterializeResult(
            metadata={
                "path": str(done.path),
                "bytes": done.bytes,
                "seconds": done.seconds,
                "event_names_left_behind": behind,
                **describe_table(build_file.connection, "ops", "publications"),
            }
        )

    return publications
