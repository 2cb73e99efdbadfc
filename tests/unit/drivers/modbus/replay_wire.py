"""A wire on which one recorded unit answers; reads only. Implements ``drivers.modbus.asking.Asker``."""

from collections.abc import Callable

from drivers.codec import BIT_TABLES
from drivers.contract import NoAnswer, Refused
from drivers.replay.fixture import Fixture
from drivers.templates import Place, Table

_READS = {1: Table.COIL, 2: Table.DISCRETE, 3: Table.HOLDING, 4: Table.INPUT}
_ILLEGAL_FUNCTION, _ILLEGAL_ADDRESS = 1, 2


class ReplayWire:
    """Answers from a fixture what the device answered then."""

    def __init__(self, fixture: Fixture) -> None:
        self._fixture = fixture

    async def ask(self, unit: int, pdu: bytes, check: Callable[[bytes], bytes], seconds: float) -> bytes:
        """The recorded cells; raises Refused for what was refused or never asked for, NoAnswer for another unit."""
        if unit != self._fixture.unit:
            raise NoAnswer("modbus.silent", seconds=seconds)
        table = _READS.get(pdu[0])
        if table is None:
            raise Refused("modbus.exception", number=_ILLEGAL_FUNCTION)
        first, count = int.from_bytes(pdu[1:3], "big"), int.from_bytes(pdu[3:5], "big")
        data = _packed(table, self._cells((table, first), count))
        return check(bytes([pdu[0], len(data)]) + data)

    def _cells(self, first: Place, count: int) -> list[int]:
        table, address = first
        places = [(table, address + index) for index in range(count)]
        if any(place not in self._fixture.cells for place in places):
            raise Refused("modbus.exception", number=self._fixture.refused.get(first, _ILLEGAL_ADDRESS))
        return [self._fixture.cells[place] for place in places]


def _packed(table: Table, cells: list[int]) -> bytes:
    if table not in BIT_TABLES:
        return b"".join(cell.to_bytes(2, "big") for cell in cells)
    number = sum(cell << index for index, cell in enumerate(cells))
    return number.to_bytes((len(cells) + 7) // 8, "little")
