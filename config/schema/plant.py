"""plant.yaml: the building, its wires, devices and equipment."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from config.catalogue import LANGUAGES
from config.plant import Storage
from config.quantity import byte_size, duration
from config.schema.base import Strict, Text
from config.schema.equipment_class import InterlockFields
from config.schema.title import TitleField
from config.schema.values import (
    BacnetAddress,
    BrokerUrl,
    Date,
    Duration,
    Glob,
    Identifier,
    Language,
    LinkUrl,
    Name,
    Period,
    QuantityField,
    RolePoint,
    Secret,
    Size,
    TimeZone,
    at_least,
    choice,
)
from config.schema.variables import VariablesPart
from drivers.templates import PERIODS


class PollClass(StrEnum):
    """How often a point is read."""

    FAST = "fast"
    NORMAL = "normal"
    SLOW = "slow"


class GatewaySupply(StrEnum):
    """What feeds the gateway."""

    UPS = "ups"
    """A battery that outlasts any test, such as the 24 V of the generating set or a UPS."""
    MAINS = "mains"


class SiteFields(Strict):
    """Which building this is."""

    id: Identifier
    title: TitleField
    org: Identifier = "local"
    language: Language = LANGUAGES[0]
    timezone: TimeZone = "Asia/Shanghai"
    gateway_supply: Annotated[GatewaySupply, choice(GatewaySupply)] | None = None
    """What feeds the gateway and its switches; a test that leaves the automatic mode runs by itself only on ups."""


class TelemetryFields(Strict):
    """How often and how finely telemetry is told."""

    snapshot: Duration = 60.0
    """Between two tellings of everything; ``0 s``: no telemetry."""
    changes: Period = 5.0
    """Between two looks for changes."""
    deadband: QuantityField | None = None
    """What a number must move by to be worth telling before the next snapshot, in % of its value; 1 %."""


class UplinkFields(Strict):
    """Where events go."""

    broker: BrokerUrl
    consumers: list[Identifier] = Field(default=[])
    username: Text = ""
    password: Secret = ""
    ca: Secret = ""
    certificate: Secret = ""
    key: Secret = ""
    insecure: bool = False
    """Whether the password may go over the network in clear: a broker elsewhere that is reached without TLS."""
    backlog_rate: Annotated[int, Field(ge=1, le=100_000)] = 5000
    """Events a second that are sent of what waited during an outage."""
    telemetry: TelemetryFields = TelemetryFields()


class StorageFields(Strict):
    """What the journal keeps of what headquarters has; what it has not is always kept."""

    keep: Annotated[Duration, at_least("90 d", duration)] = Storage().keep
    """Alarms, starts, stops and readings by hand; 90 d."""
    keep_proof: Annotated[Duration, at_least("5 year", duration)] = Storage().keep_proof
    """Work orders, test records and audit; 1830 d, five calendar years at least. Important ones are kept for ever."""
    size: Annotated[Size, at_least("64 MiB", byte_size)] = Storage().size
    """Of the journal's file, beyond which the least important and oldest go before their time; 1 GiB."""


class LinkFields(Strict):
    """A bus or endpoint."""

    id: Identifier
    url: LinkUrl


class PollFields(Strict):
    """Periods of the poll classes."""

    fast: Period = PERIODS["fast"]
    normal: Period = PERIODS["normal"]
    slow: Period = PERIODS["slow"]


class DeviceFields(Strict):
    """A unit on a link."""

    id: Identifier
    link: Identifier
    unit: Annotated[int, Field(ge=0, le=255)] | None = None
    """Modbus unit number: 1 to 247, on modbus-tcp, -tls and -udp 0 to 255."""
    offset: Annotated[int, Field(ge=0, le=65535)] = 0
    """Registers added to every address of the template: several devices behind one unit."""
    address: BacnetAddress | None = None
    template: Identifier
    timeout: Period = 1.0
    polls: PollFields = PollFields()


class ProvedFields(Strict):
    """A person has seen at the machine that this point is what the role says."""

    point: RolePoint
    by: Text
    date: Date


class EquipmentFields(Strict):
    """An asset people know, and the points that play its roles."""

    id: Identifier
    cls: Identifier = Field(alias="class")
    title: TitleField
    location: TitleField | None = None
    asset: Text = ""
    device: Identifier | None = None
    """Its points play the roles of the same name."""
    roles: dict[Name, RolePoint] = Field(default={})
    parameters: dict[Name, QuantityField] = Field(default={})
    relations: dict[Name, Identifier] = Field(default={})
    reasons: dict[Name, Text] = Field(default={})
    """Relation of which there is ``none`` -> why."""
    commands: dict[Name, RolePoint] = Field(default={})
    interlocks: list[InterlockFields] = Field(default=[])
    """What forbids its commands, beside the interlocks of its class."""
    proved: dict[Name, ProvedFields] = Field(default={})
    """Role -> who saw that its point is the right one."""
    supply: Identifier | None = None


class HoldFields(Strict):
    """The digital input that forbids every command while it is active, or cannot be read."""

    input: RolePoint
    """``device.point``, of kind binary and poll class fast."""
    active: bool = True
    """The value that holds; ``false`` for a contact that opens, so that a broken wire holds."""


class PlantFile(VariablesPart):
    """A whole plant.yaml."""

    site: SiteFields
    gateway: Identifier
    uplink: UplinkFields
    storage: StorageFields = StorageFields()
    hold: HoldFields | None = None
    links: list[LinkFields] = Field(default=[])
    devices: list[DeviceFields] = Field(default=[])
    equipment: list[EquipmentFields] = Field(default=[])
    rules: list[Glob] = Field(default=["rules/*.yaml"])
    procedures: list[Glob] = Field(default=["procedures/*.yaml"])
    plans: list[Glob] = Field(default=["plans/*.yaml"])
    packs: list[Identifier] = Field(default=[])
    simulation: dict[str, object] = Field(default={})
