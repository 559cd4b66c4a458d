# Four verbs: install, check, test, run. Everything lands in .venv and .tools; no root, no system package.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
FLEET_CONSOLE_ARGS ?=
export PIP_DISABLE_PIP_VERSION_CHECK = 1

.PHONY: console test check bench install install-dev clean

console: install  ## set everything up, run the fleet over the sample inbox, open the console
	$(BIN)/python -m fleet console $(FLEET_CONSOLE_ARGS)

test: install-dev  ## set everything up and run every test
	$(BIN)/python -m pytest

check: install-dev  ## ruff, mypy strict, import-linter, purity, file sizes, prompts against their report
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/python -m pytest -q -p no:cacheprovider tests/rules/test_architecture.py
	$(BIN)/python -m fleet evals --check

bench: install-dev  ## print ratios and absolute figures, with the machine
	$(BIN)/python tests/setup_rivals.py
	$(BIN)/python -m pytest tests/benchmarks -m bench -s -n 0 --timeout 3600

install: $(VENV)/.installed
install-dev: $(VENV)/.installed-dev

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: requirements.lock | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements.lock
	touch $@

$(VENV)/.installed-dev: requirements.lock tests/requirements.lock tests/cases.lock tests/setup_tools.py | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --require-hashes -r tests/requirements.lock
	$(BIN)/python tests/setup_tools.py
	touch $(VENV)/.installed $@

clean:
	rm -rf $(VENV) .tools .fleet
