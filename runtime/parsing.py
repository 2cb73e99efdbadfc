"""What comes from outside becomes a typed object here or is refused: the one parser of requests and messages.

The type says everything: fields, lengths, ranges. Nothing is clamped, guessed or converted.
"""

import json
import math
import re
from collections.abc import Callable
from dataclasses import MISSING, dataclass, fields, is_dataclass
from enum import Enum
from functools import cache, partial
from types import NoneType, UnionType
from typing import Annotated, Any, TypeVar, get_args, get_origin, get_type_hints

from drivers.points import PlantgateError
from runtime.text import CONTROL, SURROGATE

T = TypeVar("T")

MAX_INTEGER = 2**53
"""Beyond it JSON readers disagree (RFC 8259, 6)."""
MAX_DEPTH = 16
"""Deepest nesting of a part whose shape we do not name, such as the body of an event of a newer gateway."""


class InputError(PlantgateError):
    """Something from outside that is not what its type says; the code names what is wrong with which field."""


@dataclass(frozen=True, slots=True)
class Text:
    """A text of one line: so many characters, none of them a control."""

    most: int
    least: int = 0
    form: str = ""
    """Regular expression of the whole of it; none: any text."""
    trimmed: bool = False
    """Whether blanks at its ends are no part of it: a reason of blanks is none, and ``Li `` is Li."""


@dataclass(frozen=True, slots=True)
class Within:
    """A number within these ends, both included."""

    low: float
    high: float


Reader = Callable[[Any, str], Any]
"""Takes a JSON value and the name of its field; raises InputError."""


def load(payload: bytes, most: int) -> Any:  # noqa: ANN401 - JSON has any shape
    """The JSON value of ``payload``, which is UTF-8 of at most ``most`` bytes. Raises InputError, and nothing else.

    Nothing in it is a half of a UTF-16 pair or a number that JSON does not have.
    """
    if len(payload) > most:
        raise InputError("input.too-long", bytes=len(payload), most=most)
    try:
        text = payload.decode("utf-8")
        value = json.loads(text, parse_constant=_refuse_constant)
        # Only an escape can say it: UTF-8 was decoded strictly.
        broken = "\\u" in text and SURROGATE.search(json.dumps(value, ensure_ascii=False))
    except (ValueError, RecursionError) as error:
        raise InputError("input.no-json") from error
    if broken:
        raise InputError("input.surrogate")
    return value


def build(shape: type[T], value: object, *, strict: bool) -> T:
    """``value`` as dataclass ``shape``; ``strict`` refuses fields it does not have. Raises InputError."""
    kind: Any = shape
    built: T = _reader(kind, strict)(value, shape.__name__)
    return built


@cache
def _reader(kind: Any, strict: bool) -> Reader:  # noqa: ANN401 - any type annotation
    origin = get_origin(kind)
    if origin is Annotated:
        base, *limits = get_args(kind)
        return _limited(_reader(base, strict), limits)
    if is_dataclass(kind):
        return _record(kind, strict)
    if isinstance(kind, UnionType):
        return _choice(get_args(kind))
    if origin is list:
        return _list(_reader(get_args(kind)[0], strict))
    if origin is dict or kind is Any:
        return _free(dict if origin is dict else object)
    if issubclass(kind, Enum):
        return _member(kind)
    return _SCALARS[kind]


def _record(shape: Any, strict: bool) -> Reader:  # noqa: ANN401 - a dataclass
    hints = get_type_hints(shape, include_extras=True)
    readers = {field.name: _reader(hints[field.name], strict) for field in fields(shape)}
    needed = {one.name for one in fields(shape) if one.default is MISSING and one.default_factory is MISSING}

    def read(value: Any, name: str) -> Any:  # noqa: ANN401 - JSON in, a dataclass out
        if type(value) is not dict:
            raise _misfit(name, "object")
        if missing := needed - value.keys():
            raise InputError("input.missing", field=min(missing))
        if strict and (unknown := value.keys() - readers.keys()):
            raise InputError("input.unknown-field", field=_short(min(unknown)), known=", ".join(readers) or "-")
        return shape(**{key: reader(value[key], key) for key, reader in readers.items() if key in value})

    return read


def _limited(reader: Reader, limits: list[Text | Within]) -> Reader:
    trimmed = any(isinstance(limit, Text) and limit.trimmed for limit in limits)
    checks = [
        partial(_check_text, limit) if isinstance(limit, Text) else partial(_check_range, limit) for limit in limits
    ]

    def read(value: Any, name: str) -> Any:  # noqa: ANN401 - as the reader
        found = reader(value, name).strip() if trimmed else reader(value, name)
        for check in checks:
            check(found, name)
        return found

    return read


def _check_text(limit: Text, text: str, name: str) -> None:
    if not limit.least <= len(text) <= limit.most:
        raise InputError("input.length", field=name, length=len(text), least=limit.least, most=limit.most)
    if CONTROL.search(text):
        raise InputError("input.control", field=name)
    if limit.form and not re.fullmatch(limit.form, text):
        raise InputError("input.form", field=name, form=limit.form)


def _check_range(limit: Within, number: float, name: str) -> None:
    if not limit.low <= number <= limit.high:
        raise InputError("input.range", field=name, value=number, low=limit.low, high=limit.high)


def _list(inner: Reader) -> Reader:
    def read(value: Any, name: str) -> list[Any]:  # noqa: ANN401 - JSON
        if type(value) is not list:
            raise _misfit(name, "list")
        return [inner(item, name) for item in value]

    return read


def _choice(kinds: tuple[Any, ...]) -> Reader:
    """A union of plain types: the value has exactly one of them."""
    readers = {kind: _SCALARS[kind] for kind in kinds}

    def read(value: Any, name: str) -> Any:  # noqa: ANN401 - JSON
        reader = readers.get(type(value))
        if reader is None:
            raise _misfit(name, " | ".join(kind.__name__ for kind in kinds))
        return reader(value, name)

    return read


def _member(kind: type[Enum]) -> Reader:
    def read(value: Any, name: str) -> Enum:  # noqa: ANN401 - JSON
        try:
            return kind(value)
        except ValueError as error:
            raise _misfit(name, " | ".join(str(one.value) for one in kind)) from error

    return read


def _free(kind: type) -> Reader:
    def read(value: Any, name: str) -> Any:  # noqa: ANN401 - JSON
        if not isinstance(value, kind):
            raise _misfit(name, "object")
        _check_free(value, name, MAX_DEPTH)
        return value

    return read


_HARMLESS = (str, bool, NoneType)


def _check_free(value: object, name: str, depth: int) -> None:
    if isinstance(value, (dict, list)):
        if depth == 0:
            raise InputError("input.depth", field=name, most=MAX_DEPTH)
        for item in value.values() if isinstance(value, dict) else value:
            if type(item) not in _HARMLESS:
                _check_free(item, name, depth - 1)
    elif type(value) is float:
        _number(value, name)


def _text(value: Any, name: str) -> str:  # noqa: ANN401 - JSON
    if type(value) is not str:
        raise _misfit(name, "text")
    return value


def _truth(value: Any, name: str) -> bool:  # noqa: ANN401 - JSON
    if type(value) is not bool:
        raise _misfit(name, "true | false")
    return value


def _integer(value: Any, name: str) -> int:  # noqa: ANN401 - JSON
    if type(value) is not int:  # a bool is an int to Python, not to the contract
        raise _misfit(name, "integer")
    if abs(value) > MAX_INTEGER:
        raise InputError("input.range", field=name, value="…", low=-MAX_INTEGER, high=MAX_INTEGER)
    return value


def _number(value: Any, name: str) -> float:  # noqa: ANN401 - JSON
    if type(value) is int:
        return float(_integer(value, name))
    if type(value) is not float or not math.isfinite(value):
        raise _misfit(name, "number")
    return value


def _nothing(value: Any, name: str) -> None:  # noqa: ANN401 - JSON
    if value is not None:
        raise _misfit(name, "null")


_SCALARS: dict[Any, Reader] = {str: _text, bool: _truth, int: _integer, float: _number, NoneType: _nothing}


def _misfit(name: str, expected: str) -> InputError:
    return InputError("input.type", field=_short(name), expected=expected)


def _short(text: str) -> str:
    return CONTROL.sub("?", text[:40])


def _refuse_constant(constant: str) -> float:
    raise ValueError(constant)
