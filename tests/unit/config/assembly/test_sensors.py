"""Which signals become sensors, and with which limits."""

from pathlib import Path

from config.assembly.sensors import build_sensors
from config.site import load_site
from drivers.points import UNITS, Kind
from rules.model import Binding, Equipment, EquipmentClass, Role


def analog(name: str, **more: object) -> Role:
    return Role(name, Kind.ANALOG, UNITS["°C"], title={"en": name}, **more)  # type: ignore[arg-type]


def test_each_bound_role_that_moves() -> None:
    roles = [
        analog("oil", span=(-50.0, 150.0), moves=True),
        analog("air", span=(0.0, 50.0)),
        analog("spare", moves=True),
    ]
    cls = EquipmentClass("engine", {}, {role.name: role for role in roles})
    bound = {"oil": Binding("plc.oil", 0.1), "air": Binding("plc.air")}
    one = Equipment("engine-1", "engine", {"en": "Engine 1"}, bound, location={"en": "cellar"}, asset="A7")
    (sensor,) = build_sensors([one], {"engine": cls})
    assert (sensor.id, sensor.cls, sensor.title) == ("engine-1.oil", "sensor", {"en": "Engine 1 oil"})
    assert (sensor.roles, sensor.parameters) == ({"value": Binding("plc.oil", 0.1)}, {"jump": 100.0})
    assert (sensor.location, sensor.asset) == ({"en": "cellar"}, "A7")


def test_a_site_has_its_sensors(site: Path) -> None:
    assert [one.id for one in load_site(site).equipment if one.cls == "sensor"] == ["tank-1.level"]
