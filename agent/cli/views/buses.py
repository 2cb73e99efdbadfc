"""What ``plantgate check`` says about wires: how busy each serial bus is, and whether its port is there."""

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from agent.doctor.port import BY_ID
from config.assembly.buses import percent
from config.catalogue import Catalogue
from config.plant import Link
from drivers.busload import BusLoad, PeriodLoad
from drivers.contract import LinkDown
from drivers.links import parse_link
from drivers.modbus.serialport import look
from drivers.points import Finding

TIGHT = 0.8
"""Share of a bus from which there is little room for repeats, commands and dead units."""
_UNSTEADY = ("/dev/ttyUSB", "/dev/ttyACM")


def load_lines(buses: Mapping[Link, BusLoad], texts: Catalogue) -> Iterator[str]:
    """For each bus its share, for each period the sum, and in it what each unit takes."""
    for link, load in buses.items():
        yield texts.text("check.bus", link=link.id, url=link.url, percent=percent(load.share))
        for period in load.periods:
            yield texts.text("check.bus-period", **_period(period))
            for unit in period.units:
                shown = {"device": unit.device, "unit": unit.address, "requests": unit.requests}
                yield texts.text("check.bus-unit", seconds=f"{unit.seconds:.3f}", period=f"{period.period:g}", **shown)


def plain_loads(buses: Mapping[Link, BusLoad]) -> list[dict[str, object]]:
    """The same as JSON values; shares are of the time of the bus, 1 is all of it."""
    return [
        {
            "link": link.id,
            "share": round(load.share, 4),
            "periods": [
                {
                    "period": period.period,
                    "requests": period.requests,
                    "seconds": round(period.seconds, 4),
                    "share": round(period.share, 4),
                    "units": [
                        {
                            "device": unit.device,
                            "unit": unit.address,
                            "requests": unit.requests,
                            "seconds": round(unit.seconds, 4),
                        }
                        for unit in period.units
                    ],
                }
                for period in load.periods
            ],
        }
        for link, load in buses.items()
    ]


def tight(buses: Mapping[Link, BusLoad]) -> list[Finding]:
    """The buses with little room left."""
    return [
        Finding("check.bus-tight", arguments={"link": link.id, "percent": percent(load.share)})
        for link, load in buses.items()
        if load.share > TIGHT
    ]


def port_troubles(links: Sequence[Link]) -> Iterator[Finding]:
    """What is wrong on this machine with the serial ports of ``links``."""
    seen: dict[str, str] = {}
    for link in links:
        path = parse_link(link.url).path
        if not path:
            continue
        try:
            look(path)
        except LinkDown as error:
            yield Finding(error.code, arguments=error.arguments)
        port = os.path.realpath(path)
        if port in seen:
            yield Finding("check.same-port", arguments={"link": link.id, "other": seen[port], "port": port})
        seen.setdefault(port, link.id)


def unsteady_ports(links: Sequence[Link], by_id: Path = BY_ID) -> Iterator[Finding]:
    """Ports under names that change when an adapter is plugged in again, with a name that stays where one is known."""
    steady = {os.path.realpath(name): str(name) for name in by_id.glob("*")}
    for link in links:
        path = parse_link(link.url).path
        if path.startswith(_UNSTEADY):
            suggestion = steady.get(os.path.realpath(path))
            yield Finding("check.unsteady-port", arguments={"link": link.id, "port": path}, suggestion=suggestion)


def _period(load: PeriodLoad) -> dict[str, object]:
    return {
        "period": f"{load.period:g}",
        "requests": load.requests,
        "seconds": f"{load.seconds:.3f}",
        "percent": percent(load.share),
    }
