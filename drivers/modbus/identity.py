"""Device identification (function 43/14): who a unit says it is.

Source: Modbus Application Protocol V1.1b3, §6.21.
"""

from dataclasses import dataclass

from drivers.contract import NoAnswer, Refused
from drivers.modbus.asking import Asker
from drivers.modbus.pdu import IDENTITY_HEAD, check_identity, identity_pdu
from drivers.words import printable

_MORE = 0xFF
_MOST_ANSWERS = 8
"""A unit that always announces more is not listened to any longer."""


@dataclass(frozen=True, slots=True)
class Identity:
    """What the basic objects say; empty where they say nothing."""

    vendor: str = ""
    product: str = ""
    revision: str = ""

    def __bool__(self) -> bool:
        return bool(self.vendor or self.product or self.revision)

    def __str__(self) -> str:
        return " ".join(filter(None, (self.vendor, self.product, self.revision)))


async def ask_identity(wire: Asker, unit: int, seconds: float) -> Identity:
    """Who ``unit`` says it is; an empty one when it does not know this function. Raises LinkDown."""
    objects: dict[int, str] = {}
    first = 0
    try:
        for _ in range(_MOST_ANSWERS):
            answer = await _ask(wire, unit, identity_pdu(first), seconds)
            objects |= _objects(answer)
            if answer[4] != _MORE:
                break
            first = answer[5]
    except (Refused, NoAnswer):
        # Most cheap devices refuse this function or stay silent; what came so far still counts.
        pass
    return Identity(*(objects.get(number, "") for number in range(3)))


async def _ask(wire: Asker, unit: int, pdu: bytes, seconds: float) -> bytes:
    return await wire.ask(unit, pdu, lambda answer: check_identity(pdu, answer), seconds)


def _objects(answer: bytes) -> dict[int, str]:
    found: dict[int, str] = {}
    place = IDENTITY_HEAD
    for _ in range(answer[IDENTITY_HEAD - 1]):
        number, length = answer[place], answer[place + 1]
        found[number] = printable(answer[place + 2 : place + 2 + length].decode("utf-8", "replace"))
        place += 2 + length
    return found
