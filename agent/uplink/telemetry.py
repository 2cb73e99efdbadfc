"""Telemetry: what every equipment looks like, a bounded stream beside the events that may lose and says how much.

A change beyond the deadband is told within seconds, everything once a minute. While the way is blocked the oldest
messages go, while the disk is full none is made; nothing of it is ever stored, so a long outage costs neither disk nor
memory.
"""

import math
from collections import deque
from collections.abc import Callable, Iterator
from secrets import token_hex
from typing import TypeGuard

from agent.clock import Clock
from agent.image import Image
from agent.uplink.wire import Sample, Telemetry
from config.plant import Plant
from drivers.points import Quality, Reading, Value
from rules.model import Binding, Equipment

KEPT = 500
"""Messages that may wait."""


class Lane:
    """Messages on their way, oldest first; a new one pushes out the oldest when there is no room."""

    def __init__(self, gateway: str, kept: int = KEPT) -> None:
        """A new stream of ``gateway``."""
        self.on_put: Callable[[], object] = lambda: None
        """Told when there is something to send; it must return at once."""
        self.paused: Callable[[], bool] = lambda: False
        """Whether a new message is only counted: brokers and logs beside us share the disk, and events need it more."""
        self.lost = 0
        """Messages dropped since the start, those of a pause included."""
        self.gateway = gateway
        self._stream = token_hex(8)
        self._seq = 0
        self._kept = kept
        self._waiting: deque[Telemetry] = deque()

    def put(self, equipment: str, values: list[Sample], *, snapshot: bool, at: float) -> None:
        """Queue what an equipment looks like at UTC second ``at``."""
        self._seq += 1
        if self.paused():
            self.lost += 1
            return
        if len(self._waiting) >= self._kept:
            self._waiting.popleft()
            self.lost += 1
        message = Telemetry(self.gateway, self._stream, self._seq, self.lost, equipment, snapshot, at, values)
        self._waiting.append(message)
        self.on_put()

    def take(self, limit: int) -> list[Telemetry]:
        """The oldest ones, which are ours no longer."""
        return [self._waiting.popleft() for _ in range(min(limit, len(self._waiting)))]

    def drop(self, count: int) -> None:
        """So many that were taken did not arrive."""
        self.lost += count


class Sampler:
    """Looks at the image and puts on the lane what is worth telling."""

    def __init__(self, plant: Callable[[], Plant], image: Image, lane: Lane, clock: Clock) -> None:
        """``plant`` is the one that runs now; its uplink says how often and how finely."""
        self._plant = plant
        self._image = image
        self._lane = lane
        self._clock = clock
        self._told: dict[str, Reading] = {}
        self._next_snapshot = float("-inf")

    async def run(self) -> None:
        """Look, for ever."""
        while True:
            self.look()
            await self._clock.real_sleep(self._plant().uplink.telemetry.changes)

    def look(self) -> None:
        """One look over every equipment."""
        plant, mono = self._plant(), self._clock.real_now().mono
        if plant.uplink.telemetry.snapshot == 0:
            return
        snapshot = mono >= self._next_snapshot
        if snapshot:
            self._next_snapshot = mono + plant.uplink.telemetry.snapshot
        for equipment in plant.equipment:
            if values := [*self._worth_telling(plant, equipment, everything=snapshot)]:
                self._lane.put(equipment.id, values, snapshot=snapshot, at=self._clock.now().wall)

    def _worth_telling(self, plant: Plant, equipment: Equipment, *, everything: bool) -> Iterator[Sample]:
        for role, binding in equipment.roles.items():
            try:
                reading = self._image.latest(binding.point)
            except KeyError:
                continue  # nobody has ever delivered it
            before = self._told.get(binding.point)
            if everything or before is None or differs(before, reading, plant.uplink.telemetry.deadband):
                self._told[binding.point] = reading
                yield sample(role, reading, binding, plant.classes[equipment.cls].roles[role].unit.symbol)


def differs(before: Reading, now: Reading, deadband: float) -> bool:
    """Whether a reading is worth telling: another quality or state, or moved by more than ``deadband`` per cent."""
    if before is now or before[1:4] == now[1:4]:
        return False
    one, other = before.value, now.value
    if before[2:4] != now[2:4] or not (_is_number(one) and _is_number(other)):
        return True
    return abs(other - one) > deadband / 100 * max(abs(one), abs(other))


def sample(role: str, reading: Reading, binding: Binding, unit: str) -> Sample:
    """A reading as the role of an equipment, in the unit of its class."""
    value, quality, reason = reading.value, reading.quality, reading.reason.value
    if _is_number(value) and (binding.factor, binding.offset) != (1.0, 0.0):
        value = value * binding.factor + binding.offset
    if isinstance(value, float) and not math.isfinite(value):
        value, quality, reason = None, Quality.BAD, "decode"  # JSON has no word for it
    return Sample(role, value, unit, quality.name.lower(), reason, reading.sampled_at.wall)


def _is_number(value: Value | None) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool)
