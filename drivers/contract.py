"""What every driver gives its link task: plan, open, read, decode, write, close.

A driver instance is one open wire. It is owned by exactly one link task, which alone decides when to speak;
the driver decides how. Reading and decoding are apart so that an unchanged answer needs no decoding.

    DriverError
    ├── LinkDown      the wire itself is gone: reopen it; every device on it is affected
    ├── NoAnswer      this device did not answer in time, or not with an answer: the others are unaffected
    └── Refused       the device answered with an exception, error, reject or abort
        └── Busy      it has no time for it now
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from drivers.identification import Identification
from drivers.points import Instant, PlantgateError, Reading, Reason
from drivers.templates import Device, PointWrite, WordWrite


class DriverError(PlantgateError):
    """An expected failure on the outside; ``reason`` is what the affected readings will say."""

    reason = Reason.NO_ANSWER


class LinkDown(DriverError):
    """The wire is gone: refused connection, reset, unplugged adapter."""

    reason = Reason.LINK_DOWN


class NoAnswer(DriverError):
    """The deadline passed, or what came was not an answer to this request (``reason`` decode)."""

    def __init__(self, code: str, *, reason: Reason = Reason.NO_ANSWER, **arguments: object) -> None:
        """Keep whether there was silence (no-answer) or nonsense (decode)."""
        super().__init__(code, **arguments)
        self.reason = reason


class Refused(DriverError):
    """The device understood and said no; ``number`` is the protocol's own code."""

    reason = Reason.EXCEPTION

    def __init__(self, code: str, *, number: int, **arguments: object) -> None:
        """Keep the protocol's exception number beside the message arguments."""
        super().__init__(code, number=number, **arguments)
        self.number = number


class Busy(Refused):
    """The device said: not now. The same may be asked again in a moment."""


@dataclass(frozen=True, slots=True)
class Request:
    """One planned read: everything one frame on the wire brings back. Drivers subclass it with their addressing."""

    device: str
    poll: str
    """The poll class it belongs to; every point of a request shares it."""
    points: tuple[str, ...]
    """Ids of the points it brings, such as ``booster.level``."""
    timeout: float = field(kw_only=True)
    """Total seconds until the answer must be complete."""


@dataclass(frozen=True, slots=True)
class Write:
    """One write to one device, already allowed and audited by the caller."""

    device: str
    what: WordWrite | PointWrite


@dataclass(frozen=True, slots=True)
class Strays:
    """What a device said without being asked, on a line where that may be taken for another answer."""

    octets: int = 0
    """Bytes since the start."""
    doubtful: bool = False
    """Whether it did so lately: two devices may have one number, and its values are uncertain."""


NO_STRAYS = Strays()


@dataclass(frozen=True, slots=True)
class WireWrite:
    """One write as it goes to the wire."""

    object: str
    """``coil 5``, ``holding 4105`` or ``analog-value 1 present-value``, numbered as the template counts."""
    address: int | None
    """Modbus: of the first register or coil on the wire, from 0."""
    value: str
    """The words, the bit or the value; empty: relinquished."""
    point: str = ""
    """The point it is of, if it is of any."""
    priority: int | None = None
    """BACnet: where in the priority array."""


class Driver(Protocol):
    """One wire, from ``open`` to ``close``. Every await inside has a total deadline of its own."""

    @property
    def in_flight(self) -> int:
        """How many requests may be under way at once on this wire (Modbus: 1)."""

    @property
    def serial(self) -> bool:
        """Whether its devices are heard in turns: no answer says what it answers, and giving up on one frees the wire.

        Behind a gateway with a network before it neither holds.
        """

    def strays(self, device: Device) -> Strays:
        """What came from the unit of ``device`` without being asked for."""

    def plan(self, device: Device) -> Sequence[Request]:
        """The fewest requests that bring every point of ``device``; pure."""

    def occupies(self, request: Request) -> float:
        """Seconds ``request`` keeps the wire from all others, as planned; 0 where they need not wait. Pure."""

    async def open(self) -> None:
        """Open the wire; raises LinkDown. Called again after LinkDown."""

    async def read(self, request: Request) -> bytes:
        """Ask once and return the checked answer; raises LinkDown, NoAnswer or Refused. Never retries."""

    def split(self, request: Request, refusal: Refused) -> Sequence[Request]:
        """Smaller requests to try for good after ``refusal``; empty when it cannot be split. Pure."""

    def probe(self, request: Request, seconds: float) -> Request:
        """The least that shows whether the device of ``request`` is there, to be answered within ``seconds``. Pure."""

    def decode(self, request: Request, answer: bytes, at: Instant) -> list[Reading]:
        """Turn an answer of ``read`` into one reading per point, bad ones with their reason. Pure, never raises."""

    async def identify(self, device: Device) -> Identification:
        """Who ``device`` says it is, asked now; raises LinkDown, NoAnswer or Refused (by a device that is busy)."""

    async def write(self, write: Write) -> None:
        """Write once, without read-back; raises LinkDown, NoAnswer (outcome unknown) or Refused."""

    def written(self, write: Write) -> WireWrite:
        """What ``write`` would put on the wire; raises Refused when it cannot be expressed. Pure."""

    def read_back(self, write: Write) -> Request | None:
        """The read of the one point that shows whether ``write`` holds; None where nothing can be read back. Pure."""

    async def close(self) -> None:
        """Let go of the wire; never raises."""
