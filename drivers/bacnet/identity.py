"""Which device answers at an address: its device object tells its instance number.

Source: ASHRAE 135, clause 15.5.2: instance 4194303 asks whatever device object there is.
"""

from drivers.bacnet.names import DEVICE, MAX_APDU_LENGTH, NO_INSTANCE, OBJECT_IDENTIFIER
from drivers.bacnet.services import Service, object_of, read_one, read_one_answer
from drivers.bacnet.source import PropertyKey
from drivers.bacnet.stack import Stack
from drivers.bacnet.tags import MalformedError, Reader, TagType
from drivers.bacnet.udp import Place
from drivers.contract import NoAnswer, Refused
from drivers.points import Reason

_IDENTIFIER: PropertyKey = (OBJECT_IDENTIFIER, None)
_LONGEST: PropertyKey = (MAX_APDU_LENGTH, None)
_SHORTEST = 50
"""Octets every device takes (clause 20.1.2.5)."""
_UNKNOWN = frozenset({31, 32})
"""BACnetErrorCode unknown-object and unknown-property: it is another device, and old ones know no wildcard."""


async def told_instance(stack: Stack, place: Place, expected: int, seconds: float) -> int | None:
    """The instance number of the device at ``place``, asked as the one it should be and then as whoever it is.

    None: it is not ``expected`` and does not tell who it is. Raises LinkDown, NoAnswer, Refused (busy).
    """
    for instance in (expected, NO_INSTANCE):
        try:
            asked = read_one((DEVICE, instance), _IDENTIFIER)
            data = await stack.ask(place, Service.READ_PROPERTY, asked, again=seconds)
            return _instance(data)
        except Refused as refusal:
            if refusal.code != "bacnet.error" or refusal.number not in _UNKNOWN:
                raise
        except MalformedError as error:
            raise NoAnswer(error.code, reason=Reason.DECODE) from error
    return None


async def told_octets(stack: Stack, place: Place, instance: int, seconds: float) -> int | None:
    """The longest APDU the device takes, as it says (clause 12.11.18). None: it does not tell. Raises LinkDown."""
    asked = read_one((DEVICE, instance), _LONGEST)
    try:
        data = await stack.ask(place, Service.READ_PROPERTY, asked, again=seconds)
        value = Reader(read_one_answer(data, (DEVICE, instance), _LONGEST)).datum().value
    except (NoAnswer, Refused, MalformedError):
        return None
    return value if isinstance(value, int) and value >= _SHORTEST else None


def _instance(data: bytes) -> int:
    """From a ReadProperty-Ack of an object identifier, whatever object it names; raises MalformedError."""
    reader = Reader(data)
    object_of(reader.unsigned(0))
    if reader.unsigned(1) != OBJECT_IDENTIFIER:
        raise MalformedError("bacnet.malformed")
    reader.expect_open(3)
    datum = reader.datum()
    reader.expect_close(3)
    if datum.type != TagType.OBJECT or not isinstance(datum.value, bytes) or len(datum.value) != 4:
        raise MalformedError("bacnet.malformed")
    return object_of(int.from_bytes(datum.value, "big"))[1]
