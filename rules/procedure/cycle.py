"""One step of the engine as procedures see it: what is known, what they remember, and what they cause."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from drivers.points import Instant, PlantgateError, Reading
from rules import points
from rules.effects import Effects, Row
from rules.facts import AuditFact, When, moment
from rules.model import Origin
from rules.plain import to_plain
from rules.procedure.book import Book
from rules.procedure.compiled import CompiledProcedure
from rules.procedure.run import Run
from rules.procedure.state import ENDED_KEPT, History, ProcedureState
from rules.view import View


@dataclass(slots=True)
class Cycle:
    """Handed to everything that happens in one step."""

    book: Book
    origin: Origin
    view: View
    procedures: ProcedureState
    effects: Effects
    told: list[Reading] = field(default_factory=list)
    """What the engine's own points say now."""
    accounts: Mapping[str, str] = field(default_factory=dict)
    """Person who asks for something in this step -> the login that did."""
    due: float | None = None
    """Monotonic seconds of the earliest moment something here changes by itself."""

    @property
    def jobs(self) -> Mapping[str, CompiledProcedure]:
        """``equipment/procedure`` -> what a run of it needs."""
        return self.book.jobs

    @property
    def command_sets(self) -> Mapping[str, CompiledProcedure]:
        """Equipment -> its commands, and what its class says about its duty."""
        return self.book.command_sets

    @property
    def now(self) -> Instant:
        """The moment of this step."""
        return self.view.now

    @property
    def moment(self) -> When:
        """The moment of this step as it travels."""
        return moment(self.view.now)

    def wake(self, seconds: float | None) -> None:
        """Look again after ``seconds``; None: nothing to wait for."""
        if seconds is not None:
            due = self.now.mono + max(0.0, seconds)
            self.due = due if self.due is None else min(self.due, due)

    def keep(self, run: Run) -> None:
        """Store where a run stands."""
        if run.active:
            self.procedures.runs[run.job] = run
        else:
            self.procedures.runs.pop(run.job, None)
            self.procedures.ended[run.id] = run
            self._forget_oldest()
        self.effects.rows.append(Row("run", run.id, to_plain(run)))

    def remember(self, key: str, history: History) -> None:
        """Store what a run or a person's work left behind, and let conditions see it."""
        self.procedures.history[key] = history
        self.effects.rows.append(Row("history", key, to_plain(history)))
        self.tell(key, history)

    def tell(self, key: str, history: History) -> None:
        """Let conditions see a history."""
        self.told += [
            points.made(points.done(key), history.done.wall, history.done),
            points.made(points.failed(key), history.failed, self.now),
            points.made(points.run(key), history.run, self.now),
            points.made(points.reason(key), history.reason, self.now),
        ]

    def refuse(self, code: str, **arguments: object) -> None:
        """Tell who asks why it is not done."""
        self.effects.refused.append(PlantgateError(code, **arguments))

    def audit(self, fact: AuditFact) -> None:
        """Tell headquarters what was done, or what became of it."""
        account = fact.account or self.account(fact.by, fact.why)
        self.effects.events.append(replace(fact, at=self.moment, simulated=self.origin.simulated, account=account))

    def account(self, by: str, run: str) -> str:
        """The login behind what ``by`` does now, or behind the run it belongs to; empty when nobody asked."""
        asked = next((one.account for one in self.procedures.runs.values() if one.id == run and one.by == by), "")
        return asked or self.accounts.get(by, "")

    def _forget_oldest(self) -> None:
        while len(self.procedures.ended) > ENDED_KEPT:
            oldest = next(iter(self.procedures.ended))
            del self.procedures.ended[oldest]
            self.effects.rows.append(Row("run", oldest, None))
