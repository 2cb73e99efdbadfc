"""``plantgate doctor``: what is wrong with the box, its wires and its devices, and what to do about it."""

import argparse
import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from agent.api.local.client import ask
from agent.cli.shell.console import Console
from agent.cli.shell.options import CommandOptions
from agent.cli.shell.place import state_directory
from agent.cli.shell.reach import OwnedWire
from agent.doctor.box import check_clock, check_state, check_uplink
from agent.doctor.finding import Check, well
from agent.doctor.links import check_link, check_owned, check_running
from config.catalogue import Catalogue
from config.identities import write_identities
from config.plant import Plant
from config.site import load_site
from drivers.points import Value
from runtime.clock import Clock
from runtime.errors import AgentError, UsageError


def declare(to: CommandOptions) -> None:
    """Its arguments; their texts are ``cli.option.*``."""
    to.site()
    to.state()
    to.value("--record", "DEVICE", nargs="*", default=None)


def run(options: argparse.Namespace, console: Console) -> int:
    """Look at everything; 1 when anything has to be done."""
    plant = load_site(options.site)
    return asyncio.run(_examine(plant, state_directory(options.state, options.site), options.record, console))


async def _examine(plant: Plant, state: Path, record: list[str] | None, console: Console) -> int:
    """``record``: None: nothing; else whoever is not on record, and those devices of it that were exchanged."""
    ill, told = 0, dict(plant.recorded)
    _check_names(record or [], plant)
    async for check in _checks(plant, state, console):
        if record is not None and (found := _to_record(check, record)):
            told[str(check.arguments["device"])] = found
            check = well("identity-recorded", **check.arguments)
        ill += not check.well
        _show(check, console)
    if told != plant.recorded:
        console.say("doctor.recorded", file=write_identities(plant.directory, told))
    console.say("doctor.ill" if ill else "doctor.well", count=ill)
    return int(ill > 0)


def _check_names(record: list[str], plant: Plant) -> None:
    known = [device.id for device in plant.devices]
    for name in record:
        if name not in known:
            raise UsageError("doctor.no-device", device=name, known=", ".join(known))


def _to_record(check: Check, record: list[str]) -> dict[str, Value]:
    """Who a device is from now on; nothing where that stands already or the device does not tell all of it."""
    exchanged = check.code == "identity-other" and check.arguments["device"] in record
    if check.identity is None or not (exchanged or check.code == "identity-unrecorded"):
        return {}
    found = check.identity.found
    told = {name: value for name, value in found.items() if value is not None}
    return told if len(told) == len(found) else {}


async def _checks(plant: Plant, state: Path, console: Console) -> AsyncIterator[Check]:
    clock, texts = Clock(), console.texts
    yield check_clock(clock)
    for check in check_state(state):
        yield check
    yield await check_uplink(plant, clock, texts)
    if status := await _status(state):
        for check in check_running(status, texts):
            yield check
        async for check in _owned(plant, status, state, texts):
            yield check
        return
    for link in plant.links:
        devices = [device for device in plant.devices if device.link == link.id]
        async for check in check_link(link, devices, texts):
            yield check


async def _owned(plant: Plant, status: dict[str, Any], state: Path, texts: Catalogue) -> AsyncIterator[Check]:
    """What the devices say that the gateway reaches, asked through it."""
    for link in plant.links:
        known = status["links"].get(link.id, {"devices": {}})["devices"]
        devices = [one for one in plant.devices if one.link == link.id and known.get(one.id, {}).get("online")]
        if devices and link.url.startswith("modbus"):
            async for check in check_owned(OwnedWire(state, link.id), devices, texts):
                yield check


async def _status(state: Path) -> dict[str, Any] | None:
    """What the running gateway says; None when none runs."""
    try:
        status: dict[str, Any] = await ask(state, "status")
    except AgentError:
        return None
    return status


def _show(check: Check, console: Console) -> None:
    texts = console.texts
    said = texts.text(f"doctor.{check.code}", **check.arguments).rstrip()
    advice = "" if check.well else texts.text(f"doctor.{check.code}-do", **check.arguments)
    if console.as_json:
        plain = {key: str(value) for key, value in check.arguments.items()}
        console.emit({"check": check.code, "ok": check.well, "message": said, "advice": advice, **plain})
        return
    mark = console.paint("ok ", "green") if check.well else console.paint("!! ", "bold", "red")
    console.line(f"{mark} {said}")
    if advice:
        console.line(f"    -> {advice}")
