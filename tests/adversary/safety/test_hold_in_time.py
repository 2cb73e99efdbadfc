"""How long a contact takes to hold every command, in simulated time: production's link, driver, ticker and engine."""

import asyncio

import pytest

from agent.links.setup import LinkSetup
from agent.links.task import LinkTask
from agent.loop.committer import Committer
from agent.loop.image import Image
from agent.loop.ticker import Ticker
from config.library import load_library
from drivers.points import Instant
from drivers.templates import Device
from emulators.modbus.unit import ModbusUnit
from rules.effects import Effects
from rules.engine.state import EngineState
from rules.inputs import GiveCommand
from rules.procedure.book import HoldInput
from runtime.supervisor import running
from tests.adversary.safety.test_hold_and_disarm import Keyed
from tests.simulated import Gateway, SimulatedClock, rtu_driver, simulated

POINT, FAST, ALLOWED = "io.input_1", 1.0, 2.0
"""One fast poll and one second (issue: trusted with machines, A.8)."""
TEMPLATE = load_library().templates["digital-io-generic"]


class Kept:
    durable = True

    async def commit(self, effects: Effects, at: Instant) -> None: ...


class Switched(Keyed):
    """Its key switch is read by production's own link."""

    def __init__(self) -> None:
        super().__init__()
        self.input = HoldInput(POINT, True)
        self._load()
        self.state = EngineState.initial(self.engine.rulebook, SimulatedClock().now())


async def held_after(offset: float, answer: float) -> tuple[float, list[str]]:
    """Seconds from the contact, which changes ``offset`` after a poll, to the hold; and what refuses a start then."""
    room, clock = Switched(), SimulatedClock()
    units = {number: ModbusUnit(TEMPLATE, {point.name: False for point in TEMPLATE.points}) for number in (1, 2, 3)}
    devices = [Device(name, "line", str(unit), TEMPLATE) for unit, name in enumerate(("io", "io-2", "io-3"), 1)]
    committer = Committer(Kept(), clock)
    points = [point for device in devices for point in device.point_ids()]
    ticker = Ticker(room.engine, room.state, Image(points, clock.now()), committer, clock)
    link = LinkTask(LinkSetup("line", rtu_driver(Gateway(units, answer, 0.0), devices), devices, clock, ticker))
    crew = {"committer": committer.run(), "ticker": ticker.run(), "link": link.run()}
    async with running(crew):
        await asyncio.sleep(20 + offset)
        assert ticker.state.procedures.hold is None
        begun = asyncio.get_running_loop().time()
        units[1].values["input_1"] = True
        while ticker.state.procedures.hold is None:  # noqa: ASYNC110 - simulated time, looked at each 10 ms
            await asyncio.sleep(0.01)
        took = asyncio.get_running_loop().time() - begun
        _, effects = room.engine.step(ticker.state, [GiveCommand("h", "generator-1", "start", "Li")], clock.now())
    return took, [error.code for error in effects.refused]


@pytest.mark.parametrize("answer", [0.005, 0.05], ids=["quick line", "slow line"])
def test_a_contact_holds_within_one_fast_poll_and_a_second(answer: float) -> None:
    found = [simulated(held_after(offset * FAST / 7, answer)) for offset in range(8)]
    assert max(took for took, _ in found) <= ALLOWED
    # It waits for the next poll, and for no more than that: a contact that is not polled would not be seen at all.
    assert max(took for took, _ in found) > FAST / 2
    assert all(codes == ["hold.standing"] for _, codes in found)
