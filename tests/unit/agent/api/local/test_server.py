"""The local socket as its two sides see it, and as somebody who does not keep to the protocol."""

import asyncio
import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from agent.api import LINE_ALLOWED, requests
from agent.api.api import Handlers
from agent.api.local import client, server
from drivers.points import PlantgateError
from rules.people import Person
from runtime.clock import ManualClock
from runtime.errors import AgentError
from runtime.parsing import InputError
from tests.unit.agent.api.apis import api


async def echo(who: Person, asked: requests.AcknowledgeAlarm) -> dict[str, str]:
    return {"alarm": asked.alarm, "by": who.name}


async def unknown(who: Person, asked: requests.Explain) -> None:
    raise PlantgateError("alarm.unknown", alarm=asked.alarm)


async def for_ever(who: Person, asked: requests.Runs) -> None:
    await asyncio.Event().wait()


async def broken(who: Person, asked: requests.Points) -> None:
    raise ZeroDivisionError


async def unspeakable(who: Person, asked: requests.Orders) -> object:
    return object()


VERBS: Handlers = {
    requests.AcknowledgeAlarm: echo,
    requests.Explain: unknown,
    requests.Runs: for_ever,
    requests.Points: broken,
    requests.Orders: unspeakable,
}


@asynccontextmanager
async def serving(directory: Path) -> AsyncIterator[None]:
    async with asyncio.TaskGroup() as group, server.serving(directory, api(VERBS), group, ManualClock()):
        yield


async def raw(directory: Path, *lines: bytes) -> list[dict[str, object]]:
    """Send bytes as they are; returns every answer until the other side is done."""
    reader, writer = await asyncio.open_unix_connection(client.socket_path(directory))
    writer.write(b"".join(lines))
    writer.write_eof()
    answers = [json.loads(line) async for line in reader]
    writer.close()
    return answers


async def test_a_question_gets_its_answer(tmp_path: Path) -> None:
    async with serving(tmp_path):
        assert await client.ask(tmp_path, "acknowledge", alarm="水箱/W01", by="李") == {"alarm": "水箱/W01", "by": "李"}


async def test_a_refusal_arrives_as_an_error_with_its_code_and_arguments(tmp_path: Path) -> None:
    async with serving(tmp_path):
        with pytest.raises(AgentError) as caught:
            await client.ask(tmp_path, "why", alarm="tank-1/X")
    assert (caught.value.code, caught.value.arguments) == ("alarm.unknown", {"alarm": "tank-1/X"})


async def test_without_a_daemon_the_asker_is_told_so(tmp_path: Path) -> None:
    with pytest.raises(AgentError, match=r"agent\.not-running"):
        await client.ask(tmp_path, "acknowledge", alarm="x", by="Li")


async def test_one_connection_may_ask_many_questions(tmp_path: Path) -> None:
    line = b'{"verb": "acknowledge", "arguments": {"alarm": "a", "by": "Li"}}\n'
    async with serving(tmp_path):
        assert [answer["ok"] for answer in await raw(tmp_path, line, line, line)] == [True] * 3


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (b"nonsense\n", "input.no-json"),
        (b"\xff\xfe\n", "input.no-json"),
        (b"[" * 60_000 + b"\n", "input.no-json"),
        (b"[]\n", "input.type"),
        (b'{"verb": 3}\n', "input.missing"),
        (b'{"verb": 3, "arguments": {}}\n', "input.type"),
        (b'{"verb": "acknowledge", "arguments": [1]}\n', "input.type"),
        (b'{"verb": "format-disk", "arguments": {}}\n', "api.unknown-verb"),
        (b"x" * (LINE_ALLOWED + 10), "local.line-too-long"),
    ],
)
async def test_whoever_does_not_keep_to_the_protocol_is_told_and_hurts_nobody(
    tmp_path: Path, line: bytes, code: str
) -> None:
    async with serving(tmp_path):
        (answer,) = await raw(tmp_path, line)
        assert (answer["ok"], answer["code"]) == (False, code)
        assert await client.ask(tmp_path, "acknowledge", alarm="a", by="Li")


@pytest.mark.parametrize("verb", ["points", "orders"])
async def test_a_bug_behind_a_verb_is_answered_and_ends_nothing(tmp_path: Path, verb: str) -> None:
    async with serving(tmp_path):
        for _ in range(2):
            with pytest.raises(AgentError, match=r"api\.internal-error"):
                await client.ask(tmp_path, verb)
        assert await client.ask(tmp_path, "acknowledge", alarm="a", by="Li")


async def test_the_asking_side_refuses_what_the_gateway_would(tmp_path: Path) -> None:
    async with serving(tmp_path):
        with pytest.raises(InputError, match=r"input\.surrogate|input\.control"):
            await client.ask(tmp_path, "acknowledge", alarm="a", by="\udcff")


async def test_an_answer_that_takes_too_long_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "ANSWER_DEADLINE", 0.01)
    async with serving(tmp_path):
        with pytest.raises(AgentError, match=r"local\.deadline"):
            await client.ask(tmp_path, "runs")


async def test_a_silent_connection_is_closed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "IDLE_DEADLINE", 0.01)
    async with serving(tmp_path):
        reader, writer = await asyncio.open_unix_connection(client.socket_path(tmp_path))
        assert await reader.read() == b""
        writer.close()


async def test_too_many_connections_are_refused(tmp_path: Path) -> None:
    path = client.socket_path(tmp_path)
    async with serving(tmp_path):
        held = [await asyncio.open_unix_connection(path) for _ in range(server.CONNECTIONS_ALLOWED)]
        with pytest.raises(AgentError, match=r"local\.busy"):
            await client.ask(tmp_path, "acknowledge", alarm="a", by="Li")
        for _, writer in held:
            writer.close()


async def test_a_socket_left_by_a_crash_is_replaced_and_only_the_owner_may_speak(tmp_path: Path) -> None:
    path = client.socket_path(tmp_path)
    path.touch()
    async with serving(tmp_path):
        assert path.is_socket()
        assert path.stat().st_mode & 0o777 == 0o600
    assert not path.exists()


async def test_stopping_ends_open_connections(tmp_path: Path) -> None:
    async with serving(tmp_path):
        reader, writer = await asyncio.open_unix_connection(client.socket_path(tmp_path))
        writer.write(b'{"verb": "acknowledge", "arguments": {"alarm": "a", "by": "Li"}}\n')
        await reader.readline()
    assert await reader.read() == b""
    writer.close()


@pytest.mark.parametrize(("extra", "fits"), [(0, True), (1, False)])
def test_a_path_the_system_cannot_address_is_a_clear_error(tmp_path: Path, extra: int, fits: bool) -> None:
    room = client.PATH_ALLOWED - len(bytes(tmp_path)) - len("//agent.sock") + extra
    directory = tmp_path / ("d" * room)
    if fits:
        assert client.socket_path(directory).parent == directory
        return
    with pytest.raises(AgentError, match=r"agent\.path-too-long"):
        client.socket_path(directory)


@pytest.fixture
def unwritable(tmp_path: Path, memory: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A state directory where no socket can be made, as on a read-only file system."""
    state = tmp_path / "state"
    (state / client.SOCKET / "in the way").mkdir(parents=True)
    monkeypatch.setattr(client, "MEMORY", memory)
    return state


async def test_where_no_socket_can_be_made_the_gateway_is_found_in_memory(unwritable: Path) -> None:
    async with serving(unwritable):
        assert await client.ask(unwritable, "acknowledge", alarm="a", by="Li") == {"alarm": "a", "by": "Li"}
        assert client.emergency_path(unwritable).stat().st_mode & 0o777 == 0o600
        assert client.emergency_path(unwritable).parent.stat().st_mode & 0o777 == 0o700
    with pytest.raises(AgentError, match=r"agent\.not-running"):
        await client.ask(unwritable, "acknowledge", alarm="a", by="Li")


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give a directory to somebody else")
async def test_a_directory_of_somebody_else_in_memory_is_not_believed(unwritable: Path) -> None:
    async with serving(unwritable):
        os.chown(client.emergency_path(unwritable).parent, 12345, 12345)
        with pytest.raises(AgentError, match=r"agent\.not-running"):
            await client.ask(unwritable, "acknowledge", alarm="a", by="Li")
