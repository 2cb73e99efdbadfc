"""Every moment in a value, wherever it stands: brought onto the clock of this boot when it comes out of the store."""

from collections.abc import Callable, Iterable
from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar

from drivers.points import Instant

T = TypeVar("T")
_Any = Any


class Rebasing:
    """What brings moments of earlier boots onto the clock of the boot of ``at``, given all there are."""

    def __init__(self, stored: Iterable[object], at: Instant) -> None:
        """``stored`` is everything restored: the latest moment in it is the last that is known of its boot."""
        self._at = at
        self._last: dict[str, Instant] = {}
        for value in stored:
            _each(value, self._note)

    @property
    def needed(self) -> bool:
        """Whether anything is of an earlier boot."""
        return bool(self._last.keys() - {self._at.boot})

    def __call__(self, value: T) -> T:
        """``value`` with every moment in it rebased; ``value`` itself when there is nothing to do."""
        moved: T = _each(value, lambda moment: moment.rebased(self._at, self._last[moment.boot]))
        return moved

    def _note(self, moment: Instant) -> Instant:
        known = self._last.setdefault(moment.boot, moment)
        if (known.mono, known.trusted) < (moment.mono, moment.trusted):
            self._last[moment.boot] = moment
        return moment


def _each(value: _Any, move: Callable[[Instant], Instant]) -> _Any:
    if isinstance(value, Instant):
        return move(value)
    if is_dataclass(value):
        return _each_field(value, move)
    if isinstance(value, dict):
        changed = {key: _each(item, move) for key, item in value.items()}
        return changed if any(changed[key] is not item for key, item in value.items()) else value
    # A named tuple holds numbers, and there are many of them.
    if type(value) in (list, tuple):
        items = type(value)(_each(item, move) for item in value)
        return items if any(new is not old for new, old in zip(items, value, strict=True)) else value
    return value


def _each_field(value: _Any, move: Callable[[Instant], Instant]) -> _Any:
    changes = {}
    for field in fields(value):
        old = getattr(value, field.name)
        if (new := _each(old, move)) is not old:
            changes[field.name] = new
    return replace(value, **changes) if changes else value
