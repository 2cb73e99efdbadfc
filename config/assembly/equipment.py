"""Equipment: roles bound to points of the right kind and unit, parameters in the unit of their class."""

from collections.abc import Mapping

from config.assembly.definitions import Definitions
from config.assembly.equipment_class import built_interlock
from config.assembly.roles import misfit
from config.assembly.ties import CommandTies, build_relations, without
from config.plant import IMPLICIT
from config.quantity import Quantity
from config.reading.files import Files, Loaded
from config.reading.yamlfile import Path, YamlFile
from config.schema.plant import EquipmentFields, PlantFile
from drivers.points import Place, Point, Unit
from drivers.templates import Device
from rules.model import Binding, Equipment, EquipmentClass, Interlock, Parameter, Role, Source
from rules.suggest import nearest


class EquipmentBuilder:
    """Builds the equipment of one plant.yaml against its devices and classes."""

    def __init__(
        self,
        loaded: Loaded[PlantFile],
        devices: tuple[Device, ...],
        classes: Definitions[EquipmentClass],
        files: Files,
    ) -> None:
        """``devices`` are those that could be built; roles on another written device are not judged."""
        self.file = loaded.file
        self.entries = loaded.fields.equipment
        self.kinds = {entry.id: entry.cls for entry in self.entries}
        self.written = {device.id for device in loaded.fields.devices}
        self.devices = {device.id: device for device in devices}
        self.classes = classes
        self.files = files

    def build(self) -> list[Equipment]:
        """Every equipment whose class is known."""
        built = [self._equipment(fields, ("equipment", index)) for index, fields in enumerate(self.entries)]
        return [equipment for equipment in built if equipment]

    def _equipment(self, fields: EquipmentFields, path: Path) -> Equipment | None:
        cls = self._class(fields.cls, self.file.value((*path, "class")))
        if cls is None:
            return None
        references = self._of_device(cls, fields, path) | fields.roles
        missing = self._check_required(fields.id, cls, references, path)
        return Equipment(
            fields.id,
            cls.id,
            fields.title,
            self._roles(cls, references, path) | missing,
            Parameters(self.file, (*path, "parameters"), self.files).build(cls, fields.parameters),
            fields.location or {},
            fields.asset,
            self._relations(cls, fields, (*path, "relations")),
            self._commands(cls, fields, path),
            fields.supply or "",
            without(fields),
            self._interlocks(cls, fields, (*path, "interlocks")),
        )

    def _class(self, name: str, place: Place) -> EquipmentClass | None:
        known = [entry for entry in self.classes.known() if entry not in IMPLICIT]
        if name in known:
            return self.classes.get(name)
        code = "equipment.implicit" if name in IMPLICIT else "equipment.no-class"
        self.files.report(code, place, nearest(name, known), cls=name)
        return None

    def _of_device(self, cls: EquipmentClass, fields: EquipmentFields, path: Path) -> dict[str, str]:
        """The roles played by points of ``device:``: by what its template offers, else those of the same name."""
        if fields.device is None:
            return {}
        if fields.device not in self.written:
            place = self.file.value((*path, "device"))
            self.files.report("equipment.no-device", place, nearest(fields.device, self.written), device=fields.device)
            return {name: f"{fields.device}.{name}" for name in cls.roles if name not in fields.roles}
        device = self.devices.get(fields.device)
        if device is None:
            return {name: f"{fields.device}.{name}" for name in cls.roles}
        names, offer = {point.name for point in device.template.points}, device.template.offer(cls.id)
        return {role: f"{fields.device}.{offer.point(role)}" for role in cls.roles if offer.point(role) in names}

    def _check_required(
        self, owner: str, cls: EquipmentClass, references: Mapping[str, str], path: Path
    ) -> dict[str, Binding]:
        """Report the roles that must be played and are not; they count as bound, so that no rule complains again."""
        missing = [role.name for role in cls.roles.values() if role.required and role.name not in references]
        strange = [nearest(name, cls.roles) for name in references if name not in cls.roles]
        # `levle` instead of `level` is one mistake, told at the word.
        if untold := [name for name in missing if name not in strange]:
            place, roles = self.file.key((*path, "roles")), ", ".join(untold)
            self.files.report("equipment.role-missing", place, cls=cls.id, roles=roles, equipment=owner)
        return {name: Binding(name) for name in missing}

    def _roles(self, cls: EquipmentClass, references: Mapping[str, str], path: Path) -> dict[str, Binding]:
        bindings: dict[str, Binding] = {}
        for name, point in references.items():
            written = (*path, "roles", name) in self.file.values
            if name in cls.roles:
                place = self.file.value((*path, "roles", name) if written else (*path, "device"))
                bindings[name] = self._bind(cls.roles[name], point, place)
                continue
            place = self.file.key((*path, "roles", name))
            self.files.report("equipment.no-role", place, nearest(name, cls.roles), cls=cls.id, role=name)
        return bindings

    def _relations(self, cls: EquipmentClass, fields: EquipmentFields, path: Path) -> dict[str, str]:
        return build_relations(cls, fields, path, self.kinds, self.file, self.files)

    def _commands(self, cls: EquipmentClass, fields: EquipmentFields, path: Path) -> dict[str, str]:
        return CommandTies(self.devices, self.file, self.files).build(cls, fields, path)

    def _interlocks(self, cls: EquipmentClass, fields: EquipmentFields, path: Path) -> tuple[Interlock, ...]:
        nowhere = self.file.value(path)
        taken = {one.id: one.when.place or nowhere for one in cls.interlocks}
        for index, entry in enumerate(fields.interlocks):
            self.files.claim(taken, entry.id, self.file.value((*path, index, "id")))
        return tuple(
            built_interlock(entry, Source(entry.when, self.file.text((*path, index, "when"))))
            for index, entry in enumerate(fields.interlocks)
        )

    def _bind(self, role: Role, reference: str, place: Place) -> Binding:
        point = self._point(role, reference, place)
        # After a finding the role counts as bound, so that its rules are still checked without a second complaint.
        if point is None or not self._fits(role, point, place):
            return Binding(reference)
        factor, offset = _conversion(point.unit, role.unit)
        return Binding(reference, factor, offset)

    def _point(self, role: Role, reference: str, place: Place) -> Point | None:
        name, _, point = reference.partition(".")
        if name not in self.written:
            self.files.report("equipment.no-device", place, nearest(name, self.written), device=name)
        device = self.devices.get(name)
        if device is None:
            return None
        try:
            return device.point(point)
        except KeyError:
            fitting = [one.id for one in device.all_points() if misfit(role, one) is None]
            suggestion = nearest(reference, fitting)
            self.files.report("equipment.no-point", place, suggestion, point=point, template=device.template.id)
            return None

    def _fits(self, role: Role, point: Point, place: Place) -> bool:
        if wrong := misfit(role, point):
            code, arguments = wrong
            self.files.report(code, place, None, **arguments)
        return wrong is None


class Parameters:
    """The parameters of one equipment: defaults of the class, overridden where the site says so."""

    def __init__(self, file: YamlFile, path: Path, files: Files) -> None:
        """``path`` is where the overrides stand."""
        self.file = file
        self.path = path
        self.files = files

    def build(self, cls: EquipmentClass, overrides: Mapping[str, Quantity]) -> dict[str, float]:
        """Parameter name -> value in the unit of the class."""
        for name in overrides:
            if name not in cls.parameters:
                place = self.file.key((*self.path, name))
                suggestion = nearest(name, cls.parameters)
                self.files.report("equipment.no-parameter", place, suggestion, cls=cls.id, parameter=name)
        values = {name: self._value(cls, entry, overrides.get(name)) for name, entry in cls.parameters.items()}
        return {name: value for name, value in values.items() if value is not None}

    def _value(self, cls: EquipmentClass, parameter: Parameter, written: Quantity | None) -> float | None:
        place = self.file.value((*self.path, parameter.name))
        if written is None:
            if parameter.default is None:
                self.files.report("equipment.parameter-missing", place, cls=cls.id, parameter=parameter.name)
            return parameter.default
        if not written.unit.converts_to(parameter.unit):
            suggestion = f"{written.value:g} {parameter.unit.symbol}".rstrip()
            wanted = parameter.unit.symbol or "1"
            self.files.report("equipment.parameter-unit", place, suggestion, parameter=parameter.name, wanted=wanted)
            return parameter.default
        return written.unit.convert(written.value, parameter.unit)


def _conversion(point: Unit, role: Unit) -> tuple[float, float]:
    if point is role:
        return 1.0, 0.0
    return point.factor / role.factor, (point.offset - role.offset) / role.factor
