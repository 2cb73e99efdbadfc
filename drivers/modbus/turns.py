"""Speaking in turns on a line without transaction ids: silence between frames, and time for late answers to pass."""

import asyncio
from dataclasses import dataclass

from drivers.contract import DriverError
from drivers.modbus.conversation import Conversation
from drivers.modbus.rtu import AnswerFinder, Timing
from drivers.modbus.strays import StrayWatch, shape
from drivers.modbus.transaction import Exchange

_LATEST = 1.0
"""Seconds after which hardly any answer comes, however short its question was waited for."""
_PATIENCE = 0.5
"""Seconds to wait for a gap on a line that never falls silent; then the request goes out into the noise."""


@dataclass(frozen=True, slots=True)
class _Owed:
    """An answer that did not come in time and may still."""

    unit: int
    request: bytes
    until: float


class TurnsConversation(Conversation):
    """RTU over a serial line or a stream.

    A unit that did not answer owes one: until twice its time is over it is asked nothing that the late answer would
    fit, save the same again. Meanwhile the other units are asked; the late answer does not fit them.
    """

    def __init__(self, timing: Timing, strays: StrayWatch) -> None:
        super().__init__()
        self._timing = timing
        self._strays = strays
        self._loop = asyncio.get_running_loop()
        self._busy_until = 0.0
        """Loop time of the last byte on the line."""
        self._owed: list[_Owed] = []
        self._echoes = False
        self._finder: AnswerFinder | None = None

    async def prepare(self, unit: int, request: bytes) -> None:
        """Wait until nothing else can be taken for the answer of ``unit`` and the line has been silent for a gap."""
        self._owed = [owed for owed in self._owed if owed.until > self._loop.time()]
        late = (owed.until for owed in self._owed if owed.unit == unit and _mistakable(owed.request, request))
        await self._until(max(self._strays.wait(unit, request), *late, 0.0))
        limit = self._loop.time() + _PATIENCE
        while self._busy_until + self._timing.gap > self._loop.time() and self._loop.time() < limit:
            await self._until(self._busy_until + self._timing.gap)

    def wrap(self, exchange: Exchange) -> bytes:
        """The request with its checksum; from now on its answer is looked for."""
        self._finder = AnswerFinder(exchange.unit, exchange.request, self._echoes)
        self._busy_until = self._loop.time() + len(self._finder.sent) * self._timing.character
        until = self._loop.time() + max(2 * exchange.seconds, _LATEST)
        self._owed.append(_Owed(exchange.unit, exchange.request, until))
        return self._finder.sent

    def receive(self, data: bytes) -> None:
        """Look for the answer; what comes between two requests keeps the line busy, and is watched."""
        self._busy_until = now = self._loop.time()
        if self._finder is None or self._exchange is None or self._exchange.answer.done():
            self._strays.heard(data, now, bool(self._late(now)))
        elif frame := self._finder.feed(data):
            self._echoes = self._finder.echoed
            request = self._exchange.request
            self._forgive(frame.unit, request)
            self._strays.answered(frame.unit, request, now)
            self._exchange.accept(frame)
            if self._finder.behind:
                self._strays.heard(self._finder.behind, now, bool(self._late(now)))

    def _forgive(self, unit: int, request: bytes) -> None:
        """One answer to ``request`` came: of several that are owed, it is the first."""
        owed = next((owed for owed in self._owed if (owed.unit, owed.request) == (unit, request)), None)
        if owed is not None:
            self._owed.remove(owed)

    def _late(self, now: float) -> list[_Owed]:
        return [owed for owed in self._owed if owed.until > now]

    def silence(self, seconds: float) -> DriverError:
        """What was heard instead of an answer."""
        if self._finder is None:
            raise RuntimeError("nothing was asked")
        return self._finder.verdict(seconds)

    async def _until(self, moment: float) -> None:
        left = moment - self._loop.time()
        if left > 0:
            await asyncio.sleep(left)


def _mistakable(owed: bytes, request: bytes) -> bool:
    """Whether the answer to ``owed`` would be taken for the one to ``request`` and be wrong."""
    return owed != request and shape(owed) == shape(request)
