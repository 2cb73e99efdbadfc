"""Procedures: what stands in ``always``, what proves a safe command, and which may start by themselves."""

from collections.abc import Iterable, Iterator
from itertools import takewhile

from config.safety.site import CheckedSite
from config.schema.plant import GatewaySupply
from drivers.points import Effect, Finding
from rules.condition.reads import Read, reads
from rules.model import Equipment, EquipmentClass
from rules.procedure.model import Procedure, Step, StepKind


def step_findings(one: Equipment, site: CheckedSite) -> Iterator[Finding]:
    """What the procedures for ``one`` do that their class does not allow."""
    cls = site.classes[one.cls]
    for procedure in _procedures(one, site):
        for step in _given(procedure.always):
            command = cls.commands.get(step.command)
            if command is not None and command.effect is not Effect.SAFE:
                named: dict[str, object] = {
                    "command": step.command,
                    "effect": command.effect.value,
                    "procedure": procedure.id,
                }
                yield Finding("safety.always", step.place, named)
        yield from _weak(procedure, one, site)


def schedule_findings(site: CheckedSite) -> dict[str, Finding]:
    """Procedures that leave the automatic mode while the gateway may lose its power -> why they wait for a person."""
    fields = site.loaded.fields.site
    if fields.gateway_supply is GatewaySupply.UPS:
        return {}
    place = site.loaded.file.value(("site", "gateway_supply"))
    return {
        procedure.id: Finding("safety.schedule", place, {"procedure": procedure.id}, "gateway_supply: ups")
        for procedure in site.tasks.procedures or ()
        if procedure.schedule is not None and _leaves(procedure, site) and _applies(procedure, site)
    }


def _applies(procedure: Procedure, site: CheckedSite) -> bool:
    return any(procedure in _procedures(one, site) for one in site.commanding())


def _procedures(one: Equipment, site: CheckedSite) -> list[Procedure]:
    known = site.tasks.procedures or ()
    return [each for each in known if each.for_each == one.cls and not one.lacks(each.needs)]


def _leaves(procedure: Procedure, site: CheckedSite) -> bool:
    commands = site.classes[procedure.for_each].commands
    given = (commands.get(step.command) for step in _given((*procedure.steps, *procedure.always)))
    return any(command is not None and command.effect.moves for command in given)


def _given(steps: Iterable[Step]) -> Iterator[Step]:
    for step in steps:
        if step.verb is StepKind.COMMAND:
            yield step
        yield from _given((*step.then, *step.otherwise))


def _weak(procedure: Procedure, one: Equipment, site: CheckedSite) -> Iterator[Finding]:
    """What a step waits for after a safe command must look at what proves it, or a test passes unproven."""
    cls = site.classes[one.cls]
    for command, expects in _proofs((*procedure.steps, *procedure.always), cls):
        proof = cls.commands[command].proof
        if proof is None or not expects:
            continue
        scope = site.scope(one)
        wanted = _bound(reads(proof.text, scope), one)
        seen = _bound((read for step in expects if step.condition for read in reads(step.condition.text, scope)), one)
        if not seen & wanted:
            named: dict[str, object] = {"command": command, "proof": proof.text, "procedure": procedure.id}
            yield Finding("safety.proof", expects[0].place, named, f"expect: {proof.text}")


def _bound(found: Iterable[Read], one: Equipment) -> set[Read]:
    return {read for read in found if not read.parameter and (read.equipment != one.id or read.name in one.roles)}


def _proofs(steps: tuple[Step, ...], cls: EquipmentClass) -> Iterator[tuple[str, list[Step]]]:
    """Each safe command with the steps up to the next command that wait for something."""
    for index, step in enumerate(steps):
        command = cls.commands.get(step.command) if step.verb is StepKind.COMMAND else None
        if command is not None and command.effect is Effect.SAFE:
            after = takewhile(lambda later: later.verb is not StepKind.COMMAND, steps[index + 1 :])
            yield (
                step.command,
                [later for later in after if later.verb is StepKind.EXPECT and not later.unless_handover],
            )
        for inner in (step.then, step.otherwise):
            yield from _proofs(inner, cls)
