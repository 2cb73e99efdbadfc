"""What travels between gateway and headquarters: topics, messages and the hash chain.

Decoding is strict about what the contract names and ignores fields it does not: a newer sender may add some.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, fields
from functools import lru_cache
from hashlib import sha256
from typing import Annotated, Any, TypeVar

from drivers.points import Value
from rules.facts import When
from runtime.errors import WireError
from runtime.mqtt.message import MAX_BYTES
from runtime.parsing import MAX_INTEGER, InputError, Text, Within, build, load
from runtime.text import CONTROL, encodable

T = TypeVar("T")

ROOT = "plantgate/v1"
CONTRACT = 1
"""Version of topics and messages; a change that breaks a receiver needs a new one and a new ``ROOT``."""
MAX_REPLAY = 10_000
"""Most events one replay may ask for."""
MAX_POINTS = 100
"""Most places in a chain that one claim names."""
Name = Annotated[str, Text(200, least=1)]
Word = Annotated[str, Text(200)]
Digest = Annotated[str, Text(64, least=64, form="[0-9a-f]{64}")]
"""SHA-256 in hexadecimal."""
Seq = Annotated[int, Within(1, MAX_INTEGER)]
Count = Annotated[int, Within(0, MAX_INTEGER)]
Moment = Annotated[float, Within(0.0, 2.0**33)]
"""UTC seconds, up to the year 2242: beyond it no calendar can show them."""
EVENT_TOPICS = ("event", "order", "record")
"""An event goes to the topic of its kind, or to ``event``."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """How an event travelled; differs between deliveries of the same event."""

    committed: When
    sent: Moment
    """UTC seconds of this delivery."""
    historical: bool
    """Committed before the connection it is sent over: the present state may be another."""
    attempt: Count
    """Counts from 1 the deliveries the broker confirmed, and this one."""


@dataclass(frozen=True, slots=True)
class EventMessage:
    """One event. Its key is (gateway, epoch, seq); ``hash`` binds the body to all events before it."""

    gateway: Name
    epoch: Name
    seq: Seq
    kind: Name
    hash: Digest
    previous: Digest
    """Hash of the event with the seq before; ``genesis`` for the first."""
    envelope: Envelope
    body: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Ack:
    """All events of an epoch up to ``seq`` are committed in this consumer's store; may go back."""

    consumer: Name
    gateway: Name
    epoch: Name
    seq: Count
    hash: Digest
    past: Count = 0
    """Highest seq among the events with ``historical`` that this answers, which came in order; 0 when there was none.
    What is missing before it was lost on the way."""
    conflict: Count = 0
    """Lowest seq at which another event came than the store has, or one that does not fit its neighbours, and that was
    not told again under another epoch; 0 when there is none."""


@dataclass(frozen=True, slots=True)
class Replay:
    """A consumer asks for events it misses, first and last included."""

    consumer: Name
    gateway: Name
    epoch: Name
    first: Seq
    last: Seq


@dataclass(frozen=True, slots=True)
class Range:
    """Events by seq, first and last included."""

    first: Seq
    last: Seq


@dataclass(frozen=True, slots=True)
class Gone:
    """The answer to a replay of events the gateway does not hold any more.

    What was pruned after its time or lost with a damaged store; a consumer notes it and stops asking.
    """

    gateway: Name
    epoch: Name
    ranges: list[Range]


@dataclass(frozen=True, slots=True)
class Point:
    """A place in the chain of an epoch."""

    seq: Seq
    hash: Digest


@dataclass(frozen=True, slots=True)
class Claim:
    """A gateway whose journal is, or was, an older copy of itself asks which of these events are at headquarters.

    Told to all consumers; each answers with ``Held``. Until one has, the gateway tells nothing of the epoch.
    """

    gateway: Name
    epoch: Name
    points: list[Point]
    """By rising seq, at most ``MAX_POINTS``."""


@dataclass(frozen=True, slots=True)
class Held:
    """The answer to a claim."""

    consumer: Name
    gateway: Name
    epoch: Name
    agreed: Count
    """Highest claimed seq of which the store holds this very event and everything before it; 0 when it holds none."""
    lacking: Count
    """Lowest claimed seq above it; 0 when there is none."""


@dataclass(frozen=True, slots=True)
class Sample:
    """The value of one role of an equipment."""

    role: Name
    value: Value | None
    unit: Word
    quality: Word
    """good, uncertain, stale or bad"""
    reason: Word
    """Why it is not good; empty when it is."""
    sampled: Moment
    """UTC seconds."""


@dataclass(frozen=True, slots=True)
class Telemetry:
    """What an equipment looks like; a stream of its own that may lose messages and says how many."""

    gateway: Name
    stream: Name
    """Changes with each start of the gateway; ``seq`` counts from 1 within it, over all equipment."""
    seq: Seq
    lost: Count
    """Messages of this stream dropped before this one because the way was blocked."""
    equipment: Name
    snapshot: bool
    """Whether it tells of all roles, or of those that changed; what does not fit one message goes on in the next."""
    at: Moment
    """UTC seconds."""
    values: list[Sample]


@dataclass(frozen=True, slots=True)
class Again:
    """Events that were told again under another epoch: here their keys mean others, or nobody knows what they mean."""

    first: Seq
    last: Seq
    epoch: Name
    """Under which they were told again, in the same order."""
    at: Seq
    """The seq there of ``first``."""


@dataclass(frozen=True, slots=True)
class FormerEpoch:
    """An epoch that has ended, of which the journal still holds events, or told some again."""

    epoch: Name
    head: Count
    """Its highest seq; what headquarters has beyond it this journal never had, or told again."""
    again: list[Again] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Birth:
    """Who is there, since this connection; retained."""

    org: Name
    site: Name
    gateway: Name
    version: Word
    contract: Count
    fingerprint: Word
    """SHA-256 of the configuration."""
    epoch: Name
    reason: Word
    """Why this epoch began: see ``agent.journal.entry.Epoch``."""
    predecessor: Word
    former: list[FormerEpoch]
    """The newest epochs before this one, oldest first: what of them was never received may be asked for."""
    first: Count
    """Lowest seq of the epoch still in the journal; 0 when it is empty."""
    head: Count
    """Highest seq of the epoch; 0 when it is empty."""
    backlog_first: Count
    """Unsent at this moment, to follow as historical; 0 when there is none."""
    backlog_last: Count
    at: Moment
    """UTC seconds."""


@dataclass(frozen=True, slots=True)
class State:
    """Whether the gateway is connected and how far its journal has got; retained, and the will."""

    online: bool
    gateway: Name
    epoch: Name
    head: Count
    unsent: Count
    at: Moment
    """UTC seconds. In the will: when the connection began."""
    telemetry_lost: Count
    """Messages of telemetry dropped since the gateway started: no room, no way, or a full disk."""


_EVENT_FIELDS = [field.name for field in fields(EventMessage)]
Message = EventMessage | Ack | Replay | Gone | Claim | Held | Birth | State | Telemetry
Asked = TypeVar("Asked", bound=Ack | Replay | Held)
"""What a consumer sends."""


@dataclass(frozen=True, slots=True)
class Topics:
    """The topics of one gateway."""

    org: str
    site: str
    gateway: str

    def __post_init__(self) -> None:
        for part in (self.org, self.site, self.gateway):
            if not part or set(part) & set("/+#") or CONTROL.search(part) or len(part) > 200:
                raise WireError("wire.topic", topic=part)

    @classmethod
    def of(cls, address: str) -> "Topics":
        """Those of the gateway with this ``address``."""
        return cls(*address.split("/"))

    def named(self, name: str) -> str:
        """The topic ``name`` of this gateway, such as ``birth`` or ``ack/hq``."""
        return f"{ROOT}/{self.org}/{self.site}/{self.gateway}/{name}"

    @property
    def address(self) -> str:
        """``org/site/gateway``: the gateway among all gateways of a broker."""
        return f"{self.org}/{self.site}/{self.gateway}"

    def event(self, kind: str) -> str:
        """Where events of this kind go."""
        return self.named(kind if kind in EVENT_TOPICS else "event")


def holes(within: Range, held: Sequence[int]) -> list[Range]:
    """What is missing within a range, of which the rising seqs ``held`` are there."""
    missing, first = [], within.first
    for seq in [*held, within.last + 1]:
        if seq > first:
            missing.append(Range(first, seq - 1))
        first = seq + 1
    return missing


def every(name: str) -> str:
    """The filter for topic ``name`` of every gateway."""
    return f"{ROOT}/+/+/+/{name}"


@lru_cache(maxsize=1024)
def parse_topic(topic: str) -> tuple[Topics, str]:
    """The gateway's topics and the name within them. Raises WireError for a topic not ours."""
    parts = topic.split("/", 5)
    if len(parts) != 6 or "/".join(parts[:2]) != ROOT:
        raise WireError("wire.topic", topic=topic)
    return Topics(*parts[2:5]), parts[5]


def canonical(body: dict[str, Any]) -> bytes:
    """The one way a body is written: sorted keys, no blanks, UTF-8, shortest floats that read back the same.

    Raises ValueError for NaN and infinities, which JSON does not have. Half a UTF-16 pair, which no parser of ours lets
    in but the text of a device may be, becomes U+FFFD.
    """
    text = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return encodable(text).encode()


def genesis(gateway: str, epoch: str) -> str:
    """What the first event of an epoch is chained to; ties the chain to its gateway and epoch."""
    return sha256(f"{gateway}/{epoch}".encode()).hexdigest()


def chain(previous: str, body: bytes) -> str:
    """SHA-256 over the 32 bytes of the previous hash and the canonical body, in hexadecimal."""
    return sha256(bytes.fromhex(previous) + body).hexdigest()


def encode(message: Message) -> bytes:
    """The message as it travels. Raises WireError when it is too long."""
    return _checked_size(canonical(asdict(message)))


def encode_event(message: EventMessage, body: bytes) -> bytes:
    """An event whose body is already canonical; put last, so any receiver can cut out the bytes that were hashed."""
    head = {field.name: getattr(message, field.name) for field in fields(message) if field.name != "body"}
    head["envelope"] = travelled(message.envelope)
    return _checked_size(canonical(head)[:-1] + b',"body":' + body + b"}")


def travelled(envelope: Envelope) -> dict[str, Any]:
    """An envelope as JSON values; ``asdict`` copies deeply, which for each event takes as long as storing it."""
    at = envelope.committed
    committed = {"wall": at.wall, "trusted": at.trusted, "boot": at.boot, "mono": at.mono}
    return {
        "committed": committed,
        "sent": envelope.sent,
        "historical": envelope.historical,
        "attempt": envelope.attempt,
    }


def as_json(event: EventMessage) -> dict[str, Any]:
    """An event as JSON values; its body is not copied."""
    return {name: getattr(event, name) for name in _EVENT_FIELDS} | {"envelope": travelled(event.envelope)}


def decode(payload: bytes, shape: type[T]) -> T:
    """Read a message of dataclass ``shape``. Raises WireError, and nothing else, whatever the bytes."""
    try:
        return build(shape, load(payload, MAX_BYTES), strict=False)
    except InputError as error:
        raise WireError("wire.malformed", what=shape.__name__, reason=error) from error


def decode_event(payload: bytes) -> EventMessage:
    """Read an event and prove its hash. Raises WireError."""
    message = decode(payload, EventMessage)
    if chain(message.previous, canonical(message.body)) != message.hash:
        raise WireError("wire.hash", gateway=message.gateway, epoch=message.epoch, seq=message.seq)
    return message


def _checked_size(payload: bytes) -> bytes:
    if len(payload) > MAX_BYTES:
        raise WireError("wire.too-long", bytes=len(payload), most=MAX_BYTES)
    return payload
