"""A serial line nobody understands: the settings under which a device on it does answer."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager
from urllib.parse import urlencode

from drivers.links import LinkUrl
from drivers.modbus.asking import Asker
from drivers.modbus.oneshot import own_wire
from drivers.modbus.scan import is_there

Opened = Callable[[str], AbstractAsyncContextManager[Asker]]
"""Opens the wire of a URL for as long as the body runs."""
_USUAL_BAUDS = ("9600", "19200", "38400", "4800", "115200")
_USUAL_FRAMES = (("E", "1"), ("N", "1"), ("N", "2"), ("O", "1"))
"""Parity and stop bits as devices have them; ``N`` with 2 is the standard's, with 1 the market's."""


def url_with(link: LinkUrl, baud: str, parity: str, stop: str) -> str:
    """The URL of the same port with other settings."""
    options = {**link.options, "baud": baud, "parity": parity, "stop": stop}
    return f"{link.scheme}://{link.path}?{urlencode(options)}"


def other_settings(link: LinkUrl) -> Iterator[str]:
    """URLs of the same port with every usual setting but the present one, the likeliest first."""
    present = (link.options.get("baud", "9600"), link.options.get("parity", "E"), link.options.get("stop", "1"))
    bauds = dict.fromkeys([present[0], *_USUAL_BAUDS])
    for baud in bauds:
        for parity, stop in _USUAL_FRAMES:
            if (baud, parity, stop) != present:
                yield url_with(link, baud, parity, stop)


def usual_settings(link: LinkUrl) -> list[str]:
    """URLs of the same port with every usual setting, the present one first."""
    options = link.options
    present = url_with(link, options.get("baud", "9600"), options.get("parity", "E"), options.get("stop", "1"))
    return [present, *other_settings(link)]


async def answering_settings(
    urls: Iterable[str],
    units: Sequence[int],
    seconds: float,
    opened: Opened = own_wire,
    trying: Callable[[str, int], object] = lambda url, unit: None,
) -> str | None:
    """The first of ``urls`` under which one of ``units`` answers; None when none ever does. Only asks.

    ``trying`` is told of each question before it is asked. Raises LinkDown.
    """
    for url in urls:
        async with opened(url) as wire:
            for unit in units:
                trying(url, unit)
                if await is_there(wire, unit, seconds):
                    return url
    return None
