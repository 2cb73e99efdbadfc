# plantgate: two commands matter, `make demo` and `make test`. Everything lives in .venv.
.POSIX:
.SUFFIXES:
.PHONY: demo test check unit acceptance bench soak docs wheel locks clean mosquitto mbpoll

PYTHON = python3
VENV = .venv
BIN = $(VENV)/bin

demo: $(VENV)/demo.stamp
	@$(BIN)/plantgate demo

# AREA=rules: the tests of that area only (tests/areas.py).
test: $(VENV)/dev.stamp mosquitto mbpoll
	@if [ -n "$(AREA)" ]; then tests=$$($(BIN)/python -m tests.areas "$(AREA)") && $(BIN)/pytest -n 2 --dist loadgroup $$tests; \
	  else $(MAKE) check unit; fi

check: $(VENV)/dev.stamp
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

# Whole processes mostly wait, so their tests run beside the others; what they say is shown when those are done.
# They are hundreds, so what is compiled is kept, whatever the surroundings say.
unit: $(VENV)/dev.stamp mosquitto
	@echo "The tests of whole processes run beside the others; their results follow at the end."
	@PYTHONDONTWRITEBYTECODE=; export PYTHONDONTWRITEBYTECODE; \
	  $(BIN)/python -m compileall -q agent config drivers emulators headquarters rules runtime; \
	  failed=0; $(BIN)/pytest -n 2 --dist loadgroup -m acceptance tests/acceptance > $(VENV)/acceptance.log 2>&1 & processes=$$!; \
	  $(BIN)/pytest -n 2 --dist worksteal -m "not acceptance" || failed=1; \
	  wait $$processes || failed=1; cat $(VENV)/acceptance.log; exit $$failed

acceptance: $(VENV)/dev.stamp mosquitto
	$(BIN)/pytest -n 2 --dist loadgroup -m acceptance tests/acceptance

bench: $(VENV)/dev.stamp mosquitto
	$(BIN)/python -m tests.bench

# The long form of the tests marked `soak` (tests/soak.py); `make test` runs their short form. One of them: make soak ONLY=noise
# It goes on where it stopped as long as the sources are the same; make soak FRESH=1 begins anew.
soak: $(VENV)/dev.stamp mosquitto
	PLANTGATE_SOAK=1 PLANTGATE_SOAK_FRESH="$(FRESH)" $(BIN)/pytest -v -m soak --timeout=7200 -k "$(ONLY)"

# Pages made from files; a test says when they are out of date.
docs: $(VENV)/demo.stamp
	$(BIN)/plantgate devices --markdown --lang en > docs/devices.md
	$(BIN)/python -m headquarters.contract docs/contract
	$(BIN)/python -m tests.architecture docs

# The tests talk to a real broker: Debian's mosquitto, started by the tests themselves on a free port.
mosquitto:
	@command -v mosquitto >/dev/null || test -x /usr/sbin/mosquitto || { \
	  if [ "$$(id -u)" = 0 ]; then apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends mosquitto; \
	  else echo "The tests need the MQTT broker mosquitto. Install it with: sudo apt install mosquitto"; exit 1; fi; }

# An independent Modbus client that judges the emulator; without it those few tests are skipped and say so.
mbpoll:
	@command -v mbpoll >/dev/null || { test "$$(id -u)" = 0 && \
	  apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends mbpoll; } || \
	  echo "mbpoll is not installed; its tests will be skipped. Install it with: sudo apt install mbpoll"

$(BIN)/pip:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "plantgate needs Python 3.11 or newer: make PYTHON=python3.11 ..."; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
	  if [ "$$(id -u)" = 0 ]; then apt-get update -q && apt-get install -y -q python3-venv && $(PYTHON) -m venv $(VENV); \
	  else echo "Python's venv module is missing. Install it with: sudo apt install python3-venv"; exit 1; fi; }

# What a gateway gets besides locks/run.txt: nothing is built on the box (docs/installer.md).
wheel: $(VENV)/demo.stamp
	@$(BIN)/pip wheel -q --disable-pip-version-check --no-deps --no-build-isolation -w dist .
	@ls dist/plantgate-*.whl

# Exact versions with hashes first, then the project itself without looking at any dependency again.
INSTALL = $(BIN)/pip install -q --disable-pip-version-check
LOCKED = $(INSTALL) --only-binary :all: --require-hashes -r locks/build.txt

$(VENV)/demo.stamp: $(BIN)/pip locks/demo.txt locks/build.txt pyproject.toml
	@echo "Setting up .venv ..."
	@$(LOCKED) -r locks/demo.txt
	@$(INSTALL) --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/dev.stamp: $(BIN)/pip locks/dev.txt locks/build.txt pyproject.toml
	@echo "Setting up .venv for the tests ..."
	@$(LOCKED) -r locks/dev.txt
	@$(INSTALL) --no-deps --no-build-isolation -e .
	@touch $@ $(VENV)/demo.stamp

LOCK = $(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
	--no-emit-index-url --no-emit-find-links

locks: $(VENV)/dev.stamp
	$(LOCK) pyproject.toml -o locks/run.txt
	$(LOCK) pyproject.toml --extra demo -o locks/demo.txt
	$(LOCK) pyproject.toml --extra demo --extra dev -o locks/dev.txt
	$(LOCK) --group build -o locks/build.txt

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache dist build
