"""``plantgate orders``: the work orders that wait for somebody, and their closing."""

import argparse
import asyncio

from agent.api.local.client import ask
from agent.cli.shell.console import Console
from agent.cli.shell.options import CommandOptions
from agent.cli.shell.place import person, state_directory
from agent.cli.views.lines import order_line


def declare(to: CommandOptions) -> None:
    """Its arguments; their texts are ``cli.option.*``."""
    to.state()
    to.value("--close", "ORDER", default=None)
    to.value("--by", "NAME", default="")
    to.value("--note", "TEXT", default="")
    to.value("--reading", "VALUE", default="")


def run(options: argparse.Namespace, console: Console) -> int:
    """Close one order, or list those that are not closed."""
    if options.close:
        return _close(options, console)
    orders = asyncio.run(ask(state_directory(options.state), "orders"))
    for order in orders:
        console.emit(order) if console.as_json else console.line(order_line(order, console))
    if not orders and not console.as_json:
        console.say("orders.none")
    return 0


def _close(options: argparse.Namespace, console: Console) -> int:
    by, state = person(options.by), state_directory(options.state)
    if options.reading:
        asyncio.run(ask(state, "reading", order=options.close, value=options.reading, by=by))
    result = asyncio.run(ask(state, "close-order", order=options.close, by=by, note=options.note))
    console.answer(result, "orders.closed", order=options.close, by=by)
    return 0
