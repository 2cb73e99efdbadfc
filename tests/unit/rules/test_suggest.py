"""What an unknown word meant: a slip of the finger or the Chinese for it, never another thing."""

import pytest

from drivers.points.units import symbols
from rules.suggest import nearest, unit_meant

KNOWN = [
    "level", "low", "high", "overflow", "inlet_pressure", "outlet_pressure", "voltage_l1", "voltage_l2",
    "temperature_a", "medium", "running", "warning", "start", "stop", "pump-1", "W01", "monday",
]  # fmt: skip


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("levl", "level"),
        ("levle", "level"),
        ("LEVEL", "level"),
        ("lo", "low"),
        ("strat", "start"),
        ("mon", "monday"),
        ("outletPressure", "outlet_pressure"),
        ("outlet-pressure", "outlet_pressure"),
        ("outlet_presure", "outlet_pressure"),
        ("voltge_l2", "voltage_l2"),
        ("中", "medium"),
        ("zzz", None),
        (5, None),
        ("voltage_l1_l2", None),
        ("voltage_l3", None),
        ("voltage", None),
        ("pressure", None),
        ("temperature_b", None),
        ("pump-2", None),
        ("W02", None),
        ("急修", None),
    ],
)
def test_nearest(word: object, meant: str | None) -> None:
    assert nearest(word, KNOWN) == meant


@pytest.mark.parametrize(("word", "other"), [("running", "warning"), ("inlet_pressure", "outlet_pressure")])
def test_two_real_words_are_not_taken_for_one_another(word: str, other: str) -> None:
    assert nearest(word, [other]) is None


@pytest.mark.parametrize(
    ("symbol", "meant"),
    [
        ("Kpa", "kPa"), ("分钟", "min"), ("小时", "h"), ("℃.", "℃"), ("rmp", "rpm"), ("bars", "bar"), ("m3/hr", "m³/h"),
        ("mw", None), ("in", None), ("kbar", None), ("Mvar", None), ("gallon", None),
    ],
)  # fmt: skip
def test_a_unit_is_never_another_size(symbol: str, meant: str | None) -> None:
    assert unit_meant(symbol, symbols()) == meant
