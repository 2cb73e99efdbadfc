"""Who answers is asked before a device is first believed and after each silence; another device is never believed."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest

from agent.links.setup import LinkSetup
from agent.links.task import LinkTask
from drivers.contract import DriverError, LinkDown, NoAnswer, Refused
from drivers.identification import Identification, compared
from drivers.templates import Device
from runtime.clock import ManualClock
from runtime.supervisor import running
from tests.unit.agent.links.fakes import FakeDriver, FakeSink, device

RIGHT, WRONG = (Identification(matches, {"serial": number}) for matches, number in ((True, 7), (False, 8)))
SILENCE, GONE = NoAnswer("modbus.no-answer"), LinkDown("modbus.refused")
BUSY = Refused("modbus.exception", number=6)


@dataclass
class Bench:
    """A link with a device that tells who it is."""

    clock: ManualClock = field(default_factory=lambda: ManualClock(mono=0))
    sink: FakeSink = field(default_factory=FakeSink)
    told: list[tuple[str, bool | None, str]] = field(default_factory=list)
    stopping: bool = False

    def __post_init__(self) -> None:
        self.driver = FakeDriver(self.clock)
        self.driver.identities = {"a": RIGHT}
        self.link = LinkTask(LinkSetup("bus", self.driver, [device("a", period=1)], self.clock, self.sink, self.hear))

    def hear(self, device: Device, found: Identification | None) -> None:
        if self.stopping:
            return
        self.told.append((device.id, None if found is None else found.matches, found.serial if found else ""))

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        async with running({"link": self.link.run()}):
            await self.clock.advance()
            yield
            self.stopping = True

    def asked(self) -> list[str]:
        return [what for _, what in self.driver.asked]


async def test_it_is_asked_once_before_the_first_read() -> None:
    bench = Bench()
    async with bench.running():
        await bench.clock.advance(3)
    assert bench.asked() == ["identity a", *["a.level"] * 4]
    assert bench.told == [("a", True, "7")]


async def test_another_device_is_never_read_and_all_its_points_are_bad() -> None:
    bench = Bench()
    bench.driver.identities["a"] = WRONG
    async with bench.running():
        await bench.clock.advance(3)
        assert set(bench.asked()) == {"identity a"}
        assert bench.sink.last("a.level") == (None, "identity")
        assert bench.sink.last("a.online") == (False, "")
        assert bench.told == [("a", False, "8")]
        bench.driver.identities["a"] = RIGHT
        await bench.clock.advance(1)
    assert bench.sink.last("a.level") == (0.0, "")
    assert bench.sink.last("a.online") == (True, "")
    assert bench.told == [("a", False, "8"), ("a", True, "7")]


async def test_it_is_told_bad_once_not_at_each_look() -> None:
    bench = Bench()
    bench.driver.identities["a"] = WRONG
    async with bench.running():
        await bench.clock.advance(30)
    assert [str(reading.reason) for reading in bench.sink.readings if reading.point == "a.level"] == ["identity"]


async def test_one_that_was_exchanged_while_it_was_silent_is_found_out() -> None:
    bench = Bench()
    async with bench.running():
        await bench.clock.advance(3)
        bench.driver.answers["a"] = SILENCE
        await bench.clock.advance(10)
        assert bench.told[1:] == [("a", None, "")]
        bench.driver.answers.clear()
        bench.driver.identities["a"] = WRONG
        bench.driver.asked.clear()
        seen = len(bench.sink.readings)
        await bench.clock.advance(60)
    # The probe shows that somebody is there; nothing it brings is believed.
    assert bench.asked()[:2] == ["a.level", "identity a"]
    assert not [one for one in bench.sink.readings[seen:] if one.value not in (None, False)]
    assert bench.sink.last("a.level") == (None, "identity")
    assert bench.told[2:] == [("a", False, "8")]


@pytest.mark.parametrize("lost", [SILENCE, GONE], ids=["a silence", "a connection that broke"])
async def test_a_single_loss_is_enough_to_ask_again(lost: DriverError) -> None:
    bench = Bench()
    async with bench.running():
        await bench.clock.advance(3)
        bench.driver.once["a"] = lost
        bench.driver.asked.clear()
        await bench.clock.advance(5)
    assert bench.asked().count("identity a") == 1
    assert bench.sink.last("a.level") == (0.0, "")
    assert bench.told == [("a", True, "7")]


async def test_a_device_that_does_not_tell_is_silent() -> None:
    bench = Bench()
    bench.driver.identities["a"] = SILENCE
    async with bench.running():
        await bench.clock.advance(10)
    assert bench.sink.last("a.level") == (None, "device-offline")


async def test_a_busy_device_is_asked_again_and_not_read_meanwhile() -> None:
    bench = Bench()
    bench.driver.identities["a"] = BUSY
    async with bench.running():
        await bench.clock.advance(3)
        assert "a.level" not in bench.asked()
        bench.driver.identities["a"] = RIGHT
        await bench.clock.advance(1)
    assert bench.sink.last("a.level") == (0.0, "")


async def test_a_link_that_ends_knows_nobody_any_more() -> None:
    bench, told = Bench(), []
    bench.link = LinkTask(
        LinkSetup(
            "bus",
            bench.driver,
            [device("a")],
            bench.clock,
            bench.sink,
            lambda _, found: told.append(found and found.matches),
        )
    )
    async with bench.running():
        await bench.clock.advance(3)
        assert told == [True]
    assert told == [True, None]


async def test_what_a_command_finds_out_holds_for_the_points_at_once() -> None:
    bench = Bench()
    async with bench.running():
        bench.driver.identities["a"] = WRONG
        done = bench.link.put(lambda _: bench.link.identify("a"), "a")
        await bench.clock.advance()
        assert done.result() == WRONG
        assert bench.sink.last("a.level") == (None, "identity")
    assert bench.told[-1] == ("a", False, "8")


@pytest.mark.parametrize(
    ("recorded", "found", "matches"),
    [
        ({"model": 1, "serial": 7}, {"model": 1, "serial": 7}, True),
        ({"model": 1, "serial": 7}, {"model": 1, "serial": 8}, False),
        ({"model": 1, "serial": 7}, {"model": 1, "serial": None}, False),
        ({"serial": 7}, {"model": 1, "serial": 7}, None),
        ({"serial": 7}, {"model": 1, "serial": 8}, False),
        ({}, {"model": 1, "serial": 7}, None),
        ({}, {}, True),
        # Registers that a later template no longer lists say nothing.
        ({"model": 1, "old": 3}, {"model": 1}, True),
    ],
)
def test_what_was_told_beside_what_was_recorded(
    recorded: dict[str, int], found: dict[str, int | None], matches: bool | None
) -> None:
    assert compared(recorded, found).matches is matches


@pytest.mark.parametrize(
    ("found", "serial"),
    [({"serial": 7}, "7"), ({"serial": 7, "serial_2": 9}, "7-9"), ({"model": 1}, ""), ({"serial": None}, "")],
)
def test_the_serial_number_it_told(found: dict[str, int | None], serial: str) -> None:
    assert Identification(True, found).serial == serial
