# Every task of the project in one word; `make` lists them.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help setup setup-run run test lint bench docs lock clean

BIN := .venv/bin
TESTS ?= tests
# The first Python that is new enough and can make virtual environments; name another with PYTHON=.
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11 python; do \
	"$$p" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& echo "$$p" && exit; done; echo python3)
LOCK := $(BIN)/pip-compile --quiet --generate-hashes --allow-unsafe --strip-extras --no-header \
	--no-emit-index-url --no-emit-trusted-host --no-emit-find-links

help: ## List the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' $(MAKEFILE_LIST) | awk -F'|' '{printf "%-16s %s\n", $$1, $$2}'

setup: ## The environment alone: .venv, locked packages, browser files
	@$(PYTHON) deploy/setup_environment.py dev

setup-run:
	@$(PYTHON) deploy/setup_environment.py run

run: setup-run ## Serve the demo company on http://127.0.0.1:8080 until Ctrl-C
	@$(BIN)/tradeloom serve --demo

test: setup ## The whole suite; REQUIRE_SERVICES=1 fails where a service is missing
	@$(BIN)/python -m pytest -n 2 --dist worksteal $(TESTS)

lint: setup ## Every static check
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/codespell

bench: ## The benchmark table
	@$(PYTHON) deploy/setup_environment.py bench
	@$(BIN)/python -m bench

docs: setup ## The generated reference and the JSON Schemas
	@$(BIN)/python -m docs

lock: setup ## Lock the newest allowed packages anew
	$(LOCK) --upgrade --output-file deploy/requirements-build.txt deploy/requirements-build.in
	$(LOCK) --upgrade --output-file deploy/requirements.txt deploy/requirements.in
	$(LOCK) --upgrade --output-file deploy/requirements-dev.txt deploy/requirements-dev.in
	$(LOCK) --upgrade --output-file deploy/requirements-bench.txt deploy/requirements-bench.in
	$(LOCK) --upgrade --output-file deploy/requirements-node.txt deploy/requirements-node.in

clean: ## Remove what was made here, except var/ with its data
	rm -rf .venv build dist site *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache \
		.coverage .coverage.* htmlcov test-results core/web/static/vendor core/web/static/vendor.new tests/vendor
	find core plugins tests bench -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true
