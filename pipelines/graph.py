"""The whole graph of one home: assets, checks, and what starts them."""

from dagster import (
    AssetKey,
    AssetsDefinition,
    AssetSelection,
    Definitions,
    define_asset_job,
    in_process_executor,
)

from pipelines.assets import postgres
from pipelines.assets.events import events_asset
from pipelines.assets.publications import publications_asset
from pipelines.assets.references import references_assets
from pipelines.assets.report import JOB as REPORT
from pipelines.assets.report import report_asset
from pipelines.assets.tables import tables_assets
from pipelines.assets.views import process_events_asset, views_assets
from pipelines.checks import all_checks
from pipelines.event_names import read_event_names
from pipelines.following import GROUP, follower
from pipelines.home import Home
from pipelines.resources import BuildFile
from pipelines.sensors import JOB, new_event_names_sensor, new_segments_sensor, safety_net
from pipelines.upkeep import compaction_job, compaction_schedule
from warehouse.views import objects


def definitions(home: Home, *, holds_lock: bool = False) -> Definitions:
    """Return the definitions for one home; `holds_lock` where the caller has the build lock already."""
    names = read_event_names(home.event_names)
    events = events_asset()
    processes = process_events_asset()
    tables = tables_assets(names)
    references = references_assets()
    views = views_assets(objects(), names)
    publications = publications_asset(_keys(events, processes, views))
    job = define_asset_job(
        JOB,
        selection=AssetSelection.all() - AssetSelection.groups(GROUP),
        executor_def=in_process_executor,
        description="Everything new: load, check, flatten, recognise processes, create views, publish.",
    )
    compaction = compaction_job(home)
    followers = [follower(home, REPORT, report_asset(home), "The report, written anew from what is published.")]
    if postgres.is_wanted():
        words = "The views of analytics, brought into PostgreSQL."
        followers.append(follower(home, postgres.JOB, postgres.postgres_asset(home), words))
    return Definitions(
        assets=[events, tables, processes, references, views, publications, *(one.asset for one in followers)],
        asset_checks=all_checks(),
        jobs=[job, compaction, *(one.job for one in followers)],
        sensors=[
            new_segments_sensor(home),
            new_event_names_sensor(home, names),
            *(one.sensor for one in followers),
        ],
        schedules=[safety_net(home), compaction_schedule(home, compaction)],
        resources={"build_file": BuildFile(root=str(home.root), holds_lock=holds_lock)},
        executor=in_process_executor,
    )


def _keys(*assets: AssetsDefinition) -> list[AssetKey]:
    return [key for found in assets for key in found.keys]
