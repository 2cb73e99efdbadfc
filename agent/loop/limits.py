"""The limits in force, as the last load of the files had them, and who changed each that is another now.

A restart and a kill between two steps change nothing in that: rows and audits are stored in one transaction, and what a
person announced before he wrote a file names the very files that bring it.
"""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field, replace

from config.difference import limits
from config.plant import Plant
from drivers.points import Instant
from rules.effects import Effects, Row
from rules.errors import PlainError
from rules.facts import AuditFact, moment
from rules.inputs import Outcome
from rules.plain import from_plain, to_plain

IN_FORCE, ANNOUNCED = "limits", "limit-announced"
"""Tables of our rows: the limits of each equipment as last loaded; the one that somebody is about to change."""
NOBODY = "configuration"
"""Who is named when files have changed and nobody said that it was him."""
ACTION = "set-limit"
"""What the audit of a changed limit is called."""


@dataclass(frozen=True, slots=True)
class Initiator:
    """Who lets files be loaded, and why."""

    by: str = NOBODY
    account: str = ""
    reason: str = ""


NOBODY_ASKED = Initiator()


@dataclass(frozen=True, slots=True)
class AnnouncedLimit:
    """A limit that somebody is about to write."""

    equipment: str
    parameter: str
    fingerprint: str
    """Of the site's files with it."""
    initiator: Initiator


@dataclass(slots=True)
class LimitsInForce:
    """The limits as last loaded, each with its unit."""

    known: dict[str, dict[str, str]] = field(default_factory=dict)
    """Equipment -> parameter -> value."""
    announced: AnnouncedLimit | None = None

    def announce(self, limit: AnnouncedLimit) -> Effects:
        """Remember who is about to change what; what was announced before and never came is forgotten."""
        self.announced = limit
        return Effects(rows=[Row(ANNOUNCED, "", to_plain(limit))])

    def forget(self) -> Effects:
        """What was announced will not come."""
        self.announced = None
        return Effects(rows=[Row(ANNOUNCED, "", None)])

    def load(self, plant: Plant, initiator: Initiator, at: Instant, *, simulated: bool) -> Effects:
        """Go over to the limits of ``plant``: the audit of each that is another now, and the rows that remember it."""
        found: dict[str, dict[str, str]] = {}
        for (equipment, parameter), value in limits(plant).items():
            found.setdefault(equipment, {})[parameter] = value
        effects = Effects(rows=[Row(IN_FORCE, name, None) for name in self.known if name not in found])
        for name in (name for name in found if found[name] != self.known.get(name)):
            effects.rows.append(Row(IN_FORCE, name, {**found[name]}))
            for parameter, before in self.known.get(name, {}).items():
                after = found[name].get(parameter, before)
                if before != after:
                    who = self._initiator(name, parameter, plant.fingerprint) or initiator
                    fact = _audit(name, parameter, f"{parameter}: {before} -> {after}", who)
                    effects.events.append(replace(fact, at=moment(at), simulated=simulated))
        effects.rows += [Row(ANNOUNCED, "", None)] if self.announced else []
        self.known, self.announced = found, None
        return effects

    def rows(self) -> list[Row]:
        """Everything durable."""
        found = [Row(IN_FORCE, name, {**values}) for name, values in self.known.items()]
        return found + ([Row(ANNOUNCED, "", to_plain(self.announced))] if self.announced else [])

    def _initiator(self, equipment: str, parameter: str, fingerprint: str) -> Initiator | None:
        one = self.announced
        found = one is not None and (one.equipment, one.parameter, one.fingerprint) == (
            equipment,
            parameter,
            fingerprint,
        )
        return one.initiator if one is not None and found else None


def restored(rows: Iterable[Row]) -> tuple[LimitsInForce, list[Row]]:
    """What was in force, and all rows that are not ours."""
    limits_, others = LimitsInForce(), []
    for row in rows:
        if row.table not in (IN_FORCE, ANNOUNCED):
            others.append(row)
        elif row.body is not None and row.table == IN_FORCE:
            limits_.known[row.key] = {name: str(value) for name, value in row.body.items()}
        elif row.body is not None:
            # One of another version names nobody; whoever loads the files is named then.
            with suppress(PlainError):
                limits_.announced = from_plain(AnnouncedLimit, row.body)
    return limits_, others


def _audit(equipment: str, parameter: str, detail: str, who: Initiator) -> AuditFact:
    return AuditFact(
        f"{ACTION}/{equipment}/{parameter}",
        ACTION,
        equipment,
        who.by,
        who.reason,
        Outcome.DONE,
        parameter,
        detail,
        account=who.account,
    )
