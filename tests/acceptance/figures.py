"""Figures of reliability: noted by tests, printed at the end of the run."""

import json
from collections.abc import Iterator

import pytest

from tests.soak import FIGURES


class Figures:
    """One line for each trouble that was survived; the parts of a test add up to one."""

    def __init__(self) -> None:
        self.rows: dict[str, dict[str, float]] = {}

    def add(self, told: str) -> None:
        """Take what ``Noting`` told."""
        name, numbers = json.loads(told)
        row = self.rows.setdefault(name, {})
        for key, value in numbers.items():
            row[key] = row.get(key, 0) + value

    def shown(self) -> Iterator[str]:
        """The lines as a table of Markdown; nothing when nothing was noted."""
        if self.rows:
            yield from ("| trouble | figures |", "|---|---|")
        for name, row in self.rows.items():
            yield f"| {name} | {', '.join(f'{key} {value}' for key, value in row.items())} |"


class Noting:
    """The hand of one test on the figures."""

    def __init__(self, figures: Figures, test: pytest.Item) -> None:
        self._figures = figures
        self._test = test

    def note(self, name: str, **numbers: float) -> None:
        """Keep the numbers of a trouble, for the end of this run and of those that go on from it."""
        told = json.dumps([name, numbers])
        self._figures.add(told)
        self._test.user_properties.append((FIGURES, told))
