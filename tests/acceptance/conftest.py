"""A bench per test; everything started on it ends with it. What was survived is printed at the end of the run."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.figures import Figures
from tests.acceptance.processes import Bench

_FIGURES = Figures()


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    bench = Bench(tmp_path)
    yield bench
    bench.close()


@pytest.fixture
def figures() -> Figures:
    return _FIGURES


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for line in _FIGURES.shown():
        terminalreporter.write_line(line)
