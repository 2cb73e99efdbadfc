"""A good small site that commands a generating set, and what a case changes of it."""

from dataclasses import dataclass, field
from pathlib import Path

from config.assembly.definitions import LIBRARY
from config.plant import Plant

GOOD = """\
site: {id: plaza, title: {zh: 广场, en: Plaza}, gateway_supply: ups}
gateway: gw-1
uplink: {broker: "mqtt://127.0.0.1:1883"}
links:
  - {id: bus, url: "modbus-tcp://10.0.0.5:502"}
  - {id: bus-2, url: "modbus-tcp://10.0.0.6:502"}
  - {id: building, url: "bacnet://10.0.0.2:47808"}
devices:
  - {id: meter, link: bus, unit: 1, template: mains-meter}
  - {id: set-1, link: bus, unit: 2, template: dse-genset}
  - {id: set-2, link: bus, unit: 3, template: dse-genset}
  - {id: ups, link: bus, unit: 4, template: apc-smart-ups}
  - {id: other-meter, link: bus, unit: 5, template: eastron-sdm630}
  - {id: level, link: bus, unit: 6, template: level-rs485-generic}
  - {id: panel, link: building, address: "10.0.0.7/2001", template: bacnet-fire-panel}
equipment:
  - {id: mains, class: mains-supply, title: {zh: 市电, en: Mains}, device: meter}
  - {id: fire-1, class: fire-panel, title: {zh: 火警, en: Fire panel}, device: panel}
  - id: generator-1
    class: generator
    title: {zh: 发电机, en: Generator}
    device: set-1
    relations: {mains: mains, fire: fire-1}
packs: [generator, agent]
"""
IDENTITY = """\
identity: none
fingerprint:
  - {name: version, at: holding 900, type: u16}
  - {name: batch, at: holding 901, type: u16}
"""
PLAIN_POINT = "  - {name: running, title: {zh: 运行, en: Running}, at: coil 9, type: bit}\n"
OWN_CLASS = """\
id: engine
title: {zh: 机, en: Engine}
roles: {engine_running: {kind: binary, title: {zh: 运行, en: Running}}}
commands:
  start: {effect: %s, title: {zh: 启动, en: Start}}
"""
ENGINE = """\
  - {id: engine-1, class: engine, title: {zh: 机, en: Engine}, device: %s%s}
packs:"""


def template(name: str, offers: str, commands: str, *points: str, protocol: str = "modbus\nbase: 0") -> str:
    """A template of the site: its points, what it offers, its commands."""
    offered = f"equipment:\n  - {offers}\n" if offers else ""
    head = f"id: {name}\ntitle: {{zh: 装置, en: Device}}\nprotocol: {protocol}\n"
    if protocol.startswith("modbus"):
        head += IDENTITY
    return f"{head}points:\n{''.join(points) or PLAIN_POINT}{offered}commands:\n{commands}"


def command(name: str, effect: str, write: str, group: str = "") -> str:
    said = (f"effect: {effect}, " if effect else "") + (f"group: {group}, " if group else "")
    return f"  - {{name: {name}, {said}title: {{zh: 令, en: Do}}, writes: [{write}]}}\n"


POINTS = {
    "frequency": "analog, unit: Hz",
    "battery_voltage": "analog, unit: V",
    "fuel": 'analog, unit: "%"',
    "load": 'analog, unit: "%"',
    "in_auto": "",
    "engine_running": "",
}
OWN_POINTS = tuple(
    f"  - {{name: {name}, title: {{zh: 值, en: Value}}, at: {'holding' if kind else 'coil'} {3000 + index}"
    f"{', type: u16, unit: ' + kind.partition('unit: ')[2] if kind else ''}}}\n"
    for index, (name, kind) in enumerate(POINTS.items())
)
OWN_SAFE = command("auto", "safe", "{at: coil 70, value: true}")
PROVED = "".join(
    f'      {role}: {{point: set-1.{role}, by: Li Wei, date: "2026-11-20"}}\n'
    for role in ("battery_voltage", "engine_running", "fuel", "load", "in_auto")
)


TEMPLATE_COPY = (("unit: 2, template: dse-genset", "unit: 2, template: copy"),)
OWN = (*TEMPLATE_COPY, ("packs:", f"    proved:\n{PROVED}packs:"))


def shipped(name: str, *changes: tuple[str, str]) -> str:
    """A copy of a shipped template under another name."""
    text = next((LIBRARY / "templates").rglob(f"{name}.yaml")).read_text(encoding="utf-8")
    for before, after in (("verified: manual", "verified: partial"), (f"id: {name}", "id: copy"), *changes):
        text = text.replace(before, after)
    return text


GENERATOR_COMMANDS = "    device: set-1\n"
AGAINST = "generator-1"


def bound(commands: str) -> tuple[tuple[str, str], ...]:
    return ((GENERATOR_COMMANDS, f"{GENERATOR_COMMANDS}    commands: {{{commands}}}\n"),)


def grouped(**groups: str) -> str:
    """A template of the site that moves two sets; which group each of its commands is of."""
    numbers = {"start_a": 70, "auto_a": 71, "start_b": 72, "auto_b": 73}
    written = {name: f"{{at: coil {number}, value: true}}" for name, number in numbers.items()}
    effects = {name: "start" if name.startswith("start") else "safe" for name in numbers}
    commands = (command(name, effects[name], written[name], groups.get(name, "")) for name in numbers)
    return template("copy", "{class: generator}", "".join(commands), *OWN_POINTS)


SPARE = """\
  - id: spare
    class: generator
    title: {zh: 备用, en: Spare}
    device: set-1
    relations: {mains: mains, fire: fire-1}
    commands: {start: set-1.start_b, auto: set-1.auto_b}
    proved:
%spacks:"""
TWO_SETS = (
    *OWN,
    *bound("start: set-1.start_a, auto: set-1.auto_a"),
    ("packs:", SPARE % PROVED),
)
"""One device that moves two sets, each an equipment of its own."""


@dataclass(frozen=True)
class Case:
    """One bad site."""

    name: str
    changes: tuple[tuple[str, str], ...] = ()
    """Text of plant.yaml -> what stands there instead."""
    files: dict[str, str] = field(default_factory=dict)
    against: dict[str, set[str]] = field(default_factory=dict)
    """Equipment -> codes without ``safety.``."""
    unscheduled: bool = False
    at: str = ""
    """What the line of one of the findings shows, and its file before a colon."""


def site_of(case: Case, directory: Path) -> Path:
    text = GOOD
    for before, after in case.changes:
        assert before in text, before
        text = text.replace(before, after)
    for name, content in {"plant.yaml": text, **case.files}.items():
        (directory / name).parent.mkdir(exist_ok=True)
        (directory / name).write_text(content, encoding="utf-8")
    return directory


def codes(plant: Plant) -> dict[str, set[str]]:
    return {name: {finding.code.removeprefix("safety.") for finding in found} for name, found in plant.unarmed.items()}
