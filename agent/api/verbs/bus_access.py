"""Commands by hand, and questions to a wire of ours: what ``write``, ``read``, ``scan``, ``export`` ask the gateway."""

import os
import uuid
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from agent.api import requests
from agent.api.api import Handlers
from agent.links.task import LinkTask
from agent.loop.ticker import Ticker
from config.plant import Plant
from drivers.contract import Driver, NoAnswer, Refused
from drivers.links import LinkError, parse_link
from drivers.points import PlantgateError
from drivers.templates import Device, TemplateCommand
from rules.engine.state import EngineState
from rules.inputs import GiveCommand
from rules.people import Person
from runtime.errors import AgentError

_READS = frozenset({0x01, 0x02, 0x03, 0x04, 0x2B})
"""Modbus functions that change nothing."""


class BusAccess:
    """What people do at the equipment itself, through the one that owns the wires."""

    def __init__(
        self,
        ticker: Ticker[EngineState],
        plant: Callable[[], Plant],
        links: list[LinkTask],
        why: Callable[[str], PlantgateError | None],
    ) -> None:
        """``plant`` gives the site as it is now; ``links`` are its running links; ``why`` a command was not done."""
        self._why = why
        self._ticker = ticker
        self._plant = plant
        self._links = links

    def handlers(self) -> Handlers:
        """What answers which request."""
        return {
            requests.Preview: self.preview,
            requests.CommandByHand: self.give,
            requests.CommandOutcome: self.outcome,
            requests.FindWire: self.wire,
            requests.AskWire: self.ask,
        }

    async def preview(self, who: Person, asked: requests.Preview) -> dict[str, Any]:
        """What a command would write where. Raises AgentError."""
        device, found = self._target(asked.equipment, asked.command)
        task = next((one for one in self._links if device.id in one.devices), None)
        if task is None:
            # The site is being read again, and its link is not there yet or no more.
            raise AgentError("link.stopped", link=device.link)
        writes = [asdict(task.written(device.id, what)) for what in found.writes]
        return {"device": device.id, "address": device.address, "link": task.id, "writes": writes}

    async def give(self, who: Person, asked: requests.CommandByHand) -> dict[str, str]:
        """Give a command once; returns its id. Raises the engine's first objection, StoreError."""
        name, more = f"by-hand/{uuid.uuid4()}", (asked.minutes * 60.0, asked.reason)
        request = GiveCommand(name, asked.equipment, asked.command, who.name, who.account, *more)
        await self._ticker.submit(request)
        return {"command": request.id}

    async def outcome(self, who: Person, asked: requests.CommandOutcome) -> dict[str, Any]:
        """What became of a command, and why it was not simply done; ``issued`` while nobody knows yet."""
        procedures, command = self._ticker.state.procedures, asked.command
        told = "issued" if command in procedures.commands else procedures.outcomes.get(command, "unknown")
        why = self._why(command)
        arguments = {key: str(value) for key, value in why.arguments.items()} if why else {}
        return {"command": command, "outcome": str(told), "code": why.code if why else "", "arguments": arguments}

    async def wire(self, who: Person, asked: requests.FindWire) -> dict[str, str]:
        """The id of our link that has the wire of this URL, or is called so; empty when it is none of ours."""
        for link in self._plant().links:
            if link.id == asked.url or _same(link.url, asked.url):
                return {"link": link.id, "url": link.url}
        return {"link": "", "url": ""}

    async def ask(self, who: Person, asked: requests.AskWire) -> dict[str, str]:
        """One Modbus question that only reads, between two polls: the answer as hexadecimal digits, or why not.

        Raises AgentError, LinkDown.
        """
        pdu = bytes.fromhex(asked.request)
        task = next((one for one in self._links if one.id == asked.link), None)
        if task is None or pdu[0] not in _READS:
            raise AgentError("bus.only-reads", link=asked.link, request=asked.request)
        # The driver package is imported already: the link runs on it.
        from drivers.modbus.driver import ModbusDriver

        async def operation(driver: Driver) -> bytes:
            if not isinstance(driver, ModbusDriver):
                raise AgentError("bus.not-modbus", link=asked.link)
            return await driver.ask(asked.unit, pdu, lambda answer: answer, asked.seconds)

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


def _same(ours: str, url: str) -> bool:
    try:
        one, other = parse_link(ours), parse_link(url)
    except LinkError:
        return False
    if one.path or other.path:
        # One port has several names.
        return os.path.realpath(one.path) == os.path.realpath(other.path)
    return (one.scheme, one.host, one.port) == (other.scheme, other.host, other.port)
