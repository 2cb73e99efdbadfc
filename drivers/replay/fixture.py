"""The registers of one unit as they were at one moment, as a file of JSON. Pure."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from drivers.points import PlantgateError
from drivers.templates import Place, Table


class FixtureError(PlantgateError):
    """The file is not one of ours."""


@dataclass(slots=True)
class Fixture:
    """What one unit answered."""

    template: str
    """The template whose blocks were asked for."""
    unit: int
    cells: dict[Place, int] = field(default_factory=dict)
    """Table and address from 0 -> register or bit."""
    refused: dict[Place, int] = field(default_factory=dict)
    """First address of a block that was refused -> exception number."""

    def add(self, table: Table, address: int, cells: list[int]) -> None:
        """Keep the cells of one answer."""
        self.cells |= {(table, address + index): cell for index, cell in enumerate(cells)}

    def text(self) -> str:
        """As a file: runs of registers in hexadecimal words, readable beside a manual."""
        plain = {
            "template": self.template,
            "unit": self.unit,
            "answered": {f"{table} {first}": " ".join(map(_word, cells)) for table, first, cells in self._runs()},
            "refused": {f"{table} {address}": number for (table, address), number in sorted(self.refused.items())},
        }
        return json.dumps(plain, indent=1) + "\n"

    def _runs(self) -> list[tuple[Table, int, list[int]]]:
        runs: list[tuple[Table, int, list[int]]] = []
        for (table, address), cell in sorted(self.cells.items()):
            if runs and runs[-1][0] is table and runs[-1][1] + len(runs[-1][2]) == address:
                runs[-1][2].append(cell)
            else:
                runs.append((table, address, [cell]))
        return runs


def read_fixture(text: str) -> Fixture:
    """The fixture of a file; raises FixtureError."""
    try:
        plain: Mapping[str, Any] = json.loads(text)
        fixture = Fixture(str(plain["template"]), int(plain["unit"]))
        for place, words in plain["answered"].items():
            table, address = _place(place)
            fixture.add(table, address, [int(word, 16) for word in words.split()])
        fixture.refused = {_place(place): int(number) for place, number in plain["refused"].items()}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise FixtureError("replay.not-a-fixture", reason=str(error)) from error
    return fixture


def _place(text: str) -> Place:
    table, _, address = text.partition(" ")
    return Table(table), int(address)


def _word(cell: int) -> str:
    return f"{cell:04x}"
