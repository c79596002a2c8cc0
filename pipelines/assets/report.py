"""`report`: the page of `nacre report`, written anew after a publication by a job of its own."""

import os

from dagster import AssetsDefinition, MaterializeResult, MetadataValue, asset

from pipelines.assets.events import OWNER
from pipelines.following import GROUP
from pipelines.home import Home
from pipelines.report import write_report

KEY, JOB = ["report"], "write_report"
URL = "NACRE_REPORT_URL"


def report_asset(home: Home) -> AssetsDefinition:
    """Return the asset; it reads the published file as any reader does, and so needs no lock and stops no build."""

    @asset(
        key=KEY,
        deps=[["ops", "publications"]],
        group_name=GROUP,
        kinds={"html"},
        owners=[OWNER],
        description="One page: how long approvals take, what waits, what it costs, who decides, whether all is here.",
    )
    def report() -> MaterializeResult[None]:
        written = write_report(home.published, home.report)
        address = os.environ.get(URL)
        return MaterializeResult(
            metadata={
                "path": MetadataValue.path(str(written.path)),
                "bytes": written.bytes,
                "seconds": written.seconds,
                **({"page": MetadataValue.url(address)} if address else {}),
            }
        )

    return report
