"""From an answer to readings in the sink: decoded only when it changed, and looked at for what it is worth."""

from collections.abc import Iterable, Sequence
from typing import Protocol

from agent.links.device import DeviceState
from agent.links.schedule import Poll
from drivers.contract import Driver
from drivers.points import Instant, Quality, Reading, Reason
from runtime.clock import Clock

_OWN_WORDS = frozenset({Reason.SENTINEL, Reason.SENSOR, Reason.RANGE, Reason.OUT_OF_SERVICE})
"""Why there is no value, said by the device that would have given it."""


class ReadingSink(Protocol):
    """Where readings go."""

    def deliver(self, readings: Sequence[Reading], block: str = "") -> None:
        """Take new readings, all from the answer ``block`` unless that is empty."""

    def refresh(self, block: str, at: Instant) -> None:
        """Note that the answer ``block`` came again unchanged."""


class Intake:
    """The answers of one link."""

    def __init__(self, driver: Driver, clock: Clock, sink: ReadingSink) -> None:
        self._driver = driver
        self._clock = clock
        self._sink = sink

    def take(self, poll: Poll, state: DeviceState, answer: bytes) -> bool:
        """Deliver what ``answer`` says; returns whether it holds any value, or the device's word why there is none."""
        at, block = self._clock.now(), poll.request.points[0]
        doubted = self._driver.strays(state.device).doubtful
        if answer == poll.answer and doubted == poll.doubted:
            self._sink.refresh(block, at)
        else:
            readings = self._driver.decode(poll.request, answer, at)
            readings = [_uncertain(reading) for reading in readings] if doubted else readings
            self._sink.deliver(readings, block)
            poll.answer, poll.doubted, poll.odd = answer, doubted, _odd(readings)
            poll.without_value = not any(map(_is_value, readings))
        if poll.odd:
            state.statistics.made_no_sense(poll.odd)
        return not poll.without_value


def _is_value(reading: Reading) -> bool:
    return reading.quality is not Quality.BAD or reading.reason in _OWN_WORDS


def _uncertain(reading: Reading) -> Reading:
    """A good one marked: another device may have given it."""
    if reading.quality is not Quality.GOOD:
        return reading
    return reading._replace(quality=Quality.UNCERTAIN, reason=Reason.AMBIGUOUS)


def _odd(readings: Iterable[Reading]) -> str:
    """Names of the points nobody could make sense of."""
    return ", ".join(reading.point.partition(".")[2] for reading in readings if reading.reason is Reason.DECODE)
