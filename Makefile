.DEFAULT_GOAL := help
PYTHON ?= python3
BIN := .venv/bin
.PHONY: help install demo test dev check bench clean
help:
	@echo 'make demo   set up, then carry simulated traffic all the way to the approval timeline'
	@echo 'make test   set up, then run the tests'
	@echo 'make dev    endpoint, Dagster UI and schedules together'
	@echo 'make check  lint, types, import rules, Dagster definitions'
	@echo 'make bench  measure the budgets, write docs/benchmarks.md'
