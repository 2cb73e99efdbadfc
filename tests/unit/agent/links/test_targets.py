"""Which machine a device is: one machine whatever it is called, and nothing that nobody has resolved yet."""

import os
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from agent.links.targets import REFRESH, RETRY_CAP, Targets
from config.plant import Link, Plant
from drivers.templates import Device, Table, Template, TemplateCommand, WordWrite
from rules.procedure.target import Target
from runtime.clock import ManualClock
from runtime.supervisor import running

MODBUS, BACNET = Template("t", {}, "modbus", ()), Template("t", {}, "bacnet", ())


class Names:
    """A resolver that is told what it knows."""

    def __init__(self, known: Mapping[str, Iterable[str]]) -> None:
        self.known = dict(known)
        self.asked: list[str] = []

    async def __call__(self, host: str) -> Iterable[str]:
        self.asked.append(host)
        if host not in self.known:
            raise OSError(-2, "Name or service not known")
        return self.known[host]


class Bench:
    def __init__(self, plant: Plant, names: Names, by_path: Path = Path("/nowhere")) -> None:
        self.clock, self.names, self.plant = ManualClock(mono=0), names, plant
        self.told: list[dict[str, str]] = []
        self.targets = Targets(lambda: self.plant, self.clock, self.hear, names, by_path)

    def hear(self, machines: Mapping[str, Target]) -> None:
        self.told.append({name: machine.place for name, machine in machines.items()})

    def known(self) -> dict[str, str]:
        return {name: machine.place for name, machine in self.targets.of(self.plant).items()}


def site(plant: Plant, *urls: str) -> Plant:
    """Device d0 on the first link, d1 on the second, each unit 3."""
    links = tuple(Link(f"l{index}", url) for index, url in enumerate(urls))
    devices = tuple(Device(f"d{index}", link.id, "3", MODBUS) for index, link in enumerate(links))
    return replace(plant, links=links, devices=devices)


@pytest.fixture
def plant() -> Plant:
    from config.site import load_site
    from tests.unit.agent.site import SITE

    return load_site(SITE)


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("modbus-tcp://10.0.0.5", "tcp:10.0.0.5:502/3"),
        ("modbus-tcp://10.0.0.5:5020", "tcp:10.0.0.5:5020/3"),
        ("modbus-rtu-tcp://10.0.0.5:502", "tcp:10.0.0.5:502/3"),
        ("modbus-tcp://[fe80::0001]", "tcp:fe80::1:502/3"),
        ("modbus-tcp://[::ffff:10.0.0.5]", "tcp:10.0.0.5:502/3"),
        ("modbus-udp://[::FFFF:A00:5]:502", "tcp:10.0.0.5:502/3"),
        ("modbus-tcp://0.0.0.0", "tcp:127.0.0.1:502/3"),
        ("modbus-tcp://[::]", "tcp:::1:502/3"),
        ("modbus-tcp://genset.local", None),
        ("modbus-rtu:///dev/no-such-port", None),
    ],
)
def test_what_is_known_without_asking_anybody(plant: Plant, url: str, place: str | None) -> None:
    bench = Bench(site(plant, url), Names({}))
    assert bench.known() == ({} if place is None else {"d0": place})
    assert bench.names.asked == []


def test_a_bacnet_device_is_its_address_and_its_instance(plant: Plant) -> None:
    device = Device("ahu", "net", "10.0.0.9/2001", BACNET)
    bench = Bench(replace(plant, links=(Link("net", "bacnet://10.0.0.1"),), devices=(device,)), Names({}))
    assert bench.known() == {"ahu": "bacnet:10.0.0.9:47808/2001"}


def test_a_device_behind_an_offset_is_a_machine_of_its_own(plant: Plant) -> None:
    one = site(plant, "modbus-tcp://10.0.0.5")
    both = replace(one, devices=(*one.devices, replace(one.devices[0], id="far", offset=100)))
    assert Bench(both, Names({})).known() == {"d0": "tcp:10.0.0.5:502/3", "far": "tcp:10.0.0.5:502/3+100"}


def test_a_command_of_a_group_has_a_machine_of_its_own_beside_its_device(plant: Plant) -> None:
    commands = tuple(TemplateCommand(name, {}, (), group=group) for name, group in (("a", "left"), ("all", "")))
    parted = replace(site(plant, "modbus-tcp://10.0.0.5"), devices=())
    parted = replace(parted, devices=(Device("d0", "l0", "3", replace(MODBUS, commands=commands)),))
    targets = Bench(parted, Names({})).targets.of(parted)
    assert {name: one.key for name, one in targets.items()} == {
        "d0": "tcp:10.0.0.5:502/3/",
        "d0.a": "tcp:10.0.0.5:502/3/left",
    }


@pytest.mark.parametrize(
    ("other", "same"),
    [
        ({}, True),
        ({"title": {"en": "Go"}}, True),
        ({"writes": (WordWrite(72, (1,), Table.COIL),)}, False),
        ({"writes": (WordWrite(70, (0,), Table.COIL),)}, False),
        ({"writes": (WordWrite(70, (1,)),)}, False),
        ({"name": "stop"}, False),
    ],
    ids=["nothing", "its title", "another coil", "another value", "a register", "another verb"],
)
@pytest.mark.parametrize("group", ["", "left"])
def test_a_template_that_writes_something_else_moves_another_machine(
    plant: Plant, group: str, other: dict[str, Any], same: bool
) -> None:
    start = TemplateCommand("start", {}, (WordWrite(70, (1,), Table.COIL),), group=group)

    def machines(command: TemplateCommand) -> set[Target]:
        one = site(plant, "modbus-tcp://10.0.0.5")
        template = replace(MODBUS, commands=(command,))
        one = replace(one, devices=(Device("d0", "l0", "3", template),))
        return set(Bench(one, Names({})).targets.of(one).values())

    before, after = machines(start), machines(replace(start, **other))
    assert all(one.same(another) for one in before for another in after if one.key == another.key) is same


def test_two_names_of_one_port_are_one_machine(plant: Plant, tmp_path: Path) -> None:
    port = tmp_path / "ttyUSB0"
    port.touch()
    for name in ("by-id", "genset"):
        os.symlink(port, tmp_path / name)
    urls = [f"modbus-rtu://{tmp_path / name}" for name in ("by-id", "genset", "ttyUSB0")]
    assert set(Bench(site(plant, *urls), Names({})).known().values()) == {f"serial:{port}/3"}


def test_an_adapter_that_gets_another_number_stays_where_it_is_plugged_in(plant: Plant, tmp_path: Path) -> None:
    by_path, genset = tmp_path / "by-path", tmp_path / "genset"
    by_path.mkdir()
    bench = Bench(site(plant, f"modbus-rtu://{genset}"), Names({}), by_path)
    for number in (0, 1):
        port = tmp_path / f"ttyUSB{number}"
        port.touch()
        for name in (genset, by_path / "usb-0:3:1.0"):
            name.unlink(missing_ok=True)
            name.symlink_to(port)
        assert bench.known() == {"d0": "serial:usb-0:3:1.0/3"}


async def test_names_are_resolved_beside_everything_else_and_again_until_they_are(plant: Plant) -> None:
    bench = Bench(site(plant, "modbus-tcp://genset.local", "modbus-tcp://10.0.0.5"), Names({}))
    assert bench.known() == {"d1": "tcp:10.0.0.5:502/3"}
    async with running({"targets": bench.targets.run()}):
        await bench.clock.advance(30)
        assert bench.told == []
        assert len(bench.names.asked) > 2
        bench.names.known["genset.local"] = ["10.0.0.5"]
        await bench.clock.advance(RETRY_CAP)
    # One machine by two names: which is what nobody could see before.
    assert bench.told == [{"d0": "tcp:10.0.0.5:502/3", "d1": "tcp:10.0.0.5:502/3"}]


async def test_a_name_that_moves_is_told_and_one_that_is_forgotten_stays(plant: Plant) -> None:
    bench = Bench(site(plant, "modbus-tcp://genset.local"), Names({"genset.local": ["10.0.0.5"]}))
    async with running({"targets": bench.targets.run()}):
        await bench.clock.advance()
        del bench.names.known["genset.local"]
        await bench.clock.advance(REFRESH)
        bench.names.known["genset.local"] = ["10.0.0.6"]
        await bench.clock.advance(REFRESH + RETRY_CAP)
    assert bench.told == [{"d0": "tcp:10.0.0.5:502/3"}, {"d0": "tcp:10.0.0.6:502/3"}]


@pytest.mark.parametrize(
    ("found", "place"),
    [
        (["::1", "127.0.0.1"], "tcp:127.0.0.1:502/3"),
        (["127.0.0.1", "127.0.0.1"], "tcp:127.0.0.1:502/3"),
        (["fe80::1%eth0"], "tcp:fe80::1:502/3"),
        (["10.0.0.5", "10.0.0.6"], None),
        ([], None),
    ],
)
async def test_a_name_of_several_addresses_says_no_machine(plant: Plant, found: list[str], place: str | None) -> None:
    bench = Bench(site(plant, "modbus-tcp://genset.local"), Names({"genset.local": found}))
    async with running({"targets": bench.targets.run()}):
        await bench.clock.advance()
    assert bench.known() == ({} if place is None else {"d0": place})


async def test_another_site_is_looked_up_at_once(plant: Plant) -> None:
    bench = Bench(site(plant, "modbus-tcp://10.0.0.5"), Names({"genset.local": ["10.0.0.7"]}))
    async with running({"targets": bench.targets.run()}):
        await bench.clock.advance()
        bench.plant = site(plant, "modbus-tcp://genset.local")
        bench.targets.again()
        await bench.clock.advance()
    assert bench.told[-1] == {"d0": "tcp:10.0.0.7:502/3"}
