"""Whether each command of an equipment does what its verb says, to the machine the equipment is."""

from collections.abc import Callable, Iterator

from config.safety.copies import alike, same_writes
from config.safety.site import CheckedSite, EquipmentCommand
from drivers.points import Effect, Finding
from drivers.templates import BacnetSource, PointWrite, Template
from rules.model import Equipment

LIFE_SAFETY = 2
"""BACnet priorities up to this belong to life safety, manual and automatic (ASHRAE 135, clause 19.2)."""
_ONLY = {"start": Effect.START, "test": Effect.TEST}
"""Names that leave no doubt what the command does."""


def command_findings(one: Equipment, site: CheckedSite) -> Iterator[Finding]:
    """Everything that speaks against the commands of ``one``."""
    checks: tuple[Callable[[Equipment, EquipmentCommand, CheckedSite], Iterator[Finding]], ...] = (
        _effect,
        _class,
        _machine,
        _copied,
        _priority,
        _give_back,
        _identity,
    )
    for command in site.commands(one):
        for check in checks:
            yield from check(one, command, site)
    yield from _unproven(one, site)


def _effect(one: Equipment, command: EquipmentCommand, site: CheckedSite) -> Iterator[Finding]:
    carried = command.carried
    if carried.effect is None:
        arguments: dict[str, object] = {"command": carried.name, "template": command.device.template.id}
        yield Finding("safety.no-effect", carried.place, arguments, f"effect: {command.effect}")
    elif carried.effect is not command.effect:
        named: dict[str, object] = {"verb": command.verb, "cls": one.cls, "wanted": command.effect.value}
        found: dict[str, object] = {"reference": command.reference, "found": carried.effect.value}
        yield Finding("safety.effect", site.place(one.id, "commands", command.verb), {**named, **found})


def _class(one: Equipment, command: EquipmentCommand, site: CheckedSite) -> Iterator[Finding]:
    """A class of the site's own has no interlocks of ours: it may signal and nothing else."""
    if one.cls in site.own_classes and command.effect is not Effect.SIGNAL:
        yield Finding("safety.own-class", site.place(one.id, "class"), {"cls": one.cls, "verb": command.verb})


def _machine(one: Equipment, command: EquipmentCommand, site: CheckedSite) -> Iterator[Finding]:
    """The device is a machine of the class, by its template, and of no class that is only observed."""
    template, place = command.device.template, site.place(one.id, "commands", command.verb)
    offered = {offer.cls for offer in template.offers}
    own = template.id in site.own_templates
    named: dict[str, object] = {"device": command.device.id, "template": template.id, "cls": one.cls}
    if one.cls not in offered and (offered or not own or command.effect is not Effect.SIGNAL):
        code = "safety.not-offered" if own else "safety.other-class"
        yield Finding(code, place, {**named, "offered": ", ".join(sorted(offered)) or "-"})
    if own or one.cls in site.own_classes:
        for other in _observed_on(one, command, site):
            yield Finding("safety.read-only", place, {**named, "other": other.id, "observed": other.cls})


def _observed_on(one: Equipment, command: EquipmentCommand, site: CheckedSite) -> list[Equipment]:
    """Equipment that is only observed and read from the commanded device; not what ``one`` itself stands by for."""
    prefix, related = f"{command.device.id}.", one.relations.values()
    return [
        other
        for other in site.equipment
        if site.classes[other.cls].read_only
        and other.id not in related
        and any(binding.point.startswith(prefix) for binding in other.roles.values())
    ]


def _copied(one: Equipment, command: EquipmentCommand, site: CheckedSite) -> Iterator[Finding]:
    """A copy of a shipped template is the same machine, whatever it calls its commands."""
    template, carried = command.device.template, command.carried
    if template.id not in site.own_templates:
        return
    for shipped in site.shipped.values():
        yield from _against(shipped, one, command, site)
    meant = _ONLY.get(carried.name)
    if meant is not None and carried.effect not in (None, meant):
        yield Finding("safety.misnamed", carried.place, {"command": carried.name}, f"effect: {meant}")


def _against(shipped: Template, one: Equipment, command: EquipmentCommand, site: CheckedSite) -> Iterator[Finding]:
    template, carried = command.device.template, command.carried
    named: dict[str, object] = {"template": template.id, "shipped": shipped.id, "command": carried.name}
    like = alike(template, shipped)
    offered = {offer.cls for offer in shipped.offers}
    if like and offered and one.cls not in offered:
        place = site.place(one.id, "class")
        yield Finding("safety.copied-class", place, {**named, "cls": one.cls, "offered": ", ".join(sorted(offered))})
    for original in shipped.commands:
        same = same_writes(carried, original, certain=not like)
        if same and carried.effect not in (None, original.effect):
            wanted = f"effect: {original.effect}"
            yield Finding("safety.copied", carried.place, {**named, "original": original.name}, wanted)
        elif same and carried.group != original.group:
            yield Finding("safety.copied-group", carried.place, {**named, "group": carried.group})


def _priority(one: Equipment, command: EquipmentCommand, site: CheckedSite) -> Iterator[Finding]:
    template = command.device.template
    for write in command.carried.writes:
        if not isinstance(write, PointWrite):
            continue
        source = template.point(write.point).source
        priority = write.priority or (source.priority if isinstance(source, BacnetSource) else None)
        if priority is not None and priority <= LIFE_SAFETY:
            named: dict[str, object] = {"command": command.carried.name, "template": template.id, "priority": priority}
            yield Finding("safety.priority", command.carried.place, named)


def _give_back(one: Equipment, command: EquipmentCommand, site: CheckedSite) -> Iterator[Finding]:
    """What starts a machine can be given back by the same device, through a verb of the class."""
    if command.effect is not Effect.START and command.carried.effect is not Effect.START:
        return
    if not any(_takes_back(other, command) for other in site.commands(one)):
        named: dict[str, object] = {
            "command": command.carried.name,
            "template": command.device.template.id,
            "cls": one.cls,
        }
        yield Finding("safety.no-safe", command.carried.place, named)


def _takes_back(other: EquipmentCommand, command: EquipmentCommand) -> bool:
    alike = other.carried.group in ("", command.carried.group)
    return other.effect is Effect.SAFE and other.device is command.device and alike


def _identity(one: Equipment, command: EquipmentCommand, site: CheckedSite) -> Iterator[Finding]:
    """What starts a machine is known from any other that answers in its place; a BACnet device tells its instance."""
    template, carried = command.device.template, command.carried
    starts = Effect.START in (command.effect, carried.effect)
    if starts and template.protocol == "modbus" and not template.identity:
        named: dict[str, object] = {"command": carried.name, "template": template.id}
        yield Finding("safety.no-identity", carried.place, named)


def _unproven(one: Equipment, site: CheckedSite) -> Iterator[Finding]:
    """A safe command that nothing proves would never be known to have worked."""
    cls = site.classes[one.cls]
    for command in site.commands(one):
        if command.effect is Effect.SAFE and cls.commands[command.verb].proof is None:
            place = site.place(one.id, "commands", command.verb)
            yield Finding("safety.no-proof", place, {"command": command.verb, "cls": one.cls})
