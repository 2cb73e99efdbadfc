"""What windows store: a minute adds its newest buckets only, and what is stored is always the whole memory."""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.effects import Row
from rules.engine.memories import BUCKET, CHUNK, memory_of, memory_rows, renamed
from rules.functions.record import Windowed
from rules.model import Source
from tests.unit.rules.bench import TANK, Bench, low_level
from tests.unit.rules.functions.test_any_step import rules

AVERAGE = low_level(when=Source("avg(level, 1 h) < low"), clear=None)


def lively(seconds: int) -> Bench:
    """A window of an hour on a level that moves every 5 s."""
    bench = Bench(AVERAGE)
    for second in range(0, seconds, 5):
        bench.at(second, level=50.0 + second % 15)
    return bench


def stored(bench: Bench) -> dict[str, dict[str, Any]]:
    """Heads and buckets in the store, by key."""
    return {key: json.loads(body) for (table, key), body in bench.store.items() if table in ("window", BUCKET)}


def size(bench: Bench) -> int:
    return sum(len(json.dumps(row.body)) for row in bench.effects.rows)


def test_after_one_new_sample_a_checkpoint_is_a_head_and_its_newest_buckets() -> None:
    bench = lively(2 * 3600)
    bench.at(7_260, level=51.0)
    bench.state.dirty.clear()
    bench.at(7_319, level=52.0)
    bench.at(7_320)
    assert [row.table for row in bench.effects.rows] in (
        ["window", "bucket", "observed"],
        ["window", "bucket", "bucket", "observed"],
    )
    whole = sum(len(json.dumps(row.body)) for row in bench.state.rows(bench.engine.rulebook))
    assert size(bench) < whole / 5


def test_a_full_window_stays_the_size_it_has() -> None:
    bench = lively(2 * 3600)
    before = len(stored(bench))
    for second in range(7_200, 14_400, 5):
        bench.at(second, level=50.0 + second % 15)
    # The first and the last row may be partly filled.
    assert abs(len(stored(bench)) - before) <= 2


def test_a_quiet_window_gives_back_what_it_no_longer_holds() -> None:
    bench = lively(2 * 3600)
    assert len(stored(bench)) > 240 // CHUNK
    bench.at(7_200, level=50.0)
    bench.at(4 * 3600)
    assert len(stored(bench)) == 2


def test_the_first_checkpoint_after_a_restart_is_small_too() -> None:
    bench = lively(2 * 3600)
    bench.restart()
    bench.at(7_201, level=50.0)
    bench.at(7_255)
    assert 0 < len([row for row in bench.effects.rows if row.table == BUCKET]) <= 3


def test_a_missing_bucket_drops_its_window_alone_and_says_so() -> None:
    bench = Bench(AVERAGE, low_level(id="W02", when=Source("max(level, 30 min) < low"), clear=None))
    for second in range(0, 3600, 5):
        bench.at(second, level=50.0 + second % 15)
    average = bench.engine.rulebook.instances[0].function.key
    gone = next(key for table, key in bench.store if table == BUCKET and key.endswith(f" {average}"))
    del bench.store[BUCKET, gone]
    effects = bench.restart()
    assert [(error.code, error.arguments["key"]) for error in effects.refused] == [("engine.row-unreadable", average)]
    assert {key.partition(" ")[2] for table, key in bench.store if table == BUCKET} == {
        bench.engine.rulebook.instances[1].function.key
    }


def test_a_removed_window_leaves_nothing_behind() -> None:
    bench = lively(600)
    bench.restart(low_level())
    assert stored(bench) == {}


def test_a_window_removed_by_a_reload_leaves_nothing_behind() -> None:
    bench = lively(600)
    bench.reload(low_level())
    assert stored(bench) == {}


def test_rows_of_a_version_that_stored_windows_whole_are_read() -> None:
    bench = lively(600)
    memory = bench.state.view.memories[0]
    key = bench.engine.rulebook.instances[0].function.key
    whole = memory_rows(bench.engine.rulebook.instances[0], memory)[0].body or {}
    slices = [list(one) for one in memory.buckets.slices]
    old = {name: part for name, part in whole.items() if name != "count"}
    old["buckets"] = {name: part for name, part in old["buckets"].items() if name != "number"} | {"slices": slices}
    bench.store = {("window", key): json.dumps(old)}
    assert bench.restart().refused == []
    assert bench.state.view.memories[0].buckets.slices[: len(slices)] == memory.buckets.slices
    bench.at(601, level=50.0)
    bench.at(662)
    assert agree(bench)


def agree(bench: Bench) -> bool:
    """Whether what the store tells of every window is what the engine remembers."""
    rows = stored(bench)
    for instance, memory in zip(bench.engine.rulebook.instances, bench.state.view.memories, strict=True):
        key = instance.function.key
        if isinstance(memory, Windowed) and key in rows:
            bodies = [body for name, body in rows.items() if name.endswith(f" {key}")]
            if memory_of(instance.function, rows[key], bodies) != memory:
                return False
    return True


steps = st.lists(
    st.tuples(
        st.sampled_from([1, 3, 20, 60, 200]),
        st.one_of(st.none(), st.sampled_from([5.0, 30.0, 45.0, 95.0])),
        st.sampled_from(["", "", "", "restart", "reload"]),
    ),
    min_size=1,
    max_size=40,
)


@settings(max_examples=25, deadline=None)
@given(steps)
def test_after_every_checkpoint_the_store_tells_the_whole_memory(plan: list[tuple[int, float | None, str]]) -> None:
    bench, now = Bench(*rules()), 0
    for pause, level, deed in plan:
        now += pause
        bench.at(now, level=level, running=None if level is None else level > 40)
        if deed == "restart":
            bench.restart()
        elif deed == "reload":
            bench.reload(*rules(), low_level(id="W77", when=Source("level < 7 %"), clear=None))
            bench.reload(*rules())
        elif bench.state.checkpoint == bench.state.view.now.mono and not bench.state.dirty:
            assert agree(bench)


def test_memories_of_before_spans_were_part_of_their_key_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(TANK.roles, "level", replace(TANK.roles["level"], span=(0.0, 100.0)))
    bench = lively(2 * 3600)
    before = bench.state.view.values[bench.engine.rulebook.instances[0].slot]
    today = dict(bench.store)
    bench.store = {(table, key.replace(" in 0..100", "")): body for (table, key), body in today.items()}
    assert bench.store.keys() != today.keys()
    effects = bench.restart()
    assert (effects.refused, bench.store) == ([], today)
    bench.at(7_205, level=50.0)
    assert before == pytest.approx(bench.state.view.values[bench.engine.rulebook.instances[0].slot], abs=1.0)


@pytest.mark.parametrize(
    "key",
    ["window(change(a.level in 0.0..100.0,120.0))", "change(a.level in 0.0..100.0,120.0)"],
)
@pytest.mark.parametrize(
    "former", ["rate(a.level,120.0)", "rate(a.level in 0.0..100.0,120.0)", "change(a.level,120.0)"]
)
def test_a_memory_of_a_former_name_is_found(key: str, former: str) -> None:
    inside = key.replace("change(a.level in 0.0..100.0,120.0)", former)
    rows = [Row("window", inside, {"count": 1}), Row(BUCKET, f"0 {inside}", {})]
    told, changed = renamed(rows, [key])
    assert [row.key for row in told] == [key, f"0 {key}"]
    assert [(row.key, row.body) for row in changed] == [
        (inside, None), (key, {"count": 1}), (f"0 {inside}", None), (f"0 {key}", {}),
    ]  # fmt: skip
