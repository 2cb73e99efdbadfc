"""The way to a Modbus wire: through the running gateway when the wire is its own, else opened by ourselves."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from agent.api.local.client import ask
from agent.api.requests import MOST_SECONDS
from drivers.contract import LinkDown, NoAnswer, Refused
from drivers.links import parse_link
from drivers.modbus.asking import Asker
from drivers.modbus.oneshot import own_wire
from drivers.modbus.transaction import Check
from drivers.points import Reason
from runtime.errors import AgentError


class OwnedWire:
    """A wire of the running gateway; implements ``drivers.modbus.asking.Asker``."""

    def __init__(self, state: Path, link: str) -> None:
        """``state`` is where the gateway listens, ``link`` what it calls the wire."""
        self._state = state
        self._link = link

    async def ask(self, unit: int, pdu: bytes, check: Check, seconds: float) -> bytes:
        """Ask once between two polls; raises LinkDown, NoAnswer, Refused."""
        asked = {"link": self._link, "unit": unit, "request": pdu.hex(), "seconds": min(seconds, MOST_SECONDS)}
        try:
            told = await ask(self._state, "ask", **asked)
        except AgentError as error:
            raise LinkDown(error.code, **error.arguments) from error
        if "answer" in told:
            return check(bytes.fromhex(told["answer"]))
        if "refused" in told:
            raise Refused("modbus.exception", number=int(told["refused"]))
        raise NoAnswer("modbus.silent", reason=Reason(told["reason"]), seconds=seconds)


@asynccontextmanager
async def modbus_wire(url: str, state: Path) -> AsyncIterator[Asker]:
    """The wire of ``url``, which may also be the name of a link of the running gateway. Raises LinkError, LinkDown."""
    link = await owner(url, state)
    if link:
        yield OwnedWire(state, link)
        return
    parse_link(url)
    async with own_wire(url) as wire:
        yield wire


async def full_url(url: str, state: Path) -> str:
    """``url``, or that of the link of the running gateway that is called so. Raises LinkError when it is neither."""
    if ":" not in url:
        try:
            told = await ask(state, "wire", url=url)
        except AgentError:
            told = {"url": ""}
        url = told["url"] or url
    parse_link(url)
    return url


async def owner(url: str, state: Path) -> str:
    """What the running gateway calls the wire of ``url``; empty when none runs, or the wire is none of its own."""
    try:
        told = await ask(state, "wire", url=url)
    except AgentError:
        return ""
    return str(told["link"])
