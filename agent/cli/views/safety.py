"""The section "safety" of ``plantgate check``: what forbids commands, and what commands rely on."""

from collections.abc import Iterator
from itertools import groupby

from agent.cli.shell.console import Console
from config.plant import Plant, Reliance, Safety


def safety_lines(plant: Plant, console: Console) -> Iterator[str]:
    """Findings by equipment and procedure, then every binding and every absence that commands rely on."""
    safety, text = plant.safety, console.texts.text
    if not (safety.findings or safety.relies or safety.without):
        return
    yield text("check.safety")
    for name, findings in safety.unarmed.items():
        yield console.paint(text("check.unarmed", equipment=name), "red")
        yield from (console.texts.finding(finding) for finding in findings)
    for name, finding in safety.unscheduled.items():
        yield console.paint(text("check.unscheduled", procedure=name), "red")
        yield console.texts.finding(finding)
    for (equipment, owner, why), group in groupby(safety.relies, lambda one: _line(one, console)):
        points = console.texts.listed(f"{relied.role} = {relied.point}" for relied in group)
        yield text("check.relies", equipment=equipment, owner=owner, points=points, why=why)
    for equipment, relation, reason in safety.without:
        yield text("check.without", equipment=equipment, relation=relation, reason=reason)


def plain_safety(safety: Safety, console: Console) -> dict[str, object]:
    """The same for programs."""
    return {
        "unarmed": {name: [console.plain(one) for one in found] for name, found in safety.unarmed.items()},
        "unscheduled": {name: console.plain(finding) for name, finding in safety.unscheduled.items()},
        "relies": [
            {
                "equipment": relied.equipment,
                "owner": relied.owner,
                "role": relied.role,
                "point": relied.point,
                "by": relied.provenance.value,
                "proved": relied.proved,
            }
            for relied in safety.relies
        ],
        "without": [{"equipment": one, "relation": relation, "reason": why} for one, relation, why in safety.without],
    }


def _line(relied: Reliance, console: Console) -> tuple[str, str, str]:
    """What the bindings of one line share: whose commands, whose roles, and who vouches for them."""
    why = console.texts.text(f"check.relies-{relied.provenance.value}", by=relied.proved)
    return relied.equipment, relied.owner, why
