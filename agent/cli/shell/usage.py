"""The command line as it was typed: understood, or refused in the language of the person."""

import argparse
import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stderr
from io import StringIO

from agent.cli.shell.options import Declare, command_line
from config.catalogue import Catalogue
from config.quantity import QuantityError, duration
from drivers.links import parse_link
from drivers.modbus.units import units_on
from runtime.errors import UsageError

_WORDS = {
    "usage: ": "usage.usage",
    "positional arguments": "usage.positional",
    "options": "usage.options",
    "show this help message and exit": "usage.help",
    "%(prog)s: error: %(message)s\n": "usage.error",
    "argument %(argument_name)s: %(message)s": "usage.argument",
    "the following arguments are required: %s": "usage.required",
    "one of the arguments %s is required": "usage.one-required",
    "not allowed with argument %s": "usage.not-together",
    "unrecognized arguments: %s": "usage.unrecognized",
    "expected one argument": "usage.one-value",
    "expected at least one argument": "usage.some-values",
    "ignored explicit argument %r": "usage.no-value",
    "invalid %(type)s value: %(value)r": "usage.invalid-value",
    "invalid choice: %(value)r (choose from %(choices)s)": "usage.invalid-choice",
    "ambiguous option: %(option)s could match %(matches)s": "usage.ambiguous",
}
"""What argparse says -> code of our words for it, which take the same arguments."""


def understand(
    arguments: Sequence[str], texts: Catalogue, commands: Sequence[str], declare: Declare
) -> argparse.Namespace:
    """The options of one call. Raises UsageError when it is not understood, SystemExit after ``--help``."""
    asked = next((word for word in arguments if word in commands), None)
    said = StringIO()
    with _speaking(texts), redirect_stderr(said):
        try:
            return command_line(commands, asked, declare, texts).parse_args(arguments)
        except SystemExit as end:
            if not end.code:
                raise
            raise UsageError("usage.wrong", said=said.getvalue().strip()) from None


def positive(option: str, value: float) -> float:
    """The value of a numeric option that must be above zero and finite; raises UsageError."""
    if not (math.isfinite(value) and value > 0):
        raise UsageError("usage.not-positive", option=option, value=value)
    return value


def seconds(option: str, text: str) -> float:
    """The seconds of a time such as ``300 ms``, above zero; raises UsageError."""
    try:
        return positive(option, duration(text))
    except QuantityError as error:
        raise UsageError(error.code, **error.arguments) from error


def numbers(option: str, text: str, low: int, high: int) -> list[int]:
    """The numbers of a list such as ``1-8,12``, each once, from ``low`` to ``high``; raises UsageError."""
    found: dict[int, None] = {}
    for part in text.split(","):
        first, dash, last = part.strip().partition("-")
        ends = first, last if dash else first
        if not all(end.strip().isdecimal() for end in ends):
            raise UsageError("usage.numbers", option=option, value=text, low=low, high=high)
        start, stop = map(int, ends)
        if not low <= start <= stop <= high:
            raise UsageError("usage.numbers", option=option, value=text, low=low, high=high)
        found |= dict.fromkeys(range(start, stop + 1))
    return list(found)


def units(option: str, text: str, url: str) -> list[int]:
    """The unit numbers of a list, each once, as the Modbus link ``url`` has them; raises LinkError, UsageError."""
    known = units_on(parse_link(url).scheme)
    return numbers(option, text, known[0], known[-1])


@contextmanager
def _speaking(texts: Catalogue) -> Iterator[None]:
    """Let argparse use our words: its gettext looks for compiled files, its function can be exchanged."""
    module = vars(argparse)
    original = module["_"]
    module["_"] = lambda words: texts.text(_WORDS[words]) if words in _WORDS else words
    try:
        yield
    finally:
        module["_"] = original
