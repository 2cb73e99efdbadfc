"""Good examples of everything that may come in, made from the types themselves: a new verb or message joins alone."""

import json
from collections.abc import Callable, Iterator
from dataclasses import MISSING, asdict, dataclass, fields, is_dataclass
from functools import cache
from types import UnionType
from typing import Annotated, Any, get_args, get_origin, get_type_hints

from hypothesis import strategies as st

from agent import api
from agent.api import VERBS
from headquarters.contract import protocol
from headquarters.contract.protocol import Message
from runtime.parsing import Text, Within
from runtime.text import CONTROL

MESSAGES: tuple[type[Any], ...] = get_args(Message)


@dataclass(frozen=True)
class Specimen:
    """Bytes a door takes, and the parser behind that door."""

    name: str
    payload: bytes
    parse: Callable[[bytes], object]


def specimens() -> Iterator[Specimen]:
    """Everything, smallest and largest."""
    for verb in VERBS:
        for fill in (0, 1):
            line = {"verb": verb.name, "arguments": example(verb.request, fill)}
            yield Specimen(f"verb {verb.name}", json.dumps(line, ensure_ascii=False).encode(), api.parse)
    for shape in MESSAGES:
        for fill in (0, 1):
            value = example(shape, fill)
            if shape is protocol.EventMessage:
                value["hash"] = protocol.chain(value["previous"], protocol.canonical(value["body"]))
                yield Specimen(shape.__name__, json.dumps(value, ensure_ascii=False).encode(), protocol.decode_event)
            else:
                yield Specimen(shape.__name__, json.dumps(value, ensure_ascii=False).encode(), _decoder(shape))


def _decoder(shape: type[Any]) -> Callable[[bytes], object]:
    return lambda payload: protocol.decode(payload, shape)


def example(kind: Any, fill: int) -> Any:
    """A JSON value of this type: the least it may be, or with ``fill`` something in each field."""
    origin = get_origin(kind)
    if origin is Annotated:
        base, *limits = get_args(kind)
        return _limited(base, limits[0], fill)
    if is_dataclass(kind) and isinstance(kind, type):
        hints = get_type_hints(kind, include_extras=True)
        return {field.name: example(hints[field.name], fill) for field in fields(kind) if fill or _needed(field)}
    if isinstance(kind, UnionType):
        return example(get_args(kind)[-1 if fill else 0], fill)
    if origin is list:
        return [example(get_args(kind)[0], fill)] * fill
    if origin is dict:
        return {"水": [1, "a", None, {"b": 0.5}]} if fill else {}
    return {str: "水 a", bool: bool(fill), int: fill, float: fill / 2, type(None): None}[kind]


def _needed(field: Any) -> bool:
    return field.default is MISSING and field.default_factory is MISSING


def _limited(base: Any, limit: Text | Within, fill: int) -> Any:
    if isinstance(limit, Within):
        return base(limit.high if fill else limit.low)
    if limit.form:
        return "ab" * (limit.least // 2)
    return "水a"[: max(1, limit.least)] if fill or limit.least else ""


@cache
def values(kind: Any) -> st.SearchStrategy[Any]:
    """JSON values of a type, as its limits allow."""
    origin = get_origin(kind)
    if origin is Annotated:
        base, *limits = get_args(kind)
        return _limited_values(base, limits[0])
    if is_dataclass(kind) and isinstance(kind, type):
        hints = get_type_hints(kind, include_extras=True)
        every = {field.name: values(hints[field.name]) for field in fields(kind)}
        optional = {field.name: every.pop(field.name) for field in fields(kind) if not _needed(field)}
        return st.fixed_dictionaries(every, optional=optional)
    if isinstance(kind, UnionType):
        return st.one_of(*map(values, get_args(kind)))
    if origin is list:
        return st.lists(values(get_args(kind)[0]), max_size=3)
    if origin is dict:
        return st.dictionaries(_texts(5), _texts(5) | st.booleans() | st.none(), max_size=3)
    plain = {str: _texts(20), bool: st.booleans(), int: st.integers(-(2**53), 2**53), type(None): st.none()}
    return plain.get(kind, st.floats(allow_nan=False, allow_infinity=False))


def _limited_values(base: Any, limit: Text | Within) -> st.SearchStrategy[Any]:
    if isinstance(limit, Text):
        if limit.form:
            return st.from_regex(limit.form, fullmatch=True).filter(lambda text: limit.least <= len(text) <= limit.most)
        texts = _texts(min(limit.most, 20), limit.least).filter(lambda text: not CONTROL.search(text))
        return texts.filter(lambda text: text == text.strip()) if limit.trimmed else texts
    if base is int:
        return st.integers(int(limit.low), int(limit.high))
    return st.floats(limit.low, limit.high)


def _texts(most: int, least: int = 0) -> st.SearchStrategy[str]:
    return st.text(st.characters(exclude_categories=("Cs",)), min_size=least, max_size=most)


def again(built: object) -> bytes:
    """Something that was accepted, as UTF-8; raises when it cannot be written."""
    parts = built if isinstance(built, tuple) else (built,)
    plain = [asdict(part) for part in parts if is_dataclass(part) and not isinstance(part, (type, api.Verb))]
    return json.dumps(plain, ensure_ascii=False, allow_nan=False).encode("utf-8")
