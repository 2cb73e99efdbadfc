"""One debt looked at: proven, moved by a person, fallen due, or to be given once more."""

from dataclasses import dataclass, replace

from drivers.points import Effect
from rules.facts import AuditFact
from rules.inputs import CommandResult, Outcome
from rules.procedure import admission, commanding, debts, orphan, person
from rules.procedure.compiled import CompiledProcedure, CompiledStep
from rules.procedure.cycle import Cycle
from rules.procedure.proof import LOOK
from rules.procedure.state import Obligation

PAUSE, PAUSE_CAP, EAGER = 10.0, 300.0, 6
"""Seconds between two repetitions of a safe command; after so many they get rarer, up to the cap."""


def settle(cycle: Cycle) -> None:
    """Look at every debt. One whose machine is no longer configured stays as it is."""
    for debt in list(cycle.procedures.obligations.values()):
        command_set = cycle.command_sets.get(debt.equipment)
        if orphan.is_orphan(debt.debt, cycle.procedures):
            continue
        payment = command_set.action(debt.verb) if command_set is not None else None
        if command_set is not None and payment is not None:
            Discharge(cycle, command_set, payment, debt).advance()


@dataclass(slots=True)
class Discharge:
    """One debt in one cycle. It is stored when it changed in more than the count of samples."""

    cycle: Cycle
    command_set: CompiledProcedure
    payment: CompiledStep
    debt: Obligation

    def advance(self) -> None:
        """Go as far as what is known allows."""
        before = self.debt
        if self.debt.pending and not self._overtakes:
            self._wait_for_answer()
            return
        self._look()
        if self._paid():
            self._release()
            return
        self._notice_person()
        self._fall_due()
        self._notice_forbidden()
        self._keep(before)
        if self.debt.demanded and not self.debt.by_hand:
            self._give()

    def _keep(self, before: Obligation) -> None:
        if self.debt.bare != before.bare:
            debts.put(self.cycle, self.debt)
        else:
            self.cycle.procedures.obligations[self.debt.key] = self.debt

    def _wait_for_answer(self) -> None:
        left = commanding.ANSWER - self.cycle.now.since(self.debt.last or self.debt.since)
        if left > 0:
            self.cycle.wake(left)
        elif not debts.answered(self.cycle, CommandResult(self.debt.pending, Outcome.UNKNOWN)):
            debts.put(self.cycle, debts.heard(self.debt, self.cycle))

    # --- proof

    def _look(self) -> None:
        debt, evidence, view = self.debt, self._given.evidence if self._given else None, self.cycle.view
        if evidence is None or debt.trial.proven:
            return
        holds = evidence.holds(view) is True
        trial = debt.trial.look(evidence.reads, holds, view)
        self.debt = replace(debt, trial=trial)
        if holds:
            # A sample that shows the same again wakes nobody.
            self.cycle.wake(LOOK)
        if debt.given == debt.verb:
            return
        if trial.proven:
            self._tell("unchanged" if trial.before else "verified", evidence.condition.text)
            self.debt = replace(self.debt, returned=trial.again())
        elif not debt.told:
            self._wait_for_proof(evidence.condition.text)

    def _wait_for_proof(self, text: str) -> None:
        last, limit = self.debt.last, self._given.limit if self._given else 0.0
        left = limit - self.cycle.now.since(last) if last is not None else 0.0
        if left <= 0:
            self._tell("unproven", text)
        else:
            self.cycle.wake(left)

    def _tell(self, outcome: str, detail: str) -> None:
        self.debt = replace(self.debt, told=True)
        given = self.debt.given
        target = self._given.target if self._given else ""
        self._audit(given, outcome, target, detail)

    def _paid(self) -> bool:
        if self.debt.given == self.debt.verb:
            return self.debt.trial.proven
        return self._returned()

    def _returned(self) -> bool:
        """Whether a person has put it back: shown only by a proof that asks for nothing but the mode."""
        evidence, shows, view = self.payment.evidence, self.command_set.person, self.cycle.view
        if evidence is None or shows is None or not set(evidence.reads) <= set(shows.modes):
            return False
        holds = evidence.holds(view) is True
        self.debt = replace(self.debt, returned=self.debt.returned.look(evidence.reads, holds, view))
        if holds and self.debt.returned.looked is not None:
            self.cycle.wake(LOOK)
        return self.debt.returned.proven

    def _release(self) -> None:
        debt, evidence = self.debt, self.payment.evidence
        unchanged = debt.given == debt.verb and debt.trial.before is True
        outcome, text = "unchanged" if unchanged else "verified", evidence.condition.text if evidence else ""
        self._audit(debt.verb, outcome, debt.target, text)
        debts.drop(self.cycle, debt)

    def _audit(self, verb: str, outcome: str, target: str, detail: str) -> None:
        debt, cycle = self.debt, self.cycle
        machine = orphan.machine_of(target, cycle.book, cycle.procedures).text
        fact = AuditFact(
            debt.command, verb, debt.equipment, debt.by, debt.run, outcome, target, detail, machine=machine
        )
        cycle.audit(fact)

    # --- people

    def _notice_person(self) -> None:
        if self.command_set.person is None or self.debt.by_hand:
            return
        view = self.cycle.view
        moved = person.moved(self.command_set, self.debt, view) is True
        self.debt = replace(self.debt, moved=self.debt.moved.look(self.command_set.person.reads, moved, view))
        if self.debt.moved.proven:
            returned = self.debt.moved.again()
            self.debt = replace(self.debt, by_hand=person.MOVED, returned=returned)
            self._tell("by-hand", person.MOVED)
        elif moved:
            self.cycle.wake(LOOK)

    # --- time

    def _fall_due(self) -> None:
        debt, procedures = self.debt, self.cycle.procedures
        if debt.demanded or any(run.id == debt.run for run in procedures.runs.values()):
            return
        left = debt.seconds - self.cycle.now.since(debt.since)
        needed = self.command_set.handover is not None and self.command_set.handover.run(self.cycle.view) is True
        if debt.run or needed or left <= 0:
            mark = f"{debt.run or debt.mark}/due"
            self.debt = replace(debt, demanded=True, mark=mark, attempts=0)
        else:
            self.cycle.wake(left)

    def _give(self) -> None:
        left = self._pause_left()
        if left > 0:
            self.cycle.wake(left)
        elif self.debt.withheld is None and not self._must_wait():
            attempt = self.debt.attempts + 1
            command = f"{self.debt.mark}/{attempt}"
            commanding.issue(self.cycle, command, self.command_set, self.payment, self.debt.run, self.debt.by)
            debt = replace(self.debt, attempts=attempt)
            debts.put(self.cycle, debts.given(debt, self.cycle, self.command_set, self.payment, command))
            self.cycle.wake(commanding.ANSWER)

    def _notice_forbidden(self) -> None:
        book, procedures, view = self.cycle.book, self.cycle.procedures, self.cycle.view
        due = self.debt.demanded and not self.debt.by_hand
        found = admission.against(Effect.SAFE, self.command_set, book, procedures, view) if due else []
        self.debt = replace(self.debt, withheld=found[0] if found else None)

    def _must_wait(self) -> bool:
        """Whether nobody knows who has it, or it is needed and this would take it away."""
        handover = self.command_set.handover if self.payment.unless_handover else None
        needed = handover is not None and handover.run(self.cycle.view) is not False
        waits = needed or person.moved(self.command_set, self.debt, self.cycle.view) is not False
        if waits:
            self.cycle.wake(LOOK)
        return waits

    def _pause_left(self) -> float:
        if self.debt.given != self.debt.verb or self.debt.last is None:
            return 0.0
        pause = min(PAUSE_CAP, PAUSE * 2.0 ** min(10, max(0, self.debt.attempts - EAGER)))
        return pause - self.cycle.now.since(self.debt.last)

    @property
    def _overtakes(self) -> bool:
        """Whether it is to be given back although the command that moves it has not been heard of yet."""
        debt = self.debt
        return debt.demanded and debt.given != debt.verb and not debt.by_hand

    @property
    def _given(self) -> CompiledStep | None:
        return self.command_set.action(self.debt.given)
