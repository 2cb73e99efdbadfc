"""Which lock-outs reach a source: through every board, transfer switch and feeder between."""

from dataclasses import replace

import pytest

from rules.model import Equipment
from rules.procedure.reach import Supply
from tests.unit.rules.procedure.room import equipment, generator, library


def of(name: str, cls: str, supply: str = "", **relations: str) -> Equipment:
    return equipment(name, cls, supply=supply, relations=relations)


SET, MAINS = generator("g", "a"), of("mains", "mains-supply")
ATS, BOARD = of("ats", "ats", "a"), of("board", "lv-circuit", "ats")
CHAIN = [of("b1", "lv-circuit", "a"), of("b2", "lv-circuit", "b1"), of("b3", "lv-circuit", "b2")]
RING = [of("b1", "lv-circuit", "b2"), of("b2", "lv-circuit", "b1")]
ELSEWHERE = [replace(generator("h", "b"), relations={"mains": "m2"}), of("m2", "mains-supply", "c")]
SITES: list[tuple[str, list[Equipment], str, bool]] = [
    ("itself", [SET], "g", True),
    ("its mains", [SET, MAINS], "mains", True),
    ("a board on its supply", [SET, of("board", "lv-circuit", "a")], "board", True),
    ("a board behind an ATS on its supply", [SET, ATS, BOARD], "board", True),
    ("three boards down", [SET, *CHAIN], "b3", True),
    ("the ATS between", [SET, ATS, BOARD], "ats", True),
    ("a feeder fed by its mains", [SET, MAINS, of("feeder", "lv-circuit", "mains")], "feeder", True),
    ("a board of which nobody says what feeds it", [SET, of("board", "lv-circuit")], "board", True),
    ("what hangs on such a board", [SET, of("b1", "ats"), of("b2", "lv-circuit", "b1")], "b2", True),
    ("anything, by a set of unknown supply", [generator("g", ""), of("board", "lv-circuit", "b")], "board", True),
    ("a board of the other tower", [SET, of("board", "lv-circuit", "b")], "board", False),
    ("the other set on the same supply", [SET, generator("h", "a"), MAINS], "h", True),
    ("the other set of another supply", [SET, generator("h", "b"), MAINS], "h", False),
    ("a set of another mains", [SET, MAINS, *ELSEWHERE], "h", False),
    ("a water tank", [SET, of("tank", "water-tank")], "tank", False),
    ("a ring of boards that is fed by nobody", [SET, *RING], "b1", False),
]


@pytest.mark.parametrize(("site", "locked", "reached"), [row[1:] for row in SITES], ids=[row[0] for row in SITES])
def test_reach(site: list[Equipment], locked: str, reached: bool) -> None:
    assert (locked in Supply(site, library().classes).reach(site[0])) is reached
