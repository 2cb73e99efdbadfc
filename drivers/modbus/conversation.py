"""One open wire as the driver sees it: a request out, its checked answer in, everything else dropped."""

import asyncio
from typing import Protocol

from drivers.contract import DriverError, LinkDown, NoAnswer
from drivers.modbus.framing import MbapFraming
from drivers.modbus.transaction import Exchange, Transactions
from drivers.points import Reason


class Channel(Protocol):
    """Where bytes go out: a socket or a serial port."""

    def send(self, data: bytes) -> None:
        """Send ``data`` or queue it; raises LinkDown."""

    def abort(self) -> None:
        """Let go at once, of unsent bytes too."""


class Conversation:
    """What every conversation has; dead for good once ``closed``. The channel tells it what it received."""

    def __init__(self) -> None:
        self.closed = False
        self._channel: Channel | None = None
        self._exchange: Exchange | None = None

    def attach(self, channel: Channel) -> None:
        """Speak over ``channel`` from now on."""
        self._channel = channel

    async def prepare(self, unit: int, request: bytes) -> None:
        """Wait until ``unit`` may be asked ``request``."""

    async def ask(self, exchange: Exchange, until: float) -> bytes:
        """Send the request and return the checked data, complete before ``until`` by the time of the loop.

        Raises LinkDown, NoAnswer or Refused. After a cancelled wait a late answer is not taken for another one.
        """
        if self._exchange is not None:
            raise RuntimeError("a request is already in flight")
        if self.closed or self._channel is None:
            raise LinkDown("link.closed-by-peer")
        self._exchange = exchange
        # A timer that fails the exchange costs a third of asyncio.timeout, which cancels the task and wakes it twice.
        deadline = asyncio.get_running_loop().call_at(until, self._expired, exchange)
        try:
            self._channel.send(self.wrap(exchange))
            return await exchange.answer
        finally:
            deadline.cancel()
            self._exchange = None

    def wrap(self, exchange: Exchange) -> bytes:
        """The bytes of the request on the wire."""
        raise NotImplementedError

    def receive(self, data: bytes) -> None:
        """Take what the channel received; never raises."""
        raise NotImplementedError

    def silence(self, seconds: float) -> DriverError:
        """What it means that the deadline of ``seconds`` has passed."""
        raise NotImplementedError

    def lost(self, error: LinkDown) -> None:
        """The channel is gone: fail the request in flight at once instead of waiting for its deadline."""
        self.closed = True
        self.fail(error)

    def fail(self, error: DriverError) -> None:
        """End the request in flight, if there is one."""
        if self._exchange is not None:
            self._exchange.fail(error)

    def abort(self) -> None:
        """Let go of the channel."""
        self.closed = True
        if self._channel is not None:
            self._channel.abort()

    def _expired(self, exchange: Exchange) -> None:
        exchange.fail(self.silence(exchange.seconds))


class NumberedConversation(Conversation):
    """Frames with transaction ids; some devices want a pause before the next question all the same."""

    def __init__(self, transactions: Transactions, pause: float = 0.0) -> None:
        """``pause``: seconds between an answer and the next request."""
        super().__init__()
        self._transactions = transactions
        self._pause = pause
        self._heard_at = float("-inf")

    async def prepare(self, unit: int, request: bytes) -> None:
        """Wait until the pause is over."""
        left = self._heard_at + self._pause - asyncio.get_running_loop().time()
        if self._pause and left > 0:
            await asyncio.sleep(left)

    def heard(self) -> None:
        """Note that something arrived."""
        self._heard_at = asyncio.get_running_loop().time()


class StreamConversation(NumberedConversation):
    """Modbus TCP over a byte stream: answers are told apart by their transaction ids."""

    def __init__(self, transactions: Transactions, pause: float = 0.0) -> None:
        super().__init__(transactions, pause)
        self._framing = MbapFraming()

    def wrap(self, exchange: Exchange) -> bytes:
        """The request with its MBAP header."""
        return self._framing.wrap(exchange.unit, exchange.transaction, exchange.request)

    def receive(self, data: bytes) -> None:
        """Offer each frame to the exchange under way; nonsense ends the connection."""
        self.heard()
        try:
            for frame in self._framing.feed(data):
                self._transactions.deliver(frame, self._exchange)
        except DriverError as error:
            self.fail(error)
            self.abort()

    def silence(self, seconds: float) -> DriverError:
        """Half a frame leaves the stream out of step, so the connection goes."""
        if self._framing.partial:
            self.abort()
            return NoAnswer("modbus.incomplete", reason=Reason.DECODE, seconds=seconds)
        return _unmatched(self._transactions, seconds)


class DatagramConversation(NumberedConversation):
    """Modbus TCP's frames over UDP: one frame a datagram, and nothing to get out of step."""

    def wrap(self, exchange: Exchange) -> bytes:
        """The request with its MBAP header."""
        return MbapFraming().wrap(exchange.unit, exchange.transaction, exchange.request)

    def receive(self, data: bytes) -> None:
        """Offer the one frame to the exchange under way."""
        self.heard()
        framing = MbapFraming()
        try:
            for frame in framing.feed(data):
                self._transactions.deliver(frame, self._exchange)
            if framing.partial:
                raise NoAnswer("modbus.not-modbus", reason=Reason.DECODE)
        except DriverError as error:
            self.fail(error)

    def silence(self, seconds: float) -> DriverError:
        """Nothing that belongs to the request came."""
        return _unmatched(self._transactions, seconds)


def _unmatched(transactions: Transactions, seconds: float) -> NoAnswer:
    if transactions.strangers:
        return NoAnswer("modbus.wrong-transaction", reason=Reason.DECODE)
    return NoAnswer("modbus.silent", seconds=seconds)
