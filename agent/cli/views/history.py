"""How what happened reads: one line an event, in the time zone of the site; or the cells of a row for a spreadsheet."""

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import astuple, dataclass
from typing import Any

from agent.cli.shell.console import Console
from agent.cli.views.lines import reason_words, severity_words, values_words
from agent.cli.views.titles import full_title, system_words
from agent.history.kinds import RESTRICTIONS, kinds_of, person
from rules.localtime import shown

Body = dict[str, Any]
_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
"""What a spreadsheet would calculate (owasp.org, CSV injection), full-width too."""


@dataclass(frozen=True, slots=True)
class HistoryRow:
    """One event in the words of a person."""

    time: str
    clock: str
    """Empty, or that the clock was not trusted."""
    kind: str
    severity: str
    equipment: str
    about: str
    """Alarm, order, test or message code."""
    text: str
    person: str


def history_row(body: Body, zone: str, console: Console) -> HistoryRow:
    """What a body says; a text that is not known any more reads as its code."""
    text, at = console.texts.text, body["at"]
    kind = "act" if body["kind"] in ("audit", "reading") and kinds_of(body) == {"act"} else _KIND[body["kind"]]
    about = next((str(body[name]) for name in ("alarm", "run", "code", "id", "role") if name in body), "")
    return HistoryRow(
        shown(at["wall"], zone).isoformat(sep=" "),
        "" if at["trusted"] else text("history.untrusted"),
        text(f"history.kind.{kind}"),
        text(f"severity.{body['severity']}") if "severity" in body else "",
        str(body.get("equipment", "")),
        str(body["order"]) if body["kind"] == "order" else about,
        _WORDS[body["kind"]](body, console),
        person(body),
    )


def history_line(body: Body, zone: str, console: Console) -> str:
    """Time, kind, severity, what happened and who did it."""
    row = history_row(body, zone, console)
    severity = severity_words(body, console) if row.severity else ""
    what = by_person(row.text, body, console)
    doubt = console.paint(f"[{row.clock}]", "magenta") if row.clock else ""
    return "  ".join(filter(None, [row.time, console.paint(row.kind, "grey"), severity, what, doubt]))


def csv_head(console: Console) -> str:
    """The names of the columns."""
    return _csv([console.texts.text(f"history.column.{name}") for name in HistoryRow.__slots__])


def csv_line(body: Body, zone: str, console: Console) -> str:
    """One row of the table."""
    return _csv(astuple(history_row(body, zone, console)))


def by_person(said: str, body: Body, console: Console) -> str:
    """``said``, and the person who did it, if one did."""
    who = person(body)
    return console.texts.text("history.by", text=said, by=who) if who else said


def _csv(cells: Sequence[str]) -> str:
    out = io.StringIO()
    safe = (f"'{cell}" if cell.startswith(_FORMULA) else cell for cell in cells)
    csv.writer(out, lineterminator="").writerow(safe)
    return out.getvalue().replace("\n", " ")


def _alarm(body: Body, console: Console) -> str:
    texts = console.texts
    what = texts.text(f"alarm.transition.{body['transition']}")
    seen = values_words(body, console) if body["transition"] in ("raised", "cleared") else ""
    more = texts.joined(filter(None, [seen, body["reason"]]))
    said = texts.text("history.alarm", title=full_title(body, console), what=what)
    return texts.text("history.more", text=said, more=more) if more else said


def _order(body: Body, console: Console) -> str:
    texts, status = console.texts, body["status"]
    if status == "open" and body["at"] != body["raised"]:
        status = "again" if body["times_recurred"] else "regraded"
    return texts.text("history.order", title=full_title(body, console), what=texts.text(f"history.order.{status}"))


def _record(body: Body, console: Console) -> str:
    texts = console.texts
    said = texts.text("history.alarm", title=full_title(body, console), what=texts.text(f"run.{body['verdict']}"))
    more = reason_words(body, console)
    return texts.text("history.more", text=said, more=more) if more else said


def _audit(body: Body, console: Console) -> str:
    texts, action = console.texts, body["action"]
    outcome = texts.text(f"audit.{body['outcome']}")
    if action in RESTRICTIONS:
        said = texts.text(f"history.act.{action}", equipment=body["equipment"])
        said = said if body["outcome"] == "done" else texts.text("history.alarm", title=said, what=outcome)
    else:
        said = texts.text("history.command", equipment=body["equipment"], command=action, what=outcome)
    return with_particulars(said, body, console)


def with_particulars(said: str, audit: Body, console: Console) -> str:
    """``said`` of an audited act, with why it was done and what else was kept of it."""
    more = console.texts.joined(filter(None, [audit["why"], system_words(audit["detail"], {}, console)]))
    return console.texts.text("history.more", text=said, more=more) if more else said


def _reading(body: Body, console: Console) -> str:
    shown_of = {name: body[name] for name in ("equipment", "role", "value", "unit")}
    return console.texts.text("history.reading", **shown_of).rstrip()


def _system(body: Body, console: Console) -> str:
    return system_words(body["code"], body["arguments"], console)


_KIND = {"alarm": "alarm", "order": "order", "record": "test", "audit": "command", "reading": "act", "system": "system"}
_WORDS: dict[str, Callable[[Body, Console], str]] = {
    "alarm": _alarm,
    "order": _order,
    "record": _record,
    "audit": _audit,
    "reading": _reading,
    "system": _system,
}
