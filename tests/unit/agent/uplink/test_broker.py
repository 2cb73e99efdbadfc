"""What stands between a site and its broker, as ``status`` and ``doctor`` tell it."""

from dataclasses import replace
from pathlib import Path

import pytest

from agent.uplink.broker import find_trouble
from config.plant import Plant, Uplink
from config.site import load_site
from runtime.clock import Clock
from runtime.mqtt.client import Broker, Login, publish
from tests.unit.conftest import Mosquitto

SITE = Path(__file__).parents[3] / "acceptance" / "site"


@pytest.fixture(scope="module")
def plant() -> Plant:
    return load_site(SITE)


async def test_nothing_stands_between_and_the_running_gateway_is_left_alone(plant: Plant, mosquitto: Mosquitto) -> None:
    client = f"plantgate-{plant.site.org}-{plant.site.id}-{plant.gateway}"
    async with Broker(mosquitto.url, Login(client)).connect() as gateway:
        assert await find_trouble(replace(plant, uplink=Uplink(mosquitto.url)), Clock()) is None
        await publish(gateway, "a", b"x")


@pytest.mark.parametrize(
    ("uplink", "code"),
    [
        (Uplink("mqtt://no-such-host.invalid:1883"), "uplink.dns"),
        (Uplink("mqtt://127.0.0.1:1"), "uplink.nobody-listens"),
        (Uplink("mqtts://127.0.0.1:1", ca="file:/none"), "uplink.certificate-files"),
        (Uplink("mqtts://127.0.0.1:1", ca="credential:none"), "secret.missing"),
        (Uplink("mqtt://127.0.0.1:1", password="env:PLANTGATE_NONE"), "secret.missing"),
    ],
)
async def test_what_stands_between(plant: Plant, uplink: Uplink, code: str) -> None:
    trouble = await find_trouble(replace(plant, uplink=uplink), Clock(), deadline=5.0)
    assert trouble is not None
    assert trouble.code == code
