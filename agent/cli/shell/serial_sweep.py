"""A serial line of which nobody knows the settings: found by asking under each usual one, as ``doctor`` does."""

from collections.abc import Sequence
from pathlib import Path

from agent.cli.shell.console import Console
from agent.cli.shell.progress import Progress
from agent.cli.shell.reach import owner
from agent.doctor.line import answering_settings, usual_settings
from agent.doctor.port import check_port
from drivers.links import SERIAL, parse_link
from runtime.errors import UsageError

LIKELY = "1-16"
"""Units asked under each setting where none were named: whoever installs begins with small numbers."""


def as_url(text: str) -> str:
    """The URL of a serial port of which only the path was written; any other text as it is."""
    return f"{SERIAL}://{text}" if text.startswith("/") else text


async def swept(url: str, units: Sequence[int], seconds: float, state: Path, console: Console) -> str | None:
    """The URL under which one of ``units`` answers, the port by its persistent name; None when none does.

    Raises UsageError when it is no serial line, a port that cannot be opened, or one that a running gateway owns;
    LinkDown when another program has it.
    """
    link = parse_link(url)
    if link.scheme != SERIAL:
        raise UsageError("scan.no-sweep", url=url)
    if name := await owner(url, state):
        raise UsageError("scan.sweep-owned", link=name)
    port = check_port(Path(link.path))
    if not port.well:
        raise UsageError(f"doctor.{port.code}-do", **port.arguments)
    urls = usual_settings(link)
    progress = Progress(console, len(urls) * len(units))
    found = await answering_settings(urls, units, seconds, trying=lambda tried, unit: _tell(progress, tried, unit))
    progress.clear()
    persistent = port.arguments.get("persistent")
    return found.replace(link.path, str(persistent), 1) if found and persistent else found


def settings_of(url: str) -> dict[str, object]:
    """Baud, parity and stop bits of a serial URL, defaults included, as messages name them."""
    options = parse_link(url).options
    return {
        "baud": options.get("baud", "9600"),
        "parity": options.get("parity", "E"),
        "stop": options.get("stop", "1"),
    }


def _tell(progress: Progress, url: str, unit: int) -> None:
    progress.step("scan.sweeping", unit=unit, **settings_of(url))
