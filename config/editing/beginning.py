"""A commented beginning of a class, rule, procedure, plan or template of one's own, with its rule test, that passes."""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from tempfile import TemporaryDirectory

from config.assembly.definitions import class_definitions, template_definitions
from config.catalogue import Catalogue
from config.editing.beginning_texts import Beginner
from config.errors import ConfigError
from config.library import load_library
from config.plant import IMPLICIT, Plant
from config.reading.files import Files
from config.reading.regular import read_regular
from config.reading.walk import site_files
from config.reading.yamlfile import MAX_BYTES
from config.replacing import replace_file
from config.rule_tests import load_suite
from config.schema.values import IDENTIFIER, RULE_ID, kebab
from config.site import FILE, check_directory, load_site
from drivers.points import Finding, Place
from rules.model import EquipmentClass
from rules.suggest import nearest
from rules.testing import run_test

_ANY = "water-tank"
"""The class for which something begins at a site that has no equipment yet."""


class BeginningKind(StrEnum):
    """What can be begun."""

    CLASS = "class"
    RULE = "rule"
    PROCEDURE = "procedure"
    PLAN = "plan"
    TEMPLATE = "template"


@dataclass(frozen=True, slots=True)
class BegunFiles:
    """What was written."""

    files: tuple[Path, ...]
    """Relative to the site."""
    cls: str
    """The class it is for."""


def begin(site: Path, kind: BeginningKind, name: str, for_class: str | None, texts: Catalogue) -> BegunFiles:
    """Write the beginning of a ``kind`` called ``name`` into ``site``, in the language of ``texts``.

    ``for_class``: whom it is for; None: what the site has first. What is there already is never written over.

    Raises ConfigError when the site is not in order, the name is taken or of another form, or a file is there already,
    OSError; then nothing was written.
    """
    check_directory(site)
    if not (site / FILE).is_file():
        raise ConfigError([Finding("new.no-site", arguments={"path": site})])
    _check_form(kind, name)
    plant = load_site(site)
    taken = _Taken(site, plant)
    if place := taken.place(kind, name):
        raise ConfigError([Finding("config.twice", arguments={"id": name, "first": place})])
    cls = None if kind is BeginningKind.CLASS else _chosen(plant, kind, for_class)
    files = _files(Beginner(plant, taken.rules(), texts), kind, name, cls)
    there = [site / path for path in files if (site / path).exists()]
    if there:
        raise ConfigError([Finding("site.exists", arguments={"path": path}) for path in there])
    _try(site, files)
    _write(site, files)
    return BegunFiles(tuple(files), name if cls is None else cls.id)


def _files(beginner: Beginner, kind: BeginningKind, name: str, cls: EquipmentClass | None) -> dict[Path, bytes]:
    makers = {
        BeginningKind.RULE: beginner.rule,
        BeginningKind.PROCEDURE: beginner.procedure,
        BeginningKind.PLAN: beginner.plan,
        BeginningKind.TEMPLATE: beginner.template,
    }
    made = beginner.of_class(name) if cls is None else makers[kind](name, cls)
    return {path: text.encode() for path, text in made.items()}


def _check_form(kind: BeginningKind, name: str) -> None:
    rule = kind is BeginningKind.RULE
    pattern, repaired = (RULE_ID, name.upper()) if rule else (IDENTIFIER, kebab(name))
    if not pattern.match(name):
        code = "value.rule-id" if rule else "value.identifier"
        suggestion = repaired if pattern.match(repaired) else None
        raise ConfigError([Finding(code, None, {"value": name}, suggestion)])


def _chosen(plant: Plant, kind: BeginningKind, asked: str | None) -> EquipmentClass:
    name = asked or next((one.cls for one in plant.equipment if one.cls not in IMPLICIT), _ANY)
    if name not in plant.classes:
        raise ConfigError([Finding("rule.no-class", None, {"cls": name}, nearest(name, plant.classes))])
    if kind is BeginningKind.TEMPLATE and name in IMPLICIT:
        raise ConfigError([Finding("new.by-itself", arguments={"cls": name})])
    return plant.classes[name]


class _Taken:
    """The names there are, at the site and in what comes with the program, whether the site asks for it or not."""

    def __init__(self, site: Path, plant: Plant) -> None:
        library = load_library()
        self._site = site
        self._rules = {one.id: _shown(one.when.place) for one in (*library.rules, *plant.rules)}
        procedures = [*(library.tasks.procedures or ()), *plant.procedures]
        self._procedures = {one.id: _shown(one.place) for one in procedures}
        self._plans = {one.id: _shown(one.place) for one in (*library.tasks.plans, *plant.tasks.plans)}

    def rules(self) -> frozenset[str]:
        """The ids of all rules."""
        return frozenset(self._rules)

    def place(self, kind: BeginningKind, name: str) -> str:
        """Where ``name`` stands already; empty: nowhere."""
        if kind in (BeginningKind.CLASS, BeginningKind.TEMPLATE):
            read = class_definitions if kind is BeginningKind.CLASS else template_definitions
            definitions = read(Files(), self._site)
            return definitions.shown(name) if name in definitions.known() else ""
        tasks = self._procedures if kind is BeginningKind.PROCEDURE else self._plans
        return (self._rules if kind is BeginningKind.RULE else tasks).get(name, "")


def _shown(place: Place | None) -> str:
    return f"{place.file}:{place.line}" if place else ""


def _try(site: Path, files: Mapping[Path, bytes]) -> None:
    """Check the site as it would be, and run the new tests. Raises ConfigError."""
    with TemporaryDirectory() as made:
        draft = Path(made)
        there = {path.relative_to(site): path for path in site_files(site) if path.suffix == ".yaml" and path.is_file()}
        contents = {name: read_regular(path, MAX_BYTES) for name, path in there.items()}
        for name, content in {**contents, **files}.items():
            (draft / name).parent.mkdir(parents=True, exist_ok=True)
            (draft / name).write_bytes(content)
        suite = load_suite(draft, load_site(draft))
    new = {path.as_posix() for path in files}
    for test in suite.tests:
        if test.place and test.place.file in new and not run_test(test, suite.classes, suite.rules).passed:
            raise ConfigError([Finding("new.fails", arguments={"name": test.name})])


def _write(site: Path, files: Mapping[Path, bytes]) -> None:
    """All of them or none; in their order, so that a power cut between two leaves a site in order."""
    folders = {site / name.parent for name in files}
    made = [folder for folder in folders if not folder.exists()]
    written: list[Path] = []
    try:
        for name, content in files.items():
            (site / name).parent.mkdir(exist_ok=True)
            replace_file(site / name, content)
            written.append(site / name)
    except OSError:
        _undo(written, made)
        raise


def _undo(written: Iterable[Path], made: Iterable[Path]) -> None:
    for path in written:
        path.unlink(missing_ok=True)
    for folder in made:
        # The one that could not be made is not there; in another somebody may have put something meanwhile.
        with suppress(OSError):
            folder.rmdir()
