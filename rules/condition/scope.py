"""What the names of a condition stand for on one equipment, and the slots their values live in."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from math import inf

from drivers.points import NO_UNIT, Unit
from rules.condition.bounds import Bounds, between, linear
from rules.errors import ConditionError
from rules.functions.contract import Function
from rules.model import Binding, Equipment, EquipmentClass, Plan, Role
from rules.suggest import nearest


@dataclass(frozen=True, slots=True)
class Feed:
    """Where a reading goes: value = reading * factor + offset, unknown outside ``low`` to ``high``."""

    slot: int
    factor: float
    offset: float
    low: float = -inf
    high: float = inf


@dataclass(frozen=True, slots=True)
class Instance:
    """A stateful function in use: where its result goes and which slots it reads, directly or through others."""

    slot: int
    inputs: tuple[int, ...]
    function: Function


@dataclass(slots=True)
class Slots:
    """Gives every signal and every function instance of a rulebook its place in the view; equal ones share it."""

    feeds: dict[str, list[Feed]] = field(default_factory=dict)
    """Point id -> the slots it feeds."""
    instances: list[Instance] = field(default_factory=list)
    """In an order in which each comes after those it reads."""
    size: int = 0
    plans: dict[int, str] = field(default_factory=dict)
    """Slot of a ``due_in`` -> the history it is about, ``equipment/plan``."""
    services: dict[str, int] = field(default_factory=dict)
    """Equipment -> slot of its hours since service."""
    _known: dict[str, int] = field(default_factory=dict)

    def signal(self, binding: Binding, span: tuple[float, float] | None = None) -> int:
        """The slot of a point as one role sees it, which expects it within ``span``."""
        key = self.signal_key(binding, span)
        if key not in self._known:
            feed = Feed(self._add(key), binding.factor, binding.offset, *_believable(span))
            self.feeds.setdefault(binding.point, []).append(feed)
        return self._known[key]

    @staticmethod
    def signal_key(binding: Binding, span: tuple[float, float] | None) -> str:
        """What tells one view of a point from another."""
        return binding.text if span is None else f"{binding.text} in {span[0]:.12g}..{span[1]:.12g}"

    def function(self, inputs: tuple[int, ...], key: str, make: Callable[[], Function]) -> int:
        """The slot of a function's result."""
        if key not in self._known:
            self.instances.append(Instance(self._add(key), inputs, make()))
        return self._known[key]

    def _add(self, key: str) -> int:
        self._known[key] = self.size
        self.size += 1
        return self._known[key]


BEYOND = 0.1
"""A sensor may read so much of its span beyond either end of it; further out it has failed (compare NAMUR NE 43)."""


def _believable(span: tuple[float, float] | None) -> tuple[float, float]:
    if span is None:
        return -inf, inf
    margin = (span[1] - span[0]) * BEYOND
    return span[0] - margin, span[1] + margin


@dataclass(frozen=True, slots=True)
class Signal:
    """A role in use; ``binding`` None: optional and not bound here."""

    role: Role
    binding: Binding | None


@dataclass(frozen=True, slots=True)
class Setting:
    """A parameter's value on this equipment."""

    value: float
    unit: Unit = NO_UNIT


@dataclass(frozen=True, slots=True)
class Definition:
    """A term of a class: a condition in the class's own names."""

    text: str
    scope: "Scope"
    absent: bool = False
    """Whether it belongs to an optional relation that is not set here."""


@dataclass(frozen=True, slots=True)
class Calendar:
    """What conditions may ask the history of: procedures, and plans with their due dates."""

    procedures: Mapping[str, str] | None = None
    """Procedure -> the class it is for; None: any."""
    plans: Mapping[str, Plan] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Scope:
    """The names one equipment offers; those of another as ``relation.name`` or ``equipment.name``."""

    equipment: Equipment
    classes: Mapping[str, EquipmentClass]
    others: Mapping[str, Equipment]
    slots: Slots
    calendar: Calendar | None = None
    """None: names of procedures and plans are not checked."""
    prefix: str = ""
    """How the equipment is called by whoever asked, such as ``mains.``."""
    path: tuple[str, ...] = ()
    """The terms being expanded."""
    zone: str = "UTC"
    """IANA name of the time zone of the site."""
    whole: bool = False
    """Whether every name written must be bound, as in a test; else a part that asks for what is not bound drops out."""
    rest: str | None = None
    """What ``whole`` misses counts as unknown, and a truth as false while this holds; None: it is a mistake."""
    ranges: Mapping[str, tuple[float | None, float | None]] = field(default_factory=dict)
    """Point -> the lowest and highest value it can have."""

    def resolve(self, name: str, offset: int) -> Signal | Setting | Definition:
        """What ``name`` stands for; raises ConditionError with the nearest known name."""
        owner, local = self.owner(name, offset)
        unset = self._unset(name)
        cls = self.classes[owner.cls]
        if local in cls.roles:
            role = cls.roles[local]
            return Signal(replace(role, required=False), None) if unset else Signal(role, owner.roles.get(local))
        if local in cls.parameters:
            return self._setting(owner, local, offset)
        if local in cls.terms:
            return self._definition(owner, name, offset, unset)
        raise ConditionError("condition.unknown-name", offset, self._suggest(name, owner), name=name)

    def declared_none(self, name: str) -> bool:
        """Whether the site says that there is no such equipment here, and why."""
        return name.rpartition(".")[0] in self.equipment.without

    def span(self, binding: Binding) -> Bounds:
        """What a role bound so can be."""
        return linear(between(*self.ranges.get(binding.point, (None, None))), binding.factor, binding.offset)

    def has(self, name: str) -> bool:
        """Whether ``name`` stands for anything."""
        try:
            self.resolve(name, 0)
        except ConditionError as error:
            return error.code == "condition.parameter-missing"
        return True

    def owner(self, name: str, offset: int) -> tuple[Equipment, str]:
        """Whose name it is, and how that one calls it; raises ConditionError."""
        if "." not in name:
            return self.equipment, name
        owner, local = name.rsplit(".", 1)
        if owner in self.classes[self.equipment.cls].relations:
            return self._related(owner, offset), local
        if owner not in self.others:
            known = nearest(owner, [*self.classes[self.equipment.cls].relations, *self.others])
            raise ConditionError("condition.unknown-equipment", offset, known and f"{known}.{local}", name=owner)
        return self.others[owner], local

    def _related(self, relation: str, offset: int) -> Equipment:
        target = self.equipment.relations.get(relation)
        if target is not None and target in self.others:
            return self.others[target]
        cls = self.classes[self.equipment.cls].relations[relation].cls
        if cls not in self.classes:
            raise ConditionError("condition.unknown-class", offset, nearest(cls, self.classes), name=cls)
        return example(self.classes[cls], f"{self.prefix}{relation}.")

    def _unset(self, name: str) -> bool:
        # An example is of a class, not of a site: there every relation counts as set.
        relation, dot, _ = name.rpartition(".")
        known = self.classes[self.equipment.cls].relations
        if not dot or relation not in known or not self.equipment.id:
            return False
        optional = not known[relation].required or relation in self.equipment.without
        return optional and self.equipment.relations.get(relation) not in self.others

    def _definition(self, owner: Equipment, name: str, offset: int, absent: bool) -> Definition:
        path, dot, local = name.rpartition(".")
        key = f"{owner.cls}.{local}"
        if key in self.path:
            raise ConditionError("condition.term-recursive", offset, name=name)
        scope = replace(self, equipment=owner, prefix=f"{self.prefix}{path}{dot}", path=(*self.path, key), whole=False)
        return Definition(self.classes[owner.cls].terms[local].text, scope, absent)

    def _setting(self, owner: Equipment, name: str, offset: int) -> Setting:
        parameter = self.classes[owner.cls].parameters[name]
        value = owner.parameters.get(name, parameter.default)
        if value is None:
            raise ConditionError("condition.parameter-missing", offset, name=name, equipment=owner.id)
        return Setting(value, parameter.unit)

    def _suggest(self, name: str, owner: Equipment) -> str | None:
        cls = self.classes[owner.cls]
        known = [*cls.roles, *cls.parameters, *cls.terms]
        if "." in name:
            path, _, local = name.rpartition(".")
            close = nearest(local, known)
            return close and f"{path}.{close}"
        return _spaced(name, known) or nearest(name, known)


def example(cls: EquipmentClass, prefix: str = "") -> Equipment:
    """Equipment of no site with everything bound, to check what is written about its class."""
    roles = {name: Binding(f"{prefix}{name}") for name in cls.roles}
    settings = {name: parameter.default or 1.0 for name, parameter in cls.parameters.items()}
    return Equipment("", cls.id, {}, roles, settings, commands={name: f"{prefix}{name}" for name in cls.commands})


def _spaced(name: str, known: Iterable[str]) -> str | None:
    # `level-5` is one name here; whoever wrote it meant a subtraction.
    first, hyphen, rest = name.partition("-")
    return f"{first} - {rest}" if hyphen and first in known else None
