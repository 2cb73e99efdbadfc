"""What we ship, all of it: classes, templates and rule packs by id."""

from dataclasses import dataclass

from config.assembly.rulebook import check_rules, read_pack, rule_files
from config.assembly.tasks import TaskReader, task_packs
from config.files import Files
from config.shelf import LIBRARY, Shelf, class_shelf, template_shelf
from drivers.templates import Template
from rules.model import EquipmentClass, Rule
from rules.rulebook import Tasks

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
    classes, templates = class_shelf(files, None), template_shelf(files, None)
    _read_all(classes)
    _read_all(templates)
    written = [rule for path in rule_files(LIBRARY / "rules") for rule in read_pack(path.stem, files)]
    rules = check_rules(written, classes, files)
    tasks = _tasks(classes, files)
    files.check()
    return Library(classes.defined(), templates.defined(), rules, tasks)


def _tasks(classes: Shelf[EquipmentClass], files: Files) -> Tasks:
    reader = TaskReader("UTC", files)
    for pack in task_packs():
        reader.pack(pack)
    return reader.check(classes)


def _read_all(shelf: Shelf[EquipmentClass] | Shelf[Template]) -> None:
    for name in shelf.known():
        shelf.get(name)
