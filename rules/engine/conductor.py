"""What the engine does about procedures in each step: answers people, begins runs and carries them on."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from drivers.points import Reading
from rules.effects import Effects
from rules.engine.rulebook import Rulebook
from rules.engine.state import EngineState
from rules.facts import Objection, ReadingFact, SystemFact
from rules.inputs import (
    AbortRun,
    Arm,
    AskRelease,
    CommandResult,
    ConfirmRelease,
    Disarm,
    Extend,
    GiveCommand,
    Hold,
    Identified,
    Lockout,
    ManualReading,
    ProcedureInput,
    ServiceDone,
    Settle,
    Shutdown,
    StartRun,
    StorageState,
)
from rules.model import Equipment, Origin
from rules.procedure import (
    debt_discharge,
    debts,
    disarm,
    gateway_points,
    hold,
    lockout,
    manual_command,
    orphan,
    service,
    starting,
)
from rules.procedure.cycle import Cycle
from rules.procedure.progress import RunProgress
from rules.procedure.run import Phase, Run, Verdict
from rules.procedure.state import History


def _accounts(requests: Sequence[ProcedureInput]) -> dict[str, str]:
    """Person -> login, of those who ask in this step."""
    named = ((getattr(one, "by", ""), getattr(one, "account", "")) for one in requests)
    return {by: account for by, account in named if account}


class Conductor:
    """Remembers nothing itself; everything is in ``EngineState.procedures``."""

    def __init__(self, rulebook: Rulebook, origin: Origin) -> None:
        """Conduct the procedures of ``rulebook``."""
        self._rulebook = rulebook
        self._origin = origin
        self._equipment = rulebook.equipment

    def step(
        self, state: EngineState, requests: Sequence[ProcedureInput], fresh: bool, effects: Effects
    ) -> list[Reading]:
        """Do what is due; the readings returned are those of the engine's own points."""
        cycle = Cycle(self._rulebook, self._origin, state.view, state.procedures, effects, accounts=_accounts(requests))
        if fresh:
            self._resume(cycle)
        for request in requests:
            _ANSWERS[type(request)](self, cycle, request)
        hold.look(cycle)
        starting.observed(cycle)
        starting.scheduled(cycle)
        starting.carry_on(cycle)
        debt_discharge.settle(cycle)
        # What was verified a moment ago lets a waiting step go on.
        starting.carry_on(cycle)
        lockout.settle(cycle)
        gateway_points.tell(cycle)
        state.procedures.due = cycle.due
        return cycle.told

    def closed(self, state: EngineState, cause: str, effects: Effects) -> list[Reading]:
        """The order of ``cause`` was closed: a plan its rule asks about is done."""
        cycle = Cycle(self._rulebook, self._origin, state.view, state.procedures, effects)
        for key in self._rulebook.plans_of(cause):
            cycle.remember(key, History(cycle.now))
        return cycle.told

    # --- restart and reload

    def _resume(self, cycle: Cycle) -> None:
        self._tell_histories(cycle)
        service.tell(cycle)
        self._find_orphans(cycle)
        cycle.procedures.told.clear()
        if cycle.procedures.interrupted:
            cycle.procedures.interrupted = False
            debts.forget_unanswered(cycle)
            for run in list(cycle.procedures.runs.values()):
                self._resume_run(cycle, run)
        debts.tell(cycle, sorted({*cycle.command_sets, *(job.equipment.id for job in cycle.jobs.values())}))

    def _find_orphans(self, cycle: Cycle) -> None:
        """A test whose machine is found again was carried on by nobody meanwhile: it goes to its end."""
        before, cycle.procedures.orphans = cycle.procedures.orphans, orphan.orphans(cycle.book, cycle.procedures)
        lost = {one.debt for one in before}
        for run in [run for run in cycle.procedures.runs.values() if run.debt in lost]:
            if not orphan.is_orphan(run.debt, cycle.procedures):
                cycle.keep(run.leave(Verdict.ABORTED, cycle.now, Objection("procedure.machine-lost")))

    def _tell_histories(self, cycle: Cycle) -> None:
        for key in self._rulebook.histories:
            if key not in cycle.procedures.history:
                cycle.remember(key, History(cycle.now))
            else:
                cycle.tell(key, cycle.procedures.history[key])

    def _resume_run(self, cycle: Cycle, run: Run) -> None:
        if orphan.is_orphan(run.debt, cycle.procedures):
            # Nothing can be carried out for it; it is kept until somebody has seen the machine.
            return
        cycle.keep(run.leave(Verdict.ABORTED, cycle.now, Objection("procedure.restart")))

    # --- people

    def _abort(self, cycle: Cycle, request: AbortRun) -> None:
        run = next((run for run in cycle.procedures.runs.values() if run.id == request.run), None)
        if run is None or run.phase is not Phase.MAIN:
            cycle.refuse("procedure.not-running", run=request.run)
            return
        if orphan.is_orphan(run.debt, cycle.procedures):
            cycle.refuse("orphan.standing", debt=run.debt)
            return
        self._end(cycle, run, Objection("procedure.aborted", {"by": request.by, "reason": request.reason}))

    def _shutdown(self, cycle: Cycle, request: Shutdown) -> None:
        for run in list(cycle.procedures.runs.values()):
            if run.phase is Phase.MAIN and not orphan.is_orphan(run.debt, cycle.procedures):
                self._end(cycle, run, Objection("procedure.shutdown", {"by": request.by}))
        # Nobody will watch what people have put as it stands.
        for name in sorted({debt.equipment for debt in cycle.procedures.obligations.values() if not debt.run}):
            debts.demand_all(cycle, name, "shutdown")

    def _end(self, cycle: Cycle, run: Run, cause: Objection) -> None:
        progress = RunProgress(cycle, cycle.jobs[run.job], run)
        progress.leave(Verdict.ABORTED, cause)
        cycle.keep(progress.run)

    def _identify(self, cycle: Cycle, told: Identified) -> None:
        before = cycle.procedures.identities.get(told.device)
        cycle.procedures.identities[told.device] = told
        other = orphan.twin(told.device, cycle.book, cycle.procedures)
        if other and (before is None or before.serial != told.serial):
            named = {"device": told.device, "other": other, "serial": told.serial}
            cycle.effects.events.append(SystemFact("device.twin", named, cycle.moment, cycle.origin.simulated))
        self._find_orphans(cycle)

    def _settle(self, cycle: Cycle, request: Settle) -> None:
        orphan.settle(cycle, request)
        debts.tell(cycle, sorted(cycle.command_sets))

    def _manual(self, cycle: Cycle, request: ManualReading) -> None:
        equipment = self._equipment.get(request.equipment)
        role = self._rulebook.classes[equipment.cls].roles.get(request.role) if equipment is not None else None
        if equipment is None or role is None:
            cycle.refuse("procedure.no-role", equipment=request.equipment, role=request.role)
            return
        fact = ReadingFact(request.equipment, request.role, request.value, role.unit.symbol, request.by, cycle.moment)
        cycle.effects.events.append(replace(fact, simulated=self._origin.simulated))
        self._done_by_hand(cycle, equipment, request.role)

    def _done_by_hand(self, cycle: Cycle, equipment: Equipment, role: str) -> None:
        for plan in self._rulebook.plans.values():
            if plan.for_each == equipment.cls and plan.role == role:
                cycle.remember(f"{equipment.id}/{plan.id}", History(cycle.now))

    # --- the agent

    def _answered(self, cycle: Cycle, result: CommandResult) -> None:
        if not debts.answered(cycle, result):
            return
        run = next((run for run in cycle.procedures.runs.values() if run.awaits == result.command), None)
        if run is not None:
            progress = RunProgress(cycle, cycle.jobs[run.job], run)
            progress.answered(result.outcome, result.detail)
            cycle.keep(progress.run)

    def _storage(self, cycle: Cycle, request: StorageState) -> None:
        cycle.procedures.durable = request.durable


_Answer = Callable[[Conductor, Cycle, Any], None]


def _by(answer: Callable[[Cycle, Any], None]) -> _Answer:
    """An answer that needs nothing of the conductor."""
    return lambda _, cycle, request: answer(cycle, request)


_ANSWERS: dict[type, _Answer] = {
    StartRun: _by(starting.requested),
    AbortRun: Conductor._abort,
    GiveCommand: _by(manual_command.give),
    Extend: _by(manual_command.extend),
    CommandResult: Conductor._answered,
    Lockout: _by(lockout.act),
    AskRelease: _by(lockout.ask),
    ConfirmRelease: _by(lockout.confirm),
    Hold: _by(hold.act),
    Disarm: _by(disarm.act),
    Arm: _by(disarm.arm),
    Settle: Conductor._settle,
    Identified: Conductor._identify,
    ManualReading: Conductor._manual,
    ServiceDone: _by(service.act),
    Shutdown: Conductor._shutdown,
    StorageState: Conductor._storage,
}
