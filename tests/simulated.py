"""Lines and networks without hardware and without waiting: time jumps to the next moment at which something happens.

Production code runs on it unchanged: drivers, link tasks and the emulators' answers. Losses are drawn from a seed.
"""

import asyncio
import heapq
import random
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from agent.links.setup import LinkSetup
from agent.links.task import LinkTask
from drivers.bacnet.driver import BacnetDriver
from drivers.bacnet.udp import Place, Receive
from drivers.contract import Driver
from drivers.modbus.conversation import Conversation, StreamConversation
from drivers.modbus.driver import ModbusDriver
from drivers.modbus.rtu import Timing
from drivers.modbus.transaction import Transactions
from drivers.modbus.turns import TurnsConversation
from drivers.planner import ROUND_TRIP, Cost
from drivers.points import Instant, Quality, Reading
from drivers.templates import Device
from emulators.bacnet import BacnetUnit
from emulators.bacnet.peer import server_wire
from emulators.modbus.framing import MbapRequests, RtuRequests
from emulators.modbus.session import Served, Session
from emulators.modbus.unit import ModbusUnit
from runtime.clock import Clock
from runtime.supervisor import running

T = TypeVar("T")
_AROUND_APDU = 6
"""Octets of BVLC and NPCI in a local datagram."""
LOOKED_EVERY = 0.5
"""Seconds between two looks at how fresh every point is."""
FRESH_PERIODS = 3
"""A value is fresh while it is good and not older than so many periods."""


class SimulatedLoop(asyncio.SelectorEventLoop):
    """An event loop that never waits: with nothing to do it is the moment of its next timer."""

    def __init__(self) -> None:
        super().__init__()
        self._moment = 1000.0

    def time(self) -> float:
        """The simulated moment, in seconds."""
        return self._moment

    def _run_once(self) -> None:
        while self._scheduled and self._scheduled[0].cancelled():
            heapq.heappop(self._scheduled)._scheduled = False
            self._timer_cancelled_count -= 1
        if not self._ready and self._scheduled:
            self._moment = max(self._moment, self._scheduled[0].when())
        super()._run_once()


def simulated(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run ``coroutine`` to its end in simulated time; breaker pauses are jittered alike each time."""
    random.seed(1)
    with asyncio.Runner(loop_factory=SimulatedLoop) as runner:
        return runner.run(coroutine)


class SimulatedClock(Clock):
    """The time of the loop, for all that asks a clock."""

    def now(self) -> Instant:
        """The simulated moment."""
        mono = asyncio.get_running_loop().time()
        return Instant("simulated", mono, 1_800_000_000.0 + mono)

    def real_now(self) -> Instant:
        """The same: the world outside is simulated too."""
        return self.now()


@dataclass
class Losses:
    """Draws what is lost, the same each time."""

    share: float
    chance: random.Random = field(default_factory=lambda: random.Random(11))  # noqa: S311

    def __call__(self) -> bool:
        """Whether the next one is lost."""
        return self.chance.random() < self.share


class Line:
    """An RTU line: every frame takes the time of its characters, an exchange is lost by chance. An Endpoint."""

    place = "line"
    serial = True

    def __init__(self, units: Mapping[int, ModbusUnit], timing: Timing, lost: Callable[[], bool]) -> None:
        self.timing = timing
        self.cost: Cost = timing.cost
        self._session = Session(Served(units), RtuRequests(), self._answer, lambda: None)
        self._lost = lost
        self._conversation: Conversation | None = None

    async def connect(self, transactions: Transactions) -> Conversation:
        """A conversation over the line."""
        self._conversation = TurnsConversation(self.timing, transactions.strays)
        self._conversation.attach(self)
        return self._conversation

    def send(self, data: bytes) -> None:
        """Let the units hear ``data`` when its last character has passed."""
        if not self._lost():
            self._later(len(data) * self.timing.character, self._session.receive, data)

    def abort(self) -> None:
        """Nothing to let go of."""

    def say(self, data: bytes, delay: float = 0.0) -> None:
        """Let the master hear ``data`` after ``delay`` seconds."""
        if self._conversation is not None:
            self._later(delay, self._conversation.receive, data)

    def _answer(self, data: bytes) -> None:
        self.say(data, self.timing.gap + len(data) * self.timing.character)

    def _later(self, seconds: float, act: Callable[[bytes], None], data: bytes) -> None:
        asyncio.get_running_loop().call_later(seconds, act, data)


class Gateway:
    """A Modbus TCP gateway: one request at a time on its line; for a unit that is silent it says 0x0B, late, if ever.

    An Endpoint.
    """

    place = "gateway"
    serial = False
    cost = ROUND_TRIP

    def __init__(self, units: Mapping[int, ModbusUnit], answer: float, waits: float, word: int | None = 0x0B) -> None:
        """A unit takes ``answer`` seconds; for an absent one the gateway ``waits`` and says ``word``, or nothing."""
        self._units = units
        self._answer, self._waits, self._word = answer, waits, word
        self._free_at = 0.0
        self._waited_at: list[float] = []
        self._session = Session(Served(units), MbapRequests(), self._say, lambda: None)
        self._conversation: Conversation | None = None

    async def connect(self, transactions: Transactions) -> Conversation:
        """A conversation with the gateway."""
        self._conversation = StreamConversation(transactions)
        self._conversation.attach(self)
        return self._conversation

    def send(self, data: bytes) -> None:
        """Queue the request: the line behind is taken until it was answered or given up."""
        loop = asyncio.get_running_loop()
        there = data[6] in self._units
        self._free_at = max(self._free_at, loop.time()) + (self._answer if there else self._waits)
        self._waited_at += [] if there else [loop.time()]
        loop.call_at(self._free_at, self._session.receive if there else self._refuse, data)

    def wasted(self, since: float) -> float:
        """Seconds its line waited for absent units that it was asked for after moment ``since``."""
        return self._waits * sum(moment > since for moment in self._waited_at)

    def abort(self) -> None:
        """Nothing to let go of."""

    def _refuse(self, data: bytes) -> None:
        if self._word is not None:
            self._say(data[:4] + b"\0\3" + data[6:7] + bytes([data[7] | 0x80, self._word]))

    def _say(self, data: bytes) -> None:
        if self._conversation is not None:
            self._conversation.receive(data)


class Network:
    """A BACnet/IP network in memory: every datagram takes a moment and may be lost."""

    def __init__(self, units: Iterable[BacnetUnit], lost: Callable[[], bool], delay: float = 0.01) -> None:
        self._lost, self._delay = lost, delay
        self._ears: dict[Place, Receive] = {}
        self.longest = 0
        """Octets of the longest APDU carried."""
        for number, unit in enumerate(units, 1):
            place = (f"10.0.0.{number}", 47808)
            self._ears[place] = server_wire(unit, _Port(self, place)).receive

    async def open(self, place: Place, receive: Receive) -> "_Port":
        """Our own end, as ``open_endpoint`` makes one."""
        self._ears[place] = receive
        return _Port(self, place)

    def carry(self, data: bytes, sender: Place, to: Place) -> None:
        """Deliver one datagram, or lose it."""
        self.longest = max(self.longest, len(data) - _AROUND_APDU)
        if to in self._ears and not self._lost():
            asyncio.get_running_loop().call_later(self._delay, self._ears[to], data, sender)


@dataclass(frozen=True)
class _Port:
    network: Network
    place: Place

    def send(self, data: bytes, to: Place) -> None:
        self.network.carry(data, self.place, to)

    async def close(self) -> None: ...


def rtu_driver(line: Line | Gateway, devices: Sequence[Device]) -> Driver:
    """The Modbus driver over ``line``."""
    return ModbusDriver(line, devices)


def bacnet_driver(network: Network, devices: Sequence[Device]) -> Driver:
    """The BACnet driver on ``network``."""
    return BacnetDriver(("10.0.1.1", 47808), devices, network.open)


class Freshness:
    """A sink that knows of every point when it was last good, and what it is now."""

    def __init__(self, devices: Sequence[Device]) -> None:
        self.readings: dict[str, Reading] = {}
        self.all: list[Reading] = []
        self._good_at: dict[str, float] = {}
        self._blocks: dict[str, list[str]] = {}
        self._periods = {
            f"{device.id}.{point.name}": device.period(point.poll)
            for device in devices
            for point in device.template.points
        }
        self.fresh = self.looks = 0

    def deliver(self, readings: Sequence[Reading], block: str = "") -> None:
        """Keep them."""
        self.all += readings
        self.readings |= {reading.point: reading for reading in readings}
        self._good_at |= {one.point: one.sampled_at.mono for one in readings if one.quality is Quality.GOOD}
        if block:
            self._blocks[block] = [reading.point for reading in readings]

    def refresh(self, block: str, at: Instant) -> None:
        """The same again: as good as before, and newer."""
        good = (point for point in self._blocks[block] if self.readings[point].quality is Quality.GOOD)
        self._good_at |= dict.fromkeys(good, at.mono)

    def look(self, now: float) -> None:
        """Count how many points are fresh at ``now``."""
        self.looks += len(self._periods)
        self.fresh += sum(self._is_fresh(point, period, now) for point, period in self._periods.items())

    def _is_fresh(self, point: str, period: float, now: float) -> bool:
        reading = self.readings.get(point)
        if reading is None or reading.quality is not Quality.GOOD:
            return False
        return now - self._good_at[point] <= FRESH_PERIODS * period


@dataclass(frozen=True, slots=True)
class Run:
    """What a link said of its devices at two moments, and how fresh its points were between them."""

    before: dict[str, Any]
    after: dict[str, Any]
    fresh: float
    sink: Freshness

    def grown(self, key: str, devices: Iterable[str]) -> float:
        """By how much the counts called ``key`` of ``devices`` grew."""
        return sum(self.after["devices"][name][key] - self.before["devices"][name][key] for name in devices)

    def on_time(self, devices: Sequence[str]) -> float:
        """Share of the due moments that were answered before the next one."""
        polls, late, missed = (self.grown(key, devices) for key in ("polls", "late_polls", "missed_polls"))
        return (polls - late) / (polls + missed)

    def answered(self, devices: Sequence[str]) -> float:
        """Share of the requests that were."""
        return self.grown("good", devices) / self.grown("requests", devices)


async def watched(driver: Driver, devices: Sequence[Device], start: float, length: float) -> Run:
    """Run a link for ``start`` seconds, then look at it for ``length`` more."""
    sink = Freshness(devices)
    link = LinkTask(LinkSetup("line", driver, devices, SimulatedClock(), sink))
    async with running({"link": link.run()}):
        await asyncio.sleep(start)
        before = link.plain()
        for _ in range(round(length / LOOKED_EVERY)):
            await asyncio.sleep(LOOKED_EVERY)
            sink.look(asyncio.get_running_loop().time())
        return Run(before, link.plain(), sink.fresh / sink.looks, sink)
