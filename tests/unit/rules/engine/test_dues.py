"""Moments at which things are due: what the earliest is, against a plain dictionary."""

from hypothesis import given
from hypothesis import strategies as st

from rules.engine.dues import SLACK, Dues

acts = st.lists(
    st.one_of(
        st.tuples(st.just("arm"), st.integers(0, 5), st.integers(0, 20)),
        st.tuples(st.just("disarm"), st.integers(0, 5), st.just(0)),
        st.tuples(st.just("take"), st.just(0), st.integers(0, 20)),
    )
)


@given(acts)
def test_the_earliest_is_that_of_all_that_are_armed(told: list[tuple[str, int, int]]) -> None:
    dues, model = Dues(), dict[int, float]()
    for verb, number, moment in told:
        if verb == "arm":
            dues.arm(number, moment)
            model[number] = moment
        elif verb == "disarm":
            dues.arm(number, None)
            model.pop(number, None)
        else:
            expected = {one for one, due in model.items() if due <= moment}
            assert {*dues.take(moment)} == expected
            model = {one: due for one, due in model.items() if one not in expected}
        assert dues.earliest() == min(model.values(), default=None)


def test_what_was_overtaken_takes_no_room() -> None:
    dues = Dues()
    for moment in range(100_000):
        dues.arm(moment % 10, float(moment))
    assert len(dues._heap) <= 2 * 10 + SLACK + 1
    assert dues.earliest() == 99_990.0
