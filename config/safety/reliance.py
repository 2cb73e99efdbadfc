"""What the protection of equipment relies on: its declared mains and fire panel, its parameters, its bindings."""

from collections.abc import Iterator

from config.plant import Provenance, Reliance
from config.safety.site import CheckedSite
from drivers.points import Finding
from rules.condition.reads import Read, reads
from rules.model import Equipment


def declared_findings(one: Equipment, site: CheckedSite) -> Iterator[Finding]:
    """Relations the class wants named are named, or there is none for a reason."""
    for relation in site.classes[one.cls].relations.values():
        named: dict[str, object] = {"relation": relation.name, "cls": one.cls, "wanted": " | ".join(relation.classes)}
        if relation.declared and relation.name not in {*one.relations, *one.without}:
            yield Finding("safety.undeclared", site.place(one.id, "relations"), named)
        elif not one.without.get(relation.name, "-"):
            yield Finding("safety.no-reason", site.place(one.id, "relations", relation.name), named)


def parameter_findings(one: Equipment, site: CheckedSite) -> Iterator[Finding]:
    """Limits that protect stay within the range of the class."""
    for read in _read(one, site):
        if not read.parameter:
            continue
        owner = site.one(read.equipment)
        parameter = site.classes[owner.cls].parameters[read.name]
        value = owner.parameters.get(read.name)
        if parameter.safe is not None and value is not None and not parameter.safe[0] <= value <= parameter.safe[1]:
            unit = f" {parameter.unit.symbol}".rstrip()
            low, high = (f"{end:g}{unit}" for end in parameter.safe)
            arguments: dict[str, object] = {
                "parameter": read.name,
                "value": f"{value:g}{unit}",
                "low": low,
                "high": high,
            }
            yield Finding("safety.parameter", site.place(owner.id, "parameters", read.name), arguments)


def guarded(one: Equipment, site: CheckedSite) -> Iterator[tuple[str, str]]:
    """Each parameter, by equipment and name, that decides on the commands of ``one``.

    Its class, its own interlocks and the procedures that move it read them.
    """
    jobs = [job for job in site.tasks.procedures or () if job.for_each == one.cls]
    told = (source for job in jobs for source in (*job.requires, *job.guard, job.handover) if source is not None)
    sources = (*site.classes[one.cls].protection, *(lock.when for lock in one.interlocks), *told)
    scope = site.scope(one)
    for read in (read for source in sources for read in reads(source.text, scope)):
        if read.parameter and read.equipment:
            yield read.equipment, read.name


def reliances(one: Equipment, site: CheckedSite) -> list[Reliance]:
    """Every binding that the protection of ``one`` reads, with who proved it."""
    found = []
    for read in _read(one, site):
        binding = None if read.parameter else site.one(read.equipment).roles.get(read.name)
        if binding is not None:
            provenance, proved = _provenance(one, read, binding.point, site)
            found.append(Reliance(one.id, read.equipment, read.name, binding.point, provenance, proved))
    return found


def unproved(one: Equipment, site: CheckedSite) -> Iterator[Finding]:
    """Bindings that neither a shipped template nor a person vouches for."""
    for relied in reliances(one, site):
        if relied.provenance is not Provenance.NONE:
            continue
        signed = site.fields(relied.owner).proved.get(relied.role)
        place = site.place(relied.owner, "proved" if signed else "roles", relied.role)
        named: dict[str, object] = {
            "equipment": relied.owner,
            "role": relied.role,
            "point": relied.point,
            "commanded": one.id,
        }
        if signed is not None:
            yield Finding("safety.proved-other", place, {**named, "signed": signed.point})
        else:
            line = f'proved: {{{relied.role}: {{point: {relied.point}, by: ..., date: "..."}}}}'
            yield Finding("safety.unproved", place, named, line)


def _read(one: Equipment, site: CheckedSite) -> list[Read]:
    scope, sources = site.scope(one), site.classes[one.cls].protection
    found = dict.fromkeys(read for source in sources for read in reads(source.text, scope))
    # Without a name it is an example of what is not here.
    return [read for read in found if read.equipment]


def _by_template(one: Equipment, read: Read, point: str, site: CheckedSite) -> bool:
    """Whether a shipped template says that ``point`` is this role, on the very device that is commanded."""
    device, owner = site.device(point), site.one(read.equipment)
    if device is None or device.template.id in site.own_templates:
        return False
    commanded = {command.device.id for command in site.commands(one)}
    if owner.id == one.id and device.id not in commanded:
        return False
    offers = [offer for offer in device.template.offers if offer.cls == owner.cls]
    return any(f"{device.id}.{offer.point(read.name)}" == point for offer in offers)


def _provenance(one: Equipment, read: Read, point: str, site: CheckedSite) -> tuple[Provenance, str]:
    if _by_template(one, read, point, site):
        return Provenance.TEMPLATE, ""
    signed = site.fields(read.equipment).proved.get(read.name)
    if signed is not None and signed.point == point:
        return Provenance.PROVED, f"{signed.by}, {signed.date}"
    return Provenance.NONE, ""
