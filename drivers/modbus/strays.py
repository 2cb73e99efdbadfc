"""What arrives on a line unasked: answers that come twice, units that share a number. No I/O; told the time.

RTU answers say neither what they answer nor who of two equal units speaks. Whoever says something unasked may say it
in the place of the next answer.
"""

from dataclasses import dataclass

from drivers.contract import NO_STRAYS, Strays
from drivers.modbus.rtu import MAX_FRAME, whole_frame

SETTLE = 0.1
"""Seconds in which a second answer comes, if one comes; as long is waited between two questions it could answer."""
PROVEN = 20
"""Answers after which a unit that never said anything unasked is believed not to."""
DOUBTED = 600.0
"""Seconds after its last unasked words for which a unit is doubted."""
_MARGIN = 1.5


def shape(request: bytes) -> bytes:
    """What an answer to a read shows of the question: its function and its size. Other requests are echoed."""
    return request[:1] + request[3:5] if request[0] in range(1, 5) else request


@dataclass(slots=True)
class _Unit:
    request: bytes = b""
    """What it answered last."""
    answered_at: float = float("-inf")
    answers: int = 0
    """Since it last said something unasked."""
    octets: int = 0
    settle: float = SETTLE
    doubted_until: float = float("-inf")


class StrayWatch:
    """The units of one line and what they said unasked."""

    def __init__(self) -> None:
        self._units: dict[int, _Unit] = {}
        self._heard = b""
        """What nobody asked for and is not understood yet."""

    def answered(self, unit: int, request: bytes, now: float) -> None:
        """Note the answer that was waited for."""
        known = self._units.setdefault(unit, _Unit())
        known.request, known.answered_at, known.answers = request, now, known.answers + 1
        self._heard = b""

    def heard(self, data: bytes, now: float, owes: bool) -> None:
        """Note bytes that nobody waited for; ``owes``: a late answer may be among them, which is none of these."""
        self._heard = (self._heard + data)[-MAX_FRAME:]
        frame = whole_frame(self._heard)
        if frame is None:
            return
        self._heard = b""
        known = self._units.get(frame[0])
        if known is None or owes:
            return
        known.octets += len(frame)
        known.answers, known.doubted_until = 0, now + DOUBTED
        known.settle = max(SETTLE, _MARGIN * min(now - known.answered_at, 1.0))

    def wait(self, unit: int, request: bytes) -> float:
        """The moment from which ``request`` may go to ``unit``: what else could be taken for its answer has passed."""
        known = self._units.get(unit)
        if known is None or known.answers >= PROVEN or known.request == request:
            return float("-inf")
        return known.answered_at + known.settle if shape(known.request) == shape(request) else float("-inf")

    def of(self, unit: int, now: float) -> Strays:
        """What is known of ``unit``."""
        known = self._units.get(unit)
        return NO_STRAYS if known is None else Strays(known.octets, known.doubted_until > now)
