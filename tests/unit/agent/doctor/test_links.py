"""Wires and devices: what is silent, garbled, refused, out of range, or has its words swapped."""

from dataclasses import replace

import pytest

from agent.doctor.finding import Check
from agent.doctor.links import check_link, check_owned, check_running
from config.catalogue import Catalogue
from config.plant import Link
from drivers.links import parse_link
from drivers.modbus.oneshot import own_wire
from drivers.points import Kind, unit
from drivers.templates import Device, ModbusSource, Table, Template, TemplatePoint, WordOrder
from emulators.bacnet import BacnetServer, BacnetUnit
from emulators.modbus.listen import server_for
from emulators.modbus.server import ModbusServer
from emulators.modbus.unit import ModbusUnit
from tests.unit.drivers.bacnet.bench import TEMPLATE as AIR_HANDLER
from tests.unit.drivers.bacnet.bench import VALUES

TEXTS = Catalogue.load("en")
KW = unit("kW")
assert KW is not None
POWER = TemplatePoint("power", {}, Kind.ANALOG, ModbusSource(Table.HOLDING, 0, "f32"), KW, 0.0, 500.0)
HOURS = TemplatePoint("hours", {}, Kind.COUNTER, ModbusSource(Table.HOLDING, 2, "u32"), high=100_000.0)
LEVEL = TemplatePoint("level", {}, Kind.ANALOG, ModbusSource(Table.HOLDING, 4), low=0.0, high=100.0)
METER = Template("meter", {}, "modbus", (POWER, HOURS, LEVEL))
TRUE = {"power": 3.5, "hours": 1234, "level": 25.0}


def swapped(template: Template) -> Template:
    points = [replace(one, source=replace(one.modbus, word_order=WordOrder.LITTLE)) for one in template.points]
    return replace(template, points=tuple(points))


def wide(template: Template) -> Template:
    """As the device sees itself: without the limits of ours."""
    return replace(template, points=tuple(replace(one, low=None, high=None) for one in template.points))


async def examined(unit: ModbusUnit, number: int = 1, template: Template = METER) -> list[Check]:
    async with ModbusServer({1: unit}) as server:
        device = Device("m", "bus", str(number), template, 0.5)
        return [check async for check in check_link(Link("bus", server.url), [device], TEXTS)]


def ill(checks: list[Check]) -> dict[str, Check]:
    return {check.code: check for check in checks if not check.well}


async def test_a_device_in_order() -> None:
    checks = await examined(ModbusUnit(METER, dict(TRUE)))
    assert [check.code for check in checks] == ["link", "device"]
    assert (checks[1].arguments["points"], checks[1].arguments["good"]) == (3, 3)


async def test_swapped_words_are_shown_both_ways() -> None:
    checks = await examined(ModbusUnit(swapped(wide(METER)), dict(TRUE)))
    found = {str(check.arguments["point"]): check.arguments for check in checks if check.code == "word-order"}
    assert {name: one["other"] for name, one in found.items()} == {"power": "3.5", "hours": "1234"}
    assert found["hours"]["value"] == str(1234 << 16)
    assert "range" not in ill(checks)


async def test_a_value_out_of_range_is_told_with_its_limits() -> None:
    checks = ill(await examined(ModbusUnit(wide(METER), {**TRUE, "level": 250.0})))
    assert set(checks) == {"range"}
    assert checks["range"].arguments["point"] == "m.level"
    assert (checks["range"].arguments["low"], checks["range"].arguments["high"]) == ("0", "100")


@pytest.mark.parametrize(
    ("fault", "number", "code"),
    [(None, 9, "silent"), ("wrong-byte-count", 1, "garbage"), ("exception:4", 1, "refused")],
)
async def test_a_device_that_does_not_answer_as_it_should(fault: str | None, number: int, code: str) -> None:
    checks = ill(await examined(ModbusUnit(METER, dict(TRUE), faults={fault} if fault else set()), number))
    assert list(checks) == [code]
    assert checks[code].arguments["reason"]


async def test_a_link_nobody_listens_on() -> None:
    async with ModbusServer({}) as server:
        url = server.url
    checks = [check async for check in check_link(Link("bus", url), [], TEXTS)]
    assert [check.code for check in checks] == ["link-down"]


async def test_a_port_that_is_missing_ends_the_look_at_its_link() -> None:
    link = Link("bus", "modbus-rtu:///dev/there-is-no-such-port")
    checks = [check async for check in check_link(link, [Device("m", "bus", "1", METER)], TEXTS)]
    assert [check.code for check in checks] == ["port-missing"]


async def test_a_port_that_another_program_has_is_told_as_in_use() -> None:
    async with server_for(parse_link("modbus-rtu://?baud=115200"), {1: ModbusUnit(METER, dict(TRUE))}) as served:
        link, device = Link("bus", served.url), Device("m", "bus", "1", METER, 2.0)
        async with own_wire(served.url):
            checks = [check async for check in check_link(link, [device], TEXTS)]
        assert [check.code for check in checks] == ["port", "link-down"]
        assert "in use" in str(checks[1].arguments["reason"])
        checks = [check async for check in check_link(link, [device], TEXTS)]
    assert [(check.code, check.well) for check in checks] == [("port", True), ("link", True), ("device", True)]


async def test_bacnet_devices_are_looked_at_too() -> None:
    async with BacnetServer([BacnetUnit(AIR_HANDLER, 7, values=dict(VALUES))]) as server:
        device = Device("ahu", "net", server.address(7), AIR_HANDLER, 2.0)
        checks = [check async for check in check_link(Link("net", "bacnet://127.0.0.1:0"), [device], TEXTS)]
    assert [(check.code, check.well) for check in checks] == [("link", True), ("device", True), ("identity", True)]


@pytest.mark.parametrize(
    "habit", ["no-rpm", "rpm-abort:0", "rpm-abort:4", "rpm-silent", "buffer-overflow:1", "max-apdu:128"]
)
async def test_a_bacnet_device_is_looked_at_as_it_takes_to_be_asked(habit: str) -> None:
    async with BacnetServer([BacnetUnit(AIR_HANDLER, 7, values=dict(VALUES), faults={habit})]) as server:
        device = Device("ahu", "net", server.address(7), AIR_HANDLER, 0.5)
        checks = [check async for check in check_link(Link("net", "bacnet://127.0.0.1:0"), [device], TEXTS)]
    assert [(check.code, check.well) for check in checks] == [("link", True), ("device", True), ("identity", True)]
    assert checks[1].arguments["good"] == checks[1].arguments["points"]


async def test_only_what_is_refused_by_itself_is_told_as_refused() -> None:
    other = replace(
        METER, points=(*METER.points, TemplatePoint("gone", {}, Kind.COUNTER, ModbusSource(Table.HOLDING, 5)))
    )
    checks = ill(await examined(ModbusUnit(METER, dict(TRUE)), template=other))
    assert {code: check.arguments["points"] for code, check in checks.items()} == {"refused": "gone"}


async def test_a_bacnet_device_of_another_instance_is_named() -> None:
    async with BacnetServer([BacnetUnit(AIR_HANDLER, 7, values=dict(VALUES))]) as server:
        device = Device("ahu", "net", server.address(7).replace("/7", "/8"), AIR_HANDLER, 2.0)
        checks = [check async for check in check_link(Link("net", "bacnet://127.0.0.1:0"), [device], TEXTS)]
    assert [(check.code, check.well) for check in checks][2:] == [("identity-instance", False)]
    assert (checks[2].arguments["found"], checks[2].arguments["recorded"]) == ("instance 7", "instance 8")


async def test_words_swapped_are_found_through_the_wire_of_the_gateway_too() -> None:
    device = Device("m", "bus", "1", METER, 2.0)
    async with ModbusServer({1: ModbusUnit(swapped(wide(METER)), dict(TRUE))}) as server, own_wire(server.url) as wire:
        checks = [check async for check in check_owned(wire, [device], TEXTS)]
    assert {check.code for check in checks} == {"word-order", "device"}


def status(online: bool | None, error: dict[str, object] | None = None) -> dict[str, object]:
    device = {"online": online, "last_error": error}
    return {"links": {"bus": {"online": online is not None, "devices": {"m": device}}}}


@pytest.mark.parametrize(
    ("told", "codes"),
    [
        (status(True), ["owned", "online"]),
        (status(False, {"code": "modbus.silent", "arguments": {"seconds": "1.0"}}), ["owned", "silent"]),
        (status(False), ["owned", "silent"]),
        (status(None), ["owned", "online"]),
    ],
)
def test_a_running_gateway_is_believed(told: dict[str, object], codes: list[str]) -> None:
    checks = list(check_running(told, TEXTS))
    assert [check.code for check in checks] == codes
    assert all(check.arguments.get("reason", "x") for check in checks)


@pytest.mark.parametrize(
    ("fault", "code", "reason"),
    [
        ("exception:10", "silent", "modbus.absent"),
        ("exception:11", "silent", "modbus.absent"),
        ("exception:6", "refused", "modbus.exception"),
    ],
)
async def test_what_a_gateway_says_of_a_unit_is_not_the_word_of_the_unit(
    monkeypatch: pytest.MonkeyPatch, fault: str, code: str, reason: str
) -> None:
    monkeypatch.setattr("agent.doctor.links.BUSY_PAUSE", 0.01)
    found = await examined(ModbusUnit(METER, dict(TRUE), faults={fault}))
    assert [check.code for check in found] == ["link", code]
    said = TEXTS.text(reason, unit=1, number=int(fault.partition(":")[2]))
    assert str(found[1].arguments["reason"]).startswith(said)


async def test_a_device_of_which_no_value_is_good_is_not_in_order() -> None:
    assert set(ill(await examined(ModbusUnit(wide(METER), {"power": 900.0, "hours": 2_000_000, "level": 200.0})))) == {
        "range",
        "no-value",
    }
