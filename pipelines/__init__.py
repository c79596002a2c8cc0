"""The composition root: Dagster definitions and the `nacre` command."""
