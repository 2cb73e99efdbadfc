"""To plain JSON and back is the same value."""

import json
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.points import Instant
from rules.alarms.alarm import Alarm, AlarmState
from rules.errors import PlainError
from rules.functions.buckets import Bucket, Buckets
from rules.functions.record import WindowRecord
from rules.plain import from_plain, to_plain
from rules.timer import ElapsedTimer

instants = st.builds(Instant, st.text(), st.floats(0, 1e9), st.floats(0, 1e10), st.booleans())
timers = st.builds(ElapsedTimer, st.floats(0, 1e6), st.none() | instants)
alarms = st.builds(
    Alarm, st.text(), st.text(), st.sampled_from(AlarmState), st.booleans(), st.integers(), timers, st.none() | instants
)


@given(alarms)
def test_alarm_survives_json(alarm: Alarm) -> None:
    assert from_plain(Alarm, json.loads(json.dumps(to_plain(alarm)))) == alarm


def test_window_survives_json() -> None:
    buckets = Buckets([Bucket(0, 4, 1, 2, 1, 2, 4, 6, 1)], 4, 6, 1)
    memory = WindowRecord(5.0, Instant("b", 1, 2), 3.5, buckets=buckets)
    assert from_plain(WindowRecord, json.loads(json.dumps(to_plain(memory)))) == memory


@pytest.mark.parametrize("slices", [[[0, 4]], [[0, 4, 1, 2, 1, 2, 4, "6", 1]], [{"start": 0}]])
def test_bucket_that_does_not_fit_is_refused(slices: Any) -> None:
    with pytest.raises(PlainError):
        from_plain(Buckets, {"slices": slices})


@dataclass
class Sample:
    value: float | int | bool | str | None
    pair: tuple[int, str] = (0, "")
    names: tuple[str, ...] = ()
    table: dict[str, list[int]] = field(default_factory=dict)


@pytest.mark.parametrize("value", [1, 1.5, True, "on", None])
def test_scalars_keep_their_type(value: Any) -> None:
    back = from_plain(Sample, to_plain(Sample(value, (1, "a"), ("b",), {"c": [1]})))
    assert back == Sample(value, (1, "a"), ("b",), {"c": [1]})
    assert type(back.value) is type(value)


def test_missing_fields_take_their_default() -> None:
    assert from_plain(Sample, {"value": 1}) == Sample(1)


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        (Alarm, {"equipment": "e"}),
        (Alarm, {"equipment": "e", "rule": "r", "state": "dancing"}),
        (Alarm, {"equipment": "e", "rule": "r", "episode": "1"}),
        (Alarm, []),
        (Sample, {"value": 1, "pair": [1]}),
        (Sample, {"value": 1, "names": "abc"}),
        (Sample, {"value": []}),
        (int, True),
    ],
)
def test_what_does_not_fit_is_refused(kind: type[Any], data: object) -> None:
    with pytest.raises(PlainError, match=r"engine\.misfit"):
        from_plain(kind, data)


def test_only_values_can_be_stored() -> None:
    with pytest.raises(PlainError, match=r"engine\.not-plain"):
        to_plain(object())
