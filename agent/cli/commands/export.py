"""``plantgate export``: the registers of a device as a file that a test can replay."""

import argparse
import asyncio
from pathlib import Path

from agent.cli.shell.console import Console
from agent.cli.shell.options import CommandOptions
from agent.cli.shell.place import state_directory
from agent.cli.shell.progress import Progress
from agent.cli.shell.reach import full_url, modbus_wire
from agent.cli.shell.usage import seconds, units
from config.assembly.definitions import template_definitions
from config.reading.files import Files
from drivers.modbus.record import record
from drivers.modbus.request import requests_of
from drivers.replay.fixture import Fixture
from drivers.templates import Device, Template
from runtime.errors import UsageError


def declare(to: CommandOptions) -> None:
    """Its arguments; their texts are ``cli.option.*``."""
    to.value("url", "LINK")
    to.value("--unit", "N", type=int, required=True)
    to.parser.add_argument("--template", metavar="NAME", required=True, help=to.text("cli.option.recorded"))
    to.parser.add_argument("--site", metavar="SITE", type=Path, default=None, help=to.text("cli.option.own"))
    to.value("--out", "FILE", type=Path, default=None)
    to.value("--timeout", "SECONDS", default="1 s")
    to.state()


def run(options: argparse.Namespace, console: Console) -> int:
    """Read every block of the template and write the file, or print it."""
    url = asyncio.run(full_url(options.url, state_directory(options.state)))
    (unit,) = units("--unit", str(options.unit), url)
    device = Device("export", "", str(unit), _template(options), seconds("--timeout", options.timeout))
    fixture = asyncio.run(_record(device, options, console))
    if options.out is None:
        console.line(fixture.text().rstrip())
    else:
        _write(options.out, fixture)
    console.say("export.done", registers=len(fixture.cells), refused=len(fixture.refused), unit=unit)
    return int(not fixture.cells)


async def _record(device: Device, options: argparse.Namespace, console: Console) -> Fixture:
    progress = Progress(console, len(requests_of(device)))
    async with modbus_wire(options.url, state_directory(options.state)) as wire:
        fixture = await record(
            wire,
            device,
            lambda block: progress.step("export.block", table=block.table, address=block.address, count=block.count),
        )
    progress.clear()
    return fixture


def _template(options: argparse.Namespace) -> Template:
    files = Files()
    definitions = template_definitions(files, options.site)
    if options.template not in definitions.known():
        raise UsageError("emulate.no-template", template=options.template, known=", ".join(definitions.known()))
    template = definitions.get(options.template)
    if template is None:
        raise files.error()
    if template.protocol != "modbus":
        raise UsageError("export.not-modbus", template=template.id)
    return template


def _write(path: Path, fixture: Fixture) -> None:
    try:
        path.write_text(fixture.text(), encoding="utf-8")
    except OSError as error:
        raise UsageError("file.unwritable", file=path, reason=error.strerror) from error
