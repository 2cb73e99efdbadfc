"""Time is cut into steps that add up."""

from hypothesis import given
from hypothesis import strategies as st

from emulators.physics.model import steps_of


@given(st.floats(0, 1e4))
def test_steps_add_up_and_are_short(seconds: float) -> None:
    steps = list(steps_of(seconds))
    assert abs(sum(steps) - seconds) < 1e-6
    assert all(step <= 1.0 for step in steps)
