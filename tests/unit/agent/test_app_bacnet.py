"""The whole agent over emulated BACnet devices beside a Modbus one: one silent device disturbs nobody."""

from pathlib import Path

import pytest

from agent.api.local.client import ask
from config.plant import Plant
from config.site import load_site
from emulators.plantroom import serve
from tests.unit.agent.site import free_port, running, until

PLANT = """\
site: {{id: bench, title: {{zh: 试验台, en: Test bench}}, org: test, language: en, timezone: Asia/Shanghai}}
gateway: gw-bench
uplink: {{broker: "mqtt://127.0.0.1:9"}}
links:
  - {{id: bus, url: "modbus-tcp://127.0.0.1:{bus}"}}
  - {{id: net, url: "bacnet://127.0.0.1:{net}"}}
devices:
  - {{id: booster, link: bus, unit: 1, template: booster-set, polls: {polls}}}
  - {{id: fire, link: net, address: "127.0.0.1:{fire}/1", template: bacnet-fire-panel, timeout: 200 ms, polls: {polls}}}
  - {{id: lift, link: net, address: "127.0.0.1:{lift}/2", template: bacnet-lift-gbt24476, polls: {polls}}}
simulation: {{booster: {{level: 62.0}}}}
packs: [agent]
"""
POLLS = "{fast: 100 ms, normal: 100 ms, slow: 200 ms}"


@pytest.fixture
def plant(tmp_path: Path) -> Plant:
    ports = {name: free_port() for name in ("bus", "net", "fire", "lift")}
    (tmp_path / "plant.yaml").write_text(PLANT.format(polls=POLLS, **ports), encoding="utf-8")
    return load_site(tmp_path)


async def test_a_silent_bacnet_device_is_offline_alone_and_comes_back(plant: Plant, tmp_path: Path) -> None:
    state = tmp_path / "state"

    async def online() -> dict[str, bool | None]:
        links = (await ask(state, "status"))["links"]
        return {name: device["online"] for link in links.values() for name, device in link["devices"].items()}

    async def all_online(wanted: bool) -> bool:
        return await online() == {"booster": True, "fire": wanted, "lift": True}

    async with serve(plant) as room, running(plant, state):
        await until(lambda: all_online(True))
        room.answer("fault fire silent")
        await until(lambda: all_online(False))
        room.answer("clear fire")
        await until(lambda: all_online(True))
        assert (await ask(state, "status"))["links"]["net"]["reopened"] == 0
