"""A bench per test; everything started on it ends with it. What was survived is printed at the end of the run."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.figures import Figures, Noting
from tests.acceptance.processes import Bench
from tests.soak import figures_before

_FIGURES = Figures()
TIMEOUT = 900.0
"""Seconds a test of whole processes may take; each wait in it has a limit of its own."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.get_closest_marker("acceptance") and not item.get_closest_marker("timeout"):
            item.add_marker(pytest.mark.timeout(TIMEOUT))


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    bench = Bench(tmp_path)
    yield bench
    bench.close()


@pytest.fixture
def figures(request: pytest.FixtureRequest) -> Noting:
    return Noting(_FIGURES, request.node)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    for told in figures_before(config):
        _FIGURES.add(told)
    for line in _FIGURES.shown():
        terminalreporter.write_line(line)
