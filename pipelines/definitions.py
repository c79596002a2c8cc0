"""What Dagster loads (see `workspace.yaml`): the graph of the home that `NACRE_HOME` names."""

from pipelines.graph import definitions
from pipelines.home import home_from_environment

defs = definitions(home_from_environment())
