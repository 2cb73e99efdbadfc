"""The box itself: clock, state, broker."""

import os
import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest

from agent.clock import ManualClock
from agent.doctor.box import ROOM_WANTED, check_clock, check_state, check_uplink
from config.catalogue import Catalogue
from config.plant import Plant, Site, Uplink
from rules.rulebook import Tasks


@pytest.mark.parametrize("trusted", [True, False])
def test_the_clock(trusted: bool) -> None:
    clock = ManualClock()
    clock.set(trusted=trusted)
    assert check_clock(clock).well is trusted


@pytest.mark.parametrize(("free", "well"), [(ROOM_WANTED, True), (ROOM_WANTED - 1, False)])
def test_room_for_the_journal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free: int, well: bool) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=free))
    (check,) = check_state(tmp_path / "not" / "there" / "yet")
    assert (check.code, check.well) == ("state-room", well)


def test_a_place_we_may_not_write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    (check,) = check_state(tmp_path)
    assert (check.code, check.well) == ("state-forbidden", False)


async def test_a_broker_that_is_away() -> None:
    plant = Plant(Path(), Site("s", {}), "gw", Uplink("mqtt://127.0.0.1:1"), (), (), {}, (), (), Tasks())
    check = await check_uplink(plant, ManualClock(), Catalogue.load("zh"), 2.0)
    assert (check.code, check.well) == ("broker-away", False)
    assert check.arguments["reason"]
