"""Device templates: points, commands, what proves them, and how a device wants to be asked."""

from config.assembly.addresses import doubt_references
from config.assembly.commands import build_commands
from config.assembly.identity import build_identity
from config.assembly.offers import Classes, check_offers
from config.assembly.points import build_points
from config.assembly.vectors import build_vectors
from config.reading.files import Files, Loaded
from config.schema.place import At
from config.schema.template import TemplateFile, Verified
from drivers.templates import Area, ModbusSource, Offer, Place, Template, TemplatePoint
from rules.suggest import nearest

ENOUGH_VECTORS = 3
"""Without so many a map was not verified against its manual."""
_MODBUS_ONLY = ("base", "barriers", "holes", "areas", "invalid", "vectors", "identity", "fingerprint")


def build_template(loaded: Loaded[TemplateFile], files: Files, classes: Classes | None = None) -> Template | None:
    """The template of one file; None after findings.

    With ``classes`` it is one of a site: the equipment it offers is judged too, and addresses are doubted.
    """
    before = len(files.findings)
    fields = loaded.fields
    _check_protocol(loaded, files)
    points = build_points(loaded, files)
    _check_layout(points, loaded, files)
    commands = build_commands(loaded, points, files)
    vectors = build_vectors(points, loaded, files)
    offers = _offers(loaded, files)
    identity = build_identity(loaded, points, files)
    _check_verified(loaded, files)
    if len(files.findings) > before:
        return None
    template = Template(
        fields.id,
        fields.title,
        fields.protocol,
        points,
        fields.source,
        fields.verified,
        fields.max_registers,
        fields.max_gap,
        commands,
        _places(fields.barriers, fields.base),
        _places(fields.holes, fields.base),
        _areas(fields),
        fields.page,
        vectors,
        offers,
        fields.base or 0,
        identity,
    )
    if classes is not None:
        check_offers(template, loaded, classes, files)
        doubt_references(loaded, files)
    return None if len(files.findings) > before else template


def _check_protocol(loaded: Loaded[TemplateFile], files: Files) -> None:
    if loaded.fields.protocol == "modbus":
        if loaded.fields.base is None:
            files.report("template.base", loaded.file.value(("protocol",)))
        return
    for key in _MODBUS_ONLY:
        if getattr(loaded.fields, key) not in (None, [], {}):
            files.report("template.modbus-only", loaded.file.key((key,)), None, point=loaded.fields.id, key=key)


def _places(places: list[At], base: int | None) -> frozenset[Place]:
    return frozenset((place.table, place.number - (base or 0)) for place in places)


def _areas(fields: TemplateFile) -> frozenset[Area]:
    base = fields.base or 0
    return frozenset(Area(area.at.table, area.at.number - base, area.count) for area in fields.areas)


def _check_layout(points: tuple[TemplatePoint, ...], loaded: Loaded[TemplateFile], files: Files) -> None:
    """A hole is where no point is; a point is in an area or outside; no value is wider than a request."""
    holes = [(hole.table, hole.number - (loaded.fields.base or 0)) for hole in loaded.fields.holes]
    areas = _areas(loaded.fields)
    written = {fields.name: index for index, fields in enumerate(loaded.fields.points)}
    for point in points:
        if not isinstance(point.source, ModbusSource):
            continue
        occupied = {(point.source.table, point.source.address + index) for index in range(point.source.words)}
        for index, hole in enumerate(holes):
            if hole in occupied:
                files.report("template.hole", loaded.file.value(("holes", index)), point=point.name)
        place = loaded.file.value(("points", written[point.name], "at"))
        if any(len({area.holds(*one) for one in occupied}) > 1 for area in areas):
            files.report("template.area", place, point=point.name)
        if point.source.words > loaded.fields.max_registers:
            files.report("plan.value-too-wide", place, point=point.name, words=point.source.words)


def _offers(loaded: Loaded[TemplateFile], files: Files) -> tuple[Offer, ...]:
    names = [point.name for point in loaded.fields.points]
    for index, fields in enumerate(loaded.fields.equipment):
        for role, name in fields.roles.items():
            if name not in names:
                place = loaded.file.value(("equipment", index, "roles", role))
                files.report("template.no-point", place, nearest(name, names), point=name)
        known = [command.name for command in loaded.fields.commands]
        for verb, name in fields.commands.items():
            if name not in known:
                place = loaded.file.value(("equipment", index, "commands", verb))
                files.report("template.no-command", place, nearest(name, known), command=name)
    return tuple(Offer(fields.cls, fields.roles, fields.commands) for fields in loaded.fields.equipment)


def _check_verified(loaded: Loaded[TemplateFile], files: Files) -> None:
    """Who says that a map was verified against the manual names the page and shows it."""
    fields = loaded.fields
    enough = fields.source and fields.page and len(fields.vectors) >= ENOUGH_VECTORS
    if fields.verified is Verified.MANUAL and not enough:
        place = loaded.file.value(("verified",))
        suggestion = f"verified: {Verified.SOURCE.value if fields.source else Verified.PARTIAL.value}"
        files.report("template.unproven", place, suggestion, wanted=ENOUGH_VECTORS, count=len(fields.vectors))
