"""One machine, one equipment that commands it: whatever devices and links are called."""

from collections import defaultdict
from collections.abc import Iterator
from itertools import permutations

from config.safety.site import CheckedSite
from drivers.identification import serial_of
from drivers.links import parse_link
from drivers.points import Finding
from drivers.templates import Device, ModbusSource, PointWrite, Table, WordWrite

_LOCAL = {"localhost": "127.0.0.1", "::1": "127.0.0.1"}


def sharing_findings(site: CheckedSite) -> Iterator[tuple[str, Finding]]:
    """Equipment, and what speaks against its commands because something else reaches the same machine."""
    urls = {link.id: link.url for link in site.links}
    machines = {device.id: _machine(device, urls[device.link]) for device in site.devices}
    yield from _commanded_twice(site, machines)
    yield from _written_twice(site, machines)
    yield from _named_twice(site, machines)
    yield from _recorded_twice(site, machines)


def _commanded_twice(site: CheckedSite, machines: dict[str, tuple[object, ...]]) -> Iterator[tuple[str, Finding]]:
    commanders: dict[tuple[object, ...], dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for one in site.commanding():
        for command in site.commands(one):
            commanders[machines[command.device.id]][one.id].add(command.carried.group)
    for place, groups in commanders.items():
        for name, mine in groups.items():
            others = ", ".join(other for other, theirs in groups.items() if other != name and _meet(mine, theirs))
            if others:
                named: dict[str, object] = {"others": others, "machine": _shown(place)}
                yield name, Finding("safety.commanded-twice", site.entry(name), named)


def _written_twice(site: CheckedSite, machines: dict[str, tuple[object, ...]]) -> Iterator[tuple[str, Finding]]:
    """One register behind two offsets of a unit: each is a device of its own, and both move what it moves."""
    writers: dict[tuple[object, ...], dict[str, str]] = defaultdict(dict)
    for one in site.commanding():
        for command in site.commands(one):
            unit = machines[command.device.id][:2]
            for cell in (cell for what in command.carried.writes for cell in _cells(command.device, what)):
                writers[(*unit, *cell)][one.id] = command.device.id
    found: dict[tuple[str, str], set[str]] = defaultdict(set)
    for by in writers.values():
        for (name, device), (other, another) in permutations(by.items(), 2):
            if machines[device] != machines[another]:
                found[name, device].add(other)
    for (name, device), others in found.items():
        named: dict[str, object] = {"others": ", ".join(sorted(others)), "machine": _shown(machines[device])}
        yield name, Finding("safety.commanded-twice", site.entry(name), named)


def _cells(device: Device, what: WordWrite | PointWrite) -> Iterator[tuple[Table, int]]:
    """The registers or coils that a write of a Modbus device begins with, or is all of."""
    if isinstance(what, WordWrite):
        yield from ((what.table, what.address + index) for index in range(len(what.words)))
    elif isinstance(source := device.template.point(what.point).source, ModbusSource):
        yield source.table, source.address


def _meet(groups: set[str], others: set[str]) -> bool:
    """Whether one group is in both; the device as a whole is every group."""
    return not groups.isdisjoint(others) or "" in groups | others


def _named_twice(site: CheckedSite, machines: dict[str, tuple[object, ...]]) -> Iterator[tuple[str, Finding]]:
    for one in site.commanding():
        for device in dict.fromkeys(command.device.id for command in site.commands(one)):
            place = machines[device]
            others = [name for name, other in machines.items() if other == place and name != device]
            if others:
                named: dict[str, object] = {"device": device, "others": ", ".join(others), "machine": _shown(place)}
                yield one.id, Finding("safety.named-twice", site.entry(one.id), named)


def _recorded_twice(site: CheckedSite, machines: dict[str, tuple[object, ...]]) -> Iterator[tuple[str, Finding]]:
    """One serial number on record at two places: both lead to one machine, or one was recorded at the other."""
    serials = {device.id: serial_of(device.identity) for device in site.devices}
    for one in site.commanding():
        for device in dict.fromkeys(command.device.id for command in site.commands(one)):
            serial, place = serials[device], machines[device]
            others = [name for name, other in serials.items() if other == serial and machines[name] != place]
            if serial and others:
                named: dict[str, object] = {"device": device, "others": ", ".join(others), "serial": serial}
                yield one.id, Finding("safety.recorded-twice", site.entry(one.id), named)


def _machine(device: Device, url: str) -> tuple[object, ...]:
    """Where the device is reached, in whatever way its link is written."""
    if device.template.protocol == "bacnet":
        # A number names one device of a network (ASHRAE 135, clause 12.11.1).
        return "bacnet", device.address.rpartition("/")[2]
    link = parse_link(url)
    wire = link.path or f"{_LOCAL.get(link.host.lower(), link.host.lower())}:{link.port}"
    return wire, device.address, device.offset


def _shown(place: tuple[object, ...]) -> str:
    return "/".join(str(part) for part in place[:2])
