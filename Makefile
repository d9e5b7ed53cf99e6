# The words of the command line, one line each. `make run` is the one to start with.
PYTHON ?= python3.11
SCALE ?= 1
LARGE ?= 100
MARTS ?= 100
ROUNDS ?= 3
ROWS ?= 5000000
BRIEF ?=
SOAK := -m soak $(if $(BRIEF),--brief)
VENV := .venv
BIN := $(VENV)/bin
OVERSIGHT := $(BIN)/oversight
export DAGSTER_HOME ?=
export DAGSTER_DISABLE_TELEMETRY := yes

.DEFAULT_GOAL := help
.PHONY: help setup develop run demo refresh ingest build check release rollback serve status \
        contracts dagster test lint pitfalls history disclosure privacy crash takedown wire faults fetch acceptance bench marts gates browser pictures lock

help: ## Show these words
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

setup: $(VENV)/.run ## Create the environment from the lock file with hashes
develop: $(VENV)/.develop ## The same, with what tests need

$(VENV)/.run: requirements/run.lock pyproject.toml
	@sh bin/environment $(PYTHON) $(VENV) requirements/run.lock
	@touch $@

$(VENV)/.develop: requirements/develop.lock pyproject.toml
	@sh bin/environment $(PYTHON) $(VENV) requirements/develop.lock
	@touch $@ $(VENV)/.run

run: setup ## From nothing to the served site of the invented demo jurisdiction
	@$(OVERSIGHT) demo --scale $(SCALE)
	@$(OVERSIGHT) refresh --serve

demo: setup ## Write the feeds of the invented demo jurisdiction (SCALE=1)
	@$(OVERSIGHT) demo --scale $(SCALE)

refresh: setup ## Fetch, build, check and release
	@$(OVERSIGHT) refresh

ingest build check release rollback serve status: setup ## One stage, or one question
	@$(OVERSIGHT) $@

contracts: setup ## Read all contracts strictly
	@$(OVERSIGHT) contracts check

dagster: setup ## The schedule and the graph, on a loopback port
	@mkdir -p data/dagster && cp pipelines/orchestration/dagster.yaml data/dagster/
	@DAGSTER_HOME=$(CURDIR)/data/dagster PATH=$(CURDIR)/$(BIN):$$PATH dagster dev -h 127.0.0.1

test: develop ## All tests that take minutes, with the house's own rules
	@$(MAKE) --no-print-directory lint
	@$(BIN)/pytest -n auto --dist loadfile --ignore tests/wire --ignore tests/pitfalls
	@$(MAKE) --no-print-directory wire
	@$(MAKE) --no-print-directory pitfalls

lint: develop ## ruff, mypy, sqlfluff and the rules of who may import whom
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/sqlfluff lint -q dbt_project/models dbt_project/tests/*.sql
	@$(BIN)/lint-imports --config pyproject.toml | tail -3

pitfalls: develop ## Forty ways to get a number wrong, and the test that bars each; prints the table
	@$(BIN)/pytest tests/pitfalls --pitfalls -n auto

history: develop ## 730 nights of an invented feed: every change told once, at a steady cost
	@$(BIN)/pytest $(SOAK) tests/history -s

disclosure: develop ## 400 random families of counts, protected and attacked, whole numbers too
	@$(BIN)/pytest tests/disclosure -m 'soak or not soak' -s

privacy: develop ## Invented people planted everywhere, bad nights, and every byte and page searched for them
	@$(BIN)/pytest $(SOAK) tests/privacy -s

crash: develop ## Kill the refresh at each of its steps, and run it again
	@$(BIN)/pytest $(SOAK) tests/test_crash.py

takedown: develop ## A record taken out of 13 releases at scale 20, and killed at each step; prints times
	@$(BIN)/pytest $(SOAK) tests/test_takedown.py -s

wire: develop ## What live services do to a reader, on a strict server; prints the matrix
	@$(BIN)/pytest tests/wire --matrix -n auto

faults: develop ## Thousands of spoiled fetches, drawn by lot: none may pass for the data
	@$(BIN)/pytest tests/wire/test_randomised.py -n auto $(SOAK)

fetch: develop ## Millions of rows from a Socrata server: memory, and cost beside curl
	@$(BIN)/python benchmarks/large_fetch.py --rows $(ROWS)

acceptance: develop ## The whole line over the real files in ../shared/data
	@$(BIN)/pytest -n auto --dist loadfile -rP -m acceptance tests/acceptance

bench: develop ## Cost against hand-written programs, as ratios of one run
	@$(BIN)/python benchmarks/compare.py --large $(LARGE) --rounds $(ROUNDS)

marts: develop ## Cost of all public tables beside hand-written SQL; all rows compared
	@$(BIN)/python benchmarks/marts.py --scale $(MARTS)

gates: develop ## What the gates of privacy cost at scale 20, and how many rows a second the scan reads
	@$(BIN)/python benchmarks/privacy_gates.py

browser: develop ## Clone, run, and open the site in Chromium
	@sh tests/browser/fresh_clone.sh

pictures: develop ## The screenshots of README and docs
	@$(BIN)/python docs/pictures/take.py

lock: ## Resolve the lock files anew (needs uv)
	@uv pip compile -q --no-strip-extras --generate-hashes --no-header --no-annotate --only-binary :all: --extra dev pyproject.toml -o requirements/develop.lock
	@uv pip compile -q --no-strip-extras --generate-hashes --no-header --no-annotate --only-binary :all: -c requirements/develop.lock pyproject.toml -o requirements/run.lock
