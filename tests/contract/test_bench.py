"""The benches go on working as the library grows; what they measure is printed by ``make bench``."""

import os
import sys
from importlib import import_module
from pathlib import Path

import pytest

from tests.bench.__main__ import GROUPS, run
from tests.bench.rules import Site, fleet, packs


def test_every_pack_takes_part_in_the_bench_of_rules() -> None:
    site = Site(packs(), fleet(packs(), 1))
    assert {watch.rule.id for watch in site.rulebook.watches} == {rule.id for rule in packs()}
    site.start()
    assert site.live(2) > 0


def test_every_group_has_rows_to_print() -> None:
    assert all(callable(import_module(f"tests.bench.{name}").rows) for name in GROUPS)


@pytest.mark.parametrize(
    ("does", "within", "problem"),
    [
        ("pass", 60.0, ""),
        ("raise SystemExit(3)", 60.0, "exit 3"),
        ("signal.pause()", 1.0, "after 1 s"),
        ("started = subprocess.Popen(['sleep', '600']); show(started.pid); signal.pause()", 3.0, "after 3 s"),
        ("started = subprocess.Popen(['sleep', '600']); show(started.pid); 1 / 0", 60.0, "exit 1"),
    ],
    ids=["ends", "fails", "hangs", "hangs with a child", "leaves a child"],
)
def test_a_group_is_bounded_and_leaves_nothing_running(tmp_path: Path, does: str, within: float, problem: str) -> None:
    told = tmp_path / "child"
    show = f"show = lambda pid: pathlib.Path({str(told)!r}).write_text(str(pid))"
    assert run([sys.executable, "-c", f"import pathlib, signal, subprocess; {show}; {does}"], within) == problem
    while told.exists() and _runs(told.read_text()):  # killed it is, but the system takes its time; else we hang
        os.sched_yield()


def _runs(pid: str) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"
