"""Words that have been renamed and are still read, in files of a site: told by ``check``, renamed by ``migrate``."""

from collections.abc import Iterable, Iterator

from config.plant import Plant
from drivers.points import Finding
from rules.condition.tokens import FORMER, former_names
from rules.errors import ConditionError
from rules.model import EquipmentClass, Source
from rules.procedure.model import Procedure, Step

RENAMED = "doubt.renamed"
"""A finding: its arguments ``old`` and ``new`` are the text at its place, and what belongs there."""


def renamed(plant: Plant) -> Iterator[Finding]:
    """Each former word in a condition of the site."""
    for source in _sources(plant):
        place = source.place
        if place is None or place.file.startswith("config/"):
            continue
        for offset, old in _former(source.text):
            yield Finding(RENAMED, place.at(offset), {"old": old, "new": FORMER[old]}, FORMER[old])


def _former(text: str) -> list[tuple[int, str]]:
    try:
        return [(token.offset, token.text) for token in former_names(text)]
    except ConditionError:
        return []  # told where conditions are compiled


def _sources(plant: Plant) -> Iterator[Source]:
    for rule in plant.rules:
        yield from rule.conditions
    for one in plant.equipment:
        yield from (interlock.when for interlock in one.interlocks)
    for cls in plant.classes.values():
        yield from _of_class(cls)
    for procedure in plant.procedures:
        yield from _of_procedure(procedure)


def _of_class(cls: EquipmentClass) -> Iterator[Source]:
    yield from cls.terms.values()
    yield from cls.protection


def _of_procedure(procedure: Procedure) -> Iterator[Source]:
    yield from filter(None, (procedure.handover, procedure.observes))
    yield from (*procedure.requires, *procedure.guard, *procedure.record)
    yield from _of_steps((*procedure.steps, *procedure.always))


def _of_steps(steps: Iterable[Step]) -> Iterator[Source]:
    for step in steps:
        yield from filter(None, (step.condition, *step.records))
        yield from _of_steps((*step.then, *step.otherwise))
