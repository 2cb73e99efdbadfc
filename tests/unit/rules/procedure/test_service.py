"""Hours since service: whatever happens between two looks, they count from what a person said."""

import json
from dataclasses import replace
from typing import Any

import pytest

from drivers.points import Instant, PlantgateError, Quality, Reading, Reason
from rules.effects import Effects, Row
from rules.engine.reload import carry
from rules.engine.rulebook import compile_rulebook
from rules.engine.state import EngineState
from rules.engine.step import Engine
from rules.facts import AuditFact
from rules.inputs import Input, ServiceDone
from rules.model import Binding, Equipment, Origin
from tests.shipped import library

DONE = ServiceDone("pump-1", "Li", "bearings greased", "liming")


def pump(name: str, interval: float = 8000.0, *, counted: bool = True) -> Equipment:
    roles = {"fault": Binding(f"{name}.fault")} | ({"hours": Binding(f"{name}.hours")} if counted else {})
    return Equipment(name, "booster-pump", {"en": name}, roles, {"service_hours": interval})


class Site:
    """A pump with a counter and one without, under the shipped rule."""

    def __init__(self, interval: float = 8000.0) -> None:
        self.engine = self.compiled(interval)
        self.now = Instant("boot-1", 1000.0, 1_800_000_000.0)
        self.state = EngineState.initial(self.engine.rulebook, self.now)
        self.store: dict[tuple[str, str], str] = {}
        self.told: list[Any] = []
        self.refused: list[str] = []
        self.errors: list[PlantgateError] = []

    def compiled(self, interval: float) -> Engine:
        rules = [rule for rule in library().rules if rule.id == "W18"]
        book, _ = compile_rulebook(library().classes, [pump("pump-1", interval), pump("pump-2", counted=False)], rules)
        return Engine(book, Origin("gw", "e1"))

    def put(self, *inputs: Input) -> None:
        self.now = replace(self.now, mono=self.now.mono + 60.0, wall=self.now.wall + 60.0)
        self.state, effects = self.engine.step(self.state, inputs, self.now)
        self.keep(effects)

    def keep(self, effects: Effects) -> None:
        for row in effects.rows:
            if row.body is None:
                self.store.pop((row.table, row.key), None)
            else:
                self.store[row.table, row.key] = json.dumps(row.body)
        self.told += effects.events
        self.refused += [error.code for error in effects.refused]
        self.errors += effects.refused

    def hours(self, value: float | None) -> None:
        quality, reason = (Quality.GOOD, Reason.NONE) if value is not None else (Quality.BAD, Reason.DEVICE_OFFLINE)
        self.put(Reading("pump-1.hours", value, quality, reason, self.now))

    def start(self, store: dict[tuple[str, str], str], boot: str) -> None:
        """As after a kill: from what was stored, on the clock of ``boot``."""
        self.now = Instant(boot, 5.0, 1_800_500_000.0, trusted=False)
        rows = [Row(table, key, json.loads(body)) for (table, key), body in store.items()]
        self.state, effects = EngineState.restore(rows, self.engine.rulebook, self.now)
        self.store = dict(store)
        self.keep(effects)
        self.put()

    def reload(self, interval: float) -> None:
        after = self.compiled(interval)
        carried = carry(self.state, self.engine.rulebook, after.rulebook, self.now)
        self.engine, self.state = after, carried.state
        self.keep(carried.effects)
        self.put()

    @property
    def since(self) -> object:
        return self.state.view.values[self.engine.rulebook.service_counters["pump-1"]]

    @property
    def due(self) -> bool:
        record = self.state.alarms.get("pump-1/W18")
        return record is not None and record.alarm.state == "active"


def serviced() -> Site:
    """At 9000 h, which was late."""
    site = Site()
    site.hours(9000.0)
    assert site.due
    site.put(DONE)
    return site


def test_a_service_is_an_audited_act_and_the_hours_count_from_it() -> None:
    site = serviced()
    assert (site.since, site.due) == (0.0, False)
    site.hours(9012.5)
    assert site.since == 12.5
    (fact,) = [one for one in site.told if isinstance(one, AuditFact)]
    assert (fact.action, fact.equipment, fact.by, fact.why, fact.detail, fact.account) == (
        "serviced", "pump-1", "Li", "bearings greased", "9000 h", "liming",
    )  # fmt: skip


@pytest.mark.parametrize("boot", ["boot-1", "boot-2"])
def test_it_survives_a_kill_and_a_reboot_with_no_clock(boot: str) -> None:
    site = serviced()
    site.start(site.store, boot)
    site.hours(9100.0)
    assert (site.since, site.due) == (100.0, False)


def test_it_survives_a_reload_and_another_interval_counts_from_the_same_service() -> None:
    site = serviced()
    site.hours(9100.0)
    site.reload(50.0)
    assert (site.since, site.due) == (100.0, True)


def test_an_older_image_knows_the_service_before_it_and_errs_towards_too_early() -> None:
    site = Site()
    site.hours(1000.0)
    site.put(DONE)
    image = dict(site.store)
    site.hours(9500.0)
    site.put(DONE)
    site.start(image, "boot-2")
    site.hours(9600.0)
    assert (site.since, site.due) == (8600.0, True)


@pytest.mark.parametrize(
    ("shown", "since"),
    [
        ([9010.0, 0.0, 5.0], 15.0),
        ([9010.0, None, 9020.0], 20.0),
        ([9010.0, None], None),
        ([9010.0, 3.0, 2.0], 10.0),
        ([9000.0, 9000.0], 0.0),
    ],
    ids=["another counter", "silence", "silent now", "twice replaced", "stands still"],
)
def test_what_a_counter_may_do(shown: list[float | None], since: float | None) -> None:
    site = serviced()
    for value in shown:
        site.hours(value)
    assert site.since == since


def test_a_second_service_after_another_counter_counts_from_zero_again() -> None:
    site = serviced()
    for value in (9010.0, 0.0, 30.0):
        site.hours(value)
    site.put(DONE)
    site.hours(32.0)
    assert site.since == 2.0


@pytest.mark.parametrize(
    ("hours", "request_", "code"),
    [
        (9000.0, ServiceDone("pump-9", "Li"), "procedure.no-equipment"),
        (9000.0, ServiceDone("pump-2", "Li"), "service.no-counter"),
        (None, DONE, "service.unread"),
    ],
)
def test_what_cannot_be_counted_is_refused_and_changes_nothing(
    hours: float | None, request_: ServiceDone, code: str
) -> None:
    site = Site()
    site.hours(hours)
    before = dict(site.store)
    site.put(request_)
    assert site.refused == [code]
    assert {key: body for key, body in site.store.items() if key[0] == "service"} == {}
    assert {key for key in site.store if key[0] != "observed"} == {key for key in before if key[0] != "observed"}


def test_never_serviced_counts_all_there_is() -> None:
    site = Site()
    site.hours(7999.0)
    assert (site.since, site.due) == (7999.0, False)
    site.hours(8000.0)
    assert site.due
