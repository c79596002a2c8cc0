"""What a build runs: its assets, their checks and its job. The whole graph adds what starts builds and follows them."""

from dagster import AssetKey, AssetsDefinition, AssetSelection, Definitions, define_asset_job, in_process_executor

from pipelines.assets.events import events_asset
from pipelines.assets.publications import publications_asset
from pipelines.assets.references import references_assets
from pipelines.assets.tables import tables_assets
from pipelines.assets.views import process_events_asset, views_assets
from pipelines.checks import all_checks
from pipelines.event_names import read_event_names
from pipelines.following import GROUP
from pipelines.home import Home
from pipelines.resources import BuildFile
from warehouse.views import objects

JOB = "build"


def build_definitions(home: Home) -> Definitions:
    """Return the definitions of a build of one home."""
    names = read_event_names(home.event_names)
    events = events_asset()
    processes = process_events_asset()
    views = views_assets(objects(), names)
    publications = publications_asset(_keys(events, processes, views))
    job = define_asset_job(
        JOB,
        selection=AssetSelection.all() - AssetSelection.groups(GROUP),
        executor_def=in_process_executor,
        description="Everything new: load, check, flatten, recognise processes, create views, publish.",
    )
    return Definitions(
        assets=[events, tables_assets(names), processes, references_assets(), views, publications],
        asset_checks=all_checks(),
        jobs=[job],
        resources={"build_file": BuildFile(root=str(home.root))},
        executor=in_process_executor,
    )


def _keys(*assets: AssetsDefinition) -> list[AssetKey]:
    return [key for found in assets for key in found.keys]
