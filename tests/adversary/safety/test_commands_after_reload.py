"""Commands reach every link after every kind of reload: what was told once must be carried out, whatever was edited."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from agent.api.local.client import ask
from config.site import load_site
from emulators.modbus.unit import ModbusUnit
from emulators.plantroom import PlantRoom, serve
from tests.unit.agent.site import all_good, arm, free_port, running, state, until

__all__ = ["state"]

SITE = """\
site: {id: power, title: {zh: 电, en: Power}}
gateway: gw-1
uplink: {broker: "mqtt://127.0.0.1:9"}
links:
  - {id: bus-a, url: "modbus-tcp://127.0.0.1:PORT-A"}
  - {id: bus-b, url: "modbus-tcp://127.0.0.1:PORT-B"}
devices:
  - {id: meter, link: bus-a, unit: 1, template: mains-meter, polls: {fast: 100 ms, normal: 100 ms, slow: 100 ms}}
  - {id: genset-a, link: bus-a, unit: 2, template: dse-genset, polls: {fast: 100 ms, normal: 100 ms, slow: 100 ms}}
  - {id: genset-b, link: bus-b, unit: 2, template: dse-genset, polls: {fast: 100 ms, normal: 100 ms, slow: 100 ms}}
equipment:
  - {id: mains, class: mains-supply, title: {zh: 市电, en: Mains}, device: meter}
  - id: set-a
    class: generator
    title: {zh: 甲, en: A}
    device: genset-a
    relations: {mains: mains, fire: none}
    reasons: {fire: a bench without a fire panel}
  - id: set-b
    class: generator
    title: {zh: 乙, en: B}
    device: genset-b
    relations: {mains: mains, fire: none}
    reasons: {fire: a bench without a fire panel}
"""
OTHER_LINK = '  - {id: bus-c, url: "modbus-tcp://127.0.0.1:9"}\n'
RULE = """\
- id: W03
  for_each: generator
  title: {zh: 油位低, en: Fuel low}
  when: fuel <= 1 %
  severity: low
"""


@dataclass(frozen=True, slots=True)
class Case:
    """One kind of reload."""

    edits: tuple[tuple[str, str], ...] = ()
    """In plant.yaml, from and to; every occurrence."""
    rule: str = ""
    """A rule file that comes."""
    before: tuple[tuple[str, str], ...] = ()
    """What plant.yaml has first that the other cases have not."""
    sets: tuple[str, str] = ("set-a", "set-b")
    """The equipment to be commanded then."""


CASES = {
    "a rule comes, every link stays": Case(rule=RULE),
    "a device of one link changes": Case(
        (("genset-b, link: bus-b, unit: 2", "genset-b, timeout: 2 s, link: bus-b, unit: 2"),)
    ),
    "both links change": Case((("unit: 2,", "unit: 2, timeout: 2 s,"),)),
    "a link comes": Case((("devices:\n", OTHER_LINK + "devices:\n"),)),
    "a link goes": Case(((OTHER_LINK, ""),), before=(("devices:\n", OTHER_LINK + "devices:\n"),)),
    "a link is renamed": Case((("bus-b", "bus-x"),)),
    "a device is renamed": Case((("genset-b", "genset-x"),)),
    "equipment is renamed": Case((("set-b", "set-x"),), sets=("set-a", "set-x")),
    "a device moves to the other link": Case((("genset-b, link: bus-b, unit: 2", "genset-b, link: bus-a, unit: 3"),)),
    "two links exchange their names": Case((("bus-a", "bus-z"), ("bus-b", "bus-a"), ("bus-z", "bus-b"))),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
async def test_commands_reach_every_link_after(case: Case, tmp_path: Path, state: Path) -> None:
    site = tmp_path / "site"
    (site / "rules").mkdir(parents=True)
    text = SITE.replace("PORT-A", str(free_port())).replace("PORT-B", str(free_port()))
    before, after = _edited(text, case.before), _edited(_edited(text, case.before), case.edits)
    (site / "plant.yaml").write_text(after, encoding="utf-8")
    there = load_site(site)
    (site / "plant.yaml").write_text(before, encoding="utf-8")
    plant = load_site(site)
    async with serve(plant) as room, running(plant, state):
        await until(lambda: all_good(state))
        await arm(state)
        (site / "plant.yaml").write_text(after, encoding="utf-8")
        if case.rule:
            (site / "rules" / "more.yaml").write_text(case.rule, encoding="utf-8")
        moved = {device.address for device in there.devices} != {device.address for device in plant.devices}
        assert (await ask(state, "reload"))["changed"]
        if not moved:
            await until(lambda: all_good(state))
            assert await _given(state, *case.sets) == ["done", "done"]
            assert _keys(room) == [35701, 35701]
        else:
            # Nothing answers there; the command must come to an end all the same.
            assert await _given(state, *case.sets) == ["done", "refused"]


def _edited(text: str, edits: tuple[tuple[str, str], ...]) -> str:
    for old, new in edits:
        assert old in text
        text = text.replace(old, new)
    return text


async def _given(state: Path, *sets: str) -> list[str]:
    outcomes: list[str] = []
    for name in sets:
        command = (await ask(state, "give", equipment=name, command="auto", by="Li"))["command"]
        told: dict[str, str] = {}

        async def over(command: str = command, told: dict[str, str] = told) -> bool:
            told |= await ask(state, "outcome", command=command)
            return told["outcome"] != "issued"

        await until(over)
        outcomes.append(told["outcome"])
    return outcomes


def _keys(room: PlantRoom) -> list[int]:
    units = [device.unit for device in room.devices.values() if isinstance(device.unit, ModbusUnit)]
    return [write.words[0] for unit in units for write in unit.writes]
