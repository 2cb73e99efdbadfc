"""Looking back at a journal: beside its writer, after its end, after a kill, and when it is damaged."""

import asyncio
import json
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import pytest

from agent.history.kinds import Wanted
from agent.history.page import HistoryQuestion, Page, page
from agent.history.stored import StoredHistory
from agent.history.words import SiteCalendar
from agent.journal import JOURNAL, Journal
from drivers.points import Instant, PlantgateError
from rules.alarms.alarm import Alarm, AlarmState
from rules.effects import Effects, Row
from rules.engine.state import AlarmRecord
from rules.facts import Fact, SystemFact, When
from rules.plain import to_plain
from runtime.clock import ManualClock
from tests.unit.agent.history.events import DAY, MIDNIGHT, alarm, everything, system, when
from tests.unit.delivery_fakes import crash_image

NOW = MIDNIGHT + DAY
CALENDAR = SiteCalendar(NOW, "Asia/Shanghai")
YESTERDAY = HistoryQuestion(since="2026-11-27", until="2026-11-27")


async def put(journal: Journal, *facts: Fact) -> None:
    for fact in facts:
        at = fact.at
        await journal.commit(Effects(events=[fact]), Instant(at.boot, at.mono, at.wall, at.trusted))


async def opened(directory: Path) -> Journal:
    await asyncio.to_thread(directory.mkdir, exist_ok=True)
    journal = await Journal.open(directory / JOURNAL, "gw-1", ManualClock())
    await journal.note_zone("Asia/Shanghai")
    return journal


async def gathered(ask: Callable[[HistoryQuestion], object], asked: HistoryQuestion) -> list[Page]:
    pages = [await ask(asked)]  # type: ignore[misc]
    while pages[-1].more:
        pages.append(await ask(HistoryQuestion(asked.wanted, asked.since, asked.until, pages[-1].after)))  # type: ignore[misc]
    return pages


def bodies(pages: list[Page]) -> list[dict[str, object]]:
    return [event["body"] for one in pages for event in one.events]


async def running(journal: Journal, asked: HistoryQuestion = YESTERDAY) -> list[dict[str, object]]:
    return bodies(await gathered(lambda one: page(journal, one, CALENDAR), asked))


async def stored(directory: Path, asked: HistoryQuestion = YESTERDAY) -> list[dict[str, object]]:
    return bodies(await gathered(lambda one: StoredHistory(directory).page(one, NOW), asked))


def plain(facts: list[Fact]) -> list[dict[str, object]]:
    return [json.loads(json.dumps(asdict(fact))) for fact in facts]


async def test_running_stopped_and_killed_tell_the_same(tmp_path: Path) -> None:
    journal = await opened(tmp_path / "state")
    await put(journal, *everything())
    assert await running(journal) == plain(everything())
    (tmp_path / "killed").mkdir()
    crash_image(tmp_path / "state" / JOURNAL, tmp_path / "killed" / JOURNAL)
    assert await stored(tmp_path / "killed") == plain(everything())
    await journal.close()
    assert await stored(tmp_path / "state") == plain(everything())


async def test_a_killed_one_goes_on_after_what_its_log_alone_holds(tmp_path: Path) -> None:
    """The place where a reader stopped stays the same place once the gateway runs again."""
    journal = await opened(tmp_path / "state")
    await put(journal, *everything())
    (tmp_path / "killed").mkdir()
    crash_image(tmp_path / "state" / JOURNAL, tmp_path / "killed" / JOURNAL)
    await journal.close()
    told = await StoredHistory(tmp_path / "killed").page(YESTERDAY, NOW)
    again = await opened(tmp_path / "killed")
    await put(again, system("agent.started", when(40000), version="1", site="tower"))
    following = await running(again, HistoryQuestion(since="2026-11-27", after=told.after))
    await again.close()
    assert [body["kind"] for body in following] == ["system"]


@pytest.mark.parametrize(
    ("since", "until", "expected"),
    [
        ("2026-11-27", "", everything()),
        ("2026-11-27 02:00", "2026-11-27 04:00:01", everything()[3:6]),
        ("2026-11-27 09:00", "", []),
        ("2026-11-20", "2026-11-26", []),
        ("2h", "", []),
    ],
)
async def test_only_that_time(tmp_path: Path, since: str, until: str, expected: list[Fact]) -> None:
    journal = await opened(tmp_path / "state")
    await put(journal, *everything())
    assert await running(journal, HistoryQuestion(since=since, until=until)) == plain(expected)
    (tmp_path / "killed").mkdir()
    crash_image(tmp_path / "state" / JOURNAL, tmp_path / "killed" / JOURNAL)
    assert await stored(tmp_path / "killed", HistoryQuestion(since=since, until=until)) == plain(expected)
    await journal.close()


async def test_what_happened_while_nobody_knew_the_time_lies_between_what_is_known(tmp_path: Path) -> None:
    journal = await opened(tmp_path / "state")
    lost = SystemFact("agent.started", {"version": "1", "site": "t"}, When(1_767_300_000.0, False, "boot-2", 5.0))
    night = [alarm("tank-1/W01", "raised", when(hour * 3600)) for hour in range(20)]
    await put(journal, *night[:10], lost, *night[10:])
    found = await running(journal, HistoryQuestion(since="2026-11-27 05:00", until="2026-11-27 12:00"))
    await journal.close()
    assert found == plain([*night[5:10], lost, *night[10:12]])


async def test_where_no_clock_was_ever_trusted_it_is_believed_as_it_was(tmp_path: Path) -> None:
    journal = await opened(tmp_path / "state")
    facts = [system("test.fact", when(hour * 3600, trusted=False), name=str(hour)) for hour in range(20)]
    await put(journal, *facts)
    found = await running(journal, HistoryQuestion(since="2026-11-27 05:00", until="2026-11-27 12:00"))
    await journal.close()
    assert found == plain(facts[5:12])


async def test_answers_are_short_and_together_everything(tmp_path: Path) -> None:
    journal = await opened(tmp_path / "state")
    facts = [system("test.fact", when(number), name=str(number)) for number in range(1700)]
    at = Instant("boot-1", 1000.0, MIDNIGHT)
    await journal.commit(Effects(events=[*facts]), at)
    pages = await gathered(lambda one: page(journal, one, CALENDAR), HistoryQuestion(since="2026-11-27"))
    none = HistoryQuestion(Wanted.of("nobody", "", "", ""), since="2026-11-27")
    unmatched = await gathered(lambda one: page(journal, one, CALENDAR), none)
    await journal.close()
    assert bodies(pages) == plain([*facts])
    assert max(len(one.events) for one in pages) <= 700
    assert bodies(unmatched) == []


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        (HistoryQuestion(since="gestern"), "history.time"),
        (HistoryQuestion(until="2026-99-99"), "history.time"),
        (HistoryQuestion(since="2026-11-27", until="2026-11-26"), "history.backwards"),
    ],
)
async def test_bad_questions_are_refused(tmp_path: Path, asked: HistoryQuestion, code: str) -> None:
    journal = await opened(tmp_path / "state")
    with pytest.raises(PlantgateError) as refused:
        await running(journal, asked)
    await journal.close()
    assert refused.value.code == code


def _event_of(directory: Path, change: str) -> None:
    with sqlite3.connect(directory / JOURNAL) as db:
        db.execute("DROP TRIGGER event_is_final")
        db.execute(change)
    db.close()


async def test_a_damaged_event_is_counted_and_the_others_are_told(tmp_path: Path) -> None:
    journal = await opened(tmp_path)
    await put(journal, *everything())
    await journal.close()
    _event_of(tmp_path, "UPDATE event SET body = x'00112233' WHERE position = 3")
    (told,) = await gathered(lambda one: StoredHistory(tmp_path).page(one, NOW), YESTERDAY)
    assert told.damaged == 1
    assert bodies([told]) == plain([*everything()[:2], *everything()[3:]])


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: 3 * 4096])


@pytest.mark.parametrize(
    ("spoil", "codes"),
    [
        (_cut, ("store.corrupt", "store.failed")),
        (lambda path: path.write_bytes(b"not a journal" * 1000), ("store.corrupt",)),
        (lambda path: path.write_bytes(b""), ("history.no-journal",)),
        (Path.unlink, ("history.no-journal",)),
        (lambda path: (path.unlink(), path.mkdir()), ("history.no-journal",)),
        (lambda path: shutil.rmtree(path.parent), ("history.no-journal",)),
        (lambda path: _event_of(path.parent, "UPDATE meta SET value = 'x' WHERE key = 'applied'"), ("store.corrupt",)),
    ],
)
async def test_a_spoilt_file_gives_a_sentence(
    tmp_path: Path, spoil: Callable[[Path], object], codes: tuple[str, ...]
) -> None:
    journal = await opened(tmp_path / "state")
    await put(journal, *everything())
    await journal.close()
    spoil(tmp_path / "state" / JOURNAL)
    with pytest.raises(PlantgateError) as refused:
        await stored(tmp_path / "state")
    assert refused.value.code in codes


async def test_nothing_is_written_by_looking(tmp_path: Path) -> None:
    journal = await opened(tmp_path)
    await put(journal, *everything())
    await journal.close()
    before = _content(tmp_path)
    await stored(tmp_path)
    assert _content(tmp_path) == before


def _content(directory: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in directory.iterdir() if path.suffix in (".db", ".redo", ".mark")}


READER = """
import asyncio, sys
from pathlib import Path
from agent.history.page import HistoryQuestion
from agent.history.stored import StoredHistory
from drivers.points import PlantgateError

async def main():
    print("ready", flush=True)
    while True:
        try:
            await StoredHistory(Path(sys.argv[1])).page(HistoryQuestion(since="2026-11-27"), 2e9)
        except PlantgateError:
            pass

asyncio.run(main())
"""


async def test_a_gateway_that_starts_beside_readers_is_not_disturbed(tmp_path: Path) -> None:
    journal = await opened(tmp_path)
    await put(journal, *everything())
    await journal.close()
    reader = subprocess.Popen([sys.executable, "-c", READER, str(tmp_path)], stdout=subprocess.PIPE, text=True)  # noqa: ASYNC220
    assert reader.stdout is not None
    try:
        assert await asyncio.to_thread(reader.stdout.readline) == "ready\n"
        for _ in range(5):
            again = await opened(tmp_path)
            await put(again, system("test.fact", when(50000), name="x"))
            assert again.durable
            assert again.error is None
            await again.close()
    finally:
        reader.kill()
        reader.communicate()


async def test_what_stands_is_known_without_the_gateway(tmp_path: Path) -> None:
    journal = await opened(tmp_path)
    fact = alarm("tank-1/W01", "raised", when(0))
    standing = AlarmRecord(Alarm("tank-1", "W01", AlarmState.ACTIVE, episode=1), fact)
    over = AlarmRecord(Alarm("tank-2", "W01"), alarm("tank-2/W01", "cleared", when(0)))
    rows = [Row("alarm", f"{one.alarm.equipment}/W01", to_plain(one)) for one in (standing, over)]
    await journal.commit(Effects([*rows, Row("alarm", "broken", {"x": 1})], []), Instant("b", 1.0, MIDNIGHT))
    await journal.close()
    found = await StoredHistory(tmp_path).alarms()
    assert [one["alarm"] for one in found] == ["tank-1/W01"]
    assert await StoredHistory(tmp_path).orders() == []


def test_an_answer_is_not_copied_event_by_event() -> None:
    """The gateway answers between two polls: a copy of a full page takes it a tenth of a second."""
    answer = Page("UTC", 1.0, 0.0, None, [{"position": 1, "body": {"kind": "system"}}])
    assert answer.plain() == asdict(answer)
    assert answer.plain()["events"] is answer.events
