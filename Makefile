# Everything a developer or CI does starts here. `make help` lists it.
.DEFAULT_GOAL := help
SHELL := /bin/bash

# The first Python 3.11 on the path; `make PYTHON=/path/to/python3.11` overrides it.
PYTHON ?= $(shell for p in python3.11 python3 python; do $$p -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' \
	>/dev/null 2>&1 && { echo $$p; break; }; done)
BIN := .venv/bin
SOURCES := bot core web workers sandbox migrations benchmarks tests
RUNTIME := .venv/installed-runtime
DEV := .venv/installed-dev
ARGS ?=
# Most tests wait for sockets and databases of their own and run side by side; those that start (and kill) whole processes
# have the machine to themselves.
JOBS ?= 3
ALONE := tests/e2e tests/workers

.PHONY: help
help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: demo
demo: $(RUNTIME) ## Start the whole product on stand-ins and open it at one address
	@exec $(BIN)/python -m sandbox.demo $(ARGS)

.PHONY: tour
tour: $(RUNTIME) ## Walk the main job by itself and show the conversation
	@exec $(BIN)/python -m sandbox.tour $(ARGS)

.PHONY: test
test: $(DEV) browser ## Run every test (ARGS=tests/core runs a part)
ifeq ($(strip $(ARGS)),)
	@$(BIN)/python -m pytest -n $(JOBS) --dist loadfile $(addprefix --ignore=,$(ALONE))
	@exec $(BIN)/python -m pytest $(ALONE)
else
	@exec $(BIN)/python -m pytest $(ARGS)
endif

.PHONY: check
check: lint types ## Everything a reviewer's machine checks before the tests

.PHONY: lint
lint: $(DEV) ## Style, formatting and the import rules
	@$(BIN)/ruff check $(SOURCES)
	@$(BIN)/ruff format --check $(SOURCES)
	@$(BIN)/lint-imports

.PHONY: types
types: $(DEV) ## mypy, strict
	@$(BIN)/mypy $(SOURCES)

.PHONY: fmt
fmt: $(DEV) ## Format the code and mend what can be mended
	@$(BIN)/ruff check --fix $(SOURCES)
	@$(BIN)/ruff format $(SOURCES)

.PHONY: eval
eval: $(DEV) ## Measure match quality (DATA=dir for judged data of your own, ARGS=--tags)
	@exec $(BIN)/python -m benchmarks.eval_match $(if $(DATA),--data $(DATA)) $(ARGS)

.PHONY: eval-nlp
eval-nlp: $(DEV) ## Measure how well a posting is read, on labelled sets (ARGS=--misses)
	@exec $(BIN)/python -m benchmarks.eval_nlp $(ARGS)

.PHONY: eval-claims
eval-claims: $(DEV) ## Count the lies that pass the claim check and the honest letters it holds up (ARGS="--show fresh")
	@exec $(BIN)/python -m benchmarks.eval_claims $(ARGS)

.PHONY: evals
evals: $(DEV) ## Have the models write the evaluation set: untruths, missed wishes, cost, time (ARGS="--models a,b --limit 9")
	@exec $(BIN)/python -m benchmarks.evals $(ARGS)

.PHONY: verify-audit
verify-audit: $(RUNTIME) ## Recompute every audit chain and compare it with its anchors
	@exec $(BIN)/python -m core.security.verify

.PHONY: rotate-keys
rotate-keys: $(RUNTIME) ## Move every data key under the newest key-encryption key (ARGS="--check 1" asks whether 1 is needed)
	@exec $(BIN)/python -m core.security.rotation $(ARGS)

.PHONY: bench
bench: $(DEV) ## Measure speed and matching quality
	@exec $(BIN)/python -m benchmarks $(ARGS)

.PHONY: asvs
asvs: $(DEV) browser ## Prove the ASVS items by their tests and count them
	@exec $(BIN)/python tests/asvs/report.py -n $(JOBS) --dist loadfile $(ARGS)

.PHONY: evil
evil: $(DEV) ## Let an obedient model follow a thousand injected orders
	@exec $(BIN)/python -m benchmarks.evil $(ARGS)

.PHONY: fuzz
fuzz: $(DEV) ## Throw ten thousand broken buttons, links and updates at the product
	@exec $(BIN)/python -m benchmarks.fuzz $(ARGS)

.PHONY: isolation
isolation: $(DEV) ## Try every way from one tenant to another and count the leaks
	@exec $(BIN)/python -m benchmarks.isolation $(ARGS)

.PHONY: migrate
migrate: $(RUNTIME) ## Bring the database in MIGRATION_DATABASE_URL up to date
	@exec $(BIN)/python -m migrations upgrade

.PHONY: check-schema
check-schema: $(RUNTIME) ## Compare queries and sandbox with an Upwork schema (SCHEMA=path)
	@test -n "$(SCHEMA)" || { echo "Say which schema: make check-schema SCHEMA=path/to/schema.graphql"; exit 2; }
	@$(BIN)/python -m core.upwork.schema_check "$(SCHEMA)"
	@$(BIN)/python -m sandbox.upwork.agreement "$(SCHEMA)"

.PHONY: install
install: $(RUNTIME) ## Make .venv with everything the product needs

.PHONY: install-dev
install-dev: $(DEV) ## The same, and what tests and checks need

.PHONY: browser
browser: ## See that Chromium is here for the browser tests
	@if [ -x "$${CHROMIUM:-/usr/bin/chromium}" ]; then \
		exit 0; \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		echo "Installing Chromium for the browser tests"; \
		apt-get -qq update && apt-get -qq install -y --no-install-recommends chromium >/dev/null; \
	else \
		echo "The browser tests need Chromium. On Debian and Ubuntu: sudo apt-get install chromium"; \
		echo "It lies elsewhere? Say: make test CHROMIUM=/path/to/chromium"; \
		exit 1; \
	fi

.PHONY: clean
clean: ## Remove the demo's data and the caches (.venv stays)
	@rm -rf .gigwright .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis .coverage
	@find . -name __pycache__ -type d -not -path './.venv/*' -prune -exec rm -rf {} +

define need-python
	@test -n "$(PYTHON)" && $(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' || { \
		echo "Gigwright needs Python 3.11 and found none on the path."; \
		echo "Debian 12: sudo apt-get install python3.11 python3.11-venv. macOS: brew install python@3.11."; \
		echo "It lies elsewhere? Say: make $(or $(firstword $(MAKECMDGOALS)),install) PYTHON=/path/to/python3.11"; \
		exit 1; }
endef

$(RUNTIME): requirements.txt
	$(need-python)
	@$(PYTHON) -m sandbox.install requirements.txt
	@touch $@

$(DEV): requirements.txt requirements-dev.txt
	$(need-python)
	@$(PYTHON) -m sandbox.install requirements.txt requirements-dev.txt
	@touch $(RUNTIME) $@
