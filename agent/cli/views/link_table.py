"""Every link and unit as a row: state, requests and what became of them, how long answers took, the last error."""

from collections.abc import Iterator
from typing import Any

from agent.cli.shell.console import Console
from agent.cli.views.table import Cell, table_lines

_COLUMNS = (
    *("name", "unit", "state", "breaker", "requests", "good", "timeouts", "garbled", "exceptions"),
    *("late", "p50", "p99", "load", "error"),
)
_NUMBERS_FROM = 4
_STATES = {True: ("status.up", "green"), False: ("status.down", "red"), None: ("status.unknown", "grey")}


def link_table(links: dict[str, Any], console: Console) -> list[str]:
    """The table of the ``links`` of a status."""
    texts = console.texts
    head = [texts.text(f"links.{column}") for column in _COLUMNS]
    rows = [row for name, link in links.items() for row in _rows(name, link, console)]
    return table_lines(head, rows, console, right=_NUMBERS_FROM)


def link_rows(links: dict[str, Any], console: Console) -> Iterator[dict[str, Any]]:
    """The same for programs: an object for each link (``device`` null) and each unit, errors with their sentence."""
    for name, link in links.items():
        own = {key: value for key, value in link.items() if key != "devices"}
        yield {"link": name, "device": None, **own, "error": error_words(link["last_error"], console)}
        for device, counts in link["devices"].items():
            yield {"link": name, "device": device, **counts, "error": error_words(counts["last_error"], console)}


def error_words(error: dict[str, Any] | None, console: Console) -> str:
    """The sentence of an error that was kept with its arguments; empty without one."""
    return console.texts.text(error["code"], **error["arguments"]) if error else ""


def state_words(online: bool | None, console: Console) -> tuple[str, str]:
    """Whether a link or device is there, and the colour of that."""
    code, colour = _STATES[online]
    return console.texts.text(code), colour


def _rows(name: str, link: dict[str, Any], console: Console) -> Iterator[list[Cell]]:
    yield [name, "", *_row(link, "", console)]
    for device, counts in link["devices"].items():
        yield ["  " + device, counts["address"], *_row(counts, f"breaker.{counts['breaker']}", console)]


def _row(counts: dict[str, Any], breaker: str, console: Console) -> list[Cell]:
    good = _percent(counts["good"] / counts["requests"] if counts["requests"] else None)
    numbers = [str(counts[key]) for key in ("timeouts", "garbled", "exceptions", "late_polls")]
    times = [f"{counts[key]:g} ms" if counts["good"] else "" for key in ("latency_p50_ms", "latency_p99_ms")]
    return [
        state_words(counts["online"], console),
        console.texts.text(breaker) if breaker else "",
        str(counts["requests"]),
        good,
        *numbers,
        *times,
        _percent(counts["load"]),
        error_words(counts["last_error"], console),
    ]


def _percent(share: float | None) -> str:
    return "" if share is None else f"{share * 100:.1f} %"
