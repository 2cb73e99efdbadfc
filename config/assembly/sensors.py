"""Sensors: equipment we make of each bound role that moves, so that rules can doubt what it reads."""

from collections.abc import Iterable, Iterator, Mapping

from rules.model import Equipment, EquipmentClass, Role, pick

HALF = 0.5
"""No such signal crosses so much of its span within a minute."""


def build_sensors(equipment: Iterable[Equipment], classes: Mapping[str, EquipmentClass]) -> Iterator[Equipment]:
    """One equipment of class ``sensor`` for each role that moves, named ``equipment.role``."""
    for one in equipment:
        for role in classes[one.cls].roles.values():
            if role.moves and role.span is not None and role.name in one.roles:
                yield _sensor(one, role, (role.span[1] - role.span[0]) * HALF)


def _sensor(one: Equipment, role: Role, jump: float) -> Equipment:
    title = {lang: f"{text} {pick(role.title, lang) or role.name}" for lang, text in one.title.items()}
    binding = {"value": one.roles[role.name]}
    return Equipment(f"{one.id}.{role.name}", "sensor", title, binding, {"jump": jump}, one.location, one.asset)
