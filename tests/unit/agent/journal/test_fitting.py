"""No event of ours is longer than a message, whatever the site; what was left out is counted."""

import json
from dataclasses import asdict, replace
from typing import Any

import pytest

from agent.journal.fitting import BODY_ALLOWED, fitted
from agent.journal.outbox import body_of
from headquarters.contract import protocol
from headquarters.contract.protocol import Envelope, EventMessage
from rules.facts import AlarmFact, Evidence, Fact, Objection, RecordFact, StepFact, SystemFact, ValueFact, When, Why

WHEN = When(1_800_000_000.0, True, "b" * 36, 1e9)
INPUT = Evidence("大" * 60, 1.5, "m³/h", "uncertain", "device-offline", 3.25)
ALARM = AlarmFact(
    "tank-1/W01", "W01", "tank-1", {"zh": "低", "en": "Low"}, "high", "pending", "active", False, 1, "engine", WHEN,
    Why("level < low", [INPUT]),
)  # fmt: skip
RECORD = RecordFact("r", "p", "e", {}, "failed", "Li", WHEN, WHEN, [Objection("x")], [], [])
STEP = StepFact("main", "expect: 380 V <= voltage within 30 s " * 3, 1.5, 2.5, "done")
CASES: dict[str, Fact] = {
    "a condition over a whole site": replace(ALARM, why=Why("count(x)", [INPUT] * 3000)),
    "a long title": replace(ALARM, title={"zh": "水" * 400_000, "en": "x" * 400_000}),
    "thousands of steps": replace(RECORD, steps=[STEP] * 3000, values=[ValueFact("x" * 100, "y" * 500, "")] * 3000),
    "a reload of everything": SystemFact("agent.reloaded", {"changes": "rules " + "+W99 " * 100_000}, WHEN),
    "controls of a device": SystemFact("x", {"text": "\x01" * 60_000}, WHEN),
    "many arguments": SystemFact("x", {f"key{number}": "v" * 50 for number in range(5000)}, WHEN),
}


def sent(body: bytes) -> EventMessage:
    previous = "0" * 64
    envelope = Envelope(WHEN, 1.8e9, True, 2**40)
    message = EventMessage("g" * 200, "e" * 200, 2**50, "alarm", protocol.chain(previous, body), previous, envelope, {})
    return protocol.decode_event(protocol.encode_event(message, body))


@pytest.mark.parametrize("case", CASES)
def test_it_fits_and_says_that_something_is_left_out(case: str) -> None:
    body = body_of(CASES[case])
    assert len(body) <= BODY_ALLOWED
    told = sent(body).body
    assert told["cut"] >= 1
    assert told["at"] == asdict(WHEN)


def test_as_little_as_it_takes_is_left_out() -> None:
    told = json.loads(body_of(CASES["a condition over a whole site"]))
    assert (len(told["why"]["inputs"]), told["why"]["condition"], told["cut"]) == (100, "count(x)", 1)


def test_what_fits_is_told_whole() -> None:
    for fact in (ALARM, RECORD):
        assert body_of(fact) == protocol.canonical(asdict(fact))


def test_a_body_at_the_limit_is_left_alone() -> None:
    body: dict[str, Any] = {"x": ""}
    body["x"] = "y" * (BODY_ALLOWED - len(protocol.canonical(body)))
    assert fitted(body) == protocol.canonical(body)
