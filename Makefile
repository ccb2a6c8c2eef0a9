# Trellis. `make` lists what can be made. Everything works in a virtual environment of its own, .venv.

PYTHON ?= python3
BIN := .venv/bin
# Hash-pinned: what is installed is what was tested.
PIP := $(BIN)/pip install --quiet --disable-pip-version-check

.DEFAULT_GOAL := help
.PHONY: help up test lint bench chaos pages lock css clean

help: ## List what can be made
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):[^#]*## */\1\t/' | expand -t 12

up: .venv/run.done ## Run Trellis on this machine, at http://127.0.0.1:8000/
	$(BIN)/hub up

test: .venv/test.done ## Lint, then run every test that CI runs
	$(MAKE) --no-print-directory lint
	$(BIN)/pytest -n auto --maxprocesses 4 --dist loadfile

lint: .venv/test.done ## Check style, types and which way imports go
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/basedpyright
	$(BIN)/lint-imports

bench: .venv/bench.done ## Measure speeds against their baselines; writes bench-results.json
	$(BIN)/python -m tests.benchmarks

chaos: .venv/test.done ## The long versions of the race, crash and tampering tests, and of those that draw what happens
	$(BIN)/pytest tests/chaos -m "full or not full" --full
	$(BIN)/pytest tests/integration -m full --full

pages: .venv/test.done ## Look at every form with the accessibility checker, not only at one of each shape
	$(BIN)/pytest tests/browser -m "full or not full" --full

css: ## Build the stylesheet (needs Node; the result is committed)
	mkdir -p build/look && cp hub/look/package.json build/look/
	cd build/look && npm install --no-package-lock --silent && npm run --silent css

lock: .venv/run.done ## Pin the newest versions that pyproject.toml allows
	$(PIP) uv
	$(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-annotate --quiet \
		--custom-compile-command 'make lock' --upgrade -o deploy/requirements.txt
	$(BIN)/uv pip compile pyproject.toml --extra test --universal --python-version 3.11 --generate-hashes \
		--no-annotate --quiet --custom-compile-command 'make lock' -c deploy/requirements.txt --upgrade \
		-o deploy/requirements-test.txt
	$(BIN)/uv pip compile pyproject.toml --extra test --extra bench --universal --python-version 3.11 --generate-hashes \
		--no-annotate --quiet --custom-compile-command 'make lock' -c deploy/requirements-test.txt --upgrade \
		-o deploy/requirements-bench.txt
	{ echo '# What builds the project itself in deploy/Dockerfile.'; echo setuptools \
		| $(BIN)/uv pip compile - --generate-hashes --no-annotate --no-header --quiet; } > deploy/requirements-build.txt

clean: ## Remove what was made here; data in HUB_DATA stays
	rm -rf .venv build dist *.egg-info .pytest_cache .ruff_cache .hypothesis

.venv/bin/python:
	$(PYTHON) -m venv .venv

.venv/run.done: deploy/requirements.txt pyproject.toml | .venv/bin/python
	$(PIP) --require-hashes -r deploy/requirements.txt
	$(PIP) --no-deps --editable .
	@touch $@

.venv/test.done: deploy/requirements-test.txt .venv/run.done
	$(PIP) --require-hashes -r deploy/requirements-test.txt
	@touch $@

.venv/bench.done: deploy/requirements-bench.txt .venv/test.done
	$(PIP) --require-hashes -r deploy/requirements-bench.txt
	@touch $@
