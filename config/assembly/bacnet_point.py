"""A BACnet point of a template: which property of which object it is."""

from config.assembly.point import PointBuilder
from config.reading.files import Files, Loaded
from config.reading.yamlfile import Path
from config.schema.place import ObjectAt
from config.schema.template import PointFields, TemplateFile
from drivers.points import Kind, PlantgateError
from drivers.templates import BacnetSource, TemplatePoint

_MAX_ENUM = 65535
"""No enumeration of BACnet goes further (ASHRAE 135, clause 23.1)."""
_MODBUS_ONLY = (
    "type",
    "length",
    "word_order",
    "byte_order",
    "scale_from",
    "decimals_from",
    "invalid",
    "sensor_fault",
)


class BacnetPointBuilder(PointBuilder):
    """A property of an object."""

    def __init__(
        self, fields: PointFields, at: ObjectAt, path: Path, loaded: Loaded[TemplateFile], files: Files
    ) -> None:
        super().__init__(fields, path, loaded, files)
        self.at = at

    def build(self) -> TemplatePoint | None:
        """The point; None after findings."""
        before = len(self.files.findings)
        source = self._source()
        self._check_object(source)
        self._check_coding()
        self._check_numbers(_MAX_ENUM)
        return None if len(self.files.findings) > before else self._point(source)

    @property
    def kind(self) -> Kind:
        """What the file says, or what the object is by nature."""
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
        for key in _MODBUS_ONLY:
            if getattr(self.fields, key):
                self._report("template.modbus-only", key, key=key)
        if (self.kind is Kind.ENUM) != bool(self.fields.states):
            self._report("template.kind", "kind", kind=self.kind.value)

    def _source(self) -> BacnetSource:
        at, fields = self.at, self.fields
        return BacnetSource(at.object_type, at.instance, at.property, fields.scale, fields.offset, self._states())
