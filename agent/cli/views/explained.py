"""The plant as ``check --explain`` shows it: a tree for people, one object for programs."""

from agent.cli.shell.console import Console
from agent.cli.views.tree import Node
from config.assembly.explain import DeviceLine, EquipmentLine, Explained, LinkLine, RoleLine
from rules.model import pick


def tree(explained: Explained, console: Console) -> Node:
    """Equipment first, then the links with their devices and the points nobody uses."""
    return _Tree(console).root(explained)


def plain(explained: Explained) -> dict[str, object]:
    """The same as JSON values."""
    return {
        "equipment": [_plain_equipment(line) for line in explained.equipment],
        "links": [_plain_link(line) for line in explained.links],
    }


class _Tree:
    """Makes nodes in the language and colours of one console."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._text = console.texts.text

    def root(self, explained: Explained) -> Node:
        equipment = [self._equipment(line) for line in explained.equipment]
        links = [self._link(line) for line in explained.links]
        return Node(pick(explained.title, self._console.texts.lang), [*equipment, *links])

    def _equipment(self, line: EquipmentLine) -> Node:
        one, lang = line.equipment, self._console.texts.lang
        head = self._text(
            "explain.equipment",
            id=one.id,
            title=pick(one.title, lang),
            cls=one.cls,
            location=pick(one.location, lang),
            access=self._text(
                "explain.observed" if line.cls.read_only or not line.cls.commands else "explain.commanded"
            ),
        )
        roles = [self._role(role) for role in line.roles]
        return Node(head, [*roles, *self._parameters(line), *self._commands(line)])

    def _role(self, line: RoleLine) -> Node:
        named = {"role": line.role.name, "title": pick(line.role.title, self._console.texts.lang)}
        if line.point:
            unit = f" [{line.unit}]" if line.unit else ""
            return Node(self._text("explain.role", **named, point=line.point, at=self._at(line), unit=unit))
        return self._warning("explain.role-loose", **named)

    def _at(self, line: RoleLine) -> str:
        if line.wire is None:
            return line.at
        return self._text("explain.modbus", at=line.numbered, reference=line.reference, wire=line.wire)

    def _parameters(self, line: EquipmentLine) -> list[Node]:
        values = line.equipment.parameters
        known = [(name, line.cls.parameters[name]) for name in values]
        shown = self._console.texts.listed(
            f"{name} {values[name]:g} {parameter.unit.symbol}".rstrip() for name, parameter in known
        )
        return [Node(self._text("explain.parameters", values=shown))] if shown else []

    def _commands(self, line: EquipmentLine) -> list[Node]:
        bound = [self._text("explain.command", command=name, by=by) for name, by in line.equipment.commands.items()]
        return [*map(Node, bound), *(self._warning("explain.command-loose", command=name) for name in line.loose)]

    def _link(self, line: LinkLine) -> Node:
        head = self._text("explain.link", link=line.link.id, url=line.link.url)
        if not line.devices:
            return Node(head, [self._warning("explain.no-devices")])
        return Node(head, [self._device(device) for device in line.devices])

    def _device(self, line: DeviceLine) -> Node:
        device = line.device
        points = len(device.template.points)
        named = {"device": device.id, "address": device.address, "template": device.template.id, "points": points}
        head = self._text("explain.device", **named, title=pick(device.template.title, self._console.texts.lang))
        loose = self._console.texts.listed(point.name for point in line.loose)
        return Node(head, [self._warning("explain.points-loose", points=loose)] if loose else [])

    def _warning(self, code: str, **arguments: object) -> Node:
        return Node(self._console.paint(self._text(code, **arguments), "yellow"))


def _plain_equipment(line: EquipmentLine) -> dict[str, object]:
    one = line.equipment
    return {
        "id": one.id,
        "class": one.cls,
        "title": one.title,
        "location": one.location,
        "tags": list(line.cls.tags),
        "read_only": line.cls.read_only or not line.cls.commands,
        "roles": [_plain_role(role) for role in line.roles],
        "parameters": one.parameters,
        "commands": one.commands,
        "not_bound": [role.role.name for role in line.roles if not role.point] + list(line.loose),
    }


def _plain_role(line: RoleLine) -> dict[str, object]:
    role = line.role
    return {
        "role": role.name,
        "kind": role.kind.value,
        "unit": role.unit.symbol,
        "required": role.required,
        "point": line.point or None,
        "at": line.at or None,
        "numbered": line.numbered or None,
        "reference": line.reference or None,
    }


def _plain_link(line: LinkLine) -> dict[str, object]:
    devices = [
        {
            "id": one.device.id,
            "address": one.device.address,
            "template": one.device.template.id,
            "points": len(one.device.template.points),
            "not_bound": [point.name for point in one.loose],
        }
        for one in line.devices
    ]
    return {"id": line.link.id, "url": line.link.url, "devices": devices}
