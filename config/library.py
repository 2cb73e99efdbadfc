"""What we ship, all of it: classes, templates and rule packs by id."""

from dataclasses import dataclass

from config.assembly.definitions import LIBRARY, Definitions, class_definitions, template_definitions
from config.assembly.rulebook import check_rules, read_pack, rule_files
from config.assembly.tasks import TaskReader, task_packs
from config.reading.files import Files
from drivers.templates import Template
from rules.engine.rulebook import Tasks
from rules.model import EquipmentClass, Rule

__all__ = ["LIBRARY", "Library", "load_library"]


@dataclass(frozen=True, slots=True)
class Library:
    """Everything under ``config/``: classes, templates, rules, procedures and plans."""

    classes: dict[str, EquipmentClass]
    templates: dict[str, Template]
    rules: tuple[Rule, ...]
    tasks: Tasks
    """Procedures and plans."""


def load_library() -> Library:
    """Read the whole library; a finding in it is a bug of ours and raises ConfigError."""
    files = Files()
    classes, templates = class_definitions(files, None), template_definitions(files, None)
    _read_all(classes)
    _read_all(templates)
    written = [rule for path in rule_files(LIBRARY / "rules") for rule in read_pack(path.stem, files)]
    rules = check_rules(written, classes, files)
    tasks = _tasks(classes, files)
    files.check()
    return Library(classes.defined(), templates.defined(), rules, tasks)


def _tasks(classes: Definitions[EquipmentClass], files: Files) -> Tasks:
    reader = TaskReader("UTC", files)
    for pack in task_packs():
        reader.pack(pack)
    return Tasks(reader.check_procedures(classes), reader.check_plans(classes))


def _read_all(definitions: Definitions[EquipmentClass] | Definitions[Template]) -> None:
    for name in definitions.known():
        definitions.get(name)
