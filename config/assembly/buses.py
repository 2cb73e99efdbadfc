"""Wires that can work: options that exist, one link a wire, and no more polls than a serial bus has time for."""

from collections.abc import Iterator, Sequence

from config.plant import Link
from config.reading.files import Files, Loaded
from config.schema.plant import PlantFile
from drivers.busload import BusLoad, PeriodLoad, bus_load
from drivers.links import LinkError, driver_for, parse_link
from drivers.points import Finding, Place, PlantgateError
from drivers.templates import Device
from rules.suggest import nearest

_DATAGRAMS = frozenset({"bacnet", "modbus-udp"})
_MOST = 1.0
"""Share of its time a bus can be busy."""


def check_wires(loaded: Loaded[PlantFile], files: Files) -> None:
    """Every link has options that its kind knows, and its wire for itself."""
    seen: dict[tuple[object, ...], str] = {}
    for index, link in enumerate(loaded.fields.links):
        at = loaded.file.value(("links", index, "url"))
        try:
            driver_for(link.url, [])
        except LinkError as error:
            files.findings.append(Finding(error.code, at, error.arguments, _suggestion(error)))
            continue
        wire = _wire(link.url)
        if wire in seen:
            files.report("plant.same-url", at, other=seen[wire])
        seen.setdefault(wire, link.id)


def check_loads(loaded: Loaded[PlantFile], devices: Sequence[Device], files: Files) -> None:
    """No serial bus is asked more than it has time for, and no request takes longer than its device may."""
    for index, link in enumerate(loaded.fields.links):
        at = loaded.file.value(("links", index, "url"))
        own = [device for device in devices if device.link == link.id]
        try:
            load = load_of(link.url, own)
        except LinkError:
            # Reported where the wires are checked.
            continue
        except PlantgateError as error:
            files.findings.append(Finding(error.code, at, error.arguments))
            continue
        if load is not None:
            _check_share(link.id, load, at, files)
            _check_timeouts(load, own, loaded, files)


def loads(links: Sequence[Link], devices: Sequence[Device]) -> Iterator[tuple[Link, BusLoad]]:
    """The load of every link whose speed is known; of a site without mistakes."""
    for link in links:
        load = load_of(link.url, [device for device in devices if device.link == link.id])
        if load is not None:
            yield link, load


def load_of(url: str, devices: Sequence[Device]) -> BusLoad | None:
    """The load of the serial bus at ``url``; None of any other link, or without the speed of a bus behind a gateway.

    Raises LinkError, and what planning raises.
    """
    link = parse_link(url)
    serial = link.scheme == "modbus-rtu" or (link.scheme == "modbus-rtu-tcp" and "baud" in link.options)
    return bus_load(driver_for(url, devices), devices) if serial else None


def _check_share(link: str, load: BusLoad, at: Place, files: Files) -> None:
    if load.share <= _MOST:
        return
    unit = max((unit for period in load.periods for unit in period.units), key=lambda unit: unit.seconds / unit.period)
    files.report(
        "plant.bus-overloaded",
        at,
        link=link,
        percent=percent(load.share),
        sum=" + ".join(_term(period) for period in load.periods),
        device=unit.device,
        unit_percent=percent(unit.seconds / unit.period),
    )


def _check_timeouts(load: BusLoad, devices: Sequence[Device], loaded: Loaded[PlantFile], files: Files) -> None:
    names = [device.id for device in loaded.fields.devices]
    for device in devices:
        if (longest := load.longest(device.id)) >= device.timeout:
            at = loaded.file.value(("devices", names.index(device.id)))
            seconds, timeout = f"{longest:.2f}", f"{device.timeout:g}"
            files.report("plant.timeout-too-short", at, device=device.id, seconds=seconds, timeout=timeout)


def percent(share: float) -> str:
    """A share of the time of a bus, such as ``43 %``; below one per cent with a decimal."""
    return f"{share:.0%}".replace("%", " %") if share >= 0.01 else f"{share:.1%}".replace("%", " %")


def _term(load: PeriodLoad) -> str:
    return f"{load.requests} x {load.seconds / load.requests:.3f} s / {load.period:g} s"


def _wire(url: str) -> tuple[object, ...]:
    """What two links must not share: a port of this machine, or a port of a host."""
    link = parse_link(url)
    return (link.path,) if link.path else (link.scheme in _DATAGRAMS, link.host, link.port)


def _suggestion(error: LinkError) -> str | None:
    """The nearest of what would be allowed."""
    known = str(error.arguments.get("allowed", error.arguments.get("known", ""))).split(", ")
    return nearest(str(error.arguments.get("value", error.arguments.get("option", ""))), known)
