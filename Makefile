# Everything a person or CI does here, in the same words.
.PHONY: setup demo test walls matrix check bench run lock manifest pictures

VENV := .venv
PY   := $(VENV)/bin/python

# Some machines keep Python from storing what it compiled. Here that would be compiled by hundreds of processes.
export PYTHONDONTWRITEBYTECODE :=

demo: setup       ## the main job on a sample repository
	@$(PY) -m tests.demo

test: setup       ## all tests; four at a time, since on two cores many of them wait
	@$(PY) -m pytest -n 4 --dist loadgroup

walls: setup      ## each defence of the sandbox and of what leaves it taken away once, and all of it as an ordinary user
	@$(PY) -m tests.hostile.defences
	@PYTEST_ADDOPTS=--whole-matrix .ci/as-user

matrix: setup walls  ## what takes longer, wherever it lies (marked at_length); a wider search
	@$(PY) -m pytest -m at_length --whole-matrix -n 2 --dist loadgroup -v
	@HYPOTHESIS_PROFILE=wide $(PY) -m pytest -m hypothesis -n 2

check: setup      ## style, types, floors
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .
	@$(PY) -m mypy
	@$(VENV)/bin/lint-imports

bench: setup .venv-bench/.installed  ## figures as ratios beside a peer, measured now
	@$(PY) -m tests.bench

.venv-bench/.installed: requirements-bench.lock  # the peer, in an environment of its own
	@echo "Installing the peer of the benches into .venv-bench ..."
	@$(PY) -m venv --clear .venv-bench
	@.venv-bench/bin/python -m pip install -q --disable-pip-version-check --no-deps --require-hashes -r $<
	@touch $@

run: setup        ## the server
	@$(VENV)/bin/pullwright serve

setup:
	@.ci/setup

manifest: setup   ## app.yml anew, from what the features need
	@$(PY) -m bot.github.manifest --write

pictures: setup   ## those of the pages in docs/pictures, taken of what the demo leaves
	@$(PY) -m tests.pictures

lock:             ## renew the locked versions (needs uv)
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header pyproject.toml -o requirements.lock
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header pyproject.toml --group dev -c requirements.lock -o requirements-dev.lock
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --group bench -o requirements-bench.lock
