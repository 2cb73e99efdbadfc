"""The command line: its language, its commands in the order of the help, and those that need no running gateway."""

import argparse
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from agent.cli.shell import asking
from agent.cli.shell.options import Options
from config.catalogue import LANGUAGES, Catalogue
from drivers.templates import Coding

DEFAULT_STATE = Path("plantgate-state")
"""Where the daemon keeps its journal and socket when neither systemd nor ``--state`` says otherwise."""


def language(arguments: Sequence[str], environment: Mapping[str, str]) -> str:
    """The language to speak: ``--lang``, else PLANTGATE_LANG, else the locale, else English."""
    for position, argument in enumerate(arguments):
        if argument.startswith("--lang="):
            return _known(argument.partition("=")[2])
        if argument == "--lang" and position + 1 < len(arguments):
            return _known(arguments[position + 1])
    for variable in ("PLANTGATE_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        if environment.get(variable):
            return _known(environment[variable])
    return "en"


def build_parser(texts: Catalogue) -> argparse.ArgumentParser:
    """The whole command line, described in the language of ``texts``."""
    to = Options(texts)
    for add in _COMMANDS:
        add(to)
    return to.parser


def _known(name: str) -> str:
    return next((lang for lang in LANGUAGES if name.startswith(lang)), "en")


def _demo(to: Options) -> None:
    command = to.add("demo")
    to.value(command, "--duration", "SECONDS", type=float, default=120.0)


def _run(to: Options) -> None:
    command = to.add("run")
    to.site(command)
    to.state(command)
    to.speed(command)


def _check(to: Options) -> None:
    command = to.add("check")
    to.site(command)
    to.flag(command, "--explain")
    to.flag(command, "--here")


def _migrate(to: Options) -> None:
    to.site(to.add("migrate"))


def _test(to: Options) -> None:
    command = to.add("test")
    to.value(command, "paths", "PATH", nargs="*", type=Path, default=[Path()])
    to.flag(command, "--watch")


def _read(to: Options) -> None:
    command = to.add("read")
    to.value(command, "url", "LINK")
    to.value(command, "--unit", "N", type=int, default=None)
    table = command.add_mutually_exclusive_group()
    for name in ("holding", "input", "coil", "discrete"):
        table.add_argument(f"--{name}", metavar="ADDRESS", type=int, help=to.text(f"cli.option.{name}"))
    to.value(command, "--count", "N", type=int, default=None)
    types = tuple(coding.value for coding in Coding if coding is not Coding.TEXT)
    command.add_argument("--type", choices=types, default=None, help=to.text("cli.option.type"))
    to.value(command, "--object", "TYPE,INSTANCE", default=None)
    to.value(command, "--property", "NAME", default=None)
    to.value(command, "--timeout", "SECONDS", default="1 s")
    to.state(command)


def _scan(to: Options) -> None:
    command = to.add("scan")
    to.value(command, "url", "LINK")
    to.value(command, "--units", "N-N", default=None)
    command.add_argument("--template", metavar="NAME", action="append", default=[], help=to.text("cli.option.likely"))
    to.value(command, "--timeout", "SECONDS", default=None)
    to.value(command, "--into", "SITE", type=Path, default=None)
    to.state(command)


def _init(to: Options) -> None:
    command = to.add("init")
    to.value(command, "directory", "DIR", type=Path)
    for name in ("id", "title", "title-en", "link"):
        to.value(command, f"--{name}", name.upper().replace("-", "_"), default=None)
    command.add_argument("--broker", metavar="URL", default=None, help=to.text("cli.option.broker"))
    to.value(command, "--org", "ORG", default="local")
    to.value(command, "--gateway", "NAME", default="gw-1")
    to.value(command, "--timezone", "ZONE", default="Asia/Shanghai")
    command.add_argument("--language", choices=LANGUAGES, default=None, help=to.text("cli.option.language"))


def _export(to: Options) -> None:
    command = to.add("export")
    to.value(command, "url", "LINK")
    to.value(command, "--unit", "N", type=int, required=True)
    command.add_argument("--template", metavar="NAME", required=True, help=to.text("cli.option.recorded"))
    command.add_argument("--site", metavar="SITE", type=Path, default=None, help=to.text("cli.option.own"))
    to.value(command, "--out", "FILE", type=Path, default=None)
    to.value(command, "--timeout", "SECONDS", default="1 s")
    to.state(command)


def _doctor(to: Options) -> None:
    command = to.add("doctor")
    to.site(command)
    to.state(command)
    to.value(command, "--record", "DEVICE", nargs="*", default=None)


def _schema(to: Options) -> None:
    command = to.add("schema")
    to.site(command)
    to.flag(command, "--mark")


def _devices(to: Options) -> None:
    command = to.add("devices")
    to.value(command, "word", "WORD", nargs="?", default="")
    to.flag(command, "--markdown")


def _import(to: Options) -> None:
    command = to.add("import")
    to.value(command, "csv", "CSV", type=Path)
    into, name = to.text("cli.option.own-templates"), to.text("cli.option.new-template")
    command.add_argument("--into", metavar="SITE", type=Path, required=True, help=into)
    command.add_argument("--id", metavar="NAME", default=None, help=name)
    base, style, table = (to.text(f"cli.option.{option}") for option in ("base", "style", "table"))
    command.add_argument("--base", type=int, choices=(0, 1, 40001), required=True, help=base)
    command.add_argument("--style", choices=("plain", "comap", "gst"), default="plain", help=style)
    tables = ("holding", "input", "coil", "discrete")
    command.add_argument("--table", choices=tables, default="holding", help=table)
    to.value(command, "--column", "COLUMN=HEADING", action="append", default=[])


def _emulate(to: Options) -> None:
    command = to.add("emulate")
    to.site(command, nargs="?", default=None)
    to.value(command, "--template", "NAME", default=None)
    to.value(command, "--listen", "LINK", default=None)
    command.add_argument("--unit", metavar="N[,N-N]", default="1", help=to.text("cli.option.emulated-units"))
    to.value(command, "--set", "POINT=VALUE", action="append", default=[])
    to.value(command, "--fault", "KIND[:POINT]", action="append", default=[])
    to.value(command, "--scenario", "FILE", type=Path, default=None)
    to.speed(command)


def _listen(to: Options) -> None:
    command = to.add("listen")
    to.value(command, "--broker", "URL", default=None)
    to.value(command, "--store", "FILE", type=Path, default=None)
    to.value(command, "--consumer", "NAME", default="hq")
    to.value(command, "--audit", "FILE", type=Path, default=None)
    to.flag(command, "--follow")
    to.value(command, "--username", "NAME", default="")
    for name in ("password", "ca", "certificate", "key"):
        to.value(command, f"--{name}", "REFERENCE", default="")
    to.flag(command, "--insecure")


_COMMANDS: tuple[Callable[[Options], None], ...] = (
    _demo,
    _run,
    _check,
    _migrate,
    _test,
    _read,
    _scan,
    _init,
    _schema,
    _devices,
    _import,
    _emulate,
    _listen,
    _doctor,
    asking.write,
    _export,
    asking.status,
    asking.watch,
    asking.alarms,
    asking.orders,
    asking.ack,
    asking.shelve,
    asking.unshelve,
    asking.reset,
    asking.out_of_service,
    asking.reload,
    asking.start,
    asking.abort,
    asking.runs,
    asking.debts,
    asking.extend,
    asking.lockout,
    asking.hold,
    asking.disarmed,
    asking.arm,
    asking.settle,
)
"""In the order of the help."""
