"""An example of a condition for equipment of any class, with samples that make it false and true."""

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass

from drivers.points import Kind
from rules.model import EquipmentClass, Role

_ORDER = (Kind.ANALOG, Kind.BINARY, Kind.ENUM, Kind.COUNTER)
_NUMBERS = (Kind.ANALOG, Kind.COUNTER)
Range = tuple[float, float]
_NOWHERE: Range = (0.0, 100.0)
"""The range of a number of which nobody says more."""


@dataclass(frozen=True, slots=True)
class ExampleCondition:
    """An example of what a rule may ask."""

    role: str
    condition: str
    normal: str
    """A sample with which it is false."""
    abnormal: str
    """A sample with which it is true."""
    number: bool = False
    """Whether the role is a number."""


def example_for(cls: EquipmentClass, played: Mapping[str, Range | None]) -> ExampleCondition | None:
    """The example for ``cls``; None when it offers nothing but texts.

    ``played``: the roles that points of the site play, with what those can tell.
    """
    role = leading(cls.roles.values(), played)
    if role is None:
        return None
    if role.kind in _NUMBERS:
        low, high = role.span or played.get(role.name) or _NOWHERE
        limit, normal, abnormal = (f"{low + (high - low) * share:g}" for share in (0.5, 0.25, 0.75))
        return ExampleCondition(
            role.name, f"{role.name} > {limit} {role.unit.symbol}".rstrip(), normal, abnormal, number=True
        )
    if role.kind is Kind.BINARY:
        return ExampleCondition(role.name, role.name, "0", "1")
    return ExampleCondition(role.name, f"{role.name} == {role.states[1]}", role.states[0], role.states[1])


def leading(roles: Iterable[Role], played: Container[str] = ()) -> Role | None:
    """What is asked for first: what is ``played`` or cannot be lacking before the rest, numbers before states."""
    asked = [role for role in roles if role.kind in _ORDER and (role.kind is not Kind.ENUM or len(role.states) > 1)]
    return min(
        asked, key=lambda role: (role.name not in played, not role.required, _ORDER.index(role.kind)), default=None
    )
