import asyncio
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agent.journal import Entry, Journal, Settlement
from drivers.points import Instant
from headquarters.contract.protocol import chain, genesis
from rules.effects import Effects, Row
from runtime.clock import ManualClock
from runtime.errors import StoreError
from runtime.sqlite import reading
from tests.unit.delivery_fakes import crash_image, facts, numbered

AT = Instant("boot-1", 1000.0, 1_800_000_000.0)


async def reopened(journal: Journal, tmp_path: Path, clock: ManualClock) -> Journal:
    """As after a power cut."""
    image = crash_image(tmp_path / "journal.db", tmp_path / "after.db")
    return await Journal.open(image, journal.gateway, clock)


def proven(entries: list[Entry], start: str) -> bool:
    """Whether the entries form an unbroken chain from ``start``."""
    for entry in entries:
        if entry.previous != start or entry.hash != chain(start, entry.body):
            return False
        start = entry.hash
    return True


async def test_rows_and_events_survive_a_power_cut(journal: Journal, tmp_path: Path, clock: ManualClock) -> None:
    row = Row("alarm", "tank-1/W01", {"state": "active", "水": 1.5})
    committed = await journal.commit(facts("one", "two", rows=(row,)), AT)
    after = await reopened(journal, tmp_path, clock)
    assert await after.load_rows() == [row]
    assert await after.read_range(after.epoch.id, 1, 9) == committed
    assert (after.epoch, after.head) == (journal.epoch, 2)
    await after.close()


async def test_rows_change_and_go(journal: Journal) -> None:
    await journal.commit(Effects([Row("alarm", "a", {"x": 1}), Row("order", "a", {"y": 1})]), AT)
    await journal.commit(Effects([Row("alarm", "a", {"x": 2}), Row("order", "a", None)]), AT)
    assert await journal.load_rows() == [Row("alarm", "a", {"x": 2})]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sizes=st.lists(st.integers(0, 4), max_size=8), cut=st.booleans())
async def test_events_are_numbered_without_gaps_and_chained(
    tmp_path_factory: pytest.TempPathFactory, clock: ManualClock, sizes: list[int], cut: bool
) -> None:
    directory = tmp_path_factory.mktemp("chain")
    journal = await Journal.open(directory / "journal.db", "gw-1", clock)
    epoch = journal.epoch.id
    for size in sizes:
        await journal.commit(numbered(1, size), AT)
        if cut:
            await journal.close()
            journal = await Journal.open(directory / "journal.db", "gw-1", clock)
    entries = await journal.read_range(epoch, 1, 99)
    await journal.close()
    assert [entry.seq for entry in entries] == [*range(1, sum(sizes) + 1)]
    assert proven(entries, genesis("gw-1", epoch))


async def test_commits_at_once_still_form_one_chain(journal: Journal) -> None:
    await asyncio.gather(*(journal.commit(facts("a", "b"), AT) for _ in range(30)))
    entries = await journal.read_range(journal.epoch.id, 1, 99)
    assert [entry.seq for entry in entries] == [*range(1, 61)]
    assert proven(entries, genesis("gw-1", journal.epoch.id))
    assert journal.head == 60


async def test_an_event_never_changes(journal: Journal) -> None:
    await journal.commit(facts("one"), AT)
    with pytest.raises(StoreError, match=r"never changes"):
        await journal.maintain(lambda db: db.execute("UPDATE event SET body = x'00'"))


async def test_a_listener_hears_of_events_only(journal: Journal) -> None:
    heard: list[int] = []
    with journal.listening(lambda: heard.append(journal.head), lambda: None):
        await journal.commit(Effects([Row("alarm", "a", {})]), AT)
        await journal.commit(facts("one"), AT)
    await journal.commit(facts("after it listened"), AT)
    assert heard == [1]


async def test_nothing_heard_of_what_failed(journal: Journal, tmp_path: Path) -> None:
    heard: list[int] = []
    with journal.listening(lambda: heard.append(1), lambda: None):
        await journal.close()
        with pytest.raises(StoreError):
            await journal.commit(facts("one"), AT)
    assert (heard, journal.head) == ([], 0)


async def test_live_and_backlog_are_told_apart_by_position(journal: Journal) -> None:
    await journal.commit(numbered(1, 3), AT)
    boundary = await journal.last_position()
    await journal.commit(numbered(4, 5), AT)
    assert [entry.seq for entry in await journal.unsent(9, until=boundary)] == [1, 2, 3]
    assert [entry.seq for entry in await journal.unsent(9, after=boundary)] == [4, 5]
    assert [entry.seq for entry in await journal.unsent(2)] == [1, 2]


async def test_sent_is_not_settled(journal: Journal) -> None:
    entries = await journal.commit(numbered(1, 4), AT)
    await journal.mark_sent(entries[:3])
    stats = await journal.stats(["hq"])
    assert (stats.unsent, stats.unsettled, stats.oldest_unsent) == (1, 4, AT.wall)
    await journal.settle("hq", journal.epoch.id, 2, entries[1].hash)
    assert (await journal.stats(["hq"])).unsettled == 2
    assert (await journal.stats(["hq", "archive"])).unsettled == 4
    assert (await journal.stats()).unsettled == 4


async def test_an_acknowledgement_may_go_back(journal: Journal) -> None:
    entries = await journal.commit(numbered(1, 4), AT)
    for seq, digest in ((4, entries[3].hash), (1, entries[0].hash), (0, genesis("gw-1", journal.epoch.id))):
        assert await journal.settle("hq", journal.epoch.id, seq, digest) is Settlement.SETTLED
    assert (await journal.stats(["hq"])).unsettled == 4


@pytest.mark.parametrize("blocks", [0, 50])
async def test_an_acknowledgement_that_goes_back_is_not_forgotten_by_a_crash(tmp_path: Path, blocks: int) -> None:
    """A restored headquarters lacks them, and what counts as settled may be pruned before it says so again."""
    journal = await Journal.open(tmp_path / "a.db", "gw-1", ManualClock(), blocks=blocks)
    entries = await journal.commit(numbered(1, 4), AT)
    await journal.settle("hq", journal.epoch.id, 4, entries[3].hash)
    await journal.commit(numbered(5, 5), AT)
    await journal.settle("hq", journal.epoch.id, 1, entries[0].hash)
    image = crash_image(tmp_path / "a.db", tmp_path / "after.db")
    await journal.close()
    after = await Journal.open(image, "gw-1", ManualClock(), blocks=blocks)
    assert (await after.stats(["hq"])).unsettled == 4
    await after.close()


@pytest.mark.parametrize(
    ("epoch", "seq", "digest", "outcome"),
    [
        ("", 9, "x", Settlement.AHEAD),
        ("", 1, "x", Settlement.CONFLICT),
        ("", -1, "x", Settlement.CONFLICT),
        ("other", 1, "x", Settlement.UNKNOWN),
    ],
)
async def test_an_acknowledgement_that_does_not_fit_settles_nothing(
    journal: Journal, epoch: str, seq: int, digest: str, outcome: Settlement
) -> None:
    await journal.commit(numbered(1, 2), AT)
    assert await journal.settle("hq", epoch or journal.epoch.id, seq, digest) is outcome
    assert (await journal.stats(["hq"])).unsettled == 2


async def test_refused_events_wait_aside(journal: Journal) -> None:
    entries = await journal.commit(numbered(1, 3), AT)
    await journal.mark_refused(entries[:1])
    assert [entry.seq for entry in await journal.unsent(9)] == [2, 3]
    assert ((await journal.stats()).unsent, (await journal.stats()).refused) == (3, 1)
    await journal.retry_refused()
    assert [entry.seq for entry in await journal.unsent(9)] == [1, 2, 3]


async def test_a_renewed_epoch_names_its_predecessor_and_counts_anew(
    journal: Journal, tmp_path: Path, clock: ManualClock
) -> None:
    old = journal.epoch.id
    await journal.commit(numbered(1, 3), AT)
    await journal.renew("ahead")
    (entry,) = await journal.commit(facts("new"), AT)
    after = await reopened(journal, tmp_path, clock)
    assert (after.epoch.reason, after.epoch.predecessor, entry.seq) == ("ahead", old, 1)
    assert entry.previous == genesis("gw-1", after.epoch.id)
    await after.close()


async def test_the_store_can_be_read_beside_the_gateway(journal: Journal, tmp_path: Path) -> None:
    await journal.commit(numbered(1, 3), AT)
    await journal.renew("ahead")  # a commit of the file itself: the newest events may be in the redo log only
    with reading(tmp_path / "journal.db") as db:
        assert db.execute("SELECT count(*) FROM event").fetchone() == (3,)
