"""What the safety checks look at: a site as written and as built."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from config.plant import Link
from config.reading.files import Loaded
from config.reading.yamlfile import Path
from config.schema.plant import EquipmentFields, PlantFile
from drivers.points import Effect, Place
from drivers.templates import Device, Template, TemplateCommand
from rules.condition.scope import Scope, Slots
from rules.engine.rulebook import Tasks
from rules.model import Equipment, EquipmentClass
from rules.procedure.target import device_of


@dataclass(frozen=True, slots=True)
class EquipmentCommand:
    """One verb of an equipment, and the command of a device that carries it out."""

    verb: str
    effect: Effect
    """Of the verb, as the class says."""
    device: Device
    carried: TemplateCommand

    @property
    def reference(self) -> str:
        """As the site writes it: ``device.command``."""
        return f"{self.device.id}.{self.carried.name}"


@dataclass(frozen=True)
class CheckedSite:
    """A site without any other mistake."""

    loaded: Loaded[PlantFile]
    links: tuple[Link, ...]
    devices: tuple[Device, ...]
    classes: Mapping[str, EquipmentClass]
    equipment: tuple[Equipment, ...]
    tasks: Tasks
    own_classes: frozenset[str] = frozenset()
    """Those the site wrote itself."""
    own_templates: frozenset[str] = frozenset()
    shipped: Mapping[str, Template] = field(default_factory=dict)
    """Our templates, to find copies by; needed only when the site has some of its own."""

    def device(self, reference: str) -> Device | None:
        """The device of ``device.point`` or ``device.command``."""
        return self._devices.get(device_of(reference))

    def one(self, name: str) -> Equipment:
        """The equipment called ``name``; raises KeyError when there is none."""
        return self._equipment[name]

    def commanding(self) -> Iterator[Equipment]:
        """Equipment that takes commands of any effect."""
        return (one for one in self.equipment if one.commands)

    def commands(self, one: Equipment) -> list[EquipmentCommand]:
        """The verbs of ``one`` that something carries out."""
        found = []
        for verb, reference in one.commands.items():
            device = self.device(reference)
            carried = device.template.command(reference.partition(".")[2]) if device is not None else None
            known = self.classes[one.cls].commands.get(verb)
            if device is not None and carried is not None and known is not None:
                found.append(EquipmentCommand(verb, known.effect, device, carried))
        return found

    def moves(self, one: Equipment) -> bool:
        """Whether ``one`` takes any command that is more than a signal."""
        return any(command.effect is not Effect.SIGNAL for command in self.commands(one))

    def scope(self, one: Equipment) -> Scope:
        """The names that conditions about ``one`` know."""
        return Scope(one, self.classes, self._equipment, Slots())

    def fields(self, name: str) -> EquipmentFields:
        """The equipment called ``name`` as written in plant.yaml."""
        return self.loaded.fields.equipment[self._indexes[name]]

    def place(self, name: str, *path: str) -> Place:
        """Where ``path`` of the equipment called ``name`` stands; the nearest part around it when it was left out."""
        full: Path = ("equipment", self._indexes[name], *path)
        return self.loaded.file.value(full) if full in self.loaded.file.values else self.entry(name)

    def entry(self, name: str) -> Place:
        """Where the equipment called ``name`` begins."""
        return self.loaded.file.value(("equipment", self._indexes[name], "id"))

    @cached_property
    def _devices(self) -> dict[str, Device]:
        return {device.id: device for device in self.devices}

    @cached_property
    def _equipment(self) -> dict[str, Equipment]:
        return {one.id: one for one in self.equipment}

    @cached_property
    def _indexes(self) -> dict[str, int]:
        return {entry.id: index for index, entry in enumerate(self.loaded.fields.equipment)}
