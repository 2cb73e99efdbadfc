"""One client of an emulated Modbus wire: its requests are answered in order, with the lies that are switched on."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from emulators.modbus.faults import DelayedBytes, UnframedAnswer, tell
from emulators.modbus.framing import Asked, RequestFraming, Unreadable
from emulators.modbus.unit import ModbusUnit, SharedUnit


@dataclass(slots=True)
class Served:
    """The units behind a listener, whatever its transport."""

    units: Mapping[int, ModbusUnit | SharedUnit]
    """By unit number."""
    requests: int = 0
    """Requests received since the start."""


@dataclass(slots=True, eq=False)
class Session:
    """Requests in, answers out."""

    served: Served
    framing: RequestFraming
    write: Callable[[bytes], None]
    """Sends bytes to the client; harmless once it is gone."""
    reset: Callable[[], None]
    """Cuts the client off."""
    _timers: set[asyncio.TimerHandle] = field(default_factory=set)

    def receive(self, data: bytes) -> None:
        """Answer every request completed by ``data``."""
        try:
            for asked in self.framing.feed(data):
                self._serve(asked)
        except Unreadable:
            self.reset()

    @property
    def pending(self) -> bool:
        """Whether answers are still to be sent."""
        now = asyncio.get_running_loop().time()
        self._timers = {timer for timer in self._timers if timer.when() >= now}
        return bool(self._timers)

    def close(self) -> None:
        """Send nothing any more."""
        for timer in self._timers:
            timer.cancel()

    def _serve(self, asked: Asked) -> None:
        self.served.requests += 1
        behind = self.served.units.get(asked.unit)
        if behind is None:  # a gateway stays silent for a unit that is not there
            return
        unit = behind.serving(asked.pdu)
        answer = UnframedAnswer(asked.transaction, asked.unit, unit.answer(asked.pdu), asked.pdu)
        for sending in tell(answer, unit.faults, lambda point: unit.touches(asked.pdu, point)):
            self._schedule(sending)

    def _schedule(self, sending: DelayedBytes) -> None:
        if sending.delay:
            self._timers.add(asyncio.get_running_loop().call_later(sending.delay, self._send, sending))
        else:
            self._send(sending)

    def _send(self, sending: DelayedBytes) -> None:
        if sending.reset:
            self.reset()
        else:
            self.write(sending.data)
