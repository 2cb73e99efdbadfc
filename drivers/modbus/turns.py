"""Speaking in turns on a line without transaction ids: silence between frames, and time for late answers to pass."""

import asyncio

from drivers.contract import DriverError
from drivers.modbus.conversation import Conversation
from drivers.modbus.rtu import AnswerFinder, Timing
from drivers.modbus.transaction import Exchange

_PATIENCE = 0.5
"""Seconds to wait for a gap on a line that never falls silent; then the request goes out into the noise."""


class TurnsConversation(Conversation):
    """RTU over a serial line or a stream.

    A unit that did not answer owes one: it is not asked again before twice its time is over, because its late answer
    would fit the next request. Meanwhile the other units are asked; the late answer does not fit them.
    """

    def __init__(self, timing: Timing) -> None:
        super().__init__()
        self._timing = timing
        self._loop = asyncio.get_running_loop()
        self._busy_until = 0.0
        """Loop time of the last byte on the line."""
        self._owing: dict[int, float] = {}
        """Unit -> until when its late answer may come."""
        self._echoes = False
        self._finder: AnswerFinder | None = None

    async def prepare(self, unit: int) -> None:
        """Wait until a late answer of ``unit`` must have passed and the line has been silent for a gap."""
        await self._until(self._owing.get(unit, 0.0))
        limit = self._loop.time() + _PATIENCE
        while self._busy_until + self._timing.gap > self._loop.time() and self._loop.time() < limit:
            await self._until(self._busy_until + self._timing.gap)

    def wrap(self, exchange: Exchange) -> bytes:
        """The request with its checksum; from now on its answer is looked for."""
        self._finder = AnswerFinder(exchange.unit, exchange.request, self._echoes)
        self._busy_until = self._loop.time() + len(self._finder.sent) * self._timing.character
        self._owing[exchange.unit] = self._loop.time() + 2 * exchange.seconds
        return self._finder.sent

    def receive(self, data: bytes) -> None:
        """Look for the answer; what comes between two requests only keeps the line busy."""
        self._busy_until = self._loop.time()
        if self._finder is None or self._exchange is None:
            return
        if frame := self._finder.feed(data):
            self._echoes = self._finder.echoed
            self._owing.pop(frame.unit, None)
            self._exchange.accept(frame)

    def silence(self, seconds: float) -> DriverError:
        """What was heard instead of an answer."""
        if self._finder is None:
            raise RuntimeError("nothing was asked")
        return self._finder.verdict(seconds)

    async def _until(self, moment: float) -> None:
        left = moment - self._loop.time()
        if left > 0:
            await asyncio.sleep(left)
