"""Hostile messages at both ends of the uplink: retained or live, each is refused, counted, told, and concerns one."""

import io
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict, replace
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.cli.shell.console import Console
from agent.cli.views.live import LiveView
from agent.journal import Journal
from config.catalogue import Catalogue
from drivers.points import Instant
from headquarters.contract import protocol
from headquarters.contract.protocol import Ack, EventMessage, Topics
from headquarters.receiver import ArrivalVerdict, Received, Receiver, SqliteStore
from runtime.clock import ManualClock
from runtime.mqtt import client, inbox
from runtime.mqtt.client import Broker, Login, publish
from runtime.mqtt.message import MAX_BYTES, Message
from tests.unit.conftest import Mosquitto
from tests.unit.delivery_fakes import IDENTITY, FakeBroker, Told, drive, new_publisher, numbered, running_task
from tests.unit.headquarters.stores.test_sqlite import BIRTH, ENVELOPE, events

AT = Instant("boot-1", 1000.0, 1_800_000_000.0)
EVENT = asdict(events("e1", [{"kind": "system", "code": "x"}])[0])
STATE = {"online": True, "gateway": "gw-1", "epoch": "e1", "head": 3, "unsent": 0, "at": 1.5, "telemetry_lost": 0}
GONE = {"gateway": "gw-1", "epoch": "e1", "ranges": [{"first": 1, "last": 2}]}
TELEMETRY = {
    "gateway": "gw-1", "stream": "s", "seq": 1, "lost": 0, "equipment": "tank-1", "snapshot": True, "at": 1.5,
    "values": [],
}  # fmt: skip
ACK = {"consumer": "hq", "gateway": "gw-1", "epoch": "e1", "seq": 1, "hash": "0" * 64}
REPLAY = {"consumer": "hq", "gateway": "gw-1", "epoch": "e1", "first": 1, "last": 2}
HOSTILE: dict[str, Any] = {
    "a half character": "\ud800",
    "a null": None,
    "a number": 7,
    "a truth": True,
    "a list": [[]],
    "a control": "\x1b[2J",
    "a long text": "x" * 5000,
    "a huge number": 10**30,
    "less than nothing": -1,
    "no number": float("nan"),
    "infinite": float("inf"),
    "nothing": "",
}


Row = tuple[str, str, bytes]
"""What is wrong, topic, payload."""
MAY_BE_EMPTY = ("version", "fingerprint", "reason", "predecessor")


def spoiled(good: dict[str, Any], field: str, value: Any) -> bytes:
    # A half character travels as its escape.
    return json.dumps(good | {field: value}).encode()


def refusable(good: dict[str, Any], name: str) -> list[Row]:
    cases: list[Row] = []
    for field, right in good.items():
        for kind, value in HOSTILE.items():
            fits = (
                (type(value) is type(right) and isinstance(right, bool))
                or (isinstance(right, int) and not isinstance(right, bool) and kind == "a number")
                or (isinstance(right, float) and kind == "a number")
                or (kind == "nothing" and field in MAY_BE_EMPTY)
                or (kind == "a list" and isinstance(right, list) and not right)
            )
            if not fits:
                cases.append((f"{name} {field}: {kind}", name, spoiled(good, field, value)))
    return cases


RUBBISH = [
    b"", b"{", b"[]", b"7", b"\xff\xfe\x00", b"\xed\xa0\x80", b"[" * 60_000, b'{"gateway":' * 9000,
    b" " * (MAX_BYTES + 1),
]  # fmt: skip
TO_HEADQUARTERS = [
    *refusable(EVENT, "event"),
    *refusable(STATE, "state"),
    *refusable(GONE, "gone"),
    *refusable(asdict(BIRTH), "birth"),
    *(
        (f"{name} rubbish {text[:9]!r}", name, text)
        for name in ("event", "order", "state", "birth")
        for text in RUBBISH
    ),
    ("half a character in a body", "event", json.dumps(EVENT | {"body": {"by": "\ud800"}}).encode()),
    ("half a character as a key", "event", json.dumps(EVENT | {"body": {"\udfff": 1}}).encode()),
    ("telemetry", "telemetry/tank-1", spoiled(TELEMETRY, "equipment", "\ud800")),
    ("a time no calendar has", "state", spoiled(STATE, "at", 1e300)),
]
TO_GATEWAY = [
    *refusable(ACK, "ack/hq"),
    *refusable(REPLAY, "replay"),
    *((f"{name} rubbish {text[:9]!r}", name, text) for name in ("ack/hq", "replay", "birth") for text in RUBBISH),
]


@asynccontextmanager
async def receiving(store: SqliteStore, broker: FakeBroker, clock: ManualClock) -> AsyncIterator[list[Received]]:
    heard: list[Received] = []
    async with running_task(Receiver(broker, store, "hq", clock, heard.append).run()):
        yield heard


async def test_headquarters_refuses_each_and_goes_on(store: SqliteStore, clock: ManualClock) -> None:
    broker = FakeBroker()
    async with receiving(store, broker, clock) as heard:
        await drive(clock, lambda: broker.connections)
        (first,) = broker.connections
        for number, (what, name, payload) in enumerate(TO_HEADQUARTERS, start=1):
            broker.route(Message(IDENTITY.topics.named(name), payload))
            await drive(clock, lambda: len(heard) == number)  # noqa: B023
            assert heard[-1].verdict is ArrivalVerdict.MALFORMED, what
        await still_stores(broker, clock)
        assert broker.connections == [first]


async def still_stores(broker: FakeBroker, clock: ManualClock) -> None:
    good = protocol.encode_event(events("e1", [{"kind": "x"}])[0], protocol.canonical({"kind": "x"}))
    broker.route(Message(IDENTITY.topics.named("event"), good))
    await drive(clock, lambda: broker.on("ack/hq"))


RETAINED = [row for row in TO_HEADQUARTERS if "half a character" in row[0] or "rubbish" in row[0]]


@pytest.mark.parametrize(("what", "name", "payload"), RETAINED[::4], ids=[row[0] for row in RETAINED[::4]])
async def test_a_retained_one_does_not_keep_headquarters_from_starting(
    store: SqliteStore, clock: ManualClock, what: str, name: str, payload: bytes
) -> None:
    bad = Message(IDENTITY.topics.named(name), payload, retained=True)
    broker = FakeBroker(retained={bad.topic: bad})
    async with receiving(store, broker, clock) as heard:
        await drive(clock, lambda: heard)
        assert [one.verdict for one in heard] == [ArrivalVerdict.MALFORMED], what
        (first,) = broker.connections
        await still_stores(broker, clock)
        assert broker.connections == [first]


async def test_the_gateway_refuses_each_and_goes_on(journal: Journal, clock: ManualClock) -> None:
    broker, told = FakeBroker(), Told()
    entries = await journal.commit(numbered(1, 3), AT)
    gateway = new_publisher(journal, broker, clock, tell=told)
    async with running_task(gateway.run()):
        await drive(clock, lambda: len(broker.on("event")) == 3)
        (first,) = broker.connections
        for number, (what, name, payload) in enumerate(TO_GATEWAY, start=1):
            broker.route(Message(IDENTITY.topics.named(name), payload))
            await drive(clock, lambda: not first._inbox)
            assert gateway.status().refused == number, what
        ack = Ack("hq", "gw-1", journal.epoch.id, 3, entries[2].hash)
        broker.route(Message(IDENTITY.topics.named("ack/hq"), protocol.encode(ack)))
        await drive(clock, lambda: not first._inbox)
        assert broker.connections == [first]
    assert (await journal.stats(["hq"])).unsettled == 0
    assert set(told.codes) == {"uplink.input-refused"}
    str(told.arguments).encode("utf-8")


async def test_an_acknowledgement_nobody_lets_pass_concerns_one_gateway(store: SqliteStore, clock: ManualClock) -> None:
    other = Topics("acme", "tower", "gw-2")
    broker = FakeBroker(refuse=lambda message: message.topic == IDENTITY.topics.named("ack/hq"))
    refused: list[str] = []
    receiver = Receiver(broker, store, "hq", clock, on_refused=lambda topic, _: refused.append(topic))
    async with running_task(receiver.run()):
        await drive(clock, lambda: broker.connections)
        (first,) = broker.connections
        for topics in (IDENTITY.topics, other):
            body = protocol.canonical({"kind": "x"})
            previous = protocol.genesis(topics.gateway, "e1")
            event = EventMessage(topics.gateway, "e1", 1, "x", protocol.chain(previous, body), previous, ENVELOPE, {})
            broker.route(Message(topics.named("event"), protocol.encode_event(event, body)))
        await drive(clock, lambda: any(one.topic == other.named("ack/hq") for one in broker.published))
        assert broker.connections == [first]
    assert refused == [IDENTITY.topics.named("ack/hq")]


async def test_a_gateway_that_may_not_hear_headquarters_delivers_all_the_same(
    journal: Journal, clock: ManualClock
) -> None:
    broker, told = FakeBroker(deaf=lambda topic: topic.endswith(("ack/hq", "replay", "birth"))), Told()
    await journal.commit(numbered(1, 3), AT)
    async with running_task(new_publisher(journal, broker, clock, tell=told).run()):
        await drive(clock, lambda: len(broker.on("event")) == 3)
    assert told.codes == ["uplink.unheard"]


# --- the size of what comes


@pytest.mark.parametrize("version", ["V5", "V311"])
async def test_a_message_of_a_megabyte_costs_no_megabyte(mosquitto: Mosquitto, version: str) -> None:
    broker = Broker(mosquitto.url, Login("hq"))
    broker._version = getattr(client.aiomqtt.ProtocolVersion, version)
    async with broker.connect() as hq, Broker(mosquitto.url, Login("gw")).connect() as sender:
        await hq.subscribe("a")
        await publish(sender, "a", bytes(1_000_000))
        await publish(sender, "a", b"after it")
        got = []
        while not got or got[-1].payload != b"after it":
            got += await hq.receive()
    assert all(len(message.payload) <= MAX_BYTES + 1 for message in got)
    assert len(got) == (1 if version == "V5" else 2)


async def test_the_inbox_is_bounded_by_bytes_and_what_is_dropped_is_counted(mosquitto: Mosquitto) -> None:
    async with Broker(mosquitto.url, Login("hq")).connect() as hq:
        assert isinstance(hq, client._Client)
        paho, flood = hq._client, 1000
        for number in range(flood):
            message = SimpleNamespace(topic="a", payload=bytes(200_000), retain=False, mid=number, qos=0)
            hq._on_message(paho, None, message)
        held = sum(len(message.payload) for message, _ in hq._inbox._waiting)
        assert held <= inbox.ALLOWED
        assert hq._inbox.dropped + len(hq._inbox) == flood
        while hq._inbox:
            await hq.receive()
        assert hq._inbox._bytes == 0


async def test_a_topic_that_is_no_text_is_none_of_ours(mosquitto: Mosquitto) -> None:
    class Odd:
        payload, retain, mid, qos = b"x", False, 1, 0

        @property
        def topic(self) -> str:
            return b"\xff".decode()

    async with Broker(mosquitto.url, Login("hq")).connect() as hq:
        assert isinstance(hq, client._Client)
        hq._on_message(hq._client, None, Odd())
        assert (await hq.receive())[0].topic == ""


# --- what a person sees of it


KINDS = st.sampled_from(["alarm", "order", "record", "audit", "reading", "system", "news"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
    lambda one: st.lists(one, max_size=2) | st.dictionaries(st.sampled_from(["wall", "zh", "code", "inputs"]), one),
    max_leaves=4,
)
FIELDS = st.sampled_from(
    ["at", "kind", "state", "severity", "why", "title", "status", "verdict", "code", "arguments", "outcome", "value"]
)


def followed(event: EventMessage) -> str:
    out = io.StringIO()
    view = LiveView(Console(Catalogue.load("zh"), out=out), follow=True, clock=ManualClock())
    view.received(Received("t", ArrivalVerdict.NEW, event))
    return out.getvalue()


@settings(deadline=None)
@given(kind=KINDS, body=st.dictionaries(FIELDS, VALUES, max_size=6))
def test_the_live_view_survives_any_body(kind: str, body: dict[str, Any]) -> None:
    event = events("e1", [body | {"kind": kind}])[0]
    assert "gw-1#1" in followed(event)


@pytest.mark.parametrize("wall", [1e18, -1e18, 1e300, "soon", None])
def test_a_time_no_calendar_has_is_shown_as_it_is(wall: object) -> None:
    body = {"kind": "system", "code": "agent.stopping", "arguments": {}, "at": {"wall": wall}}
    assert "agent.stopping" in followed(events("e1", [body])[0])


def test_what_a_forger_says_does_not_reach_the_terminal() -> None:
    body = {"kind": "system", "code": "agent.stopping\x1b[2J\x9b31m", "arguments": {}, "at": {"wall": 1.0}}
    shown = followed(replace(events("e1", [body])[0], kind="x"))
    assert "\x1b" not in shown
    assert "\x9b" not in shown
