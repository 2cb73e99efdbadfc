"""One run carried on: the step it is in, what ends that step, and how every way out leads through ``always``."""

from dataclasses import dataclass, replace

from drivers.points import Instant
from rules.facts import Objection
from rules.inputs import CommandResult, Outcome
from rules.procedure import admission, commanding, debts
from rules.procedure.compiled import CompiledProcedure, CompiledStep, RecordedValue, Take
from rules.procedure.cycle import Cycle
from rules.procedure.model import StepKind
from rules.procedure.proof import LOOK, Trial
from rules.procedure.report import ended
from rules.procedure.run import Phase, Run, Verdict

STEPS_ALLOWED = 200
"""Steps of one run done in one step of the engine; branches never go back, so this is never reached."""


@dataclass(slots=True)
class RunProgress:
    """Carries on one run in one cycle. The run is stored whenever it comes to another step."""

    cycle: Cycle
    job: CompiledProcedure
    run: Run

    def advance(self) -> None:
        """Go as far as what is known allows."""
        before = self.run
        self._sample()
        self._interrupt()
        for _ in range(STEPS_ALLOWED):
            if not self.run.active or not self._step():
                break
        if replace(self.run, values=before.values, trial=before.trial) != before:
            self.cycle.keep(self.run)
        elif self.run is not before:
            self.cycle.procedures.runs[self.run.job] = self.run

    def leave(self, verdict: Verdict, *causes: Objection) -> None:
        """Out of what is being done, into ``always``."""
        self.run = self.run.leave(verdict, self.cycle.now, *causes)

    def answered(self, outcome: Outcome, detail: str) -> None:
        """The command the run waits for has its outcome."""
        action = self._program[self.run.index]
        trial = self.run.trial and self.run.trial.ended(self.cycle.now)
        self.run = replace(self.run, awaits="", trial=trial)
        if outcome is Outcome.DONE:
            self._next("done")
        elif outcome is Outcome.UNKNOWN:
            # Whether it acted shows in the next ``expect``; it is not given again.
            self._note("procedure.command-unknown", command=action.command)
            self._next("unknown")
        else:
            self._fail(Objection("procedure.command-refused", {"command": action.command, "detail": detail}))

    @property
    def _program(self) -> tuple[CompiledStep, ...]:
        return self.job.main if self.run.phase is Phase.MAIN else self.job.always

    # --- interruptions

    def _interrupt(self) -> None:
        view, run = self.cycle.view, self.run
        if not run.handover and self.job.handover is not None and self.job.handover.run(view) is True:
            self._hand_over()
        if self.run.phase is not Phase.MAIN:
            return
        if causes := admission.ending(self.job, self.cycle.book, self.cycle.procedures, view):
            self.leave(Verdict.ABORTED, *causes)
        elif causes := admission.unguarded(self.job, view):
            self.leave(Verdict.FAILED if admission.violated(self.job, view) else Verdict.ABORTED, *causes)

    def _hand_over(self) -> None:
        self.run = replace(self.run, handover=True)
        if self.run.phase is Phase.MAIN:
            condition = self.job.handover.text if self.job.handover is not None else ""
            self.leave(Verdict.HANDED_OVER, Objection("procedure.handed-over", {"condition": condition}))
        elif self.run.verdict is Verdict.PASSED:
            self._note("procedure.handed-over-late")

    # --- steps

    def _step(self) -> bool:
        """Do what the present step wants; whether the run came further."""
        if self.run.index >= len(self._program):
            self._end_of_program()
            return True
        action = self._program[self.run.index]
        if self._left_out(action):
            self.run = self.run if self.run.begun else self.run.begin(action.text, self.cycle.now)
            self._next("skipped")
            return True
        if action.verb is StepKind.BRANCH:
            taken = action.condition is not None and action.condition.run(self.cycle.view) is True
            self.run = self.run.go(self.run.index + 1 if taken else action.jump)
            return True
        return self._enter(action) if not self.run.begun else self._wait(action)

    def _left_out(self, action: CompiledStep) -> bool:
        if not action.unless_handover:
            return False
        if self.run.handover:
            return True
        # While nobody knows whether the machine is needed, nothing may take it away.
        handover = self.job.handover
        return action.verb is StepKind.COMMAND and handover is not None and handover.run(self.cycle.view) is None

    def _enter(self, action: CompiledStep) -> bool:
        self.run = self.run.begin(action.text, self.cycle.now)
        if action.verb is StepKind.COMMAND:
            return self._command(action)
        if action.verb is StepKind.RECORD:
            for note in action.notes:
                self._set(note, note.expression.run(self.cycle.view))
            self._next("done")
        return True

    def _wait(self, action: CompiledStep) -> bool:
        left = action.limit - self.cycle.now.since(self.run.entered)
        value = action.condition.run(self.cycle.view) if action.condition is not None else None
        if action.verb is StepKind.COMMAND:
            return self._await_outcome()
        if action.verb is StepKind.EXPECT:
            return self._expect(action, value is True, left)
        if action.verb is StepKind.HOLD and value is not True:
            self._fail(Objection("procedure.not-held", {"step": action.text, "value": _word(value)}))
            return True
        if left <= 0:
            self._next("done")
            return True
        self.cycle.wake(left)
        return False

    def _expect(self, action: CompiledStep, met: bool, left: float) -> bool:
        if self._shown(action, met) and not self._unproven(action):
            self._next("done", self._proven(action))
        elif left <= 0:
            self._fail(Objection("procedure.not-in-time", {"step": action.text, "seconds": f"{action.limit:g}"}))
        else:
            self.cycle.wake(min(left, LOOK) if met else left)
            return False
        return True

    def _shown(self, action: CompiledStep, met: bool) -> bool:
        """Whether what is expected was seen; after a command only what was asked for since its end shows it."""
        run = self.run
        if run.trial is None or action.evidence is None:
            return met
        # A command that was left behind may never tell its end: from here on nothing of it is waited for.
        begun = run.trial if run.trial.looked is not None else run.trial.ended(self.cycle.now)
        trial = begun.look(action.evidence.reads, met, self.cycle.view)
        self.run = replace(run, trial=trial)
        return trial.proven

    def _proven(self, action: CompiledStep) -> Instant:
        """When what was expected was first seen; the samples after that only confirm it."""
        trial = self.run.trial
        if trial is None:
            return self.cycle.now
        if trial.before:
            self._note("procedure.unchanged", step=action.text)
        self.run = replace(self.run, trial=trial.again())
        return trial.first or self.cycle.now

    def _unproven(self, action: CompiledStep) -> bool:
        """Whether the command before this step still lacks the proof of its class."""
        owed = debts.owed(self.cycle.procedures, self.job.equipment.id)
        safe = any(one.demanded and one.verb == action.proves for one in owed)
        moved = (one for one in owed if one.given == action.proves and not one.demanded)
        command_set = self.cycle.command_sets.get(self.job.equipment.id)
        given = command_set.action(action.proves) if command_set is not None else None
        return safe or (given is not None and given.evidence is not None and any(not one.trial.proven for one in moved))

    # --- commands

    def _command(self, action: CompiledStep) -> bool:
        if action.safe:
            mark = f"{self.run.id}/{len(self.run.steps)}"
            debts.demand(self.cycle, self._command_set, action, mark, self.run.id, self.run.by)
            self._next("done")
            return True
        mark = f"{self.run.phase}/{self.run.index}"
        if mark in self.run.issued:
            self._next("skipped")
        elif causes := self._against(action):
            self._forbidden(causes)
        else:
            self._give(action, mark)
        return True

    def _against(self, action: CompiledStep) -> list[Objection]:
        if action.effect is None:
            return []
        return admission.against(action.effect, self.job, self.cycle.book, self.cycle.procedures, self.cycle.view)

    def _forbidden(self, causes: list[Objection]) -> None:
        if self.run.phase is Phase.MAIN:
            # Nothing is said about the equipment.
            self.leave(Verdict.ABORTED, *causes)
        else:
            self._fail(*causes)

    def _give(self, action: CompiledStep, mark: str) -> None:
        command = f"{self.run.id}/{len(self.run.steps)}"
        debts.move(self.cycle, self._command_set, action, command, self.run.id, self.run.by)
        first = self._program[action.proof].evidence if action.proof >= 0 else None
        trial = Trial(first.holds(self.cycle.view) if first is not None else None)
        self.run = replace(self.run, issued=(*self.run.issued, mark), awaits=command, trial=trial)

    @property
    def _command_set(self) -> CompiledProcedure:
        """Its commands, and what its class says about its duty."""
        return self.cycle.command_sets[self.job.equipment.id]

    def _await_outcome(self) -> bool:
        left = commanding.ANSWER - self.cycle.now.since(self.run.entered)
        if left > 0 and self.run.awaits:
            self.cycle.wake(left)
            return False
        debts.answered(self.cycle, CommandResult(self.run.awaits, Outcome.UNKNOWN))
        self.answered(Outcome.UNKNOWN, "")
        return True

    # --- ends of steps

    def _next(self, outcome: str, at: Instant | None = None) -> None:
        self.run = self.run.end(outcome, at or self.cycle.now).go(self.run.index + 1)

    def _fail(self, *causes: Objection) -> None:
        if self.run.phase is Phase.MAIN:
            self.run = self.run.end("failed", self.cycle.now)
            self.leave(Verdict.FAILED, *causes)
            return
        # The way back goes on whatever fails on it; a test that cannot restore its equipment has not passed.
        verdict = Verdict.FAILED if self.run.verdict is Verdict.PASSED else self.run.verdict
        self.run = replace(self.run, verdict=verdict, causes=(*self.run.causes, *causes))
        self._next("failed")

    def _note(self, code: str, **arguments: str) -> None:
        self.run = replace(self.run, causes=(*self.run.causes, Objection(code, arguments)))

    def _end_of_program(self) -> None:
        if self.run.phase is Phase.MAIN:
            self.leave(Verdict.PASSED)
            return
        self._finish_notes()
        self.run = ended(self.run, self.job, self.cycle)

    # --- values

    def _sample(self) -> None:
        for note in self.job.notes:
            if note.take in (Take.MIN, Take.MAX):
                self._set(note, _extreme(note, self.run, note.expression.run(self.cycle.view)))

    def _finish_notes(self) -> None:
        for note in self.job.notes:
            if note.take is Take.LAST:
                self._set(note, note.expression.run(self.cycle.view))
            elif note.take is Take.TIME_TO:
                self._set(note, _time_to(note, self.run))

    def _set(self, note: RecordedValue, value: object) -> None:
        shown = value if isinstance(value, bool | int | float | str) else None
        if note.text not in self.run.values or self.run.values[note.text] != shown:
            self.run = replace(self.run, values={**self.run.values, note.text: shown})


def _extreme(note: RecordedValue, run: Run, value: object) -> object:
    before = run.values.get(note.text)
    if not isinstance(value, int | float):
        return before
    if not isinstance(before, int | float):
        return value
    return min(before, value) if note.take is Take.MIN else max(before, value)


def _time_to(note: RecordedValue, run: Run) -> float | None:
    main = [step for step in run.steps if step.phase == Phase.MAIN]
    ended = next((one.started + one.seconds for one in main if one.index == note.step and one.outcome == "done"), None)
    given = [step.started for step in main if step.text.startswith(StepKind.COMMAND) and step.index < note.step]
    return None if ended is None else round(ended - (given[-1] if given else 0.0), 3)


def _word(value: object) -> str:
    return "unknown" if value is None else str(value).lower()
