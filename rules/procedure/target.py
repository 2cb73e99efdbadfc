"""What a command is aimed at: the machine on its wire, whatever the site's files call it."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from ipaddress import ip_address
from itertools import permutations
from typing import NamedTuple

from drivers.points import Finding
from rules.model import Equipment

TWICE = "safety.machine-twice"
"""Code of the finding that two equipment, by two devices, command one machine."""
SIMULATED = "safety.simulated-time"
"""Code of the finding that time is simulated, and a machine may be real."""

OF_MACHINES = (TWICE, SIMULATED)
"""Codes of what is found once machines are known."""


@dataclass(frozen=True, slots=True, order=True)
class Target:
    """One machine, or one group of its outputs that move alone. Names of equipment and devices are no part of it."""

    wire: str
    """Where it is reached, names resolved: ``tcp:10.0.0.5:502``, ``serial:/dev/ttyS1`` or ``bacnet:1:0a000005bac0``."""
    unit: str
    """Modbus unit or BACnet device instance; registers of an offset count to it: ``3+100``."""
    group: str = ""
    """Command group of the template; empty: the machine as a whole."""
    serial: str = ""
    """Serial number it told, where one can be read."""
    writes: str = field(default="", compare=False)
    """Digest of what the template writes to move it; another one may move another machine."""

    @property
    def key(self) -> str:
        """Identity on the wire: ``wire/unit/group``."""
        return f"{self.wire}/{self.unit}/{self.group}"

    @property
    def place(self) -> str:
        """Where it is reached, whatever its group: ``wire/unit``."""
        return f"{self.wire}/{self.unit}"

    @property
    def on_this_host(self) -> bool:
        """Whether it is reached by the loopback interface or a pseudo-terminal, where emulators are."""
        kind, _, place = self.wire.partition(":")
        if kind == "serial":
            return place.startswith("/dev/pts/")
        try:
            return ip_address(place.rpartition(":")[0]).is_loopback
        except ValueError:
            return False

    def told(self, serial: str) -> "Target":
        """The same machine with the serial number it told; empty: it told none."""
        return replace(self, serial=serial) if serial else self

    @property
    def text(self) -> str:
        """As audits tell it: ``wire/unit/group #serial``; empty where nobody resolves machines."""
        if not self.wire:
            return ""
        return self.key.rstrip("/") + (f" #{self.serial}" if self.serial else "")

    def same(self, other: "Target") -> bool:
        """Whether both are one machine: the same place, and neither serial number nor writes that say otherwise."""
        pairs = ((self.serial, other.serial), (self.writes, other.writes))
        return self.key == other.key and all(not one or not another or one == another for one, another in pairs)

    def touches(self, other: "Target") -> bool:
        """Whether a command to one may reach the other: the same place and group, or one serial number on two wires.

        A machine as a whole touches each of its groups.
        """
        one = self.place == other.place or (self.serial != "" and self.serial == other.serial)
        return one and (self.group == other.group or not self.group or not other.group)


def device_of(reference: str) -> str:
    """The device of ``device.command`` or ``device.point``."""
    return reference.partition(".")[0]


def commanded_devices(equipment: Equipment) -> set[str]:
    """The devices that carry out its commands."""
    return {device_of(reference) for reference in equipment.commands.values()}


def target_of(reference: str, targets: Mapping[str, Target]) -> Target:
    """The target of ``device.command`` or ``device.point``.

    ``targets`` are by device, and by ``device.command`` for a command of a group of its own. A device nobody
    resolved stands for itself.
    """
    device = device_of(reference)
    return targets.get(reference) or targets.get(device) or Target("", device)


def targets_of(
    equipment: Equipment, targets: Mapping[str, Target], serials: Mapping[str, str] | None = None
) -> tuple[Target, ...]:
    """The machines ``equipment`` is commanded by; of one without commands, those its roles are read from.

    ``serials`` are the serial numbers that devices told.
    """
    roles = (binding.point for binding in equipment.roles.values())
    found = set()
    for reference in equipment.commands.values() or roles:
        found.add(target_of(reference, targets).told((serials or {}).get(device_of(reference), "")))
    return tuple(sorted(found))


def machine_findings(
    equipment: Collection[Equipment], machines: Mapping[str, Target], *, simulated: bool
) -> dict[str, tuple[Finding, ...]]:
    """Equipment -> what speaks against its commands, as far as machines tell it; ``simulated``: time is."""
    found = commanded_twice(equipment, machines)
    real = _not_emulated(equipment, machines) if simulated else {}
    return {name: (*found.get(name, ()), *real.get(name, ())) for name in found.keys() | real.keys()}


def _not_emulated(equipment: Iterable[Equipment], machines: Mapping[str, Target]) -> dict[str, tuple[Finding, ...]]:
    """Equipment -> its machines that need not be emulated: what is owed to them falls due by no real clock."""
    found = {}
    for one in equipment:
        devices = sorted(commanded_devices(one))
        real = [name for name in devices if name not in machines or not machines[name].on_this_host]
        if real:
            found[one.id] = tuple(Finding(SIMULATED, None, {"device": name}) for name in real)
    return found


def text_of(machines: Iterable[Target]) -> str:
    """Several machines as audits tell them."""
    return ", ".join(one.text for one in machines if one.text)


def commanded_twice(equipment: Iterable[Equipment], machines: Mapping[str, Target]) -> dict[str, tuple[Finding, ...]]:
    """Equipment -> that another one commands its machine by a device of another name; found once names are resolved."""
    places: dict[str, list[_Aim]] = defaultdict(list)
    for one in equipment:
        for reference in dict.fromkeys(one.commands.values()):
            device = device_of(reference)
            if device in machines:
                aim = _Aim(one.id, device, target_of(reference, machines))
                places[aim.machine.place].append(aim)
    found: dict[str, dict[str, Finding]] = defaultdict(dict)
    for mine, other in (pair for aims in places.values() for pair in permutations(aims, 2)):
        if mine.equipment != other.equipment and mine.device != other.device and mine.machine.touches(other.machine):
            arguments: dict[str, object] = {"other": other.equipment, "machine": mine.machine.place}
            found[mine.equipment][other.equipment] = Finding(TWICE, None, arguments)
    return {name: tuple(findings.values()) for name, findings in found.items()}


class _Aim(NamedTuple):
    """What an equipment commands by which device."""

    equipment: str
    device: str
    machine: Target
