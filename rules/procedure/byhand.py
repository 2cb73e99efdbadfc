"""A command that a person gives outside of any test: through the same objections, audit and outcome as a test's own."""

from drivers.points import PlantgateError
from rules.inputs import GiveCommand
from rules.model import Equipment, EquipmentClass
from rules.procedure import commanding
from rules.procedure.admission import locked_out, objections
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

    A safe command gives equipment back to its duty: only a lock-out forbids it. Any other must meet no objection that
    would keep a test from starting: interlock true or unknown, a test on the same supply, no durable audit.
    """
    job = hands.get(request.equipment)
    action = _action(job, request.command)
    if job is None or action is None:
        known = ", ".join(one.command for one in job.main) if job else "-"
        code, arguments = "byhand.no-command", {"equipment": request.equipment, "command": request.command}
        round_.effects.refused.append(PlantgateError(code, known=known, **arguments))
        return
    found = locked_out(job, round_.duty) if action.safe else objections(job, round_.duty, round_.view, round_.jobs)
    if found:
        round_.effects.refused.append(PlantgateError(found[0].code, **found[0].arguments))
        return
    commanding.issue(round_, request.id, job, action, "", request.by)


def _action(job: Job | None, command: str) -> Action | None:
    return next((one for one in job.main if one.command == command), None) if job else None
