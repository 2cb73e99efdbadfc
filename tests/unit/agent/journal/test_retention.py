"""What is kept how long, and that the chain can still be followed over what went."""

from dataclasses import replace
from hashlib import sha512
from pathlib import Path
from threading import Event

import pytest

from agent.journal import Entry, Journal, JournalMaintenance, Retention, Settlement
from agent.journal.examine import examine
from agent.journal.retention import (
    PRUNED_AT_ONCE,
    SEGMENT,
    RetentionClass,
    give_up_oldest,
    keep_of,
    prune_for_space,
    prune_old,
    used_bytes,
)
from config.plant import DAY
from drivers.points import Instant
from rules.facts import AlarmFact, AuditFact, Fact, OrderFact, ReadingFact, RecordFact, SystemFact, When, Why
from runtime.clock import ManualClock
from tests.unit.delivery_fakes import facts, numbered

AT = When(1_800_000_000.0, True, "boot-1", 1000.0)
WHY = Why("level < 30 %", [])
ALARM = AlarmFact("t/W01", "W01", "t", {}, "high", "normal", "active", False, 1, "engine", AT, WHY)
ORDER = OrderFact("o", "open", "t", "W01", "t/W01", {}, "medium", "", [], "high", AT, AT, "engine", 0, WHY)
RECORD = RecordFact("r", "weekly", "g", {}, "passed", "schedule", AT, AT, [], [], [])
AUDIT = AuditFact("c", "start", "g", "schedule", "r", "issued")


@pytest.mark.parametrize(
    ("fact", "keep"),
    [
        (SystemFact("agent.started", {}, AT), RetentionClass.ROUTINE),
        (ReadingFact("t", "level", 1.0, "m", "Li", AT), RetentionClass.ROUTINE),
        (ALARM, RetentionClass.ALARM),
        (replace(ALARM, severity="critical"), RetentionClass.ALARM),
        (ORDER, RetentionClass.PROOF),
        (replace(ORDER, severity="critical"), RetentionClass.EVER),
        (replace(ORDER, order_class="emergency"), RetentionClass.EVER),
        (replace(ORDER, order_class="major"), RetentionClass.EVER),
        (RECORD, RetentionClass.PROOF),
        (replace(RECORD, verdict="failed"), RetentionClass.EVER),
        (AUDIT, RetentionClass.PROOF),
    ],
)
def test_what_is_kept_how_long(fact: Fact, keep: RetentionClass) -> None:
    assert keep_of(fact) is keep


def test_the_defaults_are_those_promised() -> None:
    kept = Retention().seconds
    assert min(kept.values()) >= 90 * DAY
    assert kept[RetentionClass.PROOF] >= 5 * 365 * DAY
    assert RetentionClass.EVER not in kept


def day(number: float, *, trusted: bool = True) -> Instant:
    return Instant("boot-1", 1000.0 + number * DAY, 1_800_000_000.0 + number * DAY, trusted)


async def fill(journal: Journal, *days: float, trusted: bool = True) -> list[Entry]:
    return [entry for at in days for entry in await journal.commit(facts(f"{at}"), day(at, trusted=trusted))]


async def prune(journal: Journal, retention: Retention, at: float) -> None:
    while await journal.maintain(lambda db: prune_old(db, retention, day(at).wall)):
        pass


async def kept(journal: Journal) -> list[int]:
    return [entry.seq for entry in await journal.read_range(journal.epoch.id, 1, 10_000)]


async def test_only_what_every_consumer_has_goes_and_only_after_its_time(journal: Journal) -> None:
    entries = await fill(journal, 0, 1, 2, 3, 50, 95)
    await journal.settle("hq", journal.epoch.id, 5, entries[4].hash)
    await journal.settle("archive", journal.epoch.id, 3, entries[2].hash)
    retention = Retention(consumers=("hq", "archive"))
    await prune(journal, retention, 92.5)
    assert await kept(journal) == [3 + 1, 5, 6]
    await journal.settle("archive", journal.epoch.id, 6, entries[5].hash)
    await prune(journal, retention, 500)
    assert await kept(journal) == [6]


async def test_without_consumers_a_broker_must_have_it(journal: Journal) -> None:
    entries = await fill(journal, 0, 1, 2)
    await journal.mark_sent(entries[:2])
    await prune(journal, Retention(), 400)
    assert await kept(journal) == [3]


async def test_an_untrusted_clock_makes_nothing_old(journal: Journal) -> None:
    entries = await fill(journal, -20_000, trusted=False)
    entries += await fill(journal, 0)
    await journal.mark_sent(entries)
    await prune(journal, Retention(), 89)
    assert await kept(journal) == [1, 2]
    entries = await fill(journal, 200)
    await prune(journal, Retention(), 91)
    assert await kept(journal) == [3]


async def test_classes_go_in_their_order_when_space_is_short(journal: Journal) -> None:
    effects = facts("routine")
    effects.events += [ALARM, AUDIT, replace(ORDER, severity="critical")]
    await journal.mark_sent(await journal.commit(effects, day(0)))
    gone = []
    while await journal.maintain(lambda db: prune_for_space(db, Retention())):
        gone.append(await kept(journal))
    assert gone == [[2, 3, 4], [3, 4], [4]]


async def test_pruned_events_leave_digests_and_full_segments_one_hash(journal: Journal, tmp_path: Path) -> None:
    entries = await journal.commit(numbered(1, SEGMENT + 50), day(0))
    kept_one = entries[SEGMENT // 2]
    await journal.mark_sent([entry for entry in entries if entry is not kept_one])
    await prune(journal, Retention(), 400)
    assert await kept(journal) == [kept_one.seq]
    assert await counts(journal) == (SEGMENT + 49, 0)
    examine(tmp_path / "journal.db", Event(), pause=0.0)
    await journal.mark_sent([kept_one])
    await prune(journal, Retention(), 400)
    assert await counts(journal) == (50, 1)
    examine(tmp_path / "journal.db", Event(), pause=0.0)
    (later,) = await journal.commit(facts("later"), day(400))
    assert later.previous == entries[-1].hash


async def test_an_acknowledgement_of_pruned_events_is_understood(journal: Journal) -> None:
    entries = await journal.commit(numbered(1, SEGMENT + 5), day(0))
    await journal.mark_sent(entries)
    await prune(journal, Retention(), 400)
    for entry in (entries[3], entries[SEGMENT + 2]):
        assert await journal.settle("hq", entry.epoch, entry.seq, entry.hash) is Settlement.SETTLED
    assert await journal.settle("hq", journal.epoch.id, SEGMENT + 2, "00" * 32) is Settlement.CONFLICT


async def test_pruning_goes_in_small_transactions(journal: Journal) -> None:
    await journal.mark_sent(await journal.commit(numbered(1, PRUNED_AT_ONCE + 10), day(0)))
    done = [await journal.maintain(lambda db: prune_old(db, Retention(), day(400).wall)) for _ in range(3)]
    assert done == [PRUNED_AT_ONCE, 10, 0]


async def test_a_file_over_its_size_gives_room_back_to_the_file_system(
    journal: Journal, tmp_path: Path, clock: ManualClock
) -> None:
    noise = [sha512(str(number).encode()).hexdigest() * 2 for number in range(8_000)]
    await journal.mark_sent(await journal.commit(facts(*noise), day(0)))
    before = await pages(journal)
    clock.real_sleep = clock.advance  # type: ignore[method-assign]
    await JournalMaintenance(journal, clock, Retention(bytes_allowed=300_000)).upkeep()
    assert await journal.maintain(used_bytes) <= 300_000
    assert await pages(journal) < before - 100
    examine(tmp_path / "journal.db", Event(), pause=0.0)


async def test_what_memory_gives_up_is_what_a_broker_has_first(journal: Journal) -> None:
    entries = await journal.commit(numbered(1, 10), day(0))
    await journal.mark_sent(entries[4:6])
    assert await journal.maintain(lambda db: give_up_oldest(db, 6)) == 2
    assert await kept(journal) == [3, 4, 7, 8, 9, 10]
    assert await journal.maintain(lambda db: give_up_oldest(db, 6)) == 0


async def counts(journal: Journal) -> tuple[int, int]:
    query = "SELECT (SELECT count(*) FROM digest), (SELECT count(*) FROM segment)"
    found: tuple[int, int] = await journal.maintain(lambda db: db.execute(query).fetchone())
    return found


async def pages(journal: Journal) -> int:
    return int(await journal.maintain(lambda db: db.execute("PRAGMA page_count").fetchone()[0]))
