"""One execution of a procedure, as it is stored after each step."""

from dataclasses import dataclass, field, replace
from enum import StrEnum

from drivers.points import Instant, Value
from rules.facts import Objection, RecordFact
from rules.procedure.proof import Trial
from rules.procedure.target import Target


class Phase(StrEnum):
    """Which part of its procedure a run is in."""

    MAIN = "main"
    ALWAYS = "always"
    DONE = "done"


class Verdict(StrEnum):
    """How a run ended."""

    RUNNING = "running"
    PASSED = "passed"
    FAILED = "failed"
    ABORTED = "aborted"
    """A person, an interlock, an unknown guard or a restart ended it: nothing is said about the equipment."""
    HANDED_OVER = "handed_over"
    """The equipment was needed for its real duty."""
    POSTPONED = "postponed"
    """What it requires was not given: it is still due."""
    MISSED = "missed"
    """Nobody could start it in its window."""


@dataclass(frozen=True, slots=True)
class StepRecord:
    """One step that was begun."""

    phase: str
    index: int
    text: str
    started: float
    """Seconds since the run began."""
    seconds: float = 0.0
    outcome: str = ""
    """``done``, ``failed``, ``skipped``, ``left`` (the run went elsewhere); empty while it goes on."""


@dataclass(frozen=True, slots=True)
class Run:
    """Where a run stands."""

    id: str
    """Unique for ever: ``gateway/epoch/equipment/procedure/number``."""
    job: str
    """``equipment/procedure``"""
    by: str
    """Who started it: a person, ``schedule`` or ``device``."""
    started: Instant
    entered: Instant
    """When the present step began."""
    phase: Phase = Phase.MAIN
    index: int = 0
    verdict: Verdict = Verdict.RUNNING
    handover: bool = False
    nominal: str = ""
    """Local time the schedule had meant."""
    causes: tuple[Objection, ...] = ()
    steps: tuple[StepRecord, ...] = ()
    values: dict[str, Value | None] = field(default_factory=dict)
    """Text of a note -> value so far."""
    issued: tuple[str, ...] = ()
    """Moving commands given, as ``phase/index``: none is given again."""
    account: str = ""
    """The login that asked for it; empty when no person did."""
    trial: Trial | None = None
    """The proof of the last moving command; None: none was given."""
    awaits: str = ""
    """The moving command whose outcome the present step waits for."""
    report: RecordFact | None = None
    """Once it is done."""
    machines: tuple[Target, ...] = ()
    """What the equipment was when it began; empty: recorded by an older version."""

    @property
    def active(self) -> bool:
        """Whether it still goes on."""
        return self.phase is not Phase.DONE

    @property
    def debt(self) -> str:
        """What ``settle`` calls it."""
        return f"run/{self.id}"

    def begin(self, text: str, at: Instant) -> "Run":
        """The present step begins now."""
        step = StepRecord(self.phase, self.index, text, round(at.since(self.started), 3))
        return replace(self, entered=at, steps=(*self.steps, step))

    def end(self, outcome: str, at: Instant) -> "Run":
        """The present step ended; unchanged when none goes on."""
        if not self.steps or self.steps[-1].outcome:
            return self
        step = replace(self.steps[-1], outcome=outcome, seconds=round(at.since(self.entered), 3))
        return replace(self, steps=(*self.steps[:-1], step), awaits="")

    def go(self, index: int) -> "Run":
        """At another step, which has not begun."""
        return replace(self, index=index, awaits="")

    def leave(self, verdict: Verdict, at: Instant, *causes: Objection) -> "Run":
        """Out of the main part, or once more into ``always``; the first verdict and every cause stay."""
        ended = self.end("left", at)
        kept = verdict if self.verdict is Verdict.RUNNING else self.verdict
        return replace(ended, phase=Phase.ALWAYS, index=0, verdict=kept, causes=(*self.causes, *causes), awaits="")

    @property
    def begun(self) -> bool:
        """Whether the present step has begun."""
        if not self.steps:
            return False
        last = self.steps[-1]
        return (last.phase, last.index) == (self.phase, self.index) and not last.outcome
