# Everything Calando needs, made where it is missing:
#   make play    set up, then play; without a sound device, render into the music folder
#                (ARGS="--sensor sim --duration 5m" is handed on)
#   make test    set up, then check everything
#   make check   lint, imports and types alone
#   make docs    the documentation, to be read without a network, into site
#   make wheel   a wheel for Linux on x86-64 that carries machine code, into dist
#                (LEVELS=aarch64 makes one for 64-bit ARM, with binutils-aarch64-linux-gnu)
#   make clean   forget the environment

VENV   := .venv
# More workers than cores, since many tests wait for a browser, a broker or a process.
WORKERS ?= $(shell expr 2 + $$(getconf _NPROCESSORS_ONLN))
LEVELS ?= x86-64-v2,x86-64-v3,x86-64-v4
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)

.PHONY: play test check docs wheel clean
play: $(VENV)/ready
	@$(VENV)/bin/calando play --or-render $(ARGS)

test: $(VENV)/ready-for-tests
	$(VENV)/bin/pytest --numprocesses $(WORKERS) --dist loadfile --no-loadscope-reorder -m "not live" $(ARGS)
	$(VENV)/bin/pytest --numprocesses 2 -m live $(ARGS)

check: $(VENV)/ready-for-tests
	$(VENV)/bin/ruff check .
	$(VENV)/bin/lint-imports
	$(VENV)/bin/pyright

docs: $(VENV)/ready-for-docs
	NO_MKDOCS_2_WARNING=1 $(VENV)/bin/mkdocs build --strict --quiet
	@echo "Open site/index.html"

wheel: $(VENV)/ready-for-tests
	CALANDO_LEVELS=$(LEVELS) $(VENV)/bin/python -m hatchling build -t wheel

$(VENV)/ready: pyproject.toml | $(VENV)/bin/pip
	@.ci/system-packages play
	$(VENV)/bin/pip install --quiet --editable '.[pictures,pulse]'
	@touch $@

$(VENV)/ready-for-tests: pyproject.toml | $(VENV)/bin/pip
	@.ci/system-packages test
	$(VENV)/bin/pip install --quiet --editable '.[test]'
	@touch $@ $(VENV)/ready

$(VENV)/ready-for-docs: pyproject.toml | $(VENV)/bin/pip
	$(VENV)/bin/pip install --quiet --editable '.[docs]'
	@touch $@

$(VENV)/bin/pip:
	@test -n "$(PYTHON)" || { echo "Calando needs Python 3.11 or newer: install it, or name it with make PYTHON=..." >&2; exit 1; }
	@.ci/system-packages venv $(PYTHON)
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/pip install --quiet --upgrade pip

clean:
	rm -rf $(VENV)
