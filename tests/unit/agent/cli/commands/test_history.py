"""What happened, as it is printed: over the real socket and from the files alone, in both languages."""

import asyncio
import csv
import io
import json
import re
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from agent import cli
from agent.api.local import server
from agent.api.verbs.history import HistoryApi
from agent.cli.shell.console import Console
from agent.cli.shell.lookback import LookBack
from agent.cli.views.history import csv_line, history_line
from agent.history.kinds import RESTRICTIONS
from agent.history.page import HistoryQuestion
from agent.history.sections import SECTIONS
from agent.journal import JOURNAL, Journal
from config.catalogue import LANGUAGES, Catalogue
from drivers.points import Instant
from rules.effects import Effects
from rules.facts import Fact
from runtime.clock import Clock, ManualClock
from tests.unit.agent.api.apis import api
from tests.unit.agent.history.events import alarm, audit, everything, order, record, system, when

OUTCOMES = (
    "issued", "done", "refused", "unknown", "expired", "verified", "unchanged", "unproven", "by-hand"
)  # fmt: skip
DAY = ["--since", "2026-11-27", "--until", "2026-11-27"]


async def opened(directory: Path) -> Journal:
    journal = await Journal.open(directory / JOURNAL, "gw-1", ManualClock())
    await journal.note_zone("Asia/Shanghai")
    for fact in everything():
        at = fact.at
        await journal.commit(Effects(events=[fact]), Instant(at.boot, at.mono, at.wall, at.trusted))
    return journal


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """What a gateway has left."""

    async def make() -> None:
        await (await opened(tmp_path)).close()

    asyncio.run(make())
    return tmp_path


def said(arguments: list[str], state: Path, capsys: pytest.CaptureFixture[str], code: int = 0) -> tuple[str, str]:
    assert cli.main([*arguments, "--state", str(state)]) == code
    return tuple(capsys.readouterr())  # type: ignore[return-value]


@pytest.mark.parametrize(
    ("lang", "lines"),
    [
        (
            "en",
            [
                "2026-11-27 00:00:00 until 2026-11-28 00:00:00, times of Asia/Shanghai",
                "2026-11-27 01:00:00  alarm  medium  Tank 1 Level low: raised (level 24 %)",
                "2026-11-27 01:00:00  order  high  Tank 1 Level low: work order opened",
                "2026-11-27 02:00:00  alarm  medium  Tank 1 Level low: acknowledged, by Li",
                "2026-11-27 03:00:00  act  lock-out of generator-1 (oil change), by Li",
                "2026-11-27 04:00:00  command  command auto to generator-1: issued (oil change), by Wang",
                "2026-11-27 06:00:00  act  resistance of earth-1 read by hand: 2.5 Ω, by Wang",
                "2026-11-27 07:00:00  alarm  critical  Tank 1 Level low: raised (level 24 %)  [clock not trusted]",
                "2026-11-27 08:00:00  order  high  Tank 1 Level low: work order closed, by Li",
            ],
        ),
        (
            "zh",
            [
                "2026-11-27 00:00:00 至 2026-11-28 00:00:00，Asia/Shanghai 时间",
                "2026-11-27 01:00:00  告警  中  一号水箱 低水位：触发（level 24 %）",
                "2026-11-27 03:00:00  操作  闭锁 generator-1（oil change），操作人 Li",
                "2026-11-27 07:00:00  告警  紧急  一号水箱 低水位：触发（level 24 %）  [时钟不可信]",
            ],
        ),
    ],
)
def test_what_is_printed(lang: str, lines: list[str], state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out, _ = said(["history", *DAY, "--lang", lang], state, capsys)
    assert [line for line in lines if line not in out.splitlines()] == []
    assert len(out.splitlines()) == 1 + len(everything())


@pytest.mark.parametrize(
    ("more", "count"),
    [
        (["tank-1"], 4),
        (["W07"], 1),
        (["--kind", "alarm,order"], 5),
        (["--kind", "act", "--person", "Li"], 3),
        (["--severity", "critical"], 1),
        (["nobody"], 0),
    ],
)
def test_filters(more: list[str], count: int, state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out, _ = said(["history", *DAY, *more, "--json"], state, capsys)
    assert len(out.splitlines()) == count


def test_programs_get_the_events_as_they_are_and_the_time_of_the_site(
    state: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, _ = said(["history", *DAY, "--json"], state, capsys)
    events = [json.loads(line) for line in out.splitlines()]
    assert [event["body"] for event in events] == [json.loads(json.dumps(asdict(fact))) for fact in everything()]
    assert (events[1]["time"], events[1]["zone"], events[1]["seq"]) == ("2026-11-27T01:00:00", "Asia/Shanghai", 2)


def test_a_spreadsheet_gets_a_table(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out, _ = said(["history", *DAY, "--csv", "--lang", "zh"], state, capsys)
    rows = [*csv.DictReader(io.StringIO(out))]
    assert len(rows) == len(everything())
    assert (rows[1]["时间"], rows[1]["级别"], rows[1]["对象"]) == ("2026-11-27 01:00:00", "中", "tank-1/W01")
    assert [row["时钟"] for row in rows].count("时钟不可信") == 1


def test_nothing_but_the_table_is_in_the_table(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out, err = said(["history", "nothing-of-this-name", *DAY, "--csv"], state, capsys)
    assert len([*csv.reader(io.StringIO(out))]) == 1
    assert "Nothing" in err


@pytest.mark.parametrize(
    ("later", "recurred", "words"),
    [(0, 0, "work order opened"), (60, 0, "work order has another severity now"), (60, 1, "work order needed again")],
)
def test_an_order_is_opened_once(later: int, recurred: int, words: str) -> None:
    """Of an alarm that becomes worse the order is told again, and is the same one."""
    body = asdict(replace(order("tank-1/W01", "open", when(0), when(later)), times_recurred=recurred))
    assert words in history_line(body, "UTC", Console(Catalogue.load("en")))


@pytest.mark.parametrize("name", ["code", "self", "text", "lang", "finding"])
def test_no_name_of_an_argument_is_ours_alone(name: str) -> None:
    """Of another version, or put there by whoever could write the journal."""
    body = asdict(replace(system("agent.started", when(0)), arguments={name: "x"}))
    assert "agent.started" in history_line(body, "UTC", Console(Catalogue.load("en")))


@pytest.mark.parametrize("text", ["=1+1", "@SUM(A1)", "-2", "+3", "＝1+1", "＠SUM(A1)", "a\nb"])
def test_no_cell_is_a_formula_or_breaks_its_row(text: str) -> None:
    body = asdict(alarm("tank-1/W01", "acknowledged", when(0), by=text))
    (row,) = csv.reader([csv_line(body, "UTC", Console(Catalogue.load("en")))])
    assert row[-1][0] not in "=+-@＝＋－＠"
    assert len(row) == 8


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (["history", "--since", "gestern"], 1, '"gestern" is not a time'),
        (["history", "--kind", "alarms"], 1, '"alarms" is none of: alarm, act'),
        (["history", "--severity", "urgent"], 1, '"urgent" is none of: critical'),
        (["history", "--since", "2026-11-27", "--until", "2026-11-26"], 1, "It ends before it begins"),
        (["history", "--follow", "--until", "today"], 2, "--follow and --until do not go together"),
        (["history", "--csv", "--json"], 2, "--csv and --json do not go together"),
        (["report", "day", "--of", "2h"], 1, '"2h" is not a day'),
        (["report", "day", "--of", "2999-01-01"], 1, "2999-01-01 has not come yet"),
        (["report", "week"], 2, "'week' is not one of: 'day'"),
    ],
)
def test_what_is_asked_wrongly_is_one_sentence(
    arguments: list[str], code: int, sentence: str, state: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, err = said(arguments, state, capsys, code)
    assert sentence in out + err


@pytest.mark.parametrize("arguments", [["history"], ["report", "day"]])
@pytest.mark.parametrize(("content", "sentence"), [(None, "There is no journal in"), (b"rubbish" * 5000, "is damaged")])
def test_without_a_journal_there_is_a_sentence(
    arguments: list[str], content: bytes | None, sentence: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if content is not None:
        (tmp_path / JOURNAL).write_bytes(content)
    out, err = said(arguments, tmp_path, capsys, 1)
    assert sentence in out + err
    assert "Traceback" not in out + err


@pytest.mark.parametrize(
    ("lang", "lines"),
    [
        (
            "en",
            [
                "Report of 2026-11-27, times of Asia/Shanghai",
                "  critical 1, medium 1",
                "  1 opened, 1 closed, 0 open at the end of the day",
                "  closed by Li: Tank 1 Level low  valve mended",
                "  PASSED  generator-1 No-load test",
                "  command auto to generator-1: issued, by Wang",
                "  lock-out of generator-1, by Li (oil change)",
                "  Li 3, Wang 2",
                "  gateway not running until 00:00:00",
                "  not trusted for 1 of 10 events: their times may be wrong",
            ],
        ),
        (
            "zh",
            [
                "2026-11-27 日报，Asia/Shanghai 时间",
                "  紧急 1 次、中 1 次",
                "  开出 1 张，关闭 1 张，当天结束时未关闭 0 张",
            ],
        ),
    ],
)
def test_the_page_of_a_day(lang: str, lines: list[str], state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out, _ = said(["report", "day", "--of", "2026-11-27", "--lang", lang], state, capsys)
    assert [line for line in lines if line not in out.splitlines()] == []
    assert len(out.splitlines()) <= 50


def test_the_report_for_programs_has_every_section(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out, _ = said(["report", "day", "--of", "2026-11-27", "--json"], state, capsys)
    assert SECTIONS.keys() <= json.loads(out).keys()


async def test_the_running_gateway_tells_the_same_as_its_files(tmp_path: Path) -> None:
    journal, clock = await opened(tmp_path), Clock()
    asked = HistoryQuestion(since="2026-11-27", until="2026-11-27")
    handlers = HistoryApi(journal, lambda: "Asia/Shanghai", clock).handlers()
    async with asyncio.TaskGroup() as group, server.serving(tmp_path, api(handlers), group, clock):
        beside = [one async for one in LookBack(tmp_path).pages(asked)]
    await journal.close()
    alone = [one async for one in LookBack(tmp_path).pages(asked)]
    assert [event["body"] for one in beside for event in one["events"]] == [
        event["body"] for one in alone for event in one["events"]
    ]
    assert [one["zone"] for one in (*beside, *alone)] == ["Asia/Shanghai"] * 2


async def test_following_tells_what_comes(tmp_path: Path) -> None:
    journal, clock = await opened(tmp_path), Clock()
    handlers = HistoryApi(journal, lambda: "Asia/Shanghai", clock).handlers()
    async with asyncio.TaskGroup() as group, server.serving(tmp_path, api(handlers), group, clock):
        pages = LookBack(tmp_path).follow(HistoryQuestion(since="2026-11-27"), every=0.01)
        assert len((await anext(pages))["events"]) == len(everything())
        late = system("agent.stopped", when(50000), version="1", site="tower")
        await journal.commit(Effects(events=[late]), clock.now())
        found: list[object] = []
        while not found:
            found = (await anext(pages))["events"]
        await pages.aclose()
    await journal.close()
    assert [event["body"]["code"] for event in found] == ["agent.stopped"]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_event_there_may_be_reads_in_both_languages(lang: str) -> None:
    at, console = when(0), Console(Catalogue.load(lang))
    facts: list[Fact] = [audit(action, "done", at) for action in RESTRICTIONS]
    facts += [audit("start", outcome, at) for outcome in OUTCOMES]
    facts += [record(verdict, at) for verdict in ("passed", "failed", "aborted", "handed_over", "postponed", "missed")]
    facts += [system("agent.of-a-former-release", at, x="1"), system("agent.started", at)]
    facts += [replace(audit("auto", "refused", at), detail="lockout.make-safe")]
    for fact in facts:
        line = history_line(asdict(fact), "Asia/Shanghai", console)
        assert re.match(r"2026-11-27 00:00:00  \S", line)
