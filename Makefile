# Everything one does in a checkout. Works with the make of Debian and of macOS (GNU make 3.81).
PYTHON ?= python3
ARGS ?=
BENCH ?= scans

BIN := .venv/bin
INSTALLED := .venv/.installed
CATALOGS := $(patsubst %.po,%.mo,$(wildcard src/cardamom/locales/*/LC_MESSAGES/messages.po))

.DEFAULT_GOAL := help
.PHONY: help setup demo test check format bench catalog lock clean

help: ## Say what can be made (this list)
	@echo "make TARGET, where TARGET is"
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  \1|\2/p' Makefile | awk -F'|' '{ printf "%-10s %s\n", $$1, $$2 }'

setup: $(INSTALLED) $(CATALOGS) ## Make .venv with everything in it; PYTHON=python3.12 names another Python
	@echo ".venv is ready"

demo: setup ## Run the product with four example businesses; ARGS='--port 8080' passes options
	$(BIN)/cardamom demo $(ARGS)

test: setup ## Check the code, then run every test; ARGS='-k vouchers' passes options to pytest
	scripts/check
	scripts/test $(ARGS)

check: setup ## Lint, types, import direction, sizes, logical CSS; no test
	scripts/check

format: setup ## Rewrite the Python files in the house's format
	$(BIN)/ruff check --fix-only --quiet .
	$(BIN)/ruff format .

bench: setup ## Measure; BENCH='scans --json' passes a benchmark and its options
	$(BIN)/cardamom bench $(BENCH)

catalog: setup ## Collect the texts of the code into the four catalogs
	$(BIN)/python scripts/catalog update

lock: ## Renew requirements.lock from pyproject.toml
	PYTHON='$(PYTHON)' scripts/lock

clean: ## Remove .venv and what tools left behind; data folders stay
	rm -rf .venv __pycache__ build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .schemathesis .import_linter_cache
	find src tests scripts -name __pycache__ -type d -prune -exec rm -rf {} +

$(INSTALLED): requirements.lock pyproject.toml hatch_build.py scripts/setup
	@PYTHON='$(PYTHON)' scripts/setup

src/cardamom/locales/%/LC_MESSAGES/messages.mo: src/cardamom/locales/%/LC_MESSAGES/messages.po | $(INSTALLED)
	@$(BIN)/pybabel -q compile --locale $* --input-file $< --output-file $@
