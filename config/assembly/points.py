"""The points of a template: where each is on the wire, how it is coded, and whether that can be."""

from config.files import Files, Loaded
from config.schema.base import titled
from config.schema.template import At, ObjectAt, PointFields, TemplateFile
from config.yamlfile import Path
from drivers.points import Kind, PlantgateError
from drivers.templates import BacnetSource, ModbusSource, Table, TemplatePoint

_WIDTH = {"bit": 1, "u16": 16, "i16": 16, "u32": 32, "i32": 32, "f32": 32}
LAST_ADDRESS = 65535
"""Highest Modbus address on the wire."""
_MAX_ENUM = 65535
"""No enumeration of BACnet goes further (ASHRAE 135, clause 23.1)."""


def build_point(index: int, loaded: Loaded[TemplateFile], files: Files) -> TemplatePoint | None:
    """The point at ``index`` of the file; None after findings."""
    fields, path = loaded.fields.points[index], ("points", index)
    if isinstance(fields.at, At) != (loaded.fields.protocol == "modbus"):
        code = "template.at" if loaded.fields.protocol == "modbus" else "template.at-object"
        files.report(code, loaded.file.value((*path, "at")))
        return None
    if isinstance(fields.at, At):
        return _ModbusPoint(fields, fields.at, path, loaded, files).build()
    return _BacnetPoint(fields, fields.at, path, loaded, files).build()


class _Point:
    """One point on its way from text to source."""

    def __init__(self, fields: PointFields, path: Path, loaded: Loaded[TemplateFile], files: Files) -> None:
        self.fields = fields
        self.path = path
        self.file = loaded.file
        self.files = files

    @property
    def kind(self) -> Kind:
        raise NotImplementedError

    def _report(self, code: str, *path: str | int, **arguments: object) -> None:
        place = self.file.value((*self.path, *path))
        self.files.report(code, place, None, point=self.fields.name, **arguments)

    def _check_numbers(self, limit: int) -> None:
        if self.fields.scale == 0:
            self._report("template.scale", "scale")
        if self.fields.range and self.fields.range[0] >= self.fields.range[1]:
            self._report("template.range", "range")
        for key in self.fields.states:
            if not key.isdecimal() or int(key) > limit:
                self._report("template.raw", "states", key, value=key, limit=limit)

    def _states(self) -> tuple[tuple[int, str], ...]:
        return tuple((int(raw), name) for raw, name in self.fields.states.items())

    def _point(self, source: ModbusSource | BacnetSource) -> TemplatePoint:
        low, high = self.fields.range or (None, None)
        return TemplatePoint(
            name=self.fields.name,
            title=titled(self.fields.title),
            kind=self.kind,
            source=source,
            unit=self.fields.unit,
            low=low,
            high=high,
            # Two raw numbers may mean the same state.
            states=tuple(dict.fromkeys(self.fields.states.values())),
            poll=self.fields.poll.value,
        )


class _ModbusPoint(_Point):
    """A value in registers or bits."""

    def __init__(self, fields: PointFields, at: At, path: Path, loaded: Loaded[TemplateFile], files: Files) -> None:
        super().__init__(fields, path, loaded, files)
        self.at = at
        self.base = loaded.fields.base or 0

    def build(self) -> TemplatePoint | None:
        before = len(self.files.findings)
        self._check_type()
        self._check_address()
        self._check_kind()
        self._check_raw()
        return None if len(self.files.findings) > before else self._point(self._source())

    @property
    def is_bit(self) -> bool:
        return self.at.bit is not None or self.at.table in (Table.COIL, Table.DISCRETE)

    @property
    def type(self) -> str:
        return self.fields.type.value if self.fields.type else "bit"

    @property
    def kind(self) -> Kind:
        inferred = Kind.BINARY if self.is_bit else Kind.ENUM if self.fields.states else Kind.ANALOG
        return self.fields.kind or inferred

    def _check_type(self) -> None:
        if self.is_bit != (self.type == "bit"):
            self._report("template.type-not-bit" if self.is_bit else "template.type-missing", "type")

    def _check_address(self) -> None:
        number = self.at.number
        last = number - self.base + (2 if _WIDTH[self.type] == 32 else 1) - 1
        if number < self.base or last > LAST_ADDRESS:
            self._report("template.address", "at", first=self.base, last=LAST_ADDRESS + self.base)

    def _check_kind(self) -> None:
        if (self.kind is Kind.BINARY) != self.is_bit or (self.kind is Kind.ENUM) != bool(self.fields.states):
            self._report("template.kind", "kind", kind=self.kind.value)
        if self.kind is Kind.TEXT:
            self._report("template.kind", "kind", kind=self.kind.value)

    def _check_raw(self) -> None:
        limit = 2 ** _WIDTH[self.type] - 1
        self._check_numbers(limit)
        for index, raw in enumerate(self.fields.invalid):
            if not 0 <= raw <= limit:
                self._report("template.raw", "invalid", index, value=raw, limit=limit)

    def _source(self) -> ModbusSource:
        fields = self.fields
        return ModbusSource(
            table=self.at.table,
            address=self.at.number - self.base,
            type=self.type,
            bit=self.at.bit,
            word_order=fields.word_order,
            scale=fields.scale,
            offset=fields.offset,
            invalid=tuple(fields.invalid),
            states=self._states(),
        )


class _BacnetPoint(_Point):
    """A property of an object."""

    def __init__(
        self, fields: PointFields, at: ObjectAt, path: Path, loaded: Loaded[TemplateFile], files: Files
    ) -> None:
        super().__init__(fields, path, loaded, files)
        self.at = at

    def build(self) -> TemplatePoint | None:
        before = len(self.files.findings)
        source = self._source()
        self._check_object(source)
        self._check_coding()
        self._check_numbers(_MAX_ENUM)
        return None if len(self.files.findings) > before else self._point(source)

    @property
    def kind(self) -> Kind:
        inferred = Kind.BINARY if self.at.object_type.startswith("binary-") else Kind.ANALOG
        return self.fields.kind or (Kind.ENUM if self.fields.states else inferred)

    def _check_object(self, source: BacnetSource) -> None:
        # The package brings in its whole stack, which only a site with BACnet shall pay for.
        from drivers.bacnet.source import object_key, property_key

        place = self.file.value((*self.path, "at"))
        for check in (object_key, property_key):
            try:
                check(source)
            except PlantgateError as error:
                self.files.report(error.code, place, None, **error.arguments)

    def _check_coding(self) -> None:
        fields = self.fields
        for key, used in (("type", fields.type), ("invalid", fields.invalid)):
            if used:
                self._report("template.modbus-only", key, key=key)
        if (self.kind is Kind.ENUM) != bool(fields.states):
            self._report("template.kind", "kind", kind=self.kind.value)

    def _source(self) -> BacnetSource:
        at, fields = self.at, self.fields
        return BacnetSource(at.object_type, at.instance, at.property, fields.scale, fields.offset, self._states())
