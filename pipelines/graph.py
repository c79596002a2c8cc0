"""The whole graph of one home: what a build makes, what starts builds, and what follows them."""

from dagster import Definitions

from pipelines.assets import postgres
from pipelines.assets.report import JOB as REPORT
from pipelines.assets.report import report_asset
from pipelines.build_graph import build_definitions
from pipelines.event_names import read_event_names
from pipelines.following import follower
from pipelines.home import Home
from pipelines.sensors import new_event_names_sensor, new_segments_sensor, safety_net
from pipelines.upkeep import compaction_job, compaction_schedule


def definitions(home: Home) -> Definitions:
    """Return the definitions for one home."""
    compaction = compaction_job(home)
    followers = [follower(home, REPORT, report_asset(home), "The report, written anew from what is published.")]
    if postgres.is_wanted():
        words = "The views of analytics, brought into PostgreSQL."
        followers.append(follower(home, postgres.JOB, postgres.postgres_asset(home), words))
    around = Definitions(
        assets=[one.asset for one in followers],
        jobs=[compaction, *(one.job for one in followers)],
        sensors=[
            new_segments_sensor(home),
            new_event_names_sensor(home, read_event_names(home.event_names)),
            *(one.sensor for one in followers),
        ],
        schedules=[safety_net(home), compaction_schedule(home, compaction)],
    )
    return Definitions.merge(build_definitions(home), around)
