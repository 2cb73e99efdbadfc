import json
from dataclasses import asdict, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

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
    Message,
    Point,
    Range,
    Replay,
    Sample,
    State,
    Telemetry,
    Topics,
)
from rules.facts import When
from runtime.errors import WireError

WHEN = When(1.5, True, "boot", 2.5)
NAN = float("nan")
BODIES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


def event(body: dict[str, Any], previous: str = "0" * 64) -> EventMessage:
    digest = protocol.chain(previous, protocol.canonical(body))
    return EventMessage("gw-1", "e1", 1, "alarm", digest, previous, Envelope(WHEN, 3.0, False, 1), body)


def sent(message: EventMessage) -> bytes:
    return protocol.encode_event(message, protocol.canonical(message.body))


@given(st.dictionaries(st.text(), BODIES))
def test_any_body_arrives_as_it_was_and_proves_itself(body: dict[str, Any]) -> None:
    message = event(body)
    arrived = protocol.decode_event(sent(message))
    assert protocol.canonical(arrived.body) == protocol.canonical(body)
    assert replace(arrived, body=body) == message


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"b": 1, "a": 1.0}, b'{"a":1.0,"b":1}'),
        ({"水箱": "低"}, '{"水箱":"低"}'.encode()),
        ({"x": 0.1 + 0.2, "y": 1e22, "z": -0.0}, b'{"x":0.30000000000000004,"y":1e+22,"z":-0.0}'),
        ({"by": "caf\udce9"}, '{"by":"caf\ufffd"}'.encode()),
    ],
)
def test_bodies_are_written_one_way(body: dict[str, Any], expected: bytes) -> None:
    assert protocol.canonical(body) == expected
    assert protocol.canonical(json.loads(expected)) == expected


def test_the_hashed_bytes_stand_last_in_the_message() -> None:
    message = event({"水箱": 29.5})
    payload = sent(message)
    assert payload[payload.index(b',"body":') + 8 : -1] == protocol.canonical(message.body)


@pytest.mark.parametrize("change", [{"hash": "0" * 64}, {"previous": "1" * 64}, {"body": {"x": 2}}])
def test_a_changed_event_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(WireError, match=r"wire\.hash"):
        protocol.decode_event(sent(replace(event({"x": 1}), **change)))


MESSAGES: list[Message] = [
    Ack("hq", "gw-1", "e1", 3, "0" * 64, 3, 9),
    Claim("gw-1", "e1", [Point(3, "0" * 64), Point(9, "1" * 64)]),
    Held("hq", "gw-1", "e1", 3, 9),
    Replay("hq", "gw-1", "e1", 1, 9),
    State(True, "gw-1", "e1", 3, 0, 1.5, 7),
    Gone("gw-1", "e1", [Range(1, 2), Range(9, 9)]),
    Telemetry(
        "gw-1",
        "s1",
        7,
        2,
        "tank-1",
        True,
        1.5,
        [Sample("level", 29.5, "%", "good", "", 1.0), Sample("overflow", None, "", "bad", "no-answer", 1.0)],
    ),
    Birth(
        "acme",
        "tower",
        "gw-1",
        "0.1.0",
        1,
        "f",
        "e1",
        "new-store",
        "",
        [FormerEpoch("e0", 4, [Again(5, 6, "e2", 1)])],
        1,
        9,
        0,
        0,
        2.5,
    ),
]


LATER = {(Ack, "past"), (Ack, "conflict")}
"""Fields that were added later: an older sender does not have them."""


@pytest.mark.parametrize("message", MESSAGES, ids=lambda message: type(message).__name__)
def test_messages_read_back(message: Message) -> None:
    assert protocol.decode(protocol.encode(message), type(message)) == message


@pytest.mark.parametrize("message", MESSAGES, ids=lambda message: type(message).__name__)
def test_every_field_must_be_there_and_of_its_type(message: Message) -> None:
    whole = asdict(message)
    for name in whole:
        missing = {key: value for key, value in whole.items() if key != name}
        lacking = [] if (type(message), name) in LATER else [missing]
        for broken in (*lacking, whole | {name: None}, whole | {name: [7]}):
            with pytest.raises(WireError):
                protocol.decode(json.dumps(broken).encode(), type(message))


def test_a_newer_sender_may_say_more() -> None:
    payload = json.dumps(asdict(MESSAGES[0]) | {"new": 1}).encode()
    assert protocol.decode(payload, Ack) == MESSAGES[0]


@pytest.mark.parametrize(
    "payload",
    [
        b"", b"{", b"[]", b"null", b"7", b"\xff\xfe", b"[" * 60_000, b'{"a":' * 10_000, b" " * 70_000,
        b'{"consumer":"hq","gateway":"g","epoch":"e","seq":true,"hash":""}',
        b'{"consumer":"hq","gateway":"g","epoch":"e","seq":1e400,"hash":""}',
        b'{"consumer":"hq","gateway":"g","epoch":"e","seq":99999999999999999999,"hash":""}',
        b'{"consumer":"hq","gateway":"g","epoch":"e","seq":NaN,"hash":""}',
    ],
)  # fmt: skip
def test_rubbish_is_a_wire_error(payload: bytes) -> None:
    with pytest.raises(WireError):
        protocol.decode(payload, Ack)


@given(st.binary(max_size=200) | st.text().map(lambda text: json.dumps(text).encode()))
def test_any_bytes_are_an_event_or_a_wire_error(payload: bytes) -> None:
    with pytest.raises(WireError):
        protocol.decode_event(payload)


@pytest.mark.parametrize("body", [b'{"x":1e999}', b'{"x":NaN}', b'{"x":' + b"[" * 5000 + b"]" * 5000 + b"}"])
def test_a_body_that_cannot_be_hashed_is_a_wire_error(body: bytes) -> None:
    with pytest.raises(WireError):
        protocol.decode_event(protocol.encode_event(event({}), body))


def test_too_long_is_refused_on_both_ends() -> None:
    message = event({"x": "水" * 30_000})
    with pytest.raises(WireError, match=r"wire\.too-long"):
        sent(message)


def test_nan_never_gets_into_a_body() -> None:
    with pytest.raises(ValueError, match="JSON compliant"):
        protocol.canonical({"x": NAN})


@pytest.mark.parametrize(
    ("name", "topic"), [("alarm", "event"), ("order", "order"), ("record", "record"), ("system", "event")]
)
def test_events_go_to_the_topic_of_their_kind(name: str, topic: str) -> None:
    assert Topics("acme", "tower", "gw-1").event(name) == f"plantgate/v1/acme/tower/gw-1/{topic}"


def test_topics_read_back() -> None:
    topics = Topics("acme", "tower", "gw-1")
    assert protocol.parse_topic(topics.named("ack/hq")) == (topics, "ack/hq")


@pytest.mark.parametrize(
    "topic", ["", "a/b", "plantgate/v2/a/b/c/event", "plantgate/v1/a//c/event", "plantgate/v1/a/b/c"]
)
def test_foreign_topics_are_refused(topic: str) -> None:
    with pytest.raises(WireError, match=r"wire\.topic"):
        protocol.parse_topic(topic)


@pytest.mark.parametrize("part", ["", "a/b", "+", "a#", "x\0"])
def test_a_name_must_fit_into_a_topic(part: str) -> None:
    with pytest.raises(WireError, match=r"wire\.topic"):
        Topics("acme", part, "gw-1")
