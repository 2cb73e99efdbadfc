"""Requests that make no sense: refused, told in both languages what is meant, and nothing is stored nor sent."""

import pytest

from config.catalogue import Catalogue
from rules.inputs import (
    AbortRun,
    Arm,
    AskRelease,
    ConfirmRelease,
    Extend,
    GiveCommand,
    Hold,
    Input,
    Lockout,
    Settle,
    StartRun,
)
from tests.unit.rules.procedure.room import Room

SET = "generator-1"
ROWS: list[tuple[str, Input, str]] = [
    ("write to nothing", GiveCommand("h", "generator-9", "start", "Li"), "byhand.no-command"),
    ("write to what takes no commands", GiveCommand("h", "mains", "start", "Li"), "byhand.no-command"),
    ("write of no such verb", GiveCommand("h", SET, "explode", "Li"), "byhand.no-command"),
    ("write by a point's name", GiveCommand("h", SET, "generator-1.start", "Li"), "byhand.no-command"),
    ("write for two days", GiveCommand("h", SET, "manual", "Li", seconds=172_800.0, reason="x"), "debt.too-long"),
    ("write without a reason", GiveCommand("h", SET, "manual", "Li", seconds=3600.0, reason=" "), "debt.reason"),
    ("start of no such test", StartRun("generator-daily", SET, "Li"), "procedure.unknown"),
    ("start on no such equipment", StartRun("generator-weekly", "generator-9", "Li"), "procedure.unknown"),
    ("start on what it is not for", StartRun("generator-weekly", "mains", "Li"), "procedure.unknown"),
    ("abort of nothing", AbortRun("run-1", "Li"), "procedure.not-running"),
    ("extend of nothing", Extend("generator-1/auto", 600.0, "Li", "x"), "debt.none-to-extend"),
    ("lock-out of nothing", Lockout("generator-9", "Li"), "procedure.no-equipment"),
    ("release of nothing", Lockout(SET, "Li", release=True), "procedure.not-locked-out"),
    ("release of nobody's", AskRelease(SET, "Li", "Wang", "called", "t"), "lockout.not-theirs"),
    ("a token of nobody", ConfirmRelease("t", "Wang"), "lockout.no-token"),
    ("no hold to release", Hold("Li", "over", release=True), "hold.none"),
    ("nothing to settle", Settle("owed/generator-1/auto", "Li", "seen"), "settle.unknown"),
    ("nothing to arm", Arm("Li", "seen", "abcdef"), "disarmed.not"),
]


@pytest.mark.parametrize(("request_", "code"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS])
def test_it_is_refused_and_leaves_nothing(request_: Input, code: str) -> None:
    room = Room().live(5)
    before = dict(room.store)
    effects = room.put(request_)
    assert [error.code for error in effects.refused] == [code]
    assert (room.pending, room.store) == ([], before)
    for language in ("en", "zh"):
        text = Catalogue.load(language).error(effects.refused[0])
        assert len(text) > 4
        assert code not in text
        assert "{" not in text
