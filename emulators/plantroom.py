"""Every device of a plant served at once, moved by its physics and by command lines."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import asdict, dataclass
from typing import Any

from config.plant import Link, Plant
from drivers.links import LinkUrl, parse_link
from drivers.points import PlantgateError, Value
from drivers.templates import Device
from emulators.device import EmulatedDevice, emulated, nameplate
from emulators.modbus.listen import AnyServer, lies_on, server_for
from emulators.modbus.unit import ModbusUnit, SharedUnit
from emulators.physics import Building
from emulators.physics.model import steps_of
from emulators.script import AtTime, Clear, ScriptCommand, ScriptError, SetFault, SetValue, parse_line

_TOLERANCE = 1e-6
"""Seconds: sums of short turns are not exact."""
_PERIOD = 0.2
"""Real seconds between two steps of the physics."""


Server = AbstractAsyncContextManager[object]
"""Whatever serves some of the devices while it is entered."""


@dataclass(frozen=True, slots=True)
class SeenWrite:
    """One write that arrived."""

    elapsed: float
    """Simulated seconds since the start."""
    device: str
    write: dict[str, Any]
    """Modbus: ``function``, ``address``, ``words``; BACnet: ``point``, ``value``, ``priority``."""


class PlantRoom:
    """The emulated devices and their time."""

    def __init__(self, devices: Iterable[EmulatedDevice], speed: float = 1.0, building: Building | None = None) -> None:
        """``speed`` simulated seconds pass in one real second."""
        self.devices = {device.id: device for device in devices}
        self.speed = speed
        self.elapsed = 0.0
        """Simulated seconds since the start."""
        self.building = building or Building()
        self.writes: list[SeenWrite] = []
        """Every write any device took over, in order."""
        self.links: list[str] = []
        """Where the devices are served, where the listener chose that itself."""
        self._later: list[AtTime] = []
        for device in self.devices.values():
            device.on_write = self._seen

    def step(self, seconds: float) -> None:
        """Let ``seconds`` of simulated time pass and carry out what is due.

        Short turns, so that devices see what the others did.
        """
        for turn in steps_of(seconds):
            self._turn(turn)

    def _turn(self, seconds: float) -> None:
        self.elapsed += seconds
        due = [at for at in self._later if at.seconds <= self.elapsed + _TOLERANCE]
        self._later = [at for at in self._later if at not in due]
        for at in sorted(due, key=lambda at: at.seconds):
            self.apply(at.command)
        for device in self.devices.values():
            device.step(seconds)

    def _seen(self, device: str, write: dict[str, Any]) -> None:
        self.writes.append(SeenWrite(round(self.elapsed, 1), device, write))

    def apply(self, command: ScriptCommand) -> None:
        """Carry out ``command`` now, or keep it until it is due; raises ScriptError."""
        match command:
            case SetValue(device, point, value):
                self._device(device).put(point, value)
            case SetFault(device, fault):
                self._device(device).break_(fault)
            case Clear(device):
                self._device(device).clear()
            case AtTime():
                self._later.append(command)

    def answer(self, line: str) -> str:
        """Carry out a typed line and say in one line of JSON how that went."""
        if line.split() == ["writes"]:
            return json.dumps({"ok": True, "writes": [asdict(write) for write in self.writes]})
        try:
            command = parse_line(line)
            if command is not None:
                self.apply(command)
        except PlantgateError as error:
            return json.dumps({"ok": False, "code": error.code, "arguments": error.arguments}, ensure_ascii=False)
        return json.dumps({"ok": True, "line": line.strip(), "elapsed": round(self.elapsed, 1)}, ensure_ascii=False)

    def _device(self, id: str) -> EmulatedDevice:
        if id not in self.devices:
            raise ScriptError("emulator.unknown-device", device=id, known=", ".join(self.devices))
        return self.devices[id]


@asynccontextmanager
async def serve(plant: Plant, speed: float = 1.0) -> AsyncIterator[PlantRoom]:
    """Serve every link of ``plant`` where its URL says; raises LinkError, ScriptError, OSError (port taken)."""
    building = Building()
    links = {link.id: parse_link(link.url) for link in plant.links}
    served = [_served(device, links[device.link], plant.simulation, building) for device in plant.devices]
    servers = [
        *(
            _modbus_server(link, plant.devices, {device.id: device for device, _ in served})
            for link in plant.links
            if link.url.startswith("modbus")
        ),
        *(server for _, server in served if server is not None),
    ]
    async with running(PlantRoom([device for device, _ in served], speed, building), servers) as room:
        yield room


@asynccontextmanager
async def running(room: PlantRoom, servers: Iterable[Server]) -> AsyncIterator[PlantRoom]:
    """``room`` with its ``servers`` up and its time moving."""
    async with AsyncExitStack() as stack:
        for server in servers:
            await stack.enter_async_context(server)
        pacer = _Pacer(room)
        stack.callback(pacer.stop)
        pacer.start()
        yield room


class _Pacer:
    """Steps a plant room by the loop's clock. A callback, not a task: a step never waits for anything."""

    def __init__(self, room: PlantRoom) -> None:
        self._room = room
        self._loop = asyncio.get_running_loop()
        self._last = self._loop.time()
        self._timer: asyncio.TimerHandle | None = None

    def start(self) -> None:
        self._timer = self._loop.call_later(_PERIOD, self._tick)

    def stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def _tick(self) -> None:
        now = self._loop.time()
        passed, self._last = now - self._last, now
        self.start()
        self._room.step(passed * self._room.speed)


def _served(
    device: Device, link: LinkUrl, simulation: Mapping[str, object], building: Building
) -> tuple[EmulatedDevice, Server | None]:
    """The device, and its own server where it does not share one; ``simulation`` holds its first values by id."""
    first = simulation.get(device.id, {})
    values: dict[str, Value] = first if isinstance(first, dict) else {}
    if device.template.protocol == "bacnet":
        # The package brings in its whole stack, which only a site with BACnet shall pay for.
        from emulators.bacnet.device import emulated_bacnet

        return emulated_bacnet(device, values, building)
    made = emulated(device.id, device.template, values, building, device.offset, lies_on(link))
    made.unit.values |= nameplate(device)
    return made, None


def _modbus_server(link: Link, devices: Iterable[Device], emulated: Mapping[str, EmulatedDevice]) -> AnyServer:
    units: dict[int, list[ModbusUnit]] = {}
    for device in devices:
        unit = emulated[device.id].unit
        if device.link == link.id and isinstance(unit, ModbusUnit):
            units.setdefault(int(device.address), []).append(unit)
    return server_for(parse_link(link.url), {number: _shared(behind) for number, behind in units.items()})


def _shared(units: list[ModbusUnit]) -> ModbusUnit | SharedUnit:
    return units[0] if len(units) == 1 else SharedUnit(units)
