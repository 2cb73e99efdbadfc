# plantgate: two commands matter, `make demo` and `make test`. Everything lives in .venv.
.POSIX:
.SUFFIXES:
.PHONY: demo test check unit acceptance bench soak docs texts wheel locks clean tools

PYTHON = python3
VENV = .venv
BIN = $(VENV)/bin

demo: $(VENV)/demo.stamp
	@$(BIN)/plantgate demo

# AREA=rules: the tests of that area only (tests/areas.py).
test: $(VENV)/dev.stamp tools
	@if [ -n "$(AREA)" ]; then tests=$$($(BIN)/python -m tests.areas "$(AREA)") && $(BIN)/pytest -n 2 --dist loadgroup $$tests; \
	  else $(MAKE) check unit; fi

check: $(VENV)/dev.stamp
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

# Whole processes mostly wait, so their tests run beside the others; what they say is shown when those are done.
# They are hundreds, so what is compiled is kept, whatever the surroundings say.
unit: $(VENV)/dev.stamp tools
	@echo "The tests of whole processes run beside the others; their results follow at the end."
	@PYTHONDONTWRITEBYTECODE=; export PYTHONDONTWRITEBYTECODE; \
	  $(BIN)/python -m compileall -q agent config drivers emulators headquarters rules runtime; \
	  failed=0; $(BIN)/pytest -n 2 --dist loadgroup -m acceptance tests/acceptance > $(VENV)/acceptance.log 2>&1 & processes=$$!; \
	  $(BIN)/pytest -n 2 --dist worksteal -m "not acceptance" || failed=1; \
	  wait $$processes || failed=1; cat $(VENV)/acceptance.log; exit $$failed

acceptance: $(VENV)/dev.stamp tools
	$(BIN)/pytest -n 2 --dist loadgroup -m acceptance tests/acceptance

# Some groups: make bench ONLY="storage wear"
bench: $(VENV)/dev.stamp tools
	$(BIN)/python -m tests.bench $(ONLY)

# The long form of the tests marked `soak` (tests/soak.py); `make test` runs their short form. One of them: make soak ONLY=noise
# It goes on where it stopped as long as the sources are the same; make soak FRESH=1 begins anew.
soak: $(VENV)/dev.stamp tools
	PLANTGATE_SOAK=1 PLANTGATE_SOAK_FRESH="$(FRESH)" $(BIN)/pytest -v -m soak --timeout=7200 -k "$(ONLY)"

# Pages made from files; a test says when they are out of date.
docs: $(VENV)/dev.stamp tools
	$(BIN)/plantgate devices --markdown --lang en > docs/devices.md
	$(BIN)/python -m headquarters.contract docs/contract
	$(BIN)/python -m tests.architecture docs
	$(BIN)/python -m tests.pictures docs

# Every text a person sees, in all languages side by side, for a native reader; what breaks a rule of the tests is marked.
texts: $(VENV)/dev.stamp
	@$(BIN)/python -m tests.texts texts.html
	@echo "texts.html"

# What the tests need that is no Python package, as command:package of Debian. Root gets what is missing; the rest is told
# in one line, and only the broker is indispensable: the tests start one of their own on a free port.
TOOLS = mosquitto:mosquitto mbpoll:mbpoll npm:npm systemd-analyze:systemd mkfs.ext4:e2fsprogs ps:procps
MISSING = for tool in $(TOOLS); do PATH="$$PATH:/usr/sbin:/sbin" command -v $${tool%%:*} >/dev/null || printf ' %s' $${tool\#*:}; done
APT = DEBIAN_FRONTEND=noninteractive apt-get

tools: $(BIN)/promtool
	@missing=$$($(MISSING)); \
	  if [ -n "$$missing" ] && [ "$$(id -u)" = 0 ]; then echo "Installing$$missing ..."; \
	    { $(APT) update -q && $(APT) install -y -q --no-install-recommends $$missing; } > $(VENV)/apt.log 2>&1 || tail $(VENV)/apt.log; fi; \
	  missing=$$($(MISSING)); \
	  if [ -n "$$missing" ]; then echo "Tests that need these are skipped; install them with: sudo apt install$$missing"; fi; \
	  case "$$missing " in *" mosquitto "*) echo "Without the MQTT broker mosquitto no test of the delivery can run."; exit 1;; esac

# Judges our alert rules. Its package (94 MB) would start a server; the one program is all that is taken, and root is not needed.
$(BIN)/promtool: $(BIN)/pip
	@command -v promtool >/dev/null || { cd $(VENV) && \
	  { apt-get download -q prometheus || { [ "$$(id -u)" = 0 ] && apt-get update -q && apt-get download -q prometheus; }; } > promtool.log 2>&1 && \
	  dpkg-deb --fsys-tarfile prometheus_*.deb | tar -x -O ./usr/bin/promtool > bin/promtool.new && rm prometheus_*.deb && \
	  chmod +x bin/promtool.new && mv bin/promtool.new bin/promtool; } || \
	  echo "Tests that need promtool are skipped; install it with: sudo apt install prometheus"

# Debian keeps venv apart from Python, and a minimal system has neither.
$(BIN)/pip:
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	  if [ "$$(id -u)" = 0 ] && [ "$(PYTHON)" = python3 ] && command -v apt-get >/dev/null; then \
	    echo "Installing python3 and python3-venv ..."; log=$$(mktemp); \
	    { $(APT) update -q && $(APT) install -y -q --no-install-recommends python3 python3-venv; } > $$log 2>&1 || { tail $$log; exit 1; }; \
	  else echo "Python or its venv module is missing. Install them with: sudo apt install python3 python3-venv"; exit 1; fi; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "plantgate needs Python 3.11 or newer: make PYTHON=python3.11 ..."; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); exit 1; }

# What a gateway gets besides locks/run.txt: nothing is built on the box (docs/installer.md).
wheel: $(VENV)/demo.stamp
	@$(BIN)/pip wheel -q --disable-pip-version-check --no-deps --no-build-isolation -w dist .
	@ls dist/plantgate-*.whl

# Exact versions with hashes first, then the project itself without looking at any dependency again.
INSTALL = $(BIN)/pip install --disable-pip-version-check
LOCKED = $(INSTALL) --progress-bar off --only-binary :all: --require-hashes -r locks/build.txt
# Counts what pip fetches, in place on a terminal; what pip said in full when it failed.
COUNTED = awk -v tty="$$tty" -v all="$$(cat $$locks | grep -c '^[a-z].*==')" ' \
	{ said = said $$0 "\n" } /\(from -r / { n++; if (tty) printf "\r  %d of %d packages", n, all; \
	  else if (n % 10 == 0) printf "  %d of %d packages\n", n, all; fflush() } \
	/^Installing collected/ { if (tty) print ""; print "  unpacking ..."; fflush() } \
	/^pip failed$$/ { print said; failed = 1 } END { exit failed }'
SET_UP = if [ -t 1 ]; then tty=1; fi; { $(LOCKED) -r $$lock 2>&1 || echo "pip failed"; }

$(VENV)/demo.stamp: $(BIN)/pip locks/demo.txt locks/build.txt pyproject.toml
	@echo "Setting up .venv ..."
	@lock=locks/demo.txt; locks="locks/build.txt $$lock"; $(SET_UP) | $(COUNTED)
	@$(INSTALL) -q --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/dev.stamp: $(BIN)/pip locks/dev.txt locks/build.txt pyproject.toml
	@echo "Setting up .venv for the tests ..."
	@lock=locks/dev.txt; locks="locks/build.txt $$lock"; $(SET_UP) | $(COUNTED)
	@$(INSTALL) -q --no-deps --no-build-isolation -e .
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
