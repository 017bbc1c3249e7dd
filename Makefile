# Two commands for a new clone: `make demo` and `make test`. Each sets up what it needs, inside the checkout and without sudo:
# with uv where it is installed, else with venv and pip of any Python from 3.12 on.

SHELL := /bin/bash
PY := .venv/bin/python
export TFDS_DATA_DIR ?= $(CURDIR)/.cache/tfds
export UV_CACHE_DIR ?= $(CURDIR)/.cache/uv
export UV_PYTHON_INSTALL_DIR ?= $(CURDIR)/.cache/python
export PIP_CACHE_DIR ?= $(CURDIR)/.cache/pip
export PIP_DISABLE_PIP_VERSION_CHECK := 1

# What JAX is installed for: cpu, cuda12, cuda13 or tpu, by what is there.
ifndef ACCELERATOR
ACCELERATOR := $(shell .ci/accelerator)
endif
READY := .venv/ready-$(ACCELERATOR)
READY_DEV := .venv/ready-dev-$(ACCELERATOR)
LOCK := uv pip compile -q --universal --python-version 3.12 --no-header --no-emit-index-url --no-annotate --upgrade pyproject.toml

DEMO := runs/demo
LONG := --dist worksteal -n 2
FEW := gan-mlp-28 dcgan-32 pixelcnn-28

.PHONY: install demo test test-slow test-lowest test-all parity bench bench-full lint lock clean
.DELETE_ON_ERROR:

install: $(READY)  ## Into .venv, with the JAX that this machine needs.

demo: $(READY)  ## Train a DCGAN on scikit-learn's digits for about a minute, draw from it, write its report.
	$(PY) experiments/gan/dcgan.py --dataset digits --split all --size 16 --rounds 2400 --out $(DEMO)
	.venv/bin/jaxgen sample $(DEMO)
	.venv/bin/jaxgen interpolate $(DEMO)
	.venv/bin/jaxgen report $(DEMO)

test: $(READY_DEV)  ## The fast suite.
	$(PY) -m pytest $(LONG)

test-slow: $(READY_DEV)  ## What the fast suite leaves out for time: trainings, kills, other rows and numbers of devices.
	$(PY) -m pytest -m slow $(LONG)

test-lowest: .venv-lowest/ready-lowest  ## What touches other people's APIs, with the oldest versions that pyproject.toml admits.
	.venv-lowest/bin/python -m pytest -m "lowest and not slow" $(LONG)

test-all: $(READY_DEV) .venv-lowest/ready-lowest  ## All there is: the fast suite, what is slow, and the fast suite with the oldest versions.
	$(PY) -m pytest -m "not parity" $(LONG)
	.venv-lowest/bin/python -m pytest $(LONG)

parity: .venv-parity/ready-parity  ## Metrics beside torch-fidelity, clean-fid, prdc, lpips and scikit-image (2 GB of packages).
	.venv-parity/bin/python -m pytest -m parity tests/parity

bench: $(READY)  ## Speed, in a few minutes on two quiet cores: three systems, one process each.
	$(PY) benchmarks/speed/throughput.py --recipes $(FEW) --repeats 1 --seconds 3 --out docs/results/bench-throughput.json
	$(PY) benchmarks/speed/scaling.py --recipes $(FEW) --devices 1 2 8 --rounds 3 --out docs/results/bench-scaling.json
	$(PY) benchmarks/speed/startup.py --recipes $(FEW) --repeats 1 --out docs/results/bench-startup.json

bench-full: $(READY)  ## Speed of every system, of both types, with many rounds a dispatch where rounds are short: hours.
	$(PY) benchmarks/speed/throughput.py --dtype float32 bfloat16 --dispatch 1 4 16 --out docs/results/bench-throughput.json
	$(PY) benchmarks/speed/parts.py --out docs/results/bench-parts.json
	$(PY) benchmarks/speed/scaling.py --out docs/results/bench-scaling.json
	$(PY) benchmarks/speed/startup.py --out docs/results/bench-startup.json
	$(PY) docs/make/pages.py

lint: $(READY_DEV)
	.venv/bin/ruff check
	.venv/bin/ruff format --check
	.venv/bin/mypy

lock:  ## Choose versions anew (needs uv).
	$(LOCK) -o requirements.lock
	$(LOCK) --group dev -c requirements.lock -o requirements-dev.lock
	$(LOCK) --group test --resolution lowest-direct -o requirements-lowest.lock
	$(LOCK) --group parity --extra perceptual -c requirements.lock -o requirements-parity.lock
	for a in cuda12 cuda13 tpu; do $(LOCK) --extra $$a -c requirements.lock -o requirements-$$a.lock || exit; done

$(READY): requirements.lock $(wildcard requirements-$(ACCELERATOR).lock) pyproject.toml
	@bash .ci/install .venv requirements.lock $(ACCELERATOR) && touch $@

$(READY_DEV): requirements-dev.lock $(wildcard requirements-$(ACCELERATOR).lock) pyproject.toml
	@bash .ci/install .venv requirements-dev.lock $(ACCELERATOR) && touch $@

.venv-parity/ready-parity: requirements-parity.lock pyproject.toml
	@bash .ci/install .venv-parity requirements-parity.lock && touch $@

.venv-lowest/ready-lowest: requirements-lowest.lock pyproject.toml
	@bash .ci/install .venv-lowest requirements-lowest.lock && touch $@

clean:
	rm -rf .venv .venv-lowest .venv-parity .cache runs/demo
