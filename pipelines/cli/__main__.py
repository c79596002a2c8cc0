"""`python -m pipelines.cli`: the same as `nacre`."""

from pipelines.cli import main

main()
