"""What differs between two states of a site's files, by what it means and not by where it stands."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from config.plant import Plant
from rules.plain import meaning


@dataclass(frozen=True, slots=True)
class PartDifference:
    """The names of one kind of thing that came, went or are not what they were."""

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.changed)


@dataclass(frozen=True, slots=True)
class Difference:
    """From one plant to another."""

    parts: Mapping[str, PartDifference] = field(default_factory=dict)
    """links, equipment, rules, procedures, plans, people; only those that differ. A link includes its devices."""
    uplink: bool = False
    """Whether headquarters is reached another way."""
    storage: bool = False
    """Whether the journal keeps events for another time or in another size."""
    identity: tuple[str, ...] = ()
    """Which of the names changed under which headquarters knows this gateway."""

    def part(self, kind: str) -> PartDifference:
        """What differs in things of ``kind``."""
        return self.parts.get(kind, PartDifference())


def difference(before: Plant, after: Plant) -> Difference:
    """What changed from ``before`` to ``after``."""
    parts = {kind: _part(things(before), things(after)) for kind, things in _KINDS.items()}
    identity = [name for name, value in _IDENTITY.items() if value(before) != value(after)]
    return Difference(
        {kind: part for kind, part in parts.items() if part},
        before.uplink != after.uplink,
        before.storage != after.storage,
        tuple(identity),
    )


def _part(before: Mapping[str, object], after: Mapping[str, object]) -> PartDifference:
    return PartDifference(
        tuple(name for name in after if name not in before),
        tuple(name for name in before if name not in after),
        tuple(name for name in after if name in before and meaning(before[name]) != meaning(after[name])),
    )


def _named(things: Iterable[object]) -> dict[str, object]:
    return {str(getattr(thing, "id")): thing for thing in things}  # noqa: B009


def _links(plant: Plant) -> dict[str, object]:
    return {link.id: (link, [one for one in plant.devices if one.link == link.id]) for link in plant.links}


_KINDS: dict[str, Callable[[Plant], dict[str, object]]] = {
    "links": _links,
    "equipment": lambda plant: _named(plant.equipment),
    "rules": lambda plant: _named(plant.rules),
    "procedures": lambda plant: _named(plant.procedures),
    "plans": lambda plant: _named(plant.tasks.plans),
    "classes": lambda plant: _named(plant.classes.values()),
    "people": lambda plant: {one.name: one for one in plant.people.members} if plant.people else {},
}
_IDENTITY: dict[str, Callable[[Plant], str]] = {
    "gateway": lambda plant: plant.gateway,
    "site.id": lambda plant: plant.site.id,
    "site.org": lambda plant: plant.site.org,
}
