"""The whole agent over real sockets: a controller exchanged while the box was off, and how fast a hold is."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agent.api.local.client import ask
from agent.app import JOURNAL, opened
from config.plant import Plant
from config.site import load_site
from emulators.modbus.unit import ModbusUnit
from emulators.plantroom import PlantRoom, serve
from runtime.clock import Clock
from runtime.errors import AgentError
from tests.unit.agent.site import arm, free_port, nothing_owed, running, until

BENCH = Path(__file__).parents[2] / "acceptance" / "generator"
SERIAL, OTHER = 1100103, 42
KEYS = {35705: "start", 35700: "stop", 35701: "auto", 35702: "manual", 35733: "cancel"}
"""DSE GenComm, page 16: the keys that command the controller."""
FAST = 1.0
"""Seconds between two polls of the class fast, which a hold input has."""
BY_INPUT, BY_VERB = FAST + 1.0, 0.2
"""Seconds in which a hold stands and whatever moves is being given back (issue: trusted with machines, A.8)."""
BUSY = 3.0
"""Seconds more that a machine busy with other tests may take; what was measured is printed."""


@pytest.fixture
def plant(tmp_path: Path) -> Plant:
    """The bench of the acceptance tests, and a key switch that holds."""
    site = tmp_path / "site"
    (site / "procedures").mkdir(parents=True)
    for source in BENCH.rglob("*.yaml"):
        text = source.read_text(encoding="utf-8")
        text = text.replace(":5020", f":{free_port()}").replace(":1883", ":9").replace(", consumers: [hq]", "")
        text = text.replace(
            "equipment:", "  - {id: io, link: power-bus, unit: 3, template: digital-io-generic}\nequipment:"
        )
        text = text.replace("packs:", "hold: {input: io.input_1}\npacks:")
        (site / source.relative_to(BENCH)).write_text(text, encoding="utf-8")
    return load_site(site)


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path / "state"


def exchange(room: PlantRoom, serial: int, name: str = "genset") -> None:
    """Another controller of the same model stands there, with the same wires."""
    unit = room.devices[name].unit
    assert isinstance(unit, ModbusUnit)
    unit.values["serial"] = serial


def given(room: PlantRoom) -> list[str]:
    """The keys that reached the controller."""
    return [KEYS.get(seen.write["words"][0], "?") for seen in room.writes if seen.device == "genset"]


async def points(state: Path, name: str) -> set[tuple[str, str]]:
    """Quality and reason of every point of one device."""
    told = [
        one
        for one in await ask(state, "points")
        if one["point"].startswith(f"{name}.") and "online" not in one["point"]
    ]
    return {(one["quality"], one["reason"]) for one in told}


async def refused(state: Path, verb: str) -> str:
    """The code with which a command by hand is refused; empty: it was not."""
    try:
        await ask(state, "give", equipment="generator", command=verb, by="Li")
    except AgentError as error:
        return error.code
    return ""


async def standing(state: Path) -> set[str]:
    """The alarms that stand."""
    return {one["alarm"] for one in await ask(state, "alarms") if one["state"] == "active"}


async def events(plant: Plant, state: Path, code: str) -> list[dict[str, Any]]:
    """What a stopped agent has told headquarters under ``code``."""
    async with opened(state / JOURNAL, plant.gateway, Clock()) as journal:
        bodies = [json.loads(entry.body) for entry in await journal.unsent(500)]
    return [body for body in bodies if body.get("code") == code]


def becomes(state: Path, name: str, wanted: set[tuple[str, str]]) -> Callable[[], Any]:
    async def look() -> bool:
        return await points(state, name) == wanted

    return look


async def test_a_controller_exchanged_while_the_box_was_off(plant: Plant, state: Path) -> None:
    good = {("good", "")}
    async with serve(plant) as room:
        async with running(plant, state):
            await arm(state)
            await until(becomes(state, "genset", good), 30)
            await ask(state, "lockout", equipment="generator", by="Li", reason="oil")
        exchange(room, OTHER)
        async with running(plant, state):
            await until(becomes(state, "genset", {("bad", "identity")}), 30)
            assert await refused(state, "start") != ""
            assert await refused(state, "auto") in ("identity.mismatch", "orphan.standing", "procedure.locked-out")
            await until(lambda: _has(state, "gw-bench/S24"), 30)
            debt = "lockout/generator/Li"
            with pytest.raises(AgentError) as caught:
                await ask(state, "settle", debt=debt, by="Li", reason="seen")
            assert caught.value.code == "settle.own"
            await ask(state, "settle", debt=debt, by="Wang", reason="the old one was scrapped")
            # It is another machine all the same, until somebody records it.
            assert await refused(state, "auto") == "identity.mismatch"
            assert given(room) == []
        told = await events(plant, state, "device.other")
        assert [str(OTHER) in str(one) and str(SERIAL) in str(one) for one in told] == [True]
        exchange(room, SERIAL)
        async with running(plant, state):
            await until(becomes(state, "genset", good), 30)
            assert "gw-bench/S24" not in await standing(state)
            assert await refused(state, "auto") == ""
        assert given(room)[0] == "auto"


async def test_two_addresses_that_lead_to_one_controller(plant: Plant, state: Path) -> None:
    """The second one is only watched, and nobody has recorded who it is."""
    file = plant.directory / "plant.yaml"
    text = file.read_text(encoding="utf-8")
    second = "  - {id: genset-2, link: power-bus, unit: 4, template: dse-genset}\nequipment:"
    file.write_text(text.replace("equipment:", second), encoding="utf-8")
    plant = load_site(plant.directory)
    async with serve(plant) as room:
        exchange(room, SERIAL, "genset-2")
        async with running(plant, state):
            await arm(state)
            await until(becomes(state, "genset-2", {("good", "")}), 30)
            await until(becomes(state, "genset", {("good", "")}), 30)
            assert [await refused(state, verb) for verb in ("manual", "auto")] == ["identity.twice"] * 2
        assert given(room) == []
    (told,) = await events(plant, state, "device.twin")
    assert (told["arguments"]["serial"], {told["arguments"]["device"], told["arguments"]["other"]}) == (
        str(SERIAL),
        {"genset", "genset-2"},
    )


@pytest.mark.parametrize(
    ("host", "code"), [("127.0.0.1", "identity.unknown"), ("192.0.2.1", "unarmed.equipment")], ids=["emulated", "real"]
)
async def test_simulated_time_commands_no_machine_elsewhere(host: str, code: str, plant: Plant, state: Path) -> None:
    """``run --speed`` on the files of a real site; nobody answers at either place."""
    file = plant.directory / "plant.yaml"
    text = file.read_text(encoding="utf-8").replace("hold: {input: io.input_1}\n", "")
    file.write_text(text.replace("tcp://127.0.0.1", f"tcp://{host}"), encoding="utf-8")
    plant = load_site(plant.directory)
    async with running(plant, state, speed=20.0):
        assert [await refused(state, verb) for verb in ("start", "manual")] == [code] * 2
        assert (await refused(state, "auto") != "") is (host != "127.0.0.1")


async def _has(state: Path, alarm: str) -> bool:
    return alarm in await standing(state)


def _input(room: PlantRoom) -> Any:
    async def act() -> None:
        room.answer("set io.input_1 true")

    return act


def _verb(state: Path) -> Any:
    async def act() -> None:
        await ask(state, "hold", by="Li", reason="people in the shaft")

    return act


@pytest.mark.parametrize("how", ["input", "verb"])
async def test_a_hold_is_fast(how: str, plant: Plant, state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """From the contact, or the request, until the running test gives back and nothing else can move."""
    limit = BY_INPUT if how == "input" else BY_VERB
    async with serve(plant) as room, running(plant, state):
        await arm(state)
        act = _input(room) if how == "input" else _verb(state)

        async def started() -> bool:
            try:
                await ask(state, "start", procedure="quick", equipment="generator", by="Li")
            except AgentError:
                return False
            return True

        async def moved() -> bool:
            return "start" in given(room)

        async def back() -> bool:
            return given(room)[-1] == "auto"

        await until(started, 60)
        await until(moved, 60)
        loop = asyncio.get_running_loop()
        begun = loop.time()
        await act()
        await until(back, limit + BUSY)
        took = loop.time() - begun
        code = await refused(state, "start")
        before = given(room)
        await asyncio.sleep(2 * FAST)
        assert set(given(room)[len(before) :]) <= {"auto"}
        await until(lambda: nothing_owed(state), 60)
    with capsys.disabled():
        print(f"\nhold by {how}: {took * 1000:.0f} ms until it was given back; required {limit * 1000:.0f} ms")
    assert code in ("hold.standing", "procedure.busy", "procedure.unverified")
    assert took <= limit + BUSY
