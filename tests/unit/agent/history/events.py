"""Events of a plant room for those who look back at them."""

from typing import Any

from rules.facts import (
    AlarmFact,
    AuditFact,
    Evidence,
    Fact,
    Objection,
    OrderFact,
    ReadingFact,
    RecordFact,
    SystemFact,
    When,
    Why,
)

MIDNIGHT = 1_795_708_800.0
"""2026-11-27 00:00 in Shanghai."""
DAY = 86_400.0


def when(seconds: float, *, trusted: bool = True) -> When:
    """So many seconds after that midnight."""
    return When(MIDNIGHT + seconds, trusted, "boot-1", 1000.0 + seconds)


def alarm(name: str, transition: str, at: When, **more: Any) -> AlarmFact:
    equipment, rule = name.split("/")
    states = {"raised": ("pending", "active"), "cleared": ("active", "normal"), "acknowledged": ("active", "active")}
    previous, state = states[transition]
    given = {"severity": "medium", "by": "engine", "equipment_title": {"zh": "一号水箱", "en": "Tank 1"}} | more
    why = Why("level <= low", [Evidence("level", 24.0, "%", "good", "", 0.1)])
    return AlarmFact(
        name, rule, equipment, {"zh": "低水位", "en": "Level low"}, previous=previous, state=state,
        acknowledged=transition == "acknowledged", episode=1, at=at, why=why, transition=transition, **given,
    )  # fmt: skip


def order(name: str, status: str, raised: When, at: When, **more: Any) -> OrderFact:
    equipment, rule = name.split("/")
    given: dict[str, Any] = {"by": "engine", "severity": "high", "equipment_title": {"zh": "一号水箱", "en": "Tank 1"}}
    given |= more
    return OrderFact(
        f"gw-1/e/{name}/1", status, equipment, rule, name, {"zh": "低水位", "en": "Level low"}, "minor", "plumber", [],
        raised=raised, at=at, times_recurred=0, why=Why("", []), **given,
    )  # fmt: skip


def record(verdict: str, at: When, by: str = "schedule") -> RecordFact:
    title = {"zh": "空载自检", "en": "No-load test"}
    reasons = [Objection("procedure.restart")] if verdict == "aborted" else []
    return RecordFact(
        "gw-1/e/generator-1/weekly/1", "weekly", "generator-1", title, verdict, by, at, at, reasons, [], []
    )


def audit(action: str, outcome: str, at: When, by: str = "Li", identity: str = "c1") -> AuditFact:
    return AuditFact(identity, action, "generator-1", by, "oil change", outcome, at=at, account="liming")


def system(code: str, at: When, **arguments: str) -> SystemFact:
    return SystemFact(code, arguments, at)


def reading(at: When) -> ReadingFact:
    return ReadingFact("earth-1", "resistance", 2.5, "Ω", "Wang", at)


def everything() -> list[Fact]:
    """One of each, an hour apart."""
    return [
        system("agent.started", when(0), version="0.2", site="tower"),
        alarm("tank-1/W01", "raised", when(3600)),
        order("tank-1/W01", "open", when(3600), when(3600)),
        alarm("tank-1/W01", "acknowledged", when(7200), by="Li"),
        audit("lockout", "done", when(10800)),
        audit("auto", "issued", when(14400), by="Wang", identity="c2"),
        record("passed", when(18000)),
        reading(when(21600)),
        alarm("pump-1/W07", "raised", when(25200, trusted=False), severity="critical"),
        order("tank-1/W01", "closed", when(3600), when(28800), by="Li", note="valve mended"),
    ]
