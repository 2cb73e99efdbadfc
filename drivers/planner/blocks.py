"""Block reads: what one costs, what a device allows, and how one is made smaller. Pure."""

from dataclasses import dataclass

from drivers.codec import BIT_TABLES
from drivers.points import PlantgateError
from drivers.templates import Area, ModbusSource, Place, Table, TemplatePoint


class PlanError(PlantgateError):
    """A value is wider than the largest request its device allows."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What one read costs its link, in seconds."""

    request: float = 0.002
    """Whatever its length: the default is a round trip in a local network with a device that thinks for a while."""
    byte: float = 1e-6
    """A byte of data: the default is far below the round trip, yet reading less is better than reading more."""

    def of(self, table: Table, count: int) -> float:
        """Seconds of one read of ``count`` addresses."""
        return self.request + self.byte * payload_size(table, count)

    def bytes_within(self, seconds: float) -> int:
        """The most bytes of data one read can bring in ``seconds``; below 1 when it can bring none."""
        return int((seconds - self.request) / self.byte)


ROUND_TRIP = Cost()
"""The cost on a network link."""


@dataclass(frozen=True, slots=True)
class RequestLimits:
    """What one request may ask of a device."""

    registers: int = 125
    """Most registers (Modbus Application Protocol V1.1b3, §6.3)."""
    bits: int = 2000
    """Most coils or discrete inputs (§6.1)."""
    gap: int = 0
    """Most addresses without any point it may read across in one request."""
    barriers: frozenset[Place] = frozenset()
    """Addresses it may begin at, but not enter from below."""
    holes: frozenset[Place] = frozenset()
    """Addresses without a point it may not read across."""
    areas: frozenset[Area] = frozenset()
    """What is read as a whole and by itself, or not at all."""

    def most(self, table: Table) -> int:
        """Most addresses of ``table`` in one request."""
        return self.bits if table in BIT_TABLES else self.registers


@dataclass(frozen=True, slots=True)
class Block:
    """One read: ``count`` addresses from ``address``, and the points it brings."""

    table: Table
    poll: str
    """The poll class it is read in: that of its fastest point."""
    address: int
    count: int
    points: tuple[TemplatePoint, ...]
    whole: bool = False
    """It is an area of its device, and must not be made smaller."""

    @property
    def end(self) -> int:
        """The first address behind it."""
        return self.address + self.count

    def holds(self, point: TemplatePoint) -> bool:
        """Whether ``point`` lies in it as a whole."""
        source = point.modbus
        return source.table is self.table and self.address <= source.address and end_of(source) <= self.end


def payload_size(table: Table, count: int) -> int:
    """How many data bytes an honest answer carries."""
    return (count + 7) // 8 if table in BIT_TABLES else 2 * count


def block_of(points: tuple[TemplatePoint, ...], poll: str | None = None) -> Block:
    """The smallest block that holds ``points``, all of one table; ``poll`` is that of the first unless given."""
    first = min(point.modbus.address for point in points)
    end = max(end_of(point.modbus) for point in points)
    return Block(points[0].modbus.table, poll or points[0].poll, first, end - first, points)


def halve(block: Block) -> tuple[Block, ...]:
    """Two smaller blocks, or none when all its points share the same registers and so the same fate."""
    if block.whole:
        return ()
    places = sorted({(point.modbus.address, point.modbus.words) for point in block.points})
    if len(places) < 2:
        return ()
    middle = places[len(places) // 2]
    low = tuple(point for point in block.points if (point.modbus.address, point.modbus.words) < middle)
    high = tuple(point for point in block.points if (point.modbus.address, point.modbus.words) >= middle)
    return (block_of(low, block.poll), block_of(high, block.poll))


def end_of(source: ModbusSource) -> int:
    """The first address behind a value."""
    return source.address + source.words
