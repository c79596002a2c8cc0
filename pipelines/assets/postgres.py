"""`postgres/analytics`: the views of analytics in a PostgreSQL database, where `NACRE_POSTGRES_URL` names one."""

import os

from dagster import AssetsDefinition, Failure, MaterializeResult, MetadataValue, asset

from pipelines.assets.events import OWNER
from pipelines.following import GROUP
from pipelines.home import Home
from pipelines.postgres import NoDriver, NotLoaded, load_postgres

KEY, JOB = ["postgres", "analytics"], "load_postgres"
URL = "NACRE_POSTGRES_URL"


def is_wanted() -> bool:
    """Return whether there is a database to load; without one there is no asset."""
    return bool(os.environ.get(URL))


def postgres_asset(home: Home) -> AssetsDefinition:
    """Return the asset; it reads the published file, and a database that is away holds nothing else back."""

    @asset(
        key=KEY,
        deps=[["ops", "publications"]],
        group_name=GROUP,
        kinds={"postgres"},
        owners=[OWNER],
        description="The views of analytics as tables, for Grafana, Power BI, Tableau: one publication at one instant.",
    )
    def postgres_analytics() -> MaterializeResult[None]:
        try:
            loaded = load_postgres(home.published, os.environ[URL])
        except (NoDriver, NotLoaded) as error:
            raise Failure(str(error), allow_retries=False) from error
        return MaterializeResult(
            metadata={
                "database": loaded.place,
                "rows": sum(loaded.rows.values()),
                "tables": MetadataValue.json(loaded.rows),
                "seconds": loaded.seconds,
            }
        )

    return postgres_analytics
