"""A command that a person gives outside of any test: through the same objections, audit and outcome as a test's own."""

from drivers.points import Effect
from rules.facts import AuditFact, Objection
from rules.inputs import Extend, GiveCommand, Outcome
from rules.model import Equipment, EquipmentClass
from rules.procedure import debts
from rules.procedure.admission import against, reserved
from rules.procedure.compiled import CompiledProcedure, CompiledStep
from rules.procedure.cycle import Cycle
from rules.procedure.model import Procedure, Step, StepKind
from rules.procedure.orphan import machines_of
from rules.procedure.state import DUE
from rules.procedure.target import text_of
from rules.view import View

ID = "by-hand"
LONGEST = 24 * 3600.0
"""Seconds for which one act of an engineer may put off what is owed."""


def procedure(cls: EquipmentClass, equipment: Equipment) -> Procedure:
    """Every command of ``equipment`` that something carries out, as the steps of a procedure nobody runs as such."""
    steps = tuple(Step(StepKind.COMMAND, command=name) for name in cls.commands if name in equipment.commands)
    return Procedure(ID, cls.id, {}, steps)


def give(cycle: Cycle, request: GiveCommand) -> None:
    """Audit the command and hand it over, or refuse it with the first reason against it.

    What its effect forbids in this situation, ``envelope.FORBIDS`` says. One that does not give the equipment back also
    waits for a test on the same supply or machine, and for what is due there. What leaves the duty mode owes it back:
    ``debts``.
    """
    command_set = cycle.command_sets.get(request.equipment)
    action = command_set.action(request.command) if command_set is not None else None
    if command_set is None or action is None:
        known = ", ".join(one.command for one in command_set.main) if command_set else "-"
        cycle.refuse("byhand.no-command", equipment=request.equipment, command=request.command, known=known)
        return
    if found := _against(cycle, command_set, action, request):
        cycle.refuse(found[0].code, **found[0].arguments)
    elif action.safe:
        debts.give_safe(cycle, command_set, action, request.id, request.by)
    else:
        debts.move(cycle, command_set, action, request.id, "", request.by, request.seconds or DUE)
        if request.seconds > DUE:
            _audit_more_time(cycle, f"{request.id}/extend", command_set.equipment.id, request)


def extend(cycle: Cycle, request: Extend) -> None:
    """Let a debt fall due later, or refuse it."""
    error = _too_long(request.seconds, request.reason)
    if error is None and not debts.extend(cycle, request.debt, request.seconds):
        error = Objection("debt.none-to-extend", {"debt": request.debt})
    if error is not None:
        cycle.refuse(error.code, **error.arguments)
        return
    debt = cycle.procedures.obligations[request.debt]
    _audit_more_time(cycle, f"{debt.key}/extend", debt.equipment, request)


def _against(
    cycle: Cycle, command_set: CompiledProcedure, action: CompiledStep, request: GiveCommand
) -> list[Objection]:
    book, procedures, view = cycle.book, cycle.procedures, cycle.view
    found = against(action.effect, command_set, book, procedures, view) if action.effect is not None else []
    if action.safe:
        return found
    found = [*reserved(command_set, book, procedures, manual=True), *found]
    if action.effect is not None and action.effect.moves:
        found += [
            cause for cause in (_unpayable(command_set, action), _unknown_mode(command_set, view)) if cause is not None
        ]
    if action.effect is Effect.START:
        found += _not_at_rest(cycle, command_set, action)
    error = _too_long(request.seconds, request.reason) if request.seconds > DUE else None
    return [*found, *([error] if error is not None else [])]


def _unpayable(command_set: CompiledProcedure, action: CompiledStep) -> Objection | None:
    if command_set.payment is not None:
        return None
    return Objection("byhand.no-safe", {"equipment": command_set.equipment.id, "command": action.command})


def _unknown_mode(command_set: CompiledProcedure, view: View) -> Objection | None:
    """Nobody could tell later whether a person has moved it since."""
    if command_set.person is None or None not in command_set.person.stand(view):
        return None
    return Objection("byhand.mode-unknown", {"equipment": command_set.equipment.id})


def _not_at_rest(cycle: Cycle, command_set: CompiledProcedure, action: CompiledStep) -> list[Objection]:
    """It is started from standing still, and once: until it was given back it may be starting still."""
    found = []
    if any(debt.effect is Effect.START for debt in debts.owed(cycle.procedures, command_set.equipment.id)):
        found.append(
            Objection("byhand.given-already", {"equipment": command_set.equipment.id, "command": action.command})
        )
    if command_set.rest is not None and (value := command_set.rest.holds(cycle.view)) is not True:
        shown = "unknown" if value is None else "false"
        found.append(Objection("procedure.requires", {"condition": command_set.rest.condition.text, "value": shown}))
    return found


def _too_long(seconds: float, reason: str) -> Objection | None:
    if not reason.strip():
        return Objection("debt.reason")
    if not 0 < seconds <= LONGEST:
        return Objection("debt.too-long", {"minutes": f"{seconds / 60:g}", "most": f"{LONGEST / 60:g}"})
    return None


def _audit_more_time(cycle: Cycle, identity: str, equipment: str, request: GiveCommand | Extend) -> None:
    detail = f"{request.seconds / 60:g} min"
    machine = text_of(machines_of(equipment, cycle.book, cycle.procedures))
    fact = AuditFact(
        identity, "extend", equipment, request.by, request.reason, Outcome.DONE, detail=detail, machine=machine
    )
    cycle.audit(fact)
