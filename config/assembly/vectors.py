"""Vectors: raw words and what they mean by the manual, decoded as soon as the file is read. No wire, no emulator."""

import math

from config.reading.files import Files, Loaded
from config.reading.yamlfile import Path
from config.schema.template import TemplateFile, VectorFields
from drivers.codec import BIT_TABLES, Decoded, Decoder, compile_decoder
from drivers.points import Quality, Reason, Value
from drivers.templates import Coding, ModbusSource, TemplatePoint, Vector
from rules.suggest import nearest

_PRECISION = {Coding.F32: 1e-6}
"""Coding -> how far, relative to it, a value may be from the written one; 32 bits hold seven digits."""


def build_vectors(points: tuple[TemplatePoint, ...], loaded: Loaded[TemplateFile], files: Files) -> tuple[Vector, ...]:
    """Every vector that is right; ``points`` are those that could be built."""
    builder = _Builder(points, loaded, files)
    built = (builder.build(fields, ("vectors", index)) for index, fields in enumerate(loaded.fields.vectors))
    return tuple(vector for vector in built if vector)


def decoded(point: TemplatePoint, vector: Vector) -> Decoded:
    """What our decoder makes of the words of ``vector``."""
    given = vector.given
    factor: Decoder | None = (lambda _: (given, Quality.GOOD, Reason.NONE)) if point.modbus.needs else None
    in_bits = point.modbus.table in BIT_TABLES
    answer = b"".join(word.to_bytes(1 if in_bits else 2, "big") for word in vector.words)
    return compile_decoder(point, point.modbus.address, factor)(answer)


class _Builder:
    """Builds the vectors of one template."""

    def __init__(self, points: tuple[TemplatePoint, ...], loaded: Loaded[TemplateFile], files: Files) -> None:
        self.names = [point.name for point in loaded.fields.points]
        self.points = {point.name: point for point in points}
        self.file = loaded.file
        self.files = files

    def build(self, fields: VectorFields, path: Path) -> Vector | None:
        if fields.point not in self.names:
            suggestion = nearest(fields.point, self.names)
            self.files.report("template.no-point", self.file.value((*path, "point")), suggestion, point=fields.point)
        point = self.points.get(fields.point)
        if point is None or not isinstance(point.source, ModbusSource):
            return None
        reason = Reason(fields.bad.value) if fields.bad else Reason.NONE
        vector = Vector(point.name, fields.raw, _value(fields.value), reason, _value(fields.given))
        return vector if self._whole(fields, point.source, path) and self._true(point, vector, path) else None

    def _whole(self, fields: VectorFields, source: ModbusSource, path: Path) -> bool:
        """Whether it says all that decoding takes."""
        before = len(self.files.findings)
        place = self.file.value(path)
        if (fields.value is None) == (fields.bad is None):
            self.files.report("template.vector", place)
        if (fields.given is not None) != bool(source.needs):
            self.files.report("template.vector-given", place, point=fields.point, needs=source.needs or "-")
        if len(fields.raw) != source.words or (source.table in BIT_TABLES and fields.raw[0] > 1):
            raw = self.file.value((*path, "raw"))
            self.files.report("template.vector-words", raw, point=fields.point, words=source.words)
        return len(self.files.findings) == before

    def _true(self, point: TemplatePoint, vector: Vector, path: Path) -> bool:
        value, _, reason = decoded(point, vector)
        if reason is vector.reason and _same(point.modbus, value, vector.value):
            return True
        wanted = vector.reason.value if vector.value is None else vector.value
        place = self.file.value((*path, "bad" if vector.value is None else "value"))
        found = reason.value if value is None else value
        self.files.report("template.vector-wrong", place, point=point.name, found=found, wanted=wanted)
        return False


def _value(value: object) -> Value | None:
    return value if isinstance(value, bool | int | float | str) else None


def _same(source: ModbusSource, found: Value | None, wanted: Value | None) -> bool:
    if isinstance(found, str | bool | None) or isinstance(wanted, str | bool | None):
        return found is wanted or (found == wanted and type(found) is type(wanted))
    precision = _PRECISION.get(Coding(source.type), 1e-12)
    return math.isclose(found, wanted, rel_tol=precision, abs_tol=1e-12)
