# The list of commands: people, hooks and CI call these and nothing else.
# `make help` prints it. A fresh machine needs git, make, Python 3.13 and Node 20 with npm.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules

ROWS ?= 10M
OUT ?= out/demo
ARGS ?=
# Settings of the deployment; they name the configuration file that the layer `policy` carries.
SETTINGS ?= $(wildcard cdk/settings.toml)
# Stacks that `deploy` and `destroy` are about, by their names.
STACKS ?= --all
PYTHON ?= python3

# uv from the machine where there is one, else the one that requirements/uv.txt pins.
UV := $(shell command -v uv || echo .uv/bin/uv)
BIN := .venv/bin
READY := .venv/.installed
BENCH_READY := .venv-bench/.installed
EMULATOR_READY := .venv-emulator/.installed
SCRIPTS_READY := node_modules/.installed
LAYERS_READY := dist/layers/digests.json
CONTEXT = $(SETTINGS:%=--context settings=$(abspath %))

# A Python that is already there is taken before one is fetched.
export UV_PYTHON_PREFERENCE := system
export UV_CUSTOM_COMPILE_COMMAND := make lock
export UV_NO_PROGRESS := 1

COMPILE = $(UV) pip compile --quiet --universal --generate-hashes --no-emit-index-url \
	--python-version $(shell cat .python-version) $(UPGRADE)

##@ Setup

.PHONY: help
help: ## Print this list
	@awk 'BEGIN { FS = ":.*## " } \
	  /^##@ / { printf "\n%s\n", substr($$0, 5) } \
	  /^[a-z0-9-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo

.PHONY: setup
setup: $(READY) $(SCRIPTS_READY) ## Create .venv and node_modules from the locks; instant when nothing changed

.uv/bin/uv: requirements/uv.txt
	@echo "Bringing uv (none on PATH)"
	@$(PYTHON) -m venv --clear .uv || { \
	  echo "Could not create a virtual environment with $(PYTHON)." \
	    "Install Python 3.13 with its venv module, or uv, and run make again." >&2; exit 1; }
	@.uv/bin/python -m pip install --quiet --disable-pip-version-check \
	  --require-hashes --only-binary :all: --requirement requirements/uv.txt
	@touch $@

.venv/pyvenv.cfg: .python-version | $(UV)
	@echo "Creating .venv with Python $$(cat .python-version)"
	@$(UV) venv --quiet --clear --python "$$(cat .python-version)" .venv || { \
	  echo "Found no Python $$(cat .python-version) and could not fetch one." \
	    "Install it, put it on PATH and run make again." >&2; exit 1; }

$(READY): .venv/pyvenv.cfg requirements/dev.txt shared/pyproject.toml functions/pyproject.toml cdk/pyproject.toml | $(UV)
	@echo "Installing requirements/dev.txt and the packages"
	@$(UV) pip sync --quiet --compile-bytecode --python $(BIN)/python --require-hashes requirements/dev.txt
	@$(UV) pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation \
	  --editable shared --editable functions --editable cdk
	@$(BIN)/python -m compileall -q shared/src # a start without it takes a second longer
	@touch $@

$(SCRIPTS_READY): package.json package-lock.json .npmrc
	@echo "Installing package-lock.json"
	@npm ci --loglevel=error --no-update-notifier
	@touch $@

##@ Demo

.PHONY: demo
demo: setup ## Sample organisation, warehouse and report in OUT (out/demo)
	@$(BIN)/crossfoot demo --out $(OUT)

##@ Test

.PHONY: test
test: setup ## Run the tests, a worker for each core; ARGS="-k name" chooses
	@$(BIN)/python -m pytest --numprocesses auto --maxprocesses 4 --dist loadfile $(ARGS)

.PHONY: coverage
coverage: setup ## Run the tests with branch coverage
	@$(BIN)/coverage run -m pytest $(ARGS)
	@$(BIN)/coverage report

##@ Lint

.PHONY: lint
lint: setup ## Style, types, arrows between the layers, undeclared imports
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@cd shared && ../$(BIN)/deptry src
	@cd functions && ../$(BIN)/deptry .

##@ Deployment

.PHONY: layers
layers: $(LAYERS_READY) ## Lambda layers in dist/layers for both architectures; SETTINGS=file
	@$(BIN)/python layers/build_policy.py $(SETTINGS:%=--settings %)

.PHONY: layers-check
layers-check: $(READY) ## Build the layers twice and compare every byte
	@$(BIN)/python layers/build.py --uv $(UV) --check

# The settings are named from here; the command runs in cdk/. No account is asked for anything.
.PHONY: synth
synth: setup layers ## Write the stacks' templates to dist/cdk; SETTINGS=file
	@cd cdk && npx --no-install cdk synth --quiet --no-notices --no-lookups \
	  $(SETTINGS:%=--context settings=$(abspath $(SETTINGS)))

$(LAYERS_READY): $(READY) requirements/lambda.txt \
		$(shell find layers shared/src -type f -not -name '*.pyc' 2>/dev/null)
	@$(BIN)/python layers/build.py --uv $(UV)
	@$(BIN)/python layers/build_policy.py $(SETTINGS:%=--settings %)
	@$(BIN)/python -m pytest --quiet tests/layers/test_isolated_functions.py

.PHONY: bootstrap
bootstrap: setup ## Prepare account and Region for the CDK, once
	@cd cdk && ../node_modules/.bin/cdk bootstrap $(CONTEXT)

.PHONY: deploy
deploy: layers $(SCRIPTS_READY) ## Deploy STACKS (all) with SETTINGS into the account of your credentials
	@cd cdk && ../node_modules/.bin/cdk deploy $(CONTEXT) $(STACKS)

.PHONY: destroy
destroy: setup ## Remove STACKS (pipeline and inventory access); what is kept stays
	@cd cdk && ../node_modules/.bin/cdk destroy $(CONTEXT) \
	  $(if $(filter-out --all,$(STACKS)),$(STACKS),'*Pipeline' '*InventoryAccess')

##@ End to end

.PHONY: emulator
emulator: $(EMULATOR_READY) ## Create .venv-emulator, the stand-in for AWS, from its lock

.venv-emulator/pyvenv.cfg: .python-version | $(UV)
	@echo "Creating .venv-emulator with Python $$(cat .python-version)"
	@$(UV) venv --quiet --clear --python "$$(cat .python-version)" .venv-emulator

$(EMULATOR_READY): .venv-emulator/pyvenv.cfg requirements/emulator.txt
	@echo "Installing requirements/emulator.txt"
	@$(UV) pip sync --quiet --compile-bytecode --python .venv-emulator/bin/python \
	  --require-hashes requirements/emulator.txt
	@touch $@

.PHONY: e2e
e2e: setup emulator layers ## Deploy all stacks to the stand-in for AWS and prove them there; ARGS="-k name"
	@$(BIN)/python -m pytest --config-file tests/e2e/pytest.ini tests/e2e \
	  --ignore tests/e2e/test_lived_through.py $(ARGS)

.PHONY: lived
lived: setup ## Three years on disk: every state asked again, every pair of states bridged (10 minutes)
	@$(BIN)/python -m pytest --config-file tests/e2e/pytest.ini tests/e2e/test_lived_through.py $(ARGS)

##@ Bench

.PHONY: bench
bench: $(READY) $(BENCH_READY) ## Measure beside DuckDB, Polars and pandas; ROWS=1M, 10M or 100M
	@$(BIN)/python bench/run.py --rows $(ROWS) $(ARGS)

.venv-bench/pyvenv.cfg: .python-version | $(UV)
	@echo "Creating .venv-bench with Python $$(cat .python-version)"
	@$(UV) venv --quiet --clear --python "$$(cat .python-version)" .venv-bench

$(BENCH_READY): .venv-bench/pyvenv.cfg requirements/bench.txt | $(UV)
	@echo "Installing requirements/bench.txt"
	@$(UV) pip sync --quiet --python .venv-bench/bin/python --require-hashes requirements/bench.txt
	@touch $@

##@ Format

.PHONY: format
format: setup ## Sort imports and format the code
	@$(BIN)/ruff check --fix-only --quiet
	@$(BIN)/ruff format

.PHONY: docs
docs: setup ## Write the pages on tables, costs and machines from what they tell of
	@$(BIN)/python docs/build_tables.py
	@$(BIN)/python docs/build_costs.py
	@$(BIN)/python docs/build_machines.py

.PHONY: factors
factors: setup ## Rewrite the factor tables from copies of the open data: REFERENCE=folder
	@test -d "$(REFERENCE)" || { echo "Name the folder of the copies: make factors REFERENCE=folder" >&2; exit 1; }
	@for recipe in $$(grep -l __main__ shared/recipes/*.py); do \
	  echo "$$recipe"; $(BIN)/python "$$recipe" "$(REFERENCE)" || exit 1; done

##@ Lock

.PHONY: lock
lock: | $(UV) ## Resolve requirements/*.txt again; UPGRADE=--upgrade takes the newest
	@$(COMPILE) requirements/uv.in --output-file requirements/uv.txt
	@$(COMPILE) shared/pyproject.toml --output-file requirements/crossfoot.txt
	@$(COMPILE) --constraints requirements/crossfoot.txt \
	  requirements/lambda.in --output-file requirements/lambda.txt
	@$(COMPILE) --constraints requirements/crossfoot.txt --constraints requirements/lambda.txt \
	  shared/pyproject.toml requirements/dev.in requirements/deploy.in requirements/lambda.in \
	  --output-file requirements/dev.txt
	@$(COMPILE) --constraints requirements/crossfoot.txt \
	  requirements/emulator.in --output-file requirements/emulator.txt
	@$(COMPILE) --constraints requirements/crossfoot.txt \
	  shared/pyproject.toml requirements/bench.in --output-file requirements/bench.txt

##@ Clean

.PHONY: clean
clean: ## Remove what runs leave: out/, dist/, caches
	@rm -rf out dist .coverage .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	@find shared tests bench docs -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true

.PHONY: distclean
distclean: clean ## Remove the environments as well
	@rm -rf .venv .venv-bench .venv-emulator .uv node_modules
