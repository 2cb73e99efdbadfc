"""What things are called for people: the title in their language, else the id."""

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
