"""What one day was, on one page: each part is a class in ``sections``, and how it reads stands in the views."""

from collections.abc import Iterable
from typing import Any

from agent.history.kinds import Body
from agent.history.sections import SECTIONS, Day, Standing


class DayReport:
    """Takes events and tells what the day was; keeps what it tells, and nothing of what was only counted."""

    def __init__(self) -> None:
        """Nothing seen yet."""
        self._sections = {name: section() for name, section in SECTIONS.items()}

    def add(self, bodies: Iterable[Body]) -> None:
        """The next events of the day."""
        for body in bodies:
            for section in self._sections.values():
                section.add(body)

    def later(self, bodies: Iterable[Body]) -> None:
        """The next events after it."""
        for body in bodies:
            for section in self._sections.values():
                section.later(body)

    def result(self, day: Day, now: Standing) -> dict[str, Any]:
        """The page as JSON values."""
        head = {"day": day.name, "zone": day.zone, "begin": day.begin, "end": day.end}
        return head | {name: section.result(day, now) for name, section in self._sections.items()}
