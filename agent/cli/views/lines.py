"""One line a thing: how an alarm, a work order or an event reads in a terminal."""

from datetime import UTC, datetime
from typing import Any

from agent.cli.shell.console import Console
from agent.cli.views.titles import full_title, system_words
from agent.history.kinds import RESTRICTIONS
from rules.model import pick

_SEVERITY_COLOURS = {"critical": ("bold", "red"), "high": ("red",), "medium": ("yellow",), "low": ("cyan",)}
_STATE_COLOURS = {
    "active": ("red",),
    "latched": ("yellow",),
    "returned": ("green",),
    "normal": ("green",),
    "pending": ("grey",),
}
_DEBT_COLOURS = {"by-hand": ("bold", "red"), "orphan": ("bold", "red"), "withheld": ("bold", "red"), "due": ("yellow",)}
_VERDICT_COLOURS = {
    "running": ("cyan",),
    "passed": ("green",),
    "failed": ("bold", "red"),
    "aborted": ("yellow",),
    "handed_over": ("yellow",),
    "postponed": ("yellow",),
    "missed": ("yellow",),
}


def alarm_line(alarm: dict[str, Any], console: Console) -> str:
    """State, severity, alarm, titles and the values behind it; then what people must know to judge it."""
    return "  ".join(
        part
        for part in (
            _state(alarm, console),
            severity_words(alarm, console),
            _what(alarm, console),
            _marks(alarm, console),
        )
        if part
    )


def why_lines(told: dict[str, Any], console: Console) -> list[str]:
    """Why an alarm is as it is: its last event with what decided, then what its condition sees now."""
    texts, last = console.texts, told["last"]
    name = pick(told["equipment_title"], texts.lang) or told["alarm"]
    shown = texts.text(f"alarm.state.{told['shown']}")
    lines = [f"{console.paint(shown, 'bold')}  {told['alarm']}  {name} {pick(told['title'], texts.lang)}"]
    if last is not None:
        what, reason = texts.text(f"alarm.transition.{last['transition']}"), last["reason"]
        when = {"at": clock_time(last["at"]["wall"]), "by": last["by"], "what": what}
        lines += [texts.text("why.last", **when) + (f" ({reason})" if reason else ""), *_seen(last["why"], console)]
        if last["cause"]:
            lines.append(texts.text("why.cause", cause=last["cause"]))
    lines += [texts.text(f"why.now-{told['holds']}".lower()), *_seen(told["now"], console)]
    lines.append(texts.text("why.clears", condition=told["now"]["clears"]))
    if told["left"] is not None:
        lines.append(texts.text("why.left", time=texts.duration(told["left"])))
    lines.append(texts.text(f"why.unknown-{told['on_unknown']}"))
    return lines


def stuck(debt: dict[str, Any]) -> bool:
    """Whether people must finish what is owed: the gateway cannot."""
    return debt["state"] in ("by-hand", "orphan", "withheld")


def debt_line(debt: dict[str, Any], console: Console) -> str:
    """How it stands, whose it is, what is owed, when it falls due, and its name."""
    texts = console.texts
    state = console.paint(texts.text(f"debt.state.{debt['state']}"), *_DEBT_COLOURS.get(debt["state"], ()))
    owes = "stop" if debt["effect"] == "stop" else "moved"
    what = texts.text(f"debt.owes.{owes}", **{key: debt[key] for key in ("equipment", "command", "by")})
    due = "" if debt["due_in"] is None else texts.text("debt.due", minutes=f"{debt['due_in'] / 60:.0f}")
    why = "" if debt["withheld"] is None else cause_words(debt["withheld"], console)
    return "  ".join(part for part in (state, what, due, why, debt["debt"]) if part)


def order_line(order: dict[str, Any], console: Console) -> str:
    """Status, class, order number, what to do and with what."""
    texts = console.texts
    status = console.paint(texts.text(f"order.status.{order['status']}"), *_order_colours(order["status"]))
    order_class = texts.text(f"order.class.{order['order_class']}")
    action = pick(order["action"], texts.lang)
    needs = texts.listed(filter(None, [order["skill"], *order["materials"]]))
    title = full_title(order, console)
    return "  ".join(filter(None, [status, order_class, order["order"], title, action, needs]))


def event_line(event: dict[str, Any], console: Console) -> str:
    """One received event: when it happened, which number, what it says, and whether it waited for the link."""
    body = event["body"]
    when = clock_time(body["at"]["wall"])
    key = console.paint(f"{event['gateway']}#{event['seq']}", "grey")
    late = console.paint(console.texts.text("event.historical"), "magenta") if event["envelope"]["historical"] else ""
    return "  ".join(filter(None, [when, key, _body(body, console), late]))


def record_line(record: dict[str, Any], console: Console) -> str:
    """Verdict, run, titles and why it ended so."""
    texts = console.texts
    verdict = console.paint(texts.text(f"run.{record['verdict']}"), *_VERDICT_COLOURS[record["verdict"]])
    return "  ".join(filter(None, [verdict, record["run"], full_title(record, console), reason_words(record, console)]))


def report_lines(record: dict[str, Any], console: Console) -> list[str]:
    """The record of a test, step by step, as it would be handed to an inspector."""
    texts = console.texts
    began, ended = clock_time(record["started"]["wall"]), clock_time(record["at"]["wall"])
    head = [record_line(record, console), texts.text("report.times", started=began, ended=ended, by=record["by"])]
    steps = [
        texts.text(
            "report.step",
            at=f"{step['started']:7.1f}",
            seconds=f"{step['seconds']:6.1f}",
            outcome=texts.text(f"step.{step['outcome'] or 'open'}"),
            text=step["step"],
        )
        for step in record["steps"]
    ]
    values = [f"  {value['name']}: {_value({'reason': 'never-read', **value}, console)}" for value in record["values"]]
    missing = [texts.text("report.without", relation=one, reason=why) for one, why in record.get("without", {}).items()]
    return head + missing + steps + values


def clock_time(wall: float) -> str:
    """Month, day and time with seconds, in the time zone of this computer; ``--json`` has all of it."""
    return datetime.fromtimestamp(wall, UTC).astimezone().strftime("%m-%d %H:%M:%S")


def _body(body: dict[str, Any], console: Console) -> str:
    if body["kind"] == "alarm":
        return alarm_line(body, console)
    if body["kind"] == "order":
        return order_line(body, console)
    if body["kind"] == "record":
        return record_line(body, console)
    if body["kind"] == "audit" and body["action"] == "set-limit":
        shown = {key: body[key] for key in ("equipment", "detail", "by", "why")}
        return console.texts.text("event.limit", **shown)
    if body["kind"] == "audit":
        outcome = console.texts.text(f"audit.{body['outcome']}")
        target = body["target"] or body["equipment"]
        if not target and body["action"] in RESTRICTIONS:
            what = console.texts.text(f"history.act.{body['action']}", equipment="")
            by = console.texts.joined(filter(None, [body["by"], body["why"]]))
            return console.texts.text("event.act", what=what, outcome=outcome, by=by)
        return console.texts.text("event.audit", action=body["action"], target=target, outcome=outcome, by=body["by"])
    if body["kind"] == "reading":
        shown = {key: body[key] for key in ("equipment", "role", "value", "unit", "by")}
        return console.texts.text("event.reading", **shown)
    return system_words(body["code"], body["arguments"], console)


def cause_words(cause: dict[str, Any], console: Console) -> str:
    """Why something did not simply pass."""
    return console.texts.text(cause["code"], **cause["arguments"])


def reason_words(record: dict[str, Any], console: Console) -> str:
    """Why a test did not simply pass; empty when it did."""
    return console.texts.joined(cause_words(cause, console) for cause in record["reasons"])


def _seen(why: dict[str, Any], console: Console) -> list[str]:
    texts, place = console.texts, f"{why['file']}:{why['line']}" if why["file"] else ""
    lines = ["  " + texts.text("why.condition", condition=why["condition"], place=place).rstrip()]
    for item in why["inputs"]:
        quality = texts.text(f"quality.{item['quality']}")
        value = _value(item, console)
        lines.append("    " + texts.text("why.input", name=item["name"], value=value, quality=quality, age=_age(item)))
    for limit in why["limits"]:
        shown = f"{limit['value']:.6g} {limit['unit']}".rstrip()
        lines.append("    " + texts.text("why.limit", name=limit["name"], value=shown))
    return lines


def _age(item: dict[str, Any]) -> str:
    return f"{item['age']:.1f}"


def _marks(alarm: dict[str, Any], console: Console) -> str:
    text, marks = console.texts.text, []
    if alarm["suppression"] and alarm["reason"]:
        marks.append(alarm["reason"])
    if alarm["repeats"]:
        marks.append(text("alarm.mark.repeats", count=alarm["repeats"]))
    if alarm["cause"]:
        marks.append(text("alarm.mark.cause", cause=alarm["cause"]))
    if alarm["first_out"] and alarm["state"] == "active":
        marks.append(text("alarm.mark.first-out"))
    if alarm.get("unknown"):
        marks.append(console.paint(text("alarm.mark.unknown"), "magenta"))
    return ", ".join(f"[{mark}]" for mark in marks)


def _state(alarm: dict[str, Any], console: Console) -> str:
    code = "acknowledged" if alarm["state"] == "active" and alarm["acknowledged"] else alarm["state"]
    if alarm["suppression"]:
        over = console.paint(console.texts.text(f"alarm.state.{alarm['suppression']}"), "grey")
        return f"{over} ({console.texts.text(f'alarm.state.{code}')})"
    return console.paint(console.texts.text(f"alarm.state.{code}"), *_STATE_COLOURS[alarm["state"]])


def severity_words(alarm: dict[str, Any], console: Console) -> str:
    """How bad, in its colour."""
    return console.paint(
        console.texts.text(f"severity.{alarm['severity']}"), *_SEVERITY_COLOURS[str(alarm["severity"])]
    )


def _what(alarm: dict[str, Any], console: Console) -> str:
    values = values_words(alarm, console)
    return f"{alarm['alarm']}  {full_title(alarm, console)}" + (f"  ({values})" if values else "")


def values_words(alarm: dict[str, Any], console: Console) -> str:
    """The values that decided, each with its name."""
    return console.texts.listed(f"{item['name']} {_value(item, console)}" for item in alarm["why"]["inputs"])


def _value(item: dict[str, Any], console: Console) -> str:
    if item.get("cause"):
        return cause_words(item["cause"], console)
    return console.texts.text(f"reason.{item['reason']}") if item["value"] is None else value_words(item)


def value_words(item: dict[str, Any]) -> str:
    """A value that is there, with its unit."""
    return f"{_plain(item['value'])} {item['unit']}".rstrip()


def _plain(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _order_colours(status: str) -> tuple[str, ...]:
    return {"open": ("yellow",), "recovered": ("green",)}.get(status, ("grey",))
