"""What the beginnings say: the files of ``config/beginnings`` with the words of one site."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from string import Template

from config.assembly.definitions import LIBRARY
from config.assembly.tasks import watched_for_unverified
from config.catalogue import Catalogue
from config.editing import registers
from config.editing.example import ExampleCondition, Range, example_for
from config.editing.values import quoted
from config.errors import ConfigError
from config.plant import Plant
from config.schema.export import modeline
from drivers.points import Effect, Finding
from rules.model import ClassCommand, EquipmentClass, pick

BEGINNINGS = LIBRARY / "beginnings"
"""A folder a language, with the same files."""
_OF_CLASS = ExampleCondition("temperature", "temperature > high", "25", "75", number=True)
"""What may be asked of the class that ``class.yaml`` begins."""
_MILDEST = (Effect.TEST, Effect.SWITCH, Effect.START)
"""A procedure begins with the first verb of the mildest effect that the class has."""
_REMARK = re.compile(r"(?m)^(.*?\S) {2,}# ")
_VALUE = 100.0
"""An example of a parameter of which nobody says more."""
_COLUMN = 39
"""Where the remarks behind the words stand."""


@dataclass(frozen=True, slots=True)
class Beginner:
    """Makes the files of a beginning, in an order in which each leaves a site in order."""

    plant: Plant
    rules: frozenset[str]
    """The ids of rules that are taken."""
    texts: Catalogue

    def of_class(self, name: str) -> dict[Path, str]:
        """A class, and a rule for it."""
        path = Path("classes", f"{name}.yaml")
        title = self.texts.text("new.title.high", role=self.texts.text("new.title.temperature"))
        rule = self._asking(name, self._free(), name, _OF_CLASS, title)
        return {path: self._text("class", path, {"name": name, "title": _title(name)}), **rule}

    def rule(self, name: str, cls: EquipmentClass) -> dict[Path, str]:
        """The rule ``name``."""
        return self._for_example(name, name, cls)

    def template(self, name: str, cls: EquipmentClass) -> dict[Path, str]:
        """A template, and a rule for what the device is."""
        roles = registers.offered(cls)
        words = {"name": name, "title": _title(name), "cls": cls.id}
        words["points"] = "\n".join(registers.points(roles, self.texts))
        words["vectors"] = "\n".join(registers.vectors(roles))
        path = Path("templates", f"{name}.yaml")
        return {path: self._text("template", path, words), **self._for_example(f"{name}-device", self._free(), cls)}

    def procedure(self, name: str, cls: EquipmentClass) -> dict[Path, str]:
        """A procedure that commands what can be commanded, else one that watches; and rules for what comes of it."""
        verb, safe = _commands(cls)
        if verb is None or safe is None:
            return self._observed(name, cls)
        path = Path("procedures", f"{name}.yaml")
        words = {"name": name, "title": _title(name), "cls": cls.id, **_given("verb", verb), **_given("safe", safe)}
        # Without its alarm no procedure may command.
        return {
            **self._unverified(name, cls),
            path: self._text("commanded", path, words),
            **self._failed(name, cls.id, self._free(1)),
        }

    def plan(self, name: str, cls: EquipmentClass) -> dict[Path, str]:
        """A plan, and the rule that writes its order."""
        path = Path("plans", f"{name}.yaml")
        words = {"name": name, "title": _title(name), "cls": cls.id, "rule": self._free()}
        words["due_title"] = self._titled("due", title=_words(name))
        return {path: self._text("plan", path, words), **self._pair("due", f"{name}-due", words)}

    def _observed(self, name: str, cls: EquipmentClass) -> dict[Path, str]:
        path, asked = Path("procedures", f"{name}.yaml"), _example(cls, self.plant)
        words = {"name": name, "title": _title(name), "cls": cls.id, "condition": asked.condition}
        words["record"] = f"[max({asked.role})]" if asked.number else "[]"
        # What interlocks ask for is not in the test.
        played = {} if cls.interlocks else {"role": asked.role, "normal": asked.normal, "abnormal": asked.abnormal}
        return {path: self._text("observed", path, words), **self._failed(name, cls.id, self._free(), played)}

    # --- rules with their tests

    def _for_example(self, stem: str, rule: str, cls: EquipmentClass) -> dict[Path, str]:
        asked = _example(cls, self.plant)
        title = pick(cls.roles[asked.role].title, self.texts.lang)
        title = self.texts.text("new.title.high", role=title) if asked.number else title
        return self._asking(stem, rule, cls.id, asked, title)

    def _asking(self, stem: str, rule: str, cls: str, asked: ExampleCondition, title: str) -> dict[Path, str]:
        words = {"rule": rule, "cls": cls, "rule_title": quoted(title), "condition": asked.condition}
        return self._pair(
            "rule", stem, {**words, "role": asked.role, "normal": asked.normal, "abnormal": asked.abnormal}
        )

    def _failed(self, name: str, cls: str, rule: str, played: Mapping[str, str] | None = None) -> dict[Path, str]:
        words = {"name": name, "cls": cls, "rule": rule, "failed_title": self._titled("failed", title=_words(name))}
        made = self._pair("failed", f"{name}-failed", words)
        if played:
            tests = Path("rules", f"{name}-failed.test.yaml")
            made[tests] += self._filled("observed.test", {**words, **played, "subject": self._subject(cls)})
        return made

    def _unverified(self, name: str, cls: EquipmentClass) -> dict[Path, str]:
        if cls.id in watched_for_unverified(self.plant.rules):
            return {}
        title = self._titled("unverified", cls=pick(cls.title, self.texts.lang))
        words = {"rule": self._free(), "cls": cls.id, "unverified_title": title}
        return self._pair("unverified", f"{name}-unverified", words)

    def _pair(self, beginning: str, stem: str, words: Mapping[str, str]) -> dict[Path, str]:
        """A rule and its test."""
        words = {**words, "subject": self._subject(words["cls"])}
        paths = {ending: Path("rules", f"{stem}{ending}.yaml") for ending in ("", ".test")}
        return {path: self._text(f"{beginning}{ending}", path, words) for ending, path in paths.items()}

    # --- words

    def _text(self, beginning: str, path: Path, words: Mapping[str, str]) -> str:
        return f"{modeline(path)}\n{self._filled(beginning, words)}"

    def _filled(self, beginning: str, words: Mapping[str, str]) -> str:
        text = (BEGINNINGS / self.texts.lang / f"{beginning}.yaml.example").read_text(encoding="utf-8")
        return _REMARK.sub(lambda found: f"{found[1]:<{_COLUMN}} # ", Template(text).substitute(words))

    def _subject(self, cls: str) -> str:
        """The equipment of a test: its class, and the parameters that each equipment sets for itself."""
        known = self.plant.classes.get(cls)
        asked = [one for one in known.parameters.values() if one.default is None] if known else []
        values = [(one, one.safe[0] if one.safe else _VALUE) for one in asked]
        settings = [f"{one.name}: {value:g} {one.unit.symbol}".rstrip() for one, value in values]
        return ", ".join([f"class: {cls}", *settings])

    def _titled(self, what: str, **words: str) -> str:
        return quoted(self.texts.text(f"new.title.{what}", **words))

    def _free(self, skipped: int = 0) -> str:
        """The first id of a rule that nobody has, after ``skipped`` others."""
        free = (name for number in count(1) if (name := f"M{number:02}") not in self.rules)
        return next(name for position, name in enumerate(free) if position == skipped)


def _example(cls: EquipmentClass, plant: Plant) -> ExampleCondition:
    """Raises ConfigError for a class that offers nothing but texts."""
    found = example_for(cls, _played(cls, plant))
    if found is None:
        raise ConfigError([Finding("new.only-texts", arguments={"cls": cls.id})])
    return found


def _played(cls: EquipmentClass, plant: Plant) -> dict[str, Range | None]:
    """The roles of the first equipment of ``cls``, each with the range of its point where that is in its unit."""
    points = {point.id: point for device in plant.devices for point in device.all_points()}
    first = next((one for one in plant.equipment if one.cls == cls.id), None)
    played: dict[str, Range | None] = {}
    for role, binding in first.roles.items() if first else ():
        point = points.get(binding.point)
        known = point is not None and point.unit == cls.roles[role].unit
        ends = (point.low, point.high) if point is not None and known else (None, None)
        played[role] = None if ends[0] is None or ends[1] is None else (ends[0], ends[1])
    return played


def _commands(cls: EquipmentClass) -> tuple[ClassCommand | None, ClassCommand | None]:
    """What a procedure may command, and what gives the machine back afterwards."""
    proved = [command for command in cls.commands.values() if command.proof is not None]
    verb = min((one for one in proved if one.effect in _MILDEST), key=_mildness, default=None)
    return verb, next((one for one in proved if one.effect is Effect.SAFE), None)


def _mildness(command: ClassCommand) -> int:
    return _MILDEST.index(command.effect)


def _given(what: str, command: ClassCommand) -> dict[str, str]:
    proof = command.proof.text if command.proof else ""
    return {what: command.name, f"{what}_proof": proof, f"{what}_within": f"{command.within:g} s"}


def _words(name: str) -> str:
    return name.replace("-", " ").capitalize()


def _title(name: str) -> str:
    return quoted(_words(name))
