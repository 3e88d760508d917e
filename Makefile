# nmplan: each target only calls the nmplan command or pytest.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
STUDY ?=
RUN := $(BIN)/nmplan

.DEFAULT_GOAL := help
.PHONY: help maps test data check lint bench clean

help: ## List the targets
	@awk -F':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

maps: $(VENV)/.core ## Run the pipeline and write the maps (maps/index.html)
	@$(RUN) run $(if $(STUDY),--study $(STUDY))

data: $(VENV)/.core ## Fetch the official datasets (offline: says so), then check all layers of the study
	@$(RUN) fetch $(if $(STUDY),--study $(STUDY))
	@$(RUN) check $(if $(STUDY),--study $(STUDY))

check: $(VENV)/.core ## Read study and layers and report everything that is wrong
	@$(RUN) check $(if $(STUDY),--study $(STUDY))

test: $(VENV)/.test ## Install the test extra and run the tests, in parallel
	@$(BIN)/python -m pytest -n auto --dist worksteal

lint: $(VENV)/.dev ## Style, types and the direction of imports
	@$(BIN)/ruff format --check . && $(BIN)/ruff check . && $(BIN)/mypy && $(BIN)/lint-imports

bench: $(VENV)/.test ## Measure the figures in docs/performance.md
	@$(BIN)/python bench/startup.py
	@$(BIN)/python bench/travel.py
	@$(BIN)/python bench/acceptability.py

clean: ## Remove everything the pipeline wrote
	@rm -rf data/processed maps

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "nmplan needs Python 3.11 or newer: make PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' || { echo "Python's venv module is missing; on Debian and Ubuntu: apt-get install python3-venv"; exit 1; }
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.core: $(VENV)/bin/python requirements.lock pyproject.toml
	@echo "Installing the core dependencies into $(VENV) (a minute or two, once) ..."
	@$(BIN)/python -m pip install -q --disable-pip-version-check -r requirements.lock
	@$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps -e .
	@touch $@

$(VENV)/.test: $(VENV)/.core requirements-test.lock
	@$(BIN)/python -m pip install -q --disable-pip-version-check -r requirements-test.lock
	@touch $@

$(VENV)/.dev: $(VENV)/.test requirements-dev.lock
	@$(BIN)/python -m pip install -q --disable-pip-version-check -r requirements-dev.lock
	@touch $@
