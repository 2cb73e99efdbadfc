"""Alarms among each other and among people: who is called, who is not, what is told, and what that needs to survive."""

from dataclasses import replace

import pytest

from drivers.points import Instant, Kind, Quality
from rules.engine.rulebook import compile_rulebook
from rules.inputs import Acknowledge, AlarmAct, OutOfService, Reset, Shelve, Unshelve
from rules.model import Binding, Equipment, EquipmentClass, OnUnknown, Relation, Role, Rule, Severity, Source
from tests.unit.rules.bench import CLASSES, MAINS_1, Bench, low_level, reading, tank

AT_ONCE = {"on_delay": 0.0, "off_delay": 0.0}
W01 = "tank-1/W01"


def low(**changes: object) -> Rule:
    return low_level(**(AT_ONCE | changes))


def leak(**changes: object) -> Rule:
    return low(**({"id": "W02", "when": Source("leak"), "clear": None} | changes))


def transitions(bench: Bench, alarm: str = W01) -> list[str]:
    return [event.transition for event in bench.events if event.kind == "alarm" and event.alarm == alarm]


def shelve(seconds: float = 600, alarm: str = W01) -> AlarmAct:
    return Shelve(alarm, "Li", "valve is being replaced", seconds)


# --- shelved and out of service


def test_a_shelved_alarm_calls_when_its_time_is_over() -> None:
    bench = Bench(low())
    bench.at(0, shelve(), level=50)
    bench.at(10, level=20)
    assert (transitions(bench), bench.told("order")) == (["shelved", "raised"], [])
    bench.at(601)
    assert (transitions(bench), bench.told("order")) == (["shelved", "raised", "expired"], ["open"])
    assert bench.events[-2].order == bench.events[-1].order


def test_a_shelved_alarm_says_who_why_and_how_long() -> None:
    bench = Bench(low())
    bench.at(0, level=20)
    bench.at(5, shelve())
    fact = bench.events[-1]
    assert (fact.by, fact.reason, fact.shelved_for, fact.suppression) == (
        "Li",
        "valve is being replaced",
        600,
        "shelved",
    )
    assert (fact.state, fact.why.inputs[0].value) == ("active", 20)
    bench.at(8, level=40)
    assert (bench.events[-2].reason, bench.events[-2].shelved_for) == ("valve is being replaced", 597)


def test_shelving_an_announced_alarm_makes_no_second_order() -> None:
    bench = Bench(low())
    bench.at(0, level=20)
    bench.at(1, shelve())
    bench.at(2, Unshelve(W01, "Wang"))
    assert (transitions(bench), bench.told("order")) == (["raised", "shelved", "unshelved"], ["open"])


def test_an_episode_that_ended_on_the_shelf_leaves_nothing_to_acknowledge() -> None:
    bench = Bench(low())
    bench.at(0, shelve(), level=50)
    bench.at(10, level=20)
    bench.at(20, level=50)
    bench.at(700)
    assert (transitions(bench), bench.alarm(), bench.told("order")) == (
        ["shelved", "raised", "cleared", "expired"], "normal", [],
    )  # fmt: skip


def test_out_of_service_has_no_limit_and_is_listed_until_put_back() -> None:
    bench = Bench(low())
    bench.at(0, OutOfService(W01, "Li", "sensor at calibration"), level=50)
    bench.at(10, level=20)
    bench.restart()
    bench.at(100_000, level=20)
    assert (bench.state.alarms[W01].alarm.shown, bench.told("order")) == ("out-of-service", [])
    bench.at(100_001, OutOfService(W01, "Wang", release=True))
    assert (transitions(bench)[-1], bench.told("order")) == ("in-service", ["open"])


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        (Shelve("tank-1/W99", "Li", "why", 60), "engine.unknown-alarm"),
        (Shelve(W01, "Li", "", 60), "engine.reason-missing"),
        (Unshelve(W01, "Li"), "engine.not-shelved"),
        (Reset(W01, "Li"), "engine.nothing-to-reset"),
        (OutOfService(W01, "Li", release=True), "engine.not-out-of-service"),
    ],
)
def test_refusals_change_nothing(request_: AlarmAct, code: str) -> None:
    bench = Bench(low())
    bench.at(0, level=50)
    effects = bench.at(1, request_)
    assert ([error.code for error in effects.refused], bool(effects)) == ([code], False)


# --- latched, realarmed


def test_a_latched_alarm_waits_for_reset() -> None:
    bench = Bench(low(latched=True))
    for second, level in ((0, 20), (1, 50)):
        bench.at(second, level=level)
    bench.acknowledge(2)
    assert bench.alarm() == "latched"
    bench.restart()
    bench.at(3, Reset(W01, "Li"), level=50)
    assert (bench.alarm(), transitions(bench)) == ("normal", ["raised", "cleared", "acknowledged", "reset"])


def test_an_alarm_nobody_mended_calls_again_after_a_restart_too() -> None:
    bench = Bench(low(realarm=3600.0))
    bench.at(0, level=20)
    bench.acknowledge(10)
    bench.restart()
    bench.at(20, level=20)
    bench.at(3600)
    assert transitions(bench) == ["raised", "acknowledged"]
    bench.at(3611)
    assert (transitions(bench), bench.told("order")) == (["raised", "acknowledged", "realarmed"], ["open"])
    assert bench.events[-1].acknowledged is False


# --- unknown


@pytest.mark.parametrize(
    ("on_unknown", "from_normal", "from_active"),
    [
        (OnUnknown.HOLD, "normal", "active"),
        (OnUnknown.RAISE, "active", "active"),
        (OnUnknown.CLEAR, "normal", "returned"),
    ],
)
def test_what_a_rule_makes_of_unknown(on_unknown: OnUnknown, from_normal: str, from_active: str) -> None:
    for before, after in ((50, from_normal), (20, from_active)):
        bench = Bench(low(on_unknown=on_unknown))
        bench.at(0, level=before)
        bench.at(1, level=None)
        assert bench.alarm() == after, before


@pytest.mark.parametrize("on_unknown", OnUnknown)
def test_a_start_is_no_loss_of_data(on_unknown: OnUnknown) -> None:
    bench = Bench(low(on_unknown=on_unknown, when=Source("avg(level, 10 min) <= low"), clear=None))
    bench.at(0)
    bench.at(1, level=20)
    assert bench.events == []


# --- suppressed by design


def test_a_rule_suppresses_its_own_alarm_while_its_condition_holds() -> None:
    bench = Bench(low(suppressed_when=Source("not running")))
    bench.at(0, running=True, level=20)
    bench.at(1, running=False)
    bench.at(2, running=True)
    assert transitions(bench) == ["raised", "suppressed", "unsuppressed"]
    assert bench.told("order") == ["open"]


@pytest.mark.parametrize(("running", "suppression"), [(False, "suppressed"), (True, ""), (None, "")])
def test_raised_under_its_own_condition_it_calls_nobody(running: bool | None, suppression: str) -> None:
    bench = Bench(low(suppressed_when=Source("not running")))
    bench.at(0, running=running, level=20)
    assert bench.events[0].suppression == suppression
    assert bool(bench.told("order")) is (suppression == "")


def test_while_normal_nothing_is_told_of_suppression() -> None:
    bench = Bench(low(suppressed_when=Source("not running")))
    for second in range(5):
        bench.at(second, running=bool(second % 2), level=50)
    assert bench.events == []


# --- causes

MAINS_LOST = low(id="E01", for_each="mains", when=Source("not healthy"), clear=None, severity=Severity.CRITICAL)


def mains(bench: Bench, seconds: float, healthy: bool) -> None:
    bench.at(seconds, reading("meter.healthy", healthy, bench.now))


def test_an_alarm_raised_under_its_cause_calls_nobody_until_the_cause_is_gone() -> None:
    bench = Bench(MAINS_LOST, low(caused_by=("E01",)))
    mains(bench, 0, False)
    bench.at(5, level=20)
    fact = bench.events[-1]
    assert (fact.alarm, fact.cause, fact.suppression) == (W01, "mains-1/E01", "suppressed")
    assert bench.state.alarms[W01].alarm.shown == "suppressed"
    mains(bench, 9, True)
    assert transitions(bench) == ["raised", "unsuppressed"]
    assert [event.rule for event in bench.events if event.kind == "order"] == ["E01", "E01", "W01"]


def test_a_critical_alarm_names_its_cause_and_calls_all_the_same() -> None:
    bench = Bench(MAINS_LOST, low(caused_by=("E01",), severity=Severity.CRITICAL))
    mains(bench, 0, False)
    bench.at(5, level=20)
    alarm = next(event for event in bench.events if event.kind == "alarm" and event.alarm == W01)
    assert (alarm.cause, alarm.suppression, bool(alarm.order)) == ("mains-1/E01", "", True)


def test_an_alarm_that_stood_before_its_cause_stays() -> None:
    bench = Bench(MAINS_LOST, low(caused_by=("E01",)))
    bench.at(0, level=20)
    mains(bench, 1, False)
    mains(bench, 2, True)
    assert transitions(bench) == ["raised"]


def test_cause_and_consequence_in_one_step() -> None:
    bench = Bench(low(caused_by=("E01",)), MAINS_LOST)
    bench.at(0, reading("meter.healthy", False, bench.now), level=20)
    assert [(event.rule, event.suppression) for event in bench.events if event.kind == "alarm"] == [
        ("E01", ""), ("W01", "suppressed"),
    ]  # fmt: skip


def test_a_cause_out_of_service_explains_nothing_any_more() -> None:
    bench = Bench(MAINS_LOST, low(caused_by=("E01",)))
    mains(bench, 0, False)
    bench.at(5, level=20)
    bench.at(6, OutOfService("mains-1/E01", "Li", "meter at repair"))
    assert transitions(bench)[-1] == "unsuppressed"


def test_rules_that_cause_each_other_are_a_mistake() -> None:
    rules = [low(caused_by=("W02",)), leak(caused_by=("W01",))]
    _, findings = compile_rulebook(CLASSES, [tank(), MAINS_1], rules)
    assert [(finding.code, finding.arguments["rules"]) for finding in findings] == [
        ("rule.cause-circle", "W01 -> W02 -> W01")
    ]


PANEL = EquipmentClass(
    "panel",
    {},
    {"tripped": Role("tripped", Kind.BINARY, required=True)},
    relations={"fed_by": Relation("fed_by", "panel")},
)


def test_a_cause_is_looked_for_where_equipment_is_fed_from() -> None:
    panels = [
        Equipment("main", "panel", {}, {"tripped": Binding("main.tripped")}),
        Equipment("floor-1", "panel", {}, {"tripped": Binding("f1.tripped")}, relations={"fed_by": "main"}),
        Equipment("floor-2", "panel", {}, {"tripped": Binding("f2.tripped")}, supply="floor-1"),
    ]
    rule = low(id="E12", for_each="panel", when=Source("tripped"), clear=None, caused_by=("E12",))
    book, findings = compile_rulebook({"panel": PANEL}, panels, [rule])
    assert findings == []
    assert [(watch.id, watch.causes) for watch in book.watches] == [
        ("main/E12", ()), ("floor-1/E12", ("main/E12",)), ("floor-2/E12", ("floor-1/E12",)),
    ]  # fmt: skip


NEARNESS = [
    ("itself", {}, "", "floor-2/E13"),
    ("what feeds it", {"fed_by": "floor-1"}, "", "floor-1/E13"),
    ("what feeds that", {"fed_by": "cellar"}, "", "main/E13"),
    ("its supply", {}, "floor-1", "floor-1/E13"),
    ("nothing it hangs on", {}, "", ""),
]


@pytest.mark.parametrize(("fed_by", "supply", "cause"), [row[1:] for row in NEARNESS], ids=[row[0] for row in NEARNESS])
def test_a_cause_is_never_of_unrelated_equipment(fed_by: dict[str, str], supply: str, cause: str) -> None:
    relations = {"cellar": {"fed_by": "main"}, "floor-2": fed_by}
    owner = cause.partition("/")[0] or "main"
    names = ("main", "cellar", "floor-1", "floor-2")
    panels = [
        Equipment(
            name, "panel", {}, {"tripped": Binding(f"{name}.tripped")}, relations=relations.get(name, {}),
            supply=supply if name == "floor-2" else "",
        )
        for name in names
    ]  # fmt: skip
    # E13 stands on one equipment alone: on which one decides whether it can be the cause.
    alone = {name: {"extra": Binding(f"{name}.extra")} for name in (owner,)}
    panels = [replace(one, roles=dict(one.roles) | alone.get(one.id, {})) for one in panels]
    cls = replace(PANEL, roles=PANEL.roles | {"extra": Role("extra", Kind.BINARY)})
    e13 = low(id="E13", for_each="panel", when=Source("extra"), clear=None)
    e12 = low(id="E12", for_each="panel", when=Source("tripped"), clear=None, caused_by=("E13",))
    book, findings = compile_rulebook({"panel": cls}, panels, [e12, e13])
    assert findings == []
    causes = {watch.id: watch.causes for watch in book.watches}
    assert causes["floor-2/E12"] == ((cause,) if cause else ())


# --- data loss

ONLINE = {"online": Role("online", Kind.BINARY, required=True)}
DEVICE = EquipmentClass("device", {}, ONLINE, relations={"link": Relation("link", "link")})
LINK = EquipmentClass("link", {}, ONLINE)
LOST = {"when": Source("not online"), "clear": None, "on_delay": 60.0, "data_loss": True}
DEVICE_LOST = low(id="S01", for_each="device", **LOST)
LINK_LOST = low(id="S06", for_each="link", **LOST)


@pytest.fixture
def wired(monkeypatch: pytest.MonkeyPatch) -> Bench:
    """tank-1 is a device on a bus; its low level alarm reads from there, its leak alarm is critical."""
    monkeypatch.setitem(CLASSES, "device", DEVICE)
    monkeypatch.setitem(CLASSES, "link", LINK)
    equipment = [
        replace(tank(), id="cistern"),
        Equipment("tank-1", "device", {}, {"online": Binding("tank-1.online")}, relations={"link": "bus"}),
        Equipment("bus", "link", {}, {"online": Binding("bus.online")}),
    ]
    either = Source("level <= low or leak")
    return Bench(DEVICE_LOST, LINK_LOST, low(when=either), leak(severity=Severity.CRITICAL), equipment=equipment)


def heard(bench: Bench, seconds: float, point: str, value: bool | None) -> None:
    quality = Quality.GOOD if value is not None else Quality.BAD
    bench.at(seconds, reading(point, value, Instant("b", seconds, 1000.0 + seconds), quality))


def test_lost_data_is_one_alarm_and_spares_what_reads_from_there(wired: Bench) -> None:
    heard(wired, 0, "tank-1.online", False)
    wired.at(1, level=None, leak=True)
    assert [(event.alarm, event.suppression, event.cause) for event in wired.events if event.kind == "alarm"] == [
        ("cistern/W01", "suppressed", "tank-1/S01"), ("cistern/W02", "", "tank-1/S01"),
    ]  # fmt: skip
    wired.at(100)
    assert wired.alarm("tank-1/S01") == "active"
    heard(wired, 200, "tank-1.online", True)
    assert transitions(wired, "cistern/W01") == ["raised", "unsuppressed"]


def test_a_lost_link_is_the_root_of_its_devices(wired: Bench) -> None:
    heard(wired, 0, "bus.online", False)
    heard(wired, 1, "tank-1.online", False)
    wired.at(100)
    fact = next(event for event in wired.events if event.kind == "alarm" and event.alarm == "tank-1/S01")
    assert (fact.cause, fact.suppression) == ("bus/S06", "suppressed")
    watch = wired.engine.rulebook.watches[wired.engine.rulebook.by_id["cistern/W01"]]
    assert set(watch.causes) == {"bus/S06", "tank-1/S01"}


def test_an_active_alarm_stays_while_its_data_is_lost(wired: Bench) -> None:
    wired.at(0, level=20, leak=False)
    heard(wired, 1, "tank-1.online", False)
    wired.at(2, level=None, leak=None)
    wired.at(100)
    assert (wired.alarm("cistern/W01"), transitions(wired, "cistern/W01")) == ("active", ["raised"])


# --- who was first


def test_the_first_alarm_of_an_equipment_is_marked() -> None:
    bench = Bench(low(), leak())
    bench.at(0, leak=True)
    bench.at(1, level=20)
    assert [(event.rule, event.first_out) for event in bench.events if event.kind == "alarm"] == [
        ("W02", True), ("W01", False),
    ]  # fmt: skip


def test_limits_are_part_of_why() -> None:
    bench = Bench(low())
    bench.at(0, level=20)
    assert [(limit.name, limit.value, limit.unit) for limit in bench.events[0].why.limits] == [("low", 30.0, "%")]


def test_an_acknowledgement_keeps_the_reasons_of_the_raise() -> None:
    bench = Bench(low())
    bench.at(0, level=20)
    bench.at(1, level=25)
    bench.at(2, Acknowledge(W01, "Li"))
    assert (bench.events[-1].by, bench.events[-1].why.inputs[0].value) == ("Li", 20)
