# `make run` and `make test` are all that a newcomer needs; README.md tells the rest.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
YEARS ?= 5
REPLICATES ?= 5
SCALE ?= 1.0
SEED ?= 1
# Processes of the tests: auto is as many as cores and memory bear; 0 is none beside this one.
WORKERS ?= auto
SCENARIOS := baseline tobacco_and_hypertension neighbourhood_teams home_first

.DEFAULT_GOAL := run
.PHONY: run test check bench docs validate browser lock clean install

# The environment is made again when the lock or the project's own description changes.
$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or later is needed; found " + sys.version.split()[0] + ". Try: make PYTHON=python3.12")'
	$(PYTHON) -m venv --clear .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $(READY)

install: $(READY)

comma := ,
empty :=
space := $(empty) $(empty)

# One study, so that all processors stay busy to the end and one bar tells the time left.
run: $(READY)
	@mkdir -p runs
	@printf '{name: first_look, area: dorset, start: 2026-04, years: %s, scale: %s, seed: %s, replicates: %s, scenarios: [%s]}\n' \
	  $(YEARS) $(SCALE) $(SEED) $(REPLICATES) '$(subst $(space),$(comma) ,$(SCENARIOS))' > runs/first_look.yaml
	@$(BIN)/leftshift study runs/first_look.yaml --out runs/first_look
	@$(BIN)/leftshift compare $(addprefix runs/first_look/,$(SCENARIOS)) --baseline baseline --out runs/comparison
	@echo "Open the report: $(CURDIR)/runs/comparison/report.html"

test: $(READY)
	$(BIN)/python -m pytest -n $(WORKERS)

check: $(READY)
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/python -m pytest -n $(WORKERS)

# Long statistical verification, apart from the tests that everybody runs.
validate: $(READY)
	$(BIN)/python -m pytest -n $(WORKERS) -m "validation or slow"

# One after another: each starts a browser and waits for it.
browser: $(READY)
	$(BIN)/python -m pytest -m browser

bench: $(READY)
	$(BIN)/python -m benchmarks

docs: $(READY)
	$(BIN)/python -m docs.generate

# Only who changes pyproject.toml needs this; it wants uv in a scratch environment of its own.
lock:
	uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 --fork-strategy requires-python \
	  --generate-hashes --no-emit-index-url --no-header --no-annotate --upgrade -o requirements.lock

clean:
	rm -rf .venv runs .pytest_cache .mypy_cache .ruff_cache .hypothesis
