"""Commands by hand, and questions to a wire of ours: what ``write``, ``read``, ``scan``, ``export`` ask the gateway."""

import os
import uuid
from collections.abc import Callable
from typing import Any

from agent.errors import AgentError
from agent.link.task import LinkTask
from agent.local import Handler
from agent.ticker import Ticker
from config.plant import Plant
from drivers.contract import Driver, NoAnswer, Refused
from drivers.links import LinkError, parse_link
from drivers.templates import Device, PointWrite, TemplateCommand
from rules.inputs import GiveCommand
from rules.state import State

MOST_SECONDS = 5.0
"""Longest wait for one answer; the links have other work."""
_READS = frozenset({0x01, 0x02, 0x03, 0x04, 0x2B})
"""Modbus functions that change nothing."""


class Hands:
    """What people do at the equipment itself, through the one that owns the wires."""

    def __init__(self, ticker: Ticker[State], plant: Callable[[], Plant], links: list[LinkTask]) -> None:
        """``plant`` gives the site as it is now; ``links`` are its running links."""
        self._ticker = ticker
        self._plant = plant
        self._links = links

    def verbs(self) -> dict[str, Handler]:
        """Every verb about hands."""
        return {"preview": self.preview, "give": self.give, "outcome": self.outcome, "wire": self.wire, "ask": self.ask}

    async def preview(self, equipment: str, command: str) -> dict[str, Any]:
        """What ``command`` would write where. Raises AgentError."""
        device, found = self._target(equipment, command)
        return {"device": device.id, "address": device.address, "link": device.link, "writes": shown_writes(found)}

    async def give(self, equipment: str, command: str, by: str) -> dict[str, str]:
        """Give a command once; returns its id. Raises the engine's first objection, StoreError."""
        request = GiveCommand(f"by-hand/{uuid.uuid4()}", equipment, command, by)
        await self._ticker.submit(request)
        return {"command": request.id}

    async def outcome(self, command: str) -> dict[str, str]:
        """What became of a command; ``issued`` while nobody knows yet."""
        duty = self._ticker.state.duty
        told = "issued" if command in duty.commands else duty.outcomes.get(command, "unknown")
        return {"command": command, "outcome": str(told)}

    async def wire(self, url: str) -> dict[str, str]:
        """The id of our link that has the wire of ``url``, or is called so; empty when it is none of ours."""
        for link in self._plant().links:
            if link.id == url or _same(link.url, url):
                return {"link": link.id, "url": link.url}
        return {"link": "", "url": ""}

    async def ask(self, link: str, unit: str, request: str, seconds: str) -> dict[str, str]:
        """One Modbus question that only reads, between two polls: the answer as hexadecimal digits, or why not.

        Raises AgentError, LinkDown.
        """
        pdu, wait = bytes.fromhex(request), min(float(seconds), MOST_SECONDS)
        task = next((one for one in self._links if one.id == link), None)
        if task is None or not pdu or pdu[0] not in _READS:
            raise AgentError("hands.only-reads", link=link, request=request)
        # The driver package is imported already: the link runs on it.
        from drivers.modbus.driver import ModbusDriver

        async def operation(driver: Driver) -> bytes:
            if not isinstance(driver, ModbusDriver):
                raise AgentError("hands.not-modbus", link=link)
            return await driver.ask(int(unit), pdu, lambda answer: answer, wait)

        try:
            return {"answer": (await task.call(operation)).hex()}
        except Refused as refusal:
            return {"refused": str(refusal.number)}
        except NoAnswer as error:
            return {"silent": error.code, "reason": error.reason.value}

    def _target(self, equipment: str, command: str) -> tuple[Device, TemplateCommand]:
        plant = self._plant()
        one = next((one for one in plant.equipment if one.id == equipment), None)
        if one is None:
            raise AgentError("procedure.no-equipment", equipment=equipment)
        device_id, _, name = one.commands.get(command, "").partition(".")
        device = next((device for device in plant.devices if device.id == device_id), None)
        found = device.template.command(name) if device else None
        if device is None or found is None:
            known = ", ".join(one.commands) or "-"
            raise AgentError("byhand.no-command", equipment=equipment, command=command, known=known)
        return device, found


def shown_writes(command: TemplateCommand) -> list[str]:
    """Each write of ``command`` as a person can compare it with the manual; addresses count from 0."""
    return [
        f"{write.point} = {'relinquished' if write.value is None else write.value}"
        if isinstance(write, PointWrite)
        else f"holding {write.address} = {' '.join(str(word) for word in write.words)}"
        for write in command.writes
    ]


def _same(ours: str, url: str) -> bool:
    try:
        one, other = parse_link(ours), parse_link(url)
    except LinkError:
        return False
    if one.path or other.path:
        # One port has several names.
        return os.path.realpath(one.path) == os.path.realpath(other.path)
    return (one.scheme, one.host, one.port) == (other.scheme, other.host, other.port)
