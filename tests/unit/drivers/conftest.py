"""Shared by the driver tests: points written in one line."""

from collections.abc import Callable

import pytest

from drivers.points import Kind
from drivers.templates import ModbusSource, Table, TemplatePoint

MakePoint = Callable[..., TemplatePoint]


@pytest.fixture
def make_point() -> MakePoint:
    def make(address: int, name: str = "", kind: Kind = Kind.ANALOG, **source: object) -> TemplatePoint:
        low, high, poll = source.pop("low", None), source.pop("high", None), source.pop("poll", "normal")
        table = source.pop("table", Table.HOLDING)
        wire = ModbusSource(table, address, **source)
        return TemplatePoint(name or f"p{address}", {}, kind, wire, low=low, high=high, poll=poll)

    return make
