"""Dataclasses to plain JSON values and back, for durable rows and event bodies."""

from collections.abc import Callable
from dataclasses import fields, is_dataclass
from enum import Enum
from functools import lru_cache
from types import NoneType, UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from drivers.points import Place
from rules.errors import PlainError

T = TypeVar("T")
Plain = Any
"""What JSON can hold."""

_Kind = Any

_SCALARS = (str, int, float, bool, NoneType)


def to_plain(value: object) -> Plain:
    """``value`` as JSON values: dataclasses become mappings, enums their value, tuples lists.

    Raises PlainError for anything else, which is a mistake in the program.
    """
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, _SCALARS):
        return value
    if isinstance(value, (list, tuple)):
        return [to_plain(item) for item in value]
    if isinstance(value, dict):
        return {str(key): to_plain(item) for key, item in value.items()}
    if is_dataclass(value):
        return {field.name: to_plain(getattr(value, field.name)) for field in fields(value)}
    raise PlainError("engine.not-plain", type=type(value).__name__)


def meaning(value: object) -> object:
    """What compares equal for two values that differ only in where in a file they were read."""
    if isinstance(value, Place):
        return None
    if is_dataclass(value):
        return type(value), [meaning(getattr(value, field.name)) for field in fields(value)]
    if isinstance(value, (list, tuple)):
        return [meaning(item) for item in value]
    return {key: meaning(item) for key, item in value.items()} if isinstance(value, dict) else value


def from_plain(kind: type[T], data: object) -> T:
    """Build a ``kind`` from what ``to_plain`` made; raises PlainError when it does not fit.

    Fields missing in ``data`` take their default, so that rows of an older version stay readable.
    """
    result: T = _build(kind, data)
    return result


def _build(kind: _Kind, data: Plain) -> _Kind:
    origin: _Kind = get_origin(kind)
    if origin in (Union, UnionType):
        return _build_union(get_args(kind), data)
    if origin is not None:
        return _build_container(origin, get_args(kind), data)
    if is_dataclass(kind):
        return _build_dataclass(kind, data)
    if hasattr(kind, "_fields"):
        return _build_named(kind, data)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return _guard(kind, data, kind)
    return _build_scalar(kind, data)


def _build_scalar(kind: _Kind, data: Plain) -> _Kind:
    if kind is Any or kind is object:
        return data
    if kind is float and isinstance(data, int) and not isinstance(data, bool):
        return float(data)
    if not isinstance(data, kind) or (isinstance(data, bool) and kind is not bool):
        raise _misfit(kind, data)
    return data


def _build_container(origin: _Kind, arguments: tuple[Any, ...], data: Plain) -> _Kind:
    if not isinstance(data, dict if origin is dict else list):
        raise _misfit(origin, data)
    if isinstance(data, dict):
        return {_build(arguments[0], key): _build(arguments[1], item) for key, item in data.items()}
    if origin is tuple and arguments[-1] is not Ellipsis:
        if len(arguments) != len(data):
            raise _misfit(origin, data)
        return tuple(_build(kind, item) for kind, item in zip(arguments, data, strict=True))
    return origin(_build(arguments[0], item) for item in data)


def _build_union(kinds: tuple[Any, ...], data: Plain) -> _Kind:
    # An exact scalar must win: a plain 1 is an int, not the float of `float | int`.
    if type(data) in kinds:
        return data
    for kind in kinds:
        try:
            return _build(kind, data)
        except PlainError:
            continue
    raise _misfit(kinds, data)


def _build_dataclass(kind: _Kind, data: Plain) -> _Kind:
    if not isinstance(data, dict):
        raise _misfit(kind, data)
    hints = _hints(kind)
    given = {name: _build(hint, data[name]) for name, hint in hints.items() if name in data}
    return _guard(lambda values: kind(**values), given, kind)


def _build_named(kind: _Kind, data: Plain) -> _Kind:
    # A named tuple is stored as a list, for what there are many of.
    hints = list(get_type_hints(kind).values())
    if not isinstance(data, list) or len(data) != len(hints):
        raise _misfit(kind, data)
    return kind(*(_build(hint, item) for hint, item in zip(hints, data, strict=True)))


@lru_cache(maxsize=256)
def _hints(kind: type) -> dict[str, Any]:
    hints = get_type_hints(kind)
    return {field.name: hints[field.name] for field in fields(kind)}


def _guard(build: Callable[[Any], Any], data: Plain, kind: _Kind) -> _Kind:
    try:
        return build(data)
    except (TypeError, ValueError) as error:
        raise _misfit(kind, data) from error


def _misfit(kind: _Kind, data: Plain) -> PlainError:
    return PlainError("engine.misfit", type=getattr(kind, "__name__", str(kind)), value=repr(data)[:80])
