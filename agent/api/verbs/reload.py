"""Going over to what the site's files say now: read and judged beside the running daemon, then done all at once."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Any

import structlog

from agent.api import requests
from agent.api.api import Handlers
from agent.loop.limits import Initiator
from config.difference import Difference, PartDifference, difference, things_changed
from config.errors import ConfigError
from config.plant import Plant
from config.site import compile_site
from drivers.points import Finding, PlantgateError
from drivers.templates import Device
from rules.engine.bound import bound
from rules.engine.rebinding import MOVES, PLACE, RECORD, rebinding
from rules.engine.reload import objections
from rules.engine.rulebook import Rulebook
from rules.engine.state import EngineState
from rules.people import Person
from rules.plain import meaning, to_plain
from runtime.errors import AgentError

Change = Callable[[Plant, Rulebook, Initiator], Awaitable[tuple[Difference, Sequence[str]]]]
"""Goes over to a plant that was read without a mistake, or raises PlantgateError and has changed nothing.

Returns what changed and which memories of functions fit nothing any more.
"""

log = structlog.get_logger()


class Reloader:
    """One reload at a time, in a task of its own: whoever asked may hang up, what was begun is finished."""

    def __init__(self, plant: Callable[[], Plant], change: Change, refused: Callable[[PlantgateError], None]) -> None:
        """``plant`` is the one that runs now; ``refused`` hears of each reload that changed nothing, and why."""
        self._plant = plant
        self._change = change
        self._refused = refused
        self._asked = asyncio.Event()
        self._waiting: list[asyncio.Future[dict[str, Any]]] = []
        self._initiator = Initiator()

    def handlers(self) -> Handlers:
        """What answers which request."""
        return {requests.Reload: self.reload, requests.ShowChanges: self.changes}

    async def changes(self, who: Person, asked: requests.ShowChanges) -> dict[str, Any]:
        """What a reload would change, thing by thing, or every mistake in the files."""
        running = self._plant()
        try:
            plant, _ = await asyncio.to_thread(_read, running)
        except ConfigError as error:
            return {"findings": [_plain(finding) for finding in error.findings]}
        return {"changed": to_plain(things_changed(running, plant))}

    def ask(self) -> None:
        """Reload soon; the answer is in the log and in the events (SIGHUP)."""
        self._asked.set()

    async def reload(self, who: Person, asked: requests.Reload) -> dict[str, Any]:
        """Reload and say what changed, or every mistake in the files. Raises what forbids it now."""
        answer: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._waiting.append(answer)
        self._initiator = Initiator(who.name, who.account, asked.reason)
        self._asked.set()
        return await answer

    async def run(self) -> None:
        """Reload whenever asked, until cancelled."""
        while True:
            await self._asked.wait()
            self._asked.clear()
            waiting, self._waiting = self._waiting, []
            initiator, self._initiator = self._initiator, Initiator()
            await self._answer(waiting, initiator)

    async def _answer(self, waiting: list[asyncio.Future[dict[str, Any]]], initiator: Initiator) -> None:
        open_ = (answer for answer in waiting if not answer.done())
        try:
            told = await self._reload(initiator)
        except ConfigError as error:
            self._refused(error)
            for answer in open_:
                answer.set_result({"findings": [_plain(finding) for finding in error.findings]})
        except PlantgateError as error:
            self._refused(error)
            for answer in open_:
                answer.set_exception(error)
        else:
            for answer in open_:
                answer.set_result(told)

    async def _reload(self, initiator: Initiator) -> dict[str, Any]:
        running = self._plant()
        plant, rulebook = await asyncio.to_thread(_read, running)
        if plant.fingerprint == running.fingerprint:
            log.info("agent.reload-same")
            return _answer(Difference(), ())
        return _answer(*await self._change(plant, rulebook, initiator))


def _plain(finding: Finding) -> Any:  # noqa: ANN401 - JSON
    """A finding as JSON values: its arguments only fill a text."""
    return to_plain(replace(finding, arguments={key: str(value) for key, value in finding.arguments.items()}))


def _answer(changed: Difference, dropped: Sequence[str]) -> dict[str, Any]:
    others = {"uplink": changed.uplink, "storage": changed.storage}
    return {"changed": to_plain(changed.parts), **others, "dropped": list(dropped)}


def _read(running: Plant) -> tuple[Plant, Rulebook]:
    return compile_site(running.directory)


def check_reload(running: Plant, plant: Plant, state: EngineState, before: Rulebook, after: Rulebook) -> None:
    """Raise what forbids to go over from ``running`` to ``plant`` now.

    Under another name headquarters would know another gateway. Whatever is under test, owed, locked or commanded keeps
    its machine, and all that decides on it.
    """
    changed = difference(running, plant)
    if changed.identity:
        raise AgentError("reload.identity", names=", ".join(changed.identity))
    for objection in objections(state, before, after):
        raise objection
    old, new, right = _parts(running), _parts(plant), rebinding(state.procedures, before, after)
    for name, devices in bound(state.procedures, before).items():
        for device in sorted(devices):
            if _differs(old.get(device), new.get(device), right.free(name, device)):
                raise AgentError("reload.bound-device", equipment=name, device=device)


def _differs(old: dict[str, object] | None, new: dict[str, object] | None, free: frozenset[str]) -> bool:
    """Whether more of a device than the parts ``free`` differs; None: there is none."""
    if old is None or new is None:
        return old != new
    return any(old[part] != new[part] for part in old.keys() - free)


def _parts(plant: Plant) -> dict[str, dict[str, object]]:
    """Device -> its parts: where it is reached, what its commands move, who it should be, and the rest."""
    links = {link.id: meaning(link) for link in plant.links}
    return {device.id: _parts_of(device, links.get(device.link)) for device in plant.devices}


def _parts_of(device: Device, link: object) -> dict[str, object]:
    # The addresses of its template are those of the device, its offset added.
    template = device.template.shifted(-device.offset) if device.offset else device.template
    bare = replace(template, commands=tuple(replace(one, group="", writes=()) for one in template.commands))
    rest = replace(device, link="", address="", offset=0, identity={}, template=bare)
    return {
        PLACE: (link, device.link, device.address, device.offset),
        MOVES: meaning([(one.name, one.group, one.writes) for one in template.commands]),
        RECORD: meaning(dict(device.identity)),
        "rest": meaning(rest),
    }


def in_short(changed: Difference) -> str:
    """What changed on one line: ``rules +W99 -W02 ~W01; links ~bus``."""
    parts = [f"{kind} {_marked(part)}" for kind, part in changed.parts.items()]
    parts += [name for name in ("uplink", "storage") if getattr(changed, name)]
    return "; ".join(parts) or "-"


def _marked(part: PartDifference) -> str:
    signs = (("+", part.added), ("-", part.removed), ("~", part.changed))
    return " ".join(f"{sign}{name}" for sign, names in signs for name in names)
