"""The points of a template: each by itself, and that they do not contradict one another."""

from config.assembly.bacnet_point import BacnetPointBuilder
from config.assembly.modbus_point import LAST_ADDRESS, ModbusPointBuilder
from config.reading.files import Files, Loaded
from config.schema.place import At
from config.schema.template import TemplateFile
from drivers.codec import BIT_TABLES, mask
from drivers.points import Kind, Place
from drivers.templates import ModbusSource, TemplatePoint
from rules.suggest import nearest

__all__ = ["LAST_ADDRESS", "build_points"]

_RESERVED = "online"
"""The point every device has by itself: whether it answers."""
_SCALES = (Kind.ANALOG, Kind.COUNTER)


def build_points(loaded: Loaded[TemplateFile], files: Files) -> tuple[TemplatePoint, ...]:
    """Every point that could be built."""
    points = tuple(point for index in range(len(loaded.fields.points)) if (point := _build(index, loaded, files)))
    _check_names(loaded, files)
    _check_needs(points, loaded, files)
    if len(points) == len(loaded.fields.points):
        _check_overlaps(points, loaded, files)
    return points


def _build(index: int, loaded: Loaded[TemplateFile], files: Files) -> TemplatePoint | None:
    """The point at ``index`` of the file; None after findings."""
    fields, path = loaded.fields.points[index], ("points", index)
    if isinstance(fields.at, At) != (loaded.fields.protocol == "modbus"):
        code = "template.at" if loaded.fields.protocol == "modbus" else "template.at-object"
        files.report(code, loaded.file.value((*path, "at")))
        return None
    if isinstance(fields.at, At):
        return ModbusPointBuilder(fields, fields.at, path, loaded, files).build()
    return BacnetPointBuilder(fields, fields.at, path, loaded, files).build()


def _check_names(loaded: Loaded[TemplateFile], files: Files) -> None:
    taken: dict[str, Place] = {}
    for index, point in enumerate(loaded.fields.points):
        place = loaded.file.value(("points", index, "name"))
        if point.name == _RESERVED:
            files.report("template.online", place)
        files.claim(taken, point.name, place)


def _check_needs(points: tuple[TemplatePoint, ...], loaded: Loaded[TemplateFile], files: Files) -> None:
    """What holds a scale or decimals is a number of its own, in registers."""
    names, built = [point.name for point in loaded.fields.points], {point.name: point for point in points}
    for index, fields in enumerate(loaded.fields.points):
        key = "scale_from" if fields.scale_from else "decimals_from"
        name = fields.scale_from or fields.decimals_from
        if name is None:
            continue
        place, other = loaded.file.value(("points", index, key)), built.get(name)
        if name not in names:
            files.report("template.no-point", place, nearest(name, names), point=name)
        elif other and isinstance(other.source, ModbusSource) and not _is_scale(other, other.source):
            files.report("template.needs", place, point=name)


def _is_scale(point: TemplatePoint, source: ModbusSource) -> bool:
    return point.kind in _SCALES and source.table not in BIT_TABLES and not source.needs


def _check_overlaps(points: tuple[TemplatePoint, ...], loaded: Loaded[TemplateFile], files: Files) -> None:
    """No register, bit or property is two points."""
    owners: dict[tuple[object, ...], list[tuple[int, int]]] = {}
    for index, point in enumerate(points):
        for spot, bits in _spots(point):
            owners.setdefault(spot, []).append((index, bits))
    clashes = {
        (later, earlier)
        for taken in owners.values()
        for position, (later, bits) in enumerate(taken)
        for earlier, others in taken[:position]
        if bits & others
    }
    for later, earlier in sorted(clashes):
        place = loaded.file.value(("points", later, "at"))
        files.report("template.overlap", place, point=points[later].name, other=points[earlier].name)


def _spots(point: TemplatePoint) -> list[tuple[tuple[object, ...], int]]:
    """Each place a value occupies, and which bits of it."""
    source = point.source
    if not isinstance(source, ModbusSource):
        return [((source,), 1)]
    return [((source.table, source.address + index), mask(source)) for index in range(source.words)]
