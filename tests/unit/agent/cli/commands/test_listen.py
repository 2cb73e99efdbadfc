"""What headquarters sees: the live view in both languages, and the audit for people and programs."""

import io
import json
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from agent.cli import main
from agent.cli.shell.console import Console
from agent.cli.views.live import LiveView
from config.catalogue import Catalogue
from headquarters.contract.protocol import Gone, Range, State
from headquarters.receiver import ArrivalVerdict, GatewayMessage, Received, SqliteStore
from runtime.clock import ManualClock
from tests.unit.delivery_fakes import alarm_about
from tests.unit.headquarters.stores.test_sqlite import BIRTH, ENVELOPE, TOWER, events, numbered, say, take

(FACT,) = alarm_about("tank-1/W01").events
EVENT = replace(events("e1", [asdict(FACT)])[0], envelope=replace(ENVELOPE, historical=True))
NEW = Received("t", ArrivalVerdict.NEW, EVENT)


def view(lang: str = "en", *, follow: bool = True, as_json: bool = False) -> tuple[LiveView, io.StringIO]:
    out = io.StringIO()
    return LiveView(Console(Catalogue.load(lang), as_json=as_json, out=out), follow=follow, clock=ManualClock()), out


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        ("en", ["gw-1#1", "W01", "Tank level low", "level 29 %", "(historical)", "is online", "OFFLINE", "3 events"]),
        ("zh", ["gw-1#1", "W01", "水箱低水位", "level 29 %", "（历史）", "上线", "离线", "3 个事件"]),
    ],
)
def test_the_live_view_speaks_both_languages(lang: str, words: list[str]) -> None:
    live, out = view(lang)
    live.announced(GatewayMessage(TOWER, BIRTH))
    live.received(NEW)
    live.announced(GatewayMessage(TOWER, Gone("gw-1", "e1", [Range(1, 2), Range(5, 5)])))
    live.announced(GatewayMessage(TOWER, State(False, "gw-1", "e1", 9, 0, 5.0, 0)))
    assert [word for word in words if word not in out.getvalue()] == []


def test_without_follow_only_contradictions_are_said_and_a_flood_is_one_line() -> None:
    live, out = view(follow=False)
    live.announced(GatewayMessage(TOWER, BIRTH))
    live.received(NEW)
    live.received(Received("t", ArrivalVerdict.DUPLICATE, EVENT))
    live.received(Received("t", ArrivalVerdict.CONFLICT, EVENT))
    for _ in range(100):
        live.received(Received("t", ArrivalVerdict.MALFORMED, reason="wire.malformed"))
    first, second = out.getvalue().splitlines()
    assert first.startswith("CONFLICT")
    assert second.startswith("1 message not understood")
    assert live.stored == 1


def test_json_is_events_only() -> None:
    live, out = view(as_json=True)
    live.announced(GatewayMessage(TOWER, BIRTH))
    live.received(NEW)
    assert [json.loads(line)["seq"] for line in out.getvalue().splitlines()] == [1]


@pytest.fixture
async def hq(tmp_path: Path) -> Path:
    path = tmp_path / "hq.db"
    store = await SqliteStore.open(path)
    await take(store, numbered(3))
    await take(store, [numbered(4, "e2")[3]], "acme/plaza/gw-1")
    await say(store, replace(BIRTH, head=5), Gone("gw-1", "e1", [Range(4, 5)]))
    await store.close()
    return path


@pytest.mark.parametrize(
    ("lang", "good", "bad", "abandoned"),
    [
        ("en", "complete, unbroken", "NOT COMPLETE", "4 to 5 were announced and never came"),
        ("zh", "完整", "不完整", "第 4 至 5 号曾经预告"),
    ],
)
def test_the_audit_judges_each_gateway(
    hq: Path, capsys: pytest.CaptureFixture[str], lang: str, good: str, bad: str, abandoned: str
) -> None:
    assert main(["listen", "--audit", str(hq), "--lang", lang]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert any("acme/tower/gw-1" in line and good in line for line in lines)
    assert any("acme/plaza/gw-1" in line and bad in line for line in lines)
    assert any(abandoned in line for line in lines)


def test_the_audit_for_programs(hq: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["listen", "--audit", str(hq), "--json"]) == 1
    report = json.loads(capsys.readouterr().out)
    assert (report["events"], report["lost"], report["good"]) == (4, 3, False)
    assert [epoch["gateway"] for epoch in report["epochs"]] == ["acme/plaza/gw-1", "acme/tower/gw-1"]


@pytest.mark.parametrize(
    "arguments",
    [
        ["--store", "hq.db"],
        ["--broker", "mqtt://127.0.0.1:1", "--store", "hq.db", "--consumer", "a/b"],
        ["--broker", "http://127.0.0.1:1", "--store", "hq.db"],
        ["--broker", "mqtt://10.0.0.9:1883", "--store", "hq.db", "--password", "env:P"],
        ["--broker", "mqtt://[10.0.0.9", "--store", "hq.db", "--password", "env:P"],
    ],
)
def test_wrong_usage_is_told(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["listen", *arguments]) == 2
    assert capsys.readouterr().err
