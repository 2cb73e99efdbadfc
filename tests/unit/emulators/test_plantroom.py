"""A whole plant room: served, moved, broken and mended."""

import json
from pathlib import Path

import pytest

from config.plant import Link, Plant, Site, Uplink
from drivers.modbus.oneshot import read_once
from drivers.points import Kind
from drivers.templates import Device, ModbusSource, Table, Template, TemplateCommand, TemplatePoint, WordWrite
from emulators.device import emulated
from emulators.modbus.server import ModbusServer
from emulators.modbus.unit import ModbusUnit, SharedUnit
from emulators.plantroom import PlantRoom, serve
from emulators.standalone import serve_template
from rules.engine.rulebook import Tasks


@pytest.fixture
def room(booster: Template) -> PlantRoom:
    meter = Template("meter", {}, "modbus", (TemplatePoint("kwh", {}, Kind.COUNTER, ModbusSource(Table.HOLDING, 0)),))
    return PlantRoom([emulated("booster", booster, {"level": 60}), emulated("meter", meter, {"kwh": 5})])


def _shown(room: PlantRoom, point: str) -> object:
    device, _, name = point.partition(".")
    return room.devices[device].unit.values[name]


def test_a_physical_fault_moves_the_level(room: PlantRoom) -> None:
    assert json.loads(room.answer("fault booster fill-valve-stuck-closed"))["ok"]
    room.step(300.0)
    assert _shown(room, "booster.level") == pytest.approx(30, abs=1)


def test_a_set_level_moves_on_from_there_and_a_set_flow_is_held(room: PlantRoom) -> None:
    room.answer("set booster.level 25")
    room.answer("set booster.flow 1")
    room.step(10.0)
    assert _shown(room, "booster.level") == pytest.approx(26.5, abs=0.1)
    assert _shown(room, "booster.flow") == 1.0


def test_clear_mends_everything(room: PlantRoom) -> None:
    for line in ("fault booster half-open", "fault booster pump-1-fault", "set booster.flow 1", "clear booster"):
        assert json.loads(room.answer(line))["ok"]
    assert room.devices["booster"].unit.faults == set()
    assert (_shown(room, "booster.pump_1_fault"), _shown(room, "booster.flow")) == (False, 18.0)


def test_timed_lines_wait_for_simulated_time(room: PlantRoom) -> None:
    room.answer("at 10 s set meter.kwh 6")
    room.step(9.0)
    assert _shown(room, "meter.kwh") == 5
    room.step(1.0)
    assert _shown(room, "meter.kwh") == 6


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("set boster.level 1", "emulator.unknown-device"),
        ("set booster.lvl 1", "emulator.unknown-point"),
        ("set booster.level 7000", "emulator.bad-value"),
        ("fault meter fill-valve-stuck-closed", "emulator.unknown-fault"),
        ("fault booster bad:flow", "emulator.unknown-fault"),
        ("hello", "emulator.bad-line"),
    ],
)
def test_mistakes_are_answered_and_change_nothing(room: PlantRoom, line: str, code: str) -> None:
    before = {id: dict(device.unit.values) for id, device in room.devices.items()}
    answer = json.loads(room.answer(line))
    assert (answer["ok"], answer["code"]) == (False, code)
    assert {id: device.unit.values for id, device in room.devices.items()} == before


def test_a_device_without_physics_keeps_its_values(room: PlantRoom) -> None:
    room.step(3600.0)
    assert _shown(room, "meter.kwh") == 5


async def _free_url() -> str:
    async with ModbusServer({}) as server:
        return server.url


async def test_a_plant_is_served_where_its_links_say(booster: Template) -> None:
    url = await _free_url()
    device = Device("booster", "bus", "3", booster)
    plant = Plant(Path(), Site("s", {}), "g", Uplink("mqtt://x"), (Link("bus", url),), (device,), {}, (), (), Tasks())
    async with serve(plant) as room:
        room.answer("set booster.level 25")
        shot = await read_once(url, 3, Table.HOLDING, 0, 1)
        assert shot.values == (250,)


async def test_served_time_passes(booster: Template) -> None:
    url = await _free_url()
    async with serve_template(booster, url, (1,), {"level": 60}, ["bad:level"], speed=100.0) as room:
        assert (await read_once(url, 1, Table.HOLDING, 0, 1)).values == (65535,)
        # A held-open deadline instead of a sleep: the unit that is not there answers never, and time passes.
        await read_once(url, 9, Table.HOLDING, 0, 1, timeout=0.3)
        assert room.elapsed >= 15.0


async def test_the_plant_room_opens_again_on_the_same_port(booster: Template) -> None:
    url = await _free_url()
    for _ in range(2):
        async with serve_template(booster, url):
            assert (await read_once(url, 1, Table.HOLDING, 1, 1)).values == (250,)


def _genset() -> PlantRoom:
    keys = tuple(
        TemplateCommand(name, {}, (WordWrite(4104, (key, 65535 - key)),))
        for name, key in (("manual", 35702), ("start", 35705))
    )
    mode = ModbusSource(Table.HOLDING, 772, states=((0, "stop"), (1, "auto"), (2, "manual")))
    points = (TemplatePoint("mode", {}, Kind.ENUM, mode, states=("stop", "auto", "manual")),)
    return PlantRoom([emulated("g", Template("dse-genset", {}, "modbus", points, commands=keys), {})])


def test_writes_are_obeyed_and_remembered_in_order_with_their_time() -> None:
    room = _genset()
    unit = room.devices["g"].unit
    assert isinstance(unit, ModbusUnit)
    room.step(2.0)
    unit.write(16, Table.HOLDING, 4104, (35702, 29833))
    room.step(3.0)
    unit.write(16, Table.HOLDING, 4104, (35705, 29830))
    seen = json.loads(room.answer("writes"))["writes"]
    assert [(write["elapsed"], write["device"], write["write"]["words"]) for write in seen] == [
        (2.0, "g", [35702, 29833]),
        (5.0, "g", [35705, 29830]),
    ]
    assert _shown(room, "g.mode") == "manual"


def test_devices_share_a_unit_at_different_offsets() -> None:
    point = TemplatePoint("battery", {}, Kind.ANALOG, ModbusSource(Table.HOLDING, 45))
    template = Template("lamp", {}, "modbus", (point,))
    units = [ModbusUnit(template.shifted(100 * short), {"battery": 90.0 + short}) for short in (0, 1)]
    shared = SharedUnit(units)
    read = [shared.serving(bytes([3, 0, at, 0, 1])).answer(bytes([3, 0, at, 0, 1])) for at in (45, 145, 46)]
    assert read == [bytes([3, 2, 0, 90]), bytes([3, 2, 0, 91]), bytes([0x83, 2])]
