# Every target sets up what it needs first; `make` alone prints them.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

BOARD ?= mps2-an386
PYTHON ?= python3
WORKERS ?= 2
PYTEST_ARGS ?=

# What runs the twin, which is the kernels: `make sanitize`.
SANITIZED := $(addprefix tests/,firmware/test_kernels.py firmware/test_operators.py \
	firmware/test_random_networks.py firmware/test_published_networks.py firmware/test_speech.py \
	firmware/test_head.py sim/test_twin.py sim/test_twin_sanitizer.py sim/test_learning_twin.py \
	firmware/test_streaming.py firmware/test_loads.py firmware/test_narrow_weights.py firmware/test_large_factors.py firmware/test_spiking.py firmware/test_detectors.py boards/test_ties.py boards/test_quantized_networks.py boards/test_importer_operators.py)

BOARDS := $(basename $(notdir $(wildcard boards/*.toml)))
BIN := .venv/bin
STAMP := .venv/.setup

# One thread a process: results do not depend on the machine, and workers do not fight.
export OMP_NUM_THREADS := 1

help: ## print the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(STAMP) ## install everything: .venv, cross compiler, emulator
	@echo "ready: .venv and the tools of the system are set up"

$(STAMP): pyproject.toml constraints.txt .ci/setup
	@PYTHON=$(PYTHON) .ci/setup
	@touch $(STAMP)

firmware: $(STAMP) ## build the firmware: make firmware BOARD=mps2-an386
	@$(MAKE) -C firmware BOARD=$(BOARD) PYTHON=$(CURDIR)/$(BIN)/python

demo: $(STAMP) ## run a neural receiver in the loop on an emulated Cortex-M4
	@$(MAKE) firmware BOARD=mps2-an386
	@$(BIN)/airloop run benchmarks/experiments/demo.toml

test: $(STAMP) ## run the tests (all but those that need hardware or a GPU)
	@$(BIN)/pytest -n $(WORKERS) --dist loadfile $(PYTEST_ARGS)

check: format lint types imports c analyse sanitize test ## exactly what CI runs

format: $(STAMP)
	$(BIN)/ruff format --check .

lint: $(STAMP)
	$(BIN)/ruff check .

types: $(STAMP)
	$(BIN)/mypy
	$(BIN)/pyright

imports: $(STAMP)
	$(BIN)/lint-imports

c: $(STAMP)
	$(BIN)/clang-format --dry-run --Werror $$(git ls-files 'firmware/*.[ch]')
	@for board in $(BOARDS); do $(MAKE) firmware BOARD=$$board; done

analyse: $(STAMP) ## read the firmware with cppcheck and clang-tidy, for every board
	@for board in $(BOARDS); do \
		$(MAKE) -C firmware analyse BOARD=$$board PYTHON=$(CURDIR)/$(BIN)/python; \
	done

# The kernels run in the twin, a library of the tests' process: libasan must be there before Python.
sanitize: $(STAMP) ## run the tests of all kernels under the address and undefined-behaviour sanitizers
	@AIRLOOP_TWIN_SANITIZE=1 ASAN_OPTIONS=detect_leaks=0 \
		LD_PRELOAD="$$(gcc -print-file-name=libasan.so) $$(gcc -print-file-name=libubsan.so)" \
		$(BIN)/pytest -n $(WORKERS) --dist loadfile -m "not qemu and not hardware and not gpu" $(SANITIZED)

bench: $(STAMP) ## run the performance benchmarks
	@$(BIN)/pytest benchmarks --benchmark-only $(PYTEST_ARGS)

clean: ## remove what was built (results/ and .venv stay)
	@rm -rf build .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache .benchmarks
	@find . -path ./.venv -prune -o -name __pycache__ -type d -exec rm -rf {} +

.PHONY: help setup firmware demo test check format lint types imports c analyse sanitize bench clean
