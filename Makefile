# Everything that one does with this project, and how. `make` alone lists it.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed
N      ?= 10000
WEB    := $(VENV)/web/.installed
# The tests that draw examples, or try a sample of a long sweep: in `make laws` they try all of it.
LAWS    = $(shell grep -lE '^@given|\bLONG\b|\bone_in\b|derandomize else' tests/test_*.py)

.DEFAULT_GOAL := help
.PHONY: help setup site ingest build serve test web web-corpora lighthouse laws payloads hostile check lint format types golden bench bench-serve eval bench-stories clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(STAMP) ## Make .venv and install everything in it

$(STAMP): pyproject.toml constraints.txt
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing into $(VENV) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt "pip>=25.1"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable ".[article]" --group dev
	@$(BIN)/broadsheet --version
	@touch $@

site: ingest build ## Ingest the sources of content/site.toml, build site/, say where to look
	@echo "Open site/index.html through 'make serve', or put site/ on any web server."

ingest: setup ## Bring content/ up to date with its sources
	@$(BIN)/broadsheet ingest

build: setup ## Build site/ from content/
	@$(BIN)/broadsheet build

serve: setup ## Preview on http://127.0.0.1:8000/, showing each change as it is saved
	@$(BIN)/broadsheet serve

test: setup ## Run the whole test suite
	@$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder -q

web: $(WEB) ## Check built sites with the Nu HTML checker, axe, Chromium and Lighthouse
	@$(BIN)/python -m pytest -n 2 --dist worksteal -q tests/web -m "not corpus"
	@echo "Pictures of every kind of page: build/screenshots/"

web-corpora: $(WEB) ## Check a site of all feeds of BROADSHEET_CORPORA in the same way
	@$(BIN)/python -m pytest -q tests/web -m corpus

lighthouse: $(WEB) ## Measure how fast pages load, as the median of three
	@$(BIN)/python -m tests.web

$(WEB): tests/web/package.json $(STAMP)
	@echo "Installing into $(VENV)/web ..."
	@$(BIN)/python -m tests.web.tools
	@touch $@

laws: setup ## Search long and at random for what breaks a promise
	@$(BIN)/python -m pytest -n 2 -q --hypothesis-profile=search $(LAWS)

payloads: setup ## Show a browser every hostile text of BROADSHEET_CORPORA, in every field
	@$(BIN)/python -m tests.payloads

hostile: setup ## Ask 60 good and 40 hostile servers at once, and say who got through and how long it took
	@$(BIN)/python -m tests.hundred

types: setup ## Check types
	@$(BIN)/mypy

lint: setup ## Check style and common faults
	@$(BIN)/ruff check builder tests
	@$(BIN)/ruff format --check --quiet builder tests || { echo "run 'make format'"; exit 1; }

check: lint types test ## Lint, types and tests: what CI runs

format: setup ## Rewrite the code in the project's style
	@$(BIN)/ruff check --fix --quiet builder tests; $(BIN)/ruff format builder tests

golden: setup ## Rewrite the expected files of the golden tests; read the diff before you commit it
	@$(BIN)/python -m pytest -q --golden tests

bench: setup ## Measure builds beside Hugo, write BENCHMARKS.md (make bench N=100000)
	@$(BIN)/python -m tests.bench $(N)

eval: setup ## Compare our stories with labelled ones, in the sets of BROADSHEET_CORPORA and in our own
	@$(BIN)/python -m tests.eval

bench-serve: setup ## Measure previews beside Hugo's in Chromium, write BENCHMARKS.md (make bench-serve N=100000)
	@$(BIN)/python -m tests.bench.serve $(N)

bench-stories: setup ## Measure what stories cost, for 100,000 items and for a tenth of them
	@$(BIN)/python -m tests.eval.speed

clean: ## Remove what can be made again; never touches content/
	@find site -mindepth 1 -maxdepth 1 ! -name .gitignore -exec rm -rf {} +
	@rm -rf .broadsheet .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis build dist *.egg-info
	@find builder tests -name __pycache__ -prune -exec rm -rf {} +
