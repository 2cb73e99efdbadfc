"""What tells one device of a template from another: registers that name it, or registers that never change."""

from config.assembly.modbus_point import ModbusPointBuilder
from config.reading.files import Files, Loaded
from config.schema.place import At
from config.schema.template import IdentityFields, PointFields, TemplateFile
from drivers.templates import TemplatePoint

ENOUGH = 2
"""Registers without which a fingerprint tells nothing."""


def build_identity(
    loaded: Loaded[TemplateFile], points: tuple[TemplatePoint, ...], files: Files
) -> tuple[TemplatePoint, ...]:
    """The registers of ``identity`` or ``fingerprint``; those that could be built."""
    fields = loaded.fields
    key = "identity" if fields.identity else "fingerprint"
    _check_words(loaded, files)
    names = {fields.name: index for index, fields in enumerate(loaded.fields.points)}
    taken = {point.name: loaded.file.value(("points", names[point.name], "name")) for point in points}
    built: list[TemplatePoint] = []
    for index, one in enumerate(fields.identity or fields.fingerprint):
        files.claim(taken, one.name, loaded.file.value((key, index, "name")))
        point = _build(one, (key, index), loaded, files)
        built += [point] if point else []
    return tuple(built)


def _check_words(loaded: Loaded[TemplateFile], files: Files) -> None:
    """A device tells who it is, or it does not and then has a fingerprint."""
    fields = loaded.fields
    if fields.fingerprint and fields.identity is not None:
        files.report("template.fingerprint-beside", loaded.file.key(("fingerprint",)))
    elif fields.identity is None and len(fields.fingerprint) < ENOUGH:
        key = "fingerprint" if fields.fingerprint else "identity"
        files.report("template.fingerprint-short", loaded.file.key((key,)), wanted=ENOUGH)


def _build(
    fields: IdentityFields, path: tuple[str, int], loaded: Loaded[TemplateFile], files: Files
) -> TemplatePoint | None:
    if not isinstance(fields.at, At):
        files.report("template.at", loaded.file.value((*path, "at")))
        return None
    point = PointFields.model_construct(
        name=fields.name,
        title={"en": fields.name},
        at=fields.at,
        type=fields.type,
        length=fields.length,
        # Every number counts here, those too that mean "not available" elsewhere.
        invalid=[],
    )
    built = ModbusPointBuilder(point, fields.at, path, loaded, files).build()
    if built and built.modbus.words > loaded.fields.max_registers:
        place = loaded.file.value((*path, "at"))
        files.report("plan.value-too-wide", place, point=fields.name, words=built.modbus.words)
    return built
