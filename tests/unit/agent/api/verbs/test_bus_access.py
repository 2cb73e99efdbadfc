"""The running gateway as people at the equipment ask it: its wires, what a command writes, commands given once."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from agent.api.local.client import ask
from agent.api.requests import Preview
from agent.api.verbs.bus_access import BusAccess
from agent.cli.commands import doctor
from config.catalogue import Catalogue
from config.identities import write_identities
from config.plant import Plant
from config.site import load_site
from drivers.points import PlantgateError
from emulators.modbus.unit import ModbusUnit
from emulators.plantroom import serve
from rules.people import Access, Person
from runtime.errors import AgentError
from tests.unit.agent.cli.looking import looked
from tests.unit.agent.site import all_good, arm, free_port, plant, running, state, until

__all__ = ["plant", "state"]


@pytest.fixture
async def gateway(plant: Plant, state: Path) -> AsyncIterator[Path]:
    async with serve(plant), running(plant, state):
        await until(lambda: all_good(state))
        yield state


async def test_its_wires_are_known_by_name_and_by_url(gateway: Path, plant: Plant) -> None:
    link = plant.links[0]
    for asked in (link.id, link.url):
        assert (await ask(gateway, "wire", url=asked))["link"] == link.id
    for other in ("modbus-tcp://127.0.0.1:9", "nonsense", "modbus-rtu:///dev/ttyUSB0"):
        assert (await ask(gateway, "wire", url=other))["link"] == ""


async def test_its_wires_answer_questions_between_two_polls(gateway: Path, plant: Plant) -> None:
    about = {"link": plant.links[0].id, "unit": 1, "seconds": 1.0}
    assert (await ask(gateway, "ask", request="0300000001", **about))["answer"].startswith("0302")
    assert (await ask(gateway, "ask", request="030fff0001", **about))["answer"] == "8302"
    silent = await ask(gateway, "ask", request="0300000001", **about | {"unit": 9, "seconds": 0.1})
    assert silent["silent"]


@pytest.mark.parametrize("request_", ["0600000001", "100000000102ffff", "05000aff00"])
async def test_nothing_that_writes_passes(gateway: Path, plant: Plant, request_: str) -> None:
    with pytest.raises(AgentError, match=r"bus\.only-reads"):
        await ask(gateway, "ask", link=plant.links[0].id, unit=1, request=request_, seconds=1.0)


async def test_doctor_asks_the_devices_through_it(gateway: Path, plant: Plant) -> None:
    _, told = await looked(doctor, str(plant.directory), "--state", str(gateway))
    found = {entry["check"]: entry for entry in told}
    assert found["owned"]["ok"]
    assert found["online"]["ok"]
    assert (found["device"]["ok"], found["device"]["good"]) == (True, found["device"]["points"])


async def test_equipment_without_commands_takes_none(gateway: Path) -> None:
    with pytest.raises(AgentError, match=r"byhand\.no-command"):
        await ask(gateway, "preview", equipment="tank-1", command="start")
    with pytest.raises(AgentError, match=r"byhand\.no-command"):
        await ask(gateway, "give", equipment="tank-1", command="start", by="Li")
    with pytest.raises(AgentError, match=r"procedure\.no-equipment"):
        await ask(gateway, "preview", equipment="nobody", command="start")


async def test_a_command_nobody_gave_has_no_outcome(gateway: Path) -> None:
    assert (await ask(gateway, "outcome", command="h-1"))["outcome"] == "unknown"


POWER = """\
site: {id: power, title: {zh: 电, en: Power}}
gateway: gw-1
uplink: {broker: "mqtt://127.0.0.1:9"}
links: [{id: bus, url: "modbus-tcp://127.0.0.1:PORT"}]
devices:
  - {id: meter, link: bus, unit: 1, template: mains-meter, polls: {fast: 100 ms, normal: 100 ms, slow: 100 ms}}
  - {id: genset, link: bus, unit: 2, template: dse-genset, polls: {fast: 100 ms, normal: 100 ms, slow: 100 ms}}
equipment:
  - {id: mains, class: mains-supply, title: {zh: 市电, en: Mains}, device: meter}
  - id: generator-1
    class: generator
    title: {zh: 发电机, en: Generator}
    device: genset
    roles: {voltage: genset.voltage_l1_l2}
    relations: {mains: mains, fire: none}
    reasons: {fire: a test has no fire panel}
"""


async def test_a_command_reaches_the_machine_once_and_only_while_it_may(tmp_path: Path, state: Path) -> None:
    (tmp_path / "plant.yaml").write_text(POWER.replace("PORT", str(free_port())), encoding="utf-8")
    write_identities(tmp_path, {"genset": {"manufacturer": 1, "model": 32840, "serial": 70001}})
    power = load_site(tmp_path)
    async with serve(power) as room, running(power, state):
        await until(lambda: all_good(state))
        unit = room.devices["genset"].unit
        assert isinstance(unit, ModbusUnit)
        start = {"equipment": "generator-1", "command": "start", "by": "Li"}
        with pytest.raises(AgentError, match=r"disarmed\.standing"):
            await ask(state, "give", **start)
        await arm(state)
        shown = await ask(state, "preview", equipment="generator-1", command="auto")
        assert (shown["device"], shown["link"]) == ("genset", "bus")
        written = {"point": "", "priority": None}
        assert shown["writes"] == [{"object": "holding 4104", "address": 4104, "value": "35701 29834", **written}]
        await ask(state, "lockout", equipment="generator-1", by="Li", reason="oil")
        with pytest.raises(AgentError, match=r"procedure\.locked-out"):
            await ask(state, "give", **start)
        assert unit.writes == []
        await ask(state, "lockout", equipment="generator-1", by="Li", release=True)
        given = await ask(state, "give", **start)
        await until(lambda: over(state, given["command"]))
        done = await ask(state, "outcome", command=given["command"])
        assert (done["outcome"], done["code"]) == ("done", "")
        assert [write.words[0] for write in unit.writes] == [35705]


async def test_a_refusal_says_why(tmp_path: Path, state: Path) -> None:
    (tmp_path / "plant.yaml").write_text(POWER.replace("PORT", str(free_port())), encoding="utf-8")
    power = load_site(tmp_path)
    async with serve(power) as room, running(power, state):
        await until(lambda: all_good(state))
        unit = room.devices["genset"].unit
        assert isinstance(unit, ModbusUnit)
        await arm(state)
        unit.template = replace(unit.template, commands=())
        given = await ask(state, "give", equipment="generator-1", command="auto", by="Li")
        await until(lambda: over(state, given["command"]))
        told = await ask(state, "outcome", command=given["command"])
    assert (told["outcome"], told["code"], told["arguments"]["number"]) == ("refused", "modbus.exception", "2")
    error = PlantgateError(told["code"], **told["arguments"])
    assert Catalogue.load("en").error(error) == "the device refused with Modbus exception 2: illegal data address"
    assert Catalogue.load("zh").error(error).endswith("：非法数据地址")


async def over(state: Path, command: str) -> bool:
    return bool((await ask(state, "outcome", command=command))["outcome"] != "issued")


async def test_while_the_site_is_read_again_a_command_may_have_no_wire(tmp_path: Path) -> None:
    (tmp_path / "plant.yaml").write_text(POWER.replace("PORT", "502"), encoding="utf-8")
    plant = load_site(tmp_path)
    bus = BusAccess(None, lambda: plant, [], lambda _: None)  # type: ignore[arg-type]
    with pytest.raises(AgentError, match=r"link\.stopped"):
        await bus.preview(Person("Li", Access.VIEW), Preview("generator-1", "manual"))
