"""The equipment a template offers, against the classes: a role its point cannot play is a mistake of the template."""

from typing import Protocol

from config.assembly.roles import misfit
from config.reading.files import Files, Loaded
from config.reading.yamlfile import Path
from config.schema.template import OfferFields, TemplateFile
from drivers.points import Place
from drivers.templates import Device, Offer, Template
from rules.model import EquipmentClass, Role
from rules.suggest import nearest


class Classes(Protocol):
    """Where classes are found."""

    def known(self) -> list[str]:
        """The ids of every class."""

    def get(self, name: str) -> EquipmentClass | None:
        """The class called ``name``, which is known; None when its file is not in order."""


def check_offers(template: Template, loaded: Loaded[TemplateFile], classes: Classes, files: Files) -> None:
    """Every class is there, and every role finds a point that can play it."""
    device = Device(template.id, "", "", template)
    check = _Check(device, loaded, files)
    for index, (offer, fields) in enumerate(zip(template.offers, loaded.fields.equipment, strict=True)):
        path = ("equipment", index)
        if offer.cls not in classes.known():
            place = loaded.file.value((*path, "class"))
            files.report("equipment.no-class", place, nearest(offer.cls, classes.known()), cls=offer.cls)
        elif cls := classes.get(offer.cls):
            check.offer(offer, fields, cls, path)


class _Check:
    """The offers of one template."""

    def __init__(self, device: Device, loaded: Loaded[TemplateFile], files: Files) -> None:
        self.device = device
        self.names = {point.name for point in device.template.points}
        self.file = loaded.file
        self.files = files

    def offer(self, offer: Offer, fields: OfferFields, cls: EquipmentClass, path: Path) -> None:
        for name in fields.roles:
            if name not in cls.roles:
                place = self.file.key((*path, "roles", name))
                self.files.report("equipment.no-role", place, nearest(name, cls.roles), cls=cls.id, role=name)
        for role in cls.roles.values():
            written = (*path, "roles", role.name) if role.name in fields.roles else (*path, "class")
            self._role(role, offer.point(role.name), cls, self.file.value(written))

    def _role(self, role: Role, point: str, cls: EquipmentClass, place: Place) -> None:
        if point in self.names:
            if wrong := misfit(role, self.device.point(point)):
                self.files.report(wrong[0], place, None, **wrong[1])
        elif role.required:
            self.files.report("equipment.role-missing", place, cls=cls.id, roles=role.name)
