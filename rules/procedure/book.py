"""The part of the rulebook that decides on commands."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from drivers.points import Finding
from rules.model import Equipment
from rules.procedure.compiled import CompiledProcedure
from rules.procedure.target import Target
from rules.view import View


@dataclass(frozen=True, slots=True)
class HoldInput:
    """The digital input that holds all commands, such as a key switch."""

    point: str
    active: bool
    """Its value that holds."""
    slot: int = -1
    """Where its readings go."""

    def holds(self, view: View) -> bool:
        """Whether it holds now: unknown means yes."""
        return view.values[self.slot] is not (not self.active)

    def latches(self, view: View) -> bool:
        """Whether it holds although it was read: one that was never read holds, and lets go by itself."""
        return view.readings[self.slot] is not None and self.holds(view)


class Book(Protocol):
    """What ``Rulebook`` is to procedures."""

    @property
    def jobs(self) -> Mapping[str, CompiledProcedure]:
        """``equipment/procedure`` -> what a run of it needs."""

    @property
    def command_sets(self) -> Mapping[str, CompiledProcedure]:
        """Equipment that takes commands -> what a command by hand needs."""

    @property
    def equipment(self) -> Mapping[str, Equipment]:
        """By id."""

    @property
    def machines(self) -> Mapping[str, Target] | None:
        """Device -> the machine; None where nobody resolves them and none is identified, as in a rule test."""

    @property
    def unarmed(self) -> Mapping[str, tuple[Finding, ...]]:
        """Equipment whose commands are refused -> the safety findings against it."""

    @property
    def service_counters(self) -> Mapping[str, int]:
        """Equipment -> the slot of its hours since service."""

    @property
    def hold(self) -> HoldInput | None:
        """The input that holds all commands, where there is one."""
