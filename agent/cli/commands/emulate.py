"""``plantgate emulate``: the plant room without hardware, steered by lines on standard input."""

import argparse
import asyncio
import errno
import os
import selectors
import sys
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from pathlib import Path

from agent.cli.shell.console import Console
from agent.cli.shell.options import CommandOptions
from agent.cli.shell.serial_sweep import as_url
from agent.cli.shell.usage import numbers, positive, units
from config.assembly.definitions import template_definitions
from config.reading.files import Files
from config.site import load_site
from drivers.templates import Template
from emulators.plantroom import PlantRoom, serve
from emulators.script import ScriptError, parse_lines, parse_value
from emulators.standalone import serve_template
from runtime.errors import AgentError, UsageError

_LAST_INSTANCE = 4_194_302
"""Highest instance of a BACnet device (ASHRAE 135, clause 12.11)."""


def declare(to: CommandOptions) -> None:
    """Its arguments; their texts are ``cli.option.*``."""
    to.site(nargs="?", default=None)
    to.value("--template", "NAME", default=None)
    to.value("--listen", "LINK", default=None)
    to.value("--serial", "PATH", default=None)
    to.parser.add_argument("--unit", metavar="N[,N-N]", default="1", help=to.text("cli.option.emulated-units"))
    to.value("--set", "POINT=VALUE", action="append", default=[])
    to.value("--fault", "KIND[:POINT]", action="append", default=[])
    to.value("--scenario", "FILE", type=Path, default=None)
    to.speed()


def run(options: argparse.Namespace, console: Console) -> int:
    """Serve until interrupted, which is its good end; typed lines are answered with one JSON object each."""
    positive("--speed", options.speed)
    room, links = _site(options) if options.site else _standalone(options)
    try:
        asyncio.run(_serve(room, links, _scenario(options.scenario), console))
    except ScriptError as error:
        raise UsageError(error.code, **error.arguments) from error
    except KeyboardInterrupt:
        return 0
    return 0


async def _serve(
    served: AbstractAsyncContextManager[PlantRoom], links: list[str], scenario: list[str], console: Console
) -> None:
    async with AsyncExitStack() as stack:
        try:
            room = await stack.enter_async_context(served)
        except OSError as error:
            raise _no_port(links, error) from error
        for command in parse_lines(scenario):
            room.apply(command)
        console.say(
            "emulate.serving",
            devices=console.texts.listed(room.devices),
            links=console.texts.listed(room.links or links),
        )
        await _obey(room, console)


def _no_port(links: list[str], error: OSError) -> AgentError:
    address = ", ".join(links)
    if error.errno == errno.EADDRINUSE:
        return AgentError("emulate.port-taken", address=address)
    return AgentError("emulate.port", address=address, reason=os.strerror(error.errno) if error.errno else error)


async def _obey(room: PlantRoom, console: Console) -> None:
    """Carry out typed lines; without anybody to type, only serve."""
    reader = await _typed()
    while line := await reader.readline():
        console.line(room.answer(line.decode(errors="replace")))
    await asyncio.Event().wait()


async def _typed() -> asyncio.StreamReader:
    """Standard input as it comes; a regular file at once; nothing when there is none (a service, ``<&-``)."""
    reader = asyncio.StreamReader()
    if sys.stdin is None:
        reader.feed_eof()
    elif _can_be_waited_for(sys.stdin.fileno()):
        await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    else:
        reader.feed_data(sys.stdin.buffer.read())
        reader.feed_eof()
    return reader


def _can_be_waited_for(descriptor: int) -> bool:
    """Whether epoll takes it: not a regular file, not /dev/null."""
    with selectors.DefaultSelector() as selector:
        try:
            selector.register(descriptor, selectors.EVENT_READ)
        except PermissionError:
            return False
    return True


def _site(options: argparse.Namespace) -> tuple[AbstractAsyncContextManager[PlantRoom], list[str]]:
    plant = load_site(options.site)
    return serve(plant, options.speed), [link.url for link in plant.links]


def _standalone(options: argparse.Namespace) -> tuple[AbstractAsyncContextManager[PlantRoom], list[str]]:
    if not options.template or (options.listen is None) is (options.serial is None):
        raise UsageError("emulate.needs-target")
    options.listen = options.listen or as_url(str(Path(options.serial).absolute()))
    template, values = _template(options.template), dict(map(_setting, options.set))
    if template.protocol == "bacnet":
        chosen = numbers("--unit", options.unit, 0, _LAST_INSTANCE)
    else:
        chosen = units("--unit", options.unit, options.listen)
    room = serve_template(template, options.listen, chosen, values, options.fault, options.speed)
    return room, [options.listen]


def _template(name: str) -> Template:
    files = Files()
    definitions = template_definitions(files, None)
    known = definitions.known()
    if name not in known:
        raise UsageError("emulate.no-template", template=name, known=", ".join(known))
    template = definitions.get(name)
    if template is None:
        raise files.error()
    return template


def _setting(text: str) -> tuple[str, float | int | bool | str]:
    point, equals, value = text.partition("=")
    if not (point and equals and value):
        raise UsageError("emulate.bad-setting", setting=text)
    return point, parse_value(value)


def _scenario(path: Path | None) -> list[str]:
    try:
        return path.read_text(encoding="utf-8").splitlines() if path else []
    except OSError as error:
        raise UsageError("file.unreadable", file=path, reason=error.strerror) from error
    except UnicodeDecodeError as error:
        raise UsageError("emulate.scenario-encoding", file=path) from error
