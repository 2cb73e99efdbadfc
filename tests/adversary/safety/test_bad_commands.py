"""What people type that would be unsafe or makes no sense: exit code and sentence in both languages, nothing written.

One gateway runs on an emulated plant room; each row may first do something, edit a file, or disturb the plant, all of
which is undone after it. A new case is a new row.
"""

import asyncio
import shlex
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from agent.api.local.client import ask
from agent.cli import main
from config.site import load_site
from emulators.modbus.unit import ModbusUnit
from emulators.plantroom import PlantRoom, serve
from tests.unit.agent.site import all_good, arm, free_port, running, state, until

__all__ = ["state"]

POLLS = "polls: {fast: 100 ms, normal: 100 ms, slow: 100 ms}"
SITE = f"""\
site: {{id: power, title: {{zh: 电, en: Power}}, gateway_supply: ups}}
gateway: gw-1
uplink: {{broker: "mqtt://127.0.0.1:9"}}
links:
  - {{id: bus, url: "modbus-tcp://127.0.0.1:PORT"}}
devices:
  - {{id: meter, link: bus, unit: 1, template: mains-meter, {POLLS}}}
  - {{id: genset-a, link: bus, unit: 2, template: dse-genset, {POLLS}}}
  - {{id: genset-b, link: bus, unit: 3, template: dse-genset, {POLLS}}}
equipment:
  - {{id: mains, class: mains-supply, title: {{zh: 市电, en: Mains}}, device: meter}}
  - id: set-a
    class: generator
    title: {{zh: 甲, en: A}}
    device: genset-a
    relations: {{mains: mains, fire: none}}
    reasons: {{fire: a bench without a fire panel}}
  - id: set-b
    class: generator
    title: {{zh: 乙, en: B}}
    device: genset-b
    relations: {{mains: mains}}
packs: [generator]
"""
HOLD, FREE = "hold --by Li --reason work", "hold --by Li --release --reason over"
LOCK, OPEN = "lockout set-a --by Li --reason oil", "lockout set-a --by Li --release"
WORSE = {
    "elsewhere": (("unit: 2, template", "unit: 4, template"),),
    "a convenient meter": (("mains: mains, fire: none", "mains: none, fire: none"),),
    "no such template": (("unit: 3, template: dse-genset", "unit: 3, template: dse-gneset"),),
    "half a file": (("equipment:", "equipment: ["),),
}


@dataclass(frozen=True, slots=True)
class Row:
    """One line that is typed, and what must come of it."""

    line: str
    english: str
    chinese: str
    code: int = 1
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    """Lines that undo what ``before`` did."""
    edits: tuple[tuple[str, str], ...] = ()
    """In plant.yaml, from and to."""
    plant: tuple[str, str] = field(default=("", ""))
    """What is said to the plant room before it and after."""


ROWS: dict[str, Row] = {
    # --- write
    "write to nothing": Row("write set-9 start", 'no equipment "set-9"', "没有机电设备“set-9”"),
    "write to what takes no commands": Row("write mains start", "mains takes no command", "mains 没有命令"),
    "write of no such verb": Row("write set-a explode", "it takes: ", "可用："),
    "write of a register": Row("write set-a 'holding 4104 = 35701'", "it takes: ", "可用："),
    "write with nothing typed": Row("write set-a auto --no-yes", "--yes", "--yes", code=2),
    "write for two days": Row("write set-a manual --minutes 2880 --reason x", "is too long: at most", "太长：一次最多"),
    "write for longer without a reason": Row("write set-a manual --minutes 60", "needs a reason", "须写明原因"),
    "write for a negative time": Row("write set-a manual --minutes -5", "minutes is -5.0", "-5.0 超出"),
    "write for a time that is no number": Row("write set-a manual --minutes nan", "minutes must be", "minutes 应为"),
    "write under hold": Row(
        "write set-a manual",
        "commands are forbidden on this gateway by Li",
        "Li 已在本网关上禁止命令",
        1,
        (HOLD,),
        (FREE,),
    ),
    "write under a lock-out": Row("write set-a manual", "is locked out by Li", "已由 Li 闭锁", 1, (LOCK,), (OPEN,)),
    "write under a lock-out of the mains": Row(
        "write set-a manual",
        "is locked out by Li",
        "已由 Li 闭锁",
        1,
        ("lockout mains --by Li",),
        ("lockout mains --by Li --release",),
    ),
    "write with the mains lost": Row(
        "write set-a manual", "interlock", "联锁", plant=("fault meter off", "clear meter")
    ),
    "write to what check found unsafe": Row("write set-b manual", "set-b takes no commands", "set-b 有安全问题"),
    # --- start
    "start of no such test": Row("start weekly set-a", 'no procedure "weekly"', "没有试验程序“weekly”"),
    "start on nothing": Row("start generator-weekly set-9", "set-9 has no procedure", "set-9 没有试验程序"),
    "start on what it is not for": Row("start generator-weekly mains", "mains has no procedure", "mains 没有试验程序"),
    "start under hold": Row("start generator-weekly set-a", "forbidden", "禁止命令", 1, (HOLD,), (FREE,)),
    "start under a lock-out": Row(
        "start generator-weekly set-a", "locked out by Li", "由 Li 闭锁", 1, (LOCK,), (OPEN,)
    ),
    "start of what check found unsafe": Row(
        "start generator-weekly set-b", "set-b takes no commands", "set-b 有安全问题"
    ),
    # --- lockout
    "lock-out of nothing": Row("lockout set-9", 'no equipment "set-9"', "没有机电设备“set-9”"),
    "lock-out of what is not said": Row("lockout", "lockout", "lockout", code=2),
    "release of what is not locked": Row("lockout set-a --release", "set-a is not locked out", "set-a 没有闭锁"),
    "release of another's": Row(
        "lockout set-a --release --by Wang", "is not locked out by you", "不是您的", 1, (LOCK,), (OPEN,)
    ),
    "a second lock of the same person": Row(LOCK, "already", "已", 1, (LOCK,), (OPEN,)),
    "release for somebody who is there": Row(
        "lockout set-a --owner Li --verified called --by Li",
        "release it without --owner",
        "--owner",
        1,
        (LOCK,),
        (OPEN,),
    ),
    "release for somebody, not verified": Row(
        "lockout set-a --owner Li --by Wang", "verified", "核实", 1, (LOCK,), (OPEN,)
    ),
    "a token of nobody": Row("lockout --token 123 --by Wang", "token", "口令"),
    "no hold to release": Row(FREE, "not", "没有"),
    "a release by nobody": Row("lockout set-a --by ' '", "by", "by", code=1),
    # --- reload
    "reload that readdresses what is locked": Row(
        "reload",
        "set-a is under test, owed a command, commanded or locked out",
        "set-a 正在试验",
        1,
        (LOCK,),
        (OPEN,),
        WORSE["elsewhere"],
    ),
    "reload that drops an interlock of what is locked": Row(
        "reload",
        "set-a is under test, owed a command, commanded or locked out",
        "set-a 正在试验",
        1,
        (LOCK,),
        (OPEN,),
        WORSE["a convenient meter"],
    ),
    "reload of a template that is not there": Row(
        "reload", "plant.yaml:9:", "dse-genset", code=2, edits=WORSE["no such template"]
    ),
    "check of protection that is missing without a reason": Row(
        "check SITE",
        'plant.yaml:16:24: "mains: none" needs its reason',
        "plant.yaml:16:24: “mains: none”须",
        edits=WORSE["a convenient meter"],
    ),
    "reload of half a file": Row("reload", "plant.yaml:", "plant.yaml:", code=2, edits=WORSE["half a file"]),
}


@dataclass(frozen=True, slots=True)
class Terminal:
    """Where people type, beside the gateway whose files lie in ``site``."""

    site: Path
    state: Path
    capsys: pytest.CaptureFixture[str]

    async def typed(self, line: str, language: str = "en") -> tuple[int, str]:
        """Exit code and all that is shown."""
        words = shlex.split(line.replace("SITE", str(self.site)))
        if words[0] == "write":
            words = [word for word in words if word != "--no-yes"] if "--no-yes" in words else [*words, "--yes"]
        asked = [] if words[0] == "check" else ["--state", str(self.state)]
        code = await asyncio.to_thread(main, ["--lang", language, *words, *asked])
        out, err = self.capsys.readouterr()
        return code, out + err

    async def succeeds(self, lines: tuple[str, ...]) -> None:
        assert [(line, said) for line in lines if (said := await self.typed(line))[0]] == []

    async def tried(self, row: Row, room: PlantRoom) -> list[tuple[int, str]]:
        """What is said to ``row`` in English and in Chinese; all that it did is undone."""
        await self.disturbed(room, row.plant[0])
        await self.succeeds(row.before)
        told = [await self.typed(row.line, language) for language in ("en", "zh")]
        await self.succeeds(row.after)
        await self.disturbed(room, row.plant[1])
        return told

    async def disturbed(self, room: PlantRoom, line: str) -> None:
        """Say ``line`` to the plant room, if any, and let the gateway see that the mains go or come."""
        if line:
            before = await self.sees_mains()
            assert '"ok": true' in room.answer(line)
            await until(lambda: self.sees_mains_other_than(before))

    async def sees_mains(self) -> bool:
        every = {one["point"]: one["value"] for one in await ask(self.state, "points")}
        return float(every["meter.voltage_l1"]) > 100

    async def sees_mains_other_than(self, before: bool) -> bool:
        return await self.sees_mains() != before


async def test_it_is_refused_in_both_languages_and_nothing_is_written(
    tmp_path: Path,
    state: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    subtests: pytest.Subtests,
) -> None:
    monkeypatch.setattr("agent.cli._end_tidily_when_told", lambda: None)
    monkeypatch.setattr("sys.stdin", None)
    terminal = Terminal(tmp_path / "site", state, capsys)
    terminal.site.mkdir()
    file, good = terminal.site / "plant.yaml", SITE.replace("PORT", str(free_port()))
    file.write_text(good, encoding="utf-8")
    async with serve(load_site(terminal.site)) as room:
        # Who answers is recorded as at commissioning.
        await asyncio.to_thread(main, ["doctor", str(terminal.site), "--record", "--state", str(state)])
        async with running(load_site(terminal.site), state):
            await until(lambda: all_good(state))
            await arm(state)
            for name, row in ROWS.items():
                with subtests.test(msg=name):
                    file.write_text(edited(good, row.edits), encoding="utf-8")
                    told = await terminal.tried(row, room)
                    assert [code for code, _ in told] == [row.code] * 2, told
                    assert (row.english in told[0][1], row.chinese in told[1][1]) == (True, True), told
                    assert written(room) == []
            assert (await ask(state, "debts"), await ask(state, "lockouts")) == ([], [])


def edited(text: str, edits: tuple[tuple[str, str], ...]) -> str:
    for old, new in edits:
        assert old in text
        text = text.replace(old, new)
    return text


def written(room: PlantRoom) -> list[object]:
    units = [device.unit for device in room.devices.values() if isinstance(device.unit, ModbusUnit)]
    return [write for unit in units for write in unit.writes]
