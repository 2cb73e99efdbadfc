"""What the points of every protocol share on their way from text to source."""

from config.reading.files import Files, Loaded
from config.reading.yamlfile import Path
from config.schema.template import PointFields, TemplateFile
from drivers.points import Kind
from drivers.templates import BacnetSource, ModbusSource, TemplatePoint


class PointBuilder:
    """One point of a template file."""

    def __init__(self, fields: PointFields, path: Path, loaded: Loaded[TemplateFile], files: Files) -> None:
        self.fields = fields
        self.path = path
        self.file = loaded.file
        self.files = files

    def build(self) -> TemplatePoint | None:
        """The point; None after findings."""
        raise NotImplementedError

    @property
    def kind(self) -> Kind:
        """What sort of value it has."""
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
            title=self.fields.title,
            kind=self.kind,
            source=source,
            unit=self.fields.unit,
            low=low,
            high=high,
            # Two raw numbers may mean the same state.
            states=tuple(dict.fromkeys(self.fields.states.values())),
            poll=self.fields.poll.value,
        )
