"""The weekly test on a modelled set: the good way, every failing way, and what each leaves behind."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from rules.inputs import AbortRun, Lockout, Shutdown, StartRun, StorageState
from rules.model import Source
from rules.procedure.model import StepKind
from tests.unit.rules.procedure.room import JOB, Room, generator, weekly

Break = Callable[[Room], object]
HOLD = "main/6"
STEPS = weekly().steps
RUN = f"gw/e1/{JOB}/1"
IN_AUTO = ("auto", "idle")


def fault(name: str) -> Break:
    return lambda room: room.machine.faults.add(name)


def alarm(room: Room, rule: str) -> str:
    found = room.state.alarms.get(f"generator-1/{rule}")
    return found.alarm.state if found else "normal"


def test_good_way() -> None:
    room = Room()
    room.start()
    room.until("")
    assert (room.record.verdict, room.record.reasons, room.acted) == ("passed", [], ["manual", "start", "auto"])
    assert (room.machine.mode, room.machine.phase) == IN_AUTO
    assert room.obligations() == []


def test_record_says_how_it_went() -> None:
    room = Room()
    room.start("Li")
    room.until("")
    values = {value.name: (value.value, value.unit) for value in room.record.values}
    assert values["time_to(voltage)"] == (12.0, "s")
    assert 18 < values["min(battery_voltage)"][0] < 22
    assert (room.record.by, room.record.equipment, room.record.run) == ("Li", "generator-1", RUN)
    assert [step.outcome for step in room.record.steps] == ["done"] * 11


FIRE = {"active": True, "event_type": "fire"}
FAILURES = [
    ("fails-to-start", "main/0", fault("fails-to-start"), "failed", "procedure.not-in-time"),
    ("low-oil", "main/0", fault("low-oil"), "failed", "procedure.not-in-time"),
    ("low-oil while running", HOLD, fault("low-oil"), "failed", "procedure.not-held"),
    ("fails-to-stop", "main/0", fault("fails-to-stop"), "failed", "procedure.not-in-time"),
    ("hot", HOLD, lambda room: room.machine.put("coolant", 97), "failed", "procedure.guard"),
    ("start refused", "main/0", lambda room: room.deaf.add("start"), "failed", "procedure.command-refused"),
    ("no answer", HOLD, lambda room: room.silent.add("generator-1"), "aborted", "procedure.guard"),
    ("mains meter silent", HOLD, lambda room: room.silent.add("mains"), "aborted", "procedure.interlock"),
    ("panel silent", HOLD, lambda room: room.silent.add("panel"), "aborted", "procedure.interlock"),
    ("fire", HOLD, lambda room: setattr(room, "fire", "alarm"), "aborted", "procedure.interlock"),
    ("fire behind a gateway", HOLD, lambda room: room.point.update(FIRE), "aborted", "procedure.interlock"),
    ("person", HOLD, lambda room: room.put(AbortRun(RUN, "Li")), "aborted", "procedure.aborted"),
    ("shutdown", HOLD, lambda room: room.put(Shutdown("systemd")), "aborted", "procedure.shutdown"),
]


@pytest.mark.parametrize(
    ("place", "break_it", "verdict", "code"), [row[1:] for row in FAILURES], ids=[r[0] for r in FAILURES]
)
def test_every_failing_way_ends_in_auto(place: str, break_it: Break, verdict: str, code: str) -> None:
    room = Room()
    room.start()
    room.until(place)
    break_it(room)
    room.live(300)
    room.silent.clear()
    room.machine.faults.clear()
    room.live(400)
    assert (room.record.verdict, room.record.reasons[0].code) == (verdict, code)
    assert (room.machine.mode, room.machine.phase, room.acted.count("start")) == (*IN_AUTO, 1)
    assert room.obligations() == []


@pytest.mark.parametrize(("verdict", "rule"), [("fails-to-start", "G05"), ("fails-to-stop", "G05")])
def test_failed_test_raises_one_order_with_its_reason(verdict: str, rule: str) -> None:
    room = Room()
    room.machine.faults.add(verdict)
    room.start()
    room.until("").live(2)
    assert alarm(room, rule) == "active"
    evidence = {one.name: one for one in room.state.orders[f"generator-1/{rule}"].fact.why.inputs}
    assert evidence["run(generator-weekly)"].value == room.record.run
    assert evidence["reason(generator-weekly)"].value == "procedure.not-in-time"
    assert evidence["reason(generator-weekly)"].cause == room.record.reasons[0]


def test_next_passed_test_ends_the_alarm() -> None:
    room = Room()
    room.machine.faults.add("fails-to-start")
    room.start()
    room.until("").live(2)
    room.machine.faults.clear()
    room.live(60)
    room.start()
    room.until("").live(2)
    assert (room.records(), alarm(room, "G05")) == (["failed", "passed"], "returned")


def test_aborted_test_says_nothing_about_the_set() -> None:
    room = Room()
    room.start()
    room.until(HOLD)
    room.fire = "alarm"
    room.until("").live(2)
    assert (room.record.verdict, alarm(room, "G05")) == ("aborted", "normal")


def test_safe_command_is_repeated_and_audited_until_verified() -> None:
    room = Room()
    room.machine.faults.add("ignores-auto")
    room.start()
    room.until("", 500).live(60)
    assert (alarm(room, "G11"), room.obligations()) == ("active", ["generator-1/auto"])
    assert room.acted.count("auto") > 5
    room.machine.faults.clear()
    room.live(400)
    assert (alarm(room, "G11"), room.obligations(), room.machine.mode) == ("returned", [], "auto")
    assert len({line for line in room.log}) == len(room.log) == len(room.acted)


def test_nothing_new_starts_while_a_command_is_not_verified() -> None:
    room = Room()
    room.machine.faults.add("ignores-auto")
    room.start()
    room.until("", 500)
    refused = {error.code for error in room.put(StartRun("generator-weekly", "generator-1", "Li")).refused}
    assert "procedure.unverified" in refused


@pytest.mark.parametrize("locked", ["generator-1", "mains"])
def test_a_lockout_in_mid_test_gives_the_machine_back_and_stands_once_it_rests(locked: str) -> None:
    room = Room()
    room.start()
    room.until(HOLD)
    room.put(Lockout(locked, "Li", "changing oil"))
    assert not room.state.procedures.lockouts[f"{locked}/Li"].confirmed
    room.live(300)
    assert (room.acted, room.record.verdict) == (["manual", "start", "auto"], "aborted")
    assert room.state.procedures.lockouts[f"{locked}/Li"].confirmed
    assert (room.machine.mode, room.machine.phase) == IN_AUTO


def test_lockout_survives_a_restart() -> None:
    room = Room()
    room.put(Lockout("generator-1", "Li", "changing oil"))
    room.kill()
    assert "procedure.locked-out" in [error.code for error in room.start().refused]


REFUSALS: list[tuple[str, Break, str]] = [
    ("fire", lambda room: setattr(room, "fire", "pre_alarm"), "procedure.interlock"),
    ("panel unknown", lambda room: room.silent.add("panel"), "procedure.interlock"),
    ("fire behind a gateway", lambda room: room.point.update(FIRE), "procedure.interlock"),
    ("pre-alarm behind a gateway", lambda room: room.point.update(pre_alarm=True), "procedure.interlock"),
    ("event unknown", lambda room: room.point.update(active=True, event_type=None), "procedure.interlock"),
    ("gateway silent", lambda room: room.silent.add("point"), "procedure.interlock"),
    ("mains off", lambda room: room.mains.faults.add("off"), "procedure.handover"),
    ("not in auto", lambda room: setattr(room.machine, "mode", "stop"), "procedure.requires"),
    ("fuel low", lambda room: room.machine.put("fuel", 20), "procedure.interlock"),
    ("silent", lambda room: room.silent.add("generator-1"), "procedure.guard"),
    ("locked out", lambda room: room.put(Lockout("generator-1", "Li")), "procedure.locked-out"),
    ("feeder locked out", lambda room: room.put(Lockout("mains", "Li")), "procedure.locked-out"),
    ("not durable", lambda room: room.put(StorageState(False)), "procedure.not-durable"),
]


@pytest.mark.parametrize(("break_it", "code"), [row[1:] for row in REFUSALS], ids=[row[0] for row in REFUSALS])
def test_start_is_refused(break_it: Break, code: str) -> None:
    room = Room()
    break_it(room)
    room.live(5)
    refused = [error.code for error in room.start().refused]
    room.live(20)
    assert code in refused
    assert (room.acted, room.run) == ([], None)


def test_unknown_procedure_and_equipment_are_refused() -> None:
    room = Room()
    codes = [
        room.put(StartRun(procedure, name, "Li")).refused[0].code
        for procedure, name in (("generator-weekly", "tank-9"), ("no-such", "generator-1"))
    ]
    assert codes == ["procedure.unknown"] * 2


def test_one_run_at_a_time_on_a_supply() -> None:
    room = Room()
    room.start()
    room.live(10)
    refused = [error.code for error in room.put(StartRun("generator-weekly", "generator-2", "Li")).refused]
    assert "procedure.busy" in refused


def test_other_supply_is_free() -> None:
    room = Room()
    room.equipment[1] = generator("generator-2", supply="tower-b")
    room._load()
    room.start()
    room.live(10)
    refused = [error.code for error in room.put(StartRun("generator-weekly", "generator-2", "Li")).refused]
    assert "procedure.busy" not in refused


def test_store_that_fails_lets_a_running_test_restore_its_machine() -> None:
    room = Room()
    room.start()
    room.until(HOLD)
    room.put(StorageState(False))
    room.put(AbortRun(RUN, "Li"))
    room.live(200)
    assert (room.machine.mode, room.machine.phase) == IN_AUTO


def test_what_is_not_held_gives_the_machine_back_in_the_same_step() -> None:
    steps = (
        replace(step, condition=Source("coolant < 92 °C")) if step.verb is StepKind.HOLD else step for step in STEPS
    )
    room = Room(weekly(steps=tuple(steps)))
    room.start()
    room.until(HOLD)
    room.machine.put("coolant", 93)
    effects = room.put(*room._readings(room._physics()))
    assert [command.verb for command in effects.commands] == ["auto"]
    assert room.run is not None
    assert [cause.code for cause in room.run.causes] == ["procedure.not-held"]


def test_hold_that_lasts_its_time_passes_exactly_then() -> None:
    room = Room(weekly())
    room.start()
    room.until("always/1")
    held = next(step for step in room.run.steps if step.text.startswith("hold"))  # type: ignore[union-attr]
    assert (held.seconds, held.outcome) == (20.0, "done")
