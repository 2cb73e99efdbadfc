"""A plant for measuring: many devices whose registers all change between two polls, served cheaply."""

import asyncio
import itertools
import struct
import sys
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path

from drivers.points import Kind
from drivers.templates import BacnetSource, Template, TemplatePoint
from emulators.bacnet import BacnetServer, BacnetUnit
from tests.acceptance.processes import free_port

CLASS = """\
id: bench-unit
title: {zh: 试验单元, en: Bench unit}
roles: {value: {kind: analog, unit: "°C", required: true, title: {zh: 值, en: Value}}}
"""
RULE = """\
- id: B01
  for_each: bench-unit
  title: {zh: 超限, en: Above limit}
  when: value > 1 °C
  severity: low
"""


OBJECTS = 40
"""Points of a BACnet device."""


def write_site(
    directory: Path, ports: list[int], registers: int, broker: int, poll: str = "1 s", bacnet: Sequence[int] = ()
) -> Path:
    """A site of one device of ``registers`` points per port, with one rule on each device; BACnet ones beside them."""
    for folder in ("templates", "classes", "rules"):
        (directory / folder).mkdir(parents=True)
    (directory / "classes" / "bench-unit.yaml").write_text(CLASS, encoding="utf-8")
    (directory / "rules" / "bench.yaml").write_text(RULE, encoding="utf-8")
    points = "".join(_point(index) for index in range(registers))
    head = "id: bench-device\ntitle: {zh: 试验, en: Bench}\nprotocol: modbus\nbase: 0\nsource: bench\npoints:\n"
    (directory / "templates" / "bench-device.yaml").write_text(head + points, encoding="utf-8")
    objects = "".join(
        f"  - {{name: v{n}, title: {{zh: 值{n}, en: value {n}}}, at: analog-value {n}}}\n" for n in range(OBJECTS)
    )
    head = "id: bench-air-handler\ntitle: {zh: 空调, en: AHU}\nprotocol: bacnet\nsource: bench\npoints:\n"
    (directory / "templates" / "bench-air-handler.yaml").write_text(head + objects, encoding="utf-8")
    (directory / "plant.yaml").write_text(_plant(ports, broker, poll, bacnet), encoding="utf-8")
    return directory


def _point(index: int) -> str:
    title = f"{{zh: 值{index}, en: value {index}}}"
    return (
        f'  - {{name: v{index}, title: {title}, at: holding {index}, type: u16, scale: 0.1, unit: "°C", poll: fast}}\n'
    )


def _plant(ports: list[int], broker: int, poll: str, bacnet: Sequence[int]) -> str:
    lines = [
        "site: {id: bench, title: {zh: 试验, en: Bench}, org: bench, language: en, timezone: UTC}",
        "gateway: gw-bench",
        f'uplink: {{broker: "mqtt://127.0.0.1:{broker}"}}',
        "links:",
        *(f'  - {{id: link-{port}, url: "modbus-tcp://127.0.0.1:{port}"}}' for port in ports),
        *([f'  - {{id: net, url: "bacnet://127.0.0.1:{free_port()}"}}'] if bacnet else []),
        "devices:",
        *(_device(port, poll) for port in ports),
        *(_air_handler(port) for port in bacnet),
        "equipment:",
        *(_equipment(port) for port in ports),
        "packs: [agent]",
    ]
    return "\n".join(lines) + "\n"


def _device(port: int, poll: str) -> str:
    return f"  - {{id: dev-{port}, link: link-{port}, unit: 1, template: bench-device, polls: {{fast: {poll}}}}}"


def _air_handler(port: int) -> str:
    place = f'address: "127.0.0.1:{port}/{port}"'
    return f"  - {{id: ahu-{port}, link: net, {place}, template: bench-air-handler, polls: {{normal: 5 s}}}}"


def _equipment(port: int) -> str:
    title = f"{{zh: 单元{port}, en: Unit {port}}}"
    return f"  - {{id: unit-{port}, class: bench-unit, title: {title}, roles: {{value: dev-{port}.v0}}}}"


class _Changing(asyncio.Protocol):
    """Answers any read of registers with numbers that differ from the last answer, unless ``step`` is 0."""

    count = 0
    step = 1

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        transaction, unit, function, count = struct.unpack(">H4xBB2xH", data[:12])
        _Changing.count += _Changing.step
        words = struct.pack(f">{count}H", *((_Changing.count + index) % 60000 for index in range(count)))
        body = struct.pack(">BBB", unit, function, len(words)) + words
        self._transport.write(struct.pack(">HHH", transaction, 0, len(body)) + body)  # type: ignore[attr-defined]


async def serve(ports: list[int], bacnet: list[int]) -> None:
    """Serve until killed; the values of the BACnet devices change each second."""
    loop = asyncio.get_running_loop()
    for port in ports:
        await loop.create_server(_Changing, "127.0.0.1", port)
    points = tuple(TemplatePoint(f"v{n}", {}, Kind.ANALOG, BacnetSource("analog-value", n)) for n in range(OBJECTS))
    units = [BacnetUnit(Template("ahu", {}, "bacnet", points), port) for port in bacnet]
    async with AsyncExitStack() as stack:
        for unit in units:
            await stack.enter_async_context(BacnetServer([unit], port=unit.instance))
        for second in itertools.count():
            for unit in units:
                unit.values = {point.name: float(second % 1000) for point in points}
            await asyncio.sleep(1)


if __name__ == "__main__":
    if sys.argv[3:] == ["alike"]:
        _Changing.step = 0
    asyncio.run(serve(*([int(port) for port in group.split(",") if port] for group in sys.argv[1:3])))
