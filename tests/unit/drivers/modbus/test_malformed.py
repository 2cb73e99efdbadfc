"""Malformed answers by the hundred thousand: no crash, no value, a bounded buffer, and the next honest one works."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from drivers.contract import DriverError
from drivers.modbus.conversation import Conversation, DatagramConversation, StreamConversation
from drivers.modbus.framing import MAX_FRAME
from drivers.modbus.pdu import check_read, read_pdu
from drivers.modbus.rtu import Timing, wrap
from drivers.modbus.transaction import Exchange, Transactions
from drivers.modbus.turns import TurnsConversation
from drivers.templates import Table
from emulators.modbus.faults import UnframedAnswer
from tests.soak import soak

FRAMES = soak(35_000, 350_000)
"""Of each framing: together 10^5, in the long form 10^6."""
REQUEST = read_pdu(Table.HOLDING, 10, 4)
DATA = bytes.fromhex("0001000200030004")
HONEST = bytes([3, len(DATA)]) + DATA
UNIT = 7
NEVER = float("inf")

Malform = Callable[[random.Random, bytes], bytes]


@dataclass(slots=True)
class Wire:
    """A channel on which each request is answered at once with what stands in ``answer``, and then its time is over."""

    conversation: Conversation
    answer: Callable[[Exchange], bytes] = lambda _: b""
    exchange: Exchange | None = field(default=None)

    def send(self, data: bytes) -> None:
        assert self.exchange is not None
        self.conversation.receive(self.answer(self.exchange))
        if not self.exchange.answer.done():
            self.conversation.fail(self.conversation.silence(1.0))

    def abort(self) -> None:
        """Nothing is open."""


def _random(chance: random.Random, frame: bytes) -> bytes:
    return chance.randbytes(chance.randrange(400))


def _cut(chance: random.Random, frame: bytes) -> bytes:
    return frame[: chance.randrange(len(frame))]


def _behind_rubbish(chance: random.Random, frame: bytes) -> bytes:
    return chance.randbytes(chance.randrange(1, 300)) + _cut(chance, frame)


def _changed(first: int, end: int) -> Malform:
    """One byte of ``first`` to ``end`` is another one."""

    def change(chance: random.Random, frame: bytes) -> bytes:
        place = chance.randrange(first, min(end, len(frame)))
        return frame[:place] + bytes([frame[place] ^ chance.randrange(1, 256)]) + frame[place + 1 :]

    return change


def _with_pdu(chance: random.Random, pdu: bytes) -> bytes:
    """A PDU that cannot be the answer: another function, byte count or length."""
    kind = chance.randrange(3)
    if kind == 0:
        return bytes([chance.choice([code for code in range(256) if code != pdu[0]])]) + pdu[1:]
    size = chance.choice([size for size in range(126) if size != len(DATA)])
    data = chance.randbytes(size)
    return pdu[:1] + bytes([size if kind == 1 else len(DATA)]) + data


MBAP: list[Malform] = [_random, _cut, _behind_rubbish, _changed(0, 9)]
"""Behind the header and the byte count any data are data: TCP has no checksum of ours."""
RTU: list[Malform] = [_random, _cut, _behind_rubbish, _changed(0, MAX_FRAME)]


def _mbap(exchange: Exchange, pdu: bytes, unit: int = UNIT) -> bytes:
    return UnframedAnswer(exchange.transaction, unit, pdu).frame()


def _rtu(_: Exchange, pdu: bytes, unit: int = UNIT) -> bytes:
    return wrap(unit, pdu)


FRAMINGS: dict[str, tuple[Callable[[Transactions], Conversation], Callable[..., bytes], list[Malform]]] = {
    "tcp": (StreamConversation, _mbap, MBAP),
    "udp": (DatagramConversation, _mbap, MBAP),
    "rtu": (lambda known: TurnsConversation(Timing(115200), known.strays), _rtu, RTU),
}


def _malformed(
    chance: random.Random, malforms: list[Malform], frame: Callable[..., bytes], exchange: Exchange
) -> bytes:
    kind = chance.randrange(len(malforms) + 2)
    if kind < len(malforms):
        return malforms[kind](chance, frame(exchange, HONEST))
    if kind == len(malforms):
        made = frame(exchange, _with_pdu(chance, HONEST))
        return b"" if _fits_by_accident(made) else made
    return frame(exchange, HONEST, chance.choice([unit for unit in range(256) if unit != UNIT]))


def _fits_by_accident(made: bytes) -> bool:
    """Whether it begins with a whole answer: a checksum of 16 bits fits once in 65,536."""
    answer = made[: len(wrap(UNIT, HONEST))]
    return answer == wrap(UNIT, HONEST[:2] + answer[3:-2])


def _held(conversation: Conversation) -> int:
    """Bytes a conversation keeps."""
    holder = getattr(conversation, "_framing", None) or getattr(conversation, "_finder", None)
    return 0 if holder is None else len(holder._buffer)


async def _ask(wire: Wire, transactions: Transactions) -> bytes:
    wire.exchange = transactions.begin(UNIT, REQUEST, lambda answer: check_read(REQUEST, answer, len(DATA)), 1.0)
    return await wire.conversation.ask(wire.exchange, NEVER)


@pytest.mark.soak
@pytest.mark.parametrize("framing", FRAMINGS)
async def test_no_malformed_answer_is_ever_a_value(framing: str) -> None:
    make, frame, malforms = FRAMINGS[framing]
    chance, transactions = random.Random(framing), Transactions()  # noqa: S311 - the same frames in each run
    wire = Wire(make(transactions))
    for number in range(FRAMES):
        if wire.conversation.closed or wire.exchange is None:
            wire = Wire(make(transactions))
            wire.conversation.attach(wire)
        wire.answer = lambda exchange: _malformed(chance, malforms, frame, exchange)
        with pytest.raises(DriverError):
            await _ask(wire, transactions)
        assert wire.conversation.closed or _held(wire.conversation) <= MAX_FRAME
        if not wire.conversation.closed and number % 100 == 0:
            wire.answer = lambda exchange: frame(exchange, HONEST)
            assert await _ask(wire, transactions) == DATA
