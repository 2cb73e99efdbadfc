"""Which machine each device is: names resolved in the background, so that neither a start nor a poll waits for them."""

import asyncio
import ipaddress
import os
import socket
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import structlog

from config.plant import Plant
from drivers.bacnet.address import parse_address
from drivers.links import LinkUrl, parse_link
from drivers.templates import BacnetSource, Device, PointWrite, Template, TemplateCommand, WordWrite
from rules.procedure.target import Target
from runtime.clock import Clock
from runtime.supervisor import Backoff

RETRY_FIRST, RETRY_CAP = 1.0, 60.0
"""Pauses between attempts to resolve what is not known, in seconds."""
REFRESH = 60.0
"""Seconds after which all is looked up again: a name may move, an adapter may be plugged in elsewhere."""
BY_PATH = Path("/dev/serial/by-path")
"""Names of serial ports by the socket they are in (udev, 60-serial.rules), whatever number their ttyUSB has."""

Lookup = Callable[[str], Awaitable[Iterable[str]]]
"""The addresses of a host name; raises OSError."""

log = structlog.get_logger()


async def addresses(host: str) -> list[str]:
    """What the resolver of the machine says; raises OSError."""
    found = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return [str(place[0]) for *_, place in found]


class Targets:
    """The machines of the site as far as they are known; one whose name is not resolved is in no mapping."""

    def __init__(
        self,
        plant: Callable[[], Plant],
        clock: Clock,
        changed: Callable[[Mapping[str, Target]], None],
        lookup: Lookup = addresses,
        by_path: Path = BY_PATH,
    ) -> None:
        """``changed`` gets the machines whenever they are not those that ``of`` or it told last."""
        self._plant = plant
        self._clock = clock
        self._changed = changed
        self._lookup = lookup
        self._by_path = by_path
        self._wake = asyncio.Event()
        self._hosts: dict[str, str] = {}
        self._told: Mapping[str, Target] | None = None

    def of(self, plant: Plant) -> Mapping[str, Target]:
        """The machines of ``plant`` by device, or by command of a group, from what is known now; asks nobody."""
        urls = {link.id: parse_link(link.url) for link in plant.links}
        self._told = {
            name: target
            for device in plant.devices
            if (whole := self._target(device, urls[device.link])) is not None
            for name, target in _targets(device, whole)
        }
        return self._told

    def again(self) -> None:
        """Look everything up soon: the site has changed."""
        self._wake.set()

    async def run(self) -> None:
        """Resolve what is not known, again and again what is, until cancelled."""
        backoff = Backoff(RETRY_FIRST, RETRY_CAP)
        while True:
            known = await self._resolve()
            before = self._told
            if (now := self.of(self._plant())) != before:
                self._changed(now)
            if known:
                backoff.reset()
            await self._clock.real_wait(self._wake, REFRESH if known else backoff.next())
            self._wake.clear()

    async def _resolve(self) -> bool:
        """Look every name up once, one after the other; whether all of them are known."""
        names = {host for link in self._plant().links if (host := parse_link(link.url).host) and not _literal(host)}
        for host in sorted(names):
            try:
                self._note(host, await self._lookup(host))
            except OSError as error:
                # What was known of it stays: a resolver that is away moves no machine.
                log.info("target.unresolved", host=host, reason=error.strerror or str(error))
        return names <= self._hosts.keys()

    def _note(self, host: str, found: Iterable[str]) -> None:
        address = _only(found)
        if address is None:
            self._hosts.pop(host, None)
            log.warning("target.ambiguous", host=host)
        elif self._hosts.get(host) != address:
            self._hosts[host] = address
            log.info("target.resolved", host=host, address=address)

    def _target(self, device: Device, url: LinkUrl) -> Target | None:
        if url.scheme == "bacnet":
            place = parse_address(device.address)
            return Target(f"bacnet:{place.host}:{place.port}", str(place.instance))
        wire = self._serial(url.path) if url.path else self._network(url)
        unit = f"{device.address}+{device.offset}" if device.offset else device.address
        return None if wire is None else Target(wire, unit)

    def _network(self, url: LinkUrl) -> str | None:
        host = _literal(url.host) or self._hosts.get(url.host)
        return None if host is None else f"tcp:{host}:{url.port}"

    def _serial(self, path: str) -> str | None:
        """The port whatever it is called; None while there is none."""
        if not os.path.exists(path):
            return None
        real = os.path.realpath(path)
        names = sorted(self._by_path.iterdir()) if self._by_path.is_dir() else []
        persistent = next((name.name for name in names if os.path.realpath(name) == real), None)
        return f"serial:{persistent or real}"


def _targets(device: Device, whole: Target) -> list[tuple[str, Target]]:
    """The device, and each of its commands that moves a part of it without the rest; see ``target_of``."""
    template = device.template
    groups: dict[str, list[TemplateCommand]] = defaultdict(list)
    for command in template.commands:
        groups[command.group].append(command)
    found = [(device.id, replace(whole, writes=_digest(template, template.commands)))]
    for group, commands in groups.items():
        part = replace(whole, group=group, writes=_digest(template, commands))
        found += [(f"{device.id}.{one.name}", part) for one in commands if group]
    return found


def _digest(template: Template, commands: Sequence[TemplateCommand]) -> str:
    """A few characters that stand for what these commands write, and where; empty where there are none."""
    told = sorted((one.name, *(_written(template, what) for what in one.writes)) for one in commands)
    return sha256(repr(told).encode()).hexdigest()[:8] if told else ""


def _written(template: Template, what: WordWrite | PointWrite) -> str:
    if isinstance(what, WordWrite):
        return f"{what.table} {what.address} {what.words}"
    source = template.point(what.point).source
    if isinstance(source, BacnetSource):
        place = f"{source.object_type} {source.instance} {source.property} {what.priority or source.priority}"
    else:
        place = f"{source.table} {source.address} {source.type}"
    return f"{place} {what.value}"


def _literal(host: str) -> str | None:
    try:
        return str(_plain(host))
    except ValueError:
        return None


def _plain(address: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """The address in its one form: ``::ffff:10.0.0.5`` is 10.0.0.5, and 0.0.0.0 reaches this host (RFC 4291, 1122)."""
    found = ipaddress.ip_address(address)
    found = getattr(found, "ipv4_mapped", None) or found
    if not found.is_unspecified:
        return found
    return ipaddress.ip_address("127.0.0.1" if found.version == 4 else "::1")


def _only(found: Iterable[str]) -> str | None:
    """The one address; IPv4 goes first. None where there are several: nobody could say which machine answers."""
    known = {_plain(address.partition("%")[0]) for address in found}
    fours = [str(address) for address in known if address.version == 4]
    sixes = [str(address) for address in known if address.version == 6]
    chosen = fours or sixes
    return chosen[0] if len(chosen) == 1 else None
