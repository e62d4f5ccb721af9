# Everything starts here. On a fresh machine with Python 3.11 or newer and git:
#   make run    sets up .venv and starts Unsit
#   make test   sets up what the tests need and runs them
# Set-up is done again only when what it depends on has changed (the stamp files in .venv).

VENV := .venv
BIN := $(VENV)/bin
PYTEST_ARGS ?=
BENCH_ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help run install dev test test-desktops test-debian13 test-packages lint format bench mutation messages figures pictures clean

help:  ## this list
	@sed -n 's/^\([a-z0-9-]*\):.*## /\1	/p' $(MAKEFILE_LIST) | expand -t 16

run: $(VENV)/.installed  ## set up and start Unsit
	@$(BIN)/unsit

install: $(VENV)/.installed  ## set up only

dev: $(VENV)/.dev  ## set up with the tools for working on it

test: $(VENV)/.dev test-packages  ## run the tests (the slow compositors: make test-desktops)
	@$(BIN)/python packaging/run_tests.py $(PYTEST_ARGS)

test-desktops: $(VENV)/.window test-packages  ## run the tests on the slow compositors and servers, and of the extra `window`
	@$(BIN)/pytest -m desktops $(PYTEST_ARGS)

test-debian13: $(VENV)/.dev test-packages  ## run the tests on GNOME 48, Plasma 6 and labwc, where they are installed
	@$(BIN)/pytest -m debian13 $(PYTEST_ARGS)

test-packages:
	@packaging/install-test-packages.sh

lint: $(VENV)/.dev  ## ruff and mypy
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@MYPYPATH=src:tests:packaging/icons:packaging/pictures $(BIN)/mypy --explicit-package-bases tests packaging

format: $(VENV)/.dev  ## let ruff put the files in order
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

bench: $(VENV)/.dev  ## measure; BENCH_ARGS=--write puts the result into docs/performance.md
	@PYTHONPATH=tests $(BIN)/python -m bench.measure $(BENCH_ARGS)

mutation: $(VENV)/.dev  ## change the core in thousands of ways: do its tests notice? (half an hour; docs/testing.md)
	@$(BIN)/mutmut run --max-children $${JOBS:-1}
	@$(BIN)/mutmut results

messages: $(VENV)/.installed  ## collect the sentences for translators, and compile the catalogues
	@packaging/collect-messages.sh

figures: $(VENV)/.dev  ## draw the exercises anew: the notifications' pictures, and sheets of every key pose to look at
	@$(BIN)/python packaging/pictures/draw_exercises.py
	@$(BIN)/python packaging/pictures/draw_figures.py

pictures: $(VENV)/.dev  ## take the pictures of the README anew
	@PYTHONPATH=tests $(BIN)/python packaging/pictures/take_pictures.py

clean:  ## remove everything that make made
	@rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage .coverage.* mutants
	@find src tests packaging -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/.made:
	@packaging/make-venv.sh $(VENV)
	@touch $@

# 211 MB to load, so not for every test run.
$(VENV)/.window: $(VENV)/.dev
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable ".[window]"
	@touch $@

$(VENV)/.installed: $(VENV)/.made pyproject.toml
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	@touch $@

# --group came with pip 25.1; a Debian of 2023 brings 23.
$(VENV)/.dev: $(VENV)/.installed
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade "pip>=25.1"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --group dev
	@touch $@
