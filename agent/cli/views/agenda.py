"""What is planned, line by line: the next times as a clock of the site shows them, and what stands against each."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from agent.cli.shell.console import Console
from agent.cli.views.tree import Node, tree_lines
from config.plant import Plant
from drivers.points import Instant
from rules.engine.agenda import agenda_of_files
from rules.engine.rulebook import Rulebook
from rules.localtime import local_time
from rules.model import pick
from rules.plain import to_plain
from runtime.clock import Clock

Entry = dict[str, Any]
"""An ``AgendaEntry`` as JSON values."""


def desk_time() -> Instant:
    """The present moment at a desk: of the clock of the gateway its files say nothing."""
    return replace(Clock().now(), trusted=True)


def plain(plant: Plant, rulebook: Rulebook, now: Instant) -> list[Entry]:
    """The entries of a site whose gateway is not asked."""
    recorded = {
        device.id: {point.name for point in device.template.identity} <= device.identity.keys()
        for device in plant.devices
    }
    return [to_plain(one) for one in agenda_of_files(rulebook, recorded, now)]


def with_words(entry: Entry, console: Console) -> Entry:
    """An entry as programs get it: the times in the time of the site beside the seconds, each cause in words."""
    local = [local_time(wall, entry["zone"]).isoformat() for wall in entry["next"]]
    return entry | {"next_local": local, "why_not": [_cause(one, console) for one in entry["against"]]}


def lines(entries: Sequence[Entry], console: Console) -> Iterator[str]:
    """Every entry, with what belongs to it below."""
    for entry in entries:
        yield from tree_lines(_node(entry, console))


def tree(entries: Sequence[Entry], console: Console) -> Node:
    """The same as a part of ``check --explain``."""
    return Node(console.texts.text("plans.title"), [_node(entry, console) for entry in entries])


def _node(entry: Entry, console: Console) -> Node:
    texts = console.texts
    title = " ".join(filter(None, (pick(entry[name], texts.lang) for name in ("equipment_title", "title"))))
    head = console.paint(texts.text("plans.entry", key=entry["key"], title=title), "bold")
    times = [shown(wall, entry["zone"], console) for wall in entry["next"]]
    when = texts.text(f"plans.begins-{entry['begins']}", times=texts.joined(times) or texts.text("plans.no-time"))
    against = [Node(console.paint(_cause(one, console), "yellow")) for one in entry["against"]]
    return Node(head, [Node(when), *([Node(texts.text("plans.against"), against)] if against else [])])


def shown(wall: float, zone: str, console: Console) -> str:
    """A time as a clock of the site shows it, with its day of the week and its offset from UTC."""
    local = local_time(wall, zone)
    day = console.texts.text(f"weekday.{local.weekday()}")
    return f"{day} {local.isoformat(' ', 'minutes')}"


def _cause(cause: dict[str, Any], console: Console) -> str:
    return console.texts.text(cause["code"], **cause["arguments"])
