# Everything is installed in .venv, from exact versions with hashes; repeated calls install nothing.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
PYTHON ?= python3
BIN := .venv/bin
INSTALLED := .venv/.installed
NATIVE := warehouse/native/libnacre.so

.PHONY: help install demo test thorough dev check bench faults proof bi clean

help:
	@echo 'make demo      set up, then carry simulated traffic all the way to the approval timeline'
	@echo 'make test      set up, then run the tests'
	@echo 'make thorough  the tests that take seconds each; make test leaves them out'
	@echo 'make dev       endpoint, Dagster UI and schedules together, until Ctrl-C'
	@echo 'make check     lint, types, import rules, Dagster definitions'
	@echo 'make bench     measure the budgets, write docs/benchmarks.md'
	@echo 'make faults    the long form of every fault, write docs/reliability.md'
	@echo 'make proof     the long form of the warehouse proofs, write docs/reliability.md'
	@echo 'make bi        install each tool of docs/bi.md and let it read a warehouse'
	@echo 'make clean     remove what was installed and every cache; data stays'

install: $(INSTALLED) $(NATIVE)

# uv installs in seconds; where it cannot reach what pip reaches (a mirror set for pip only), pip does it.
$(INSTALLED): requirements.lock requirements-bootstrap.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "nacre needs Python 3.11 or later; choose one: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 1; }
	@test -x $(BIN)/python && $(BIN)/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv .venv
	@echo 'Installing into .venv …'
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-bootstrap.lock
	@$(BIN)/uv pip install --quiet --compile-bytecode --python $(BIN)/python --require-hashes -r requirements.lock \
	  || $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-index --no-deps --no-build-isolation -e .
	@touch $@

# Installing compiles it too; this is for what has changed since.
$(NATIVE): $(wildcard warehouse/native/*.[ch]) hatch_build.py | $(INSTALLED)
	@$(BIN)/python hatch_build.py

demo: install
	@$(BIN)/nacre demo

dev: install
	@exec $(BIN)/nacre dev

test: install
	@$(BIN)/python -m pytest -m 'not long and not thorough'

thorough: install
	@$(BIN)/python -m pytest -m 'thorough and not long'

check: install
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	@folder=$$(mktemp -d) && trap 'rm -rf "$$folder"' EXIT && \
	  DAGSTER_HOME=$$folder NACRE_HOME=$$folder $(BIN)/dagster definitions validate -w workspace.yaml

bench: install
	@$(BIN)/python -m tests.benchmarks

faults: install
	@$(BIN)/python -m tests.faults.report

proof: install
	@$(BIN)/python -m tests.proof

bi: install
	@$(BIN)/python -m pytest tests/test_bi.py tests/test_bi_*.py -n 0 --timeout=3600

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage*
