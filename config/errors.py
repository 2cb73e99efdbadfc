"""The mistakes of a person in the files of a site, all of them at once, each cause once."""

from collections.abc import Hashable, Iterable
from dataclasses import replace

from drivers.points import Finding, PlantgateError

SHIPPED = "config/"
"""How the names of our files begin where they are shown."""
_MISSING = {
    "plant.no-link": ("thing", "link"),
    "equipment.no-device": ("thing", "device"),
    "equipment.no-equipment": ("thing", "equipment"),
    "condition.unknown-equipment": ("thing", "name"),
    "plant.no-template": ("template", "template"),
    "equipment.no-class": ("class", "cls"),
    "rule.no-class": ("class", "cls"),
    "condition.unknown-class": ("class", "name"),
    "rule.no-cause": ("rule", "rule"),
    "test.lacks-equipment": ("thing of a test", "name"),
}
"""Message code -> what is not there, and the argument that names it. Wherever it is asked for, it is one mistake."""


class ConfigError(PlantgateError):
    """Something written in a file is wrong; ``findings`` say what and where, in the order of the files."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        """Keep every cause once, with the places where else it shows; there is at least one."""
        self.findings = folded(findings)
        super().__init__("config.invalid", count=len(self.findings))


def folded(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The findings with all that have one cause in the place of the first, told in a file of the person if in any."""
    by_cause: dict[Hashable, list[Finding]] = {}
    for finding in findings:
        by_cause.setdefault(_cause(finding), []).append(finding)
    return tuple(map(_one, by_cause.values()))


def _cause(finding: Finding) -> Hashable:
    if finding.code in _MISSING:
        what, argument = _MISSING[finding.code]
        return what, str(finding.arguments[argument])
    # A mistake in a rule or procedure shows on each equipment that it is for.
    told = {name: str(value) for name, value in finding.arguments.items() if name != "equipment" or not finding.place}
    return finding.code, finding.place, frozenset(told.items())


def _one(alike: list[Finding]) -> Finding:
    first = next((one for one in alike if _is_own(one)), alike[0])
    lines = {first.place and (first.place.file, first.place.line)}
    places = []
    for one in alike:
        if one.place and _is_own(one) and (line := (one.place.file, one.place.line)) not in lines:
            lines.add(line)
            places.append(one.place)
    # What stands at one place is one thing to mend.
    more = len({one.place for one in alike}) - 1
    return replace(first, following=tuple(places), more=more)


def _is_own(finding: Finding) -> bool:
    return finding.place is not None and not finding.place.file.startswith(SHIPPED)
