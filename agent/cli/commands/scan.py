"""``plantgate scan``: who is there on a link, and which template each device probably is."""

import argparse
import asyncio
import ipaddress
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import asdict
from pathlib import Path

from agent.cli.shell.console import Console
from agent.cli.shell.found import FoundDevice, found_lines
from agent.cli.shell.into import SURE, adopt
from agent.cli.shell.options import CommandOptions
from agent.cli.shell.place import state_directory
from agent.cli.shell.progress import Progress
from agent.cli.shell.reach import full_url, modbus_wire, owner
from agent.cli.shell.serial_sweep import LIKELY, as_url, settings_of, swept
from agent.cli.shell.usage import seconds, units
from config.assembly.definitions import template_definitions
from config.reading.files import Files
from config.site import load_site
from drivers.links import SERIAL, LinkUrl, parse_link
from drivers.templates import Template
from runtime.errors import UsageError

_WAITS = {"bacnet": "3 s", "modbus": "500 ms"}
"""How long to listen to a network, and how long each unit may take, where nothing else was said."""

_SWEEP_WAIT = "300 ms"
"""How long each unit may take under each setting where nothing else was said: twenty settings are tried."""


def declare(to: CommandOptions) -> None:
    """Its arguments; their texts are ``cli.option.*``."""
    to.value("url", "LINK")
    to.value("--units", "N-N", default=None)
    to.parser.add_argument("--template", metavar="NAME", action="append", default=[], help=to.text("cli.option.likely"))
    to.value("--timeout", "SECONDS", default=None)
    to.flag("--sweep")
    to.value("--into", "SITE", type=Path, default=None)
    to.state()


def run(options: argparse.Namespace, console: Console) -> int:
    """Print every device as it answers; 1 when none does."""
    state, bare = state_directory(options.state), options.url.startswith("/")
    options.url = asyncio.run(full_url(as_url(options.url), state))
    if options.into:
        # A site that is not in order is not added to; better said before a long search than after it.
        load_site(options.into)
    # Who names only a port asks for its settings too, unless the running gateway knows them.
    if (options.sweep or (bare and not asyncio.run(owner(options.url, state)))) and not _sweep(options, state, console):
        return 1
    link = parse_link(options.url)
    found = asyncio.run(_scan(link, options, console))
    console.say("scan.found", count=len(found))
    if not found:
        _advise(link, options, console)
    if options.into and found:
        _adopt(link, found, options, console)
    return int(not found)


def _sweep(options: argparse.Namespace, state: Path, console: Console) -> bool:
    """Find the settings of the line, and go on with them; says what to do when nobody answers under any."""
    asked = options.units or LIKELY
    numbers, wait = units("--units", asked, options.url), seconds("--timeout", options.timeout or _SWEEP_WAIT)
    found = asyncio.run(swept(options.url, numbers, wait, state, console))
    if found is None:
        console.say("scan.swept", units=asked)
        console.say("doctor.line-dead-do")
        return False
    options.url = found
    if console.as_json:
        console.emit({"url": found})
    else:
        console.say("scan.settings", **settings_of(found))
        console.line(f'  - {{id: bus-1, url: "{found}"}}')
    return True


def _advise(link: LinkUrl, options: argparse.Namespace, console: Console) -> None:
    """What ``doctor`` would say of a link on which nobody answers."""
    if link.scheme == "bacnet":
        console.say("scan.silent-network", host=link.host, port=link.port)
        return
    console.say("doctor.silent-do")
    console.say("scan.asked-units", units=options.units or "1-247")
    if link.scheme == SERIAL and not options.sweep:
        console.say("scan.asked-settings", url=options.url, **settings_of(options.url))


def _adopt(link: LinkUrl, found: list[FoundDevice], options: argparse.Namespace, console: Console) -> None:
    try:
        # Whoever names a template has decided.
        adopted = adopt(options.into, link, options.url, found, 0.0 if options.template else SURE)
    except OSError as error:
        raise UsageError("file.unwritable", file=error.filename, reason=error.strerror) from error
    for code in ("added", "unsure", "known"):
        if names := getattr(adopted, code):
            console.say(f"into.{code}", names=console.texts.listed(names), link=adopted.link, site=options.into)


async def _scan(link: LinkUrl, options: argparse.Namespace, console: Console) -> list[FoundDevice]:
    protocol = link.scheme.partition("-")[0]
    templates = _templates(options.template, protocol, options.into)
    wait = seconds("--timeout", options.timeout or _WAITS[protocol])
    search = _bacnet if protocol == "bacnet" else _modbus
    devices: list[FoundDevice] = []
    async with aclosing(search(link, templates, wait, options, console)) as found:
        async for device in found:
            _show(device, console)
            devices.append(device)
    return devices


async def _bacnet(
    link: LinkUrl, templates: list[Template], wait: float, options: argparse.Namespace, console: Console
) -> AsyncGenerator[FoundDevice, None]:
    if options.units is not None:
        raise UsageError("read.foreign", option="--units", url=options.url)
    _check_address(link, options.url)
    # The package brings in its whole stack, which only those who need it shall pay for.
    from drivers.bacnet.guess import guess
    from drivers.bacnet.names import MAX_INSTANCE
    from drivers.bacnet.scan import scan

    console.say("scan.asking", host=link.host, port=link.port, seconds=wait)
    async with aclosing(scan(link, seconds=wait)) as found:
        async for device in found:
            # One that does not answer at once to a question of its own is not waited for.
            known = device.instance <= MAX_INSTANCE
            candidates = await guess(device.address, templates, min(wait, 1.0)) if known else []
            hint = "" if known else console.texts.text("scan.no-instance")
            name = " ".join(filter(None, [device.vendor_name or str(device.vendor), device.model, device.name, hint]))
            yield FoundDevice(device.address, name, tuple(candidates), asdict(device))


async def _modbus(
    link: LinkUrl, templates: list[Template], wait: float, options: argparse.Namespace, console: Console
) -> AsyncGenerator[FoundDevice, None]:
    from drivers.modbus.scan import ITSELF, hears_every_number, scan
    from drivers.modbus.units import units_on

    numbers = units("--units", options.units or "1-247", options.url)
    itself = ITSELF if options.units is None and set(ITSELF) <= set(units_on(link.scheme)) else ()
    async with modbus_wire(options.url, state_directory(options.state)) as wire:
        if link.host and options.units is None and await hears_every_number(wire, wait):
            numbers, itself = numbers[:1], ()
            console.say("scan.every-number", unit=numbers[0])
        progress = Progress(console, len(numbers) + len(itself))
        asked = scan(
            wire, numbers, templates, itself, seconds=wait, asking=lambda unit: progress.step("scan.unit", unit=unit)
        )
        async with aclosing(asked) as found:
            async for device in found:
                progress.clear()
                yield FoundDevice(f"{device.unit}", str(device.identity), device.candidates, asdict(device))
        progress.clear()


def _templates(names: list[str], protocol: str, site: Path | None) -> list[Template]:
    """Those of ``names``, or all of the library and of ``site``, that speak ``protocol``."""
    files = Files()
    definitions = template_definitions(files, site)
    for name in names:
        if name not in definitions.known():
            raise UsageError("emulate.no-template", template=name, known=", ".join(definitions.known()))
    found = [definitions.get(name) for name in names or definitions.known()]
    return [template for template in found if template is not None and template.protocol == protocol]


def _check_address(link: LinkUrl, url: str) -> None:
    try:
        ipaddress.IPv4Address(link.host)
    except ValueError as error:
        raise UsageError("scan.target", url=url) from error


def _show(device: FoundDevice, console: Console) -> None:
    if console.as_json:
        console.emit(device.plain())
        return
    for line in found_lines(device, console):
        console.line(line)
