"""Links and devices: every device on a link that exists, with a template that exists, alone at its place."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from config.assembly.buses import check_loads, check_wires
from config.assembly.definitions import Definitions
from config.assembly.points import LAST_ADDRESS
from config.plant import Link, Recorded
from config.reading.files import Files, Loaded
from config.schema.plant import DeviceFields, PlantFile
from drivers.modbus.units import units_on
from drivers.templates import Device, Template, WordWrite
from rules.suggest import nearest


def build_links(loaded: Loaded[PlantFile], files: Files) -> tuple[Link, ...]:
    """Every link; those that cannot work are findings."""
    check_wires(loaded, files)
    return tuple(Link(link.id, link.url) for link in loaded.fields.links)


def build_devices(
    loaded: Loaded[PlantFile], templates: Definitions[Template], recorded: Recorded, files: Files
) -> tuple[Device, ...]:
    """Every device whose template could be read, with who it was when that was ``recorded``."""
    _check_places(loaded, files)
    built = [_device(fields, index, loaded, templates, files) for index, fields in enumerate(loaded.fields.devices)]
    devices = tuple(replace(device, identity=recorded.get(device.id, {})) for device in built if device)
    check_loads(loaded, devices, files)
    return devices


def _device(
    fields: DeviceFields, index: int, loaded: Loaded[PlantFile], templates: Definitions[Template], files: Files
) -> Device | None:
    links = [link.id for link in loaded.fields.links]
    if fields.link not in links:
        place = loaded.file.value(("devices", index, "link"))
        files.report("plant.no-link", place, nearest(fields.link, links), link=fields.link)
    if fields.template not in templates.known():
        _report_template(fields.template, loaded, index, templates, files)
        return None
    template = templates.get(fields.template)
    if template is None:
        return None
    address = _address(fields, index, template, loaded, files)
    if address is None:
        return None
    polls = {"fast": fields.polls.fast, "normal": fields.polls.normal, "slow": fields.polls.slow}
    shifted = template.shifted(fields.offset) if fields.offset else template
    return Device(fields.id, fields.link, address, shifted, fields.timeout, polls, fields.offset)


def _address(
    fields: DeviceFields, index: int, template: Template, loaded: Loaded[PlantFile], files: Files
) -> str | None:
    """How the device is addressed on its link, in the way of its protocol; None after findings."""
    before = len(files.findings)
    modbus = template.protocol == "modbus"
    wanted, other = ("unit", "address") if modbus else ("address", "unit")
    given = fields.model_fields_set
    if wanted not in given:
        files.report("plant.place-missing", loaded.file.value(("devices", index)), wanted=wanted, template=template.id)
    for key in {other} & given if modbus else {other, "offset"} & given:
        files.report("plant.place-foreign", loaded.file.key(("devices", index, key)), key=key, template=template.id)
    _check_link(fields, index, template, loaded, files)
    _check_unit(fields, index, loaded, files)
    if modbus and _last_address(template) + fields.offset > LAST_ADDRESS:
        files.report("plant.offset", loaded.file.value(("devices", index, "offset")), last=LAST_ADDRESS)
    return None if len(files.findings) > before else str(fields.unit if modbus else fields.address)


def _last_address(template: Template) -> int:
    points = (point.modbus.address + point.modbus.words - 1 for point in template.points)
    writes = (write for command in template.commands for write in command.writes if isinstance(write, WordWrite))
    return max((*points, *(write.address + len(write.words) - 1 for write in writes)))


def _check_link(fields: DeviceFields, index: int, template: Template, loaded: Loaded[PlantFile], files: Files) -> None:
    urls = [link.url for link in loaded.fields.links if link.id == fields.link]
    if urls and not urls[0].startswith(template.protocol):
        place = loaded.file.value(("devices", index, "template"))
        files.report("plant.protocol", place, template=template.id, protocol=template.protocol, link=fields.link)


def _check_unit(fields: DeviceFields, index: int, loaded: Loaded[PlantFile], files: Files) -> None:
    """A line has fewer numbers than a network."""
    for scheme in (link.url.partition(":")[0] for link in loaded.fields.links if link.id == fields.link):
        known = units_on(scheme)
        if fields.unit is not None and fields.unit not in known:
            place = loaded.file.value(("devices", index, "unit"))
            files.report("plant.unit", place, link=fields.link, low=known[0], high=known[-1])


def _report_template(
    name: str, loaded: Loaded[PlantFile], index: int, templates: Definitions[Template], files: Files
) -> None:
    place = loaded.file.value(("devices", index, "template"))
    missing = str(Path(templates.folder) / f"{name}.yaml")
    files.report("plant.no-template", place, nearest(name, templates.known()), template=name, file=missing)


def _check_places(loaded: Loaded[PlantFile], files: Files) -> None:
    seen: dict[tuple[object, ...], str] = {}
    for index, device in enumerate(loaded.fields.devices):
        for key, (code, taken, *more) in _places(device):
            place = (code, device.link, taken, *more)
            if place in seen:
                at = loaded.file.value(("devices", index, key))
                files.report(code, at, taken=taken, link=device.link, other=seen[place])
            seen.setdefault(place, device.id)


def _places(device: DeviceFields) -> Iterator[tuple[str, tuple[str, object, *tuple[object, ...]]]]:
    """What nobody else on the link may have: its key in the file; the message code of a second owner, the place."""
    if device.unit is not None:
        yield "unit", ("plant.same-unit", device.unit, device.offset)
    if device.address is not None:
        place, _, instance = device.address.partition("/")
        yield "address", ("plant.same-address", place)
        # A number names one device of a network (ASHRAE 135, clause 12.11.1).
        yield "address", ("plant.same-instance", instance)
