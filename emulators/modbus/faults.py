"""The lies a Modbus device can tell, over TCP and RTU: each turns one honest answer into what is sent. Pure."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from drivers.modbus.rtu import wrap

LATE_SECONDS = 1.5
"""How long ``late`` holds an answer back."""
DRIP_SECONDS = 0.4
"""Pause between two bytes of ``drip``."""
_DEFAULT_EXCEPTION = 4
_EXCEPTIONS = range(1, 256)
_RUBBISH = bytes.fromhex("00ff5502030100ffaa8003")
_FOREIGN = 0x5A5A
"""Far from any id a client sent recently."""


@dataclass(frozen=True, slots=True)
class UnframedAnswer:
    """An answer before it is framed."""

    transaction: int | None
    """None on RTU."""
    unit: int
    pdu: bytes
    request: bytes = b""
    """The PDU it answers."""

    def frame(self) -> bytes:
        """MBAP header and PDU, or unit, PDU and checksum."""
        if self.transaction is None:
            return wrap(self.unit, self.pdu)
        head = self.transaction.to_bytes(2, "big") + b"\0\0" + (len(self.pdu) + 1).to_bytes(2, "big")
        return head + bytes([self.unit]) + self.pdu


@dataclass(frozen=True, slots=True)
class DelayedBytes:
    """Bytes to send after ``delay`` seconds; ``reset`` drops the connection instead."""

    data: bytes = b""
    delay: float = 0.0
    reset: bool = False


AnswerFault = Callable[[UnframedAnswer], list[DelayedBytes]]


def honest(answer: UnframedAnswer) -> list[DelayedBytes]:
    """No lie."""
    return [DelayedBytes(answer.frame())]


def _wrong_transaction(answer: UnframedAnswer) -> list[DelayedBytes]:
    return honest(replace(answer, transaction=(answer.transaction or 0) ^ _FOREIGN))


def _wrong_unit(answer: UnframedAnswer) -> list[DelayedBytes]:
    return honest(replace(answer, unit=answer.unit % 247 + 1))


def _wrong_function(answer: UnframedAnswer) -> list[DelayedBytes]:
    """The neighbour function, with data of the same size: 3 becomes 4."""
    return honest(replace(answer, pdu=bytes([answer.pdu[0] ^ 7]) + answer.pdu[1:]))


def _wrong_byte_count(answer: UnframedAnswer) -> list[DelayedBytes]:
    """One register less than asked, in a frame that agrees with itself."""
    data = answer.pdu[2:-2]
    return honest(replace(answer, pdu=bytes([answer.pdu[0], len(data)]) + data))


def _late(answer: UnframedAnswer) -> list[DelayedBytes]:
    return [DelayedBytes(answer.frame(), LATE_SECONDS)]


def _truncated(answer: UnframedAnswer) -> list[DelayedBytes]:
    return [DelayedBytes(answer.frame()[:-1])]


def _duplicate(answer: UnframedAnswer) -> list[DelayedBytes]:
    return honest(answer) * 2


def _silent(_: UnframedAnswer) -> list[DelayedBytes]:
    return []


def _drip(answer: UnframedAnswer) -> list[DelayedBytes]:
    return [DelayedBytes(bytes([byte]), index * DRIP_SECONDS) for index, byte in enumerate(answer.frame())]


def _garbage(_: UnframedAnswer) -> list[DelayedBytes]:
    return [DelayedBytes(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")]


def _reset(_: UnframedAnswer) -> list[DelayedBytes]:
    return [DelayedBytes(reset=True)]


def _exception(number: int) -> AnswerFault:
    return lambda answer: honest(replace(answer, pdu=bytes([answer.pdu[0] | 0x80, number])))


def _crc(answer: UnframedAnswer) -> list[DelayedBytes]:
    """One bit flipped on the way."""
    frame = answer.frame()
    return [DelayedBytes(frame[:3] + bytes([frame[3] ^ 1]) + frame[4:])]


def _noise(answer: UnframedAnswer) -> list[DelayedBytes]:
    """A disturbed line: rubbish, and the honest answer behind it."""
    return [DelayedBytes(_RUBBISH + answer.frame())]


def _echo(answer: UnframedAnswer) -> list[DelayedBytes]:
    """A two-wire line that returns what was sent."""
    return [DelayedBytes(wrap(answer.unit, answer.request) + answer.frame())]


def _collision(answer: UnframedAnswer) -> list[DelayedBytes]:
    """Two devices with one unit number answer at once, one character apart."""
    frame = answer.frame()
    return [DelayedBytes(bytes(a & b for a, b in zip(frame, frame[1:] + frame[:1], strict=True)))]


LIES: dict[str, AnswerFault] = {
    "wrong-tid": _wrong_transaction,
    "wrong-unit": _wrong_unit,
    "wrong-function": _wrong_function,
    "wrong-byte-count": _wrong_byte_count,
    "late": _late,
    "truncated": _truncated,
    "duplicate": _duplicate,
    "half-open": _silent,
    "drip": _drip,
    "garbage": _garbage,
    "exception": _exception(_DEFAULT_EXCEPTION),
    "reset": _reset,
}
"""Every lie on TCP by its name."""

RTU_LIES: dict[str, AnswerFault] = {name: lie for name, lie in LIES.items() if name not in ("wrong-tid", "reset")} | {
    "crc": _crc,
    "truncated": _truncated,
    "late": _late,
    "other-unit": _wrong_unit,
    "noise": _noise,
    "echo": _echo,
    "collision": _collision,
    "silence": _silent,
}
"""Every lie on RTU, where there is no transaction id and no connection."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A lie, perhaps about one point only."""

    lie: AnswerFault
    point: str
    """Only answers to requests that touch it are lies; empty: all are."""


def parse_fault(text: str, known: Mapping[str, AnswerFault]) -> Fault | None:
    """The fault ``KIND``, ``KIND:POINT``, ``exception:NUMBER`` or ``exception:NUMBER:POINT``; None when it is none."""
    name, *rest = text.split(":")
    lie = known.get(name)
    if name == "exception" and rest and rest[0].isdecimal():
        number = int(rest.pop(0))
        lie = _exception(number) if number in _EXCEPTIONS else None
    if lie is None or len(rest) > 1 or "" in rest:
        return None
    return Fault(lie, rest[0] if rest else "")


def tell(
    answer: UnframedAnswer, faults: Iterable[str], touched: Callable[[str], bool] = lambda _: True
) -> list[DelayedBytes]:
    """What is sent for ``answer``; the first lie in alphabetical order wins.

    ``touched`` tells of a point whether the request has to do with it.
    """
    known = RTU_LIES if answer.transaction is None else LIES
    for text in sorted(faults):
        fault = parse_fault(text, known)
        if fault is not None and (not fault.point or touched(fault.point)):
            return fault.lie(answer)
    return honest(answer)
