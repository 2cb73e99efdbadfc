"""The commands of a template: what each writes, and whether its device can take that."""

from math import inf

from config.assembly.points import LAST_ADDRESS
from config.reading.files import Files, Loaded
from config.reading.yamlfile import Path
from config.schema.place import At
from config.schema.template import TemplateCommandFields, TemplateFile, WriteFields
from drivers.codec import EncodeError, encode
from drivers.points import Place, Value
from drivers.templates import ModbusSource, PointWrite, Table, TemplateCommand, TemplatePoint, WordWrite
from rules.suggest import nearest

_WORD = 0xFFFF


def build_commands(
    loaded: Loaded[TemplateFile], points: tuple[TemplatePoint, ...], files: Files
) -> tuple[TemplateCommand, ...]:
    """Every command whose writes could be understood; ``points`` are those that could be built."""
    builder = _Builder(loaded, points, files)
    return tuple(builder.command(fields, ("commands", index)) for index, fields in enumerate(loaded.fields.commands))


class _Builder:
    """Builds the commands of one template."""

    def __init__(self, loaded: Loaded[TemplateFile], points: tuple[TemplatePoint, ...], files: Files) -> None:
        self.file = loaded.file
        self.modbus = loaded.fields.protocol == "modbus"
        self.base = loaded.fields.base or 0
        self.written = [point.name for point in loaded.fields.points]
        self.points = {point.name: point for point in points}
        self.files = files
        self.names: dict[str, Place] = {}
        self.groups: dict[object, tuple[str, str]] = {}
        """What is written -> the group that writes it, and the command."""

    def command(self, fields: TemplateCommandFields, path: Path) -> TemplateCommand:
        self.files.claim(self.names, fields.name, self.file.value((*path, "name")))
        writes = [self._write(write, (*path, "writes", index)) for index, write in enumerate(fields.writes)]
        built = tuple(write for write in writes if write)
        place = self.file.value((*path, "name"))
        self._check_group(fields, built, path)
        return TemplateCommand(fields.name, fields.title, built, fields.effect, place, fields.group or "")

    def _check_group(
        self, fields: TemplateCommandFields, writes: tuple[WordWrite | PointWrite, ...], path: Path
    ) -> None:
        """What moves without the rest is written by nobody else's commands."""
        if fields.group is None:
            return
        for written in (place for write in writes for place in _places(write, self.points)):
            group, other = self.groups.setdefault(written, (fields.group, fields.name))
            if group != fields.group:
                place = self.file.value((*path, "group"))
                self.files.report("template.group-shared", place, group, command=fields.name, other=other, group=group)
                return

    def _write(self, fields: WriteFields, path: Path) -> WordWrite | PointWrite | None:
        switched = isinstance(fields.value, bool)
        one = (fields.key is not None) + bool(fields.words) + switched == 1
        to_place = fields.at is not None and one and fields.point is None and not fields.relinquish
        to_point = fields.point is not None and (fields.value is not None) != fields.relinquish and fields.at is None
        if to_point and fields.key is None and not fields.words:
            return self._point(fields, path)
        if to_place and (switched or fields.value is None):
            return self._coil(fields, path) if switched else self._words(fields, path)
        self.files.report("template.write", self.file.value(path))
        return None

    def _words(self, fields: WriteFields, path: Path) -> WordWrite | None:
        words = tuple(fields.words) if fields.key is None else (fields.key, _WORD - fields.key)
        return self._placed(fields.at, Table.HOLDING, words, path)

    def _coil(self, fields: WriteFields, path: Path) -> WordWrite | None:
        return self._placed(fields.at, Table.COIL, (int(fields.value is True),), path)

    def _placed(self, at: object, table: Table, words: tuple[int, ...], path: Path) -> WordWrite | None:
        place = self.file.value((*path, "at"))
        if not self.modbus or not isinstance(at, At) or at.table is not table or at.bit is not None:
            self.files.report("template.write-at", place)
            return None
        address = at.number - self.base
        if address < 0 or address + len(words) - 1 > LAST_ADDRESS:
            self.files.report("template.write-address", place, first=self.base, last=LAST_ADDRESS + self.base)
            return None
        return WordWrite(address, words, table)

    def _point(self, fields: WriteFields, path: Path) -> PointWrite | None:
        name, place = fields.point or "", self.file.value((*path, "point"))
        if name not in self.written:
            self.files.report("template.no-point", place, nearest(name, self.written), point=name)
            return None
        if self.modbus and (fields.relinquish or fields.priority is not None):
            self.files.report("template.bacnet-only", self.file.value(path))
            return None
        value = fields.value if isinstance(fields.value, bool | int | float | str) else None
        if name in self.points:
            self._check_value(self.points[name], value, path)
            self._check_range(self.points[name], value, path)
        return PointWrite(name, value, fields.priority)

    def _check_value(self, point: TemplatePoint, value: Value | None, path: Path) -> None:
        source = point.source
        if not isinstance(source, ModbusSource):
            return
        if source.table not in (Table.COIL, Table.HOLDING) or source.bit is not None or source.needs:
            self.files.report("template.not-writable", self.file.value((*path, "point")), point=point.name)
        elif value is not None and not _encodable(point, value):
            self.files.report(
                "codec.not-encodable", self.file.value((*path, "value")), None, point=point.name, value=value
            )

    def _check_range(self, point: TemplatePoint, value: Value | None, path: Path) -> None:
        if isinstance(value, bool) or not isinstance(value, int | float):
            return
        low, high = (-inf if point.low is None else point.low), (inf if point.high is None else point.high)
        if not low <= value <= high:
            place, span = self.file.value((*path, "value")), {"low": f"{low:g}", "high": f"{high:g}"}
            self.files.report("template.write-range", place, None, point=point.name, value=value, **span)


def _places(write: WordWrite | PointWrite, points: dict[str, TemplatePoint]) -> list[object]:
    """Every register, coil or object that ``write`` changes."""
    if isinstance(write, WordWrite):
        return [(write.table, write.address + index) for index in range(len(write.words))]
    source = points[write.point].source if write.point in points else write.point
    if isinstance(source, ModbusSource):
        return [(source.table, source.address + index) for index in range(source.words)]
    return [source if isinstance(source, str) else (source.object_type, source.instance)]


def _encodable(point: TemplatePoint, value: Value) -> bool:
    try:
        encode(point, value)
    except EncodeError:
        return False
    return True
