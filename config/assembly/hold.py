"""The digital input that holds all commands: a contact that is read often enough."""

from config.reading.files import Files, Loaded
from config.schema.plant import PlantFile
from drivers.points import Kind
from drivers.templates import Device
from rules.procedure.book import HoldInput
from rules.suggest import nearest

FAST = "fast"
"""Poll class that a hold is read with: its period is most of the time until it acts."""


def build_hold(loaded: Loaded[PlantFile], devices: tuple[Device, ...], files: Files) -> HoldInput | None:
    """The input as written; None where there is none. A mistake is reported and the input kept: unknown holds."""
    fields = loaded.fields.hold
    if fields is None:
        return None
    place = loaded.file.value(("hold", "input"))
    name, _, point = fields.input.partition(".")
    written = {device.id for device in loaded.fields.devices}
    if name not in written:
        files.report("equipment.no-device", place, nearest(name, written), device=name)
    device = next((one for one in devices if one.id == name), None)
    if device is not None:
        points = {one.name: one for one in device.template.points}
        if point not in points:
            suggestion, template = nearest(point, points), device.template.id
            files.report("equipment.no-point", place, suggestion, point=point, template=template)
        elif points[point].kind is not Kind.BINARY:
            files.report("hold.kind", place, None, point=fields.input, found=points[point].kind.value)
        elif points[point].poll != FAST:
            files.report("hold.slow", place, None, point=fields.input, poll=points[point].poll)
    return HoldInput(fields.input, fields.active)
