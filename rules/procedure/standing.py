"""What stands against commands, as it is stored: lock-outs, hold, disarmed; and what nobody's files know any more."""

from dataclasses import dataclass

from drivers.points import Instant
from rules.facts import Objection, When
from rules.procedure.envelope import FORBIDS, Ground, Situation
from rules.procedure.target import Target


@dataclass(frozen=True, slots=True)
class LockedOut:
    """Somebody works on the equipment: it takes no command from this gateway."""

    equipment: str
    by: str
    """Its owner."""
    reason: str
    at: When
    machines: tuple[Target, ...] = ()
    """What the equipment was when it was locked out."""
    asked: Instant | None = None
    """Since when it waits for the machine to be given back; None: confirmed."""
    waits: tuple[str, ...] = ()
    """Equipment that was moved, or was owed a safe command, when it was asked for."""

    @property
    def key(self) -> str:
        """Identity: ``equipment/owner``; one person locks one equipment out once."""
        return f"{self.equipment}/{self.by}"

    @property
    def debt(self) -> str:
        """What ``settle`` calls it."""
        return f"lockout/{self.key}"

    @property
    def confirmed(self) -> bool:
        """Whether it stands; before that only giving back is allowed."""
        return self.asked is None


@dataclass(frozen=True, slots=True)
class Release:
    """A supervisor asked to release the lock-out of somebody else, and has to confirm it."""

    lockout: str
    """Its key."""
    put_on: When
    """When it was put on: one that its owner has put on since is another."""
    by: str
    verified: str
    """How it was verified that the owner is away."""
    since: Instant


@dataclass(frozen=True, slots=True)
class CommandHold:
    """Commands are forbidden on the whole gateway (禁止命令) until an engineer releases it."""

    by: str
    reason: str
    at: When


@dataclass(frozen=True, slots=True)
class Disarmed:
    """What is remembered may not be what was done, so nothing is commanded until an engineer has looked."""

    epoch: str
    """Epoch of the journal that began by it; arming is for this one."""
    why: str
    """Why the epoch began, as ``Epoch.reason``."""
    at: When
    present: bool = False
    """It happened while we ran: memory knows what was done, so giving back is allowed."""

    @property
    def ground(self) -> Ground:
        """What it has against commands."""
        situation = Situation.UNREMEMBERED if self.present else Situation.DISARMED
        return Ground(situation, Objection("disarmed.standing", {"why": self.why}), FORBIDS[situation])


@dataclass(frozen=True, slots=True)
class Armed:
    """An engineer has looked at what was remembered when this epoch began."""

    epoch: str
    by: str
    reason: str
    at: When


@dataclass(frozen=True, slots=True)
class Orphan:
    """A lock-out, a test or something owed whose equipment is not what it was: renamed, readdressed, swapped, gone."""

    debt: str
    """What ``settle`` calls it."""
    equipment: str
    machines: tuple[Target, ...]
    by: str

    def reaches(self, machine: Target) -> bool:
        """Whether ``machine`` may be the one it is about: the same wire and unit, or the same serial number."""
        return any(
            one.place == machine.place or (one.serial != "" and one.serial == machine.serial) for one in self.machines
        )
