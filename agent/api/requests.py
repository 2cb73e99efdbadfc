"""What may be asked of the running gateway: one type a request; fields, lengths and ranges are what the parser allows.

Names of people and things are one line without controls. ``by`` is who does it; see ``rules.people``.
"""

from dataclasses import dataclass
from typing import Annotated

from runtime.parsing import Text, Within

Name = Annotated[str, Text(200, least=1, trimmed=True)]
"""Of an alarm, an order, an equipment, a person."""
Remark = Annotated[str, Text(500, trimmed=True)]
"""What a person says about it."""
Names = Annotated[str, Text(8000)]
"""Several names with spaces between."""
Address = Annotated[str, Text(500, least=1)]
"""Of a wire."""
Pdu = Annotated[str, Text(506, least=2, form="([0-9a-fA-F]{2})+")]
"""Hexadecimal digits; a Modbus PDU has at most 253 bytes (Modbus application protocol 1.1b3, 4.1)."""
Unit = Annotated[int, Within(0, 255)]
"""Of a Modbus wire."""
MOST_SECONDS = 5.0
"""Longest wait for one answer; the links have other work."""
Wait = Annotated[float, Within(0.001, MOST_SECONDS)]
"""Seconds until an answer is waited for no longer."""
Minutes = Annotated[float, Within(0.0, 100_000.0)]
"""Until something falls due; what is allowed is the engine's to say."""
Position = Annotated[int, Within(0, 2**53)]
"""Of an event in the journal; 0 is before all."""
ShelfTime = Annotated[float, Within(1.0, 366 * 86_400.0)]
"""Seconds; what a shelf really allows is the engine's to say."""


@dataclass(frozen=True, slots=True)
class Status:
    """How everything is."""


@dataclass(frozen=True, slots=True)
class Alarms:
    """Every alarm that is not normal."""


@dataclass(frozen=True, slots=True)
class Orders:
    """Every work order that is not closed."""


@dataclass(frozen=True, slots=True)
class Points:
    """Every point with its latest value."""


@dataclass(frozen=True, slots=True)
class Explain:
    """Everything about one alarm."""

    alarm: Name


@dataclass(frozen=True, slots=True)
class Watch:
    """The latest of the points of these devices, links and equipment, or of all."""

    names: Names = ""


@dataclass(frozen=True, slots=True)
class Runs:
    """Every test that goes on and the last ones that ended."""


@dataclass(frozen=True, slots=True)
class Agenda:
    """Every procedure and plan with its next times, and why it would not begin now."""


@dataclass(frozen=True, slots=True)
class Report:
    """The record of one test."""

    run: Name


@dataclass(frozen=True, slots=True)
class PastEvents:
    """What happened, in order: some events, and where to go on."""

    subject: Remark = ""
    """Equipment, rule, alarm, order, procedure, run or device; empty: all."""
    since: Remark = ""
    """A moment as people say it: ``yesterday``, ``2h``, ``2026-11-27 08:00``; empty: 24 hours ago."""
    until: Remark = ""
    """Empty: now."""
    kinds: Names = ""
    severities: Names = ""
    person: Remark = ""
    after: Position = 0
    """Where the answer before ended."""


@dataclass(frozen=True, slots=True)
class Preview:
    """What a command would write where."""

    equipment: Name
    command: Name


@dataclass(frozen=True, slots=True)
class CommandOutcome:
    """What became of a command."""

    command: Name


@dataclass(frozen=True, slots=True)
class FindWire:
    """Which link has the wire of this URL, or is called so."""

    url: Address


@dataclass(frozen=True, slots=True)
class AcknowledgeAlarm:
    """A person has seen an alarm."""

    alarm: Name
    by: Name


@dataclass(frozen=True, slots=True)
class ShelveAlarm:
    """Put an alarm out of sight for so many seconds."""

    alarm: Name
    by: Name
    reason: Remark
    seconds: ShelfTime


@dataclass(frozen=True, slots=True)
class UnshelveAlarm:
    """Take an alarm back from the shelf."""

    alarm: Name
    by: Name


@dataclass(frozen=True, slots=True)
class ResetAlarm:
    """What latched an alarm is over."""

    alarm: Name
    by: Name


@dataclass(frozen=True, slots=True)
class TakeOutOfService:
    """Take an alarm out of service for maintenance, or put it back."""

    alarm: Name
    by: Name
    reason: Remark = ""
    release: bool = False


@dataclass(frozen=True, slots=True)
class AcceptOrder:
    """Accept the finished work of an order."""

    order: Name
    by: Name
    note: Remark = ""


@dataclass(frozen=True, slots=True)
class EnterReading:
    """A value measured by hand, with its unit, for the cause of an order."""

    order: Name
    value: Annotated[str, Text(50, least=1)]
    by: Name


@dataclass(frozen=True, slots=True)
class NoteService:
    """Equipment was serviced: its running hours count from now on."""

    equipment: Name
    by: Name
    note: Remark = ""


@dataclass(frozen=True, slots=True)
class StartTest:
    """Start a test now."""

    procedure: Name
    equipment: Name
    by: Name


@dataclass(frozen=True, slots=True)
class AbortTest:
    """End a test, named by its run or by the equipment under test; the equipment is given back first."""

    run: Name
    by: Name
    reason: Remark = ""


@dataclass(frozen=True, slots=True)
class LockOut:
    """Lock equipment out, or release it."""

    equipment: Name
    by: Name
    reason: Remark = ""
    release: bool = False


@dataclass(frozen=True, slots=True)
class LockOuts:
    """Every lock-out."""


@dataclass(frozen=True, slots=True)
class AskRelease:
    """Begin to take off the lock of somebody who is away."""

    equipment: Name
    owner: Name
    by: Name
    verified: Remark
    """How it was verified that the owner is away."""


@dataclass(frozen=True, slots=True)
class ConfirmRelease:
    """Take off the lock of somebody who is away, and was told."""

    token: Name
    by: Name


@dataclass(frozen=True, slots=True)
class HoldCommands:
    """Forbid every command of this gateway at once."""

    by: Name
    reason: Remark = ""


@dataclass(frozen=True, slots=True)
class AllowCommands:
    """Allow commands again after a hold."""

    by: Name
    reason: Remark


@dataclass(frozen=True, slots=True)
class CopyJournal:
    """Make a copy of the journal as it is now, for a backup."""

    by: Name
    secrets: bool = False
    """Whether keys and passwords go into the backup as well: told with it."""


@dataclass(frozen=True, slots=True)
class CopyProgress:
    """How far the copy is."""


@dataclass(frozen=True, slots=True)
class WhyDisarmed:
    """Why nothing is commanded after another storage, and what is remembered of machines."""


@dataclass(frozen=True, slots=True)
class ArmCommands:
    """What is remembered was compared with the machines: let commands pass again."""

    by: Name
    reason: Remark
    seen: Name
    """The mark of the list that was seen."""


@dataclass(frozen=True, slots=True)
class SettleDebt:
    """The machine was seen: what was owed there is over."""

    debt: Name
    by: Name
    reason: Remark


@dataclass(frozen=True, slots=True)
class CommandByHand:
    """Give a command once."""

    equipment: Name
    command: Name
    by: Name
    minutes: Minutes = 0.0
    reason: Remark = ""


@dataclass(frozen=True, slots=True)
class Debts:
    """Everything owed to a machine that a command has moved."""


@dataclass(frozen=True, slots=True)
class MoreTime:
    """Let what is owed to a machine fall due later: so many minutes from now."""

    debt: Name
    minutes: Minutes
    by: Name
    reason: Remark


@dataclass(frozen=True, slots=True)
class SetTime:
    """What time it is, told by a person: local, such as ``2026-11-28 14:05``. The system's clock is left alone."""

    time: Annotated[str, Text(40, least=1, trimmed=True)]
    by: Name


@dataclass(frozen=True, slots=True)
class AskWire:
    """One Modbus question that only reads, between two polls."""

    link: Name
    unit: Unit
    request: Pdu
    seconds: Wait


@dataclass(frozen=True, slots=True)
class ShowChanges:
    """What a reload would change."""


@dataclass(frozen=True, slots=True)
class Reload:
    """Go over to what the site's files say now."""

    by: Annotated[str, Text(200, trimmed=True)] = ""
    """Nobody named: whoever the login belongs to."""
    reason: Remark = ""


@dataclass(frozen=True, slots=True)
class AnnounceLimit:
    """A limit is about to be changed in the files by who asks, who reloads them then."""

    equipment: Name
    parameter: Name
    fingerprint: Annotated[str, Text(64, least=64, form="[0-9a-f]{64}")]
    """Of the files with the new limit."""
    by: Name
    reason: Annotated[str, Text(500, least=1, trimmed=True)]
