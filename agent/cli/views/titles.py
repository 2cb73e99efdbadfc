"""What things are called for people, and what a message code says to them."""

from collections.abc import Mapping
from typing import Any

from agent.cli.shell.console import Console
from rules.model import pick


def equipment_name(body: Mapping[str, Any], console: Console) -> str:
    """The title of the equipment an event, an alarm or an order is about; its id where it has none."""
    return pick(body.get("equipment_title", {}), console.texts.lang) or str(body["equipment"])


def full_title(body: Mapping[str, Any], console: Console) -> str:
    """The equipment, and the title of what is told of it."""
    return f"{equipment_name(body, console)} {pick(body['title'], console.texts.lang)}"


def system_words(code: str, arguments: Mapping[str, str], console: Console) -> str:
    """The text of a message code, also where an argument is one; the code itself where it has none, or lacks some."""
    texts = console.texts
    if code not in texts.texts:
        return code
    try:
        return texts.text(code, **{name: _nested(name, arguments, console) for name in arguments})
    except KeyError:
        return " ".join([code, *arguments.values()])


def _nested(name: str, arguments: Mapping[str, str], console: Console) -> str:
    """An argument; of one that is a message code its sentence, whose own arguments are called ``name.argument``."""
    value = arguments[name]
    if "." not in value or value not in console.texts.texts:
        return value
    return console.texts.outline(value, {key.removeprefix(f"{name}."): one for key, one in arguments.items()})
