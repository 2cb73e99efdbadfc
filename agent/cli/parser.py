"""Every option of every command in one place; the help texts are messages."""

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path

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
    return _Builder(texts).build()


def _known(name: str) -> str:
    return next((lang for lang in LANGUAGES if name.startswith(lang)), "en")


class _Builder:
    """Adds commands one after the other; each method is one command or one shared option."""

    def __init__(self, texts: Catalogue) -> None:
        self._text = texts.text
        self._parser = argparse.ArgumentParser(
            prog="plantgate",
            description=self._text("cli.description"),
            epilog=self._text("cli.epilog"),
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        self._commands = self._parser.add_subparsers(
            dest="command", required=True, metavar=self._text("cli.command"), title=self._text("cli.commands")
        )
        self._language(self._parser)

    def build(self) -> argparse.ArgumentParser:
        for add in (self._demo, self._run, self._check, self._test, self._read, self._scan):
            add()
        for add in (self._init, self._schema, self._devices, self._import, self._emulate, self._listen):
            add()
        for add in (self._doctor, self._write, self._export):
            add()
        for add in (self._status, self._watch, self._alarms, self._orders, self._ack):
            add()
        for add in (self._shelve, self._unshelve, self._reset, self._out_of_service):
            add()
        self._state(self._add("reload"))
        for add in (self._start, self._abort, self._runs, self._debts, self._extend, self._lockout):
            add()
        for add in (self._hold, self._disarmed, self._arm, self._settle):
            add()
        return self._parser

    def _add(self, name: str) -> argparse.ArgumentParser:
        command: argparse.ArgumentParser = self._commands.add_parser(
            name,
            help=self._text(f"cli.{name}.help"),
            description=self._text(f"cli.{name}.help") + "\n\n" + self._text(f"cli.{name}.more"),
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        self._language(command)
        self._flag(command, "--json")
        return command

    def _language(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--lang", choices=LANGUAGES, default=argparse.SUPPRESS, help=self._text("cli.option.lang"))

    def _flag(self, parser: argparse.ArgumentParser, name: str) -> None:
        parser.add_argument(name, action="store_true", help=self._text(f"cli.option.{name[2:]}"))

    def _value(self, parser: argparse.ArgumentParser, name: str, metavar: str, **settings: object) -> None:
        self._explained(parser, name, name.lstrip("-"), metavar=metavar, **settings)

    def _explained(self, parser: argparse.ArgumentParser, name: str, text: str, **settings: object) -> None:
        """An option whose help is not that of others of the same name."""
        parser.add_argument(name, help=self._text(f"cli.option.{text}"), **settings)  # type: ignore[arg-type]

    def _site(self, parser: argparse.ArgumentParser, **settings: object) -> None:
        self._value(parser, "site", "SITE", type=Path, **settings)

    def _state(self, parser: argparse.ArgumentParser) -> None:
        self._value(parser, "--state", "DIR", type=Path, default=None)

    def _speed(self, parser: argparse.ArgumentParser) -> None:
        self._value(parser, "--speed", "N", type=float, default=1.0)

    def _demo(self) -> None:
        command = self._add("demo")
        self._value(command, "--duration", "SECONDS", type=float, default=120.0)

    def _run(self) -> None:
        command = self._add("run")
        self._site(command)
        self._state(command)
        self._speed(command)

    def _check(self) -> None:
        command = self._add("check")
        self._site(command)
        self._flag(command, "--explain")
        self._flag(command, "--here")

    def _test(self) -> None:
        command = self._add("test")
        self._value(command, "paths", "PATH", nargs="*", type=Path, default=[Path()])
        self._flag(command, "--watch")

    def _read(self) -> None:
        command = self._add("read")
        self._value(command, "url", "LINK")
        self._value(command, "--unit", "N", type=int, default=None)
        table = command.add_mutually_exclusive_group()
        for name in ("holding", "input", "coil", "discrete"):
            table.add_argument(f"--{name}", metavar="ADDRESS", type=int, help=self._text(f"cli.option.{name}"))
        self._value(command, "--count", "N", type=int, default=None)
        types = tuple(coding.value for coding in Coding if coding is not Coding.TEXT)
        command.add_argument("--type", choices=types, default=None, help=self._text("cli.option.type"))
        self._value(command, "--object", "TYPE,INSTANCE", default=None)
        self._value(command, "--property", "NAME", default=None)
        self._value(command, "--timeout", "SECONDS", default="1 s")
        self._state(command)

    def _scan(self) -> None:
        command = self._add("scan")
        self._value(command, "url", "LINK")
        self._value(command, "--units", "N-N", default=None)
        command.add_argument(
            "--template", metavar="NAME", action="append", default=[], help=self._text("cli.option.likely")
        )
        self._value(command, "--timeout", "SECONDS", default=None)
        self._value(command, "--into", "SITE", type=Path, default=None)
        self._state(command)

    def _init(self) -> None:
        command = self._add("init")
        self._value(command, "directory", "DIR", type=Path)
        for name in ("id", "title", "title-en", "link"):
            self._value(command, f"--{name}", name.upper().replace("-", "_"), default=None)
        command.add_argument("--broker", metavar="URL", default=None, help=self._text("cli.option.broker"))
        self._value(command, "--org", "ORG", default="local")
        self._value(command, "--gateway", "NAME", default="gw-1")
        self._value(command, "--timezone", "ZONE", default="Asia/Shanghai")
        command.add_argument("--language", choices=LANGUAGES, default=None, help=self._text("cli.option.language"))

    def _export(self) -> None:
        command = self._add("export")
        self._value(command, "url", "LINK")
        self._value(command, "--unit", "N", type=int, required=True)
        command.add_argument("--template", metavar="NAME", required=True, help=self._text("cli.option.recorded"))
        command.add_argument("--site", metavar="SITE", type=Path, default=None, help=self._text("cli.option.own"))
        self._value(command, "--out", "FILE", type=Path, default=None)
        self._value(command, "--timeout", "SECONDS", default="1 s")
        self._state(command)

    def _write(self) -> None:
        command = self._add("write")
        self._value(command, "equipment", "EQUIPMENT")
        self._value(command, "verb", "COMMAND")
        self._flag(command, "--yes")
        self._value(command, "--by", "NAME", default="")
        self._value(command, "--minutes", "N", type=float, default=0.0)
        self._value(command, "--reason", "TEXT", default="")
        self._state(command)

    def _doctor(self) -> None:
        command = self._add("doctor")
        self._site(command)
        self._state(command)
        self._value(command, "--record", "DEVICE", nargs="*", default=None)

    def _schema(self) -> None:
        command = self._add("schema")
        self._site(command)
        self._flag(command, "--mark")

    def _devices(self) -> None:
        command = self._add("devices")
        self._value(command, "word", "WORD", nargs="?", default="")
        self._flag(command, "--markdown")

    def _import(self) -> None:
        command = self._add("import")
        self._value(command, "csv", "CSV", type=Path)
        into, name = self._text("cli.option.own-templates"), self._text("cli.option.new-template")
        command.add_argument("--into", metavar="SITE", type=Path, required=True, help=into)
        command.add_argument("--id", metavar="NAME", default=None, help=name)
        base, style, table = (self._text(f"cli.option.{option}") for option in ("base", "style", "table"))
        command.add_argument("--base", type=int, choices=(0, 1, 40001), required=True, help=base)
        command.add_argument("--style", choices=("plain", "comap", "gst"), default="plain", help=style)
        tables = ("holding", "input", "coil", "discrete")
        command.add_argument("--table", choices=tables, default="holding", help=table)
        self._value(command, "--column", "COLUMN=HEADING", action="append", default=[])

    def _emulate(self) -> None:
        command = self._add("emulate")
        self._site(command, nargs="?", default=None)
        self._value(command, "--template", "NAME", default=None)
        self._value(command, "--listen", "LINK", default=None)
        command.add_argument("--unit", metavar="N[,N-N]", default="1", help=self._text("cli.option.emulated-units"))
        self._value(command, "--set", "POINT=VALUE", action="append", default=[])
        self._value(command, "--fault", "KIND[:POINT]", action="append", default=[])
        self._value(command, "--scenario", "FILE", type=Path, default=None)
        self._speed(command)

    def _listen(self) -> None:
        command = self._add("listen")
        self._value(command, "--broker", "URL", default=None)
        self._value(command, "--store", "FILE", type=Path, default=None)
        self._value(command, "--consumer", "NAME", default="hq")
        self._value(command, "--audit", "FILE", type=Path, default=None)
        self._flag(command, "--follow")
        self._value(command, "--username", "NAME", default="")
        for name in ("password", "ca", "certificate", "key"):
            self._value(command, f"--{name}", "REFERENCE", default="")
        self._flag(command, "--insecure")

    def _status(self) -> None:
        command = self._add("status")
        self._flag(command, "--links")
        self._state(command)

    def _watch(self) -> None:
        command = self._add("watch")
        self._value(command, "names", "NAME", nargs="*")
        self._flag(command, "--links")
        self._value(command, "--interval", "SECONDS", default="1 s")
        self._explained(command, "--count", "rounds", metavar="N", type=int, default=None)
        self._explained(command, "--duration", "length", metavar="SECONDS", default=None)
        self._state(command)

    def _alarms(self) -> None:
        command = self._add("alarms")
        self._value(command, "--why", "ALARM", default=None)
        self._state(command)

    def _orders(self) -> None:
        command = self._add("orders")
        self._state(command)
        self._value(command, "--close", "ORDER", default=None)
        self._value(command, "--by", "NAME", default="")
        self._value(command, "--note", "TEXT", default="")
        self._value(command, "--reading", "VALUE", default="")

    def _about_alarm(self, name: str) -> argparse.ArgumentParser:
        command = self._add(name)
        self._value(command, "alarm", "ALARM")
        self._value(command, "--by", "NAME", default="")
        self._state(command)
        return command

    def _ack(self) -> None:
        self._about_alarm("ack")

    def _shelve(self) -> None:
        command = self._about_alarm("shelve")
        self._value(command, "--for", "TIME", dest="time", required=True)
        self._value(command, "--reason", "TEXT", required=True)

    def _unshelve(self) -> None:
        self._about_alarm("unshelve")

    def _reset(self) -> None:
        self._about_alarm("reset")

    def _out_of_service(self) -> None:
        command = self._about_alarm("out-of-service")
        self._value(command, "--reason", "TEXT", default="")
        self._flag(command, "--back")

    def _start(self) -> None:
        command = self._add("start")
        self._value(command, "procedure", "PROCEDURE")
        self._value(command, "equipment", "EQUIPMENT")
        self._value(command, "--by", "NAME", default="")
        self._state(command)

    def _abort(self) -> None:
        command = self._add("abort")
        self._value(command, "run", "RUN")
        self._value(command, "--by", "NAME", default="")
        self._value(command, "--reason", "TEXT", default="")
        self._state(command)

    def _runs(self) -> None:
        command = self._add("runs")
        self._value(command, "--report", "RUN", default=None)
        self._state(command)

    def _debts(self) -> None:
        self._state(self._add("debts"))

    def _extend(self) -> None:
        command = self._add("extend")
        self._value(command, "debt", "DEBT")
        self._value(command, "--minutes", "N", type=float, required=True)
        self._value(command, "--by", "NAME", default="")
        self._value(command, "--reason", "TEXT", required=True)
        self._state(command)

    def _lockout(self) -> None:
        command = self._add("lockout")
        self._value(command, "equipment", "EQUIPMENT", nargs="?", default="")
        self._value(command, "--by", "NAME", default="")
        self._value(command, "--reason", "TEXT", default="")
        self._flag(command, "--release")
        for name in ("owner", "verified", "token"):
            self._value(command, f"--{name}", name.upper(), default="")
        self._state(command)

    def _hold(self) -> None:
        command = self._add("hold")
        self._value(command, "--by", "NAME", default="")
        self._value(command, "--reason", "TEXT", default="")
        self._flag(command, "--release")
        self._state(command)

    def _disarmed(self) -> None:
        self._state(self._add("disarmed"))

    def _arm(self) -> None:
        command = self._add("arm")
        self._value(command, "--by", "NAME", default="")
        self._value(command, "--reason", "TEXT", required=True)
        self._value(command, "--seen", "MARK", required=True)
        self._state(command)

    def _settle(self) -> None:
        command = self._add("settle")
        self._value(command, "debt", "DEBT")
        self._value(command, "--by", "NAME", default="")
        self._value(command, "--reason", "TEXT", required=True)
        self._state(command)
