"""The publisher against a real mosquitto that hangs up on a message, and against a twin of itself."""

import asyncio
from pathlib import Path

import pytest

from agent.journal import Journal
from runtime.clock import Clock
from runtime.mqtt.client import Broker, Login
from tests.unit.conftest import Mosquitto
from tests.unit.delivery_fakes import Told, facts, new_publisher, running_task, until


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agent.uplink.publisher.FIRST_PAUSE", 0.05)
    monkeypatch.setattr("agent.uplink.publisher.LONGEST_PAUSE", 0.2)


async def test_a_message_on_which_mosquitto_hangs_up_is_parked_and_the_others_arrive(
    journal: Journal, mosquitto: Mosquitto
) -> None:
    mosquitto.stop()
    mosquitto.configure("message_size_limit 3000")  # mosquitto answers a longer one with DISCONNECT 0x82
    await mosquitto.start()
    clock = Clock()
    await journal.commit(facts("one", "x" * 5000, "three"), clock.now())
    gateway = new_publisher(journal, Broker(mosquitto.url, Login("gw-1")), clock)
    async with running_task(gateway.run()):
        async with asyncio.timeout(20):
            while (await journal.stats()).unsent != 1:  # noqa: ASYNC110 - a broker tells no event
                await asyncio.sleep(0.02)
    stats = await journal.stats()
    assert (stats.unsent, stats.refused) == (1, 1)


async def test_two_gateways_of_one_name_find_each_other_out(
    journal: Journal, mosquitto: Mosquitto, tmp_path: Path
) -> None:
    clock, told = Clock(), Told()
    twin = await Journal.open(tmp_path / "twin.db", "gw-1", clock)
    one = new_publisher(journal, Broker(mosquitto.url, Login("gw-1")), clock, tell=told)
    other = new_publisher(twin, Broker(mosquitto.url, Login("gw-1")), clock, tell=told)
    async with running_task(one.run()):
        await until(lambda: one.status().connected)
        async with running_task(other.run()):
            await until(lambda: "uplink.twin" in told.codes)
            await until(lambda: "uplink.taken-over" in (one.status().error, other.status().error))
    await twin.close()
