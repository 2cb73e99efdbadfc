"""The two forms of a long test: short in ``make test``, long in ``make soak``.

Mark the test ``@pytest.mark.soak`` and let ``soak(short, long)`` choose what it counts in: frames, seconds, restarts.
``make soak`` runs the marked tests only, in their long form and without the usual limit of time.

A property test (hypothesis) has both forms by itself: a run of ``make test`` draws some examples, other ones each time,
``make soak`` many; ``examples`` scales a number of its own.

It takes hours, so it goes on where it stopped: what has passed is written down as it passes, by the state of the
sources and the name of the test, and is not run again before the sources change. A test that takes longer than some
minutes is cut into parts (``parts``), each a test of its own. ``make soak FRESH=1`` begins anew.
A test that has no short form at all is marked ``@pytest.mark.soak(only=True)``.
"""

import gc
import hashlib
import json
import os
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

import pytest
from hypothesis import HealthCheck, settings

Amount = TypeVar("Amount")

NAME = "soak-resuming"
"""Of the plugin."""
FIGURES = "figures"
"""Name of the property of a test under which it tells its figures."""

ROOT = Path(__file__).parents[1]
LONG = os.environ.get("PLANTGATE_SOAK") == "1"
"""Whether this run is ``make soak``."""
FRESH = os.environ.get("PLANTGATE_SOAK_FRESH") == "1"
"""Whether what has passed before is run again."""


def soak(short: Amount, long: Amount) -> Amount:
    """``long`` in ``make soak``, else ``short``."""
    return long if LONG else short


def examples(usual: int) -> int:
    """How many examples hypothesis draws where it drew ``usual`` ones before there was a long form."""
    return soak(usual * 2 // 5, usual * 20)


def parts(short: int, long: int, size: int) -> list[tuple[int, int]]:
    """A long count in parts of ``size``: number and amount of each; the short count is one part."""
    if not LONG:
        return [(0, short)]
    return [(number, min(size, long - first)) for number, first in enumerate(range(0, long, size))]


class Progress:
    """What has passed of one state of the sources, and the figures it gave; a line of JSON for each test."""

    def __init__(self, path: Path) -> None:
        """Read what ``path`` holds; a line cut off by a crash is no result."""
        self.path = path
        self.passed: dict[str, list[str]] = {}
        if path.exists():
            for line in path.read_text(encoding="utf-8").splitlines():
                try:
                    test, figures = json.loads(line)
                except ValueError:
                    continue
                self.passed[test] = figures

    def note(self, test: str, figures: Sequence[str]) -> None:
        """``test`` has passed."""
        self.passed[test] = [*figures]
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps([test, [*figures]]) + "\n")
            file.flush()
            os.fsync(file.fileno())

    def forget(self) -> None:
        """Begin anew."""
        self.passed = {}
        self.path.unlink(missing_ok=True)


def sources() -> str:
    """The state of the sources: the commit, and what is changed beside it."""
    commit = _git("rev-parse", "--short=12", "HEAD").strip() or "no-commit"
    changed = _git("status", "--porcelain") + _git("diff", "HEAD")
    return f"{commit}-{hashlib.sha256(changed.encode()).hexdigest()[:8]}" if changed else commit


def _git(*words: str) -> str:
    try:
        return subprocess.run(("git", "-C", str(ROOT), *words), capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return ""


class Resuming:
    """The plugin of pytest that leaves out what has passed, and writes down what passes."""

    def __init__(self, progress: Progress) -> None:
        """``progress`` is of these sources."""
        self.progress = progress
        self.before = len(progress.passed)
        self.earlier = [figures for told in progress.passed.values() for figures in told]
        """Figures of the tests that passed before."""

    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        """Run only what has not passed yet."""
        done = [item for item in items if item.nodeid in self.progress.passed]
        config.hook.pytest_deselected(items=done)
        items[:] = [item for item in items if item.nodeid not in self.progress.passed]

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note what passed, with the figures it told."""
        if report.when == "call" and report.passed:
            told = [value for name, value in report.user_properties if name == FIGURES]
            self.progress.note(report.nodeid, [str(value) for value in told])

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say how far it has got, with all figures of these sources."""
        done = len(self.progress.passed)
        terminalreporter.write_line(f"soak of {self.progress.path.stem}: {done} passed, {self.before} of them before")


class ShortForms:
    """The plugin of pytest that leaves out what has no short form."""

    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        """Run only what ends within minutes."""
        long = [item for item in items for mark in item.iter_markers("soak") if mark.kwargs.get("only")]
        config.hook.pytest_deselected(items=long)
        items[:] = [item for item in items if item not in long]


def figures_before(config: pytest.Config) -> list[str]:
    """The figures of what passed before this run."""
    resuming = config.pluginmanager.get_plugin(NAME)
    return resuming.earlier if isinstance(resuming, Resuming) else []


def pytest_itemcollected(item: pytest.Item) -> None:
    """A property test has a long form."""
    if getattr(getattr(item, "obj", None), "is_hypothesis_test", False):
        item.add_marker(pytest.mark.soak)


def pytest_collection_finish() -> None:
    """What is collected stays to the end: the collector of garbage need not walk through it again and again."""
    gc.freeze()


def pytest_configure(config: pytest.Config) -> None:
    """Choose how much is drawn; resume in the long form, in the short one leave out what has none."""
    # How long an example takes says how busy the machine is, so neither limit of time is one.
    too_slow, many = (HealthCheck.too_slow,), examples(settings.default.max_examples)
    settings.register_profile("plantgate", max_examples=many, deadline=None, suppress_health_check=too_slow)
    settings.load_profile("plantgate")
    if not LONG:
        config.pluginmanager.register(ShortForms())
        return
    progress = Progress(ROOT / ".soak" / f"{sources()}.jsonl")
    if FRESH:
        progress.forget()
    config.pluginmanager.register(Resuming(progress), NAME)
