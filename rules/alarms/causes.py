"""Which alarm follows from which: rules named as causes, and a loss of data for all that is read from there."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from graphlib import CycleError, TopologicalSorter

from drivers.points import Finding
from rules.alarms.watch import AlarmWatch
from rules.condition.scope import Feed, Instance
from rules.model import Equipment


class Sources:
    """Where the values of a watch come from: devices, and the links those hang on."""

    def __init__(
        self, feeds: Mapping[str, Iterable[Feed]], instances: Iterable[Instance], equipment: Mapping[str, Equipment]
    ) -> None:
        """Points are named ``device.point``; devices and links are equipment too."""
        self._equipment = equipment
        self._inputs = {instance.slot: instance.inputs for instance in instances}
        self._owner = {feed.slot: point.partition(".")[0] for point, fed in feeds.items() for feed in fed}

    def signals(self, watch: AlarmWatch) -> tuple[int, ...]:
        """The slots of the points its condition reads."""
        return tuple(sorted(self._behind(watch.when.slots) & self._owner.keys()))

    def of(self, watch: AlarmWatch) -> set[str]:
        """Their names."""
        owners = {self._owner.get(slot, "") for slot in self._behind(watch.slots)}
        known = [self._equipment[owner] for owner in owners if owner in self._equipment]
        return {name for one in known for name in (one.id, *one.relations.values())}

    def near(self, one: Equipment) -> Iterator[set[str]]:
        """Equipment that can be the cause of what happens to ``one``: itself, what it is related to, and so on."""
        seen, ring = set[str](), {one.id}
        while ring:
            yield ring
            seen |= ring
            known = [self._equipment[name] for name in ring if name in self._equipment]
            ring = {name for there in known for name in (there.supply, *there.relations.values()) if name} - seen

    def _behind(self, slots: Iterable[int]) -> set[int]:
        found: set[int] = set()
        waiting = list(slots)
        while waiting:
            slot = waiting.pop()
            if slot not in found:
                found.add(slot)
                waiting += self._inputs.get(slot, ())
        return found


def with_causes(watches: Sequence[AlarmWatch], sources: Sources) -> tuple[tuple[AlarmWatch, ...], list[Finding]]:
    """The watches with their causes, each after all of those, else in the order given.

    With rules that cause each other in a circle it is a finding, and the watches stay as they are.
    """
    by_rule: dict[str, list[AlarmWatch]] = defaultdict(list)
    for watch in watches:
        by_rule[watch.rule.id].append(watch)
    losses = {watch.equipment.id: watch.id for watch in watches if watch.rule.data_loss}
    known = {
        watch.id: replace(watch, signals=sources.signals(watch), causes=_causes(watch, by_rule, losses, sources))
        for watch in watches
    }
    try:
        ranks = _ranks({key: watch.causes for key, watch in known.items()})
    except CycleError as error:
        return tuple(watches), [_circle([known[key] for key in error.args[1]])]
    return tuple(sorted(known.values(), key=lambda watch: ranks[watch.id])), []


def _ranks(causes: Mapping[str, Sequence[str]]) -> dict[str, int]:
    """How many alarms lie on the longest way from a root to each."""
    ranks: dict[str, int] = {}
    for key in TopologicalSorter(causes).static_order():
        ranks[key] = 1 + max((ranks[cause] for cause in causes[key]), default=0)
    return ranks


def _causes(
    watch: AlarmWatch, by_rule: Mapping[str, list[AlarmWatch]], losses: Mapping[str, str], sources: Sources
) -> tuple[str, ...]:
    named = [cause.id for rule in watch.rule.caused_by for cause in _near(watch, by_rule.get(rule, []), sources)]
    lost = [losses[name] for name in sorted(sources.of(watch)) if name in losses] if losses else []
    return tuple(dict.fromkeys(key for key in (*named, *lost) if key != watch.id))


def _near(watch: AlarmWatch, candidates: list[AlarmWatch], sources: Sources) -> list[AlarmWatch]:
    """Those of the nearest equipment that has any; none of equipment it does not hang on."""
    others = [one for one in candidates if one.id != watch.id]
    rings = ([one for one in others if one.equipment.id in ring] for ring in sources.near(watch.equipment))
    return next((found for found in rings if found), []) if others else []


def _circle(watches: list[AlarmWatch]) -> Finding:
    names = [watch.rule.id for watch in watches]
    return Finding("rule.cause-circle", watches[0].rule.when.place, {"rules": " -> ".join(names)})
