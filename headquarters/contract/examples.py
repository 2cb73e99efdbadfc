"""One example of each message and of each kind of event: a tank that ran low, as headquarters hears of it."""

from dataclasses import asdict
from typing import Any

from headquarters.contract import protocol
from headquarters.contract.protocol import (
    Ack,
    Again,
    Birth,
    Claim,
    Envelope,
    EventMessage,
    FormerEpoch,
    Gone,
    Held,
    Point,
    Range,
    Replay,
    Sample,
    State,
    Telemetry,
)
from rules.facts import (
    AlarmFact,
    AuditFact,
    Evidence,
    Fact,
    Objection,
    OrderFact,
    ReadingFact,
    RecordFact,
    StepFact,
    SystemFact,
    ValueFact,
    When,
    Why,
)

_EPOCH = "0197f3a1b2c34d5e6f7081"
_FORMER = "0194d11c07a9e83b52d4f6"
_REPEATED = "0197f3a1b2c41e77a09c3d"
_AT = When(1767225600.0, True, "6f1c0f5e-0b7c-4a53-9c1e-2a1f4d7f3b11", 8123.5)
_TANK = {"zh": "生活水箱", "en": "Domestic water tank"}
_PLACE = {"zh": "地下二层水泵房", "en": "Pump room, basement 2"}
_LOW = {"zh": "水箱低水位", "en": "Tank level low"}
_ACTION = {"zh": "检查进水阀与水源", "en": "Check the fill valve and the supply"}
_WHY = Why(
    "level <= low",
    [Evidence("level", 29.0, "%", "good", "", 0.4), Evidence("low", 30.0, "%", "good", "", 0.0)],
    "water-supply.yaml", 3, "level >= low + 5 %",
)  # fmt: skip
_ORDER = f"gw-1/{_EPOCH}/tank-1/W01/1"
_RUN = f"gw-1/{_EPOCH}/genset-1/generator-weekly/7"

_BODIES: list[Fact] = [
    SystemFact("agent.started", {"version": "0.1.0", "site": "tower"}, _AT),
    AlarmFact(
        alarm="tank-1/W01", rule="W01", equipment="tank-1", title=_LOW, severity="medium", previous="pending",
        state="active", acknowledged=False, episode=1, by="engine", at=_AT, why=_WHY, equipment_title=_TANK,
        location=_PLACE, asset="WS-001", action=_ACTION, order=_ORDER,
    ),
    OrderFact(
        order=_ORDER, status="open", equipment="tank-1", rule="W01", alarm="tank-1/W01", title=_LOW,
        order_class="minor", skill="plumber", materials=["float valve"], severity="medium", raised=_AT, at=_AT,
        by="engine", times_recurred=0, why=_WHY, equipment_title=_TANK, location=_PLACE, asset="WS-001",
        action=_ACTION, deadlines={"arrival": 14400.0},
    ),
    RecordFact(
        run=_RUN, procedure="generator-weekly", equipment="genset-1",
        title={"zh": "发电机每周空载自检", "en": "Generator weekly no-load test"}, verdict="failed", by="schedule",
        started=_AT, at=_AT, reasons=[Objection("procedure.not-in-time", {})],
        steps=[StepFact("main", "command: start", 0.0, 0.2, "done")], values=[ValueFact("coolant", 71.0, "°C")],
    ),
    AuditFact("gw-1-41", "start", "genset-1", "schedule", _RUN, "issued", "genset.start", at=_AT),
    ReadingFact("earth-1", "resistance", 3.2, "Ω", "Li", _AT),
]  # fmt: skip
FACTS = [fact.kind for fact in _BODIES]
"""Every kind of event."""


def _chained() -> dict[str, Any]:
    previous, events = protocol.genesis("gw-1", _EPOCH), {}
    for seq, fact in enumerate(_BODIES, start=1):
        body = asdict(fact)
        digest = protocol.chain(previous, protocol.canonical(body))
        envelope = Envelope(_AT, _AT.wall + 0.2, False, 1)
        name = f"event-{fact.kind}"
        events[name] = EventMessage("gw-1", _EPOCH, seq, fact.kind, digest, previous, envelope, body)
        previous = digest
    return events


_EVENTS = _chained()
_HEAD = len(_BODIES)

EXAMPLES: dict[str, Any] = {
    "birth": Birth(
        "acme", "tower", "gw-1", "0.1.0", protocol.CONTRACT, "9f" * 32, _EPOCH, "store-restored", _FORMER,
        [FormerEpoch(_FORMER, 412, [Again(413, 415, _REPEATED, 1)]), FormerEpoch(_REPEATED, 3)],
        1, _HEAD, 3, _HEAD, _AT.wall,
    ),
    "state": State(True, "gw-1", _EPOCH, _HEAD, 0, _AT.wall + 5, 0),
    **_EVENTS,
    "telemetry": Telemetry(
        "gw-1", "5d0c9b1a7e624f38", 12, 0, "tank-1", True, _AT.wall + 60,
        [
            Sample("level", 29.0, "%", "good", "", _AT.wall + 59.6),
            Sample("inlet_flow", None, "m³/h", "bad", "no-answer", _AT.wall + 12.0),
        ],
    ),
    "ack": Ack("hq", "gw-1", _EPOCH, _HEAD, _EVENTS["event-reading"].hash),
    "replay": Replay("hq", "gw-1", _EPOCH, 2, 4),
    "claim": Claim("gw-1", _FORMER, [Point(412, "3b" * 32), Point(415, "c4" * 32)]),
    "held": Held("hq", "gw-1", _FORMER, 412, 415),
    "gone": Gone("gw-1", _EPOCH, [Range(2, 3)]),
}  # fmt: skip
"""Name of an example -> the message."""
