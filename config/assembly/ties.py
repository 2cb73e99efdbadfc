"""What equipment is tied to: other equipment by relations, and the commands of devices that carry out its verbs."""

from collections.abc import Mapping

from config.reading.files import Files
from config.reading.yamlfile import Path, YamlFile
from config.schema.plant import EquipmentFields
from drivers.templates import Device
from rules.model import EquipmentClass
from rules.suggest import nearest

NONE = "none"
"""Written instead of an equipment: there is none here."""


def build_relations(
    cls: EquipmentClass, fields: EquipmentFields, path: Path, others: Mapping[str, str], file: YamlFile, files: Files
) -> dict[str, str]:
    """Relation name -> equipment id; ``others`` are all equipment of the site with their classes."""
    for name, relation in cls.relations.items():
        # `mians` instead of `mains` is one mistake, told at the word.
        strange = (nearest(other, cls.relations) for other in fields.relations if other not in cls.relations)
        if relation.required and name not in fields.relations and name not in strange:
            there = next((other for other, found in others.items() if found in relation.classes), "EQUIPMENT")
            arguments = {"relation": name, "cls": cls.id, "wanted": relation.cls}
            hint = f"relations: {{{name}: {there}}}"
            files.report("equipment.relation-missing", file.value(path[:-1]), hint, **arguments)
    for name, other in fields.relations.items():
        place = file.value((*path, name))
        if name not in cls.relations:
            suggestion = nearest(name, cls.relations)
            files.report("equipment.no-relation", file.key((*path, name)), suggestion, cls=cls.id, relation=name)
        elif other == NONE:
            continue
        elif other not in others:
            files.report("equipment.no-equipment", place, nearest(other, others), equipment=other)
        elif others[other] not in cls.relations[name].classes:
            wanted, found = " | ".join(cls.relations[name].classes), others[other]
            files.report("equipment.relation-class", place, relation=name, wanted=wanted, found=found)
    return {name: other for name, other in fields.relations.items() if other != NONE}


def without(fields: EquipmentFields) -> dict[str, str]:
    """The relations of which the site says there is none -> why; empty where it gives no reason."""
    return {name: fields.reasons.get(name, "").strip() for name, other in fields.relations.items() if other == NONE}


class CommandTies:
    """Finds what carries out the verbs of one equipment."""

    def __init__(self, devices: Mapping[str, Device], file: YamlFile, files: Files) -> None:
        """``devices`` are those that could be built, by id."""
        self.devices = devices
        self.file = file
        self.files = files

    def build(self, cls: EquipmentClass, fields: EquipmentFields, path: Path) -> dict[str, str]:
        """Verb -> ``device.command``: as written, else the one bound device that has a command of that name."""
        for name, reference in fields.commands.items():
            self._check(cls, name, reference, (*path, "commands", name))
        found = {name: self._default(name, fields, path) for name in cls.commands if name not in fields.commands}
        return {name: reference for name, reference in (found | fields.commands).items() if reference}

    def _check(self, cls: EquipmentClass, name: str, reference: str, path: Path) -> None:
        if name not in cls.commands:
            code = "equipment.read-only" if cls.read_only else "equipment.no-command"
            self.files.report(code, self.file.key(path), nearest(name, cls.commands), cls=cls.id, command=name)
        device_id, _, command = reference.partition(".")
        device = self.devices.get(device_id)
        if device is None:
            self.files.report(
                "equipment.no-device", self.file.value(path), nearest(device_id, self.devices), device=device_id
            )
        elif device.template.command(command) is None:
            known = [entry.name for entry in device.template.commands]
            self.files.report(
                "equipment.no-device-command",
                self.file.value(path),
                nearest(command, known),
                template=device.template.id,
                command=command,
            )

    def _default(self, name: str, fields: EquipmentFields, path: Path) -> str:
        references = [fields.device or "", *fields.roles.values()]
        bound = dict.fromkeys(reference.partition(".")[0] for reference in references)
        found = {
            device: _carried_out(self.devices[device], name, fields.cls) for device in bound if device in self.devices
        }
        if lost := [device for device in bound if device and device not in self.devices]:
            # Which is told already: no procedure complains again.
            return f"{lost[0]}.{name}"
        able = [f"{device}.{command}" for device, command in found.items() if command]
        if len(able) > 1:
            place, devices = self.file.value(path), ", ".join(one.partition(".")[0] for one in able)
            self.files.report("equipment.command-unclear", place, command=name, devices=devices)
        return able[0] if able else ""


def _carried_out(device: Device, verb: str, cls: str) -> str:
    """The command of ``device`` for ``verb`` of ``cls``: as its template offers, else that of the same name."""
    offer = device.template.offer(cls)
    name = offer.command(verb)
    # ComAp's stop carries out cancel: it is not the class's stop beside it.
    taken = name == verb and name in offer.commands.values()
    return name if device.template.command(name) and not taken else ""
