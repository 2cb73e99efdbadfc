"""``plantgate read``: ask a device once, trust nothing, show what came."""

import argparse
import asyncio

from agent.cli.shell.console import Console
from agent.cli.shell.options import CommandOptions
from agent.cli.shell.place import state_directory
from agent.cli.shell.usage import seconds, units
from drivers.oneshot import OneShot
from drivers.points import PlantgateError, Quality
from drivers.templates import Coding, Table
from runtime.errors import UsageError

_TABLES = tuple(table.value for table in Table)
_MODBUS_ONLY = (*_TABLES, "unit", "count", "type")
_BACNET_ONLY = ("object", "property")


def declare(to: CommandOptions) -> None:
    """Its arguments; their texts are ``cli.option.*``."""
    to.value("url", "LINK")
    to.value("--unit", "N", type=int, default=None)
    table = to.parser.add_mutually_exclusive_group()
    for name in ("holding", "input", "coil", "discrete"):
        table.add_argument(f"--{name}", metavar="ADDRESS", type=int, help=to.text(f"cli.option.{name}"))
    to.value("--count", "N", type=int, default=None)
    types = tuple(coding.value for coding in Coding if coding is not Coding.TEXT)
    to.parser.add_argument("--type", choices=types, default=None, help=to.text("cli.option.type"))
    to.value("--object", "TYPE,INSTANCE", default=None)
    to.value("--property", "NAME", default=None)
    to.value("--timeout", "SECONDS", default="1 s")
    to.state()


def run(options: argparse.Namespace, console: Console) -> int:
    """Print the values, or why there are none."""
    if options.url.startswith("bacnet:"):
        _check(options, needed=("object",), foreign=_MODBUS_ONLY)
        shot = asyncio.run(_object(options))
    else:
        _check(options, needed=_TABLES, foreign=_BACNET_ONLY)
        shot = asyncio.run(_registers(options))
    return _show(shot, console)


def _check(options: argparse.Namespace, needed: tuple[str, ...], foreign: tuple[str, ...]) -> None:
    """Raise UsageError for options that do not go with the kind of link."""
    for name in foreign:
        if getattr(options, name) is not None:
            raise UsageError("read.foreign", option=f"--{name}", url=options.url)
    if all(getattr(options, name) is None for name in needed):
        raise UsageError("read.needs", options=", ".join(f"--{name}" for name in needed), url=options.url)


async def _registers(options: argparse.Namespace) -> OneShot:
    from agent.cli.shell.reach import full_url, modbus_wire
    from drivers.modbus.oneshot import read_over

    table = next(table for table in Table if getattr(options, table.value) is not None)
    kind = options.type or ("bit" if table in (Table.COIL, Table.DISCRETE) else "u16")
    state = state_directory(options.state)
    written = "1" if options.unit is None else str(options.unit)
    (unit,) = units("--unit", written, await full_url(options.url, state))
    count = 1 if options.count is None else options.count
    wait = seconds("--timeout", options.timeout)
    wire = modbus_wire(options.url, state)
    return await read_over(wire, unit, table, getattr(options, table.value), count, kind, wait)


async def _object(options: argparse.Namespace) -> OneShot:
    # The package brings in its whole stack, which only those who need it shall pay for.
    from drivers.bacnet.address import BacnetAddressError, parse_address
    from drivers.bacnet.oneshot import read_object
    from drivers.bacnet.source import SourceError

    wait = seconds("--timeout", options.timeout)
    try:
        address = parse_address(options.url.partition("://")[2])
        return await read_object(address, options.object, options.property or "present-value", seconds=wait)
    except (BacnetAddressError, SourceError) as error:
        raise UsageError(error.code, **error.arguments) from error


def _show(shot: OneShot, console: Console) -> int:
    good = shot.quality is not Quality.BAD
    if console.as_json:
        values = {} if shot.values is None else {"values": list(shot.values)}
        reason = {} if good else {"reason": str(shot.reason)}
        console.emit({**values, "quality": shot.quality.name.lower(), **reason})
    else:
        console.line(_text(shot, console))
    return int(not good)


def _text(shot: OneShot, console: Console) -> str:
    """The values, and what is wrong with them."""
    values = [] if shot.values is None else ["?" if value is None else str(value) for value in shot.values]
    reason = [console.texts.text(f"reason.{shot.reason}")] if shot.reason else []
    cause = [console.texts.error(shot.error)] if isinstance(shot.error, PlantgateError) else []
    return "  ".join(filter(None, [" ".join(values), ": ".join(reason + cause)]))
