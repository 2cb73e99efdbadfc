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

from agent.loop.image import Image
from config.plant import Plant
from drivers.points import Quality, Reading, Value
from headquarters.contract.protocol import Sample, Telemetry
from rules.model import Binding, Equipment
from runtime.clock import Clock
from runtime.mqtt.message import MAX_BYTES
from runtime.parsing import MAX_INTEGER

LANE_ALLOWED = 4 * 1024 * 1024
"""Bytes that may wait: the snapshots of some 30,000 roles."""
MESSAGE_ALLOWED = MAX_BYTES - 2048
"""Bytes the samples of one message may take; what is beside them fits into the rest."""
LONGEST_TEXT = 2000
"""Characters of a value that is a text; a longer one is not told but said to be undecodable."""


class TelemetryQueue:
    """Messages on their way, oldest first; a new one pushes out the oldest when there is no room.

    Room is counted in bytes, so that a large site does not lose its own snapshots to their number.
    """

    def __init__(self, gateway: str, allowed: int = LANE_ALLOWED) -> None:
        """A new stream of ``gateway``; ``allowed`` bytes may wait."""
        self.on_put: Callable[[], object] = lambda: None
        """Told when there is something to send; it must return at once."""
        self.paused: Callable[[], bool] = lambda: False
        """Whether a new message is only counted: brokers and logs beside us share the disk, and events need it more."""
        self.lost = 0
        """Messages dropped since the start, those of a pause included."""
        self.gateway = gateway
        self._stream = token_hex(8)
        self._seq = 0
        self._allowed = allowed
        self._bytes = 0
        self._waiting: deque[tuple[Telemetry, int]] = deque()

    def put(self, equipment: str, values: list[Sample], *, snapshot: bool, at: float) -> None:
        """Queue what an equipment looks like at UTC second ``at``, in as many messages as it takes."""
        for part, size in split(values):
            self._seq += 1
            if self.paused():
                self.lost += 1
                continue
            self._make_room(size)
            message = Telemetry(self.gateway, self._stream, self._seq, self.lost, equipment, snapshot, at, part)
            self._waiting.append((message, size))
            self._bytes += size
            self.on_put()

    def take(self, limit: int) -> list[Telemetry]:
        """The oldest ones, which are ours no longer."""
        return [self._pop() for _ in range(min(limit, len(self._waiting)))]

    def drop(self, count: int) -> None:
        """So many that were taken did not arrive."""
        self.lost += count

    def _make_room(self, size: int) -> None:
        while self._waiting and self._bytes + size > self._allowed:
            self._pop()
            self.lost += 1

    def _pop(self) -> Telemetry:
        message, size = self._waiting.popleft()
        self._bytes -= size
        return message


def split(values: list[Sample]) -> Iterator[tuple[list[Sample], int]]:
    """``values`` in parts that each fit one message, with the bytes each takes at most."""
    part: list[Sample] = []
    size = 0
    for value in values:
        more = _size(value)
        if part and size + more > MESSAGE_ALLOWED:
            yield part, size
            part, size = [], 0
        part.append(value)
        size += more
    if part or not values:
        yield part, size


def _size(value: Sample) -> int:
    """Bytes of a sample as it travels, at most: keys, numbers and punctuation take 110."""
    names = len(value.role) + len(value.unit) + len(value.quality) + len(value.reason)
    # A Chinese character takes three bytes; a control character, which only a device may say, six.
    return 110 + 3 * names + (6 * len(value.value) if isinstance(value.value, str) else 0)


class Sampler:
    """Looks at the image and puts on the lane what is worth telling."""

    def __init__(self, plant: Callable[[], Plant], image: Image, lane: TelemetryQueue, clock: Clock) -> None:
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
    if _unspeakable(value):
        value, quality, reason = None, Quality.BAD, "decode"
    elif isinstance(value, int) and abs(value) > MAX_INTEGER:
        value = float(value)  # what a JSON reader would make of it
    return Sample(role, value, unit, quality.name.lower(), reason, reading.sampled_at.wall)


def _unspeakable(value: Value | None) -> bool:
    """Whether JSON has no word for it, or no message room."""
    if isinstance(value, str):
        return len(value) > LONGEST_TEXT
    return isinstance(value, float) and not math.isfinite(value)


def _is_number(value: Value | None) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool)
