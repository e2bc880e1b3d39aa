# `make run` and `make test` set up what they need on a fresh clone: Python 3.11, make, git and a C compiler.
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
# A file's tests stay together, and the longest files come first: see tests/conftest.py. Each process may hold 2 GB.
PARALLEL := -n auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder

.PHONY: run test test-slow test-all lint format demo clean

run: $(READY)
	$(BIN)/gadfly run demo

test: $(READY)
	$(BIN)/pytest $(PARALLEL) || $(BIN)/pytest --last-failed  # what fails beside others is run again alone

test-slow: $(READY)
	$(BIN)/pytest -m slow $(PARALLEL) || $(BIN)/pytest -m slow --last-failed

test-all: $(READY)
	$(BIN)/pytest -m ""

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(READY)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

demo: $(READY)  ## rebuild the embedded corpus and base model (minutes)
	$(BIN)/python -m demo.make_corpus
	$(BIN)/python -m demo.make_base

# Exact versions of everything that Gadfly imports, directly or not; what torch brings for a GPU follows from torch's.
$(READY): pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || python3 -m venv $(VENV)
	$(BIN)/python -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Gadfly needs Python 3.11 or later")'
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	touch $@

clean:
	rm -rf $(VENV) *.egg-info .pytest_cache .mypy_cache .ruff_cache
