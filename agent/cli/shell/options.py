"""Options of the command line as the commands add them; every text is a message."""

import argparse
from pathlib import Path

from config.catalogue import LANGUAGES, Catalogue


class Options:
    """The command line while it is put together."""

    def __init__(self, texts: Catalogue) -> None:
        """Speak the language of ``texts``."""
        self.text = texts.text
        self.parser = argparse.ArgumentParser(
            prog="plantgate",
            description=self.text("cli.description"),
            epilog=self.text("cli.epilog"),
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        self._commands = self.parser.add_subparsers(
            dest="command", required=True, metavar=self.text("cli.command"), title=self.text("cli.commands")
        )
        self._language(self.parser)

    def add(self, name: str) -> argparse.ArgumentParser:
        """A command: its texts are ``cli.NAME.help`` and ``.more``."""
        command: argparse.ArgumentParser = self._commands.add_parser(
            name,
            help=self.text(f"cli.{name}.help"),
            description=self.text(f"cli.{name}.help") + "\n\n" + self.text(f"cli.{name}.more"),
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        self._language(command)
        self.flag(command, "--json")
        return command

    def _language(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--lang", choices=LANGUAGES, default=argparse.SUPPRESS, help=self.text("cli.option.lang"))

    def flag(self, parser: argparse.ArgumentParser, name: str) -> None:
        """A switch."""
        parser.add_argument(name, action="store_true", help=self.text(f"cli.option.{name[2:]}"))

    def value(self, parser: argparse.ArgumentParser, name: str, metavar: str, **settings: object) -> None:
        """An option or argument that takes a value; its text is ``cli.option.NAME``."""
        self.explained(parser, name, name.lstrip("-"), metavar=metavar, **settings)

    def explained(self, parser: argparse.ArgumentParser, name: str, text: str, **settings: object) -> None:
        """An option whose help is not that of others of the same name."""
        parser.add_argument(name, help=self.text(f"cli.option.{text}"), **settings)  # type: ignore[arg-type]

    def site(self, parser: argparse.ArgumentParser, **settings: object) -> None:
        """The folder of a site."""
        self.value(parser, "site", "SITE", type=Path, **settings)

    def state(self, parser: argparse.ArgumentParser) -> None:
        """Where the daemon keeps its files."""
        self.value(parser, "--state", "DIR", type=Path, default=None)

    def speed(self, parser: argparse.ArgumentParser) -> None:
        """How many times faster than life time goes."""
        self.value(parser, "--speed", "N", type=float, default=1.0)
