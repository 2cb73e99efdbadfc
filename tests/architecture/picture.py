"""The house as one picture (SVG): each folder a frame on its floor, in it its rooms on theirs; imports as arrows."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from tests.architecture.imports import Graph, Sources, floors, reduced, rooms

BOX, TALL, GAP, RISE, PAD = 104, 34, 12, 30, 16
"""Width and height of a room, the space beside and between floors of them, and around them in a frame; in pixels."""
LETTER = 6.2
"""Pixels of a small letter."""
STYLE = """\
text { font: 12px sans-serif; fill: #223; text-anchor: middle }
.name { font-weight: bold; font-size: 14px; text-anchor: start }
.small { font-size: 10px; fill: #667 }
.note { font-size: 10px; fill: #667; text-anchor: start }
.frame { fill: #f6f4ee; stroke: #998 }
.room { fill: #fff; stroke: #679 }
.arrow { stroke: #679; fill: none; marker-end: url(#tip) }
.way { stroke: #b63; stroke-width: 2; fill: none; marker-end: url(#tip) }
"""


@dataclass(frozen=True, slots=True)
class Rectangle:
    """Where something is drawn."""

    x: float
    y: float
    width: float
    height: float

    def arrow(self, other: "Rectangle", kind: str) -> str:
        """From the bottom of this one to the top of another."""
        x1, y1 = self.x + self.width / 2, self.y + self.height
        x2 = min(max(x1, other.x + 12), other.x + other.width - 12) if kind == "way" else other.x + other.width / 2
        return f'<line class="{kind}" x1="{x1:.0f}" y1="{y1:.0f}" x2="{x2:.0f}" y2="{other.y - 3:.0f}"/>'


@dataclass(slots=True)
class Frame:
    """One folder: its rooms by floor from the top, and its files beside them."""

    name: str
    graph: Graph
    files: dict[str, int]
    loose: list[str]

    def rows(self) -> list[list[str]]:
        """Rooms by floor, the highest first."""
        return _by_floor(self.graph)

    @property
    def width(self) -> float:
        """As wide as its widest floor, and never too narrow for the names of its files."""
        widest = max((len(row) for row in self.rows()), default=0)
        return max(widest, 3) * (BOX + GAP) - GAP + 2 * PAD

    @property
    def notes(self) -> list[str]:
        """The files beside the rooms, in lines that fit."""
        out = [""]
        for name in self.loose:
            if len(out[-1]) + len(name) > (self.width - 2 * PAD) / LETTER - 2:
                out.append("")
            out[-1] += f"{name} "
        return [line for line in out if line]

    @property
    def height(self) -> float:
        """Name, floors, files."""
        return 2 * PAD + 14 + len(self.rows()) * (TALL + RISE) + 14 * len(self.notes)

    def draw(self, place: Rectangle) -> Iterator[str]:
        """Everything in it."""
        yield f'<rect class="frame" rx="6" {_size(place)}/>'
        yield f'<text class="name" x="{place.x + PAD}" y="{place.y + PAD + 8}">{self.name}/</text>'
        at = self._places(place)
        for name, below in sorted(reduced(self.graph).items()):
            yield from (at[name].arrow(at[one], "arrow") for one in sorted(below))
        for name, box in at.items():
            yield f'<rect class="room" rx="4" {_size(box)}/>'
            yield f'<text x="{box.x + BOX / 2}" y="{box.y + 15}">{name.rpartition(".")[2]}</text>'
            yield f'<text class="small" x="{box.x + BOX / 2}" y="{box.y + 28}">{self.files[name]}</text>'
        for number, note in enumerate(reversed(self.notes)):
            below = place.y + self.height - PAD - 14 * number
            yield f'<text class="note" x="{place.x + PAD}" y="{below}">{note}</text>'

    def _places(self, place: Rectangle) -> dict[str, Rectangle]:
        at = {}
        for number, row in enumerate(self.rows()):
            start = place.x + (place.width - len(row) * (BOX + GAP) + GAP) / 2
            for column, name in enumerate(row):
                y = place.y + PAD + 22 + number * (TALL + RISE)
                at[name] = Rectangle(start + column * (BOX + GAP), y, BOX, TALL)
        return at


def _by_floor(graph: Graph) -> list[list[str]]:
    found: dict[int, list[str]] = defaultdict(list)
    for name, floor in sorted(floors(graph).items()):
        found[floor].append(name)
    return [found[floor] for floor in sorted(found, reverse=True)]


def _size(place: Rectangle) -> str:
    return f'x="{place.x:.0f}" y="{place.y:.0f}" width="{place.width:.0f}" height="{place.height:.0f}"'


def frame(sources: Sources, folder: str) -> Frame:
    """The folder as it is drawn: a folder without folders shows its files as rooms."""
    graph = rooms(sources.imports, folder)
    folders = {name for name in graph if sources.is_package(name)} - {folder}
    shown = folders or {*graph}
    kept = {name: graph[name] & shown for name in graph if name in shown}
    loose = sorted(name.rpartition(".")[2] for name in {*graph} - shown - {folder})
    return Frame(folder, kept, {name: sources.files(name) for name in shown}, loose)


def picture(sources: Sources) -> str:
    """The whole house."""
    graph = rooms(sources.imports, "")
    frames = {name: frame(sources, name) for name in graph}
    rows = _by_floor(graph)
    at, height = _laid(frames, rows)
    width = max(place.x + place.width for place in at.values()) + PAD
    ways = (at[name].arrow(at[one], "way") for name, below in sorted(reduced(graph).items()) for one in sorted(below))
    parts = (line for name in at for line in frames[name].draw(at[name]))
    head = f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}">'
    size = 'markerWidth="7" markerHeight="7" refX="6" refY="3"'
    tip = f'<marker id="tip" {size} orient="auto"><path d="M0,0 L6,3 L0,6"/></marker>'
    return "\n".join([head, f"<style>\n{STYLE}</style>", f"<defs>{tip}</defs>", *ways, *parts, "</svg>", ""])


def _laid(frames: dict[str, Frame], rows: list[list[str]]) -> tuple[dict[str, Rectangle], float]:
    widest = max(sum(frames[name].width + 2 * PAD for name in row) for row in rows)
    at: dict[str, Rectangle] = {}
    y: float = PAD
    for row in rows:
        x = PAD + (widest - sum(frames[name].width + 2 * PAD for name in row)) / 2
        for name in row:
            at[name] = Rectangle(x, y, frames[name].width, frames[name].height)
            x += frames[name].width + 2 * PAD
        y += max(frames[name].height for name in row) + 2 * RISE
    return at, y - RISE
