"""Device templates: points, commands, and that no two values lie on each other."""

from itertools import combinations

from config.assembly.commands import build_commands
from config.assembly.points import build_point
from config.files import Files, Loaded
from config.schema.base import titled
from config.schema.template import At, TemplateFile
from drivers.templates import BacnetSource, ModbusSource, Place, Template, TemplatePoint

_RESERVED = "online"
"""The point every device has by itself: whether it answers."""


def build_template(loaded: Loaded[TemplateFile], files: Files) -> Template | None:
    """The template of one file; None after findings."""
    before = len(files.findings)
    fields = loaded.fields
    _check_base(loaded, files)
    points = [build_point(index, loaded, files) for index in range(len(fields.points))]
    built = tuple(point for point in points if point)
    _check_names(loaded, files)
    if len(built) == len(points):
        _check_overlaps(built, loaded, files)
        _check_holes(built, loaded, files)
    commands = build_commands(loaded, built, files)
    if len(files.findings) > before:
        return None
    return Template(
        fields.id,
        titled(fields.title),
        fields.protocol,
        built,
        fields.source,
        fields.verified,
        fields.max_registers,
        fields.max_gap,
        commands,
        _places(fields.barriers, fields.base),
        _places(fields.holes, fields.base),
    )


def _places(places: list[At], base: int | None) -> frozenset[Place]:
    return frozenset((place.table, place.number - (base or 0)) for place in places)


def _check_holes(points: tuple[TemplatePoint, ...], loaded: Loaded[TemplateFile], files: Files) -> None:
    """A hole is where no point is; barriers and holes are there on Modbus only."""
    base = loaded.fields.base or 0
    for key in ("barriers", "holes"):
        places: list[At] = getattr(loaded.fields, key)
        if places and loaded.fields.protocol != "modbus":
            files.report("template.modbus-only", loaded.file.key((key,)), None, point=loaded.fields.id, key=key)
            return
    sources = [(point.name, point.source) for point in points if isinstance(point.source, ModbusSource)]
    for index, hole in enumerate(loaded.fields.holes):
        for name, source in sources:
            inside = 0 <= hole.number - base - source.address < source.words
            if inside and hole.table is source.table:
                files.report("template.hole", loaded.file.value(("holes", index)), point=name)


def _check_base(loaded: Loaded[TemplateFile], files: Files) -> None:
    modbus = loaded.fields.protocol == "modbus"
    if modbus and loaded.fields.base is None:
        files.report("template.base", loaded.file.value(("protocol",)))
    if not modbus and loaded.fields.base is not None:
        files.report("template.modbus-only", loaded.file.key(("base",)), None, point=loaded.fields.id, key="base")


def _check_names(loaded: Loaded[TemplateFile], files: Files) -> None:
    seen: set[str] = set()
    for index, point in enumerate(loaded.fields.points):
        place = loaded.file.value(("points", index, "name"))
        if point.name == _RESERVED:
            files.report("template.online", place)
        if point.name in seen:
            files.report("config.twice", place, id=point.name)
        seen.add(point.name)


def _check_overlaps(points: tuple[TemplatePoint, ...], loaded: Loaded[TemplateFile], files: Files) -> None:
    for (_, first), (index, second) in combinations(enumerate(points), 2):
        if _overlap(first.source, second.source):
            place = loaded.file.value(("points", index, "at"))
            files.report("template.overlap", place, point=second.name, other=first.name)


def _overlap(first: ModbusSource | BacnetSource, second: ModbusSource | BacnetSource) -> bool:
    if isinstance(first, ModbusSource) and isinstance(second, ModbusSource):
        return _registers_overlap(first, second)
    return first == second


def _registers_overlap(first: ModbusSource, second: ModbusSource) -> bool:
    if first.table is not second.table:
        return False
    if first.bit is not None and second.bit is not None and first.bit != second.bit:
        return False
    return first.address < second.address + second.words and second.address < first.address + first.words
