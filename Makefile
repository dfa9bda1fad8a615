# Two verbs matter: `make demo` shows the product, `make test` proves it.
# Both make their own virtual environment in .venv; PYTHON chooses the interpreter.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Tests wait for processes more than they compute: more of them at once than there are cores.
WORKERS ?= 4

# A sandbox in containers is a JVM and three servers, so these tests come after the others.
CONTAINER_WORKERS ?= 3
IN_CONTAINERS := tests/containers tests/parity/test_runtimes_parity.py

.PHONY: demo test lint types layers unit containers clean

demo: $(VENV)/demo-installed
	$(BIN)/sandbox demo

test: lint types layers unit containers

lint: $(VENV)/test-installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/test-installed
	$(BIN)/mypy

layers: $(VENV)/test-installed
	$(BIN)/lint-imports

unit: $(VENV)/test-installed
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal $(IN_CONTAINERS:%=--ignore=%)

containers: $(VENV)/test-installed
	$(BIN)/python -m pytest -n $(CONTAINER_WORKERS) --dist worksteal $(IN_CONTAINERS)

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/demo-installed: $(VENV)/bin/python pyproject.toml
	$(BIN)/python -m pip install --quiet --editable .
	touch $@

$(VENV)/test-installed: $(VENV)/bin/python pyproject.toml
	$(BIN)/python -m pip install --quiet --editable '.[test]'
	touch $@ $(VENV)/demo-installed

clean:
	rm -rf $(VENV) .sandbox .mypy_cache .ruff_cache .pytest_cache
