"""What is allowed in a site and yet makes no sense.

Limits nothing can reach, rules that cannot fire or clear, packs that apply to nothing, delays shorter than the polls
they wait for.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from config.assembly.former import renamed
from config.identities import FILE as IDENTITIES
from config.identities import not_recorded, unknown_names
from config.plant import Plant
from drivers.points import Finding, Place, Point
from rules.alarms.watch import AlarmWatch
from rules.condition import Scope, Slots
from rules.condition.compile import Examination, examine
from rules.condition.scope import Calendar
from rules.engine.rulebook import Rulebook
from rules.model import Equipment, Rule, Source
from rules.procedure.target import commanded_devices

NOTES = frozenset({"doubt.rule-idle"})
"""What is only worth knowing: equipment of a class may be entered after the rules for it, or at other sites only."""


def doubts(plant: Plant, rulebook: Rulebook) -> list[Finding]:
    """Everything a person should look at again; the plant, compiled as ``rulebook``, runs with it all the same."""
    found: list[Finding] = list(plant.doubts)
    for finding in _Doubter(plant, rulebook).all():
        # The same limit on many pieces of equipment is one thing to look at.
        if not any(one.code == finding.code and one.place == finding.place for one in found):
            found.append(finding)
    return found


@dataclass(frozen=True, slots=True)
class Polled:
    """A point and how often it is read."""

    point: Point
    period: float


class _Doubter:
    """Looks at every rule on every equipment of one plant."""

    def __init__(self, plant: Plant, rulebook: Rulebook) -> None:
        self._plant = plant
        self._rulebook = rulebook
        self._watches: dict[str, list[AlarmWatch]] = {}
        for watch in rulebook.watches:
            self._watches.setdefault(watch.rule.id, []).append(watch)
        self._points = {
            point.id: Polled(point, device.polls[written.poll])
            for device in plant.devices
            for point, written in zip(device.all_points(), device.template.points, strict=True)
        }

    def all(self) -> Iterator[Finding]:
        yield from self._packs()
        yield from self._untested()
        yield from self._recorded()
        yield from renamed(self._plant)
        for rule in self._plant.rules:
            watches = self._watches.get(rule.id, [])
            if not watches and not _file(rule.when.place).startswith("config/"):
                yield self._idle(rule)
            for watch in watches:
                yield from self._watch(watch)

    # --- what applies to nothing

    def _packs(self) -> Iterator[Finding]:
        there = {one.cls for one in self._plant.equipment}
        applied = {watch.rule.id for watch in self._rulebook.watches}
        for pack, place in self._plant.packs.items():
            rules = [rule for rule in self._plant.rules if _file(rule.when.place) == f"config/rules/{pack}.yaml"]
            tests = [one for one in self._plant.procedures if _file(one.place) == f"config/procedures/{pack}.yaml"]
            classes = {rule.for_each for rule in rules} | {one.for_each for one in tests}
            busy = any(rule.id in applied for rule in rules) or any(one.for_each in there for one in tests)
            if not busy and classes:
                yield Finding("doubt.pack-idle", place, {"pack": pack, "classes": ", ".join(sorted(classes))})

    def _recorded(self) -> Iterator[Finding]:
        """What identity.yaml says of nothing there is."""
        devices = {device.id: device for device in self._plant.devices}
        place = Place(IDENTITIES, 1, 1)
        for name in self._plant.recorded:
            if name not in devices:
                yield Finding("doubt.recorded-nobody", place, {"device": name})
            for entry in unknown_names(devices[name]) if name in devices else ():
                yield Finding("doubt.recorded-nothing", place, {"device": name, "name": entry})
        commanded = set[str]().union(*(commanded_devices(one) for one in self._plant.equipment))
        for device in self._plant.devices:
            if device.id in commanded and not_recorded(device):
                yield Finding("doubt.not-recorded", place, {"device": device.id})

    def _untested(self) -> Iterator[Finding]:
        for procedure in self._plant.procedures:
            members = (one for one in self._plant.equipment if one.cls == procedure.for_each)
            lacking = {one.id: one.lacks(procedure.needs) for one in members}
            names = sorted({name for lacks in lacking.values() for name in lacks})
            if names:
                found = {
                    "equipment": ", ".join(one for one, lacks in lacking.items() if lacks),
                    "names": ", ".join(names),
                }
                yield Finding("doubt.untested", procedure.place, {"procedure": procedure.id, **found})

    def _idle(self, rule: Rule) -> Finding:
        there = any(one.cls == rule.for_each for one in self._plant.equipment)
        code = "doubt.rule-unbound" if there else "doubt.rule-idle"
        return Finding(code, rule.when.place, {"rule": rule.id, "cls": rule.for_each})

    # --- one rule on one equipment

    def _watch(self, watch: AlarmWatch) -> Iterator[Finding]:
        rule, one = watch.rule, watch.equipment
        when = self._examined(rule.when, one)
        if when is not None:
            yield from _comparisons(rule.when, when)
            if not when.true or not when.false:
                code = "doubt.never-fires" if not when.true else "doubt.never-ends"
                yield Finding(code, rule.when.place, {"rule": rule.id, "equipment": one.id})
        if when is not None and when.true and when.false:
            yield from self._clear(rule, watch)
        yield from self._delays(watch)

    def _clear(self, rule: Rule, watch: AlarmWatch) -> Iterator[Finding]:
        found = self._examined(rule.clear, watch.equipment) if rule.clear is not None else None
        if rule.clear is not None and found is None:
            return
        if rule.clear is not None and found is not None:
            yield from _comparisons(rule.clear, found)
        # While the condition holds nothing clears, so both limits together decide; one the gateway made as well.
        both = f"not ({rule.when.text}) and ({watch.clear.text})"
        ends = self._examined(Source(both), watch.equipment)
        if ends is not None and not ends.true:
            place = (rule.clear or rule.when).place
            named: dict[str, object] = {"rule": rule.id, "equipment": watch.equipment.id, "clear": watch.clear.text}
            yield Finding("doubt.never-clears", place, named)

    def _delays(self, watch: AlarmWatch) -> Iterator[Finding]:
        rule, polled = watch.rule, self._slowest(watch)
        if polled is None:
            return
        for key, delay in (("for", rule.on_delay), ("clear_for", rule.off_delay)):
            if 0 < delay < polled.period:
                named = {"rule": rule.id, "key": key, "delay": delay, "point": polled.point.id, "period": polled.period}
                yield Finding("doubt.delay", rule.when.place, named)

    def _slowest(self, watch: AlarmWatch) -> Polled | None:
        points = {feed.slot: point for point, feeds in self._rulebook.feeds.items() for feed in feeds}
        read = [self._points[points[slot]] for slot in watch.signals if points.get(slot) in self._points]
        return max(read, key=lambda one: one.period, default=None)

    def _examined(self, source: Source, one: Equipment) -> Examination | None:
        others = {other.id: other for other in self._plant.equipment}
        calendar = Calendar(None, {plan.id: plan for plan in self._plant.tasks.plans})
        ranges = {name: (polled.point.low, polled.point.high) for name, polled in self._points.items()}
        return examine(
            source.text,
            Scope(one, self._plant.classes, others, Slots(), calendar, zone=self._plant.site.timezone, ranges=ranges),
        )


def _comparisons(source: Source, found: Examination) -> Iterator[Finding]:
    for doubt in found.doubts:
        place = source.place and source.place.at(doubt.offset)
        yield Finding(doubt.code, place, doubt.arguments)


def _file(place: Place | None) -> str:
    return place.file if place is not None else ""
