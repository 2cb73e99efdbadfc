"""What differs between two states of a site's files, by what it means and not by where it stands."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from enum import Enum

from config.plant import IMPLICIT, Plant
from drivers.points import Place, Unit
from rules.model import Binding, Equipment, Source, Title
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


@dataclass(frozen=True, slots=True)
class ValueDifference:
    """One value that is another; an empty text: there is none."""

    name: str
    """As people write it: ``high``, ``roles.level``, ``when``."""
    before: str
    after: str
    title: Title = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ThingDifference:
    """One thing of a plant that came (``added``), went (``removed``) or is not what it was (``changed``)."""

    kind: str
    """site, gateway, uplink, storage, hold, links, devices, equipment, rules, procedures, plans, classes or people."""
    name: str
    what: str
    title: Title = field(default_factory=dict)
    values: tuple[ValueDifference, ...] = ()
    """Of one that changed."""


def things_changed(before: Plant, after: Plant) -> list[ThingDifference]:
    """What differs as people know the plant: thing by thing, value by value. What we make ourselves is left out."""
    found = []
    for kind, things in _TOLD.items():
        old, new = things(before), things(after)
        for name in [*old, *(name for name in new if name not in old)]:
            if meaning(old.get(name)) != meaning(new.get(name)):
                found.append(_thing(kind, name, (before, old.get(name)), (after, new.get(name))))
    return found


def limits(plant: Plant) -> dict[tuple[str, str], str]:
    """Every parameter of equipment, by equipment and name, with its unit."""
    return {(one.id, name): _limit(plant, one, name) for one in plant.equipment for name in one.parameters}


def _thing(kind: str, name: str, before: tuple[Plant, object], after: tuple[Plant, object]) -> ThingDifference:
    (_, old), (_, new) = before, after
    title = getattr(new if new is not None else old, "title", {})
    if old is None or new is None:
        return ThingDifference(kind, name, "added" if old is None else "removed", title)
    values = _values(dict(_flat(old)), dict(_flat(new)))
    if isinstance(old, Equipment) and isinstance(new, Equipment):
        values = [*_limits((before[0], old), (after[0], new)), *values]
    return ThingDifference(kind, name, "changed", title, tuple(values))


def _values(before: Mapping[str, str], after: Mapping[str, str]) -> list[ValueDifference]:
    names = [name for name in {**before, **after} if before.get(name, "") != after.get(name, "")]
    # Of another template, class or procedure every part is another: its name says it.
    found = [name for name in names if not any(name.startswith(f"{other}.") for other in names)]
    return [ValueDifference(name, before.get(name, ""), after.get(name, "")) for name in found]


def _limits(before: tuple[Plant, Equipment], after: tuple[Plant, Equipment]) -> list[ValueDifference]:
    (plant, old), (later, new) = before, after
    shown = [{name: _limit(*one, name) for name in one[1].parameters} for one in ((plant, old), (later, new))]
    found = []
    for value in _values(*shown):
        known = later.classes[new.cls].parameters.get(value.name) or plant.classes[old.cls].parameters[value.name]
        found.append(ValueDifference(value.name, value.before, value.after, known.title))
    return found


def _limit(plant: Plant, one: Equipment, name: str) -> str:
    return f"{one.parameters[name]:.12g} {plant.classes[one.cls].parameters[name].unit.symbol}".rstrip()


_WORDS = {"cls": "class", "on_delay": "for", "off_delay": "clear_for", "order_class": "class", "access": "role"}
"""What our fields are called in the files."""
_SECONDS = {"for", "clear_for", "timeout", "realarm", "limit", "window", "within", "early", "keep", "keep_proof"} | {
    "fast", "normal", "slow"
}  # fmt: skip
"""Fields that are times."""
_LEFT_OUT = {"parameters", "place", "places", "barriers", "holes", "areas", "vectors", "offers", "source", "page"}
"""Fields told otherwise, or that follow from others."""


def _flat(value: object, name: str = "") -> Iterator[tuple[str, str]]:
    """Every value below ``value`` with the way to it, as text."""
    if value is None or isinstance(value, Place):
        return
    if (text := _text(value, name.rpartition(".")[2])) is not None:
        yield name or "id", text
        return
    for key, item in _parts(value):
        yield from _flat(item, f"{name}.{key}" if name and key else name or key)


def _parts(value: object) -> Iterator[tuple[str, object]]:
    if isinstance(value, Mapping):
        yield from ((str(key), item) for key, item in value.items())
    elif isinstance(value, list | tuple):
        yield from ((str(_name(item) or number), item) for number, item in enumerate(value, 1))
    elif is_dataclass(value):
        if named := _name(value):
            yield "", named
        shown = (one for one in fields(value) if one.compare and one.name not in {"id", "name", *_LEFT_OUT})
        yield from ((_WORDS.get(one.name, one.name), getattr(value, one.name)) for one in shown)


def _name(value: object) -> str:
    return str(getattr(value, "id", "") or getattr(value, "name", "")) if is_dataclass(value) else ""


def _text(value: object, name: str) -> str | None:
    """A single value as people write it; None: it has parts."""
    if isinstance(value, Binding | Source):
        return value.text
    if isinstance(value, Unit):
        return value.symbol
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return f"{value:.12g} s" if name in _SECONDS and isinstance(value, float) else f"{value:.12g}"
    if isinstance(value, frozenset):
        return ", ".join(sorted(map(str, value)))
    if isinstance(value, list | tuple) and all(isinstance(item, str | int | float) for item in value):
        return ", ".join(str(_text(item, "")) for item in value)
    return value if isinstance(value, str) else None


_TOLD: dict[str, Callable[[Plant], dict[str, object]]] = {
    "site": lambda plant: {"": plant.site},
    "gateway": lambda plant: {"": {"gateway": plant.gateway, "packs": sorted(plant.packs)}},
    "uplink": lambda plant: {"": plant.uplink},
    "storage": lambda plant: {"": plant.storage},
    "hold": lambda plant: {"": plant.hold},
    "links": lambda plant: _named(plant.links),
    "devices": lambda plant: _named(plant.devices),
    "equipment": lambda plant: _named(one for one in plant.equipment if one.cls not in IMPLICIT),
    **{kind: _KINDS[kind] for kind in ("rules", "procedures", "plans", "classes", "people")},
}
