"""What the engine remembers of procedures: runs, open commands, obligations, lock-outs, schedules, history."""

from dataclasses import dataclass, field, replace
from typing import Any

from drivers.points import Effect, Instant, Value
from rules.effects import Row
from rules.facts import Objection, When
from rules.inputs import Identified
from rules.plain import from_plain, to_plain
from rules.procedure.proof import NOT_TRIED, Trial
from rules.procedure.run import Run
from rules.procedure.standing import Armed, CommandHold, Disarmed, LockedOut, Orphan, Release
from rules.procedure.target import Target

DUE = 1800.0
"""Seconds a machine that was moved by hand may stay so; longer only by an act of its own."""
OWED = "owed/"
"""Begins the name of what a command left owed."""
OUTCOMES_KEPT = 50
ENDED_KEPT = 50
"""Runs that ended and are still kept for lists; their records are events."""


@dataclass(frozen=True, slots=True)
class CommandRecord:
    """A command that was given and whose outcome nobody has told yet."""

    id: str
    run: str
    equipment: str
    verb: str
    target: str
    safe: bool
    by: str
    at: When
    machine: Target | None = None
    """What it was given to; None: recorded by an older version."""
    account: str = ""
    """The login that asked for it."""


@dataclass(frozen=True, slots=True)
class Obligation:
    """What a command that left the duty mode owes: a safe command, until the machine is seen to be back."""

    equipment: str
    verb: str
    """The safe command that gives it back."""
    target: str
    """``device.command`` of that."""
    run: str
    """The test that moved it; empty: a person did."""
    by: str
    since: Instant
    """When it was first moved."""
    seconds: float = DUE
    """After so many it falls due by itself; not while its test goes on, which gives back at its end."""
    demanded: bool = False
    """Whether it is to be given back now; else it may still stand as it was put."""
    mark: str = ""
    """What names the commands it is paid with."""
    attempts: int = 0
    effect: Effect = Effect.SAFE
    """Of the last command that left the duty mode."""
    given: str = ""
    """The verb that was given last, of whatever effect."""
    command: str = ""
    """Identity of that command."""
    last: Instant | None = None
    """When it was given, or when its outcome was told."""
    pending: str = ""
    """The command whose outcome is not known yet."""
    stood: list[Value | None] = field(default_factory=list)
    """The mode as it was told before that command, point by point."""
    unseen: list[str] = field(default_factory=list)
    """Verbs given before it whose mode was never seen: what they make of it is ours as well."""
    earlier: list[list[Value | None]] = field(default_factory=list)
    """The mode as it was told before each of those."""
    trial: Trial = NOT_TRIED
    """The proof of that command."""
    told: bool = False
    """Whether it was told that it was proven, or was not in its time."""
    moved: Trial = NOT_TRIED
    """The proof that a person has moved it since."""
    returned: Trial = NOT_TRIED
    """The proof that it is back in its duty mode without a command of ours."""
    machines: tuple[Target, ...] = ()
    """What the equipment was when it was moved; empty: recorded by an older version."""
    by_hand: str = ""
    """Code of the reason why it is not given again: people finish at the machine. Empty: it is."""
    withheld: Objection | None = None
    """What forbids giving it back now that it is due; it is given once that is gone."""

    @property
    def stuck(self) -> bool:
        """Whether the machine stands as it was put until people do something."""
        return bool(self.by_hand) or self.withheld is not None

    @property
    def key(self) -> str:
        """Identity: ``equipment/verb``, and where the machine is reached."""
        place = next((one.key for one in self.machines if one.wire), "")
        return f"{self.equipment}/{self.verb}@{place}" if place else f"{self.equipment}/{self.verb}"

    @property
    def debt(self) -> str:
        """What people and ``settle`` call it."""
        return f"{OWED}{self.key}"

    @property
    def bare(self) -> "Obligation":
        """Without what samples have shown so far, which is not stored for itself."""
        return replace(self, trial=NOT_TRIED, moved=NOT_TRIED, returned=NOT_TRIED)


@dataclass(frozen=True, slots=True)
class ScheduleMark:
    """How far a schedule has come; it never goes back."""

    nominal: str
    """Local time, as ISO text, of the latest start that was dealt with."""
    schedule: str = ""
    """The schedule it belongs to: another one begins anew, and starts nothing by being written."""


@dataclass(frozen=True, slots=True)
class History:
    """What past runs of a procedure, or the work of a plan, left behind."""

    done: Instant
    """When it last passed, or when it was first seen."""
    failed: bool = False
    """Whether the latest run with a verdict about the equipment failed."""
    run: str = ""
    reason: str = ""
    """The text of the cause why it failed."""
    number: int = 0
    """Runs counted so far."""


@dataclass(frozen=True, slots=True)
class ServiceRecord:
    """The last service of equipment by its running hours."""

    counted: float
    """What the counter had counted then, in its unit, counters before it included."""
    by: str
    note: str
    at: When


@dataclass(slots=True)
class ProcedureState:
    """Everything of it; ``runs`` holds at most one active run per ``equipment/procedure``."""

    runs: dict[str, Run] = field(default_factory=dict)
    ended: dict[str, Run] = field(default_factory=dict)
    """By run id, oldest first."""
    commands: dict[str, CommandRecord] = field(default_factory=dict)
    obligations: dict[str, Obligation] = field(default_factory=dict)
    lockouts: dict[str, LockedOut] = field(default_factory=dict)
    marks: dict[str, ScheduleMark] = field(default_factory=dict)
    history: dict[str, History] = field(default_factory=dict)
    services: dict[str, ServiceRecord] = field(default_factory=dict)
    """By equipment."""
    outcomes: dict[str, str] = field(default_factory=dict)
    """What became of the latest commands, by id, oldest first; not kept over a restart."""
    hold: CommandHold | None = None
    disarmed: Disarmed | None = None
    armed: Armed | None = None
    releases: dict[str, Release] = field(default_factory=dict)
    """Asked for and not confirmed yet, by token; not kept over a restart."""
    identities: dict[str, Identified] = field(default_factory=dict)
    """Device -> who answers as it; not kept over a restart."""
    orphans: tuple[Orphan, ...] = ()
    """What is owed, locked or under test and whose machine is not what it was; found again at every start."""
    told: dict[str, Value] = field(default_factory=dict)
    """What the gateway's own points say of all this."""
    interrupted: bool = True
    """Whether the process has just begun, so that whatever was under way has stopped."""
    durable: bool = True
    """Whether what is decided is stored."""
    seen: dict[str, bool | None] = field(default_factory=dict)
    """What ``observes`` was at the last look."""
    noticed: dict[str, Instant] = field(default_factory=dict)
    """When a missed start that is to be run was noticed."""
    look: float | None = None
    """Monotonic seconds of the next look at the calendar; None: now, or never without schedules."""
    due: float | None = None
    """Monotonic seconds at which something must be looked at again."""

    @property
    def changes_with_time(self) -> bool:
        """Whether anything durable is in it, so that it matters how long the box is on."""
        return bool(self.runs) or any(getattr(self, name) for _, name in _KINDS.values())

    def take(self, row: Row) -> bool:
        """Put a stored row back; False when it is none of ours. Raises PlainError."""
        if row.table == "run":
            self._take_run(from_plain(Run, row.body))
            return True
        if row.table in _SINGLES:
            setattr(self, row.table, None if row.body is None else from_plain(_SINGLES[row.table], row.body))
            return True
        kind = _KINDS.get(row.table)
        if kind is None:
            return False
        shape, name = kind
        body = _renewed(row.body) if shape is Obligation and row.body is not None else row.body
        getattr(self, name)[row.key] = from_plain(shape, body)
        return True

    def rows(self) -> list[Row]:
        """Everything durable."""
        rows = [Row("run", run.id, to_plain(run)) for run in (*self.ended.values(), *self.runs.values())]
        for table, (_, name) in _KINDS.items():
            rows += [Row(table, key, to_plain(entry)) for key, entry in getattr(self, name).items()]
        return rows + [single_row(table, one) for table in _SINGLES if (one := getattr(self, table)) is not None]

    def _take_run(self, run: Run) -> None:
        if run.active:
            self.runs[run.job] = run
        else:
            self.ended[run.id] = run


def single_row(table: str, entry: object | None) -> Row:
    """The durable row of what there is one of on a gateway; None: there is none any more."""
    return Row(table, "", None if entry is None else to_plain(entry))


def _renewed(body: dict[str, Any]) -> dict[str, Any]:
    """An obligation as version 0.1 stored it, which was always to be given back at once."""
    if "demanded" in body:
        return body
    return body | {"demanded": True, "mark": f"{body.get('run')}/{body.get('step')}/resumed"}


_SINGLES: dict[str, type[Any]] = {"hold": CommandHold, "disarmed": Disarmed, "armed": Armed}
"""Table, and name in ``ProcedureState`` -> what there is one of."""
_KINDS: dict[str, tuple[type[Any], str]] = {
    "command": (CommandRecord, "commands"),
    "obligation": (Obligation, "obligations"),
    "lockout": (LockedOut, "lockouts"),
    "schedule": (ScheduleMark, "marks"),
    "history": (History, "history"),
    "service": (ServiceRecord, "services"),
}
