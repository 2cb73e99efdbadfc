"""A fire panel shows what happens in its zones."""

import pytest

from emulators.physics.fire_panel import FirePanel


@pytest.mark.parametrize(
    ("faults", "zone_1", "trouble"),
    [
        ((), "quiet", False),
        (("fire:zone-1", "fault:zone-1"), "alarm", False),
        (("pre-alarm:zone-1",), "pre_alarm", False),
        (("fire:zone-2", "trouble"), "quiet", True),
    ],
)
def test_each_zone_shows_its_worst(faults: tuple[str, ...], zone_1: str, trouble: bool) -> None:
    panel = FirePanel(set(faults))
    assert panel.known_faults >= set(faults)
    values = panel.step(1.0)
    assert (values["zone_1"], values["trouble"]) == (zone_1, trouble)
