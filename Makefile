# Two commands matter: `make repro` and `make test`. Everything they need they make.
SHELL := /bin/bash
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
EXTRAS := $(VENV)/.extras
RUNS := http://127.0.0.1:5000/\#/experiments?workflowType=machine_learning
WORKERS ?= $(shell nproc 2>/dev/null || echo 2)
export PATH := $(CURDIR)/$(BIN):$(PATH)
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export MLFLOW_DISABLE_TELEMETRY := true
export DVC_NO_ANALYTICS := 1
# What Python compiles it keeps in .venv and __pycache__, also where the shell says otherwise: every command would compile MLflow anew, for ten seconds.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: help setup repro pull test test-all validators check pictures soak bench bench-gpu

help:  ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 14

$(STAMP): requirements.txt pyproject.toml
	@command -v $(PYTHON) >/dev/null || { echo "error: Python 3.11 is required; $(PYTHON) is not on PATH; install it or name it: make $(MAKECMDGOALS) PYTHON=..." >&2; exit 2; }
	@echo "making the environment in $(VENV) (a minute or two, once)"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python .ci/install.py requirements.txt
	@$(BIN)/pip install --quiet --no-deps --no-build-isolation -e .
	@$(BIN)/pip check
	@$(BIN)/python -c "import torch, transformers, matplotlib" & $(BIN)/python -c "import mlflow.store.tracking.sqlalchemy_store, alembic, great_expectations, dvc.cli"; wait
	@touch $@

$(EXTRAS): $(STAMP)
	@$(BIN)/pip install --quiet --no-build-isolation -e '.[ray,slurm,server]' && touch $@ || echo "ray, submitit or psycopg2 could not be installed: tests that want them are skipped" >&2

setup: $(STAMP)  ## the environment, the tracking store, the authors' runs; seconds when all is there
	@realignment doctor --setup

repro: setup  ## the whole experiment of the active profile, to reports/index.html
	@dvc repro
	@realignment runs restore --quiet
	@echo "the report: reports/index.html"
	@echo "the runs:   source $(BIN)/activate && mlflow ui, then $(RUNS)"

pull: setup  ## the report, data and runs of a study somebody pushed (`dvc push`); nothing is computed, no raw corpus is needed
	@dvc pull
	@realignment runs restore
	@echo "the report: reports/index.html"
	@echo "the runs:   source $(BIN)/activate && mlflow ui, then $(RUNS)"

test: $(EXTRAS)  ## the tests
	@pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder

test-all: $(EXTRAS)  ## the tests, the slow ones too, with the types of every call checked
	@pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder -m "" --jaxtyping-packages=realignment,beartype.beartype

validators: $(STAMP)  ## what judges exports and statistics: roc-validator, mlcroissant, prov, statsmodels; tests that want them skip without
	@pip install --quiet --no-deps -r tests/validators.txt

soak: $(STAMP)  ## kill a training 200 times and the experiment ten times at random points, compare byte for byte; 1,000 changed bytes, all found
	@pytest -q -m "" tests/engine/test_checkpoint.py
	@CHANGES=1000 pytest -q tests/lineage/test_verify.py -k changed_bytes
	@python benchmarks/soak.py

PEERS := pip install --quiet --no-deps -r benchmarks/requirements.txt

bench: $(STAMP)  ## speed against peers, as ratios, on the CPU; twenty minutes
	@$(PEERS)
	@python benchmarks/engine.py
	@python benchmarks/step.py
	@python benchmarks/architectures.py
	@python benchmarks/selection.py
	@python benchmarks/verdicts.py
	@python benchmarks/one_model.py
	@python benchmarks/predictor.py
	@python benchmarks/audit.py
	@python benchmarks/data.py
	@python benchmarks/report.py
	@python benchmarks/exports.py
	@python benchmarks/study.py --store file

bench-gpu: $(STAMP)  ## the engine against peers on a GPU, and the profile of a step
	@$(PEERS)
	@python benchmarks/engine.py --device cuda --steps 400
	@python benchmarks/step.py --device cuda

pictures: $(STAMP)  ## docs/method.png, docs/report.png and docs/gains.png, from the finished sample study; Chromium draws the page
	@realignment published show --figure docs/gains.png > /dev/null
	@realignment published figure 1 docs/method.png 2> /dev/null
	@command -v chromium > /dev/null || { echo "error: chromium is required on PATH and was not found; install it" >&2; exit 2; }
	@HOME=$$(mktemp -d) chromium --headless=new --no-sandbox --disable-gpu --hide-scrollbars --window-size=1400,1000 --screenshot=docs/report.png "file://$(CURDIR)/reports/index.html" 2> /dev/null

check: $(STAMP)  ## format, lint, and who may import whom
	@ruff check src tests benchmarks && ruff format --check src tests benchmarks && lint-imports --no-cache --no-logo
