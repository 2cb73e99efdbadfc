"""What a receiver's store makes of arrivals in any order, and what its audit says."""

import asyncio
import sqlite3
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headquarters.contract import protocol
from headquarters.contract.protocol import (
    Again,
    Birth,
    Envelope,
    EventMessage,
    FormerEpoch,
    Gone,
    Range,
    Sample,
    State,
    Telemetry,
)
from headquarters.receiver import ArrivalVerdict, GatewayMessage, SqliteStore, audit
from rules.facts import When

TOWER = "acme/tower/gw-1"
ENVELOPE = Envelope(When(1.5, True, "boot", 2.5), 3.0, False, 1)
BIRTH = Birth("acme", "tower", "gw-1", "0.1.0", 1, "f", "e1", "new-store", "", [], 1, 9, 0, 0, 2.5)


def events(epoch: str, bodies: Sequence[dict[str, Any]]) -> list[EventMessage]:
    """A chain of events with these bodies, whose ``kind`` is theirs."""
    chained, previous = [], protocol.genesis("gw-1", epoch)
    for seq, body in enumerate(bodies, start=1):
        digest = protocol.chain(previous, protocol.canonical(body))
        kind = str(body.get("kind", "system"))
        chained.append(EventMessage("gw-1", epoch, seq, kind, digest, previous, ENVELOPE, body))
        previous = digest
    return chained


def numbered(count: int, epoch: str = "e1") -> list[EventMessage]:
    return events(epoch, [{"n": number} for number in range(count)])


def alarm(state: str) -> dict[str, Any]:
    return {"kind": "alarm", "alarm": "tank-1/W01", "state": state}


def order(number: int, status: str) -> dict[str, Any]:
    return {"kind": "order", "order": f"gw-1/e1/tank-1/W01/{number}", "status": status}


async def take(store: SqliteStore, arrivals: Sequence[EventMessage], gateway: str = TOWER) -> list[ArrivalVerdict]:
    return await store.absorb([GatewayMessage(gateway, event) for event in arrivals], 1.0)


async def say(store: SqliteStore, *messages: Birth | State | Gone | Telemetry) -> None:
    await store.announce([GatewayMessage(TOWER, message) for message in messages], 1.0)


def current(path: Path, kind: str = "alarm") -> list[tuple[str, str]]:
    with sqlite3.connect(path) as db:
        found = db.execute("SELECT id, status FROM current WHERE kind = ? ORDER BY id", (kind,)).fetchall()
    db.close()
    return found


@pytest.fixture
def hq(tmp_path: Path) -> Path:
    return tmp_path / "hq.db"


@given(st.data())
@settings(max_examples=25, deadline=None)
def test_any_order_any_repetition_and_any_batches_give_the_same_complete_store(data: st.DataObject) -> None:
    whole = numbered(12)
    arrivals = data.draw(st.permutations(whole)) + data.draw(st.lists(st.sampled_from(whole), max_size=10))
    size = data.draw(st.integers(1, len(arrivals)))

    async def absorb(path: Path) -> list[ArrivalVerdict]:
        verdicts = []
        for first in range(0, len(arrivals), size):
            store = await SqliteStore.open(path)  # a restart between batches changes nothing
            verdicts += await take(store, arrivals[first : first + size])
            await store.close()
        return verdicts

    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "hq.db"
        verdicts = asyncio.run(absorb(path))
        (epoch,) = audit(path).epochs
    assert (verdicts.count(ArrivalVerdict.NEW), verdicts.count(ArrivalVerdict.CONFLICT)) == (12, 0)
    assert epoch.good
    assert (epoch.count, epoch.redelivered) == (12, len(arrivals) - 12)


@pytest.mark.parametrize("arrival", [[0, 1, 2], [2, 1, 0], [2, 0, 1], [1, 2, 1, 0]], ids=str)
async def test_an_alarm_is_as_its_highest_event_says(store: SqliteStore, hq: Path, arrival: list[int]) -> None:
    whole = events("e1", [alarm("pending"), alarm("active"), alarm("returned")])
    await take(store, [whole[index] for index in arrival])
    assert current(hq) == [("tank-1/W01", "returned")]


async def test_a_later_epoch_counts_more_even_when_its_events_come_first(store: SqliteStore, hq: Path) -> None:
    await take(store, events("later", [alarm("normal")]))
    await take(store, events("earlier", [alarm("pending"), alarm("active")]))
    await say(store, replace(BIRTH, epoch="later", predecessor="earlier", first=1, head=1))
    assert current(hq) == [("tank-1/W01", "active")]  # as far as it knew; from now on it knows better
    await take(store, events("later", [alarm("normal"), alarm("pending")]))
    await take(store, events("earlier", [alarm("pending"), alarm("active"), alarm("returned")]))
    assert current(hq) == [("tank-1/W01", "pending")]


async def test_gateways_of_one_name_at_two_sites_are_two(store: SqliteStore, hq: Path) -> None:
    await take(store, numbered(2), "acme/tower/gw-1")
    await take(store, numbered(3), "acme/plaza/gw-1")
    report = audit(hq)
    assert {gateway: epochs[0].count for gateway, epochs in report.gateways.items()} == {
        "acme/tower/gw-1": 2,
        "acme/plaza/gw-1": 3,
    }
    assert report.good


@pytest.mark.parametrize(
    ("arrived", "announcements", "watermark", "gap"),
    [
        ([1, 2, 5], [Gone("gw-1", "e1", [Range(3, 4)])], 5, (6, 9)),
        ([1, 2, 5], [Gone("gw-1", "e1", [Range(3, 3)])], 2, (4, 4)),
        ([1, 2, 5], [Gone("gw-1", "e1", [Range(1, 9)])], 5, None),
        ([5, 6], [replace(BIRTH, first=5)], 6, (7, 9)),
        ([], [replace(BIRTH, first=0)], 0, None),
        ([5], [Gone("gw-1", "e1", [Range(1, 2)]), Gone("gw-1", "e1", [Range(2, 4)])], 5, (6, 9)),
        ([1, 2], [], 2, (3, 9)),
    ],
    ids=["between", "part", "all the rest", "pruned", "nothing kept", "overlapping", "none"],
)
async def test_what_is_gone_is_not_asked_for_again(
    store: SqliteStore,
    hq: Path,
    arrived: list[int],
    announcements: list[Any],
    watermark: int,
    gap: tuple[int, int] | None,
) -> None:
    whole = numbered(9)
    await take(store, [whole[seq - 1] for seq in arrived])
    await say(store, replace(BIRTH, first=1), *announcements)
    (mark,) = await store.watermarks()
    assert mark.seq == watermark
    assert mark.hash == (whole[watermark - 1].hash if watermark else protocol.genesis("gw-1", "e1"))
    assert await store.first_gap(mark, 9) == gap
    await take(store, [event for event in whole if not _gone(hq, event.seq)])
    (epoch,) = audit(hq).epochs
    assert epoch.good
    assert epoch.count + epoch.gone == 9


def _gone(path: Path, seq: int) -> bool:
    with sqlite3.connect(path) as db:
        found = db.execute("SELECT 1 FROM gone WHERE ? BETWEEN first AND last", (seq,)).fetchone()
    db.close()
    return found is not None


async def test_what_was_announced_and_is_not_here_makes_a_store_incomplete(store: SqliteStore, hq: Path) -> None:
    await take(store, numbered(3))
    await say(store, replace(BIRTH, head=3), State(True, "gw-1", "e1", 5, 2, 1.5, 0))
    (epoch,) = audit(hq).epochs
    assert (epoch.lost, epoch.pending, epoch.good) == (0, 2, False)


async def test_two_open_orders_of_one_cause_are_found(store: SqliteStore, hq: Path) -> None:
    await take(store, events("e1", [order(1, "open"), order(1, "closed"), order(2, "open"), order(3, "open")]))
    report = audit(hq)
    assert (report.orders, report.open_orders, report.doubled_orders) == (3, 2, 1)
    assert all(epoch.good for epoch in report.epochs)
    assert not report.good, "a cause with two open orders sends two people"


async def test_the_newest_value_of_each_role_is_kept(store: SqliteStore, hq: Path) -> None:
    def telemetry(seq: int, sampled: float, value: float) -> Telemetry:
        sample = Sample("level", value, "%", "good", "", sampled)
        return Telemetry("gw-1", "s", seq, 0, "tank-1", False, sampled, [sample])

    await say(store, telemetry(2, 20.0, 50.0), telemetry(1, 10.0, 40.0))
    with sqlite3.connect(hq) as db:
        assert db.execute("SELECT role, value, sampled FROM telemetry").fetchall() == [("level", "50.0", 20.0)]
    db.close()


ENDED = replace(BIRTH, epoch="e2", head=0, first=0, former=[FormerEpoch("e1", 3, [Again(4, 6, "e2", 1)])])
"""The journal was put back to 3 events, and had 3 others when it was noticed."""


@pytest.mark.parametrize(
    ("announcements", "awaited", "abandoned"),
    [
        ([], 9, ()),
        ([Gone("gw-1", "e1", [Range(4, 4), Range(5, 9)])], 0, ((4, 9),)),
        ([Gone("gw-1", "e1", [Range(6, 9)])], 9, ((6, 9),)),
        ([replace(ENDED, former=[FormerEpoch("e1", 3)])], 9, ()),
        ([ENDED], 0, ((7, 9),)),
        ([ENDED, State(False, "gw-1", "e1", 6, 0, 1.5, 0)], 0, ((7, 9),)),
    ],
    ids=["nothing said", "gone", "partly", "put back, nothing since", "told again", "the will comes late"],
)
async def test_what_was_announced_is_awaited_until_it_is_gone(
    store: SqliteStore, hq: Path, announcements: list[Any], awaited: int, abandoned: tuple[tuple[int, int], ...]
) -> None:
    await take(store, numbered(3))
    await say(store, BIRTH, *announcements)
    mark = next(mark for mark in await store.watermarks() if mark.epoch == "e1")
    assert (mark.seq, mark.awaited) == (3, awaited)
    epoch = next(epoch for epoch in audit(hq).epochs if epoch.epoch == "e1")
    assert epoch.abandoned == abandoned
    assert bool(epoch.pending) == bool(awaited)
    with sqlite3.connect(hq) as db:
        assert db.execute("SELECT count(*) FROM gone").fetchone()[0] == len(abandoned), "one row for what touches"
    db.close()
