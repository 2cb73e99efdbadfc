"""The rules of a site: its own files and the packs it asked for, each rule for a class that exists, each id once."""

from pathlib import Path

from config.assembly.definitions import LIBRARY, Definitions
from config.assembly.rule import build_rules
from config.reading.files import Files, Loaded
from config.reading.yamlfile import YamlFile
from config.schema.plant import PlantFile
from config.schema.rule import RuleFile
from drivers.points import Place
from rules.model import EquipmentClass, Rule
from rules.procedure.model import Procedure
from rules.suggest import nearest

TESTS = ".test.yaml"
"""How the name of a rule test file ends."""
PlacedRule = tuple[Rule, YamlFile, int]
"""A rule, its file and its index there."""


def rule_files(folder: Path) -> list[Path]:
    """The rule files directly in ``folder``, without their tests."""
    return [path for path in sorted(folder.glob("*.yaml")) if not path.name.endswith(TESTS)]


def read_site_rules(directory: Path, globs: list[str], files: Files) -> list[PlacedRule]:
    """Every rule of the site's own files."""
    paths = {path for glob in globs for path in directory.glob(glob) if not path.name.endswith(TESTS)}
    return [rule for path in sorted(paths) for rule in _read(path, path.relative_to(directory).as_posix(), files)]


def check_packs(loaded: Loaded[PlantFile], known: list[str], files: Files) -> list[str]:
    """The packs the site asked for that there are, each once."""
    packs: list[str] = []
    taken: dict[str, Place] = {}
    for index, pack in enumerate(loaded.fields.packs):
        place = loaded.file.value(("packs", index))
        if not files.claim(taken, pack, place):
            continue
        if pack not in known:
            files.report("plant.no-pack", place, nearest(pack, known), pack=pack, known=", ".join(known))
        else:
            packs.append(pack)
    return packs


def read_pack(pack: str, files: Files) -> list[PlacedRule]:
    """Every rule of one shipped pack; it may have none."""
    path = LIBRARY / "rules" / f"{pack}.yaml"
    return _read(path, f"config/rules/{pack}.yaml", files) if path.is_file() else []


def check_globs(loaded: Loaded[PlantFile], directory: Path, files: Files) -> None:
    """Report each pattern a person wrote that matches no file."""
    for index, glob in enumerate(loaded.fields.rules):
        if ("rules", index) in loaded.file.values and not any(directory.glob(glob)):
            files.report("plant.no-rules", loaded.file.value(("rules", index)), glob=glob)


def check_rules(written: list[PlacedRule], classes: Definitions[EquipmentClass], files: Files) -> tuple[Rule, ...]:
    """The rules whose id is new and whose class exists."""
    accepted: dict[str, Rule] = {}
    taken: dict[str, Place] = {}
    for rule, file, index in written:
        if not files.claim(taken, rule.id, file.value((index, "id"))):
            continue
        if rule.for_each not in classes.known():
            suggestion = nearest(rule.for_each, classes.known())
            files.report("rule.no-class", file.value((index, "for_each")), suggestion, cls=rule.for_each)
        elif cls := classes.get(rule.for_each):
            accepted[rule.id] = rule
            check_needs(rule, file, index, cls, files)
    return tuple(accepted.values())


def check_needs(written: Rule | Procedure, file: YamlFile, index: int, cls: EquipmentClass, files: Files) -> None:
    """Report each name of ``needs`` that the class has not got."""
    known = [*cls.roles, *cls.relations, *cls.commands]
    for position, name in enumerate(written.needs):
        if name not in known:
            place = file.value((index, "needs", position))
            files.report("rule.no-need", place, nearest(name, known), name=name, cls=cls.id)


def check_causes(written: list[PlacedRule], rules: tuple[Rule, ...], files: Files) -> None:
    """Report causes that are no rule, and a loss of data of something that brings none."""
    known = [rule.id for rule in rules]
    for rule, file, index in written:
        for position, cause in enumerate(rule.caused_by):
            if cause not in known:
                files.report(
                    "rule.no-cause", file.value((index, "caused_by", position)), nearest(cause, known), rule=cause
                )
        if rule.data_loss and rule.for_each not in ("device", "link"):
            files.report("rule.data-loss-class", file.value((index, "data_loss")), cls=rule.for_each)


def rules_beside(folder: Path, classes: Definitions[EquipmentClass]) -> tuple[Rule, ...]:
    """Every rule of a folder that belongs to no site; raises ConfigError with all findings."""
    files = Files()
    written = [rule for path in rule_files(folder) for rule in _read(path, path.name, files)]
    rules = check_rules(written, classes, files)
    check_causes(written, rules, files)
    files.check()
    return rules


def _read(path: Path, name: str, files: Files) -> list[PlacedRule]:
    loaded = files.load(path, name, RuleFile)
    return build_rules(loaded) if loaded else []
