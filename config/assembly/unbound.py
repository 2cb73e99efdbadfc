"""What conditions ask for and nothing plays: told where the equipment stands, as nobody wrote shipped files."""

from collections.abc import Iterable, Mapping

from config.errors import SHIPPED
from drivers.points import Finding, Place

_NOT_BOUND, _MISSING = "condition.not-bound", "equipment.role-missing"


def blame_equipment(findings: Iterable[Finding], told: Iterable[Finding], places: Mapping[str, Place]) -> list[Finding]:
    """``findings`` of compiling a site, without what follows from roles that are ``told`` to be missing.

    What a shipped file misses on an equipment is one finding at its place in ``places``.
    """
    mended = {one.arguments.get("equipment") for one in told if one.code == _MISSING}
    kept: list[Finding] = []
    lacking: dict[str, list[Finding]] = {}
    for finding in findings:
        owner = str(finding.arguments.get("equipment", ""))
        shipped = finding.place is not None and finding.place.file.startswith(SHIPPED)
        if finding.code != _NOT_BOUND or (owner not in mended and not (shipped and owner in places)):
            kept.append(finding)
        elif owner not in mended:
            lacking.setdefault(owner, []).append(finding)
    return kept + [_lacks(owner, found, places[owner]) for owner, found in lacking.items()]


def _lacks(owner: str, found: list[Finding], place: Place) -> Finding:
    names = dict.fromkeys(str(one.arguments["name"]) for one in found)
    first = found[0].place
    asked = f"{first.file}:{first.line}" if first is not None else ""
    return Finding("equipment.lacks", place, {"equipment": owner, "names": ", ".join(names), "asked": asked})
