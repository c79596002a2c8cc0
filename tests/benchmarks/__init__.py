"""The budgets of the design, each measured against its rival in one run: `python -m tests.benchmarks --help`."""
