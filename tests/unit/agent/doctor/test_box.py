"""The box itself: clock, state, broker."""

import os
import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest

from agent.doctor.box import ROOM_WANTED, check_clock, check_state, check_uplink
from config.catalogue import Catalogue
from config.plant import Plant, Site, Uplink
from rules.engine.rulebook import Tasks
from runtime.clock import ManualClock
from tests.unit.conftest import Mosquitto


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


def plant_with(broker: str, **uplink: str) -> Plant:
    return Plant(Path(), Site("s", {}), "gw", Uplink(broker, **uplink), (), (), {}, (), (), Tasks())  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("broker", "uplink", "said"),
    [
        ("mqtt://127.0.0.1:1", {}, {"en": "no broker listens on port 1", "zh": "端口 1 上没有消息服务器"}),
        ("mqtts://127.0.0.1:1", {"ca": "file:/no/ca.pem"}, {"en": "cannot be used: ", "zh": "文件不可用："}),
        ("mqtts://127.0.0.1:1", {"ca": "file:/no/ca.pem"}, {"en": "/no/ca.pem", "zh": "/no/ca.pem"}),
        (
            "mqtt://127.0.0.1:1",
            {"username": "gw", "password": "env:NO_SUCH_SECRET"},
            {"en": "secret env:NO_SUCH_SECRET cannot be read", "zh": "无法读取密钥 env:NO_SUCH_SECRET"},
        ),
    ],
)
@pytest.mark.parametrize("language", ["en", "zh"])
async def test_why_a_broker_does_not_let_us_in(
    language: str, broker: str, uplink: dict[str, str], said: dict[str, str]
) -> None:
    check = await check_uplink(plant_with(broker, **uplink), ManualClock(), Catalogue.load(language), 2.0)
    assert (check.code, check.well) == ("broker-away", False)
    assert said[language] in str(check.arguments["reason"])


async def test_a_broker_that_lets_us_in(mosquitto: Mosquitto) -> None:
    check = await check_uplink(plant_with(mosquitto.url), ManualClock(), Catalogue.load("zh"))
    assert (check.code, check.well) == ("broker", True)
