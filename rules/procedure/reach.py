"""Whose lock-out forbids commands to an equipment: itself, what it is tied to, what it could energise."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from drivers.points import Effect
from rules.model import Equipment, EquipmentClass

ELECTRICAL = "elec"
"""Project Haystack tag of what belongs to the supply of power."""
_ENERGISING = frozenset({Effect.START, Effect.SWITCH, Effect.TEST})
_ANY = "*"
"""Feeds, or is fed by, whatever there is: nobody has said what."""


class Supply:
    """The supply graph of a site: what feeds what, by ``supply`` and relations, through every board between."""

    def __init__(self, equipment: Iterable[Equipment], classes: Mapping[str, EquipmentClass]) -> None:
        """Draw the graph once; ``reach`` is asked for each equipment that takes commands."""
        self._all = {one.id: one for one in equipment}
        self._classes = classes
        self._tied: dict[str, set[str]] = defaultdict(set)
        for one in self._all.values():
            for other in one.relations.values():
                self._tied[one.id].add(other)
                self._tied[other].add(one.id)
        self._fed: dict[str, set[str]] = defaultdict(set)
        for name, one in self._all.items():
            # A source is not fed by the mains it stands by for.
            for feeder in self._upwards(one, relations=not self._energises(one)):
                self._fed[feeder].add(name)

    def reach(self, equipment: Equipment) -> frozenset[str]:
        """Every equipment whose lock-out forbids commands to ``equipment``.

        A source reaches all that has a feeder in common with it, however many boards lie between. One of which nobody
        has said what it feeds reaches everything electrical, and everything electrical of which nobody has said what
        feeds it is reached by every source.
        """
        found = {equipment.id, *self._tied[equipment.id]}
        if self._energises(equipment):
            shared = [self._fed[feeder] for feeder in self._upwards(equipment) | {_ANY} if feeder in self._fed]
            found = found.union(*shared)
            if not equipment.supply:
                found |= {name for name, one in self._all.items() if self._electrical(one)}
        return frozenset(found)

    def _upwards(self, equipment: Equipment, *, relations: bool = True) -> set[str]:
        """What feeds it: itself, its supply and what it is related to, and so on; names of supplies are the ends."""
        found, open_ = set[str](), [equipment.id]
        while open_:
            name = open_.pop()
            if name in found:
                continue
            found.add(name)
            one = equipment if name == equipment.id else self._all.get(name)
            if one is None:
                continue
            related = one.relations.values() if relations or one is not equipment else ()
            open_ += [other for other in (one.supply, *related) if other]
            if not one.supply and not self._tied[name] and self._electrical(one):
                found.add(_ANY)
        return found

    def _electrical(self, one: Equipment) -> bool:
        cls = self._classes.get(one.cls)
        return cls is not None and (ELECTRICAL in cls.tags or not cls.tags)

    def _energises(self, one: Equipment) -> bool:
        cls = self._classes.get(one.cls)
        commands = () if cls is None else (cls.commands[name] for name in one.commands if name in cls.commands)
        return self._electrical(one) and any(command.effect in _ENERGISING for command in commands)
