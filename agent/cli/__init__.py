"""The command ``plantgate``: one module a verb, imported only when asked for, so that ``--help`` is quick."""

import argparse
import keyword
import os
import signal
import sys
from collections.abc import Sequence
from importlib import import_module
from types import ModuleType

from agent.cli.shell.console import Console
from agent.cli.shell.language import language
from agent.cli.shell.usage import understand
from config.catalogue import Catalogue
from config.errors import ConfigError
from drivers.links import LinkError
from drivers.points import PlantgateError
from runtime.errors import UsageError

GOOD, FINDING, WRONG_USE, INTERRUPTED = 0, 1, 2, 130
"""Exit codes: good, something was found or failed, wrong usage or configuration, Ctrl-C (128 + SIGINT)."""

COMMANDS = (
    "demo",
    "run",
    "check",
    "migrate",
    "diff",
    "test",
    "read",
    "scan",
    "init",
    "new",
    "schema",
    "devices",
    "import",
    "emulate",
    "listen",
    "doctor",
    "write",
    "export",
    "status",
    "watch",
    "alarms",
    "orders",
    "history",
    "report",
    "ack",
    "shelve",
    "unshelve",
    "reset",
    "out-of-service",
    "reload",
    "serviced",
    "set",
    "start",
    "abort",
    "runs",
    "plans",
    "debts",
    "extend",
    "lockout",
    "hold",
    "disarmed",
    "arm",
    "settle",
    "time",
    "backup",
    "restore",
    "move",
    "factory-reset",
)
"""In the order of the help; each is a module of ``agent.cli.commands``."""


def main(arguments: list[str] | None = None) -> int:
    """Run one command and return its exit code."""
    arguments = sys.argv[1:] if arguments is None else arguments
    texts = Catalogue.load(language(arguments, os.environ))
    try:
        options = parse(arguments, texts)
    except UsageError as error:
        Console(texts, as_json="--json" in arguments).failure(error)
        return WRONG_USE
    _end_tidily_when_told()
    return _run(options, Console(texts, as_json=options.json))


def parse(arguments: Sequence[str], texts: Catalogue) -> argparse.Namespace:
    """The options of one call. Raises UsageError when it is not understood, SystemExit after ``--help``."""
    return understand(arguments, texts, COMMANDS, lambda command, to: _module(command).declare(to))


def _end_tidily_when_told() -> None:
    """Let SIGTERM end a command as Ctrl-C does: what it started is stopped, what it made is tidied away."""
    # A shell starts background jobs with SIGINT ignored, which would swallow both.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))


def _module(command: str) -> ModuleType:
    """The module of ``command``; ``import`` is a word of Python, so its module has an underscore more."""
    name = command.replace("-", "_")
    return import_module(f"agent.cli.commands.{name}_" if keyword.iskeyword(name) else f"agent.cli.commands.{name}")


def _run(options: argparse.Namespace, console: Console) -> int:
    try:
        return int(_module(options.command).run(options, console))
    except ConfigError as error:
        console.findings(error)
        return WRONG_USE
    except (UsageError, LinkError) as error:
        console.failure(error)
        return WRONG_USE
    except PlantgateError as error:
        console.failure(error)
        return FINDING
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # The reader of our output went away (``| head``); stop Python from complaining again at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FINDING
