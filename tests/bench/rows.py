"""A line of the table ``make bench`` prints."""

from collections.abc import Iterable

Row = tuple[str, str, str]
"""What was measured, the value, what is aimed at; the first of a group names the load."""


def print_rows(rows: Iterable[Row]) -> None:
    """Print them below each other."""
    for name, value, aim in rows:
        print(f"{name:68} {value:>12} {aim:>12}", flush=True)
