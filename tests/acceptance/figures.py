"""Figures of reliability: noted by tests, printed at the end of the run."""

from collections.abc import Iterator


class Figures:
    """One line for each trouble that was survived."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def note(self, name: str, **numbers: object) -> None:
        """Keep the numbers of a trouble."""
        self.lines.append(f"| {name} | {', '.join(f'{key} {value}' for key, value in numbers.items())} |")

    def shown(self) -> Iterator[str]:
        """The lines as a table of Markdown; nothing when nothing was noted."""
        if self.lines:
            yield from ("| trouble | figures |", "|---|---|", *self.lines)
