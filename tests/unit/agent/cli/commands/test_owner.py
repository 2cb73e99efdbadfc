"""One owner of a wire: beside a running gateway ``read``, ``scan`` and ``export`` go through it, ``write`` always."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from agent.api import requests
from agent.api.local.client import ask
from agent.api.local.server import serving
from agent.cli.commands import export, read, scan, write
from agent.cli.shell.reach import modbus_wire, owner
from drivers.contract import LinkDown, NoAnswer, Refused
from drivers.modbus.oneshot import own_wire
from drivers.points import PlantgateError
from drivers.replay.fixture import read_fixture
from emulators.modbus.server import ModbusServer
from emulators.modbus.unit import ModbusUnit
from rules.people import Person
from runtime.clock import ManualClock
from runtime.errors import AgentError, UsageError
from tests.unit.agent.api.apis import api
from tests.unit.agent.cli.commands.test_init import BOOSTER, VALUES
from tests.unit.agent.cli.looking import looked

WRITE = {"object": "holding 4104", "address": 4104, "value": "35701 29834", "point": "", "priority": None}


class Gateway:
    """The verbs of a running gateway that owns one wire, spoken over the real socket."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.asked: list[str] = []
        self.given: list[tuple[str, str, str]] = []
        self.outcomes = ["issued", "done"]
        self.refusal: PlantgateError | None = None

    @asynccontextmanager
    async def running(self, directory: Path) -> AsyncIterator[None]:
        verbs = {
            requests.FindWire: self.wire,
            requests.AskWire: self.ask,
            requests.Preview: self.preview,
            requests.CommandByHand: self.give,
            requests.CommandOutcome: self.outcome,
        }
        async with asyncio.TaskGroup() as group, serving(directory, api(verbs), group, ManualClock()):
            yield

    async def wire(self, who: Person, asked: requests.FindWire) -> dict[str, str]:
        return {"link": "bus", "url": self.url} if asked.url in (self.url, "bus") else {"link": "", "url": ""}

    async def ask(self, who: Person, asked: requests.AskWire) -> dict[str, str]:
        self.asked.append(asked.request)
        try:
            async with own_wire(self.url) as wire:
                answer = await wire.ask(asked.unit, bytes.fromhex(asked.request), bytes, asked.seconds)
        except NoAnswer as error:
            return {"silent": error.code, "reason": error.reason.value}
        if answer[0] & 0x80:
            return {"refused": str(answer[1])}
        return {"answer": answer.hex()}

    async def preview(self, who: Person, asked: requests.Preview) -> dict[str, object]:
        return {"device": "genset", "address": "2", "link": "bus", "writes": [WRITE]}

    async def give(self, who: Person, asked: requests.CommandByHand) -> dict[str, str]:
        if self.refusal:
            raise self.refusal
        self.given.append((asked.equipment, asked.command, who.name))
        return {"command": "h-1"}

    async def outcome(self, who: Person, asked: requests.CommandOutcome) -> dict[str, str]:
        told = self.outcomes.pop(0) if len(self.outcomes) > 1 else self.outcomes[0]
        return {"command": asked.command, "outcome": told}


@pytest.fixture
async def server() -> AsyncIterator[ModbusServer]:
    async with ModbusServer({3: ModbusUnit(BOOSTER, VALUES, identity=("ACME", "P", "1"))}) as served:
        yield served


@pytest.mark.parametrize("named", ["url", "id"])
async def test_what_the_gateway_owns_is_asked_through_it(server: ModbusServer, tmp_path: Path, named: str) -> None:
    gateway = Gateway(server.url)
    url = server.url if named == "url" else "bus"
    async with gateway.running(tmp_path):
        state = ["--state", str(tmp_path)]
        told = await looked(read, url, "--unit", "3", "--holding", "0", *state)
        found = await looked(scan, url, "--units", "3", "--template", "booster-set", *state)
        taken = await looked(
            export, url, "--unit", "3", "--template", "booster-set", "--out", str(tmp_path / "f"), *state
        )
    assert told == (0, [{"values": [250], "quality": "good"}])
    assert (found[0], found[1][0]["identity"]["vendor"]) == (0, "ACME")
    assert taken[0] == 0
    assert read_fixture((tmp_path / "f").read_text()).template == "booster-set"
    assert len(gateway.asked) > 3


async def test_without_a_gateway_the_wire_is_opened(server: ModbusServer, tmp_path: Path) -> None:
    assert await owner(server.url, tmp_path) == ""
    told = await looked(read, server.url, "--unit", "3", "--holding", "0", "--state", str(tmp_path))
    assert told[0] == 0


async def test_another_wire_is_opened_beside_the_gateway(server: ModbusServer, tmp_path: Path) -> None:
    gateway = Gateway("modbus-tcp://127.0.0.1:9")
    async with gateway.running(tmp_path):
        await looked(read, server.url, "--unit", "3", "--holding", "0", "--state", str(tmp_path))
    assert gateway.asked == []


async def test_what_goes_wrong_behind_the_gateway_is_what_goes_wrong_here(server: ModbusServer, tmp_path: Path) -> None:
    gateway = Gateway(server.url)
    async with gateway.running(tmp_path), modbus_wire(server.url, tmp_path) as wire:
        with pytest.raises(Refused) as refused:
            await wire.ask(3, bytes.fromhex("030fff0001"), bytes, 1.0)
        with pytest.raises(NoAnswer):
            await wire.ask(9, bytes.fromhex("0300000001"), bytes, 0.1)
    assert refused.value.number == 2
    with pytest.raises(LinkDown):
        await wire.ask(3, bytes.fromhex("0300000001"), bytes, 1.0)


@pytest.mark.parametrize(("outcome", "code"), [("done", 0), ("refused", 1), ("expired", 1), ("unknown", 1)])
async def test_a_command_is_shown_given_once_and_its_outcome_told(tmp_path: Path, outcome: str, code: int) -> None:
    gateway = Gateway("modbus-tcp://127.0.0.1:9")
    gateway.outcomes = ["issued", outcome]
    async with gateway.running(tmp_path):
        told = await looked(write, "generator-1", "auto", "--yes", "--by", "Li", "--state", str(tmp_path))
    assert told[0] == code
    assert told[1][0]["outcome"] == outcome
    assert told[1][0]["writes"] == [WRITE]
    assert gateway.given == [("generator-1", "auto", "Li")]


async def test_nobody_to_ask_means_nothing_is_given(tmp_path: Path) -> None:
    gateway = Gateway("modbus-tcp://127.0.0.1:9")
    async with gateway.running(tmp_path):
        with pytest.raises(UsageError, match=r"write\.needs-yes"):
            await looked(write, "generator-1", "start", "--state", str(tmp_path))
    assert gateway.given == []


@pytest.mark.parametrize(("typed", "given"), [("start", 1), ("yes", 0), ("", 0)])
async def test_only_the_word_itself_gives_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, typed: str, given: int
) -> None:
    monkeypatch.setattr("sys.stdin", type("Terminal", (), {"isatty": lambda _: True})())
    monkeypatch.setattr("builtins.input", lambda _: typed)
    gateway = Gateway("modbus-tcp://127.0.0.1:9")
    async with gateway.running(tmp_path):
        await looked(write, "generator-1", "start", "--by", "Li", "--state", str(tmp_path))
    assert len(gateway.given) == given


async def test_what_the_engine_refuses_is_told(tmp_path: Path) -> None:
    gateway = Gateway("modbus-tcp://127.0.0.1:9")
    gateway.refusal = PlantgateError("procedure.interlock", interlock="fire")
    async with gateway.running(tmp_path):
        with pytest.raises(AgentError, match=r"procedure\.interlock"):
            await looked(write, "generator-1", "start", "--yes", "--by", "Li", "--state", str(tmp_path))


async def test_without_a_gateway_nobody_knows_the_interlocks_so_nothing_is_given(tmp_path: Path) -> None:
    with pytest.raises(AgentError, match=r"agent\.not-running"):
        await looked(write, "generator-1", "start", "--yes", "--state", str(tmp_path))
    with pytest.raises(AgentError):
        await ask(tmp_path, "give", equipment="generator-1", command="start", by="Li")
