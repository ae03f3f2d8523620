# Two commands matter: `make run` and `make test`. The rest serves developers.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
READY_E2E := $(VENV)/.ready-e2e
READY_MUTATION := $(VENV)/.ready-mutation
E2E := tests/e2e
RUNNER := $(BIN)/python -m

# Compiled modules are kept: else every process that a test starts compiles all anew.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help run recipient test check format lint types imports cover uncovered e2e images mutation bench verifier clean

help: ## say what there is
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

$(READY): requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "infobank needs Python 3.11 or newer; set PYTHON=...")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $@

run: $(READY) ## start with the demo world at http://localhost:8000
	INFOBANK_DEMO=1 $(BIN)/infobank run

recipient: $(READY) ## a sample recipient at http://localhost:9001, while `make run` is up
	$(BIN)/python docs/examples/recipient

test: $(READY) ## all tests, on SQLite and on PostgreSQL
	$(RUNNER) pytest -n 2 --dist worksteal

check: format lint types imports cover ## what CI runs

format: $(READY) ## is the code formatted?
	$(BIN)/ruff format --check .

lint: $(READY)
	$(BIN)/ruff check .

types: $(READY)
	$(BIN)/mypy

imports: $(READY)
	$(BIN)/lint-imports --no-cache

cover: RUNNER := $(BIN)/coverage run -m
cover: $(READY) uncovered test ## all tests with branch coverage
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report

uncovered: $(READY)
	$(BIN)/coverage erase

$(READY_E2E): $(READY) $(E2E)/requirements.lock $(E2E)/package-lock.json $(E2E)/.npmrc
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r $(E2E)/requirements.lock
	$(BIN)/python -m tests.e2e.packages
	touch $@

e2e: $(READY_E2E) ## in a real browser and with a token; needs a Chromium and SoftHSM 2
	$(BIN)/python -m tests.e2e.chromium
	$(BIN)/python -m tests.e2e.softhsm
	$(BIN)/python -m pytest $(E2E)

images: $(READY_E2E) ## draw the pictures in docs/images anew
	INFOBANK_TEST_IMAGES=docs/images $(BIN)/python -m pytest $(E2E)/test_e2e_images.py

$(READY_MUTATION): $(READY) tests/mutation/requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r tests/mutation/requirements.lock
	touch $@

mutation: $(READY_MUTATION) ## do the tests notice each small change of the consent engine?
	rm -rf mutants
	$(BIN)/mutmut run
	$(BIN)/mutmut results

bench: $(READY) ## measure, print a table, write bench.json
	$(BIN)/infobank bench

verifier: $(READY) ## write infobank-verify.pyz, which checks an export anywhere
	$(BIN)/infobank audit verifier

clean: ## remove the environment and caches, never var/
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis build mutants $(E2E)/node_modules ./*.egg-info
