"""Rule test files: what a test lets happen to equipment and what it expects. ``rules.testing`` runs them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from config.assembly.definitions import class_definitions
from config.assembly.equipment import Parameters
from config.assembly.rulebook import TESTS, rules_beside
from config.assembly.variables import read_plant
from config.errors import ConfigError
from config.library import LIBRARY, load_library
from config.plant import TIMEZONE, Plant
from config.quantity import Quantity
from config.reading.files import Files
from config.reading.yamlfile import Path as Keys
from config.reading.yamlfile import YamlFile
from config.schema.rule_test import ActFields, ExpectFields, RuleTestFields, RuleTestFile, RunFields, SubjectFields
from config.site import FILE, load_site, site_of
from drivers.points import Place
from rules.engine.rulebook import Tasks, compile_rulebook
from rules.model import EquipmentClass, Rule
from rules.suggest import nearest
from rules.testing import DEFAULT_START, TESTED, Act, Action, Expectation, Left, RuleTest, Subject, check_test


@dataclass(frozen=True, slots=True)
class RuleTestSource:
    """One test as written, and where."""

    fields: RuleTestFields
    file: YamlFile
    index: int
    """Which entry of ``file`` it is."""

    @property
    def name(self) -> str:
        """What it is called."""
        return self.fields.name

    @property
    def place(self) -> Place:
        """Where the test begins, at its name."""
        return self.value("name")

    @property
    def rules(self) -> set[str]:
        """Every rule it expects something of."""
        return {rule.rpartition("/")[2] for one in self.fields.expect for rule in one.__pydantic_extra__}

    def value(self, *path: str | int) -> Place:
        """Where a value stands."""
        return self.file.value((self.index, *path))

    def key(self, *path: str | int) -> Place:
        """Where a key stands."""
        return self.file.key((self.index, *path))


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What tests run against."""

    classes: Mapping[str, EquipmentClass]
    rules: Sequence[Rule] = ()
    tasks: Tasks = field(default_factory=Tasks)
    zone: str = TIMEZONE
    """Time zone of tests that name none."""
    equipment: Mapping[str, str] = field(default_factory=dict)
    """The equipment of the site by id, with its classes."""


@dataclass(frozen=True, slots=True)
class Suite:
    """Tests together with everything they run against."""

    classes: Mapping[str, EquipmentClass]
    rules: Sequence[Rule]
    tests: tuple[RuleTest, ...]


def load_rule_tests(path: Path) -> tuple[RuleTestSource, ...]:
    """The tests of one test file, or of every test file below a directory; raises ConfigError with all findings."""
    files, site = Files(), site_of(path)
    if site is not None:
        # What is wrong there is told where the site is loaded.
        read_plant(site / FILE, FILE, files)
        files.findings.clear()
    paths = sorted(path.rglob(f"*{TESTS}")) if path.is_dir() else [path]
    base = path if path.is_dir() else path.parent
    loaded = [files.load(entry, entry.relative_to(base).as_posix(), RuleTestFile) for entry in paths]
    files.check()
    return tuple(
        RuleTestSource(fields, entry.file, index)
        for entry in loaded
        if entry
        for index, fields in enumerate(entry.fields)
    )


def rule_test(source: RuleTestSource, around: Surroundings) -> RuleTest:
    """The test with its parameters in the units of their classes; raises ConfigError when one does not fit."""
    files, fields = Files(), source.fields
    zone = fields.timezone or around.zone
    start = fields.start or datetime.fromisoformat(DEFAULT_START)
    others = [_subject(source, name, one, ("others", name), around, files) for name, one in fields.others.items()]
    test = RuleTest(
        name=fields.name,
        subject=_subject(source, TESTED, fields.equipment, ("equipment",), around, files),
        every=fields.every,
        series=dict(fields.series),
        expectations=tuple(_expectation(source, one, index, files) for index, one in enumerate(fields.expect)),
        others=tuple(others),
        place=source.place,
        acts=tuple(_act(source, one, index, files) for index, one in enumerate(fields.do)),
        runs=tuple(_left(source, run, index, files) for index, run in enumerate(fields.runs)),
        plans=tuple(around.tasks.plans),
        procedures=tuple(around.tasks.procedures or ()),
        start=start.replace(tzinfo=ZoneInfo(zone)).timestamp(),
        zone=zone,
        series_places={name: source.key("series", name) for name in fields.series},
    )
    files.check()
    return test


def load_suite(path: Path, plant: Plant | None = None) -> Suite:
    """The tests of a site, a folder or a test file, with the rules of the site they lie in: ``plant`` if it is loaded.

    Outside any site they run against the shipped library and the rule files beside them. Raises ConfigError.
    """
    around = _within(plant) if plant else surroundings(path)
    tests = tuple(rule_test(source, around) for source in load_rule_tests(path))
    # Also a rule that no test looks at: its test was forgotten, or names another.
    tasks = Tasks(None, around.tasks.plans)
    findings = list(compile_rulebook(around.classes, (), around.rules, tasks, around.zone)[1])
    for test in tests:
        findings += check_test(test, around.classes, around.rules, around.equipment)
    if findings:
        raise ConfigError(findings)
    return Suite(around.classes, around.rules, tests)


def surroundings(path: Path) -> Surroundings:
    """The site that ``path`` lies in, or else the library and the rule files beside it."""
    site = site_of(path)
    if site is not None:
        return _within(load_site(site))
    library = load_library()
    folder = path if path.is_dir() else path.parent
    if folder.resolve() in {(LIBRARY / name).resolve() for name in ("rules", "procedures")}:
        return Surroundings(library.classes, library.rules, library.tasks)
    return Surroundings(library.classes, rules_beside(folder, class_definitions(Files(), None)), library.tasks)


def _within(plant: Plant) -> Surroundings:
    classes = load_library().classes | plant.classes
    kinds = {one.id: one.cls for one in plant.equipment}
    return Surroundings(classes, plant.rules, plant.tasks, plant.site.timezone, kinds)


def _subject(
    source: RuleTestSource, name: str, fields: SubjectFields, path: Keys, around: Surroundings, files: Files
) -> Subject:
    cls = around.classes.get(fields.cls)
    if cls is None:
        place = source.value(*path, "class")
        files.report("rule.no-class", place, nearest(fields.cls, around.classes), cls=fields.cls)
        raise files.error()
    settings = fields.__pydantic_extra__
    numbers = {key: value for key, value in settings.items() if isinstance(value, Quantity)}
    relations = {key: value for key, value in settings.items() if isinstance(value, str)}
    parameters = Parameters(source.file, (source.index, *path), files).build(cls, numbers)
    return Subject(name, cls.id, parameters, relations, source.value(*path, "class"))


def _left(source: RuleTestSource, fields: RunFields, index: int, files: Files) -> Left:
    if (fields.at is None) is (fields.before is None):
        files.report("test.one-moment", source.key("runs", index, "verdict"))
    at = fields.at if fields.at is not None else -(fields.before or 0.0)
    return Left(at, fields.verdict, fields.procedure or "")


def _expectation(source: RuleTestSource, fields: ExpectFields, index: int, files: Files) -> Expectation:
    counted = [key for key in ("orders", "commands", "events") if getattr(fields, key) is not None]
    keys = [*fields.__pydantic_extra__, *counted]
    if not keys:
        files.report("test.expects-nothing", source.key("expect", index, "at"))
    return Expectation(
        fields.at,
        dict(fields.__pydantic_extra__),
        fields.orders,
        None if fields.commands is None else tuple(fields.commands),
        fields.events,
        {key: source.key("expect", index, key) for key in keys},
        fields.severity,
    )


def _act(source: RuleTestSource, fields: ActFields, index: int, files: Files) -> Act:
    done = [(action, target) for action in Action if (target := getattr(fields, action.value)) is not None]
    if len(done) != 1:
        files.report("test.one-action", source.value("do", index, "at"), known=", ".join(Action))
        raise files.error()
    (action, target), place = done[0], source.key("do", index, done[0][0].value)
    reasons = () if isinstance(fields.refused, bool) else fields.refused
    return Act(fields.at, action, target, bool(fields.refused), reasons, fields.seconds, place)
