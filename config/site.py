"""Loads a site directory: everything in it is read, checked together, and becomes one Plant or all its findings."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar

from config.assembly.definitions import LIBRARY, class_definitions, shipped_templates, template_definitions
from config.assembly.devices import build_devices, build_links
from config.assembly.equipment import EquipmentBuilder
from config.assembly.hold import build_hold
from config.assembly.people import build_people
from config.assembly.rulebook import (
    PlacedRule,
    check_causes,
    check_globs,
    check_packs,
    check_rules,
    read_pack,
    read_site_rules,
    rule_files,
)
from config.assembly.sensors import build_sensors
from config.assembly.storage import build_storage
from config.assembly.tasks import TaskReader, check_alarms, read_site_plans, task_packs
from config.assembly.unbound import blame_equipment
from config.assembly.uplink import build_uplink
from config.assembly.variables import read_plant, report_unused
from config.errors import ConfigError
from config.identities import read_identities
from config.plant import IMPLICIT, Link, Plant, Recorded, Site
from config.reading.files import Files, Loaded
from config.safety import CheckedSite, judge
from config.schema.plant import PlantFile
from drivers.points import Finding, Place
from drivers.templates import Device
from rules.engine.rulebook import Rulebook, Tasks, compile_rulebook
from rules.errors import senseless
from rules.facts import Objection
from rules.model import Binding, Equipment, EquipmentClass, Rule
from rules.procedure.book import HoldInput
from rules.procedure.model import Procedure

Part = TypeVar("Part")

FILE = "plant.yaml"
_DEFAULT_RULES = ["rules/*.yaml"]


AS_THEY_ARE: Mapping[str, bytes] = MappingProxyType({})


def load_site(directory: Path, *, start: bool = False, instead: Mapping[str, bytes] = AS_THEY_ARE) -> Plant:
    """The plant described in ``directory``; raises ConfigError with every finding over all its files.

    With ``start`` what an earlier version let pass does not keep the plant from being watched: see ``Plant.ignored``.
    ``instead``: files by name, whose contents are not read but given, to see what would come of them.
    """
    return compile_site(directory, start=start, instead=instead)[0]


def compile_site(
    directory: Path, *, start: bool = False, instead: Mapping[str, bytes] = AS_THEY_ARE
) -> tuple[Plant, Rulebook]:
    """As ``load_site``, with its rulebook, which the check of the rules has made anyway."""
    check_directory(directory)
    return _Loader(directory, instead, start=start).load()


def site_of(path: Path) -> Path | None:
    """The site directory ``path`` is or lies in; None outside any site."""
    return next((folder for folder in (path, *path.absolute().parents) if (folder / FILE).is_file()), None)


def check_directory(path: Path) -> None:
    """Raise ConfigError unless ``path`` is a directory."""
    if not path.is_dir():
        raise ConfigError([_no_directory(path)])


def _no_directory(path: Path) -> Finding:
    if path.is_file():
        return Finding("site.is-a-file", arguments={"path": path}, suggestion=str(path.parent))
    return Finding("site.no-directory", arguments={"path": path})


class _Loader:
    """One load of one site directory."""

    def __init__(self, directory: Path, instead: Mapping[str, bytes], *, start: bool) -> None:
        self.directory = directory
        self.start = start
        self.files = Files(directory, lenient=start, instead=instead)
        self.classes = class_definitions(self.files, directory)
        self.templates = template_definitions(self.files, directory)

    def load(self) -> tuple[Plant, Rulebook]:
        loaded = self._plant_file()
        rules = read_site_rules(self.directory, self._globs(loaded), self.files)
        self.people = self._spared(build_people, None)
        for definitions in (self.classes, self.templates):
            for name in definitions.own():
                definitions.get(name)
        if loaded is None:
            raise self.files.error()
        return self._plant(loaded, rules)

    def _spared(self, read: Callable[[Path, Files], Part], nothing: Part) -> Part:
        """What a file says that watching can do without.

        At a start a mistake in it is a doubt and it counts as ``nothing``: nobody on the list, no device on record, no
        plan of the site's own.
        """
        before = len(self.files.findings)
        found = read(self.directory, self.files)
        return nothing if self._forgiven(before) else found

    def _forgiven(self, before: int) -> bool:
        """Whether at a start there are findings behind the first ``before``; they become doubts."""
        mistakes = self.files.findings[before:]
        if not self.start or not mistakes:
            return False
        del self.files.findings[before:]
        self.files.doubts += mistakes
        return True

    def _plant_file(self) -> Loaded[PlantFile] | None:
        file = read_plant(self.directory / FILE, FILE, self.files)
        return self.files.shape(file, PlantFile) if file else None

    def _globs(self, loaded: Loaded[PlantFile] | None) -> list[str]:
        # Mistakes in plant.yaml must not hide those in the rule files.
        return loaded.fields.rules if loaded else _DEFAULT_RULES

    def _plant(self, loaded: Loaded[PlantFile], written: list[PlacedRule]) -> tuple[Plant, Rulebook]:
        fields = loaded.fields
        _check_ids(loaded, self.files)
        check_globs(loaded, self.directory, self.files)
        links = build_links(loaded, self.files)
        unrecorded: Recorded = {}
        recorded = self._spared(read_identities, unrecorded)
        devices = build_devices(loaded, self.templates, recorded, self.files)
        packs = check_packs(loaded, known_packs(), self.files)
        shipped = [rule for pack in packs for rule in read_pack(pack, self.files)]
        rules = check_rules(shipped + written, self.classes, self.files)
        check_causes(written, rules, self.files)
        tasks = self._tasks(loaded, packs)
        check_alarms(tasks, rules, self.classes.defined(), self.files)
        equipment = self._equipment(loaded, links, devices)
        hold = build_hold(loaded, devices, self.files)
        uplink, storage = build_uplink(loaded, self.files), build_storage(loaded, self.files)
        rulebook, ignored = self._compile(loaded, equipment, rules, tasks, hold)
        self.files.check()
        report_unused(loaded.file, self.files)
        safety = judge(self._written(loaded, links, devices, equipment, tasks))
        plant = Plant(
            directory=self.directory,
            site=_site(loaded),
            gateway=fields.gateway,
            uplink=uplink,
            links=links,
            devices=devices,
            classes=self.classes.defined(),
            equipment=equipment,
            rules=rules,
            tasks=_by_hand(tasks, safety.unscheduled),
            packs={pack: loaded.file.value(("packs", fields.packs.index(pack))) for pack in packs},
            fingerprint=self.files.fingerprint(),
            simulation=fields.simulation,
            recorded=recorded,
            storage=storage,
            safety=safety,
            ignored=ignored,
            people=self.people,
            doubts=tuple(self.files.doubts),
            hold=hold,
        )
        return plant, _judged(rulebook, plant)

    def _written(
        self,
        loaded: Loaded[PlantFile],
        links: tuple[Link, ...],
        devices: tuple[Device, ...],
        equipment: tuple[Equipment, ...],
        tasks: Tasks,
    ) -> CheckedSite:
        own = frozenset(self.templates.own())
        commanded = any(device.template.id in own and device.template.commands for device in devices)
        shipped = shipped_templates() if commanded else {}
        own_classes = frozenset(self.classes.own())
        return CheckedSite(loaded, links, devices, self.classes.defined(), equipment, tasks, own_classes, own, shipped)

    def _tasks(self, loaded: Loaded[PlantFile], packs: list[str]) -> Tasks:
        reader = TaskReader(loaded.fields.site.timezone, self.files)
        for pack in packs:
            reader.pack(pack)
        reader.site(self.directory, loaded.fields.procedures)
        reader.plans += self._spared(lambda site, files: read_site_plans(site, loaded.fields, files), [])
        procedures = reader.check_procedures(self.classes)
        before = len(self.files.findings)
        plans = reader.check_plans(self.classes)
        self._forgiven(before)
        return Tasks(procedures, plans)

    def _equipment(
        self, loaded: Loaded[PlantFile], links: tuple[Link, ...], devices: tuple[Device, ...]
    ) -> tuple[Equipment, ...]:
        for name in IMPLICIT:
            self.classes.get(name)
        written = EquipmentBuilder(loaded, devices, self.classes, self.files).build()
        made = [_online(device.id, "device", device.template.title, {"link": device.link}) for device in devices]
        link = self.classes.get("link")
        made += [_online(entry.id, "link", link.title, {}) for entry in links if link]
        gateway = self.classes.get("gateway")
        made += [_gateway(loaded.fields.gateway, gateway)] if gateway else []
        return (*written, *made, *build_sensors(written, self.classes.defined()))

    def _compile(
        self,
        loaded: Loaded[PlantFile],
        equipment: tuple[Equipment, ...],
        rules: tuple[Rule, ...],
        tasks: Tasks,
        hold: HoldInput | None,
    ) -> tuple[Rulebook, tuple[Finding, ...]]:
        """Report what does not compile; the rulebook, and the findings that only keep their own condition out."""
        # Conditions may ask for any class, even one this site has no equipment of.
        for name in self.classes.known():
            self.classes.get(name)
        classes, zone = self.classes.defined(), loaded.fields.site.timezone
        rulebook, compiled = compile_rulebook(classes, equipment, rules, tasks, zone, hold=hold)
        findings = blame_equipment(compiled, self.files.findings, _places(loaded))
        ignored = tuple(finding for finding in findings if self.start and senseless(finding))
        self.files.findings += [finding for finding in findings if finding not in ignored]
        return rulebook, ignored


def _places(loaded: Loaded[PlantFile]) -> dict[str, Place]:
    """Where each equipment stands."""
    return {one.id: loaded.file.value(("equipment", index, "id")) for index, one in enumerate(loaded.fields.equipment)}


def _judged(rulebook: Rulebook, plant: Plant) -> Rulebook:
    """``rulebook``, compiled before the site was judged, as ``plant.compile()`` would make it."""
    # A schedule that was refused is part of a job.
    return plant.compile()[0] if plant.safety.unscheduled else replace(rulebook, unarmed=plant.unarmed)


def _by_hand(tasks: Tasks, unscheduled: Mapping[str, Finding]) -> Tasks:
    """The same tasks; those ``unscheduled`` wait for a person."""
    return replace(tasks, procedures=tuple(_withheld(one, unscheduled.get(one.id)) for one in tasks.procedures or ()))


def _withheld(procedure: Procedure, finding: Finding | None) -> Procedure:
    if finding is None:
        return procedure
    arguments = {name: str(value) for name, value in finding.arguments.items()}
    return replace(procedure, withheld=Objection(finding.code, arguments))


def known_packs() -> list[str]:
    """The packs a site may ask for."""
    return sorted({*(path.stem for path in rule_files(LIBRARY / "rules")), *task_packs()})


def _online(name: str, cls: str, title: dict[str, str], relations: dict[str, str]) -> Equipment:
    titles = {lang: f"{text} {name}" for lang, text in title.items()}
    return Equipment(name, cls, titles, {"online": Binding(f"{name}.online")}, relations=relations)


def _gateway(name: str, cls: EquipmentClass) -> Equipment:
    titles = {lang: f"{text} {name}" for lang, text in cls.title.items()}
    return Equipment(name, cls.id, titles, {role: Binding(f"{name}.{role}") for role in cls.roles})


def _site(loaded: Loaded[PlantFile]) -> Site:
    site = loaded.fields.site
    return Site(site.id, site.title, site.org, site.language, site.timezone)


def _check_ids(loaded: Loaded[PlantFile], files: Files) -> None:
    # Links, devices and the gateway are equipment too, so one id names one thing in the whole site.
    taken = {loaded.fields.gateway: loaded.file.value(("gateway",))}
    for part in ("links", "devices", "equipment"):
        for index, entry in enumerate(getattr(loaded.fields, part)):
            files.claim(taken, entry.id, loaded.file.value((part, index, "id")))
