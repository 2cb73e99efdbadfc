"""The procedures and plans of a site: its own files and those of its packs, each id once, each for a class we know."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from config.assembly.definitions import LIBRARY, Definitions
from config.assembly.procedure import build_plans, build_procedures
from config.assembly.rulebook import TESTS, check_needs, rule_files
from config.reading.files import Files
from config.reading.yamlfile import YamlFile
from config.schema.plant import PlantFile
from config.schema.procedure import PlanFile, ProcedureFile
from drivers.points import Place
from rules.engine.rulebook import Tasks
from rules.model import EquipmentClass, Plan, Rule, Severity
from rules.procedure.model import Procedure, Step, StepKind
from rules.suggest import nearest

Task = TypeVar("Task", Procedure, Plan)
PlacedPlan = tuple[Plan, YamlFile, int]
"""A plan, its file and its index there."""
FOLDERS = ("procedures", "plans")
"""Folders of the library beside ``rules`` that a pack of the same name is taken from."""


@dataclass(slots=True)
class TaskReader:
    """Gathers the procedures and plans of one load."""

    zone: str
    files: Files
    procedures: list[tuple[Procedure, YamlFile, int]] = field(default_factory=list)
    plans: list[PlacedPlan] = field(default_factory=list)

    def site(self, directory: Path, globs: list[str]) -> None:
        """Read the procedures the site wrote itself."""
        for path in _written(directory, globs):
            self._procedures(path, path.relative_to(directory).as_posix())

    def pack(self, pack: str) -> None:
        """Read what the shipped pack has; it may have only rules."""
        procedures, plans = (LIBRARY / folder / f"{pack}.yaml" for folder in FOLDERS)
        if procedures.is_file():
            self._procedures(procedures, f"config/procedures/{pack}.yaml")
        if plans.is_file():
            self.plans += _read_plans(plans, f"config/plans/{pack}.yaml", self.zone, self.files)

    def check_procedures(self, classes: Definitions[EquipmentClass]) -> tuple[Procedure, ...]:
        """Those whose id is new and whose class exists."""
        return self._checked(self.procedures, classes)

    def check_plans(self, classes: Definitions[EquipmentClass]) -> tuple[Plan, ...]:
        """Those whose id is new and whose class exists."""
        return self._checked(self.plans, classes)

    def _checked(
        self, written: list[tuple[Task, YamlFile, int]], classes: Definitions[EquipmentClass]
    ) -> tuple[Task, ...]:
        accepted: dict[str, Task] = {}
        taken: dict[str, Place] = {}
        for task, file, index in written:
            if not self.files.claim(taken, task.id, file.value((index, "id"))):
                continue
            if task.for_each not in classes.known():
                suggestion = nearest(task.for_each, classes.known())
                self.files.report("rule.no-class", file.value((index, "for_each")), suggestion, cls=task.for_each)
            elif cls := classes.get(task.for_each):
                accepted[task.id] = task
                if isinstance(task, Procedure):
                    check_needs(task, file, index, cls, self.files)
        return tuple(accepted.values())

    def _procedures(self, path: Path, name: str) -> None:
        loaded = self.files.load(path, name, ProcedureFile)
        self.procedures += build_procedures(loaded, self.zone, self.files) if loaded else []


def read_site_plans(directory: Path, fields: PlantFile, files: Files) -> list[PlacedPlan]:
    """The plans the site wrote itself."""
    zone = fields.site.timezone
    return [
        plan
        for path in _written(directory, fields.plans)
        for plan in _read_plans(path, path.relative_to(directory).as_posix(), zone, files)
    ]


def _read_plans(path: Path, name: str, zone: str, files: Files) -> list[PlacedPlan]:
    loaded = files.load(path, name, PlanFile)
    return build_plans(loaded, zone) if loaded else []


def _written(directory: Path, globs: list[str]) -> list[Path]:
    """The files of a site that its ``globs`` name, without tests."""
    found = {path for glob in globs for path in directory.glob(glob)}
    return [path for path in sorted(found) if not path.name.endswith(TESTS)]


def task_packs() -> list[str]:
    """The packs that have procedures or plans."""
    return sorted({path.stem for folder in FOLDERS for path in rule_files(LIBRARY / folder)})


def check_alarms(tasks: Tasks, rules: tuple[Rule, ...], classes: Mapping[str, EquipmentClass], files: Files) -> None:
    """Report each procedure that commands a class for which no critical rule asks ``unverified()``."""
    # A class that is only observed is another mistake, reported as such.
    watched = watched_for_unverified(rules) | {one.id for one in classes.values() if one.read_only}
    for procedure in tasks.procedures or ():
        if procedure.for_each not in watched and procedure.place and _commands((*procedure.steps, *procedure.always)):
            files.report("procedure.no-alarm", procedure.place, cls=procedure.for_each)


def watched_for_unverified(rules: Iterable[Rule]) -> set[str]:
    """The classes for which a rule that is always critical asks ``unverified()``."""
    return {rule.for_each for rule in rules if _watches(rule)}


def _watches(rule: Rule) -> bool:
    return rule.possible_severities == (Severity.CRITICAL,) and "unverified()" in rule.when.text


def _commands(steps: tuple[Step, ...]) -> bool:
    return any(step.verb is StepKind.COMMAND or _commands((*step.then, *step.otherwise)) for step in steps)
