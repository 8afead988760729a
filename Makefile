# Two commands do everything: `make run` and `make test`. Both set up var/venv first, once.

PYTHON ?= python3
VENV := var/venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet --constraint constraints.txt

export HF_HUB_OFFLINE := 1

.PHONY: run test test-ray check bench pictures clean

run: $(VENV)/run.done  ## index the corpus and serve the search page on http://127.0.0.1:8000
	$(BIN)/pincite ingest
	$(BIN)/pincite serve

test: check var/tools/test.done  ## lint, types and the whole test suite
	$(BIN)/python -m pytest

test-ray: $(VENV)/test.done  ## embedding with Ray, which `make test` leaves out: installs the extra ray, 170 MB more
	$(PIP) --editable '.[ingest,mcp,dev,ray]'
	$(BIN)/python -m pytest -m ray

check: $(VENV)/test.done var/src/pincite  ## lint and types alone
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# the rooms under the names that they are imported by, for mypy, which does not read how pyproject.toml maps them
ROOMS := index service evaluation
var/src/pincite: pincite pyproject.toml
	mkdir -p $@
	ln -sfn $(foreach file,$(wildcard pincite/*),../../../$(file)) $@/
	ln -sfn $(foreach room,$(ROOMS),../../../$(room)) $@/
	ln -sfn ../../../ingest $@/ingestion
	touch $@

# torch first and at its pin: whatever needs it later finds it there
$(VENV)/run.done: pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "pincite needs Python 3.11 or later: make PYTHON=python3.11")'
	$(PYTHON) -m venv $(VENV)
	$(PIP) torch==2.13.0
	$(PIP) --editable '.[ingest]'
	touch $@

$(VENV)/test.done: $(VENV)/run.done
	$(PIP) --editable '.[ingest,mcp,qdrant,dev]'
	touch $@

# what judges the pages; without npm those tests say that they were skipped, and in CI they fail
var/tools/test.done: tests/support/page_checks/package.json
	mkdir -p var/tools
	cp tests/support/page_checks/package.json var/tools/
	if command -v npm >/dev/null; then \
	    cd var/tools && npm install --ignore-scripts --no-package-lock --no-audit --no-fund --silent; fi
	touch $@

bench: $(VENV)/test.done var/bench-venv/done  ## pincite beside its peers, on an idle machine: benchmarks/RESULTS.md
	$(BIN)/python -m benchmarks.peers

var/bench-venv/done:
	$(PYTHON) -m venv var/bench-venv
	var/bench-venv/bin/python -m pip --disable-pip-version-check install --quiet torch==2.13.0
	var/bench-venv/bin/python -m pip --disable-pip-version-check install --quiet sentence-transformers faiss-cpu txtai haystack-ai sentence-transformers-haystack onnxruntime
	touch $@

pictures: $(VENV)/test.done  ## screenshots of the pages, in var/pictures, and those that the README shows
	$(BIN)/pincite ingest
	PYTHONPATH=tests/support $(BIN)/python -m tools.pictures

clean:  ## remove the environment, the index and everything else that was generated
	rm -rf var
