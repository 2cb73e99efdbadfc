"""Options of the command line as the commands declare them; every text is a message."""

import argparse
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from agent.cli.shell.help import formatter
from config.catalogue import LANGUAGES, Catalogue
from runtime.version import program_version


class CommandParser(argparse.ArgumentParser):
    """A parser whose options may stand between its arguments where the command says so."""

    intermixed = False

    def parse_known_args(  # type: ignore[override] # its overloads differ in the type of the namespace alone
        self, args: Sequence[str] | None = None, namespace: argparse.Namespace | None = None
    ) -> tuple[argparse.Namespace, list[str]]:
        """As ``argparse`` does it, or intermixed."""
        if not self.intermixed:
            return super().parse_known_args(args, namespace)
        self.intermixed = False  # argparse goes through this method twice to do so
        try:
            return self.parse_known_intermixed_args(args, namespace)
        finally:
            self.intermixed = True


class CommandOptions:
    """What one command takes, while it is put together."""

    def __init__(self, parser: CommandParser, texts: Catalogue) -> None:
        """Speak the language of ``texts``."""
        self.parser = parser
        self.text = texts.text

    def flag(self, name: str) -> None:
        """A switch."""
        self.parser.add_argument(name, action="store_true", help=self.text(f"cli.option.{name[2:]}"))

    def value(self, name: str, metavar: str, **settings: object) -> None:
        """An option or argument that takes a value; its text is ``cli.option.NAME``."""
        self.explained(name, name.lstrip("-"), metavar=metavar, **settings)

    def explained(self, name: str, text: str, **settings: object) -> None:
        """An option whose help is not that of others of the same name."""
        self.parser.add_argument(name, help=self.text(f"cli.option.{text}"), **settings)  # type: ignore[arg-type]

    def intermixed(self, usage: str) -> None:
        """Let options stand between the arguments; ``usage`` names both in the order of the help."""
        self.parser.usage = f"%(prog)s {usage}"
        self.parser.intermixed = True

    def site(self, **settings: object) -> None:
        """The folder of a site."""
        self.value("site", "SITE", type=Path, **settings)

    def state(self) -> None:
        """Where the daemon keeps its files."""
        self.value("--state", "DIR", type=Path, default=None)

    def speed(self) -> None:
        """How many times faster than life time goes."""
        self.value("--speed", "N", type=float, default=1.0)


class _ShowVersion(argparse.Action):
    """``--version``: the version is looked up only when somebody asks."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        print(f"{parser.prog} {program_version()}")
        parser.exit()


Declare = Callable[[str, CommandOptions], None]
"""Lets a command, by its name, declare what it takes."""


def command_line(
    commands: Iterable[str], asked: str | None, declare: Declare, texts: Catalogue
) -> argparse.ArgumentParser:
    """The whole command line in the language of ``texts``; of all commands only ``asked`` says what it takes."""
    layout = formatter(texts.text("usage.colon"))
    parser = CommandParser(
        prog="plantgate",
        description=texts.text("cli.description"),
        epilog=texts.text("cli.epilog"),
        formatter_class=layout,
    )
    _language(parser, texts)
    parser.add_argument("--version", action=_ShowVersion, nargs=0, help=texts.text("cli.option.version"))
    subparsers = parser.add_subparsers(
        dest="command", required=True, metavar=texts.text("cli.command"), title=texts.text("cli.commands")
    )
    for name in commands:
        command: CommandParser = subparsers.add_parser(
            name,
            help=texts.text(f"cli.{name}.help"),
            description=texts.text(f"cli.{name}.help") + "\n\n" + texts.text(f"cli.{name}.more"),
            formatter_class=layout,
        )
        _language(command, texts)
        options = CommandOptions(command, texts)
        options.flag("--json")
        if name == asked:
            declare(name, options)
    return parser


def _language(parser: argparse.ArgumentParser, texts: Catalogue) -> None:
    parser.add_argument("--lang", choices=LANGUAGES, default=argparse.SUPPRESS, help=texts.text("cli.option.lang"))
