"""The driver against emulated devices: honest ones, refusing ones, lying ones and dead ones."""

import asyncio
import errno
from dataclasses import replace

import pytest

from drivers.bacnet.address import parse_address
from drivers.bacnet.driver import IN_FLIGHT, PER_DEVICE, BacnetDriver
from drivers.contract import LinkDown, NoAnswer, Refused, Write
from drivers.points import Kind, Quality, Reading, Reason
from drivers.templates import Device, PointWrite, Template
from emulators.bacnet import AcceptedWrite, BacnetServer, BacnetUnit
from tests.unit.drivers.bacnet.bench import TEMPLATE, VALUES, Poll, point, read_all


def values(readings: dict[str, Reading]) -> dict[str, object]:
    return {name: reading.value for name, reading in readings.items()}


ALL = VALUES | {"valve": False}


async def test_one_request_brings_every_value(
    poll: Poll, devices: list[Device], server: BacnetServer, driver: BacnetDriver
) -> None:
    assert values(await poll(devices[0])) == ALL
    assert server.requests[2001] == len(driver.plan(devices[0])) == 1


async def test_an_unchanged_device_answers_the_same_bytes(driver: BacnetDriver, devices: list[Device]) -> None:
    request = driver.plan(devices[0])[0]
    assert await driver.read(request) == await driver.read(request)


@pytest.mark.parametrize(
    ("fault", "outcome"),
    [
        ("fault:level", (None, Quality.BAD, Reason.SENSOR)),
        ("out-of-service:level", (None, Quality.BAD, Reason.OUT_OF_SERVICE)),
        ("overridden:level", (42.5, Quality.UNCERTAIN, Reason.OVERRIDDEN)),
        ("wrong-datatype:level", (None, Quality.BAD, Reason.DECODE)),
        ("nan:level", (None, Quality.BAD, Reason.DECODE)),
        ("unknown:level", (None, Quality.BAD, Reason.EXCEPTION)),
    ],
)
@pytest.mark.parametrize("service", ["read-many", "no-rpm"])
async def test_a_fault_of_one_point_marks_that_point_only(
    poll: Poll, devices: list[Device], units: list[BacnetUnit], fault: str, outcome: tuple[object, ...], service: str
) -> None:
    units[0].faults |= {fault, service}
    readings = await poll(devices[0])
    assert readings.pop("level")[1:4] == outcome
    assert {reading.quality for reading in readings.values()} == {Quality.GOOD}


async def test_a_value_outside_the_point_is_out_of_range(
    poll: Poll, devices: list[Device], units: list[BacnetUnit]
) -> None:
    units[0].values["level"] = 100.5
    assert (await poll(devices[0]))["level"][1:4] == (None, Quality.BAD, Reason.RANGE)


async def test_a_fault_of_a_fire_detector_stays_visible(
    poll: Poll, devices: list[Device], units: list[BacnetUnit]
) -> None:
    units[0].values["fire"] = "fault"
    units[0].faults.add("fault:fire")
    assert (await poll(devices[0]))["fire"][1:4] == ("fault", Quality.UNCERTAIN, Reason.SENSOR)


@pytest.mark.parametrize("fault", ["no-rpm", "buffer-overflow:3", "buffer-overflow:1", "buffer-overflow:0"])
async def test_a_small_device_is_asked_in_smaller_pieces(
    poll: Poll, devices: list[Device], units: list[BacnetUnit], fault: str
) -> None:
    units[0].faults.add(fault)
    assert values(await poll(devices[0])) == ALL


async def test_what_a_device_refused_is_not_asked_again(
    driver: BacnetDriver, devices: list[Device], units: list[BacnetUnit], server: BacnetServer
) -> None:
    units[0].faults.add("no-rpm")
    await read_all(driver, devices[0])
    before = server.requests[2001]
    with pytest.raises(Refused):
        await driver.read(driver.plan(devices[0])[0])
    assert server.requests[2001] == before


@pytest.mark.parametrize(
    ("fault", "code", "number"),
    [
        ("error:31", "bacnet.error", 31),
        ("abort:4", "bacnet.abort", 4),
        ("abort", "bacnet.abort", 0),
        ("reject:1", "bacnet.reject", 1),
        ("reject:6", "bacnet.reject", 6),
    ],
)
async def test_a_refusal_carries_the_number_of_the_protocol(
    driver: BacnetDriver, devices: list[Device], units: list[BacnetUnit], fault: str, code: str, number: int
) -> None:
    units[0].faults.add(fault)
    with pytest.raises(Refused) as caught:
        await driver.read(driver.plan(devices[0])[0])
    assert (caught.value.code, caught.value.number) == (code, number)


@pytest.mark.parametrize("fault", ["silent", "nonsense", "wrong-invoke", "late"])
async def test_no_answer_ends_at_the_deadline_and_spoils_nothing(
    driver: BacnetDriver, poll: Poll, devices: list[Device], units: list[BacnetUnit], fault: str
) -> None:
    units[0].faults.add(fault)
    began = asyncio.get_running_loop().time()
    with pytest.raises(NoAnswer) as caught:
        await driver.read(driver.plan(devices[0])[0])
    assert caught.value.reason is Reason.NO_ANSWER
    assert asyncio.get_running_loop().time() - began < 2 * devices[0].timeout
    assert values(await poll(devices[1])) == ALL
    units[0].faults.clear()
    assert values(await poll(devices[0])) == ALL


async def test_a_broken_encoding_is_no_answer(
    driver: BacnetDriver, devices: list[Device], units: list[BacnetUnit]
) -> None:
    units[0].faults.add("malformed")
    with pytest.raises(NoAnswer) as caught:
        await driver.read(driver.plan(devices[0])[0])
    assert caught.value.reason is Reason.DECODE


async def test_a_write_is_never_sent_again(
    driver: BacnetDriver, devices: list[Device], units: list[BacnetUnit], server: BacnetServer
) -> None:
    units[0].faults.add("silent")
    with pytest.raises(NoAnswer):
        await driver.write(Write(devices[0].id, PointWrite("setpoint", 20)))
    assert server.requests[2001] == 1


async def test_a_slow_device_is_soon_asked_once_only(
    driver: BacnetDriver, devices: list[Device], server: BacnetServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It answers what it was asked twice twice: that shows that nothing had been lost."""
    monkeypatch.setattr("emulators.bacnet.faults.LATE_SECONDS", 0.1)
    server.units[2001].faults.add("late")
    request, asked = driver.plan(devices[0])[0], []
    for _ in range(8):
        before = server.requests[2001]
        await driver.read(request)
        await asyncio.sleep(0.15)
        asked.append(server.requests[2001] - before)
    assert asked[0] >= 2
    assert set(asked[-3:]) == {1}


async def test_a_double_answer_is_taken_once(poll: Poll, devices: list[Device], units: list[BacnetUnit]) -> None:
    units[0].faults.add("duplicate")
    assert values(await poll(devices[0])) == ALL
    assert values(await poll(devices[0])) == ALL


async def test_hundreds_of_reads_of_a_dead_device_end_and_leave_the_other_alone(
    driver: BacnetDriver, poll: Poll, devices: list[Device], units: list[BacnetUnit]
) -> None:
    units[0].faults.add("silent")
    request = driver.plan(devices[0])[0]
    crowd = asyncio.gather(*(driver.read(request) for _ in range(300)), return_exceptions=True)
    await asyncio.sleep(0)
    assert values(await poll(devices[1])) == ALL
    assert {type(outcome) for outcome in await crowd} == {NoAnswer}


async def test_a_device_gets_few_requests_at_once(
    driver: BacnetDriver, devices: list[Device], units: list[BacnetUnit], server: BacnetServer
) -> None:
    units[0].faults.add("silent")
    request = driver.plan(devices[0])[0]
    await asyncio.gather(*(driver.read(request) for _ in range(3 * PER_DEVICE)), return_exceptions=True)
    # Each is sent again after 1/24, 3/24, 7/24 and 15/24 of its deadline.
    assert server.requests[2001] == 5 * PER_DEVICE
    assert driver.in_flight == IN_FLIGHT


async def test_a_cancelled_read_leaves_nothing_behind(
    driver: BacnetDriver, poll: Poll, devices: list[Device], units: list[BacnetUnit], server: BacnetServer
) -> None:
    units[0].faults.add("silent")
    for _ in range(300):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0):
                await driver.read(driver.plan(devices[0])[0])
    units[0].faults.clear()
    assert values(await poll(devices[0])) == ALL


async def test_an_answer_of_many_segments_is_put_together(server: BacnetServer) -> None:
    texts = tuple(point(f"t{n}", Kind.TEXT, "characterstring-value", n) for n in range(18))
    unit = BacnetUnit(Template("texts", {}, "bacnet", texts), 7, values={f"t{n}": "x" * 300 for n in range(18)})
    async with BacnetServer([unit]) as other:
        device = Device("d", "bacnet", other.address(7), unit.template)
        driver = BacnetDriver(("127.0.0.1", 0), [device])
        await driver.open()
        readings = await read_all(driver, device)
        await driver.close()
    assert {reading.value for reading in readings} == {"x" * 300}


async def write(driver: BacnetDriver, device: Device, name: str, value: object, priority: int | None = None) -> None:
    await driver.write(Write(device.id, PointWrite(name, value, priority)))


@pytest.mark.parametrize(
    ("name", "value"), [("setpoint", 55.5), ("valve", True), ("mode", "off"), ("setpoint", -3.0), ("valve", 0)]
)
async def test_a_write_arrives_and_is_read_back(
    driver: BacnetDriver, poll: Poll, devices: list[Device], name: str, value: object
) -> None:
    await write(driver, devices[0], name, value)
    assert (await poll(devices[0]))[name].value == value


async def test_the_highest_priority_wins_until_it_is_relinquished(
    driver: BacnetDriver, poll: Poll, devices: list[Device], units: list[BacnetUnit]
) -> None:
    shown = []
    for value, priority in ((30.0, 8), (40.0, None), (None, 8), (None, None)):
        await write(driver, devices[0], "setpoint", value, priority)
        shown.append((await poll(devices[0]))["setpoint"].value)
    assert shown == [30.0, 30.0, 40.0, 21.0]
    assert units[0].writes[1] == AcceptedWrite("setpoint", 40.0, 10)


async def test_a_write_to_an_input_is_refused(driver: BacnetDriver, devices: list[Device]) -> None:
    with pytest.raises(Refused) as caught:
        await write(driver, devices[0], "level", 1.0)
    assert (caught.value.code, caught.value.number) == ("bacnet.error", 40)


@pytest.mark.parametrize(
    ("name", "value"), [("mode", "unheard-of"), ("valve", 7), ("setpoint", "warm"), ("setpoint", 1e39), ("floor", 3)]
)
async def test_a_value_the_object_cannot_hold_is_refused_unsent(
    driver: BacnetDriver, devices: list[Device], server: BacnetServer, name: str, value: object
) -> None:
    with pytest.raises(Refused) as caught:
        await write(driver, devices[0], name, value)
    assert caught.value.code == "bacnet.not-encodable"
    assert server.requests[2001] == 0


async def test_a_write_into_silence_is_sent_once(
    driver: BacnetDriver, devices: list[Device], units: list[BacnetUnit], server: BacnetServer
) -> None:
    units[0].faults.add("silent")
    with pytest.raises(NoAnswer):
        await write(driver, devices[0], "setpoint", 1.0)
    assert server.requests[2001] == 1


async def test_a_stuck_output_acknowledges_and_reads_back_the_old_value(
    driver: BacnetDriver, poll: Poll, devices: list[Device], units: list[BacnetUnit]
) -> None:
    units[0].faults.add("stuck:valve")
    await write(driver, devices[0], "valve", True)
    assert (await poll(devices[0]))["valve"].value is False


async def test_a_closed_driver_reads_nothing_and_opens_again(
    driver: BacnetDriver, poll: Poll, devices: list[Device]
) -> None:
    await driver.close()
    with pytest.raises(LinkDown):
        await driver.read(driver.plan(devices[0])[0])
    await driver.open()
    assert values(await poll(devices[0])) == ALL


async def test_a_lost_interface_is_a_link_down_until_it_is_opened_again(
    driver: BacnetDriver, poll: Poll, devices: list[Device]
) -> None:
    driver.endpoint.error_received(OSError(errno.ENETDOWN, "down"))
    with pytest.raises(LinkDown) as caught:
        await poll(devices[0])
    assert caught.value.code == "bacnet.interface-gone"
    await driver.open()
    assert values(await poll(devices[0])) == ALL


async def test_opening_again_takes_the_same_port(devices: list[Device]) -> None:
    holder = BacnetDriver(("127.0.0.1", 0), devices)
    await holder.open()
    fixed = BacnetDriver(holder.endpoint.place, devices)
    with pytest.raises(LinkDown):
        await fixed.open()
    await holder.close()
    for _ in range(3):
        await fixed.open()
    assert len(await read_all(fixed, devices[0])) == len(TEMPLATE.points)
    await fixed.close()


async def test_a_device_that_comes_back_on_its_port_is_read_again(
    driver: BacnetDriver, poll: Poll, devices: list[Device]
) -> None:
    unit = BacnetUnit(TEMPLATE, 3001)
    async with BacnetServer([unit]) as server:
        device = replace(devices[0], address=server.address(3001))
    with pytest.raises(NoAnswer):
        await driver.read(driver.plan(device)[0])
    async with BacnetServer([unit], port=parse_address(device.address).port):
        assert (await poll(device))["run"].value is False
