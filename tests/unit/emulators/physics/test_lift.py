"""A lift moves, and holds somebody when told to."""

from emulators.physics.lift import Lift


def test_it_serves_its_floors_up_and_down() -> None:
    lift = Lift()
    floors = [lift.step(24.0)["floor"] for _ in range(30)]
    assert (min(floors), max(floors)) == (1, 12)
    assert floors[:3] == [2, 3, 4]


def test_an_entrapment_is_between_floors_with_somebody_inside() -> None:
    values = Lift({"entrapment"}).step(1.0)
    shown = {name: values[name] for name in ("passenger", "alarm_button", "door_zone", "doors_closed", "direction")}
    assert shown == {
        "passenger": True,
        "alarm_button": True,
        "door_zone": False,
        "doors_closed": True,
        "direction": "none",
    }
