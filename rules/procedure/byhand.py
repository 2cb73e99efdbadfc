"""A command that a person gives outside of any test: through the same objections, audit and outcome as a test's own."""

from drivers.points import PlantgateError
from rules.facts import Cause
from rules.inputs import GiveCommand
from rules.model import Equipment, EquipmentClass
from rules.procedure import commanding
from rules.procedure.admission import against, reserved
from rules.procedure.job import Action, Job
from rules.procedure.model import Procedure, Step, Verb
from rules.procedure.round import Round

ID = "by-hand"


def procedure(cls: EquipmentClass, equipment: Equipment) -> Procedure:
    """Every command of ``equipment`` that something carries out, as the steps of a procedure nobody runs as such."""
    steps = tuple(Step(Verb.COMMAND, command=name) for name in cls.commands if name in equipment.commands)
    return Procedure(ID, cls.id, {}, steps)


def give(round_: Round, hands: dict[str, Job], request: GiveCommand) -> None:
    """Audit the command and hand it over, or refuse it with the first reason against it.

    What its effect forbids in this situation, ``envelope.FORBIDS`` says. One that does not give the equipment back also
    waits for a test on the same supply or machine, and for what is owed there.
    """
    job = hands.get(request.equipment)
    action = _action(job, request.command)
    if job is None or action is None:
        known = ", ".join(one.command for one in job.main) if job else "-"
        code, arguments = "byhand.no-command", {"equipment": request.equipment, "command": request.command}
        round_.effects.refused.append(PlantgateError(code, known=known, **arguments))
        return
    found = _against(round_, job, action)
    if found:
        round_.effects.refused.append(PlantgateError(found[0].code, **found[0].arguments))
        return
    commanding.issue(round_, request.id, job, action, "", request.by)


def _against(round_: Round, job: Job, action: Action) -> list[Cause]:
    book, duty, view = round_.book, round_.duty, round_.view
    found = against(action.effect, job, book, duty, view) if action.effect is not None else []
    return found if action.safe else [*reserved(job, book, duty), *found]


def _action(job: Job | None, command: str) -> Action | None:
    return next((one for one in job.main if one.command == command), None) if job else None
