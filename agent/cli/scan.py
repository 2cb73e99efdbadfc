"""``plantgate scan``: who is there on a link, and which template each device probably is."""

import argparse
import asyncio
import ipaddress
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import asdict

from agent.cli.console import Console
from agent.cli.found import Found, found_lines
from agent.cli.progress import Progress
from agent.cli.usage import numbers, seconds
from agent.errors import UsageError
from config.files import Files
from config.shelf import template_shelf
from drivers.links import LinkUrl, parse_link
from drivers.templates import Template

_WAITS = {"bacnet": "3 s", "modbus": "500 ms"}
"""How long to listen to a network, and how long each unit may take, where nothing else was said."""


def run(options: argparse.Namespace, console: Console) -> int:
    """Print every device as it answers; 1 when none does."""
    count = asyncio.run(_scan(options, console))
    console.say("scan.found", count=count)
    return int(not count)


async def _scan(options: argparse.Namespace, console: Console) -> int:
    link = parse_link(options.url)
    protocol = link.scheme.partition("-")[0]
    templates = _templates(options.template, protocol)
    wait = seconds("--timeout", options.timeout or _WAITS[protocol])
    search = _bacnet if protocol == "bacnet" else _modbus
    count = 0
    async with aclosing(search(link, templates, wait, options, console)) as found:
        async for device in found:
            _show(device, console)
            count += 1
    return count


async def _bacnet(
    link: LinkUrl, templates: list[Template], wait: float, options: argparse.Namespace, console: Console
) -> AsyncGenerator[Found, None]:
    if options.units is not None:
        raise UsageError("read.foreign", option="--units", url=options.url)
    _check_address(link, options.url)
    # The package brings in its whole stack, which only those who need it shall pay for.
    from drivers.bacnet.guess import guess
    from drivers.bacnet.scan import scan

    console.say("scan.asking", host=link.host, port=link.port, seconds=wait)
    async with aclosing(scan(link, seconds=wait)) as found:
        async for device in found:
            # One that does not answer at once to a question of its own is not waited for.
            candidates = await guess(device.address, templates, min(wait, 1.0))
            name = " ".join(filter(None, [device.vendor_name or str(device.vendor), device.model, device.name]))
            yield Found(device.address, name, tuple(candidates), asdict(device))


async def _modbus(
    link: LinkUrl, templates: list[Template], wait: float, options: argparse.Namespace, console: Console
) -> AsyncGenerator[Found, None]:
    from drivers.modbus.oneshot import own_wire
    from drivers.modbus.scan import scan

    units = numbers("--units", options.units or "1-247", 1, 247)
    progress = Progress(console, len(units))
    async with own_wire(options.url) as wire:
        asked = scan(wire, units, templates, seconds=wait, asking=lambda unit: progress.step("scan.unit", unit=unit))
        async with aclosing(asked) as found:
            async for device in found:
                progress.clear()
                yield Found(f"{device.unit}", str(device.identity), device.candidates, asdict(device))
        progress.clear()


def _templates(names: list[str], protocol: str) -> list[Template]:
    """Those of ``names``, or all of the library, that speak ``protocol``."""
    files = Files()
    shelf = template_shelf(files, None)
    for name in names:
        if name not in shelf.known():
            raise UsageError("emulate.no-template", template=name, known=", ".join(shelf.known()))
    found = [shelf.get(name) for name in names or shelf.known()]
    return [template for template in found if template is not None and template.protocol == protocol]


def _check_address(link: LinkUrl, url: str) -> None:
    try:
        ipaddress.IPv4Address(link.host)
    except ValueError as error:
        raise UsageError("scan.target", url=url) from error


def _show(device: Found, console: Console) -> None:
    if console.as_json:
        console.emit(device.plain())
        return
    for line in found_lines(device, console):
        console.line(line)
