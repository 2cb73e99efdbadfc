"""Which answer belongs to which request: transaction ids, late answers, strangers. No I/O."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from drivers.contract import DriverError, NoAnswer
from drivers.modbus.framing import Frame
from drivers.modbus.strays import StrayWatch
from drivers.points import Reason

Check = Callable[[bytes], bytes]
"""Turns the PDU of an answer into its data, or raises DriverError."""

_ERROR_BIT = 0x80
_ABSENT = frozenset({0x0A, 0x0B})
"""Gateway path unavailable, gateway target failed to respond (Modbus Application Protocol V1.1b3, §7)."""
_REMEMBERED = 64
"""An id this many requests old may still come as a late or double answer; it is dropped quietly."""
_MAX_STRANGERS = 2
"""Answers with ids never sent before the connection counts as out of step."""


@dataclass(slots=True)
class Exchange:
    """One request and the wait for its answer."""

    transaction: int
    unit: int
    request: bytes
    check: Check
    seconds: float
    """How long the answer may take."""
    answer: asyncio.Future[bytes] = field(default_factory=lambda: asyncio.get_running_loop().create_future())

    def accept(self, frame: Frame) -> None:
        """Settle with the data of ``frame``, or with what is wrong with it."""
        try:
            data = self.check(self._own(frame))
        except DriverError as error:
            self.fail(error)
        else:
            self._settle(data)

    def fail(self, error: DriverError) -> None:
        """Settle with ``error`` unless already settled."""
        if not self.answer.done():
            self.answer.set_exception(error)
            self.answer.exception()  # a wait cancelled in this very moment must not leave an unread failure behind

    def _own(self, frame: Frame) -> bytes:
        if frame.unit != self.unit:
            raise NoAnswer("modbus.wrong-unit", reason=Reason.DECODE, expected=self.unit, received=frame.unit)
        if frame.pdu[:1] == bytes([self.request[0] | _ERROR_BIT]) and frame.pdu[1] in _ABSENT and len(frame.pdu) == 2:
            # A gateway speaks for a unit that does not.
            raise NoAnswer("modbus.absent", unit=self.unit, number=frame.pdu[1])
        return frame.pdu

    def _settle(self, data: bytes) -> None:
        if not self.answer.done():
            self.answer.set_result(data)


class Transactions:
    """Gives out transaction ids and sorts answers by them."""

    def __init__(self) -> None:
        self._last = 0
        self.strays = StrayWatch()
        """On lines whose frames have no ids."""
        self.strangers = 0
        """Answers with an id we never sent, since the last good match."""

    def begin(self, unit: int, request: bytes, check: Check, seconds: float) -> Exchange:
        """The next exchange, with an id of its own."""
        self._last = (self._last + 1) & 0xFFFF
        return Exchange(self._last, unit, request, check, seconds)

    def deliver(self, frame: Frame, exchange: Exchange | None) -> None:
        """Give ``frame`` to the exchange it answers or drop it; raises NoAnswer when strangers keep coming."""
        if exchange is not None and frame.transaction == exchange.transaction:
            self.strangers = 0
            exchange.accept(frame)
        elif not self._known(frame.transaction):
            self.strangers += 1
            self._check_strangers()

    def _known(self, transaction: int | None) -> bool:
        return transaction is not None and (self._last - transaction) & 0xFFFF < _REMEMBERED

    def _check_strangers(self) -> None:
        if self.strangers >= _MAX_STRANGERS:
            self.strangers = 0
            raise NoAnswer("modbus.wrong-transaction", reason=Reason.DECODE)
