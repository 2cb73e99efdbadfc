"""``plantgate orders``: the work orders that wait for somebody, and their closing."""

import argparse
import asyncio

from agent.cli.console import Console
from agent.cli.lines import order_line
from agent.cli.place import person, state_directory
from agent.local import ask


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
