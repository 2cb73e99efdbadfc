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
    starting,
)
from rules.procedure.progress import RunProgress
from rules.procedure.round import Round
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
        round_ = Round(
            self._rulebook, self._origin, state.view, state.procedures, effects, accounts=_accounts(requests)
        )
        if fresh:
            self._resume(round_)
        for request in requests:
            _ANSWERS[type(request)](self, round_, request)
        hold.look(round_)
        starting.observed(round_)
        starting.scheduled(round_)
        starting.carry_on(round_)
        debt_discharge.settle(round_)
        # What was verified a moment ago lets a waiting step go on.
        starting.carry_on(round_)
        lockout.settle(round_)
        gateway_points.tell(round_)
        state.procedures.due = round_.due
        return round_.told

    def closed(self, state: EngineState, cause: str, effects: Effects) -> list[Reading]:
        """The order of ``cause`` was closed: a plan its rule asks about is done."""
        round_ = Round(self._rulebook, self._origin, state.view, state.procedures, effects)
        for key in self._rulebook.plans_of(cause):
            round_.remember(key, History(round_.now))
        return round_.told

    # --- restart and reload

    def _resume(self, round_: Round) -> None:
        self._tell_histories(round_)
        self._find_orphans(round_)
        round_.procedures.told.clear()
        if round_.procedures.interrupted:
            round_.procedures.interrupted = False
            debts.forget_unanswered(round_)
            for run in list(round_.procedures.runs.values()):
                self._resume_run(round_, run)
        debts.tell(round_, sorted({*round_.command_sets, *(job.equipment.id for job in round_.jobs.values())}))

    def _find_orphans(self, round_: Round) -> None:
        """A test whose machine is found again was carried on by nobody meanwhile: it goes to its end."""
        before, round_.procedures.orphans = round_.procedures.orphans, orphan.orphans(round_.book, round_.procedures)
        lost = {one.debt for one in before}
        for run in [run for run in round_.procedures.runs.values() if run.debt in lost]:
            if not orphan.is_orphan(run.debt, round_.procedures):
                round_.keep(run.leave(Verdict.ABORTED, round_.now, Objection("procedure.machine-lost")))

    def _tell_histories(self, round_: Round) -> None:
        for key in self._rulebook.histories:
            if key not in round_.procedures.history:
                round_.remember(key, History(round_.now))
            else:
                round_.tell(key, round_.procedures.history[key])

    def _resume_run(self, round_: Round, run: Run) -> None:
        if orphan.is_orphan(run.debt, round_.procedures):
            # Nothing can be carried out for it; it is kept until somebody has seen the machine.
            return
        round_.keep(run.leave(Verdict.ABORTED, round_.now, Objection("procedure.restart")))

    # --- people

    def _abort(self, round_: Round, request: AbortRun) -> None:
        run = next((run for run in round_.procedures.runs.values() if run.id == request.run), None)
        if run is None or run.phase is not Phase.MAIN:
            round_.refuse("procedure.not-running", run=request.run)
            return
        if orphan.is_orphan(run.debt, round_.procedures):
            round_.refuse("orphan.standing", debt=run.debt)
            return
        self._end(round_, run, Objection("procedure.aborted", {"by": request.by, "reason": request.reason}))

    def _shutdown(self, round_: Round, request: Shutdown) -> None:
        for run in list(round_.procedures.runs.values()):
            if run.phase is Phase.MAIN and not orphan.is_orphan(run.debt, round_.procedures):
                self._end(round_, run, Objection("procedure.shutdown", {"by": request.by}))
        # Nobody will watch what people have put as it stands.
        for name in sorted({debt.equipment for debt in round_.procedures.obligations.values() if not debt.run}):
            debts.demand_all(round_, name, "shutdown")

    def _end(self, round_: Round, run: Run, cause: Objection) -> None:
        progress = RunProgress(round_, round_.jobs[run.job], run)
        progress.leave(Verdict.ABORTED, cause)
        round_.keep(progress.run)

    def _identify(self, round_: Round, told: Identified) -> None:
        before = round_.procedures.identities.get(told.device)
        round_.procedures.identities[told.device] = told
        other = orphan.twin(told.device, round_.book, round_.procedures)
        if other and (before is None or before.serial != told.serial):
            named = {"device": told.device, "other": other, "serial": told.serial}
            round_.effects.events.append(SystemFact("device.twin", named, round_.moment, round_.origin.simulated))
        self._find_orphans(round_)

    def _settle(self, round_: Round, request: Settle) -> None:
        orphan.settle(round_, request)
        debts.tell(round_, sorted(round_.command_sets))

    def _manual(self, round_: Round, request: ManualReading) -> None:
        equipment = self._equipment.get(request.equipment)
        role = self._rulebook.classes[equipment.cls].roles.get(request.role) if equipment is not None else None
        if equipment is None or role is None:
            round_.refuse("procedure.no-role", equipment=request.equipment, role=request.role)
            return
        fact = ReadingFact(request.equipment, request.role, request.value, role.unit.symbol, request.by, round_.moment)
        round_.effects.events.append(replace(fact, simulated=self._origin.simulated))
        self._done_by_hand(round_, equipment, request.role)

    def _done_by_hand(self, round_: Round, equipment: Equipment, role: str) -> None:
        for plan in self._rulebook.plans.values():
            if plan.for_each == equipment.cls and plan.role == role:
                round_.remember(f"{equipment.id}/{plan.id}", History(round_.now))

    # --- the agent

    def _answered(self, round_: Round, result: CommandResult) -> None:
        if not debts.answered(round_, result):
            return
        run = next((run for run in round_.procedures.runs.values() if run.awaits == result.command), None)
        if run is not None:
            progress = RunProgress(round_, round_.jobs[run.job], run)
            progress.answered(result.outcome, result.detail)
            round_.keep(progress.run)

    def _storage(self, round_: Round, request: StorageState) -> None:
        round_.procedures.durable = request.durable


_Answer = Callable[[Conductor, Round, Any], None]


def _by(answer: Callable[[Round, Any], None]) -> _Answer:
    """An answer that needs nothing of the conductor."""
    return lambda _, round_, request: answer(round_, request)


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
    Shutdown: Conductor._shutdown,
    StorageState: Conductor._storage,
}
