"""Bodies come back as they were, from any dictionary; what is alike costs little."""

import zlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.journal import Journal
from agent.journal.packing import LARGEST, LEARN_FIRST, Dictionaries, learn, pack, unpack
from runtime.clock import ManualClock
from tests.unit.delivery_fakes import facts


@given(body=st.binary(max_size=5_000), dictionary=st.binary(max_size=LARGEST))
def test_a_packed_body_comes_back(body: bytes, dictionary: bytes) -> None:
    assert unpack(pack(body, dictionary), dictionary) == body


def alarm(rule: int, value: float) -> bytes:
    words = " ".join(f"{zlib.crc32(f'{rule}/{word}'.encode()):x}" for word in range(120))
    return f'{{"kind":"alarm","rule":"W{rule}","text":"{words}","value":{value}}}'.encode()


def test_a_dictionary_learns_each_kind_of_body_once() -> None:
    bodies = [alarm(number % 5, number / 7) for number in range(200)]
    dictionary = learn(bodies)
    assert len(dictionary) < 6 * len(bodies[0])
    assert max(len(pack(alarm(rule, 0.5), dictionary)) for rule in range(5)) < len(bodies[0]) / 10


def test_a_dictionary_is_bounded() -> None:
    assert LARGEST * 0.8 < len(learn(alarm(number, 1.0) for number in range(500))) <= LARGEST


async def test_the_store_learns_from_its_events_and_still_reads_all_of_them(tmp_path: Path, clock: ManualClock) -> None:
    journal = await Journal.open(tmp_path / "journal.db", "gw-1", clock)
    names = [f"{number} {alarm(number % 3, 0.0).decode()}" for number in range(3 * LEARN_FIRST)]
    for name in names:
        await journal.commit(facts(name), clock.now())
    sizes = await journal.maintain(lambda db: [size for (size,) in db.execute("SELECT length(body) FROM event")])
    assert max(sizes[LEARN_FIRST:]) * 3 < min(sizes[:LEARN_FIRST])
    entries = await journal.read_range(journal.epoch.id, 1, len(names))
    assert [b"W" in entry.body for entry in entries] == [True] * len(names)
    await journal.close()


@pytest.mark.parametrize("damaged", [[1], [2]])
async def test_one_damaged_copy_of_a_dictionary_costs_nothing(
    tmp_path: Path, clock: ManualClock, damaged: list[int]
) -> None:
    journal = await Journal.open(tmp_path / "journal.db", "gw-1", clock)
    for number in range(2 * LEARN_FIRST):
        await journal.commit(facts(alarm(number % 3, 0.0).decode()), clock.now())
    spoil = "UPDATE dictionary SET bytes = x'00' WHERE copy = ?"
    await journal.maintain(lambda db: [db.execute(spoil, (copy,)) for copy in damaged])
    await journal.close()
    journal = await Journal.open(tmp_path / "journal.db", "gw-1", clock)
    assert len(await journal.unsent(999)) == 2 * LEARN_FIRST
    await journal.close()


async def test_without_a_readable_dictionary_new_bodies_are_packed_without(journal: Journal) -> None:
    await journal.maintain(lambda db: db.execute("INSERT INTO dictionary VALUES (7, 1, x'00'), (7, 2, x'00')"))
    assert await journal.maintain(Dictionaries().newest) == (0, b"")
