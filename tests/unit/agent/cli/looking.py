"""Commands that look at a device, run beside the emulated device in this process."""

import asyncio
import json
from io import StringIO
from types import ModuleType
from typing import Any

from agent.cli import parse
from agent.cli.shell.console import Console
from config.catalogue import Catalogue

TEXTS = Catalogue.load("en")


async def looked(command: ModuleType, *arguments: str) -> tuple[int, list[Any]]:
    """Exit code and JSON lines of one command."""
    out = StringIO()
    options = parse([command.__name__.rpartition(".")[2].replace("_", "-"), *arguments, "--json"], TEXTS)
    code = await asyncio.to_thread(command.run, options, Console(TEXTS, as_json=True, out=out))
    return code, [json.loads(line) for line in out.getvalue().splitlines()]
