"""Columns that line up in a terminal, Chinese texts included."""

from collections.abc import Sequence

from agent.cli.shell.console import Console
from config.catalogue import cells

Cell = str | tuple[str, str]
"""A text, or a text and its colour."""


def table_lines(head: Sequence[str], rows: Sequence[Sequence[Cell]], console: Console, *, right: int) -> list[str]:
    """A head and rows, each column as wide as its widest text; from column ``right`` on numbers end at one edge."""
    texts = [[cell if isinstance(cell, str) else cell[0] for cell in row] for row in [head, *rows]]
    widths = [max(map(cells, column)) for column in zip(*texts, strict=True)]
    lines = [_line(head, widths, console, right)]
    return lines + [_line(row, widths, console, right) for row in rows]


def _line(row: Sequence[Cell], widths: Sequence[int], console: Console, right: int) -> str:
    shown = []
    for number, (cell, width) in enumerate(zip(row, widths, strict=True)):
        text, colours = (cell, ()) if isinstance(cell, str) else (cell[0], cell[1:])
        space = " " * (width - cells(text))
        last = number == len(row) - 1
        painted = console.paint(text, *colours)
        shown.append(space + painted if right <= number and not last else painted + space)
    return "  ".join(shown).rstrip()
