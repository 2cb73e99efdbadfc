"""Everything that may enter the engine. There is no other way in, from whatever side it comes."""

from dataclasses import dataclass
from enum import StrEnum

from drivers.points import Reading, Value


@dataclass(frozen=True, slots=True)
class Acknowledge:
    """A person has seen an alarm."""

    alarm: str
    """``equipment/rule``, such as ``tank-1/W01``."""
    by: str


@dataclass(frozen=True, slots=True)
class Shelve:
    """A person puts an alarm out of sight for a limited time; done again, the new time counts."""

    alarm: str
    by: str
    reason: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Unshelve:
    """A person takes an alarm back from the shelf before its time."""

    alarm: str
    by: str


@dataclass(frozen=True, slots=True)
class Reset:
    """A person has seen that what latched an alarm is over."""

    alarm: str
    by: str


@dataclass(frozen=True, slots=True)
class OutOfService:
    """A person takes an alarm out of service for maintenance, without a time limit; or puts it back."""

    alarm: str
    by: str
    reason: str = ""
    release: bool = False


AlarmAct = Acknowledge | Shelve | Unshelve | Reset | OutOfService
"""What a person does about one alarm."""


class OrderStatus(StrEnum):
    """Where a work order stands in its life (domain: report, dispatch, execution, acceptance, follow-up)."""

    OPEN = "open"
    RECOVERED = "recovered"
    """The measured cause has gone; waits for a person's acceptance."""
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class CloseOrder:
    """A person accepts the finished work."""

    order: str
    by: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class StartRun:
    """A person asks for a test now."""

    procedure: str
    equipment: str
    by: str
    account: str = ""
    """The login that asked."""


@dataclass(frozen=True, slots=True)
class AbortRun:
    """A person ends a test; it goes through its ``always`` steps."""

    run: str
    by: str
    reason: str = ""
    account: str = ""
    """The login that asked."""


@dataclass(frozen=True, slots=True)
class GiveCommand:
    """A person gives equipment one command, outside of any test."""

    id: str
    """Names the command for good; given by the caller, never twice."""
    equipment: str
    command: str
    by: str
    account: str = ""
    """The login that asked."""
    seconds: float = 0.0
    """After so many what it owes falls due; 0: after the time that everybody has."""
    reason: str = ""
    """Why it shall take longer than that."""


@dataclass(frozen=True, slots=True)
class Extend:
    """A person lets what is owed to a machine fall due later: so many seconds from now."""

    debt: str
    """Its key."""
    seconds: float
    by: str
    reason: str
    account: str = ""
    """The login that asked."""


class Outcome(StrEnum):
    """What became of a command."""

    DONE = "done"
    """The device confirmed it."""
    REFUSED = "refused"
    """The device, or the gateway before it, said no: nothing was done."""
    EXPIRED = "expired"
    """Its time was over before the wire was free: nothing was done."""
    UNKNOWN = "unknown"
    """Nobody knows whether it was done."""


@dataclass(frozen=True, slots=True)
class CommandResult:
    """The executor reports on a command."""

    command: str
    outcome: Outcome
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Lockout:
    """Somebody begins (or ends) work on equipment: no command of this gateway reaches it meanwhile.

    Each person locks with a lock of their own, and releases that one only.
    """

    equipment: str
    by: str
    reason: str = ""
    release: bool = False
    account: str = ""
    """The login that asked."""


@dataclass(frozen=True, slots=True)
class AskRelease:
    """A supervisor wants to take off the lock-out of somebody who is away; nothing is released yet."""

    equipment: str
    owner: str
    by: str
    verified: str
    """How it was verified that the owner is away."""
    token: str
    """What ``ConfirmRelease`` must bring; given by the caller, never twice."""
    account: str = ""
    """The login that asked."""


@dataclass(frozen=True, slots=True)
class ConfirmRelease:
    """The supervisor has told the owner, and takes the lock-out off."""

    token: str
    by: str
    account: str = ""
    """The login that asked."""


@dataclass(frozen=True, slots=True)
class Hold:
    """Somebody forbids every command of this gateway (or an engineer allows them again)."""

    by: str
    reason: str
    release: bool = False
    account: str = ""
    """The login that asked."""


@dataclass(frozen=True, slots=True)
class Disarm:
    """The journal goes on in another epoch: what it holds may be less than what was done."""

    epoch: str
    why: str
    """Why the epoch began."""


@dataclass(frozen=True, slots=True)
class Arm:
    """An engineer has looked at what is remembered, and lets commands pass again."""

    by: str
    reason: str
    seen: str
    """The mark of the list that was shown."""
    account: str = ""
    """The login that asked."""


@dataclass(frozen=True, slots=True)
class Settle:
    """An engineer has seen the machine: what was owed there is over."""

    debt: str
    by: str
    reason: str
    account: str = ""
    """The login that asked."""


@dataclass(frozen=True, slots=True)
class Identified:
    """Who answers as ``device``."""

    device: str
    serial: str = ""
    """Serial number, where one can be read."""
    matches: bool | None = None
    """Whether it is the machine the site's files mean; None: not read yet, or not since it was silent."""


@dataclass(frozen=True, slots=True)
class ManualReading:
    """A person has measured what a role stands for, in the unit of the role."""

    equipment: str
    role: str
    value: Value
    by: str


@dataclass(frozen=True, slots=True)
class ServiceDone:
    """A person has serviced equipment: its running hours count from now on."""

    equipment: str
    by: str
    note: str = ""
    account: str = ""
    """The login that asked."""


@dataclass(frozen=True, slots=True)
class Shutdown:
    """The agent is about to stop: every test goes into its ``always`` steps."""

    by: str


@dataclass(frozen=True, slots=True)
class StorageState:
    """Whether what is decided gets stored."""

    durable: bool


RestrictionInput = Lockout | AskRelease | ConfirmRelease | Hold | Disarm | Arm | Settle
"""What forbids commands, or allows them again."""
ManualInput = GiveCommand | Extend
"""What people do to a machine outside of any test."""
ProcedureInput = (
    StartRun
    | AbortRun
    | ManualInput
    | CommandResult
    | RestrictionInput
    | Identified
    | ManualReading
    | ServiceDone
    | Shutdown
    | StorageState
)
"""What concerns procedures."""
Input = Reading | AlarmAct | CloseOrder | ProcedureInput
