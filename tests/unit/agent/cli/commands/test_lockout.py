"""What forbids commands, on the command line and over the real socket, in both languages."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import import_module
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from agent.api.local import server
from agent.api.verbs import lockouts
from agent.api.verbs.debts import listed
from agent.cli import parse
from agent.cli.commands.status import _Report, needs_attention
from agent.cli.shell.console import Console
from agent.loop.committer import Committer
from agent.loop.image import Image
from agent.loop.ticker import Ticker
from config.catalogue import LANGUAGES, Catalogue
from drivers.points import Instant
from rules.effects import Effects
from rules.facts import moment
from rules.inputs import GiveCommand, Hold, Lockout
from rules.procedure.disarm import judged
from runtime.clock import Clock, ManualClock
from runtime.errors import AgentError
from runtime.supervisor import running
from tests.unit.agent.api.apis import api
from tests.unit.rules.procedure.room import Room

TOKEN = "7f3a"


class Kept:
    durable = True

    async def commit(self, effects: Effects, at: Instant) -> None: ...


def moved(room: Room) -> None:
    """A person has put the set in manual."""
    room.put(GiveCommand("h", "generator-1", "manual", "Li"))
    room.carry_out()
    room.live(5)


def restored(room: Room) -> None:
    room.put(Lockout("generator-1", "Li", "oil"))
    room.state.procedures.disarmed = judged(room.state.procedures, "e2", "store-restored", moment(room.now))


class Line:
    """A gateway that answers, and somebody at its command line."""

    def __init__(self, directory: Path, lang: str, room: Room) -> None:
        self.directory, self.texts, self.room = directory, Catalogue.load(lang), room
        self.out = StringIO()

    async def say(self, command: str, *arguments: str) -> str:
        """What one command prints."""
        self.out = out = StringIO()
        options = parse([command, *arguments, "--state", str(self.directory)], self.texts)
        run = import_module(f"agent.cli.commands.{command}").run
        await asyncio.to_thread(run, options, Console(self.texts, out=out))
        return out.getvalue()

    async def refused(self, command: str, *arguments: str) -> str:
        """The code of what is refused."""
        with pytest.raises(AgentError) as caught:
            await self.say(command, *arguments)
        return caught.value.code


@asynccontextmanager
async def gateway(directory: Path, lang: str, room: Room | None = None) -> AsyncIterator[Line]:
    room, clock = room or Room().live(5), Clock()
    committer = Committer(Kept(), clock)
    ticker = Ticker(room.engine, room.state, Image([], clock.now()), committer, clock)
    handlers = lockouts.LockoutApi(ticker, lambda: TOKEN).handlers()
    async with (
        running({"committer": committer.run(), "ticker": ticker.run()}),
        asyncio.TaskGroup() as group,
        server.serving(directory, api(handlers), group, ManualClock()),
    ):
        yield Line(directory, lang, room)


Words = dict[str, tuple[str, ...]]
HELD: Words = {"en": ("not an emergency stop", "engineer releases"), "zh": ("不是急停", "由工程师解除")}
FREE: Words = {"en": ("allowed again", "Nothing", "by itself"), "zh": ("已恢复命令", "不会自行继续")}
LOCKED: Words = {
    "en": ("blocks only this gateway's commands", "controller may still start"),
    "zh": ("闭锁只禁止本网关的命令", "控制器仍可能自行启动"),
}
ASKED: Words = {
    "en": ("Li is told", "10 minutes", f"--release --token {TOKEN}"),
    "zh": ("Li", "10 分钟", f"--release --token {TOKEN}"),
}
TAKEN_OFF: Words = {"en": ("off", "Wang", "its owner is told"), "zh": ("Wang", "闭锁")}
ARMED: Words = {"en": ("pass again", "Wang"), "zh": ("Wang", "命令")}
SETTLED: Words = {"en": ("settled by Wang",), "zh": ("Wang", "了结")}


def missing(said: str, words: Words, lang: str) -> list[str]:
    return [word for word in words[lang] if word not in said]


@pytest.mark.parametrize("lang", LANGUAGES)
async def test_hold_and_release(lang: str, tmp_path: Path) -> None:
    async with gateway(tmp_path, lang) as line:
        assert missing(await line.say("hold", "--by", "Li", "--reason", "shaft"), HELD, lang) == []
        assert await line.refused("hold", "--release", "--by", "Wang") == "hold.reason"
        assert missing(await line.say("hold", "--release", "--by", "Wang", "--reason", "over"), FREE, lang) == []
        assert await line.refused("hold", "--release", "--by", "Wang", "--reason", "over") == "hold.none"


@pytest.mark.parametrize("lang", LANGUAGES)
async def test_the_lock_of_somebody_who_is_away_comes_off_in_two_steps(lang: str, tmp_path: Path) -> None:
    set_, wang = "generator-1", ("--by", "Wang")
    away = ("--release", "--owner", "Li", "--verified", "called him at home", *wang)
    async with gateway(tmp_path, lang) as line:
        assert missing(await line.say("lockout", set_, "--by", "Li", "--reason", "oil"), LOCKED, lang) == []
        assert await line.refused("lockout", set_, "--release", *wang) == "lockout.not-yours"
        assert await line.refused("lockout", set_, *away[:3], *wang) == "lockout.not-verified"
        assert missing(await line.say("lockout", set_, *away), ASKED, lang) == []
        assert await line.refused("lockout", "--release", "--token", TOKEN, "--by", "Zhao") == "lockout.other-token"
        assert missing(await line.say("lockout", "--release", "--token", TOKEN, *wang), TAKEN_OFF, lang) == []
        assert await line.refused("lockout", "--release", "--token", TOKEN, *wang) == "lockout.no-token"
        assert await line.refused("lockout", set_, "--release", "--by", "Li") == "procedure.not-locked-out"


@pytest.mark.parametrize("locked", ["generator-1", "mains"])
@pytest.mark.parametrize("lang", LANGUAGES)
async def test_what_a_lock_out_waits_for_is_named(
    lang: str, locked: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It need not be what is locked out: a lock-out of the mains waits for the set that they reach."""
    monkeypatch.setattr("agent.cli.commands.lockout.LOOK_EVERY", 0.1)
    monkeypatch.setattr("rules.procedure.lockout.WAITS", 1.0)
    room = Room().live(5)
    room.machine.faults.add("ignores-auto")
    moved(room)
    async with gateway(tmp_path, lang, room) as line:
        with pytest.raises(AgentError) as caught:
            await line.say("lockout", locked, "--by", "Zhao")
    assert caught.value.code == "lockout.make-safe"
    for said in (line.out.getvalue(), line.texts.error(caught.value)):
        assert said.replace("没有看到 ", "").startswith("generator-1 ")


@pytest.mark.parametrize("lang", LANGUAGES)
async def test_who_arms_has_read_the_list(lang: str, tmp_path: Path) -> None:
    room = Room().live(5)
    restored(room)
    async with gateway(tmp_path, lang, room) as line:
        listed = await line.say("disarmed")
        assert missing(listed, LOCKED, lang) == []
        mark = listed.rpartition("--seen ")[2].split()[0]
        named = ("--by", "Wang", "--reason", "seen both sets")
        assert await line.refused("arm", *named, "--seen", "000000") == "disarmed.list-changed"
        assert missing(await line.say("arm", *named, "--seen", mark), ARMED, lang) == []
        assert await line.refused("arm", *named, "--seen", mark) == "disarmed.not"


@pytest.mark.parametrize("lang", LANGUAGES)
async def test_a_debt_is_settled_by_somebody_else(lang: str, tmp_path: Path) -> None:
    room = Room().live(5)
    moved(room)
    (debt,) = (one.debt for one in room.state.procedures.obligations.values())
    async with gateway(tmp_path, lang, room) as line:
        assert await line.refused("settle", debt, "--by", "Li", "--reason", "seen") == "settle.own"
        assert missing(await line.say("settle", debt, "--by", "Wang", "--reason", "seen"), SETTLED, lang) == []
        assert await line.refused("settle", debt, "--by", "Wang", "--reason", "seen") == "settle.unknown"


# --- status

QUIET: dict[str, Any] = {
    "gateway": "gw-1", "site": "plaza", "version": "1", "uptime": 5.0, "degraded": False, "people": 3,
    "links": {"bus-1": {"online": True, "last_error": "", "devices": {}}}, "alarms": 0, "orders": 0, "debts": [],
    "points": {"good": 1, "uncertain": 0, "stale": 0, "bad": 0}, "requests": {"refused": 0, "failed": 0},
    "store": {"durable": True, "degraded": False, "tight": False}, "queue": {"error": "store.full"},
    "uplink": {"broker": "mqtt://hq", "connected": True, "error": "", "certificate_until": None, "refused": 0,
               "telemetry_lost": 0},
    "unarmed": {}, "unscheduled": [], "without": [], "services": [], "waiting": {"tests": [], "rules": []},
    "clock": {"wall": 1_800_000_000.0, "trusted": True, "by_hand": False, "speed": 1.0, "zone": "Asia/Shanghai"},
}  # fmt: skip


def told(room: Room, **more: object) -> dict[str, Any]:
    return QUIET | {"debts": listed(room.state)} | lockouts.standing(room.state, room.engine.rulebook) | more


def held(room: Room) -> None:
    room.put(Hold("Li", "people in the shaft"))


def locking(room: Room, equipment: str = "generator-1") -> None:
    room.machine.faults.add("ignores-auto")
    moved(room)
    room.put(Lockout(equipment, "Zhao", "belt"))


STANDING: list[tuple[str, Any, dict[str, Any], Words, bool]] = [
    ("held", held, {}, {"en": ("FORBIDDEN by Li", "shaft"), "zh": ("命令已禁止", "Li", "shaft")}, True),
    (
        "held by its input",
        lambda room: room.put(Hold("input", "io.key")),
        {},
        {"en": ("FORBIDDEN", "io.key"), "zh": ("命令已禁止", "io.key", "现已复位")},
        True,
    ),
    (
        "input never read",
        lambda room: None,
        {"hold_input": "io.key"},
        {"en": ("cannot be read", "io.key"), "zh": ("读不到", "io.key")},
        True,
    ),
    (
        "disarmed",
        restored,
        {},
        {"en": ("disarmed", "older copy", "locked out: generator-1 by Li"), "zh": ("命令已停用", "旧副本", "已闭锁")},
        True,
    ),
    (
        "unarmed",
        lambda room: None,
        {"unarmed": {"set-9": ["safety.effect"]}},
        {"en": ("set-9 takes no commands",), "zh": ("set-9 不接受命令",)},
        True,
    ),
    ("owed", moved, {}, {"en": ("stands as put", "owes"), "zh": ("保持现状",)}, False),
    (
        "being locked out",
        locking,
        {},
        {"en": ("lock-out of generator-1 by Zhao: waits",), "zh": ("generator-1 正在闭锁", "Zhao")},
        False,
    ),
    (
        "being locked out, and what it reaches is owed",
        lambda room: locking(room, "mains"),
        {},
        {"en": ("lock-out of mains by Zhao: waits until generator-1",), "zh": ("mains 正在闭锁", "等待 generator-1")},
        False,
    ),
]


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize(
    ("act", "more", "words", "attention"), [row[1:] for row in STANDING], ids=[row[0] for row in STANDING]
)
def test_status_says_first_what_stands_against_commands(
    act: Any, more: dict[str, Any], words: Words, attention: bool, lang: str
) -> None:
    room, out = Room().live(5), StringIO()
    act(room)
    status = told(room, **more)
    _Report(Console(Catalogue.load(lang), out=out)).show(status)
    top, _, _ = out.getvalue().partition("bus-1")
    assert missing(top, words, lang) == []
    assert needs_attention(status) is attention


@pytest.mark.parametrize("lang", LANGUAGES)
def test_status_says_nothing_of_it_when_nothing_does(lang: str) -> None:
    out, status = StringIO(), told(Room().live(5))
    _Report(Console(Catalogue.load(lang), out=out)).show(status)
    assert out.getvalue().splitlines()[1].find("bus-1") > 0
    assert not needs_attention(status)
