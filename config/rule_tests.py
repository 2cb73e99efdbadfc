"""Rule test files: what a test lets happen to one equipment and what it expects. ``rules.testing`` runs them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from config.assembly.equipment import Parameters
from config.assembly.rulebook import TESTS, rules_beside
from config.errors import ConfigError
from config.files import Files
from config.library import LIBRARY, load_library
from config.quantity import Quantity, nearest
from config.schema.rule import ExpectFields, RuleTestFields, RuleTestFile
from config.shelf import class_shelf
from config.site import FILE as PLANT
from config.site import load_site
from config.yamlfile import YamlFile
from drivers.points import Finding, Place
from rules.model import EquipmentClass, Plan, Rule
from rules.testing import Expectation, Left, RuleTest, check_test


@dataclass(frozen=True, slots=True)
class RuleTestSource:
    """One test as written, and where."""

    name: str
    cls: str
    parameters: dict[str, Quantity]
    """Parameters that differ from the defaults of the class."""
    every: float
    """Seconds between two samples."""
    series: dict[str, str]
    """Role -> its samples, such as ``50x3 29x8``."""
    expect: tuple[Expectation, ...]
    runs: tuple[Left, ...]
    file: YamlFile
    index: int
    """Which entry of ``file`` it is."""

    @property
    def place(self) -> Place:
        """Where the test begins, at its name."""
        return self.file.value((self.index, "name"))


def load_rule_tests(path: Path) -> tuple[RuleTestSource, ...]:
    """The tests of one test file, or of every test file below a directory; raises ConfigError with all findings."""
    files = Files()
    paths = sorted(path.rglob(f"*{TESTS}")) if path.is_dir() else [path]
    base = path if path.is_dir() else path.parent
    loaded = [files.load(entry, entry.relative_to(base).as_posix(), RuleTestFile) for entry in paths]
    files.check()
    return tuple(
        _test(fields, entry.file, index) for entry in loaded if entry for index, fields in enumerate(entry.fields)
    )


def rule_test(source: RuleTestSource, classes: Mapping[str, EquipmentClass], plans: Sequence[Plan] = ()) -> RuleTest:
    """The test with its parameters in the units of its class, knowing ``plans``.

    Raises ConfigError when a name or unit does not fit.
    """
    files = Files()
    cls = classes.get(source.cls)
    if cls is None:
        place = source.file.value((source.index, "equipment", "class"))
        raise ConfigError([Finding("rule.no-class", place, {"cls": source.cls}, nearest(source.cls, classes))])
    for role in source.series:
        if role not in cls.roles:
            place = source.file.key((source.index, "series", role))
            files.report("equipment.no-role", place, nearest(role, cls.roles), cls=cls.id, role=role)
    parameters = Parameters(source.file, (source.index, "equipment"), files).build(cls, source.parameters)
    files.check()
    return RuleTest(
        source.name,
        cls.id,
        source.every,
        source.series,
        source.expect,
        parameters,
        source.place,
        source.runs,
        tuple(plans),
    )


def _test(fields: RuleTestFields, file: YamlFile, index: int) -> RuleTestSource:
    return RuleTestSource(
        name=fields.name,
        cls=fields.equipment.cls,
        parameters=dict(fields.equipment.__pydantic_extra__),
        every=fields.every,
        series=dict(fields.series),
        expect=tuple(map(_expectation, fields.expect)),
        runs=tuple(Left(run.at, run.verdict, run.procedure or "") for run in fields.runs),
        file=file,
        index=index,
    )


def _expectation(fields: ExpectFields) -> Expectation:
    return Expectation(
        fields.at, {rule: state.value for rule, state in fields.__pydantic_extra__.items()}, fields.orders
    )


@dataclass(frozen=True, slots=True)
class Suite:
    """Tests together with everything they run against."""

    classes: dict[str, EquipmentClass]
    rules: tuple[Rule, ...]
    tests: tuple[RuleTest, ...]


def load_suite(path: Path) -> Suite:
    """The tests of a site, a folder or a test file, with the rules of the site they lie in.

    Outside any site they run against the shipped library and the rule files beside them. Raises ConfigError.
    """
    classes, rules, plans = _surroundings(path)
    tests = tuple(rule_test(source, classes, plans) for source in load_rule_tests(path))
    findings = [finding for test in tests for finding in check_test(test, classes, rules)]
    if findings:
        raise ConfigError(findings)
    return Suite(classes, rules, tests)


def _surroundings(path: Path) -> tuple[dict[str, EquipmentClass], tuple[Rule, ...], Sequence[Plan]]:
    site = next((folder for folder in (path, *path.absolute().parents) if (folder / PLANT).is_file()), None)
    library = load_library()
    if site is not None:
        plant = load_site(site)
        return library.classes | plant.classes, plant.rules, plant.tasks.plans
    folder = path if path.is_dir() else path.parent
    if folder.resolve() == (LIBRARY / "rules").resolve():
        return library.classes, library.rules, library.tasks.plans
    return library.classes, rules_beside(folder, class_shelf(Files(), None)), library.tasks.plans
