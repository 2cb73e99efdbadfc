"""Lock-outs: several owners, in mid-test, of somebody who is away; and no act of anybody lets a move through."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.catalogue import Catalogue
from rules.effects import Effects
from rules.inputs import AskRelease, ConfirmRelease, GiveCommand, Hold, Lockout, StartRun
from tests.unit.rules.procedure.room import Room

HOLD = "main/6"
SET = "generator-1"


def codes(effects: Effects) -> list[str]:
    return [error.code for error in effects.refused]


def lock(room: Room, by: str, release: bool = False, equipment: str = SET) -> list[str]:
    return codes(room.put(Lockout(equipment, by, "oil", release)))


def locked(room: Room) -> dict[str, bool]:
    return {one.by: one.confirmed for one in room.state.procedures.lockouts.values()}


def audits(room: Room, action: str) -> list[tuple[str, str, str]]:
    return [(e.by, str(e.outcome), e.detail) for e in room.events if e.kind == "audit" and e.action == action]


def start(room: Room) -> list[str]:
    return codes(room.put(StartRun("generator-weekly", SET, "Wang")))


def test_equipment_is_free_when_the_last_lock_is_off() -> None:
    room = Room().live(5)
    assert (lock(room, "Li"), lock(room, "Wang"), lock(room, "Li")) == ([], [], ["procedure.lockout-already"])
    assert lock(room, "Li", release=True) == []
    assert start(room) == ["procedure.locked-out"]
    assert lock(room, "Wang", release=True) == []
    assert start(room) == []


def test_nobody_takes_off_the_lock_of_another() -> None:
    room = Room().live(5)
    lock(room, "Li")
    assert lock(room, "Wang", release=True) == ["lockout.not-yours"]
    assert lock(room, "Wang", release=True, equipment="mains") == ["procedure.not-locked-out"]
    assert locked(room) == {"Li": True}


ASKED, CONFIRMED = AskRelease(SET, "Li", "Chief", "called him", "t"), ConfirmRelease("t", "Chief")
NO_TOKEN = "lockout.no-token"
TWO_STEPS: list[tuple[str, AskRelease, ConfirmRelease, float, list[str]]] = [
    ("as it should be", ASKED, CONFIRMED, 60, []),
    ("his own", replace(ASKED, by="Li"), ConfirmRelease("t", "Li"), 1, ["lockout.own", NO_TOKEN]),
    ("not verified", replace(ASKED, verified=""), CONFIRMED, 1, ["lockout.not-verified", NO_TOKEN]),
    ("nobody's", replace(ASKED, owner="Zhao"), CONFIRMED, 1, ["lockout.not-theirs", NO_TOKEN]),
    ("another token", ASKED, ConfirmRelease("u", "Chief"), 1, [NO_TOKEN]),
    ("another person", ASKED, ConfirmRelease("t", "Wang"), 1, ["lockout.other-token"]),
    ("too late", ASKED, CONFIRMED, 601, [NO_TOKEN]),
]


def test_a_release_is_of_the_lock_it_was_asked_for() -> None:
    """Li came back, took it off, and works there again: whoever had verified that he is away is wrong by now."""
    room = Room().live(5)
    lock(room, "Li")
    room.put(ASKED)
    room.live(60)
    assert (lock(room, "Li", release=True), lock(room, "Li")) == ([], [])
    assert codes(room.put(CONFIRMED)) == [NO_TOKEN]
    assert locked(room) == {"Li": True}


@pytest.mark.parametrize(
    ("ask", "confirm", "after", "refused"), [row[1:] for row in TWO_STEPS], ids=[row[0] for row in TWO_STEPS]
)
def test_the_lock_of_somebody_who_is_away(
    ask: AskRelease, confirm: ConfirmRelease, after: float, refused: list[str]
) -> None:
    room = Room().live(5)
    lock(room, "Li")
    found = codes(room.put(ask))
    room.live(after)
    found += codes(room.put(confirm))
    assert found == refused
    assert locked(room) == ({} if not refused else {"Li": True})
    room.live(601)
    room.put(AskRelease(SET, "Li", "Chief", "called", "v"))
    assert room.state.procedures.releases.keys() <= {"v"}
    if not refused:
        # The owner is told of both steps.
        assert audits(room, "ask-release") == [("Chief", "issued", "Li")]
        assert audits(room, "release") == [("Chief", "done", "Li")]


def test_a_token_serves_once_and_does_not_survive_a_restart() -> None:
    room = Room().live(5)
    lock(room, "Li")
    room.put(AskRelease(SET, "Li", "Chief", "called", "t"))
    room.kill()
    assert codes(room.put(ConfirmRelease("t", "Chief"))) == ["lockout.no-token"]
    room.put(AskRelease(SET, "Li", "Chief", "called", "u"))
    assert codes(room.put(ConfirmRelease("u", "Chief"))) == []
    lock(room, "Li")
    assert codes(room.put(ConfirmRelease("u", "Chief"))) == ["lockout.no-token"]


def in_mid_test() -> Room:
    room = Room()
    room.start()
    return room.until(HOLD)


def test_in_mid_test_it_stands_only_when_the_machine_rests() -> None:
    room = in_mid_test()
    lock(room, "Wang")
    while not locked(room)["Wang"]:
        assert room.machine.phase != "idle" or room.run is not None or room.obligations()
        room.live(1)
    assert (room.machine.mode, room.machine.phase) == ("auto", "idle")
    assert audits(room, "lockout") == [("Wang", "issued", ""), ("Wang", "done", "")]


@pytest.mark.parametrize("fault", ["ignores-auto", "fails-to-stop"])
def test_in_mid_test_it_is_refused_when_the_machine_is_not_given_back(fault: str) -> None:
    room = in_mid_test()
    room.machine.faults.add(fault)
    lock(room, "Wang")
    room.live(400)
    assert locked(room) == {}
    assert audits(room, "lockout")[-1] == ("Wang", "refused", "lockout.make-safe")


@pytest.mark.parametrize("off", [1, 40])
def test_in_mid_test_it_waits_on_through_a_kill(off: int) -> None:
    room = in_mid_test()
    lock(room, "Wang")
    room.kill(off)
    assert locked(room) == {"Wang": False}
    room.live(300)
    assert (locked(room), room.machine.mode, room.machine.phase) == ({"Wang": True}, "auto", "idle")
    before = list(room.acted)
    assert start(room) == ["procedure.locked-out"]
    assert room.live(60).acted == before


def test_every_text_about_a_lock_out_says_what_it_does_not_do() -> None:
    about = ["procedure.locked-out", "procedure.lockout-already", "lockout.done", "lockout.pending"]
    about += ["cli.lockout.help", "disarmed.lockout"]
    words = {
        "en": "blocks only this gateway's commands; the controller may still start",
        "zh": "闭锁只禁止本网关的命令；控制器仍可能自行启动",
    }
    for language, sentence in words.items():
        texts = Catalogue.load(language)
        filled = dict.fromkeys(("equipment", "by", "detail", "machines"), "x")
        assert [code for code in about if sentence not in texts.text(code, **filled)] == []


# --- no act of anybody lets a move through

PEOPLE = ("Li", "Wang", "Chief")
SOMEBODY, TOKEN = st.sampled_from(PEOPLE), st.sampled_from("tu")
ACTS = st.one_of(
    st.builds(Lockout, st.sampled_from([SET, "mains"]), SOMEBODY, st.just("work"), st.booleans()),
    st.builds(AskRelease, st.just(SET), SOMEBODY, SOMEBODY, st.just("called"), TOKEN),
    st.builds(ConfirmRelease, TOKEN, SOMEBODY),
    st.builds(Hold, SOMEBODY, st.just("work"), st.booleans()),
    st.just(StartRun("generator-weekly", SET, "Li")),
    st.sampled_from(["start", "manual", "stop", "auto"]).map(lambda verb: GiveCommand("h", SET, verb, "Li")),
    st.sampled_from(["kill", "reload", "wait", "long"]),
)


class Model:
    """A second opinion on who has locked what, kept by hand."""

    def __init__(self) -> None:
        self.locks: set[tuple[str, str]] = set()
        self.asked: dict[str, tuple[str, str]] = {}
        self.held = False

    def hear(self, act: object) -> None:
        if isinstance(act, Lockout):
            (self.locks.discard if act.release else self.locks.add)((act.equipment, act.by))
        elif isinstance(act, AskRelease) and act.by != act.owner and (act.equipment, act.owner) in self.locks:
            self.asked[act.token] = (act.owner, act.by)
        elif isinstance(act, ConfirmRelease) and act.token in self.asked and self.asked[act.token][1] == act.by:
            self.locks.discard((SET, self.asked.pop(act.token)[0]))
        elif isinstance(act, Hold):
            self.held = not act.release
        elif act == "kill":
            self.asked.clear()

    @property
    def forbids(self) -> bool:
        return self.held or bool(self.locks)


@settings(max_examples=40, deadline=None)
@given(st.lists(ACTS, min_size=3, max_size=12))
def test_nothing_moves_while_a_lock_or_a_hold_stands(acts: list[object]) -> None:
    room, model = Room().live(3), Model()
    for number, act in enumerate(acts):
        before = len(room.acted)
        if act == "kill":
            room.kill()
        elif act == "reload":
            room._load()
            room.state.fresh = True
            room.put()
        elif isinstance(act, str):
            room.live(3 if act == "wait" else 700)
            if act == "long":
                model.asked.clear()
        else:
            entry = GiveCommand(f"h-{number}", SET, act.command, act.by) if isinstance(act, GiveCommand) else act
            room.put(entry)  # type: ignore[arg-type]
            model.hear(act)
        room.live(2)
        if act == "kill":
            model.hear(act)
        # A lock-out that was refused in mid-test stands no more; its owner was told so.
        model.locks &= {(one.equipment, one.by) for one in room.state.procedures.lockouts.values()} | (
            set() if any(outcome == "refused" for _, outcome, _ in audits(room, "lockout")) else model.locks
        )
        if model.forbids:
            assert set(room.acted[before:]) <= {"auto"}, act
        assert {(one.equipment, one.by) for one in room.state.procedures.lockouts.values()} == model.locks
